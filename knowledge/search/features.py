"""Hashed n-grams of a message: sparse, without a vocabulary, the same in every process.

Three families in one table: letters and words as written (typos, clitics, phrases), consonant skeletons (the same
word in both scripts), and English glosses of dialect words (the same meaning in all dialects).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from helpline.language.normalise import normalise
from knowledge.gloss import Gloss
from knowledge.skeleton import skeleton

BITS = 18
SIZE = 1 << BITS
# Characters within words catch typos, clitics and Latin-letter spellings; words and their pairs catch phrases.
CHARACTERS = (2, 3, 4, 5)


def _as_written(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        padded = f" {word} "
        for size in CHARACTERS:
            if len(padded) < size:
                break
            yield from (padded[start : start + size] for start in range(len(padded) - size + 1))
    yield from _phrases(words, "w", "b")


def _phrases(words: Sequence[str], one: str, two: str) -> Iterator[str]:
    yield from (f"{one}:{word}" for word in words)
    yield from (f"{two}:{first} {second}" for first, second in pairwise(words))


class Features:
    """Reads messages with the glosses of dialect words. ``name`` tells different glosses apart."""

    def __init__(self, gloss: Gloss) -> None:
        self._gloss = gloss
        self.name = gloss.digest

    def glossed(self, text: str) -> str | None:
        """The message with its dialect words in English; None where it has fewer than two."""
        words = normalise(text).split()
        english = self._gloss.english(words)
        return " ".join(english) if sum(a != b for a, b in zip(words, english, strict=True)) >= 2 else None

    def hashed(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Column numbers below SIZE and sublinear counts (1 + log n) of a raw message."""
        words = normalise(text).split()
        bones = [bone for word in words if len(bone := skeleton(word)) > 1]
        english = " ".join(self._gloss.english(words)).split()
        counts = Counter(
            crc32(gram.encode()) & (SIZE - 1)
            for family in (_as_written(words), _phrases(bones, "s", "sb"), _phrases(english, "g", "gb"))
            for gram in family
        )
        columns = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
        values = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
        return columns, values.astype(np.float32)
