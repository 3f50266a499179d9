"""The n-gram part of the index: one-against-rest logistic regression over hashed n-grams, one class a topic.

Trained from the example questions whenever the content changes, stored as one file, read with numpy alone.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.search.features import SIZE, Features

# The class of messages that the helpline must not answer.
OUT_OF_SCOPE = "out-of-scope"
FORMAT = 3
# An n-gram that fewer examples have teaches nothing about the next message.
LEAST_SEEN = 2
PENALTY = 3e-6
EPOCHS = 8

Floats = NDArray[np.float32]
Hashed = tuple[NDArray[np.int32], Floats]


def pair_key(text: str, topic: str) -> int:
    """A number that names an example (64 bits)."""
    return int.from_bytes(hashlib.blake2b(f"{topic}\n{text}".encode("utf-8", "replace"), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class TopicModel:
    """``labels``: C topics. ``idf``: (SIZE,). ``row``: (SIZE,) place of a column in ``grams`` (U, C), or -1.

    ``bias``: (C,). ``learned``: sorted keys of the examples it was trained on.
    """

    labels: tuple[str, ...]
    idf: Floats
    row: NDArray[np.int32]
    grams: NDArray[np.float16]
    bias: Floats
    learned: NDArray[np.uint64]

    def weighted(self, hashed: Hashed) -> Hashed:
        """The same columns with values of length 1 after weighing by rarity."""
        columns, values = hashed
        weighted = values * self.idf[columns]
        length = float(np.linalg.norm(weighted))
        return columns, (weighted / length if length else weighted).astype(np.float32)

    def scores(self, hashed: Hashed) -> Floats:
        """Decision values of the topics, shape (C,), for a message's :meth:`weighted` features."""
        columns, values = hashed
        rows = self.row[columns]
        known = rows >= 0
        return np.asarray(self.bias + values[known] @ self.grams[rows[known]].astype(np.float32), np.float32)

    def has_learned(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of the examples it was trained on."""
        return np.isin(keys, self.learned)

    def to_bytes(self) -> bytes:
        """The model as one numpy archive."""
        buffer = io.BytesIO()
        used = np.flatnonzero(self.row >= 0).astype(np.int32)
        np.savez_compressed(
            buffer, format=np.array(FORMAT), labels=np.array(self.labels), idf=self.idf.astype(np.float16), used=used,
            grams=self.grams[self.row[used]], bias=self.bias, learned=self.learned,
        )  # fmt: skip
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TopicModel:
        """The model that :meth:`to_bytes` wrote; raises ValueError for another format."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            if int(archive["format"]) != FORMAT:
                raise ValueError("a topic model of another format")
            row = np.full(SIZE, -1, np.int32)
            row[archive["used"]] = np.arange(len(archive["used"]), dtype=np.int32)
            return cls(
                tuple(str(label) for label in archive["labels"]), archive["idf"].astype(np.float32), row,
                archive["grams"], archive["bias"], archive["learned"],
            )  # fmt: skip


def train(texts: Sequence[str], labels: Sequence[str], features: Features) -> TopicModel:
    """Fit the model on N example questions and their best topics. Deterministic.

    Raises ValueError with fewer than two different labels.
    """
    from scipy.sparse import csr_matrix, diags  # not needed to serve, only to train
    from sklearn.linear_model import SGDClassifier

    if len(set(labels)) < 2:
        raise ValueError("a topic model needs questions of at least two topics")
    rows = [features.hashed(text) for text in texts]
    counts = csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([columns for columns, _ in rows]),
            np.cumsum([0, *(len(columns) for columns, _ in rows)]),
        ),
        shape=(len(texts), SIZE),
    )
    seen = np.bincount(counts.indices, minlength=SIZE)
    idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float16).astype(np.float32)
    weighted = counts @ diags(idf)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = (diags(1.0 / np.maximum(lengths, 1e-9)) @ weighted).tocsr().astype(np.float32)
    used = np.flatnonzero(seen >= LEAST_SEEN).astype(np.int32)
    fitted = SGDClassifier(
        loss="log_loss", alpha=PENALTY, max_iter=EPOCHS, tol=None, average=True, random_state=0, n_jobs=2
    ).fit(weighted[:, used], np.array(labels))
    names = tuple(str(name) for name in fitted.classes_)
    weights = np.asarray(fitted.coef_, dtype=np.float32)
    bias = np.asarray(fitted.intercept_, dtype=np.float32)
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        half, halves = weights / np.float32(2), bias / np.float32(2)
        weights, bias = np.vstack([-half, half]), np.concatenate([-halves, halves])
    # How often a topic is in the examples says how diligent its editor was, not how often people ask: taken out.
    seen_topics = np.array([sum(label == name for label in labels) for name in names], np.float32)
    bias = bias - np.log(seen_topics / seen_topics.mean())
    row = np.full(SIZE, -1, np.int32)
    row[used] = np.arange(len(used), dtype=np.int32)
    learned = np.unique(np.array([pair_key(text, label) for text, label in zip(texts, labels, strict=True)], np.uint64))
    return TopicModel(names, idf, row, weights.T.astype(np.float16), bias, learned)
