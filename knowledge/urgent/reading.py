"""How a message is read before it is judged: words, English glosses, concepts and sentence vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from helpline.language.normalise import normalise
from knowledge.gloss import Gloss
from knowledge.search.embedder import Embedder
from knowledge.urgent.lexicon import Lexicon

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A message; `dense` is the vector of its text, then the vector of its glosses."""

    words: Sequence[str]
    glossed: Sequence[str]
    concepts: Mapping[str, Sequence[str]]
    dense: Floats


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads messages with the editors' lexicon and glosses, and the sentence encoder."""

    lexicon: Lexicon
    gloss: Gloss
    embedder: Embedder

    @classmethod
    def load(cls, data: Path, embedder: Embedder) -> Reader:
        return cls(Lexicon.load(data / "lexicon.yaml"), Gloss.shipped(), embedder)

    def read(self, text: str) -> Reading:
        words = normalise(text).split()
        glossed = self.gloss.english(words)
        vectors = self.embedder.encode([text, " ".join(glossed)])
        return Reading(words, glossed, self.lexicon.find(words), vectors.astype(np.float32).ravel())
