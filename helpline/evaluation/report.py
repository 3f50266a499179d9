"""The confusion report of a run: one HTML page that needs no network, for editors. ``page(result) -> str``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from helpline.evaluation.scores import CONTROLS, Case, answered, scores

Result = dict[str, Any]
WORST = 30  # pairs of topics that are shown


def verdict(case: Case) -> str:
    """``right``, ``wrong`` (another topic was answered), ``missed`` (the right one was neither answered nor offered)
    or ``offered``; for other messages, whether the outcome is the expected one."""
    got = case["got"]
    if case["urgent"] and not got["urgent"]:
        return "missed"
    if not case["urgent"] and got["urgent"]:
        return "wrong"
    if case["expect"] != "answer":
        return "right" if got["outcome"] == case["expect"] or case["urgent"] else "wrong"
    if got["topic"] in case["topics"] and got["outcome"] in ("answer", "human"):
        return "right"
    if any(option in case["topics"] for option in got["options"][:3]):
        return "offered"
    return "wrong" if answered(case) else "missed"


def confusions(cases: list[Case]) -> list[tuple[str, str, list[Case]]]:
    """Pairs (right topic, topic answered or offered first) with their messages, most frequent first."""
    pairs: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case["expect"] != "answer" or verdict(case) == "right":
            continue
        instead = answered(case) or next(iter(case["got"]["options"]), None) or case["got"]["outcome"]
        pairs.setdefault((case["topics"][0], str(instead)), []).append(case)
    ranked = sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(right, instead, found) for (right, instead), found in ranked[:WORST]]


def by_topic(cases: list[Case]) -> list[dict[str, Any]]:
    """A row a topic, worst first: count, share answered right, share right or offered."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        if case["expect"] == "answer":
            groups.setdefault(case["topics"][0], []).append(case)
    rows = [{"topic": topic, **scores(group)} for topic, group in groups.items()]
    return sorted(rows, key=lambda row: (row["top1"], row["top3"], row["topic"]))


def page(result: Result, title: str) -> str:
    """The report of ``evaluate``'s result. It holds the messages themselves: labelled ones, never a person's."""
    cases = [case for case in result["cases"] if "got" in case]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
    return environment.get_template("report.html").render(
        title=title,
        scores=result["scores"],
        verdicts=Counter(map(verdict, cases)),
        topics=by_topic(cases),
        confusions=confusions(cases),
        controls=[c for c in cases if c["expect"] in (*CONTROLS, "out_of_scope") and verdict(c) != "right"],
        urgent=[c for c in cases if bool(c["urgent"]) != bool(c["got"]["urgent"])],
        dialogues=[case for case in result["cases"] if "expectations" in case],
        cases=[(verdict(case), case) for case in cases],
    )
