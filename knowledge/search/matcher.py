"""Ranks topics for a message; the part that the knowledge issue makes strong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knowledge.search.embedder import Embedder
from knowledge.search.model import TopicModel


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


class ModelMatcher:
    """Ranks with a trained topic model and the embedder that it was trained with."""

    def __init__(self, model: TopicModel, embedder: Embedder) -> None:
        if model.embedder != embedder.name:
            raise ValueError(f"the topic model was trained with {model.embedder}, not with {embedder.name}")
        self._model = model
        self._embedder = embedder

    def rank(self, text: str) -> list[Candidate]:
        """All topics by probability."""
        scores = self._model.scores(text, self._embedder.encode([text])[0])
        return [Candidate(self._model.labels[i], float(scores[i])) for i in np.argsort(-scores)]
