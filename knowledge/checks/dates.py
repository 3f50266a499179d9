"""Dates: what is past its review, and dates that cannot be."""

from __future__ import annotations

import datetime as dt

from knowledge.checks.base import Check

SOON = dt.timedelta(days=30)


def dates(check: Check) -> None:
    """A review that is past or near is a warning (time alone must not stop an import); an impossible date an error."""
    for article, file in check.articles():
        if article.review_by <= article.reviewed:
            check.error("dates", file, ("review_by",), "review_by: must be after reviewed")
        if article.reviewed > check.today:
            check.error("dates", file, ("reviewed",), "reviewed: is in the future")
        if article.status != "withdrawn":
            _review(check, file, ("review_by",), article.review_by, article.id)
    for organisation in check.knowledge.organisations:
        file, at = check.place(organisation)
        if organisation.checked > check.today:
            check.error("dates", file, (*at, "checked"), "checked: is in the future")
    for fact in check.knowledge.facts:
        file, at = check.place(fact)
        if fact.checked > check.today:
            check.error("dates", file, (*at, "checked"), "checked: is in the future")
        _review(check, file, (*at, "review_by"), fact.review_by, fact.id)


def _review(check: Check, file: str, location: tuple[str | int, ...], due: dt.date, name: str) -> None:
    if due < check.today:
        check.warn("review", file, location, f"review_by: {name} is past its review since {due.isoformat()}")
    elif due - check.today < SOON:
        check.warn("review", file, location, f"review_by: {name} is due for review by {due.isoformat()}")
