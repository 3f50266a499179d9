"""From a worker's words to an approved answer, to a choice of subjects, or to an honest "I don't know"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.present import present
from knowledge.records import REGIONAL, Article, Knowledge
from knowledge.search.matcher import Candidate, TopicMatcher
from knowledge.search.model import OUT_OF_SCOPE
from knowledge.topics import Topics


class Outcome(StrEnum):
    """What to do with a message."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    OUT_OF_SCOPE = "out_of_scope"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities that decide; chosen on labelled messages that nothing learned from (docs/matching.md).

    ``answer``: to answer. ``out_of_scope``, ``beside_best``: what "out of scope" needs by itself, and as a part
    of the best subject's probability; low, for what is out of scope has no words of its own. ``offer``: from which a
    subject is offered as a choice. ``sure``: from which nothing else is offered beside an answer.
    """

    answer: float = 0.28
    out_of_scope: float = 0.03
    beside_best: float = 0.1
    offer: float = 0.03
    sure: float = 0.85


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved answer, ready to send. ``country``: whose law it is, None for the regional one."""

    article: str
    topic: str
    country: str | None
    lang: str
    body: str
    short: str
    asks_country: bool
    always_person: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search. ``confidence``: of the best topic, 0 to 1.

    ``choices``: topics to offer, best first; also beside an answer that is not sure.
    """

    outcome: Outcome
    confidence: float
    topic: str | None = None
    answer: Answer | None = None
    choices: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class Search:
    """Searches one version of the knowledge; immutable, so that a new version simply takes its place."""

    def __init__(
        self,
        knowledge: Knowledge,
        matcher: TopicMatcher,
        topics: Topics,
        *,
        serve_unreviewed: bool,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._matcher = matcher
        self._serve_unreviewed = serve_unreviewed
        self._thresholds = thresholds or Thresholds()
        self.topics = topics

    def find(self, text: str, lang: str, country: str | None) -> Found:
        """The best there is for ``text`` in ``lang``, for somebody in ``country`` (None: unknown)."""
        return self.decide(self.rank(text), lang, country)

    def rank(self, text: str) -> tuple[Candidate, ...]:
        """The five best topics for ``text``, and ``out-of-scope`` wherever it stands, best first."""
        ranked = self._matcher.rank(text)
        return tuple(ranked[:5]) + tuple(one for one in ranked[5:] if one.topic == OUT_OF_SCOPE)

    def doubts(self, candidates: tuple[Candidate, ...]) -> bool:
        """Whether the best candidate is not sure enough to be left alone."""
        return bool(candidates) and candidates[0].score < self._thresholds.sure

    def decide(self, candidates: tuple[Candidate, ...], lang: str, country: str | None) -> Found:
        """What to do with ranked candidates."""
        known = [candidate for candidate in candidates if candidate.topic != OUT_OF_SCOPE]
        outside = next((candidate.score for candidate in candidates if candidate.topic == OUT_OF_SCOPE), 0.0)
        best = known[0] if known else Candidate(OUT_OF_SCOPE, 0.0)
        needed = max(self._thresholds.out_of_scope, self._thresholds.beside_best * best.score)
        if outside >= needed:
            near = self._offers(known, 2) if outside < 0.5 else ()
            return Found(Outcome.OUT_OF_SCOPE, outside, None, None, near, candidates)
        if best.score >= self._thresholds.answer and known:
            return self._answer(best, known, lang, country, candidates)
        offers = self._offers(known, 3)
        if offers:
            return Found(Outcome.CLARIFY, best.score, None, None, offers, candidates)
        return Found(Outcome.NO_ANSWER, best.score, None, None, (), candidates)

    def of_topic(self, topic: str, lang: str, country: str | None) -> Answer | None:
        """The answer of a chosen topic, or None where there is none to serve."""
        article = self._servable(topic, country)
        return self._present(article, lang, country) if article else None

    def of_article(self, article_id: str, lang: str, country: str | None) -> Answer | None:
        """The answer of an article by its id, in ``lang``."""
        topic, _, scope = article_id.partition("/")
        article = self._usable(self._knowledge.article(topic, scope))
        return self._present(article, lang, country) if article else None

    def of_phase(self, phase: str) -> tuple[str, ...]:
        """The topics of a phase that have an answer."""
        return tuple(
            topic for topic in self.topics.of_phase(phase) if self._servable(topic, None) or self._anywhere(topic)
        )

    def _answer(
        self,
        best: Candidate,
        known: Sequence[Candidate],
        lang: str,
        country: str | None,
        candidates: tuple[Candidate, ...],
    ) -> Found:
        answer = self.of_topic(best.topic, lang, country)
        if answer is None:  # the subject is understood, but nothing approved is there to say
            return Found(Outcome.NO_ANSWER, best.score, best.topic, None, self._offers(known[1:], 2), candidates)
        others = () if best.score >= self._thresholds.sure else self._offers(known[1:], 2)
        return Found(Outcome.ANSWER, best.score, best.topic, answer, others, candidates)

    def _offers(self, known: Sequence[Candidate], most: int) -> tuple[str, ...]:
        likely = [
            c.topic
            for c in known
            if c.score >= self._thresholds.offer and (self._servable(c.topic, None) or self._anywhere(c.topic))
        ]
        return tuple(likely[:most])

    def _usable(self, article: Article | None) -> Article | None:
        """The article where it is published, and reviewed or allowed without."""
        if article is None or article.status != "published":
            return None
        return article if article.review == "approved" or self._serve_unreviewed else None

    def _servable(self, topic: str, country: str | None) -> Article | None:
        """The country's own article, else the regional one; never another country's."""
        own = self._usable(self._knowledge.article(topic, country)) if country else None
        return own or self._usable(self._knowledge.article(topic, REGIONAL))

    def _anywhere(self, topic: str) -> bool:
        return any(article.topic == topic and self._usable(article) for article in self._knowledge.articles)

    def _present(self, article: Article, lang: str, country: str | None) -> Answer | None:
        text = self._knowledge.text(article.id, lang)
        if text is None:
            lang = article.original
            text = self._knowledge.text(article.id, lang)
        if text is None:
            return None
        shown = present(article, text, self._knowledge, country)
        asks = article.scope == REGIONAL and article.ask_country and country is None
        scope = None if article.scope == REGIONAL else article.scope
        return Answer(article.id, article.topic, scope, lang, shown.body, shown.short, asks, article.always_person)
