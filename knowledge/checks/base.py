"""What every rule gets: the knowledge, the known ids, today's date, and a way to report at the exact line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.errors import Problem, Severity
from knowledge.files import article_file, text_file
from knowledge.loader import Tree
from knowledge.records import Article, ArticleText, Fact, Knowledge, Localised, Organisation
from knowledge.yaml_lines import Location


@dataclass(slots=True)
class Check:
    """One run over one tree; rules add to ``problems``."""

    tree: Tree
    knowledge: Knowledge
    topics: frozenset[str]
    countries: frozenset[str]
    today: dt.date
    problems: list[Problem] = field(default_factory=list)

    def error(self, rule: str, file: str, location: Location, message: str) -> None:
        """What must not be imported."""
        self._add(Severity.ERROR, rule, file, location, message)

    def warn(self, rule: str, file: str, location: Location, message: str) -> None:
        """What someone should look at."""
        self._add(Severity.WARNING, rule, file, location, message)

    def texts(self) -> Iterator[tuple[ArticleText, str]]:
        """Every text and its file."""
        for text in self.knowledge.texts:
            yield text, text_file(text)

    def articles(self) -> Iterator[tuple[Article, str]]:
        """Every article and its file."""
        for article in self.knowledge.articles:
            yield article, article_file(article)

    def place(self, record: Organisation | Fact) -> tuple[str, Location]:
        """Where a directory entry stands."""
        kind = "organisation" if isinstance(record, Organisation) else "fact"
        return self.tree.places[f"{kind}:{record.id}"]

    def localised(self) -> Iterator[tuple[str, Location, Localised]]:
        """Everything in three languages outside the texts: names, purposes, hours, labels, facts, citations."""
        for organisation in self.knowledge.organisations:
            file, at = self.place(organisation)
            yield file, (*at, "name"), organisation.name
            yield file, (*at, "for"), organisation.purpose
            if organisation.hours:
                yield file, (*at, "hours"), organisation.hours
            for index, phone in enumerate(organisation.phones):
                if phone.label:
                    yield file, (*at, "phones", index, "label"), phone.label
        for fact in self.knowledge.facts:
            file, at = self.place(fact)
            yield file, (*at, "text"), fact.text
        for article, file in self.articles():
            for index, source in enumerate(article.sources):
                yield file, ("sources", index, "cite"), source.cite

    def _add(self, severity: Severity, rule: str, file: str, location: Location, message: str) -> None:
        self.problems.append(Problem(self.tree.shown(file), self.tree.line(file, location), severity, message, rule))


def said(text: ArticleText) -> Iterator[tuple[Location, str]]:
    """What a worker may read of ``text``, each part with its location; example questions are not among it."""
    yield ("title",), text.title
    yield ("answer",), text.answer
    for index, step in enumerate(text.steps):
        yield ("steps", index), step
    if text.watch:
        yield ("watch",), text.watch
    yield ("short",), text.short
