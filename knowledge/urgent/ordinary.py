"""Messages without danger: control messages, and ordinary questions of the topics that seldom hold danger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from knowledge.urgent.examples import Example, read

# Here an example question may be truly urgent; their look-alikes are written in data/examples.jsonl instead.
MIXED = frozenset(
    {
        "emergency", "forced-labour", "gender-violence", "sexual-harassment", "child-labour", "arrest-expulsion",
        "passport-confiscation", "work-accident", "racism-violence", "domestic-work", "health-care",
        "maternity", "asylum", "safety-at-work", "recruitment-debt", "change-employer",
    }
)  # fmt: skip


def ordinary(knowledge: Path) -> Iterator[Example]:
    """Numbered 0, for an alarm never cites them."""
    for example in read(knowledge / "urgent" / "data" / "controls.jsonl"):
        yield Example(0, example.lang, None, example.text)
    for path in sorted((knowledge / "questions").glob("*.jsonl")):
        if path.stem in MIXED:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if not MIXED.intersection(entry["topics"]):
                yield Example(0, entry["lang"], None, entry["text"])
