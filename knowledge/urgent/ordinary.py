"""Ordinary questions of `knowledge/questions` as messages without danger; topics that often hold danger are left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from knowledge.urgent.examples import Example

# Here an example question may be truly urgent; their look-alikes are written in data/examples.jsonl instead.
MIXED = frozenset(
    {
        "emergency", "forced-labour", "gender-violence", "sexual-harassment", "child-labour", "arrest-expulsion",
        "mental-health", "passport-confiscation", "work-accident", "racism-violence", "domestic-work", "health-care",
        "maternity", "asylum", "safety-at-work", "recruitment-debt", "change-employer",
    }
)  # fmt: skip


def ordinary(questions: Path) -> Iterator[Example]:
    """The questions of the topics that are not mixed; numbered 0, for they are not ours to cite."""
    for path in sorted(questions.glob("*.jsonl")):
        if path.stem in MIXED:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if not MIXED.intersection(entry["topics"]):
                yield Example(0, entry["lang"], None, entry["text"])
