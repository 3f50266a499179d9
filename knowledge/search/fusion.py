"""How much n-grams and sentence vectors say, and how scores become probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How much each part says, and how sharp the probabilities are (1: as they come).

    Fitted on held-out example questions (docs/matching.md), apart for messages with dialect words: there the letters
    know more, and in French, English and standard Arabic the vectors do.
    """

    vector: float
    grams: float


@dataclass(frozen=True, slots=True)
class Fusions:
    """For messages without and with dialect words."""

    plain: Fusion
    dialect: Fusion


def softmax(logits: Floats) -> Floats:
    """Probabilities of the same shape."""
    exponents = np.exp(logits - logits.max())
    return np.asarray(exponents / exponents.sum(), np.float32)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities of the same shape."""
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)
