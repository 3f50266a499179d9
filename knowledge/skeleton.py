"""The consonants of a word, one spelling for both scripts: غارقين, ghar9in and gharqin are all "8r9n"."""

from __future__ import annotations

import regex

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
    """The consonants of a normalised word; empty for numbers."""
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
