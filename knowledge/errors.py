"""The errors of the knowledge base.

    HelplineError
    ├── ContentErrors     the files cannot be used; ``problems`` says where, line by line
    ├── EmbedderError     retryable: an embedder gave no vectors
    └── UnknownTopic      404

A :class:`Problem` is one finding in the files, for the loader's errors and the check's report alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from helpline.errors import HelplineError, NotFound, Unavailable


class Severity(StrEnum):
    """``error``: the content may not be imported; ``warning``: someone should look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one line of one file; ``line`` counts from 1, ``rule`` names the check."""

    file: str
    line: int
    severity: Severity
    message: str
    rule: str = "format"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentErrors(HelplineError):
    """The knowledge files cannot be used."""

    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(["", *map(str, self.problems)]))


class UnknownTopic(NotFound):
    """There is no such topic in knowledge/topics.yaml."""


class EmbedderError(Unavailable):
    """The embedder gave no vectors; without them only words are compared."""
