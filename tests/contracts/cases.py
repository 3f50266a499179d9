"""The two tables that every adapter has, and what the harness must know of it to run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.errors import SendError
from channels.ports import ChannelAdapter, Event, Outgoing, Receipt, WebhookRequest
from helpline.errors import HelplineError
from helpline.settings import Settings

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads"


def payload(name: str) -> dict[str, Any]:
    """The fixture ``tests/payloads/<name>.json``."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


@dataclass(frozen=True)
class WebhookCase:
    """A webhook and its events, or the error of authenticate or parse; ``answer`` is a part of the reply."""

    name: str
    request: Callable[[], WebhookRequest]
    events: tuple[Event, ...] = ()
    error: type[HelplineError] | None = None
    answer: bytes = b""
    fixture: str = ""


@dataclass(frozen=True)
class SendCase:
    """A message, what the provider does (fields of the stand-in's Fault), and the receipt or the error.

    ``call`` is what the provider must have been given, exactly. ``calls`` is how many calls are made.
    """

    name: str
    message: Outgoing
    address: str = ""
    fault: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    receipt: Receipt | None = None
    error: type[SendError] | None = None
    retry_after: float | None = None
    call: dict[str, Any] | None = None
    calls: int = 1


@dataclass(frozen=True)
class Subject:
    """An adapter under the harness. ``remote``: it calls a provider; ``looks_back``: find_sent finds what was sent."""

    channel: str
    build: Callable[[Settings], ChannelAdapter]
    address: str
    webhooks: tuple[WebhookCase, ...]
    sends: tuple[SendCase, ...]
    remote: bool = True
    looks_back: bool = True
