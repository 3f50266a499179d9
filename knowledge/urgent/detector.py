"""Sees danger in a message. Always on: no network, no database, no Rasa; about half a millisecond a message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpline.language.normalise import normalise
from knowledge.urgent.danger import IDS, Danger
from knowledge.urgent.examples import Nearest
from knowledge.urgent.lexicon import Lexicon
from knowledge.urgent.model import Model

LONGEST = 6000  # characters that are read
WINDOW, STEP = 60, 40  # words: a long message is read in overlapping pieces, so that its danger is not drowned
_WITNESS = frozenset({"JOKE", "PAST", "RIGHTS", "NEGATION", "SETTLED"})  # concepts that speak against danger


@dataclass(frozen=True, slots=True)
class Finding:
    """A danger, how sure (0 to 1), and the reasons."""

    id: str
    score: float
    reasons: tuple[str, ...]


class UrgentDetector:
    """Rules that always fire, then a linear model; each alarm names its reasons."""

    def __init__(self, lexicon: Lexicon, model: Model, nearest: Nearest) -> None:
        self._lexicon = lexicon
        self._model = model
        self._nearest = nearest

    @classmethod
    def load(cls, knowledge_directory: Path | None = None) -> UrgentDetector:
        """The detector with the data of `knowledge_directory` (the shipped one when None)."""
        data = (knowledge_directory or Path(__file__).parent.parent) / "urgent" / "data"
        return cls(
            Lexicon.load(data / "lexicon.yaml"), Model.load(data / "model.npz"), Nearest.load(data / "examples.jsonl")
        )

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
        best: Finding | None = None
        for words in _windows(normalise(text[:LONGEST]).split()):
            finding = self._look(words)
            if finding and (best is None or finding.score > best.score):
                best = finding
        return best

    def _look(self, words: Sequence[str]) -> Finding | None:
        concepts = self._lexicon.find(words)
        chances = self._model.probabilities(words, concepts)
        score = 1 - float(chances[0])
        for rule in self._lexicon.rules:
            if rule.applies(concepts):
                reasons = _reasons(concepts, rule.when)
                return Finding(rule.id, 1.0, (f"rule {rule.id}", *reasons))
        if score < self._model.threshold:
            return None
        identity = IDS[int(chances[1:].argmax())]
        shown = [name for name in concepts if name not in _WITNESS]
        number = self._nearest.number(words, identity)
        return Finding(identity, score, (*_reasons(concepts, shown), f"like example {number}", f"score {score:.2f}"))


def _reasons(concepts: dict[str, list[str]], names: Sequence[str] | frozenset[str]) -> list[str]:
    return [f"{name}: {', '.join(concepts[name])}" for name in sorted(names)]


def _windows(words: list[str]) -> Iterator[list[str]]:
    if not words:
        return
    yield words[:WINDOW]
    for start in range(STEP, len(words) - WINDOW + STEP, STEP):
        yield words[start : start + WINDOW]
