"""The webhook and the long polling, against the stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from channels.adapters import telegram_setup
from channels.adapters.telegram_setup import poll, set_webhook
from channels.errors import Refused
from helpline.errors import ConfigurationError
from helpline.settings import Settings
from tests.standins.plan import PUBLIC_URL, TELEGRAM_SECRET
from tests.standins.provider import ProviderStandIn

PRESSED = {
    "update_id": 8,
    "callback_query": {"id": "77", "from": {"id": 1, "is_bot": False, "first_name": "I"}, "data": "x"},
}


@pytest.fixture
def provider() -> Iterator[ProviderStandIn]:
    with ProviderStandIn() as found:
        yield found


async def test_the_webhook_is_set_with_its_secret(provider: ProviderStandIn) -> None:
    await set_webhook(Settings(**provider.settings))
    (call,) = provider.calls
    assert call.operation == "setWebhook" and provider.problems == []
    assert call.values["url"] == f"{PUBLIC_URL}/webhooks/telegram"
    assert call.values["secret_token"] == TELEGRAM_SECRET
    assert "my_chat_member" in call.values["allowed_updates"]


async def test_a_wrong_token_and_a_refusal_are_told(provider: ProviderStandIn) -> None:
    wrong = Settings(**{**provider.settings, "telegram_token": "1:wrong"})
    for telegram in (set_webhook(wrong), poll(wrong, lambda _update: asyncio.sleep(0))):
        with pytest.raises(ConfigurationError):
            await telegram
    provider.fail(status=409, body={"ok": False, "error_code": 409, "description": "Conflict"})
    with pytest.raises(Refused):
        await poll(Settings(**provider.settings), lambda _update: asyncio.sleep(0))


async def test_updates_come_in_order_and_are_confirmed_only_once_handled(
    provider: ProviderStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_setup, "_PAUSE_S", 0.01)
    settings = Settings(**provider.settings)
    provider.updates.extend([{"update_id": 7, "message": {"text": "é"}}, PRESSED, {"update_id": 9}])
    handled: list[int] = []

    async def handle(body: bytes) -> None:
        number = json.loads(body)["update_id"]
        if number == 8 and handled.count(8) == 0 and broken:
            raise ZeroDivisionError
        handled.append(number)

    broken = True
    with pytest.raises(ZeroDivisionError):
        await poll(settings, handle)
    assert handled == [7]
    # A new process: Telegram has not been told of 7 yet, so it comes again; the inbox knows it by its id.
    broken = False
    provider.fail(status=502, body="away")
    polling = asyncio.create_task(poll(settings, handle))
    async with asyncio.timeout(5):
        while provider.updates:
            await asyncio.sleep(0.01)
    polling.cancel()
    assert handled == [7, 7, 8, 9]
    assert provider.problems == []
    answers = [call for call in provider.calls if call.operation == "answerCallbackQuery"]
    assert [call.values for call in answers] == [{"callback_query_id": "77"}]
    assert [call.operation for call in provider.calls].count("deleteWebhook") == 3
