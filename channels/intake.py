"""Webhook in, acknowledgement out: authenticate, parse, store or spool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from channels import inbox
from channels.errors import BadPayload, UnknownChannel
from channels.ports import ChannelAdapter, WebhookRequest, WebhookResponse
from channels.spool import Spool
from helpline import logs
from helpline.db import Database
from helpline.errors import DatabaseAway, HelplineError
from helpline.metrics import Metrics
from helpline.privacy import Cipher

_log = logs.get(__name__)


class Intake:
    """Takes webhooks for every configured channel; the one owner of the spool."""

    def __init__(
        self, adapters: Mapping[str, ChannelAdapter], database: Database, cipher: Cipher, spool: Spool, metrics: Metrics
    ) -> None:
        self._adapters = adapters
        self._database = database
        self._cipher = cipher
        self._spool = spool
        self._metrics = metrics
        self._spooled = bool(spool.waiting())
        self._replaying = asyncio.Lock()

    async def receive(self, channel: str, request: WebhookRequest) -> WebhookResponse:
        """Store the webhook durably, then say what the provider wants to hear.

        Raises UnknownChannel, BadSignature, BadPayload or, where neither database nor disk takes it, SpoolUnwritable:
        the provider then tries again.
        """
        adapter = self._adapters.get(channel)
        if adapter is None:
            raise UnknownChannel
        adapter.authenticate(request)
        events = adapter.parse(request)
        answer = adapter.acknowledge(request)
        if not events:
            return answer
        if self._spooled:  # keep the order: what came first is still waiting on disk
            await self._to_spool(channel, request)
            return answer
        try:
            async with self._database.transaction() as session:
                fresh = await inbox.store(session, self._cipher, events)
            self._metrics.webhooks.labels(channel, "stored" if fresh else "repeated").inc()
        except DatabaseAway:
            await self._to_spool(channel, request)
        return answer

    async def _to_spool(self, channel: str, request: WebhookRequest) -> None:
        await asyncio.to_thread(self._spool.put, channel, request)
        self._spooled = True
        self._metrics.webhooks.labels(channel, "spooled").inc()

    async def replay(self) -> int:
        """Store what waits on disk, in order; how many files were taken. Stops quietly while the database is away."""
        if not self._spooled or self._replaying.locked():
            return 0
        taken = 0
        async with self._replaying:
            while files := await asyncio.to_thread(self._spool.waiting):
                for file in files:
                    try:
                        await self._replay_one(file)
                    except DatabaseAway:
                        return taken
                    taken += 1
            self._spooled = False
        if taken:
            _log.info("spool replayed", files=taken)
        return taken

    async def _replay_one(self, file: Path) -> None:
        channel, request = self._spool.read(file)
        adapter = self._adapters.get(channel)
        if adapter is not None:
            try:
                events = adapter.parse(request)
            except BadPayload as error:  # it parsed when it came: a newer version reads it otherwise; keep it for staff
                _log.error("spooled webhook no longer parses", exc_info=error)
                file.rename(file.with_suffix(".unreadable"))
                return
            async with self._database.transaction() as session:
                await inbox.store(session, self._cipher, events)
        self._spool.done(file)

    async def replay_forever(self, every: float = 0.5) -> None:
        """Replay whenever something waits; runs beside the web server."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.replay()
            except HelplineError as error:
                _log.error("replay failed", exc_info=error)
            except Exception as error:  # the loop must outlive any one bad file
                _log.error("replay failed", exc_info=error)
