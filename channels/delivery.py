"""Send what waits in the outbox: in order for one conversation, never twice where the provider lets us know.

A send is leased: the row is marked ``sending`` and committed, then the provider is called without a transaction, then
the outcome is recorded. ``attempted_at`` stays on a row whose attempt has no known outcome (the process died, or no
answer came): the provider is then asked whether the message arrived before it is sent again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from channels import statuses
from channels.errors import OptedOut, ProviderAway, Retryable, SendError, Uncertain, WindowClosed
from channels.models import ERASED, Contact, Conversation, Outbound
from channels.outbox import OUTBOUND
from channels.ports import Button, ChannelAdapter, Outgoing, Receipt, Status
from channels.repository import RANK, Repository
from helpline import jobs, logs
from helpline.db import Database
from helpline.db.base import utcnow
from helpline.errors import DatabaseAway
from helpline.metrics import Metrics
from helpline.privacy import Cipher

RETRY_MOST = 300.0
LEASE_MARGIN = 3.0
RECORD_TRIES = 20

_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Leased:
    """A row that this process may send now: what and to whom. ``suspect``: start of a try that may have arrived."""

    id: int
    channel: str
    address: str
    message: Outgoing
    attempts: int
    suspect: dt.datetime | None
    wait: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How to send: seconds, and messages a second by channel."""

    timeout: float
    retry_base: float
    give_up_after: float
    per_second: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends for every channel in ``adapters``."""

    database: Database
    cipher: Cipher
    adapters: Mapping[str, ChannelAdapter]
    metrics: Metrics
    policy: Policy

    async def run(self, conversation_id: str) -> None:
        """Send all that waits in the conversation; raises jobs.Again where the first in line must wait."""
        key = uuid.UUID(conversation_id)
        while (leased := await self._lease(key)) is not None:
            if leased.wait:
                await asyncio.sleep(leased.wait)
            outcome: Receipt | SendError
            try:
                outcome = await self._send(key, leased)
            except SendError as error:
                outcome = error
            delay = await self._record_surely(key, leased, outcome)
            if delay is not None:
                raise jobs.Again(delay)

    async def _send(self, key: uuid.UUID, leased: Leased) -> Receipt:
        adapter = self.adapters[leased.channel]
        if leased.suspect is not None:
            found = await adapter.find_sent(leased.address, leased.message, leased.suspect)
            if found is not None and not await self._is_another(key, leased, found):
                return found
        try:
            async with asyncio.timeout(self.policy.timeout + 1):
                return await adapter.send(leased.address, leased.message)
        except TimeoutError as error:
            raise Uncertain from error

    async def _is_another(self, key: uuid.UUID, leased: Leased, found: Receipt) -> bool:
        """Whether what the provider found is an earlier reply with the same text."""
        async with self.database.transaction() as session:
            return await Repository(session, self.cipher).has_sent(key, found.provider_id, besides=leased.id)

    async def _lease(self, key: uuid.UUID) -> Leased | None:
        """Mark the first waiting row as being sent; None where nothing waits or another worker is at it."""
        async with self.database.transaction() as session:
            # Serialises the workers of one conversation; a lock on the row itself would lose wake-ups.
            await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": str(key)})
            repository = Repository(session, self.cipher)
            row = await repository.next_outbound(key)
            if row is None:
                await self._erase_if_done(session, key)
                return None
            found = await session.get(Conversation, key)
            contact = await session.get(Contact, found.contact_id) if found else None
            if found is None or contact is None:
                return None
            now = utcnow()
            delay = 0.0
            if row.status == Status.SENDING and row.lease_until is not None and row.lease_until > now:
                delay = (row.lease_until - now).total_seconds()
            elif row.next_at is not None and row.next_at > now:
                delay = (row.next_at - now).total_seconds()
            if delay:
                raise jobs.Again(delay + 0.05)
            adapter = self.adapters.get(found.channel)
            if adapter is None or self._hopeless(row, contact, now):
                row.status, row.error = (
                    Status.FAILED,
                    "channel-off" if adapter is None else self._hopeless(row, contact, now),
                )
                self.metrics.sends.labels(found.channel, row.error).inc()
                return await self._next(key, session)
            if self._window_closed(adapter, found, row, now):
                await statuses.hold(repository, found, row)
                return await self._next(key, session)
            wait = 0.0
            if (rate := self.policy.per_second.get(found.channel)) is not None:
                wait = await repository.reserve_slot(found.channel, rate)
                if wait > 1.0:
                    raise jobs.Again(wait)  # which also gives the slot back
            suspect, row.attempted_at = row.attempted_at, row.attempted_at or now
            row.status = Status.SENDING
            row.attempts += 1
            row.lease_until = now + dt.timedelta(seconds=self.policy.timeout + wait + LEASE_MARGIN)
            return Leased(
                row.id,
                found.channel,
                repository.address(contact),
                self._message(row),
                row.attempts,
                suspect,
                wait,
            )

    async def _next(self, key: uuid.UUID, session: AsyncSession) -> Leased | None:
        """Look at the row behind one that will not be sent."""
        await session.flush()
        await jobs.wake(session, OUTBOUND, str(key))
        return None

    def _hopeless(self, row: Outbound, contact: Contact, now: dt.datetime) -> str:
        """Why a row must not be sent any more; empty where it may."""
        if (now - row.queued_at).total_seconds() > self.policy.give_up_after:
            return "given-up"
        if contact.opted_out_at is not None and row.created_at < contact.opted_out_at:
            return OptedOut.code
        return ""

    @staticmethod
    def _window_closed(adapter: ChannelAdapter, conversation: Conversation, row: Outbound, now: dt.datetime) -> bool:
        hours = adapter.limits.window_hours
        if not hours or row.template:
            return False
        last = conversation.last_inbound_at
        return last is None or now - last > dt.timedelta(hours=hours)

    def _message(self, row: Outbound) -> Outgoing:
        content = self.cipher.decrypt_json(row.content_enc)
        buttons = tuple(Button(label, payload) for label, payload in content.get("buttons", ()))
        return Outgoing(content["text"], buttons, row.lang, row.template, str(row.key))

    async def _record_surely(self, key: uuid.UUID, leased: Leased, outcome: Receipt | SendError) -> float | None:
        """:meth:`_record`, also across a short absence of the database: a receipt forgotten is a message sent twice."""
        for _ in range(RECORD_TRIES - 1):
            try:
                return await self._record(key, leased, outcome)
            except DatabaseAway:
                await asyncio.sleep(0.5)
        return await self._record(key, leased, outcome)

    async def _record(self, key: uuid.UUID, leased: Leased, outcome: Receipt | SendError) -> float | None:
        """Write down what became of a send; the delay before the next try, None to go on with the next row."""
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": str(key)})
            row = await session.get(Outbound, leased.id)
            if row is None:
                return None  # erased meanwhile
            if row.conversation_id != key:  # moved meanwhile: who waits behind it waits there
                await jobs.wake(session, OUTBOUND, str(row.conversation_id))
            row.lease_until = None
            if isinstance(outcome, Receipt):
                await self._sent(repository, row, leased, outcome)
                return None
            self.metrics.sends.labels(leased.channel, outcome.code).inc()
            if leased.suspect is None and not isinstance(outcome, Uncertain | ProviderAway):
                row.attempted_at = None  # this try did not arrive, and there was no other; an error 500 may lie
            row.error = outcome.code
            row.provider_code = (outcome.detail or "")[:32] or None
            if isinstance(outcome, Retryable):
                delay = self._backoff(leased.attempts, outcome.retry_after)
                row.status, row.next_at = Status.QUEUED, utcnow() + dt.timedelta(seconds=delay)
                return delay
            conversation = await session.get(Conversation, key)
            if isinstance(outcome, WindowClosed) and conversation is not None and not row.template:
                await statuses.hold(repository, conversation, row)
                return None
            row.status = Status.FAILED
            _log.warning("send failed", conversation=str(key), outbound=row.id, code=outcome.code)
            if isinstance(outcome, OptedOut) and conversation is not None:
                await statuses.opt_out(repository, conversation)
            return None

    async def _sent(self, repository: Repository, row: Outbound, leased: Leased, receipt: Receipt) -> None:
        # A provider that has only queued it has it all the same: for us it is sent.
        row.status = receipt.status if RANK[receipt.status] > RANK[Status.SENT] else Status.SENT
        row.error, row.provider_code, row.next_at, row.attempted_at = None, None, None, None
        row.provider_id, row.segments, row.sent_at = receipt.provider_id, receipt.segments, utcnow()
        await repository.session.flush()
        self.metrics.sends.labels(leased.channel, "sent").inc()
        if receipt.segments:
            self.metrics.segments.inc(receipt.segments)
        if early := await repository.take_early(leased.channel, receipt.provider_id):
            await statuses.apply(repository.session, self.cipher, early)

    async def _erase_if_done(self, session: AsyncSession, key: uuid.UUID) -> None:
        """Erase a person who asked for it, now that the last message has left."""
        conversation = await session.get(Conversation, key)
        if conversation is not None and conversation.pending == ERASED:
            await Repository(session, self.cipher).finish_erasure(key)

    def _backoff(self, attempts: int, retry_after: float | None) -> float:
        """Seconds to wait: doubling, capped, with jitter; never less than the provider asks for."""
        delay = min(RETRY_MOST, self.policy.retry_base * 2.0 ** min(attempts - 1, 12))
        return max(float(delay) * random.uniform(0.7, 1.3), retry_after or 0.0)
