"""The topic model: multinomial logistic regression over hashed n-grams and a sentence vector.

Trained from the example questions when the content changes, stored as one file, read with numpy alone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.search.embedder import Embedder
from knowledge.search.features import SIZE, hashed
from knowledge.search.softmax import fit

# The class of messages that the helpline must not answer.
OUT_OF_SCOPE = "out-of-scope"
FORMAT = 1
# How much the sentence vector weighs beside the n-grams (both of length 1); chosen by cross-validation.
VECTOR_WEIGHT = 1.5


@dataclass(frozen=True, slots=True)
class TopicModel:
    """``labels``: C classes. ``idf``: (SIZE,). ``grams``: (SIZE, C). ``vectors``: (D, C). ``bias``: (C,)."""

    embedder: str
    labels: tuple[str, ...]
    idf: NDArray[np.float32]
    grams: NDArray[np.float16]
    vectors: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, text: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of the classes, shape (C,), for a raw message and its unit sentence vector (D,)."""
        columns, values = hashed(text)
        logits = self.bias + VECTOR_WEIGHT * (vector @ self.vectors)
        if len(columns):
            weighted = values * self.idf[columns]
            length = float(np.linalg.norm(weighted))
            if length:
                logits = logits + (weighted / length) @ self.grams[columns].astype(np.float32)
        exponents = np.exp(logits - logits.max())
        return np.asarray(exponents / exponents.sum(), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """The model as one compressed numpy archive."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, format=np.array(FORMAT), embedder=np.array(self.embedder), labels=np.array(self.labels),
            idf=self.idf, grams=self.grams, vectors=self.vectors, bias=self.bias,
        )  # fmt: skip
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TopicModel:
        """The model that :meth:`to_bytes` wrote; raises ValueError for another format."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            if int(archive["format"]) != FORMAT:
                raise ValueError("a topic model of another format")
            return cls(
                str(archive["embedder"]), tuple(str(label) for label in archive["labels"]),
                archive["idf"], archive["grams"], archive["vectors"], archive["bias"],
            )  # fmt: skip


def train(texts: Sequence[str], labels: Sequence[str], embedder: Embedder) -> TopicModel:
    """Fit the model on N example questions and their best topics. Deterministic.

    Raises ValueError with fewer than two different labels.
    """
    from scipy.sparse import csr_matrix, diags  # not needed to serve, only to train

    if len(set(labels)) < 2:
        raise ValueError("a topic model needs questions of at least two topics")
    indptr, indices, data = [0], [], []
    for text in texts:
        columns, values = hashed(text)
        indices.append(columns)
        data.append(values)
        indptr.append(indptr[-1] + len(columns))
    counts = csr_matrix((np.concatenate(data), np.concatenate(indices), np.array(indptr)), shape=(len(texts), SIZE))
    seen = np.bincount(counts.indices, minlength=SIZE)
    idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    weighted = counts @ diags(idf)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = (diags(1.0 / np.maximum(lengths, 1e-9)) @ weighted).tocsr().astype(np.float32)
    used = np.flatnonzero(seen)
    vectors = np.concatenate([embedder.encode(texts[start : start + 64]) for start in range(0, len(texts), 64)])
    names = tuple(sorted(set(labels)))
    targets = np.array([names.index(label) for label in labels])
    grams, dense, bias = fit(weighted[:, used], vectors * VECTOR_WEIGHT, targets, len(names))
    full = np.zeros((SIZE, len(names)), dtype=np.float16)
    full[used] = grams
    return TopicModel(embedder.name, names, idf, full, dense, bias)
