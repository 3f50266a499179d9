"""What sentence vectors say about the topics: the shipped encoder's own head, or one trained over another embedder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.search.embedder import Embedder
from knowledge.search.encoder import TunedEncoder
from knowledge.search.fusion import Fusion, Fusions, log_softmax
from knowledge.search.model import Floats

# Where nothing was measured for an embedder: both parts count alike.
EVEN = Fusions(Fusion(1.0, 0.8), Fusion(0.7, 1.0))
UNHEARD = -12.0  # log probability of a topic that the head does not know
EPOCHS, PENALTY = 12, 1e-5


class TunedVectors:
    """The shipped encoder: its head came with it, and its fusions were fitted with it."""

    def __init__(self, encoder: TunedEncoder, labels: Sequence[str]) -> None:
        self._encoder = encoder
        self.fusions = encoder.fusions
        place = {label: at for at, label in enumerate(encoder.labels)}
        self._order = np.array([place.get(label, len(encoder.labels)) for label in labels], np.int64)

    def read(self, text: str) -> tuple[Floats, Floats]:
        """The unit vector and the log probabilities."""
        vector, logits = self._encoder.read(text)
        return vector, np.append(log_softmax(logits), np.float32(UNHEARD))[self._order]


@dataclass(frozen=True, slots=True)
class VectorHead:
    """Logistic regression over vectors: ``weights`` (D, C), ``bias`` (C,)."""

    weights: Floats
    bias: Floats

    def to_bytes(self) -> bytes:
        """As one numpy archive."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, weights=self.weights.astype(np.float16), bias=self.bias)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> VectorHead:
        """What :meth:`to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return cls(archive["weights"].astype(np.float32), archive["bias"])


def train_head(vectors: Floats, labels: Sequence[str], order: Sequence[str]) -> VectorHead:
    """A head for N unit vectors and their topics, classes in ``order``. Deterministic."""
    from sklearn.linear_model import SGDClassifier  # not needed to serve

    fitted = SGDClassifier(
        loss="log_loss", alpha=PENALTY, max_iter=EPOCHS, tol=None, average=True, random_state=0, n_jobs=2
    ).fit(vectors, np.array(labels))
    weights, bias = np.asarray(fitted.coef_, np.float32), np.asarray(fitted.intercept_, np.float32)
    if len(fitted.classes_) == 2:  # scikit-learn keeps one row for two classes
        half, halves = weights / np.float32(2), bias / np.float32(2)
        weights, bias = np.vstack([-half, half]), np.concatenate([-halves, halves])
    place = {str(name): at for at, name in enumerate(fitted.classes_)}
    chosen = [place[label] for label in order]
    return VectorHead(weights[chosen].T.copy(), bias[chosen])


class HeadVectors:
    """Another embedder, with a head trained over it."""

    fusions = EVEN

    def __init__(self, embedder: Embedder, head: VectorHead) -> None:
        self._embedder = embedder
        self._head = head

    def read(self, text: str) -> tuple[Floats, Floats]:
        """The unit vector and the log probabilities."""
        vector = self._embedder.encode([text])[0]
        return vector, log_softmax(vector @ self._head.weights + self._head.bias)
