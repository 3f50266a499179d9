"""The figures of design section 6; a figure without cases is None."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Case = dict[str, Any]
CONTROLS = ("human", "smalltalk", "optout", "delete_data", "change_language")


def ratio(cases: Sequence[Case], holds: Callable[[Case], bool]) -> float | None:
    """Share of ``cases`` for which ``holds``."""
    return round(sum(map(holds, cases)) / len(cases), 4) if cases else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` of ``values`` lie (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def answered(case: Case) -> str | None:
    """The topic that was answered, None where none was."""
    got = case["got"]
    return got["topic"] if got["outcome"] == "answer" else None


def scores(cases: Sequence[Case]) -> dict[str, Any]:
    """S of design section 6. A case has the label's keys and ``got``, the result of ``helpline ask --json``."""
    answers = [c for c in cases if c["expect"] == "answer"]
    urgent = [c for c in cases if c["urgent"]]
    calm = [c for c in cases if not c["urgent"]]
    latencies = [float(c["got"]["latency_ms"]) for c in cases]

    def first(case: Case) -> bool:
        return case["got"]["topic"] in case["topics"] and case["got"]["outcome"] in ("answer", "human")

    def among(case: Case) -> bool:
        return first(case) or any(option in case["topics"] for option in case["got"]["options"][:3])

    return {
        "count": len(cases),
        "top1": ratio(answers, first),
        "top3": ratio(answers, among),
        "out_of_scope_recall": ratio(
            [c for c in cases if c["expect"] == "out_of_scope"], lambda c: c["got"]["outcome"] == "out_of_scope"
        ),
        "wrong_answer_rate": ratio(cases, lambda c: answered(c) is not None and answered(c) not in c["topics"]),
        "urgent_recall": ratio(urgent, lambda c: bool(c["got"]["urgent"])),
        "urgent_exact": ratio(urgent, lambda c: bool(c["got"]["urgent"] == c["urgent"])),
        "urgent_false_alarm": ratio(calm, lambda c: bool(c["got"]["urgent"])),
        "control_accuracy": ratio(
            [c for c in cases if c["expect"] in CONTROLS], lambda c: bool(c["got"]["outcome"] == c["expect"])
        ),
        "country_accuracy": ratio(
            [c for c in cases if c["country"]], lambda c: bool(c["got"]["country"] == c["country"])
        ),
        "p50_ms": percentile(latencies, 0.5),
        "p95_ms": percentile(latencies, 0.95),
    }


def by_language(cases: Iterable[Case]) -> dict[str, Any]:
    """The same figures for each language."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case["lang"], []).append(case)
    return {lang: scores(group) for lang, group in sorted(groups.items())}
