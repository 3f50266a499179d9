"""Talk to the helpline as a worker would, over the simulator channel: the real path, without a provider."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from channels import inbox
from channels.models import Conversation, Inbound, Outbound
from channels.outbox import Outbox
from channels.ports import Incoming, Kind, Media, Status
from channels.registry import build_adapters
from channels.replies import Reply
from channels.repository import Repository
from handoff.cases import Cases
from helpline.db import Database
from helpline.privacy import Cipher
from helpline.settings import Settings

POLL_SECONDS = 0.025
CHANNELS = ("whatsapp", "sms", "telegram")


@dataclass(slots=True)
class Said:
    """What came back for one message. ``options``: labels that the person may press or type."""

    inbound: int
    understood: dict[str, Any]
    replies: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    latency_ms: float = 0.0
    segments: int | None = None


class Simulator:
    """Simulated people. Their conversations are marked ``simulated`` and kept out of the counts."""

    def __init__(self, settings: Settings) -> None:
        self.cipher = Cipher.from_settings(settings)
        self.database = Database(settings.database_url, pool_size=8, application="helpline-simulator")
        limits = {name: adapter.limits for name, adapter in build_adapters(settings).items()}
        self._outbox = Outbox(limits, self.cipher, settings.loop_guard_repeats)
        self._timeout = max(60.0, settings.rasa_timeout_s * 3)

    async def close(self) -> None:
        """Release connections."""
        await self.database.close()

    def person(self, channel: str, country: str | None = None) -> Person:
        """A new person on ``channel`` (whatsapp, sms or telegram)."""
        return Person(self, f"sim-{channel}", f"sim:{uuid.uuid4()}", country)

    async def send(self, messages: Sequence[Incoming], country: str | None) -> list[int]:
        """Store messages as a webhook would; returns their ids."""
        async with self.database.transaction() as session:
            if country:
                first = messages[0]
                repository = Repository(session, self.cipher)
                key = await repository.ensure_conversation(first.channel, first.address, simulated=True)
                conversation = await session.get(Conversation, key)
                if conversation is not None and conversation.country is None:
                    conversation.country = country
            return await inbox.store(session, self.cipher, messages, simulated=True)

    async def wait(self, inbound: int, started: float) -> Said:
        """Wait until a message is handled and its replies have left; raises TimeoutError."""
        async with asyncio.timeout(self._timeout):
            while True:
                async with self.database.transaction() as session:
                    row = (
                        await session.execute(
                            select(Inbound.processed_at, Inbound.understood).where(Inbound.id == inbound)
                        )
                    ).one_or_none()
                    if row is None:
                        return Said(inbound, {"outcome": "delete_data", "closed": True}, latency_ms=_since(started))
                    if row.processed_at is not None:
                        sent = list(
                            (
                                await session.execute(
                                    select(Outbound).where(Outbound.inbound_id == inbound).order_by(Outbound.id)
                                )
                            ).scalars()
                        )
                        if all(part.status not in (Status.QUEUED, Status.SENDING) for part in sent):
                            return self._said(inbound, dict(row.understood or {}), sent, started)
                await asyncio.sleep(POLL_SECONDS)

    def _said(self, inbound: int, understood: dict[str, Any], parts: list[Outbound], started: float) -> Said:
        said = Said(inbound, understood, latency_ms=_since(started))
        for part in parts:
            said.replies.append(str(self.cipher.decrypt_json(part.content_enc)["text"]))
            if part.options_enc:
                said.options = [str(o["label"]) for o in self.cipher.decrypt_json(part.options_enc)]
            if part.segments:
                said.segments = (said.segments or 0) + part.segments
        return said

    async def staff_writes(self, person: Person, text: str) -> None:
        """A caseworker writes to the person; a case is opened where none is."""
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            key = await repository.ensure_conversation(person.channel, person.address, simulated=True)
            conversation = await session.get(Conversation, key)
            assert conversation is not None
            await self._outbox.add(
                session, conversation, Reply(text, "", (), conversation.lang or "fr"), author="staff"
            )

    async def staff_closes(self, person: Person) -> None:
        """A caseworker closes the person's case."""
        async with self.database.transaction() as session:
            key = await Repository(session, self.cipher).ensure_conversation(
                person.channel, person.address, simulated=True
            )
            await Cases().close(session, key)

    async def forget(self, person: Person) -> None:
        """Erase a simulated person."""
        async with self.database.transaction() as session:
            repository = Repository(session, self.cipher)
            key = await repository.conversation_of(person.channel, person.address)
            if key is not None:
                await repository.erase(key)


@dataclass(slots=True)
class Person:
    """One simulated person."""

    simulator: Simulator
    channel: str
    address: str
    country: str | None = None

    def message(self, text: str = "", *, media: str = "", payload: str = "") -> Incoming:
        """A message of this person: text, a media kind (audio, image, …) or a button's payload."""
        kind = Kind.BUTTON if payload else Kind(media) if media else Kind.TEXT
        files = (Media(kind, f"simulated:{kind}"),) if media and kind not in (Kind.LOCATION, Kind.CONTACT) else ()
        return Incoming(self.channel, self.address, f"sim-{uuid.uuid4()}", kind, text, payload, files)

    async def say(self, text: str = "", *, media: str = "", payload: str = "") -> Said:
        """Send one message and wait for what comes back."""
        return (await self.burst([self.message(text, media=media, payload=payload)]))[-1]

    async def burst(self, messages: Sequence[Incoming]) -> list[Said]:
        """Send messages without waiting between them, then wait for each."""
        started = time.perf_counter()
        ids = await self.simulator.send(messages, self.country)
        return [await self.simulator.wait(inbound, started) for inbound in ids]

    async def press(self, label: str) -> Said:
        """Press the newest button with ``label``, or type the label where the channel shows none."""
        async with self.simulator.database.transaction() as session:
            repository = Repository(session, self.simulator.cipher)
            key = await repository.conversation_of(self.channel, self.address)
            rows = await repository.last_replies(key, 20) if key else []
            for row in rows:
                for shown, payload in self.simulator.cipher.decrypt_json(row.content_enc).get("buttons", ()):
                    if shown == label:
                        return await self.say(label, payload=payload)
        return await self.say(label)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
