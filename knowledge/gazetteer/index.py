"""The names of `data/<CC>.yaml` as one index of words: exact, with clitics, and with a typing error.

A file lists names parted by commas under `country`, `nationality`, `city`, `institution`, `currency` and
`dialect`; `name=0.3` overrides the weight of its kind. `ambiguous` repeats the names that are ordinary
words too. `others.yaml` holds names that are passed over.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import regex
import yaml
from rapidfuzz.distance import OSA

from helpline.language import normalise
from knowledge.gazetteer.model import COUNTRIES, KINDS, Kind

WEIGHTS: dict[Kind, float] = {
    "country": 1.0, "city": 0.95, "institution": 0.7, "nationality": 0.45, "currency": 0.2, "dialect": 0.1,
}  # fmt: skip
TYPO_FROM = {"country": 6, "nationality": 6, "city": 7}  # letters: a shorter name is never guessed
TWO_TYPOS_FROM = 10
_CLITICS = regex.compile(r"(?P<and>و)?(?P<prep>[بفلك]|)(?P<the>ال|(?<=ل)ل|)(?P<stem>[ء-ي]{3,})")
_LATIN_CLITICS = ("lel", "fel", "bel", "fil", "fi", "fl", "bl", "el", "al", "f", "b", "l", "d", "w", "m")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """One reading of a name: `ambiguous` ones are ordinary words as well."""

    country: str
    kind: Kind
    weight: float
    ambiguous: bool


@dataclass
class Index:
    """names: words (Arabic ones without ال) -> readings (none for a name that is passed over)."""

    names: dict[Words, list[Name]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)  # first word -> most words of a name
    typos: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ordinary: frozenset[str] = frozenset()  # words that are never a typing error
    common: frozenset[str] = frozenset()  # ambiguous names that are no name even alone in a message

    @classmethod
    def load(cls, ordinary: frozenset[str]) -> "Index":
        others = read("others")
        index = cls(ordinary=ordinary, common=frozenset(_names(others["common"])))
        for country in COUNTRIES:
            data = read(country)
            ambiguous = set(_names(data.get("ambiguous", "")))
            for kind in KINDS:
                for name, weight in _weighted(data.get(kind, ""), WEIGHTS[kind]):
                    index._add(name, Name(country, kind, weight, name in ambiguous))
        for name in _names(others["names"]):
            index._add(name, None)
        return index

    def _add(self, name: str, reading: Name | None) -> None:
        words = tuple(bare(word) for word in name.split())
        readings = self.names.setdefault(words, [])
        if reading is None:
            readings.clear()
        elif not any(known.country == reading.country for known in readings):
            readings.append(reading)
        self.longest[words[0]] = max(self.longest.get(words[0], 0), len(words))
        known = words[0]
        if reading is None or reading.ambiguous or len(words) > 1:
            return
        if len(known) >= TYPO_FROM.get(reading.kind, len(known) + 1):
            for cut in _cuts(known, 2 if len(known) >= TWO_TYPOS_FROM else 1):
                self.typos[cut].add(known)

    def forms(self, word: str) -> list[tuple[str, str]]:
        """What `word` may be without its clitics, least stripped first: (stem, preposition)."""
        if not "ء" <= word[0] <= "ي":
            return [(word, "")] + [
                (word[len(cut) :], cut[0] if cut[0] in "fbl" and cut not in ("el", "al") else "")
                for cut in _LATIN_CLITICS
                if word.startswith(cut) and len(word) - len(cut) >= 5
            ]  # fmt: skip
        found = [(word, ""), (bare(word), ""), (bare(bare(word)), "")]  # twice: المانيا is a name with ال
        if word[0] == "و" and len(word) > 3:
            found += [(word[1:], ""), (bare(word[1:]), "")]
        for match in (_CLITICS.fullmatch(word), _CLITICS.fullmatch(word[1:]) if word[0] == "و" else None):
            if match and (match["prep"] or match["the"] or match["and"]):
                found.append((match["stem"], match["prep"]))
        if len(word) > 4 and word[0] in "بفل":
            found += [(word[1:], word[0]), (bare(word[1:]), word[0])]
        return found

    def typo(self, word: str) -> str | None:
        """The one long name that `word` misspells, or None."""
        if len(word) < min(TYPO_FROM.values()) or word in self.ordinary:
            return None
        near: dict[str, int] = {}
        for cut in _cuts(word, 2 if len(word) >= TWO_TYPOS_FROM else 1):
            for name in self.typos.get(cut, ()):
                distance = OSA.distance(name, word)
                allowed = 2 if min(len(name), len(word)) >= TWO_TYPOS_FROM else 1
                if name[0] == word[0] and distance <= allowed:
                    near[name] = distance
        return min(near, key=lambda name: (near[name], name), default=None)


def bare(word: str) -> str:
    """An Arabic word without its article, if enough is left."""
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def read(name: str) -> dict[str, Any]:
    """The content of `data/<name>.yaml`."""
    text = (files("knowledge.gazetteer") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _names(listed: str) -> list[str]:
    return [name for part in listed.split(",") if (name := normalise(part))]


def _weighted(listed: str, usual: float) -> Iterator[tuple[str, float]]:
    for part in listed.split(","):
        name, _, weight = part.partition("=")
        if folded := normalise(name):
            yield folded, float(weight or usual)


def _cuts(word: str, depth: int) -> set[str]:
    """`word` and what is left of it after taking out up to `depth` letters."""
    found = level = {word}
    for _ in range(depth):
        level = {cut[:at] + cut[at + 1 :] for cut in level for at in range(len(cut))}
        found = found | level
    return found
