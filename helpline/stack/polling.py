"""Telegram without a public address: fetch updates and post them to our own public gateway's intake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from channels.adapters.telegram_setup import poll as fetch
from channels.inbox import store
from channels.ports import WebhookRequest
from channels.registry import build_adapters
from helpline.db import Database
from helpline.privacy import Cipher
from helpline.settings import Settings
from helpline.stack.running import some_stack


async def poll(settings: Settings, say: Callable[[str], None]) -> None:
    """Take updates until Ctrl-C; an update is confirmed to Telegram only once it is stored."""
    async with some_stack(settings, say) as running:
        cipher, database = Cipher.from_settings(running), Database(running.database_url, pool_size=2)
        adapter = build_adapters(running)["telegram"]

        async def take(body: bytes) -> None:
            events = adapter.parse(WebhookRequest("POST", "", {"content-type": "application/json"}, body))
            async with database.transaction() as session:
                await store(session, cipher, events)

        say("fetching updates; Ctrl-C ends it")
        try:
            await fetch(running, take)
        except asyncio.CancelledError:
            pass
        finally:
            await adapter.close()
            await database.close()
