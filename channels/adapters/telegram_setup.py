"""How Telegram reaches the helpline: its webhook where there is a public address, else long polling.

Sources: Telegram "Bot API": Getting updates, setWebhook, deleteWebhook, getUpdates, answerCallbackQuery.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from channels.adapters import http
from channels.adapters.telegram import send_error
from channels.adapters.telegram_update import ALLOWED
from channels.errors import Retryable, SendError
from helpline.errors import ConfigurationError
from helpline.settings import Settings

# Seconds that Telegram holds a getUpdates open while there is nothing to tell.
_POLL_S = 30
_PAUSE_S = 2.0


async def set_webhook(settings: Settings) -> None:
    """Have Telegram post to ``<public address>/webhooks/telegram``, with the secret token.

    Raises a SendError, or ConfigurationError where the token is wrong.
    """
    arguments = {
        "url": f"{settings.public_address}/webhooks/telegram",
        "secret_token": settings.telegram_secret.get_secret_value(),
        "allowed_updates": list(ALLOWED),
    }
    async with http.client(settings.telegram_api_base, settings.send_timeout_s) as client:
        await _method(client, settings, "setWebhook", arguments)


async def poll(settings: Settings, handle: Callable[[bytes], Awaitable[None]]) -> None:
    """Hand each update, as the webhook would bring it, to ``handle``, in order, until cancelled.

    Telegram forgets an update once a later one is asked for, which happens only after ``handle`` returned: what it
    raises ends the polling, and the update comes again. While Telegram is away it is asked again; a refusal (SendError)
    or a wrong token (ConfigurationError) is raised.
    """
    async with http.client(settings.telegram_api_base, settings.send_timeout_s) as client:
        await _patiently(client, settings, "deleteWebhook", {"drop_pending_updates": False})
        offset = 0
        while True:
            arguments = {"offset": offset, "timeout": _POLL_S, "allowed_updates": list(ALLOWED)}
            for update in await _patiently(client, settings, "getUpdates", arguments, wait_s=_POLL_S) or []:
                await handle(json.dumps(update).encode())
                offset = int(update["update_id"]) + 1
                await _answer_button(client, settings, update)


async def _answer_button(client: httpx.AsyncClient, settings: Settings, update: dict[str, Any]) -> None:
    """Stop the spinner of a pressed button, as the webhook's answer does; one left spinning harms nobody."""
    if "callback_query" in update:
        try:
            query = {"callback_query_id": update["callback_query"]["id"]}
            await _method(client, settings, "answerCallbackQuery", query)
        except SendError:
            return


async def _patiently(
    client: httpx.AsyncClient, settings: Settings, name: str, arguments: dict[str, Any], wait_s: float = 0
) -> Any:
    while True:
        try:
            return await _method(client, settings, name, arguments, wait_s)
        except Retryable as error:
            await asyncio.sleep(error.retry_after or _PAUSE_S)


async def _method(
    client: httpx.AsyncClient, settings: Settings, name: str, arguments: dict[str, Any], wait_s: float = 0
) -> Any:
    """The ``result`` of a method of the Bot API; ``wait_s`` is how long Telegram may hold the call."""
    seconds = settings.send_timeout_s + wait_s
    path = f"/bot{settings.telegram_token.get_secret_value()}/{name}"
    response = await http.call(client, "POST", path, timeout_s=seconds, json=arguments, timeout=seconds)
    if response.status_code in (401, 404):
        raise ConfigurationError("Telegram does not know HELPLINE_TELEGRAM_TOKEN.")
    body = http.json_object(response)
    if not response.is_success or body.get("ok") is not True:
        raise send_error(response)
    return body.get("result")
