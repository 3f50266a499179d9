"""Scores, the confusion report and the comparison of two runs."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from helpline.evaluation.compare import BadRun, compare, lines, read_run
from helpline.evaluation.report import confusions, page, verdict
from helpline.evaluation.scores import by_language, scores


def case(
    number: int, expect: str = "answer", topics: tuple[str, ...] = (), urgent: str | None = None, **got: Any
) -> dict[str, Any]:
    """A labelled message and what came of it."""
    result = {"outcome": "answer", "topic": None, "options": [], "urgent": None, "country": None, "confidence": 0.5}
    return {
        "id": f"m{number}", "lang": "fr", "text": f"message <b>{number}</b>", "topics": list(topics), "country": None,
        "urgent": urgent, "expect": expect, "got": {**result, "latency_ms": 10.0 * number, **got},
    }  # fmt: skip


CASES = [
    case(1, topics=("school",), topic="school"),
    case(2, topics=("school",), topic="housing"),
    case(3, topics=("school",), outcome="clarify", options=["housing", "school"]),
    case(4, topics=("school",), outcome="clarify", options=["housing"]),
    case(5, expect="out_of_scope", outcome="out_of_scope"),
    case(6, expect="human", topic="school"),
    case(7, topics=("emergency",), urgent="danger-now", outcome="human", topic="emergency", options=[]) | {},
    case(8, topics=("school",), topic="school", urgent=None) | {"country": "MA"},
]
CASES[6]["got"]["urgent"] = "suicide-risk"
CASES[7]["got"]["country"] = "TN"

FAILED = {"at": 1, "key": "topic", "expected": "a", "got": [], "holds": False}


def run() -> dict[str, Any]:
    """The object that ``evaluate --json`` prints."""
    own = copy.deepcopy(CASES)
    return {
        "cases": [*own, {"id": "d1", "passed": False, "expectations": [FAILED]}],
        "scores": {"overall": scores(own), "languages": by_language(own), "dialogues": {"passed": 0.0}},
    }  # fmt: skip


def test_the_figures_of_the_design() -> None:
    got = scores(CASES)
    assert got["count"] == 8
    assert got["top1"] == pytest.approx(3 / 6, abs=1e-4)
    assert got["top3"] == pytest.approx(4 / 6, abs=1e-4)
    assert got["out_of_scope_recall"] == 1.0
    assert got["wrong_answer_rate"] == pytest.approx(2 / 8)
    assert (got["urgent_recall"], got["urgent_exact"], got["urgent_false_alarm"]) == (1.0, 0.0, 0.0)
    assert got["control_accuracy"] == 0.0
    assert got["country_accuracy"] == 0.0
    assert scores([])["top1"] is None


def test_the_verdict_of_each_message() -> None:
    assert [verdict(one) for one in CASES] == [
        "right", "wrong", "offered", "missed", "right", "wrong", "right", "right",
    ]  # fmt: skip
    assert [(right, instead, len(found)) for right, instead, found in confusions(CASES)] == [("school", "housing", 3)]


def test_the_report_names_the_worst_and_escapes_what_people_wrote() -> None:
    html = page(run(), "Evaluation: x")
    assert "school</b> → housing (3)" in html
    assert "message &lt;b&gt;2&lt;/b&gt;" in html and "message <b>" not in html
    assert "http://" not in html and "https://" not in html and "<script" not in html, "it needs no network"
    assert html.count('dir="auto"') > 8


def test_a_comparison_says_what_got_worse_first(tmp_path: Path) -> None:
    before, after = run(), run()
    after["cases"][0]["got"]["topic"] = "housing"
    after["cases"][1]["got"]["topic"] = "school"
    after["cases"].pop(2)
    after["scores"]["overall"] = scores([one for one in after["cases"] if "got" in one])
    found = compare(before, after)
    assert [(change.id, change.before, change.after, change.better) for change in found.changes] == [
        ("m1", "right", "wrong", False),
        ("m2", "wrong", "right", True),
    ]
    assert found.only_one == 1
    text = "\n".join(lines(found))
    assert text.index("Worse: 1") < text.index("m1") < text.index("Better: 1") < text.index("m2")
    file = tmp_path / "run.json"
    file.write_text(json.dumps(before), "utf-8")
    assert read_run(file) == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cases": [], "scores": {}}', "nonsense"])
def test_what_is_no_run_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(content, "utf-8")
    with pytest.raises(BadRun):
        read_run(file)
