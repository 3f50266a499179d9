"""A message as numbers: hashed words, letter groups, consonant skeletons and concepts.

A skeleton writes a word of either script with the same consonants (غارقين, ghar9in, gharqin -> "ghr9n"),
so that an example in one script teaches the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

import regex

BITS = 15
SIZE = 1 << BITS
_MASK = SIZE - 1
_LONGEST = 24  # letters of a word that count

_ARABIC = str.maketrans(
    {
        "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "7", "خ": "5", "د": "d", "ذ": "d", "ر": "r", "ز": "z",
        "س": "s", "ش": "c", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "ع": "3", "غ": "8", "ف": "f", "ق": "9",
        "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ا": None, "و": None, "ي": None,
    }
)  # fmt: skip
_VOWELS = str.maketrans("", "", "aeiouwy2")
_LATIN = (("kh", "5"), ("gh", "8"), ("ch", "c"), ("sh", "c"), ("dj", "j"), ("th", "t"), ("dh", "d"), ("ph", "f"),
          ("q", "9"), ("g", "9"), ("6", "t"), ("v", "f"), ("p", "b"))  # fmt: skip
_DOUBLE = regex.compile(r"(.)\1+")


def skeleton(word: str) -> str:
    """The consonants of a normalised word, one spelling for both scripts; empty for numbers."""
    if word.isdigit():
        return ""
    if word[0] > "\u0600":
        bones = word.translate(_ARABIC)
    else:
        bones = word
        for group, letter in _LATIN:
            bones = bones.replace(group, letter)
        bones = bones.translate(_VOWELS)
    bones = _DOUBLE.sub(r"\1", bones)
    return bones[:-1] if len(bones) > 2 and bones.endswith("h") else bones


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
