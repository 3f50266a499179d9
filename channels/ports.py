"""The types that cross the border of an adapter, and the protocol that every channel fulfils."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol


class Kind(StrEnum):
    """What an inbound message is."""

    TEXT = "text"
    BUTTON = "button"
    AUDIO = "audio"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    LOCATION = "location"
    CONTACT = "contact"
    STICKER = "sticker"
    OTHER = "other"


class Status(StrEnum):
    """Delivery states of a reply, in the order in which they may follow each other."""

    QUEUED = "queued"
    SENDING = "sending"
    HELD = "held"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a person sent, by the provider's reference; nothing is downloaded here."""

    kind: Kind
    reference: str
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from a person.

    ``address`` is the channel's own: E.164 for WhatsApp and SMS, the chat id for Telegram.
    ``provider_id`` is unique for the channel and address. ``payload`` is that of a pressed button.
    ``profile_language`` is the language of the person's app where the channel tells it (a hint, BCP 47).
    """

    channel: str
    address: str
    provider_id: str
    kind: Kind
    text: str = ""
    payload: str = ""
    media: tuple[Media, ...] = ()
    sent_at: dt.datetime | None = None
    edited: bool = False
    location: tuple[float, float] | None = None
    profile_language: str = ""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What the provider says of a message we sent. ``error`` is a code of channels.errors, with the provider's own."""

    channel: str
    provider_id: str
    status: Status
    error: str = ""
    provider_code: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """The person blocked us or let us in again in the app itself (Telegram ``my_chat_member``)."""

    channel: str
    address: str
    provider_id: str
    blocked: bool


Event = Incoming | StatusUpdate | Subscription


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook as it came: ``url`` is the public address with query string, ``headers`` are lower-case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What the provider wants to hear."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can carry. ``unit`` is how its text is counted.

    ``window_hours``: free text may be sent only this long after the person last wrote (0: always).
    """

    unit: Literal["sms", "utf16", "characters"]
    text: int
    buttons: int = 0
    button_label: int = 0
    list_rows: int = 0
    list_label: int = 0
    window_hours: int = 0


@dataclass(frozen=True, slots=True)
class Button:
    """A choice; ``payload`` comes back when it is pressed (at most 64 bytes for Telegram)."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as the channel will show it: already split, within its limits.

    ``idempotency_key`` is stable over retries. ``template`` asks for the approved template in place of free text,
    in ``lang``; ``text`` is then empty.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    lang: str = "fr"
    template: bool = False
    idempotency_key: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered: its id of the message, and the segments it will charge where it says so."""

    provider_id: str
    status: Status = Status.SENT
    segments: int | None = None


class ChannelAdapter(Protocol):
    """Translates between one provider and the helpline; touches no table, no Rasa, no case.

    Every adapter passes ``tests/contracts``: a table of webhooks (request to events or error) and a table of
    sends (provider answer to receipt or error).
    """

    channel: str
    limits: Limits

    def authenticate(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless the provider sent this."""
        ...

    def parse(self, request: WebhookRequest) -> list[Event]:
        """The events in an authenticated webhook; raises BadPayload."""
        ...

    def acknowledge(self, request: WebhookRequest) -> WebhookResponse:
        """The answer to a webhook whose events are stored."""
        ...

    async def send(self, address: str, message: Outgoing) -> Receipt:
        """Hand one message to the provider; raises a SendError."""
        ...

    async def find_sent(self, address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """Whether ``message`` reached the provider after ``since`` although its answer was lost.

        Asked before a message is sent again after a crash or a timeout. None: not sent, or the provider has no way to
        tell (Telegram). Raises a SendError where the provider cannot be asked now.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of a message, by ids only: safe to store, to log and to count.

    The keys are those of ``helpline ask --json`` (docs/design: labelled messages).
    """

    lang: str = "fr"
    variety: str = "und"
    country: str | None = None
    intent: str | None = None
    topic: str | None = None
    article: str | None = None
    confidence: float | None = None
    outcome: str | None = None
    options: tuple[str, ...] = ()
    urgent: str | None = None
    urgent_why: str = ""
    asks: str | None = None
    handoff: bool = False
    closed: bool = False
    extra: dict[str, str] = field(default_factory=dict)
