"""What the danger detector says. Equal to the dataclasses of `channels.services`, which this package may not import."""

from __future__ import annotations

from dataclasses import dataclass

IDS = ("danger-now", "suicide-risk", "trafficking-signs", "medical-emergency", "child-danger", "detention-now")
# The topic under which a case of each danger is kept.
TOPICS = {
    "danger-now": "emergency",
    "suicide-risk": "mental-health",
    "trafficking-signs": "forced-labour",
    "medical-emergency": "emergency",
    "child-danger": "child-labour",
    "detention-now": "arrest-expulsion",
}


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger seen in a message: an urgent id of topics.yaml, and the concepts or example that showed it."""

    id: str
    why: str

    @property
    def topic(self) -> str:
        """The topic of its case."""
        return TOPICS[self.id]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The emergency numbers to give, as a text and as its SMS variant."""

    text: str
    short: str
