"""Hashed n-grams of a normalised message: sparse, without a vocabulary, the same in every process."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from helpline.language.normalise import normalise

BITS = 17
SIZE = 1 << BITS
# Characters within words catch typos, clitics and Latin-letter spellings; words and their pairs catch phrases.
CHARACTERS = (2, 3, 4, 5)


def ngrams(text: str) -> list[str]:
    """The n-grams of ``text`` (not normalised here); words are marked ``w:``, pairs ``b:``."""
    words = text.split()
    found: list[str] = []
    for word in words:
        padded = f" {word} "
        for size in CHARACTERS:
            if len(padded) < size:
                break
            found.extend(padded[start : start + size] for start in range(len(padded) - size + 1))
    found.extend(f"w:{word}" for word in words)
    found.extend(f"b:{first} {second}" for first, second in pairwise(words))
    return found


def hashed(text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Column numbers below SIZE and sublinear counts (1 + log n) of a raw message."""
    counts = Counter(crc32(gram.encode()) & (SIZE - 1) for gram in ngrams(normalise(text)))
    columns = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
    values = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    return columns, values.astype(np.float32)
