"""The topic model: logistic regression over hashed n-grams and a sentence vector, one class a topic.

Trained from the example questions when the content changes, stored as one file, read with numpy alone.
Chosen by measurement on 11,256 examples of 58 topics: one-against-rest by averaged stochastic gradient takes 23 s of
CPU, a multinomial batch solver some minutes, and it finds the right topic first slightly more often.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.search.embedder import Embedder
from knowledge.search.features import SIZE, hashed

# The class of messages that the helpline must not answer.
OUT_OF_SCOPE = "out-of-scope"
FORMAT = 2
# How much the sentence vector weighs beside the n-grams (both of length 1); chosen by cross-validation.
VECTOR_WEIGHT = 1.5
# An n-gram that fewer examples have teaches nothing about the next message.
LEAST_SEEN = 2
PENALTY = 3e-6
EPOCHS = 8
# Scales the decision values so that the softmax over them is calibrated: least log loss on held-out questions.
SHARPNESS = 0.3


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
    from scipy.sparse import csr_matrix, diags, hstack  # not needed to serve, only to train
    from sklearn.linear_model import SGDClassifier

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
    used = np.flatnonzero(seen >= LEAST_SEEN)
    vectors = np.concatenate([embedder.encode(texts[start : start + 64]) for start in range(0, len(texts), 64)])
    features = hstack([weighted[:, used], csr_matrix(vectors * VECTOR_WEIGHT)]).tocsr()
    fitted = SGDClassifier(
        loss="log_loss", alpha=PENALTY, max_iter=EPOCHS, tol=None, average=True, random_state=0, n_jobs=2
    ).fit(features, np.array(labels))
    names = tuple(str(name) for name in fitted.classes_)
    weights = np.asarray(fitted.coef_, dtype=np.float32) * SHARPNESS
    bias = np.asarray(fitted.intercept_, dtype=np.float32) * SHARPNESS
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    grams = np.zeros((SIZE, len(names)), dtype=np.float16)
    grams[used] = weights[:, : len(used)].T
    return TopicModel(embedder.name, names, idf, grams, weights[:, len(used) :].T.copy(), bias)
