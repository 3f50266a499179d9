"""What the dialogue needs from other domains, handed to it by the worker's composition root."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger seen in a message: an urgent id and a topic of topics.yaml, and the words or example that showed it."""

    id: str
    why: str
    topic: str = "emergency"


@dataclass(frozen=True, slots=True)
class Place:
    """The country that a message is about, and how sure that is (0 to 1)."""

    country: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """The emergency numbers to give, as a text and as its SMS variant."""

    text: str
    short: str


class DangerDetector(Protocol):
    """Sees danger in a message, always on, without Rasa; knows the numbers to call."""

    def detect(self, text: str) -> Danger | None:
        """The danger in ``text``, or None."""
        ...

    def numbers(self, country: str | None, lang: str, danger: str) -> Numbers:
        """What to call in ``country`` for the urgent id ``danger``, in ``lang``; regional advice for no country."""
        ...


class Places(Protocol):
    """Finds the country in a message."""

    def find(self, text: str) -> Place | None:
        """The country that ``text`` is about, or None."""
        ...


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """Why a person must see a conversation. ``priority``: urgent | high | normal."""

    conversation_id: uuid.UUID
    reason: str
    priority: str = "normal"
    inbound_id: int | None = None
    topic: str | None = None
    urgent: str | None = None
    lang: str | None = None
    country: str | None = None


class CaseDesk(Protocol):
    """Opens cases and knows whether a person is in charge; works inside the caller's transaction."""

    async def in_charge(self, session: AsyncSession, conversation_id: uuid.UUID, inbound_id: int) -> bool:
        """Whether a case is open, so that the bot is silent; not one that this very message opened before a crash."""
        ...

    async def open(self, session: AsyncSession, request: CaseRequest) -> bool:
        """Open a case, or raise the priority of the open one; True where it is new."""
        ...

    async def attach(self, session: AsyncSession, conversation_id: uuid.UUID, inbound_id: int, kind: str) -> None:
        """Attach a file, place or card that the person sent to the open case."""
        ...
