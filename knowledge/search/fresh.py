"""Questions published after the model was trained: they count at once, by likeness, until the next training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.search.model import Floats, Hashed

# From this likeness on (mean of the cosines of n-grams and of vectors) a fresh question speaks for its topic; an exact
# repetition adds BONUS to its logit, which outweighs what the model believes.
LIKE = 0.5
BONUS = 14.0


class FreshQuestions:
    """A few thousand examples at most; the next training takes them into the model."""

    def __init__(self, topics: int, labels: Sequence[int], hashed: Sequence[Hashed], vectors: Floats) -> None:
        """``labels``: the place of each question's topic among ``topics`` of them; ``vectors``: (n, D), unit length."""
        self._topics = topics
        self._labels = np.asarray(labels, np.int64)
        self._vectors = vectors
        self._where: dict[int, list[tuple[int, float]]] = {}
        for number, (columns, values) in enumerate(hashed):
            for column, value in zip(columns.tolist(), values.tolist(), strict=True):
                self._where.setdefault(column, []).append((number, value))

    @classmethod
    def none(cls, topics: int) -> FreshQuestions:
        """Nothing was published since."""
        return cls(topics, [], [], np.zeros((0, 1), np.float32))

    def __len__(self) -> int:
        return len(self._labels)

    def bonus(self, hashed: Hashed, vector: Floats) -> Floats:
        """What to add to the logits of the topics, shape (topics,)."""
        result = np.zeros(self._topics, np.float32)
        if not len(self._labels):
            return result
        grams = np.zeros(len(self._labels), np.float32)
        for column, value in zip(hashed[0].tolist(), hashed[1].tolist(), strict=True):
            for number, own in self._where.get(column, ()):
                grams[number] += value * own
        like = (grams + self._vectors @ vector) / 2
        gain = np.maximum(like - LIKE, 0) / (1 - LIKE) * BONUS
        np.maximum.at(result, self._labels, gain.astype(np.float32))
        return result
