"""Dialect words by their English meaning, so that the sentence vectors, which know no dialect, understand them.

A word is looked up as it is written, then by its consonants without the usual beginnings and endings.
"""

from __future__ import annotations

import hashlib
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


# Dialect words that editors keep for danger, and the wide list for everything else.
_DANGER = Path(__file__).parent / "urgent" / "data" / "gloss.yaml"
_WIDE = Path(__file__).parent / "lexicon" / "dialect.tsv"


@dataclass(slots=True)
class Gloss:
    """Meanings by written word and by consonants."""

    words: dict[str, str] = field(default_factory=dict)
    bones: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Gloss:
        """The glosses of a file ``meaning: form form …``."""
        gloss = cls()
        data: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for meaning, forms in data.items():
            for form in str(forms).split():
                gloss._add(form.replace("_", " "), str(meaning))
        return gloss

    @classmethod
    def shipped(cls) -> Gloss:
        """The wide list (``word<TAB>meaning`` a line), then the glosses of danger."""
        gloss = cls()
        for line in _WIDE.read_text(encoding="utf-8").splitlines():
            word, _, meaning = line.partition("\t")
            gloss._add(word, meaning)
        for word, meaning in cls.load(_DANGER).words.items():
            gloss._add(word, meaning)
        return gloss

    @property
    def digest(self) -> str:
        """A name of this state of the glosses (16 hex digits)."""
        return hashlib.sha256(repr(sorted(self.words.items())).encode()).hexdigest()[:16]

    def _add(self, form: str, meaning: str) -> None:
        word = normalise(form)
        if not word or " " in word or not meaning:
            return
        self.words.setdefault(word, meaning)
        bones = skeleton(word)
        if len(bones) >= _SHORTEST:
            self.bones.setdefault(bones, meaning)

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
