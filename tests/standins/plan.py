"""What the provider stand-in is known by, is told to do, and tells of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "twilio-token-of-the-stand-in"
TEMPLATE_SID = "HX" + "0" * 31 + "1"
SERVICE_SID = "MG" + "0" * 31 + "1"
# Twilio's magic sender for tests.
SENDER = "+15005550006"
TELEGRAM_TOKEN = "110201543:stand-in"
TELEGRAM_SECRET = "telegram-secret-of-the-stand-in"
PUBLIC_URL = "https://helpline.example"


@dataclass
class Fault:
    """What the next ``times`` calls get in place of an answer; ``taken``: the message is sent all the same."""

    times: int
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_s: float = 0
    close: bool = False
    taken: bool = False
    provider: str = ""


@dataclass(frozen=True)
class Call:
    """One call: ``provider`` twilio | telegram, ``values`` as sent, ``answer`` the status (0: none was given)."""

    provider: str
    operation: str | None
    to: str
    text: str
    values: dict[str, Any]
    at: float
    answer: int
    taken: bool
    provider_id: str = ""
