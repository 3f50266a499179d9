"""The rules of ``helpline content check``, one family a module; each is a function of a :class:`~.base.Check`."""

from __future__ import annotations

from collections.abc import Callable

from knowledge.checks.base import Check
from knowledge.checks.dates import dates
from knowledge.checks.language import language
from knowledge.checks.lengths import lengths
from knowledge.checks.numbers import numbers
from knowledge.checks.questions import questions
from knowledge.checks.references import references
from knowledge.checks.translations import translations

RULES: tuple[Callable[[Check], None], ...] = (
    references,
    translations,
    lengths,
    numbers,
    language,
    dates,
    questions,
)

__all__ = ["RULES", "Check"]
