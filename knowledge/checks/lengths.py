"""Lengths, with placeholders expanded: what a worker gets must fit a screen and three SMS segments."""

from __future__ import annotations

import regex

from knowledge.checks.base import Check, said
from knowledge.present import expand

TITLE = 70
BODY = 900
# Three segments of the script: GSM-7 with room for the PLUS line, UCS-2 with room for it.
SHORT = {"fr": 390, "en": 390, "ar": 165}
STEPS = (1, 5)
QUESTIONS = (3, 6)
# Two septets each in GSM-7.
_DOUBLE = frozenset("^{}\\[~]|€")
# Typography that makes an SMS cost more than twice as much unless it is rewritten on the way.
_COSTLY = regex.compile("[…’‘“”«»–—œŒ\u00a0\u202f]")


def lengths(check: Check) -> None:
    """Titles, bodies, short texts; numbers of steps and questions; characters that make an SMS dear."""
    for text, file in check.texts():
        expanded = {location: expand(value, text.lang, check.knowledge) for location, value in said(text)}
        body = sum(len(value) for location, value in expanded.items() if location[0] not in ("title", "short"))
        short = expanded[("short",)]
        size = len(short) + (0 if text.lang == "ar" else sum(char in _DOUBLE for char in short))
        for name, found, limit in (
            ("title", len(text.title), TITLE),
            ("answer", body, BODY),
            ("short", size, SHORT[text.lang]),
        ):
            if found > limit:
                what = "answer, steps and watch together" if name == "answer" else name
                check.error("length", file, (name,), f"{what}: {found} characters, at most {limit}")
        for field, values, (low, high) in (("steps", text.steps, STEPS), ("questions", text.questions, QUESTIONS)):
            if not low <= len(values) <= high:
                check.error("count", file, (field,), f"{field}: {len(values)}, must be {low} to {high}")
        if text.lang != "ar" and (costly := sorted(set(_COSTLY.findall(short)))):
            shown = " ".join(costly) if "".join(costly).strip() else "hard space"
            check.warn("alphabet", file, ("short",), f"short: plain characters are cheaper in an SMS than {shown}")
