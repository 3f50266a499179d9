"""Sees danger in a message. Always on: no network, no database, no Rasa; a few milliseconds a message."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.search.embedder import Embedder
from knowledge.search.encoder import TunedEncoder
from knowledge.urgent.danger import IDS, Danger
from knowledge.urgent.examples import Nearest
from knowledge.urgent.model import Model
from knowledge.urgent.reading import Reader

LONGEST = 4000  # characters that are read
WINDOW, STEP = 80, 60  # words: a long message is read in overlapping pieces, so that its danger is not drowned
_WITNESS = frozenset({"JOKE", "PAST", "RIGHTS", "FIGURE", "HOMELAND"})  # concepts that speak against danger


@dataclass(frozen=True, slots=True)
class Finding:
    """A danger, how sure (0 to 1), and the reasons."""

    id: str
    score: float
    reasons: tuple[str, ...]


class UrgentDetector:
    """Rules that always fire, then a linear model; each alarm names its reasons."""

    def __init__(self, reader: Reader, model: Model, nearest: Nearest) -> None:
        self._reader = reader
        self._model = model
        self._nearest = nearest

    @classmethod
    def load(cls, knowledge_directory: Path | None = None, embedder: Embedder | None = None) -> UrgentDetector:
        """The detector with the data of `knowledge_directory` (the shipped one when None).

        `embedder`: the process's `TunedEncoder`, so that its weights are in memory once.
        """
        data = (knowledge_directory or Path(__file__).parent.parent) / "urgent" / "data"
        embedder = embedder or TunedEncoder()
        embedder.encode(["."])  # reads the weights now, not when the first person is in danger
        reader = Reader.load(data, embedder)
        return cls(reader, Model.load(data / "model.npz"), Nearest.load(data / "examples.jsonl"))

    def detect(self, text: str) -> Danger | None:
        """The danger in `text`, or None."""
        finding = self.find(text)
        return Danger(finding.id, "; ".join(finding.reasons)) if finding else None

    def explain(self, text: str) -> list[str]:
        """Why `text` raises an alarm: lexicon words and example numbers. Empty where it raises none."""
        finding = self.find(text)
        return list(finding.reasons) if finding else []

    def find(self, text: str) -> Finding | None:
        """The strongest danger of `text`."""
        findings = [finding for piece in _pieces(text[:LONGEST]) if (finding := self._look(piece))]
        return max(findings, key=lambda finding: finding.score, default=None)

    def _look(self, text: str) -> Finding | None:
        reading = self._reader.read(text)
        if not reading.words:
            return None
        for rule in self._reader.lexicon.rules:
            if rule.applies(reading.concepts):
                return Finding(rule.id, 1.0, (f"rule {rule.id}", *_reasons(reading.concepts, rule.when)))
        if any(rule.applies(reading.concepts, len(reading.words)) for rule in self._reader.lexicon.calm):
            return None
        chances = self._model.probabilities(reading)
        score = 1 - float(chances[0])
        if score < self._model.threshold:
            return None
        identity = IDS[int(chances[1:].argmax())]
        shown = reading.concepts.keys() - _WITNESS
        number = self._nearest.number(reading.words, identity)
        reasons = (*_reasons(reading.concepts, shown), f"like example {number}", f"score {score:.2f}")
        return Finding(identity, score, reasons)


def _reasons(concepts: Mapping[str, Sequence[str]], names: Collection[str]) -> list[str]:
    return [f"{name}: {', '.join(concepts[name])}" for name in sorted(names)]


def _pieces(text: str) -> Iterator[str]:
    # A lone surrogate cannot be encoded, and a NUL is no space: neither may stop us.
    words = text.encode("utf-8", "replace").decode().replace("\x00", " ").split()
    if len(words) <= WINDOW:
        yield " ".join(words)
        return
    for start in range(0, len(words) - WINDOW + STEP, STEP):
        yield " ".join(words[start : start + WINDOW])
