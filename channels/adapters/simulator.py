"""The simulator: a channel without a provider, for the staff gateway, the command line and the evaluation."""

from __future__ import annotations

import datetime as dt

from channels.adapters.limits import LIMITS
from channels.errors import BadPayload, BadSignature
from channels.ports import Event, Outgoing, Receipt, Status, WebhookRequest, WebhookResponse
from channels.segments import cost


class SimulatorAdapter:
    """Behaves like the channel ``channel_limits_of`` as far as text goes; its messages enter by the staff gateway only.

    Its sends keep nothing: the outbox row is what was said.
    """

    def __init__(self, channel_limits_of: str) -> None:
        self.channel = f"sim-{channel_limits_of}"
        self.limits = LIMITS[channel_limits_of]

    def authenticate(self, request: WebhookRequest) -> None:
        """Raise BadSignature: nobody outside may speak as the simulator."""
        raise BadSignature("The simulator has no webhook.")

    def parse(self, request: WebhookRequest) -> list[Event]:
        """Raise BadPayload: there is no webhook to parse."""
        raise BadPayload("The simulator has no webhook.")

    def acknowledge(self, request: WebhookRequest) -> WebhookResponse:
        """An empty answer."""
        return WebhookResponse()

    async def send(self, address: str, message: Outgoing) -> Receipt:
        """Delivered at once; ``segments`` as an SMS would be charged."""
        segments = cost(message.text).segments if self.limits.unit == "sms" else None
        return Receipt(f"sim-{message.idempotency_key}", Status.DELIVERED, segments)

    async def find_sent(self, address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """None: a send leaves no trace here, so that it does no harm twice."""
        return None

    async def close(self) -> None:
        """Nothing to release."""
