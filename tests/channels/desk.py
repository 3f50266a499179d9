"""The channels on a real database, with the real queue, a fake bot and fake channels: everything between the two."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import select, text

from channels import inbox
from channels.adapters.fakes import FakeAdapter
from channels.adapters.limits import LIMITS
from channels.delivery import Delivery, Policy
from channels.dialogue import Dialogue
from channels.fakes import FakeBot
from channels.models import Contact, Conversation, Inbound, Outbound
from channels.outbox import Outbox
from channels.ports import Event, Incoming, Kind, Media, Outgoing
from channels.replies import Reply
from channels.repository import Repository
from channels.tasks import Tasks
from channels.wording import Wording
from handoff.cases import Cases
from handoff.models import Case
from helpline import jobs
from helpline.db import Database
from helpline.language.detect import LanguageDetector
from helpline.metrics import Metrics
from helpline.privacy import Cipher
from helpline.stack.wiring import GazetteerPlaces, UrgentDangers
from knowledge.gazetteer import Gazetteer
from knowledge.urgent import UrgentDetector

POLICY = Policy(timeout=2.0, retry_base=0.05, give_up_after=86_400, per_second={})
_numbers = itertools.count(1)


@cache
def readers() -> tuple[LanguageDetector, GazetteerPlaces, UrgentDangers]:
    """What reads a message; slow to load, without state."""
    return LanguageDetector.load(), GazetteerPlaces(Gazetteer.load()), UrgentDangers(UrgentDetector.load(), ())


@dataclass
class Desk:
    """One helpline. ``start`` a worker or two, let people write, look at what the channels sent."""

    database: Database
    cipher: Cipher
    policy: Policy = POLICY
    notice_after: float = 60.0
    repeats: int = 1000
    bot: FakeBot = field(default_factory=FakeBot)
    wording: Wording = field(default_factory=Wording.load)
    metrics: Metrics = field(default_factory=Metrics)
    channels: dict[str, FakeAdapter] = field(
        default_factory=lambda: {name: FakeAdapter(name, limits) for name, limits in LIMITS.items()}
    )
    _workers: list[tuple[asyncio.Event, asyncio.Task[None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        languages, places, dangers = readers()
        self.outbox = Outbox(LIMITS, self.cipher, self.repeats)
        dialogue = Dialogue(
            cipher=self.cipher, bot=self.bot, outbox=self.outbox, wording=self.wording,
            languages=languages, places=places, dangers=dangers, cases=Cases(),
        )  # fmt: skip
        self.delivery = Delivery(self.database, self.cipher, self.channels, self.metrics, self.policy)
        self.tasks = Tasks(self.database, self.cipher, dialogue, self.delivery, self.metrics, self.notice_after)

    def start(self) -> None:
        """One more worker on the queue."""
        stop = asyncio.Event()
        running = jobs.run(self.database.url, self.tasks.handlers(), concurrency=10, heartbeat=2.0, stop=stop)
        self._workers.append((stop, asyncio.create_task(running)))

    async def stop(self) -> None:
        """Stop the workers; raises what ended one of them. They are cancelled: a polite stop takes a second."""
        workers, self._workers = self._workers, []
        for _, task in workers:
            task.cancel()
        for _, task in workers:
            with suppress(asyncio.CancelledError):
                await task

    # --- people

    def person(self, channel: str = "whatsapp") -> Person:
        """Somebody new."""
        number = next(_numbers)
        return Person(self, channel, str(700_000_000 + number) if channel == "telegram" else f"+2126{number:08d}")

    async def receive(self, *events: Event) -> list[int]:
        """Store events as one webhook does; the ids of new messages."""
        async with self.database.transaction() as session:
            return await inbox.store(session, self.cipher, events)

    async def quiet(self, timeout_s: float = 30.0) -> None:
        """Wait until no message and no reply waits."""
        waiting = text(
            "select (select count(*) from inbox where processed_at is null)"
            " + (select count(*) from outbox where status in ('queued', 'sending'))"
            " + (select count(*) from conversations where pending = 'erased')"
        )
        async with asyncio.timeout(timeout_s):
            while True:
                async with self.database.transaction() as session:
                    if not (await session.execute(waiting)).scalar_one():
                        return
                await asyncio.sleep(0.01)

    async def staff_writes(self, person: Person, words: str) -> None:
        """A caseworker writes to the person."""
        async with self.database.transaction() as session:
            conversation = await session.get(Conversation, await person.conversation_in(session))
            assert conversation is not None
            await self.outbox.add(session, conversation, Reply(words), author="staff")

    # --- what is there

    async def rows(self, query: Any) -> Sequence[Any]:
        """The objects that ``query`` selects."""
        async with self.database.transaction() as session:
            return (await session.execute(query)).scalars().all()

    async def run(self, statement: str, **values: Any) -> None:
        """Change something behind the helpline's back: make time pass."""
        async with self.database.transaction() as session:
            await session.execute(text(statement), values)

    async def waited(self, hours: float) -> None:
        """Let everything stored be older by ``hours``."""
        for table, columns in (
            ("conversations", ("last_inbound_at", "created_at", "greeted_at")),
            ("inbox", ("received_at", "processed_at")),
            ("outbox", ("created_at", "queued_at", "sent_at")),
        ):
            changes = ", ".join(f"{column} = {column} - make_interval(secs => :s)" for column in columns)
            await self.run(f"update {table} set {changes}", s=hours * 3600)

    def say(self, key: str, lang: str = "fr") -> str:
        """One of the helpline's own texts."""
        return self.wording.say(key, lang).text


@dataclass
class Person:
    """One person. ``heard``: what they received. ``write`` does not wait; ``say`` does, and gives the new texts."""

    desk: Desk
    channel: str
    address: str

    @property
    def messages(self) -> list[Outgoing]:
        """What reached this person."""
        return [message for to, message in self.desk.channels[self.channel].sent if to == self.address]

    @property
    def heard(self) -> list[str]:
        """The texts that reached this person; a template is ``<template>``."""
        return ["<template>" if message.template else message.text for message in self.messages]

    def message(self, words: str = "", *, kind: Kind = Kind.TEXT, payload: str = "", **more: Any) -> Incoming:
        """A message with an id of its own."""
        kind = Kind.BUTTON if payload else kind
        media = () if kind in (Kind.TEXT, Kind.BUTTON, Kind.LOCATION, Kind.CONTACT) else (Media(kind, "file-of-mine"),)
        return Incoming(self.channel, self.address, f"in-{uuid.uuid4()}", kind, words, payload, media, **more)

    async def write(self, *words: str) -> None:
        """Send messages one after the other, without waiting for answers."""
        for one in words:
            await self.desk.receive(self.message(one))

    async def say(self, words: str = "", **more: Any) -> list[str]:
        """Send one message; the texts that came back."""
        before = len(self.heard)
        await self.desk.receive(self.message(words, **more))
        await self.desk.quiet()
        return self.heard[before:]

    async def press(self, label: str) -> list[str]:
        """Press the newest button with ``label``."""
        for message in reversed(self.messages):
            for button in message.buttons:
                if button.label == label:
                    return await self.say(label, payload=button.payload)
        raise AssertionError(f"no button {label!r}")

    async def conversation_in(self, session: Any) -> uuid.UUID:
        """The id of the conversation."""
        found = await Repository(session, self.desk.cipher).conversation_of(self.channel, self.address)
        assert found is not None
        return found

    async def conversation(self) -> Conversation | None:
        """The conversation, None where there is none (any more)."""
        index = self.desk.cipher.blind_index(self.channel, self.address)
        found = await self.desk.rows(select(Conversation).join(Contact).where(Contact.address_index == index))
        return found[0] if found else None

    async def inbound(self) -> Sequence[Inbound]:
        """The stored messages, oldest first."""
        conversation = await self.conversation()
        assert conversation is not None
        return await self.desk.rows(
            select(Inbound).where(Inbound.conversation_id == conversation.id).order_by(Inbound.id)
        )

    async def outbound(self) -> Sequence[Outbound]:
        """The stored replies, oldest first."""
        conversation = await self.conversation()
        assert conversation is not None
        return await self.desk.rows(
            select(Outbound).where(Outbound.conversation_id == conversation.id).order_by(Outbound.id)
        )

    async def cases(self) -> Sequence[Case]:
        """The cases, oldest first."""
        conversation = await self.conversation()
        assert conversation is not None
        return await self.desk.rows(
            select(Case).where(Case.conversation_id == conversation.id).order_by(Case.opened_at)
        )

    async def close_case(self) -> None:
        """A caseworker closes the case."""
        async with self.desk.database.transaction() as session:
            await Cases().close(session, await self.conversation_in(session))


def minutes(count: float) -> dt.timedelta:
    """So many minutes."""
    return dt.timedelta(minutes=count)
