"""Concepts across languages: `data/lexicon.yaml`, which editors extend.

A concept (CONFINED, BLOOD, JOKE …) has phrases per language, parted by commas. In a phrase, `*` at the end
of a word stands for any ending and `~` for up to three words in between. Phrases are normalised when loaded.
A rule names concepts that raise an urgent id by themselves (`when`), and the exceptions (`unless`);
a calm rule names figures of speech that keep the model silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from helpline.language.normalise import normalise

_GAP = "~"
_GAP_WORDS = 3
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Concepts that together raise `id` (or calm, without id) whatever the model says; `unless` are exceptions."""

    id: str
    when: frozenset[str]
    unless: frozenset[str]
    most_words: int = 1_000_000

    def applies(self, concepts: Mapping[str, object], words: int = 0) -> bool:
        """Whether it holds for a message of so many ``words``."""
        return self.when <= concepts.keys() and not (self.unless & concepts.keys()) and words <= self.most_words


@dataclass(slots=True)
class Lexicon:
    """Phrases by their first word; `starts` holds those whose first word ends in `*`."""

    words: dict[str, list[tuple[str, Phrase]]] = field(default_factory=dict)
    starts: dict[str, list[tuple[str, Phrase]]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    calm: list[Rule] = field(default_factory=list)
    names: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        lexicon = cls(names=tuple(sorted(data["concepts"])))
        for name, languages in data["concepts"].items():
            for phrases in languages.values():
                for phrase in phrases.split(","):
                    lexicon._add(name, phrase)
        lexicon.rules = [_rule(rule) for rule in data["rules"]]
        lexicon.calm = [_rule(rule) for rule in data["calm"]]
        return lexicon

    def _add(self, name: str, phrase: str) -> None:
        words = tuple(_pieces(phrase))
        if not words:
            return
        first = words[0]
        index, key = (self.starts, first[:-1]) if first.endswith("*") else (self.words, first)
        index.setdefault(key, []).append((name, words))

    def find(self, words: Sequence[str]) -> dict[str, list[str]]:
        """The concepts in a message's normalised `words`, each with its phrases as the lexicon writes them."""
        found: dict[str, list[str]] = {}
        for at, word in enumerate(words):
            for name, phrase in self._candidates(word):
                text = " ".join(phrase)
                if text not in found.get(name, ()) and _follows(phrase, words, at):
                    found.setdefault(name, []).append(text)
        return found

    def _candidates(self, word: str) -> Iterator[tuple[str, Phrase]]:
        yield from self.words.get(word, ())
        for end in range(2, min(len(word), 16) + 1):
            yield from self.starts.get(word[:end], ())


def _rule(data: dict[str, Any]) -> Rule:
    return Rule(
        data.get("id", ""),
        frozenset(data["when"]),
        frozenset(data.get("unless", ())),
        data.get("most_words", 1_000_000),
    )


def _pieces(phrase: str) -> Iterable[str]:
    for piece in phrase.split():
        if piece == _GAP:
            yield piece
        elif piece.endswith("*"):
            yield normalise(piece).replace(" ", "") + "*"
        else:
            yield from normalise(piece).split()


def _follows(phrase: Phrase, words: Sequence[str], at: int) -> bool:
    """Whether `phrase` stands at `at` in `words`; its first word is known to match."""
    place = at + 1
    gap = 0
    for piece in phrase[1:]:
        if piece == _GAP:
            gap = _GAP_WORDS
            continue
        for step in range(gap + 1):
            if place + step < len(words) and _matches(piece, words[place + step]):
                place += step + 1
                break
        else:
            return False
        gap = 0
    return True


def _matches(piece: str, word: str) -> bool:
    return word.startswith(piece[:-1]) if piece.endswith("*") else word == piece
