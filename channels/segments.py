"""How much of a channel a text takes: SMS segments, UTF-16 code units, characters.

Sources: 3GPP TS 23.038 (GSM 7 bit default alphabet and its extension table), 3GPP TS 23.040 (concatenated messages);
Telegram "Bot API: sendMessage"; Twilio documentation "What is GSM-7 Character Encoding?".
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

import regex

from channels.ports import Limits

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
GSM = GSM_BASIC | GSM_EXTENSION

# Guillemets go with the space inside them: « mot » reads "mot".
_GUILLEMETS = regex.compile(r"[«‹]\s*|\s*[»›]")
_REPLACE = str.maketrans(
    {
        **dict.fromkeys("’‘‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−•‣◦▪▫●○■·∙", "-"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
        **dict.fromkeys("\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u2028\u2029\u0085", "\n"),
        # Invisible: joiners, direction marks, soft hyphen, variation selectors.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f", ""),
        **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
        **dict.fromkeys("→⇒➔➜➡▶►", "->"),
        **dict.fromkeys("←⇐", "<-"),
        "…": "...", "œ": "oe", "Œ": "OE", "ç": "c", "×": "x", "÷": "/", "°": "o", "º": "o", "ª": "a", "ı": "i",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "²": "2", "³": "3",
        "½": "1/2", "¼": "1/4", "¾": "3/4", "©": "(c)", "®": "(r)",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmsCost:
    """What an SMS takes: ``units`` are septets (``gsm7``) or UTF-16 code units (``ucs2``). Empty: no segment."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    segments: int


def cost(text: str) -> SmsCost:
    """The encoding, units and segments of ``text`` as one SMS, concatenated where it is long."""
    if GSM.issuperset(text):
        return SmsCost("gsm7", *_packed([2 if char in GSM_EXTENSION else 1 for char in text], 160, 153))
    return SmsCost("ucs2", *_packed([2 if char > "\uffff" else 1 for char in text], 70, 67))


def _packed(sizes: list[int], single: int, multi: int) -> tuple[int, int]:
    """Units and segments; an escape sequence or a surrogate pair is never divided between two segments."""
    units = sum(sizes)
    if units <= single:
        return units, min(units, 1)
    segments, room = 1, multi
    for size in sizes:
        if size > room:
            segments, room = segments + 1, multi
        room -= size
    return units, segments


def utf16_units(text: str) -> int:
    """UTF-16 code units of ``text``, as Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def fits(text: str, limits: Limits) -> bool:
    """Whether ``text`` is within ``limits.text``: segments for ``sms``, else code units or characters."""
    if limits.unit == "sms":
        return cost(text).segments <= limits.text
    return (utf16_units(text) if limits.unit == "utf16" else len(text)) <= limits.text


def to_gsm(text: str) -> str:
    """``text`` in the GSM alphabet where French typography is all that keeps it out; else ``text`` unchanged.

    One character outside GSM-7 more than halves what a segment holds. Arabic has no GSM form, so it stays as it is.
    """
    if GSM.issuperset(text):
        return text
    plain = _GUILLEMETS.sub('"', unicodedata.normalize("NFC", text)).translate(_REPLACE)
    plain = "".join(char if char in GSM else _without_accent(char) for char in plain)
    return plain if GSM.issuperset(plain) else text


def _without_accent(char: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
