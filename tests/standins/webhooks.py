"""Webhooks as the providers post them, signed with the secrets of the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from channels.ports import WebhookRequest
from tests.standins.plan import AUTH_TOKEN, PUBLIC_URL, TELEGRAM_SECRET


def twilio(
    channel: str,
    form: Mapping[str, str],
    *,
    query: str = "",
    token: str = AUTH_TOKEN,
    base: str = PUBLIC_URL,
    path: str = "",
) -> WebhookRequest:
    """A form that Twilio posts to ``/webhooks/<channel>``."""
    url = f"{base}/webhooks/{channel}{path}{query}"
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, dict(form)),
        "user-agent": "TwilioProxy/1.1",
    }
    return WebhookRequest("POST", url, headers, urlencode(form).encode())


def telegram(update: Mapping[str, Any], *, secret: str = TELEGRAM_SECRET, base: str = PUBLIC_URL) -> WebhookRequest:
    """An update that Telegram posts to ``/webhooks/telegram``."""
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    return WebhookRequest("POST", f"{base}/webhooks/telegram", headers, json.dumps(update).encode())
