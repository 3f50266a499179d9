"""Plain language, and Arabic that shows as Arabic on every phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from knowledge.checks.base import Check, said
from knowledge.present import PLACEHOLDER
from knowledge.records import LANGUAGES, ArticleText
from knowledge.yaml_lines import Location


@dataclass(frozen=True, slots=True)
class Plain:
    """Limits of plain language: words in a sentence on average, letters of a long word, share of long words."""

    words: float
    long: int
    share: float


# Just above the densest of the first 108 texts, whose median is 7 words a sentence; a colon ends a sentence here.
PLAIN = {"fr": Plain(13, 11, 0.12), "ar": Plain(12, 9, 0.08), "en": Plain(13, 10, 0.14)}
LETTERS_AR = 0.7
LETTERS_OTHER = 0.95

_SENTENCE = regex.compile(r"[.!?؟;؛:]+(?:\s|$)")
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’-]*")
_LETTER = regex.compile(r"\p{L}")
_ARABIC = regex.compile(r"\p{Arabic}")
_EASTERN = regex.compile(r"[\u0660-\u0669\u06f0-\u06f9]")
_FORMS = regex.compile(r"[\ufb50-\ufdff\ufe70-\ufefe]")
_MARKS = regex.compile(r"[\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_PERSIAN = regex.compile(r"[\u06cc\u06a9\u06c1\u06be]")
_LATIN_MARKS = regex.compile(r"(?<=\p{Arabic}\s?)[,;?]")
_STRETCHED = regex.compile(r"\u0640\p{Arabic}")  # before a number or a name, as in بـ 5, it is right
_BROKEN = regex.compile(r"[\ufffd\u0080-\u009f]|Ã.|Ø.Ù")


def language(check: Check) -> None:
    """Invisible marks, digits, presentation forms, the right script, reading level."""
    for text, file in check.texts():
        for location, value in said(text):
            _characters(check, file, location, PLACEHOLDER.sub("", value), text.lang)
        _script(check, text, file)
        _reading(check, text, file)
    for file, location, words in check.localised():
        for lang in LANGUAGES:
            _characters(check, file, (*location, lang), words.get(lang), lang)


def reading(parts: list[str], lang: str) -> tuple[float, float]:
    """Words in a sentence on average, and the share of long words."""
    sentences = [words for part in parts for one in _SENTENCE.split(part) if (words := _WORD.findall(one))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0, 0.0
    return len(words) / len(sentences), sum(len(word) >= PLAIN[lang].long for word in words) / len(words)


def _characters(check: Check, file: str, location: Location, value: str, lang: str) -> None:
    if _MARKS.search(value):
        check.error(
            "direction", file, location, "an invisible direction mark or joiner; delete it, the renderer sets direction"
        )
    if _BROKEN.search(value):
        check.error("broken", file, location, "broken characters (a file read in the wrong encoding)")
    if digits := _EASTERN.findall(value):
        check.error("digits", file, location, f"{''.join(digits)}: write digits as 0-9")
    if _FORMS.search(value):
        check.error("forms", file, location, "presentation forms of Arabic letters; type the letters themselves")
    if lang != "ar":
        return
    if letters := sorted(set(_PERSIAN.findall(value))):
        check.warn("letters", file, location, f"{' '.join(letters)}: letters of another keyboard (Persian or Urdu)")
    if marks := sorted(set(_LATIN_MARKS.findall(value))):
        check.warn("punctuation", file, location, f"{' '.join(marks)}: Arabic has ، ؛ ؟")
    if _STRETCHED.search(value):
        check.warn("letters", file, location, "a stretched letter (tatweel); delete it")


def _script(check: Check, text: ArticleText, file: str) -> None:
    letters = "".join(_LETTER.findall(PLACEHOLDER.sub("", " ".join(value for _, value in said(text)))))
    if not letters:
        return
    share = len(_ARABIC.findall(letters)) / len(letters)
    if text.lang == "ar" and share < LETTERS_AR:
        check.error("script", file, (), f"only {share:.0%} of the letters are Arabic")
    if text.lang != "ar" and 1 - share < LETTERS_OTHER:
        check.error("script", file, (), f"{share:.0%} of the letters are Arabic")


def _reading(check: Check, text: ArticleText, file: str) -> None:
    for location, parts in _passages(text):
        length, share = reading(parts, text.lang)
        limit = PLAIN[text.lang]
        if length > limit.words:
            check.warn(
                "reading", file, location, f"{location[0]}: {length:.0f} words a sentence, aim for {limit.words:.0f}"
            )
        if share > limit.share:
            message = (
                f"{location[0]}: {share:.0%} of the words have {limit.long} letters or more, aim for {limit.share:.0%}"
            )
            check.warn("reading", file, location, message)


def _passages(text: ArticleText) -> Iterator[tuple[Location, list[str]]]:
    strip = [PLACEHOLDER.sub("", value) for value in (text.answer, *text.steps, text.watch or "")]
    yield ("answer",), strip
    yield ("short",), [PLACEHOLDER.sub("", text.short)]
