"""Labelled messages that nothing is trained on: ``knowledge/regression``, as ``helpline evaluate`` reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DIRECTORY = Path(__file__).parent.parent / "regression"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what should come of it; ``topics``: the best one, then others that are as good."""

    lang: str
    text: str
    topics: Sequence[str]
    country: str | None
    expect: str


def read_regression(directory: Path = DIRECTORY) -> list[Labelled]:
    """All labelled messages of ``directory``, by file name and line."""
    return [
        Labelled(line["lang"], line["text"], tuple(line["topics"]), line["country"], line["expect"])
        for file in sorted(directory.glob("*.jsonl"))
        for line in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]
