"""The channels without a provider: the simulator and the fake."""

from __future__ import annotations

import json
from typing import Any

from channels.adapters.fakes import HEADER, FakeAdapter
from channels.adapters.simulator import SimulatorAdapter
from channels.errors import BadPayload, BadSignature
from channels.ports import Incoming, Kind, Outgoing, Receipt, Status, StatusUpdate, WebhookRequest
from tests.contracts.cases import SendCase, Subject, WebhookCase


def post(body: Any, header: str = "yes") -> WebhookRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest("POST", "https://helpline.example/webhooks/fake", {HEADER: header}, data)


def simulator(of: str, segments: int | None) -> Subject:
    return Subject(
        f"sim-{of}",
        lambda _settings: SimulatorAdapter(of),
        "person-1",
        (WebhookCase("no webhook", lambda: post({}), error=BadSignature),),
        (
            SendCase(
                "delivered at once",
                Outgoing("م" * 71, idempotency_key="reply-1"),
                receipt=Receipt("sim-reply-1", Status.DELIVERED, segments),
                calls=0,
            ),
        ),
        remote=False,
        looks_back=False,
    )


MESSAGES = {
    "messages": [{"id": "1", "from": "p", "text": "a"}, {"id": "2", "from": "p", "text": "Oui", "payload": "y"}]
}

FAKE_SUBJECT = Subject(
    "fake",
    lambda _settings: FakeAdapter(),
    "person-1",
    (
        WebhookCase(
            "messages",
            lambda: post(MESSAGES),
            (
                Incoming("fake", "p", "1", Kind.TEXT, "a"),
                Incoming("fake", "p", "2", Kind.BUTTON, "Oui", "y"),
            ),
        ),
        WebhookCase(
            "status",
            lambda: post({"statuses": [{"id": "fake-1", "status": "read"}]}),
            (StatusUpdate("fake", "fake-1", Status.READ),),
        ),
        WebhookCase("another header", lambda: post(MESSAGES, "guess"), error=BadSignature),
        WebhookCase("no JSON", lambda: post(b"{"), error=BadPayload),
        WebhookCase("another shape", lambda: post({"messages": [{}]}), error=BadPayload),
        WebhookCase("a list", lambda: post([]), error=BadPayload),
    ),
    (SendCase("text", Outgoing("Bonjour", idempotency_key="k"), receipt=Receipt("fake-1"), calls=0),),
    remote=False,
)
SIMULATOR_SUBJECTS = (simulator("whatsapp", None), simulator("sms", 2), simulator("telegram", None))
