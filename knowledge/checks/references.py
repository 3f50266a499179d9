"""Ids and placeholders: what they name exists; sources are there."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from knowledge.checks.base import Check, said
from knowledge.present import PLACEHOLDER
from knowledge.records import REGIONAL, Article, ArticleText

_BRACES = regex.compile(r"\{[^{}]*\}|[{}]")
MAX_CONTACTS = 3


def references(check: Check) -> None:
    """Topics, scopes, contacts, facts, placeholders, sources, links and the countries of directory entries."""
    for article, file in check.articles():
        _article(check, article, file)
    for text, file in check.texts():
        _placeholders(check, text, file)
    for organisation in check.knowledge.organisations:
        place, at = check.place(organisation)
        expected = None if organisation.scope == REGIONAL else organisation.scope
        if organisation.country != expected:
            check.error("scope", place, (*at, "country"), f"country: must be {expected or 'null'} in this file")
        _link(check, place, (*at, "link"), organisation.link)


def used_facts(check: Check, article: Article) -> set[str]:
    """The facts that the texts of ``article`` name."""
    texts = (text for text in check.knowledge.texts if text.article_id == article.id)
    return {name for text in texts for kind, name in _named(text) if kind == "fact"}


def _article(check: Check, article: Article, file: str) -> None:
    if article.topic not in check.topics:
        check.error("topic", file, ("topic",), f"topic: {article.topic} is not in topics.yaml")
    if article.scope != REGIONAL and article.scope not in check.countries:
        check.error("scope", file, ("scope",), f"scope: {article.scope} is not a country of topics.yaml")
    if article.ask_country and article.scope != REGIONAL:
        check.error("scope", file, ("ask_country",), "ask_country: only a regional article may ask for the country")
    if len(article.contacts) > MAX_CONTACTS:
        check.error("contacts", file, ("contacts",), f"contacts: {len(article.contacts)} ids, at most {MAX_CONTACTS}")
    for index, name in enumerate(article.contacts):
        if not check.knowledge.organisation(name):
            check.error("dead-id", file, ("contacts", index), f"contacts: {name} is not in the directory")
    used = used_facts(check, article)
    for index, name in enumerate(article.facts):
        if not check.knowledge.fact(name):
            check.error("dead-id", file, ("facts", index), f"facts: {name} is not in the directory")
        elif name not in used:
            check.warn("facts", file, ("facts", index), f"facts: {name} is used in no text")
    for name in sorted(used - set(article.facts)):
        check.warn("facts", file, ("facts",), f"facts: {name} is used in a text but not listed")
    if not article.sources:
        check.error("sources", file, ("sources",), "sources: at least one is needed")
    for index, source in enumerate(article.sources):
        _link(check, file, ("sources", index, "link"), source.link)


def _placeholders(check: Check, text: ArticleText, file: str) -> None:
    for location, value in said(text):
        for found in _BRACES.findall(value):
            match = PLACEHOLDER.fullmatch(found)
            if not match:
                check.error("placeholder", file, location, f"{found}: write {{contact:id}} or {{fact:id}}")
            elif not _known(check, match.group(1), match.group(2)):
                check.error("dead-id", file, location, f"{found}: there is no such {match.group(1)}")
    for index, question in enumerate(text.questions):
        if _BRACES.search(question):
            check.error("placeholder", file, ("questions", index), "an example question holds no placeholder")


def _known(check: Check, kind: str, name: str) -> bool:
    return bool(check.knowledge.organisation(name) if kind == "contact" else check.knowledge.fact(name))


def _named(text: ArticleText) -> Iterator[tuple[str, str]]:
    for _, value in said(text):
        for match in PLACEHOLDER.finditer(value):
            yield match.group(1), match.group(2)


def _link(check: Check, file: str, location: tuple[str | int, ...], link: str | None) -> None:
    if link is not None and not regex.fullmatch(r"https?://[^\s/]+\.[^\s/]+\S*", link):
        check.error("link", file, location, f"link: {link} is not a web address (https://…)")
