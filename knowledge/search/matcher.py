"""Ranks topics for a message: n-grams and sentence vectors, each saying its part, and what was published just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from helpline import logs
from knowledge.errors import EmbedderError
from knowledge.search.features import Features
from knowledge.search.fresh import FreshQuestions
from knowledge.search.fusion import Fusions, softmax
from knowledge.search.model import Floats, TopicModel

_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic and its probability."""

    topic: str
    score: float


class TopicMatcher(Protocol):
    """Ranks topics."""

    def rank(self, text: str) -> list[Candidate]:
        """All topics, and ``out-of-scope``, best first."""
        ...


class VectorPart(Protocol):
    """Sentence vectors and what they say about the topics."""

    fusions: Fusions

    def read(self, text: str) -> tuple[Floats, Floats]:
        """The unit vector, and log probabilities in the order of the model's labels."""
        ...


class HybridMatcher:
    """One version of the index; immutable."""

    def __init__(self, model: TopicModel, features: Features, vectors: VectorPart, fresh: FreshQuestions) -> None:
        self._model = model
        self._features = features
        self._vectors = vectors
        self._fresh = fresh

    def rank(self, text: str) -> list[Candidate]:
        """All topics by probability."""
        hashed = self._model.weighted(self._features.hashed(text))
        english = self._features.glossed(text)
        try:
            vector, says = self._vectors.read(text)
            if english is not None:
                says = (says + self._vectors.read(english)[1]) * np.float32(0.5)
        except EmbedderError as error:  # an endpoint is away: the letters still know a lot
            _log.warning("no sentence vector", exc_info=error)
            return ranked(self._model.labels, softmax(self._model.scores(hashed)))
        fusion = self._vectors.fusions.plain if english is None else self._vectors.fusions.dialect
        logits = fusion.vector * says + fusion.grams * self._model.scores(hashed)
        logits = logits + self._fresh.bonus(hashed, vector) + self._model.exact(text)
        return ranked(self._model.labels, softmax(logits))


def ranked(labels: Sequence[str], scores: Floats) -> list[Candidate]:
    """Candidates, best first."""
    return [Candidate(labels[place], float(scores[place])) for place in np.argsort(-scores, kind="stable")]
