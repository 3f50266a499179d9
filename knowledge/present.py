"""From an article to what a worker reads.

The words around it come from ``knowledge/wording``, names and numbers from the directory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from knowledge.records import REGIONAL, Article, ArticleText, Knowledge, Organisation, Phone
from knowledge.wording import wording

PLACEHOLDER = regex.compile(r"\{(contact|fact):([^{}]*)\}")
LRM = "\u200e"  # the one direction mark that old phones know; isolates show as boxes there


@dataclass(frozen=True, slots=True)
class Presented:
    """``body`` with everything in it, ``short`` for SMS (complete in itself), and the source line alone."""

    body: str
    short: str
    source_line: str


def present(article: Article, text: ArticleText, knowledge: Knowledge, country: str | None = None) -> Presented:
    """``text`` of ``article`` as a worker reads it.

    ``country`` is the person's, where known: a regional answer then says that it claims nothing about that country.
    A placeholder whose id is unknown leaves nothing behind (``content check`` refuses such content).
    """
    words, lang = wording(text.lang), text.lang
    steps = [
        words.step.format(number=number, text=expand(step, lang, knowledge))
        for number, step in enumerate(text.steps, 1)
    ]
    contacts = [contact_line(organisation, lang) for organisation in _contacts(article, knowledge)]
    source = source_line(article, lang)
    parts = [
        expand(text.answer, lang, knowledge),
        "\n".join(steps),
        "\n".join(contacts),
        words.watch.format(text=expand(text.watch, lang, knowledge)) if text.watch else "",
        words.regional_note if country and article.scope == REGIONAL else "",
        source,
    ]
    return Presented("\n\n".join(part for part in parts if part), expand(text.short, lang, knowledge), source)


def expand(value: str, lang: str, knowledge: Knowledge) -> str:
    """``value`` with ``{contact:id}`` as "Name (phone)" and ``{fact:id}`` as its text."""

    def one(match: regex.Match[str]) -> str:
        kind, name = match.group(1), match.group(2)
        if kind == "fact":
            return fact.text.get(lang) if (fact := knowledge.fact(name)) else ""
        return contact_name(found, lang) if (found := knowledge.organisation(name)) else ""

    return PLACEHOLDER.sub(one, value)


def contact_name(organisation: Organisation, lang: str) -> str:
    """ "Name (phone)" with the first phone; the name alone where there is none."""
    name = organisation.name.get(lang)
    if not organisation.phones:
        return name
    return wording(lang).contact.format(name=name, phone=_number(organisation.phones[0], lang))


def contact_line(organisation: Organisation, lang: str) -> str:
    """ "Name : what for : phones"; where there is no phone, the link."""
    words = wording(lang)
    line = words.contact_detail.format(name=organisation.name.get(lang), purpose=organisation.purpose.get(lang))
    phones = [_phone(phone, lang) for phone in organisation.phones] or (
        [organisation.link] if organisation.link else []
    )
    return words.contact_phones.format(line=line, phones=words.phone_join.join(phones)) if phones else line


def source_line(article: Article, lang: str) -> str:
    """The first source and the date of the last check."""
    words = wording(lang)
    cite = article.sources[0].cite.get(lang).rstrip(".") if article.sources else ""
    return words.source.format(cite=cite, date=date_text(article.reviewed, lang))


def date_text(date: dt.date, lang: str) -> str:
    """``date`` as ``lang`` writes it."""
    words = wording(lang)
    month = words.months[date.month - 1] if words.months else ""
    return words.date.format(day=date.day, month=date.month, year=date.year, month_name=month)


def _contacts(article: Article, knowledge: Knowledge) -> Iterator[Organisation]:
    for name in article.contacts:
        if organisation := knowledge.organisation(name):
            yield organisation


def _phone(phone: Phone, lang: str) -> str:
    number = _number(phone, lang)
    return wording(lang).phone_label.format(number=number, label=phone.label.get(lang)) if phone.label else number


def _number(phone: Phone, lang: str) -> str:
    """The number; in Arabic one with a plus is kept left to right (plain digits are so by themselves)."""
    return f"{LRM}{phone.number}{LRM}" if lang == "ar" and not phone.number.isdigit() else phone.number
