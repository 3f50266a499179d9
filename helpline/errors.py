"""The errors of the helpline, and the policy that each carries.

    HelplineError               something expected went wrong; the docstring is the message
    ├── ConfigurationError      a setting is missing or wrong: refuse to start
    ├── NotFound                404
    ├── BadRequest              400
    │   └── TooLarge            413
    ├── Forbidden               403
    ├── TooManyRequests         429
    └── Unavailable             503, retryable: a part is away for now
        ├── DatabaseAway
        ├── BotAway
        └── SpoolUnwritable

Domains derive their own errors from these in their own ``errors.py``.
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class HelplineError(Exception):
    """Something went wrong that the helpline knows about."""

    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None) -> None:
        """``detail`` is shown to staff beside the message; it never holds personal data."""
        self.detail = detail
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The first line of the class docstring, with the detail where there is one."""
        first = (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        return f"{first} {self.detail}" if self.detail else first


class ConfigurationError(HelplineError):
    """A setting is missing or wrong."""


class NotFound(HelplineError):
    """There is no such thing here."""

    status = 404


class BadRequest(HelplineError):
    """The request cannot be understood."""

    status = 400


class TooLarge(BadRequest):
    """The request is larger than the limit."""

    status = 413


class Forbidden(HelplineError):
    """The request is not allowed."""

    status = 403


class TooManyRequests(HelplineError):
    """Too many requests in a short time."""

    status = 429
    retryable = True


class Unavailable(HelplineError):
    """A part of the helpline is away for the moment."""

    status = 503
    retryable = True


class DatabaseAway(Unavailable):
    """The database does not answer."""


class BotAway(Unavailable):
    """The dialogue server does not answer."""


class SpoolUnwritable(Unavailable):
    """The spool directory cannot be written."""
