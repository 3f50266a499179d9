"""Telegram's Bot API: authenticates and sends; ``telegram_update`` reads the updates.

The calls go through our own HTTP client rather than ``telegram.Bot``, which reports a timeout before and after the
request left as the same error, and whose base address already holds the token. Its types build what is sent.

Sources: Telegram "Bot API": setWebhook, sendMessage, InlineKeyboardButton, Making requests, Making requests when
getting updates, ResponseParameters.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
from typing import Any

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters

from channels.adapters import http
from channels.adapters.limits import LIMITS
from channels.adapters.telegram_update import events, read
from channels.errors import (
    BadPayload,
    BadSignature,
    OptedOut,
    ProviderAway,
    RateLimited,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
)
from channels.ports import Event, Outgoing, Receipt, WebhookRequest, WebhookResponse
from helpline.settings import Settings

# Descriptions of errors 400 and 403 that say that nobody is there; Telegram has no codes of its own for them.
_NOBODY = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "chat_id is empty")


class TelegramAdapter:
    """Private chats with the bot of ``settings.telegram_token``."""

    channel = "telegram"

    def __init__(self, settings: Settings) -> None:
        self.limits = LIMITS[self.channel]
        self._secret = settings.telegram_secret.get_secret_value()
        self._timeout_s = settings.send_timeout_s
        self._path = f"/bot{settings.telegram_token.get_secret_value()}/sendMessage"
        self._http = http.client(settings.telegram_api_base, settings.send_timeout_s)

    def authenticate(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless the secret token is there."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise BadSignature

    def parse(self, request: WebhookRequest) -> list[Event]:
        """The event in the update; none where it is not from a private chat or not for us. Raises BadPayload."""
        return events(self.channel, read(request.body))

    def acknowledge(self, request: WebhookRequest) -> WebhookResponse:
        """Empty; after a pressed button, the call that stops its spinner: Telegram takes one in the answer."""
        try:
            update = read(request.body)
        except BadPayload:
            return WebhookResponse()
        if update.callback_query is None:
            return WebhookResponse()
        answer = {"method": "answerCallbackQuery", "callback_query_id": update.callback_query.id}
        return WebhookResponse(content_type="application/json", body=json.dumps(answer).encode())

    async def send(self, address: str, message: Outgoing) -> Receipt:
        """Hand one message to Telegram; raises a SendError."""
        response = await http.call(
            self._http, "POST", self._path, timeout_s=self._timeout_s, json=_payload(address, message)
        )
        body = http.json_object(response)
        if not response.is_success or body.get("ok") is not True:
            raise send_error(response)
        number = body["result"].get("message_id") if isinstance(body.get("result"), dict) else None
        if number is None:
            raise Uncertain("Telegram's answer holds no message_id.")
        return Receipt(str(number))

    async def find_sent(self, address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """None: a bot cannot look at what it has sent."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _payload(address: str, message: Outgoing) -> dict[str, Any]:
    """The arguments of sendMessage: plain text, no link preview, one button a row."""
    if message.template or not message.text.strip():
        raise Refused("The message is empty, or a template, which Telegram has not.")
    payload: dict[str, Any] = {
        "chat_id": int(address) if address.removeprefix("-").isdecimal() else address,
        "text": message.text,
        "link_preview_options": LinkPreviewOptions(is_disabled=True).to_dict(),
    }
    if message.buttons:
        if any(not 1 <= len(button.payload.encode()) <= 64 for button in message.buttons):
            raise Refused("A button's payload is not of 1 to 64 bytes.")
        rows = [[InlineKeyboardButton(button.label, callback_data=button.payload)] for button in message.buttons]
        payload["reply_markup"] = InlineKeyboardMarkup(rows).to_dict()
    # An edited message is answered under its first form; a pressed button has no message of its own.
    quoted = message.reply_to.partition(":")[0]
    if quoted.isdecimal():
        payload["reply_parameters"] = ReplyParameters(int(quoted), allow_sending_without_reply=True).to_dict()
    return payload


def send_error(response: httpx.Response) -> SendError:
    """The error of an answer that is not ``ok``. Its detail is the status only: a description may quote the message."""
    body = http.json_object(response)
    code = body.get("error_code")
    status = code if isinstance(code, int) else response.status_code
    detail = f"Telegram {status}."
    if status == 429:
        parameters = body.get("parameters")
        seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
        return RateLimited(detail, retry_after=float(seconds) if seconds is not None else http.retry_after(response))
    # 401 and 404: our token is wrong; the message is sound, and it goes once somebody has put the token right.
    if status >= 500 or status in (401, 404) or status < 400:
        return ProviderAway(detail)
    if any(words in str(body.get("description", "")).lower() for words in _NOBODY):
        return Unreachable(detail)
    return OptedOut(detail) if status == 403 else Refused(detail)
