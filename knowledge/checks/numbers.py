"""Phone numbers and changing amounts belong in the directory, not in a text."""

from __future__ import annotations

import phonenumbers
import regex

from knowledge.checks.base import Check, said
from knowledge.present import PLACEHOLDER
from knowledge.records import LANGUAGES

# A plus and digits, or at least eight digits in groups: no article of law, year or amount looks like this.
_LONG = regex.compile(r"\+\d[\d\s().\-]{4,}\d|(?<![\d\-/])\d(?:[\s().\-]?\d){7,}")
_DATE = regex.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|(?:19|20)\d\d\s?[-/]\s?\d{4}")
_YEAR = regex.compile(r"(?:19|20)\d\d")
_THOUSANDS = regex.compile(r"\d{1,3}(?:[ .\u00a0\u202f]\d{3})+")
# A short number counts as a phone after a word that says so.
_CALL = regex.compile(
    r"(?:\b(?:appel\w*|compos\w*|t[ée]l[ée]phon\w*|t[ée]l|call|dial|phone|ring|whatsapp)|"
    r"(?:اتصل\w*|الاتصال|هاتف\w*|واتساب))\W{1,3}"
    r"(?:(?:le|au|the|on|number|num[ée]ro|على|ب|الرقم|بالرقم|برقم|رقم)\W{1,2}){0,2}(\d{2,7})\b",
    regex.IGNORECASE,
)
_MONEY = r"(?:DH|dirhams?|MAD|dinars?|TND|DT|DZD|LYD|MRU|euros?|EUR|€|USD|\$|درهم\w*|دراهم|دينار\w*|دنانير|يورو|دولار)"
_AMOUNT = regex.compile(rf"\d[\d .,]*\s?{_MONEY}(?!\w)", regex.IGNORECASE)


def numbers(check: Check) -> None:
    """A phone number is an error in any text; an amount of money a warning in an article; numbers must be possible."""
    for text, file in check.texts():
        for location, value in said(text):
            plain = PLACEHOLDER.sub("", value)
            if number := phone_in(plain):
                check.error("phone", file, location, f"{number}: a phone number; write {{contact:id}}")
            if amount := _AMOUNT.search(plain):
                check.warn("amount", file, location, f"{amount.group()}: an amount changes; write {{fact:id}}")
    for file, location, words in check.localised():
        for lang in LANGUAGES:
            if number := phone_in(words.get(lang)):
                check.error("phone", file, (*location, lang), f"{number}: a phone number; it belongs in phones")
    for organisation in check.knowledge.organisations:
        file, at = check.place(organisation)
        for index, phone in enumerate(organisation.phones):
            if phone.number.startswith("+") and not _possible(phone.number):
                check.error("phone", file, (*at, "phones", index), f"{phone.number}: no such phone number is possible")


def phone_in(value: str) -> str | None:
    """The first phone number in ``value``; articles of law, dates, years and amounts are none."""
    for match in _LONG.finditer(value):
        found = match.group().strip()
        if not _DATE.fullmatch(found) and not _THOUSANDS.fullmatch(found):
            return str(found)
    for match in _CALL.finditer(value):
        if not _YEAR.fullmatch(match.group(1)):
            return str(match.group(1))
    return None


def _possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
