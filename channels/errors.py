"""What can go wrong on the way in and out, and what to do about it.

HelplineError
├── WebhookError                    answered with its status, nothing stored
│   ├── BadSignature        403     not from the provider
│   ├── BadPayload          400     not in the provider's shape
│   └── UnknownChannel      404     no such channel, or switched off
└── SendError                       ``code`` is stored with the reply; staff read the docstring
    ├── Retryable                   tried again later
    │   ├── RateLimited             ``retry_after`` seconds, where the provider says
    │   ├── ProviderAway            no answer, or a fault of the provider
    │   └── Uncertain               no answer after the request left: it may have arrived
    └── Permanent                   given up at once
        ├── WindowClosed            WhatsApp: more than 24 hours since the person wrote; the reply is held
        ├── OptedOut                the person blocked us or asked the provider to stop
        ├── Unreachable             no such number, or it cannot receive
        └── Refused                 the provider refuses this message
"""

from __future__ import annotations

from typing import ClassVar

from helpline.errors import BadRequest, Forbidden, HelplineError, NotFound


class BadSignature(Forbidden):
    """The webhook is not signed by the provider."""


class BadPayload(BadRequest):
    """The webhook is not in the provider's shape."""


class UnknownChannel(NotFound):
    """There is no such channel, or it is switched off."""


class SendError(HelplineError):
    """The message could not be sent."""

    code: ClassVar[str] = "send-error"


class Retryable(SendError):
    """The message could not be sent for now; it is tried again."""

    retryable = True
    code = "retryable"
    retry_after: float | None = None

    def __init__(self, detail: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RateLimited(Retryable):
    """The provider asks us to send more slowly; it is tried again."""

    code = "rate-limited"


class ProviderAway(Retryable):
    """The provider does not answer or has a fault; it is tried again."""

    code = "provider-away"


class Uncertain(Retryable):
    """The provider did not answer in time: the message may have arrived; it is tried again."""

    code = "uncertain"


class Permanent(SendError):
    """The message cannot be sent."""

    code = "permanent"


class WindowClosed(Permanent):
    """More than 24 hours have passed since the person wrote: the reply is held until the person writes."""

    code = "window-closed"


class OptedOut(Permanent):
    """The person blocked us, or asked the provider to stop our messages."""

    code = "opted-out"


class Unreachable(Permanent):
    """The number does not exist or cannot receive messages."""

    code = "unreachable"


class Refused(Permanent):
    """The provider refuses this message."""

    code = "refused"
