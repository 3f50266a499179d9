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

from helpline.language.normalise import normalise
from knowledge.search.features import SIZE, Features

# The class of messages that the helpline must not answer.
OUT_OF_SCOPE = "out-of-scope"
FORMAT = 4
# Added to the score of a topic of whose examples the message is one, word for word: nobody's example is outvoted.
EXACT = 14.0
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

    ``bias``: (C,). ``learned``: sorted keys of the examples it was trained on. ``said``: sorted keys of their
    normalised texts, where only one topic has them, and ``said_topics``: that topic's place.
    """

    labels: tuple[str, ...]
    idf: Floats
    row: NDArray[np.int32]
    grams: NDArray[np.float16]
    bias: Floats
    learned: NDArray[np.uint64]
    said: NDArray[np.uint64]
    said_topics: NDArray[np.int16]

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

    def exact(self, text: str) -> Floats:
        """What to add to the scores where ``text`` is an example, word for word, shape (C,)."""
        result = np.zeros(len(self.labels), np.float32)
        key = np.uint64(pair_key(normalise(text), ""))
        at = int(np.searchsorted(self.said, key))
        if at < len(self.said) and self.said[at] == key:
            result[self.said_topics[at]] = EXACT
        return result

    def has_learned(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of the examples it was trained on."""
        return np.isin(keys, self.learned)

    def to_bytes(self) -> bytes:
        """The model as one numpy archive."""
        buffer = io.BytesIO()
        used = np.flatnonzero(self.row >= 0).astype(np.int32)
        np.savez_compressed(
            buffer, format=np.array(FORMAT), labels=np.array(self.labels), idf=self.idf.astype(np.float16), used=used,
            grams=self.grams[self.row[used]], bias=self.bias, learned=self.learned, said=self.said,
            said_topics=self.said_topics,
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
                archive["grams"], archive["bias"], archive["learned"], archive["said"], archive["said_topics"],
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
    keys, topics = _said(texts, labels, names)
    return TopicModel(names, idf, row, weights.T.astype(np.float16), bias, learned, keys, topics)


def _said(
    texts: Sequence[str], labels: Sequence[str], names: Sequence[str]
) -> tuple[NDArray[np.uint64], NDArray[np.int16]]:
    """Keys of the normalised texts that belong to one topic only, sorted, and the places of their topics."""
    place = {name: at for at, name in enumerate(names)}
    found: dict[int, set[int]] = {}
    for text, label in zip(texts, labels, strict=True):
        if normalised := normalise(text):
            found.setdefault(pair_key(normalised, ""), set()).add(place[label])
    single = sorted((key, min(topics)) for key, topics in found.items() if len(topics) == 1)
    return np.array([key for key, _ in single], np.uint64), np.array([topic for _, topic in single], np.int16)
