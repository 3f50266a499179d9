"""Dialect words by their English meaning, so that the sentence vectors, which know no dialect, understand them.

A word is looked up as it is written, then by its consonants without the usual beginnings and endings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import regex
import yaml

from helpline.language.normalise import normalise
from knowledge.skeleton import skeleton

_BEFORE = ("", "k", "kn", "kt", "n", "t", "8", "8n", "8t", "b", "bn", "bt", "l", "m", "mt", "f", "fl", "bl", "lm", "mk")
_AFTER = ("", "n", "t", "k", "c", "nc", "h", "hm", "km", "tn", "tc", "th", "tk", "nn", "hc", "s")
_SHORTEST = 3  # consonants of a word that may be bent
_LATIN_SIGN = regex.compile(r"[a-z][379]|[379][a-z]")
_ARABIC = "\u0600"


@dataclass(slots=True)
class Gloss:
    """Meanings by written word and by consonants."""

    words: dict[str, str] = field(default_factory=dict)
    bones: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Gloss:
        gloss = cls()
        data: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for meaning, forms in data.items():
            for form in str(forms).split():
                word = normalise(form.replace("_", " "))
                if not word or " " in word:
                    continue
                gloss.words.setdefault(word, str(meaning))
                bones = skeleton(word)
                if len(bones) >= _SHORTEST:
                    gloss.bones.setdefault(bones, str(meaning))
        return gloss

    def english(self, words: Sequence[str]) -> list[str]:
        """`words` (normalised) with the known dialect words in English."""
        known = sum(word in self.words for word in words if word < _ARABIC)
        result = []
        for word in words:
            meaning = self.words.get(word)
            if meaning is None and (word >= _ARABIC or known >= 3 or _LATIN_SIGN.search(word)):
                meaning = self._bent(word)
            result.append(word if meaning is None else meaning)
        return result

    def _bent(self, word: str) -> str | None:
        bones = skeleton(word)
        exact = self.bones.get(bones)
        if exact is not None or len(bones) < _SHORTEST:
            return exact
        for before in _BEFORE:
            if not bones.startswith(before):
                continue
            for after in _AFTER:
                root = bones[len(before) : len(bones) - len(after)]
                if len(root) >= _SHORTEST and bones.endswith(after) and root in self.bones:
                    return self.bones[root]
        return None
