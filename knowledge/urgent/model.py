"""The trained part: a multinomial logistic regression over hashed features, in numpy. Trained by `train.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.urgent.danger import IDS
from knowledge.urgent.features import SIZE, WEIGHTS, hashed

Floats = npt.NDArray[np.float32]
CLASSES = ("none", *IDS)


def vector(words: Sequence[str], concepts: Mapping[str, object], idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """The places and values of a message's features; a place may come twice."""
    places: list[int] = []
    values: list[Floats] = []
    for family, counts in hashed(words, concepts).items():
        if not counts:
            continue
        where = list(counts)
        value = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * idf[where]
        norm = float(np.sqrt(value @ value))
        places.extend(where)
        values.append((value * (WEIGHTS[family] / norm)).astype(np.float32) if norm else value)
    if not places:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    return np.array(places, np.int64), np.concatenate(values)


@dataclass(slots=True)
class Model:
    """Weights (features x classes), their intercepts, the rarity of each feature, and the alarm threshold."""

    weights: Floats
    intercept: Floats
    idf: Floats
    threshold: float

    @classmethod
    def load(cls, path: Path) -> Model:
        with np.load(path) as data:
            weights = data["weights"].astype(np.float32) * data["scale"].astype(np.float32)
            return cls(weights, data["intercept"], data["idf"].astype(np.float32), float(data["threshold"]))

    def save(self, path: Path) -> None:
        """One byte a weight: a class's largest weight is 127."""
        scale = (np.abs(self.weights).max(axis=0) / 127).astype(np.float32)
        small = np.round(self.weights / scale).astype(np.int8)
        np.savez_compressed(path, weights=small, scale=scale, intercept=self.intercept.astype(np.float32),
                            idf=self.idf.astype(np.float16), threshold=np.float32(self.threshold))  # fmt: skip

    def probabilities(self, words: Sequence[str], concepts: Mapping[str, object]) -> Floats:
        """The probability of each of CLASSES."""
        places, values = vector(words, concepts, self.idf)
        scores = values @ self.weights[places] + self.intercept
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), np.float32)


def empty() -> Model:
    """A model that never alarms: for tests of the rules alone."""
    zero = np.zeros((SIZE, len(CLASSES)), np.float32)
    return Model(zero, np.array([9.0] + [0.0] * len(IDS), np.float32), np.ones(SIZE, np.float32), 0.5)
