"""The hand-written examples: training data, and what an alarm is explained with."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from helpline.language.normalise import normalise
from knowledge.skeleton import skeleton


@dataclass(frozen=True, slots=True)
class Example:
    """A message; `urgent` is an id of topics.yaml, or None for a message that must raise no alarm."""

    number: int
    lang: str
    urgent: str | None
    text: str


def read(path: Path) -> Iterator[Example]:
    """The examples of a file, numbered by line from 1."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            entry = json.loads(line)
            yield Example(number, entry["lang"], entry["urgent"], entry["text"])


def fingerprint(path: Path) -> str:
    """Tells whether a model was trained on this file."""
    return sha256(path.read_bytes()).hexdigest()[:16]


@dataclass(slots=True)
class Nearest:
    """The urgent example most like a message, by its words' consonants."""

    places: dict[str, list[int]]  # consonants -> numbers of examples
    urgent: dict[int, str]
    lengths: dict[int, int]

    @classmethod
    def load(cls, path: Path) -> Nearest:
        return cls.of(read(path))

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Nearest:
        nearest = cls({}, {}, {})
        for example in examples:
            if example.urgent is None:
                continue
            nearest.urgent[example.number] = example.urgent
            bones = {skeleton(word) for word in normalise(example.text).split()}
            nearest.lengths[example.number] = len(bones)
            for bone in bones:
                nearest.places.setdefault(bone, []).append(example.number)
        return nearest

    def number(self, words: Sequence[str], urgent: str) -> int:
        """The number of the nearest example of `urgent`; 0 when nothing is alike."""
        scores: defaultdict[int, float] = defaultdict(float)
        for bone in {skeleton(word) for word in words}:
            numbers = self.places.get(bone, ())
            weight = 1 / (1 + len(numbers))
            for number in numbers:
                if self.urgent[number] == urgent:
                    scores[number] += weight / math.sqrt(self.lengths[number])
        return max(scores, key=lambda number: (scores[number], -number), default=0)
