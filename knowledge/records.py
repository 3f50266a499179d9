"""The knowledge as frozen records, shaped as the files of docs/content.md are.

Unknown keys are refused. ``model_dump(mode="json", by_alias=True)`` gives a record as its file has it; what a file says
by its place (scope, language, file name) is an attribute that is not dumped.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Language = Literal["fr", "ar", "en"]
Variety = Literal["fr", "ar", "ary", "ary-Latn", "aeb", "arq", "ayl", "mey", "en"]
Level = Literal["verified", "known"]
Status = Literal["draft", "published", "withdrawn"]
Review = Literal["starter", "approved"]
Kind = Literal[
    "labour-inspectorate", "employment-agency", "social-security", "health-insurance", "anti-trafficking", "ombudsman",
    "human-rights", "union", "employers", "ngo", "international", "consular", "hotline", "police", "emergency", "court",
    "ministry", "child-protection", "women-support", "bank", "other",
]  # fmt: skip

LANGUAGES: tuple[Language, ...] = ("fr", "ar", "en")
REGIONAL = "regional"
OUT_OF_SCOPE = "out-of-scope"

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Topic = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^(regional|[A-Z]{2})$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]


class Record(BaseModel):
    """Frozen, strict, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_alias=True, validate_by_name=True)


class Localised(Record):
    """The same words in the three languages."""

    fr: Line
    ar: Line
    en: Line

    def get(self, lang: str) -> str:
        """The words in ``lang``; French where the helpline does not speak it."""
        return {"ar": self.ar, "en": self.en}.get(lang, self.fr)


class Source(Record):
    """What an article rests on; ``link`` only where the fact base gives one."""

    cite: Localised
    level: Level
    link: Line | None


class Article(Record):
    """What the languages of an answer share: one topic, one scope."""

    topic: Topic
    scope: Scope
    status: Status
    review: Review
    reviewed: dt.date
    review_by: dt.date
    original: Language
    ask_country: bool
    always_person: bool
    contacts: tuple[Id, ...]
    facts: tuple[Id, ...]
    sources: tuple[Source, ...]

    @property
    def id(self) -> str:
        """``<topic>/<scope>``."""
        return f"{self.topic}/{self.scope}"


class ArticleText(Record):
    """An answer in one language. ``original_hash`` is None in the original, "" in a translation not yet compared."""

    article_id: str = Field("", exclude=True)
    lang: Language = Field("fr", exclude=True)
    title: Line
    answer: Line
    steps: tuple[Line, ...]
    watch: Line | None
    short: Line
    questions: tuple[Line, ...]
    original_hash: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Article id and language."""
        return self.article_id, self.lang


class Phone(Record):
    """``+…`` or a short number, as dialled in the organisation's country."""

    number: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]
    label: Localised | None


class Organisation(Record):
    """A directory entry; ``scope`` is its file: a country or ``regional``."""

    scope: str = Field("", exclude=True)
    id: Id
    country: Country | None
    city: Line | None
    kind: Kind
    name: Localised
    purpose: Localised = Field(alias="for")
    languages: tuple[str, ...]
    hours: Localised | None
    phones: tuple[Phone, ...]
    link: Line | None
    address: Line | None
    source: Line
    level: Level
    checked: dt.date


class Fact(Record):
    """A fact that changes, written once and put in the place of ``{fact:id}``."""

    scope: str = Field("", exclude=True)
    id: Id
    text: Localised
    source: Line
    level: Level
    checked: dt.date
    review_by: dt.date


class Question(Record):
    """How a person asks. ``file`` is its file's stem: the topic, or ``out-of-scope``."""

    file: str = Field("", exclude=True)
    lang: Variety
    text: Line
    topics: tuple[Topic, ...]
    country: Country | None


class Knowledge:
    """All of it, with lookups that answer None for what is not there. Treated as read-only; shared freely."""

    def __init__(
        self,
        *,
        articles: tuple[Article, ...] = (),
        texts: tuple[ArticleText, ...] = (),
        organisations: tuple[Organisation, ...] = (),
        facts: tuple[Fact, ...] = (),
        questions: tuple[Question, ...] = (),
    ) -> None:
        self.articles = tuple(sorted(articles, key=lambda article: (article.topic, article.scope)))
        self.texts = tuple(sorted(texts, key=lambda text: text.key))
        self.organisations = organisations
        self.facts = facts
        self.questions = questions
        self._articles = {article.id: article for article in articles}
        self._texts = {text.key: text for text in texts}
        self._organisations = {organisation.id: organisation for organisation in organisations}
        self._facts = {fact.id: fact for fact in facts}

    @classmethod
    def from_directory(cls, path: Path | None = None) -> Knowledge:
        """Read the files below ``path`` (default: the shipped ones); raises ContentErrors with every problem."""
        from knowledge import loader  # the loader makes records; imported late, or the two would need each other

        return loader.read(path or loader.SHIPPED)

    def article(self, topic: str, scope: str) -> Article | None:
        """The article of ``topic`` for exactly ``scope``."""
        return self._articles.get(f"{topic}/{scope}")

    def text(self, article_id: str, lang: str) -> ArticleText | None:
        """The text of an article in ``lang``."""
        return self._texts.get((article_id, lang))

    def organisation(self, organisation_id: str) -> Organisation | None:
        """The directory entry."""
        return self._organisations.get(organisation_id)

    def fact(self, fact_id: str) -> Fact | None:
        """The fact."""
        return self._facts.get(fact_id)

    def questions_of(self, topic: str) -> tuple[Question, ...]:
        """The example questions whose best topic is ``topic``."""
        return tuple(question for question in self.questions if question.topics[:1] == (topic,))
