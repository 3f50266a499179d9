"""What the danger detector says. Equal to the dataclasses of `channels.services`, which this package may not import."""

from __future__ import annotations

from dataclasses import dataclass

IDS = ("danger-now", "suicide-risk", "trafficking-signs", "medical-emergency", "child-danger", "detention-now")


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger seen in a message: an urgent id of topics.yaml, and the concepts or example that showed it."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The emergency numbers to give, as a text and as its SMS variant."""

    text: str
    short: str
