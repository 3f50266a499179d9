"""The trained part: a multinomial logistic regression over hashed features and sentence vectors, in numpy.

Trained by `train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.urgent.danger import IDS
from knowledge.urgent.features import WEIGHTS, hashed
from knowledge.urgent.reading import Floats, Reading

CLASSES = ("none", *IDS)
DENSE_WEIGHT = 0.4  # of the sentence vectors beside the hashed features; chosen by measurement, docs/urgent.md


def vector(reading: Reading, idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """The places and values of a message's hashed features; a place may come twice."""
    places: list[int] = []
    values: list[Floats] = []
    for family, counts in hashed(reading.words, reading.glossed, reading.concepts).items():
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
    """Weights of hashed features and of the sentence vectors (each x classes), rarity of features, alarm threshold."""

    weights: Floats
    dense: Floats
    intercept: Floats
    idf: Floats
    threshold: float

    @classmethod
    def load(cls, path: Path) -> Model:
        with np.load(path) as data:
            weights = data["weights"].astype(np.float32) * data["scale"].astype(np.float32)
            dense, idf = data["dense"].astype(np.float32), data["idf"].astype(np.float32)
            return cls(weights, dense, data["intercept"], idf, float(data["threshold"]))

    def save(self, path: Path) -> None:
        """One byte a hashed weight: a class's largest weight is 127."""
        scale = (np.abs(self.weights).max(axis=0) / 127).astype(np.float32)
        small = np.round(self.weights / scale).astype(np.int8)
        np.savez_compressed(
            path, weights=small, scale=scale, dense=self.dense.astype(np.float16),
            intercept=self.intercept.astype(np.float32), idf=self.idf.astype(np.float16),
            threshold=np.float32(self.threshold),
        )  # fmt: skip

    def probabilities(self, reading: Reading) -> Floats:
        """The probability of each of CLASSES."""
        places, values = vector(reading, self.idf)
        scores = values @ self.weights[places] + (reading.dense * DENSE_WEIGHT) @ self.dense + self.intercept
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), np.float32)
