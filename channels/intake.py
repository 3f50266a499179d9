"""Webhook in, acknowledgement out: authenticate, parse, store or spool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from channels import inbox
from channels.errors import BadPayload, UnknownChannel
from channels.ports import ChannelAdapter, Event, WebhookRequest, WebhookResponse
from channels.spool import Spool
from helpline import logs
from helpline.db import Database
from helpline.errors import ConfigurationError, DatabaseAway, HelplineError
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
        self._spooling = 0
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
            fresh = await self._store(events)
            self._metrics.webhooks.labels(channel, "stored" if fresh else "repeated").inc()
        except DatabaseAway:
            await self._to_spool(channel, request)
        return answer

    async def _store(self, events: list[Event]) -> list[int]:
        try:
            async with self._database.transaction() as session:
                return await inbox.store(session, self._cipher, events)
        except IntegrityError:  # the person was erased at this very moment: they are new now
            async with self._database.transaction() as session:
                return await inbox.store(session, self._cipher, events)

    async def _to_spool(self, channel: str, request: WebhookRequest) -> None:
        self._spooled = True
        self._spooling += 1
        try:
            await asyncio.to_thread(self._spool.put, channel, request)
        finally:
            self._spooling -= 1
        self._metrics.webhooks.labels(channel, "spooled").inc()

    async def replay(self) -> int:
        """Store what waits on disk, in order; how many files were taken. Stops quietly while the database is away."""
        if not self._spooled or self._replaying.locked():
            return 0
        taken = 0
        async with self._replaying:
            while (files := await asyncio.to_thread(self._spool.waiting)) or self._spooling:
                if not files:
                    await asyncio.sleep(0.01)
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
        try:
            channel, request = self._spool.read(file)
            adapter = self._adapters.get(channel)
            events = adapter.parse(request) if adapter is not None else []
            if adapter is not None:
                await self._store(events)
        except (BadPayload, ConfigurationError, ValueError, KeyError) as error:
            # It could be read when it came: its file is damaged, its key gone, or a newer version reads it otherwise.
            # It is kept for staff, and those behind it go on.
            _log.error("spooled webhook cannot be read", file=file.name, exc_info=error)
            self._spool.set_aside(file)
            return
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
