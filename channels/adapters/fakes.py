"""A channel for tests: records what is sent, fails when told to, and passes the same contract as the real ones."""

from __future__ import annotations

import datetime as dt
import json

from channels.errors import BadPayload, BadSignature, SendError, Uncertain
from channels.ports import (
    Event,
    Incoming,
    Kind,
    Limits,
    Outgoing,
    Receipt,
    Status,
    StatusUpdate,
    WebhookRequest,
    WebhookResponse,
)

HEADER = "x-fake-provider"


class FakeAdapter:
    """``sent`` holds (address, message) in order; each error in ``errors`` is raised once, by the next send.

    ``uncertain_arrives``: what raises Uncertain was taken all the same, as when a provider's answer is lost.

    Its webhook is JSON with the header ``x-fake-provider: yes``:
    ``{"messages": [{"id", "from", "text", "payload"?}], "statuses": [{"id", "status", "error"?}]}``.
    """

    def __init__(self, channel: str = "fake", limits: Limits | None = None) -> None:
        self.channel = channel
        self.limits = limits or Limits(unit="characters", text=1000, buttons=3, button_label=20)
        self.sent: list[tuple[str, Outgoing]] = []
        self.errors: list[SendError] = []
        self.uncertain_arrives = False
        self.closed = False

    def authenticate(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless the header is there."""
        if request.headers.get(HEADER) != "yes":
            raise BadSignature

    def parse(self, request: WebhookRequest) -> list[Event]:
        """Messages, then statuses; raises BadPayload."""
        try:
            body = json.loads(request.body)
            messages: list[Event] = [
                Incoming(
                    self.channel,
                    item["from"],
                    item["id"],
                    Kind.BUTTON if item.get("payload") else Kind.TEXT,
                    item.get("text", ""),
                    item.get("payload", ""),
                )
                for item in body.get("messages", [])
            ]
            statuses: list[Event] = [
                StatusUpdate(self.channel, item["id"], Status(item["status"]), item.get("error", ""))
                for item in body.get("statuses", [])
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadPayload from error
        return messages + statuses

    def acknowledge(self, request: WebhookRequest) -> WebhookResponse:
        """An empty answer."""
        return WebhookResponse()

    async def send(self, address: str, message: Outgoing) -> Receipt:
        """Record the message; raises the next of ``errors`` instead, where there is one."""
        error = self.errors.pop(0) if self.errors else None
        if error is None or (self.uncertain_arrives and isinstance(error, Uncertain)):
            self.sent.append((address, message))
        if error is not None:
            raise error
        return Receipt(f"{self.channel}-{len(self.sent)}")

    async def find_sent(self, address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """The receipt of a message with the same address and idempotency key; ``since`` does not matter here."""
        for number, (to, sent) in enumerate(self.sent, start=1):
            if to == address and sent.idempotency_key == message.idempotency_key:
                return Receipt(f"{self.channel}-{number}")
        return None

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
