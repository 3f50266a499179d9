"""The jobs of this domain: handle one message, send what waits, and the sweeps that mend what was interrupted."""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from dataclasses import dataclass, field

from channels import statuses
from channels.delivery import Delivery
from channels.dialogue import Dialogue
from channels.inbox import INBOUND
from channels.models import ERASED, Contact, Conversation, Inbound
from channels.outbox import OUTBOUND
from channels.replies import Reply
from channels.repository import Repository
from channels.services import CaseRequest
from channels.turn import waiting_since
from helpline import jobs, logs
from helpline.db import Database
from helpline.db.base import utcnow
from helpline.errors import BotAway, Unavailable
from helpline.metrics import Metrics
from helpline.privacy import Cipher

# After this many unexpected failures a message goes to a person in place of blocking its conversation for ever.
POISON_ATTEMPTS = 6
BOT_RETRY_MOST = 5.0
# The bot counts as working where it found an answer for anybody in the last seconds.
BOT_WORKS = 10.0

_log = logs.get(__name__)


@dataclass(slots=True)
class Pulse:
    """When the bot last found an answer for anybody (time.monotonic)."""

    answered: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Tasks:
    """The handlers of the queue, by name in :meth:`handlers`."""

    database: Database
    cipher: Cipher
    dialogue: Dialogue
    delivery: Delivery
    metrics: Metrics
    away_notice_after: float
    pulse: Pulse = field(default_factory=Pulse)

    def handlers(self) -> dict[str, jobs.Handler]:
        """Wake-up name to handler; both take a conversation id."""
        return {INBOUND: self.inbound, OUTBOUND: self.delivery.run}

    async def inbound(self, conversation_id: str) -> None:
        """Handle the oldest waiting message of the conversation; raises jobs.Again while the bot is away."""
        key, started = uuid.UUID(conversation_id), time.perf_counter()
        delay: float | None = None
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            locked = await repository.lock_conversation(key)
            row = await repository.next_inbound(key) if locked else None
            if locked is None or row is None:
                return
            conversation, contact = locked
            if conversation.pending == ERASED:
                new, count = await repository.begin_anew(conversation, contact)
                for _ in range(count):
                    await jobs.wake(session, INBOUND, str(new))
                await jobs.wake(session, OUTBOUND, str(new))
                return
            if row.next_at is not None and row.next_at > utcnow():
                delay = (row.next_at - utcnow()).total_seconds() + 0.05
            else:
                delay = await self._handle(repository, conversation, contact, row)
        if delay is not None:
            raise jobs.Again(delay)
        self.metrics.turn_seconds.labels(conversation.channel).observe(time.perf_counter() - started)

    async def _handle(
        self, repository: Repository, conversation: Conversation, contact: Contact, row: Inbound
    ) -> float | None:
        """Handle ``row``; the delay after which to try again, None where it is done."""
        session = repository.session
        names = {"conversation": str(conversation.id), "inbound": row.id}  # a rollback makes the rows unreadable
        await self.dialogue.arrived(session, conversation, row)
        try:
            async with session.begin_nested():
                understood = await self.dialogue.handle(session, conversation, contact, row)
        except BotAway:
            self.metrics.bot_away.inc()
            for stale in (conversation, row):
                await session.refresh(stale)
            if time.monotonic() - self.pulse.answered < BOT_WORKS:  # others get answers: it is this message
                return await self._poisoned(repository, conversation, row, BotAway.__name__)
            return await self._wait_for_bot(repository, conversation, row)
        except Unavailable:
            raise
        except Exception as error:
            _log.error("turn failed", **names, exc_info=error)
            return await self._poisoned(repository, conversation, row, type(error).__name__)
        if understood.confidence is not None:
            self.pulse.answered = time.monotonic()
        if not conversation.simulated:
            await repository.count(
                conversation.channel,
                understood.lang,
                understood.country,
                understood.topic,
                understood.outcome or "silent",
            )
        self.metrics.turns.labels(conversation.channel, understood.lang, understood.outcome or "silent").inc()
        return None

    async def _wait_for_bot(self, repository: Repository, conversation: Conversation, row: Inbound) -> float:
        """Keep the message for later, and tell the person once when it has waited long."""
        session = repository.session
        row.attempts += 1
        delay = min(BOT_RETRY_MOST, 0.5 * 2.0 ** min(row.attempts, 5)) * random.uniform(0.8, 1.2)
        row.next_at = utcnow() + dt.timedelta(seconds=delay)
        if row.noticed_at is None and waiting_since(row).total_seconds() >= self.away_notice_after:
            await repository.mark_noticed(conversation.id)
            lang = conversation.lang or self.dialogue.reader.language_of(row)
            words = self.dialogue.wording.say("away", lang)
            await self.dialogue.outbox.add(
                session, conversation, Reply(words.text, words.short, (), lang), inbound_id=row.id, author="system"
            )
        return delay

    async def _poisoned(
        self, repository: Repository, conversation: Conversation, row: Inbound, error: str
    ) -> float | None:
        """Try an unexpectedly failing message a few times, then give it to a person and go on with the next."""
        session = repository.session
        for stale in (conversation, row):
            await session.refresh(stale)
        row.attempts = 1 if row.error is None else row.attempts + 1  # waiting for the bot does not count
        row.error = error[:64]
        if row.attempts < POISON_ATTEMPTS:
            delay = min(30.0, 2.0**row.attempts)
            row.next_at = utcnow() + dt.timedelta(seconds=delay)
            return delay
        row.processed_at = utcnow()
        row.understood = {"outcome": "human", "handoff": True}
        lang = conversation.lang or self.dialogue.reader.language_of(row)
        words = self.dialogue.wording.say("failed", lang)
        await self.dialogue.cases.open(
            session, CaseRequest(conversation.id, "failed", "high", row.id, lang=lang, country=conversation.country)
        )
        await self.dialogue.outbox.add(
            session, conversation, Reply(words.text, words.short, (), lang), inbound_id=row.id, author="system"
        )
        return None

    # --- sweeps, each one transaction

    async def rewake(self, older_than: float = 15.0) -> int:
        """Wake conversations whose work has waited too long: a wake-up was lost; how many."""
        before = utcnow() - dt.timedelta(seconds=older_than)
        async with self.database.transaction() as session:
            inbound, outbound = await Repository(session, self.cipher).stale(before)
            for name, keys in ((INBOUND, inbound), (OUTBOUND, outbound)):
                for key in keys:
                    await jobs.wake(session, name, str(key))
        return len(inbound) + len(outbound)

    async def settle_statuses(self) -> int:
        """Apply statuses that came before their send was recorded, and drop those nobody claims for a day."""
        settled = 0
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            for early in await repository.late_early_statuses():
                change = await repository.take_early(early.channel, early.provider_id)
                if change is not None and await statuses.apply(session, self.cipher, change):
                    settled += 1
            await repository.drop_early_statuses(utcnow() - dt.timedelta(days=1))
        return settled

    async def finish_erasures(self) -> int:
        """Erase people whose last message never left, and what Rasa wrote of people erased before; how many."""
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            found = await repository.erasable(utcnow() - dt.timedelta(hours=1))
            erased = [await repository.finish_erasure(conversation, unsent=True) for conversation in found]
            await repository.drop_orphaned_trackers(utcnow() - dt.timedelta(minutes=10))
        return sum(erased)

    async def prune(self) -> None:
        """Drop the queue's own log after an hour."""
        async with self.database.transaction() as session:
            await jobs.prune(session, dt.timedelta(hours=1))
