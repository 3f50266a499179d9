"""A message as numbers: hashed words, letter groups, consonant skeletons and concepts.

A skeleton (`knowledge.skeleton`) is the same in both scripts, so that an example in one teaches the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from knowledge.skeleton import skeleton

BITS = 15
SIZE = 1 << BITS
_MASK = SIZE - 1
_LONGEST = 24  # letters of a word that count


def _word_features(words: Sequence[str]) -> Iterator[str]:
    before = "^"
    for word in words:
        yield "w" + word
        yield "b" + before + " " + word
        before = word
    yield "b" + before + " $"


def _skeleton_features(words: Iterable[str]) -> Iterator[str]:
    before = ""
    for word in words:
        bones = skeleton(word)
        if len(bones) > 1:
            yield "k" + bones
        if before and bones:
            yield "l" + before + " " + bones
        before = bones


def _letter_features(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        padded = "<" + word[:_LONGEST] + ">"
        length = len(padded)
        for size in (3, 4, 5):
            for start in range(length - size + 1):
                yield padded[start : start + size]


def _gloss_features(glossed: Sequence[str]) -> Iterator[str]:
    before = ""
    for word in glossed:
        yield "g" + word
        yield "h" + before + " " + word
        before = word


def _concept_features(concepts: Iterable[str]) -> Iterator[str]:
    names = sorted(concepts)
    for place, name in enumerate(names):
        yield "#" + name
        for other in names[place + 1 :]:
            yield "#" + name + "+" + other


# Each family of features is brought to length 1 and then weighed (docs/urgent.md).
WEIGHTS = {"words": 1.0, "skeletons": 0.7, "letters": 1.0, "glosses": 1.0, "concepts": 1.0}


def hashed(words: Sequence[str], glossed: Sequence[str], concepts: Mapping[str, object]) -> dict[str, dict[int, int]]:
    """Counts of the hashed features of each family."""
    families: tuple[tuple[str, Iterator[str]], ...] = (
        ("words", _word_features(words)),
        ("skeletons", _skeleton_features(words)),
        ("letters", _letter_features(words)),
        ("glosses", _gloss_features(glossed)),
        ("concepts", _concept_features(concepts)),
    )
    result: dict[str, dict[int, int]] = {}
    for family, features in families:
        counts: dict[int, int] = {}
        for feature in features:
            place = crc32(feature.encode()) & _MASK
            counts[place] = counts.get(place, 0) + 1
        result[family] = counts
    return result
