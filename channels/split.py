"""Divides a text into parts that a channel carries: at a line, a sentence, a word; at worst between two graphemes.

Never inside a grapheme (an emoji sequence, a letter with its marks), an address on the web or a phone number, unless
that alone is longer than a part. No numbering is added.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum

import regex

from channels.ports import Limits
from channels.segments import fits

RLM = "\u200f"

_WHOLE = (
    # Addresses on the web, with or without scheme, and e-mail.
    regex.compile(r"(?:https?://|www\.)\S+", regex.I),
    regex.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    regex.compile(r"(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?", regex.I),
    # The marker of a list stays with the first letter of its line.
    regex.compile(r"^[^\S\n]*(?:\d{1,3}[.)]|[-•–*])[^\S\n]+\S", regex.M),
)
# Phone numbers, dates and amounts, with the separators and direction marks that people put between the digits.
_DIGITS = regex.compile(r"\+?\(?\d(?:[\s().\-/\u200e\u200f\u202a-\u202e\u2066-\u2069--\n\r]{0,2}\d){2,}", regex.V1)
# ITU-T E.164, and the 00 before it.
_MOST_DIGITS = 17
# How a number begins, and the digits it has at least in the Maghreb and in France.
_LEAST_DIGITS = (("00", 13), ("+", 11), ("0", 9), ("", 8))
_SENTENCE_END = regex.compile(r"[.!?؟…۔。]+[\p{Pe}\p{Pf}\"']*(?=\s)")
_UNBREAKABLE_SPACE = "\u00a0\u202f\u2007"


class Border(IntEnum):
    """How good a place to divide is."""

    INSIDE = 0
    GRAPHEME = 1
    WORD = 2
    SENTENCE = 3
    LINE = 4


def split(text: str, limits: Limits) -> list[str]:
    """``text`` as parts within ``limits``, in order, trimmed; none where it is blank.

    Parts of Arabic text that begin with Latin letters or digits get a RIGHT-TO-LEFT MARK (counted), so that the app
    does not lay them out from the left.
    """
    graphemes = _graphemes(text, limits)
    borders = _borders(text, graphemes, limits)
    rtl = _is_rtl(text)

    def part(start: int, end: int) -> str:
        while start < end and graphemes[end - 1].isspace():
            end -= 1
        return _directed("".join(graphemes[start:end]), rtl)

    parts: list[str] = []
    start = 0
    while True:
        while start < len(graphemes) and graphemes[start].isspace():
            start += 1
        if start == len(graphemes):
            return parts
        low, high = start + 1, len(graphemes)
        while low < high:  # the longest prefix that fits; one grapheme always does
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(part(start, middle), limits) else (low, middle - 1)
        end = low if low == len(graphemes) else _best(borders, start, low)
        parts.append(part(start, end))
        start = end


def _best(borders: list[Border], start: int, end: int) -> int:
    """Where to divide: lines and sentences only in the second half, so that no part is a stub; else the latest."""
    half = start + (end - start) // 2
    for least, earliest in (
        (Border.LINE, half),
        (Border.SENTENCE, half),
        (Border.WORD, start),
        (Border.GRAPHEME, start),
    ):
        for place in range(end, earliest, -1):
            if borders[place] >= least:
                return place
    return end


def _graphemes(text: str, limits: Limits) -> list[str]:
    """Extended grapheme clusters; one that alone is longer than a part falls into its characters."""
    found: list[str] = []
    for grapheme in regex.findall(r"\X", text):
        found.extend([grapheme] if fits(RLM + grapheme, limits) else grapheme)
    return found


def _borders(text: str, graphemes: list[str], limits: Limits) -> list[Border]:
    """For each index into ``graphemes``, and the end, what lies just before it."""
    sentence_ends = {match.end() for match in _SENTENCE_END.finditer(text)}
    whole = [match.span() for pattern in _WHOLE for match in pattern.finditer(text)] + _numbers(text, limits)
    inside = {place for start, end in whole for place in range(start + 1, end)}
    borders, place, after_sentence = [Border.GRAPHEME], 0, False
    for grapheme in graphemes:
        after_sentence = place in sentence_ends or (after_sentence and grapheme.isspace())
        place += len(grapheme)
        if place in inside:
            borders.append(Border.INSIDE)
        elif not grapheme.isspace() or grapheme in _UNBREAKABLE_SPACE:
            borders.append(Border.GRAPHEME)
        elif grapheme in ("\n", "\r\n", "\r", "\u2028", "\u2029"):
            borders.append(Border.LINE)
        else:
            borders.append(Border.SENTENCE if after_sentence else Border.WORD)
    return borders


def _numbers(text: str, limits: Limits) -> list[tuple[int, int]]:
    """Where the numbers are. Digits in a row longer than a part are taken for several, as in a list of offices."""
    found = []
    for run in _DIGITS.finditer(text):
        if fits(RLM + run.group(), limits):
            found.append(run.span())
            continue
        start = end = run.start()
        taken = least = 0
        for group in regex.finditer(r"\S+", text, pos=run.start(), endpos=run.end()):
            digits = sum(char.isdecimal() for char in group.group())
            if taken and (taken + digits > _MOST_DIGITS or (taken >= least and group.group().startswith("0"))):
                found.append((start, end))
                start, taken = group.start(), 0
            if not taken:
                least = next(count for begin, count in _LEAST_DIGITS if group.group().startswith(begin))
            taken, end = taken + digits, group.end()
        found.append((start, end))
    return found


def _is_rtl(text: str) -> bool:
    classes = [unicodedata.bidirectional(char) for char in text]
    return classes.count("AL") + classes.count("R") > classes.count("L")


def _directed(part: str, rtl: bool) -> str:
    """``part`` with a RIGHT-TO-LEFT MARK where it holds right-to-left letters but does not begin with one."""
    if not rtl:
        return part
    classes = [found for char in part if (found := unicodedata.bidirectional(char)) in ("L", "EN", "AN", "R", "AL")]
    return RLM + part if classes and classes[0] in ("L", "EN", "AN") and {"R", "AL"} & set(classes) else part
