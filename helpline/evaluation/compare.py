"""What a change did: two runs of ``helpline evaluate --json``, message by message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpline.errors import BadRequest
from helpline.evaluation.report import verdict

# From worst to best: a message that moves to the right got better.
ORDER = ("wrong", "missed", "offered", "right")
# Figures where less is better.
LESS = ("wrong_answer_rate", "urgent_false_alarm", "p50_ms", "p95_ms")


class BadRun(BadRequest):
    """The file is no run of `helpline evaluate --json`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One message whose verdict changed."""

    id: str
    text: str
    before: str
    after: str

    @property
    def better(self) -> bool:
        """Whether it got better."""
        return ORDER.index(self.after) > ORDER.index(self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``figures``: name, before, after. ``only_one``: how many messages are in one run only."""

    figures: list[tuple[str, float | None, float | None]]
    changes: list[Change]
    only_one: int


def read_run(file: Path) -> dict[str, Any]:
    """A stored run; raises BadRun."""
    try:
        run = json.loads(file.read_text("utf-8"))
        if not isinstance(run, dict) or "cases" not in run or "overall" not in run["scores"]:
            raise BadRun(str(file))
    except (ValueError, KeyError, TypeError) as error:
        raise BadRun(str(file)) from error
    return run


def compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """What is different in ``after``."""
    old = {case["id"]: case for case in before["cases"] if "got" in case}
    new = {case["id"]: case for case in after["cases"] if "got" in case}
    both = [key for key in new if key in old]
    changes = [
        Change(key, str(new[key]["text"]), verdict(old[key]), verdict(new[key]))
        for key in both
        if verdict(old[key]) != verdict(new[key])
    ]
    first, last = before["scores"]["overall"], after["scores"]["overall"]
    figures = [(name, first.get(name), value) for name, value in last.items()]
    changes.sort(key=lambda change: (change.better, change.before, change.id))
    return Comparison(figures, changes, len(old) + len(new) - 2 * len(both))


def lines(comparison: Comparison) -> list[str]:
    """The comparison as text: figures first, then what got worse, then what got better."""
    result = [f"{'figure':24}{'before':>10}{'after':>10}"]
    for name, before, after in comparison.figures:
        shown = ["-" if value is None else f"{value:g}" for value in (before, after)]
        mark = ""
        if before is not None and after is not None and name != "count" and before != after:
            mark = " better" if (after < before) == (name in LESS) else " WORSE"
        result.append(f"{name:24}{shown[0]:>10}{shown[1]:>10}{mark}")
    for title, better in (("Worse", False), ("Better", True)):
        chosen = [change for change in comparison.changes if change.better is better]
        result.append(f"\n{title}: {len(chosen)}")
        result += [f"  {change.id}: {change.before} -> {change.after}  {change.text}" for change in chosen]
    if comparison.only_one:
        result.append(f"\n{comparison.only_one} messages are in one of the runs only.")
    return result
