"""Open, raise and close cases. A case that is open means: a person is in charge, the bot is silent."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from channels.services import CaseRequest
from handoff.errors import NoOpenCase
from handoff.repository import CaseRepository
from helpline import logs
from helpline.db.base import utcnow

PRIORITIES = ("urgent", "high", "normal")

_log = logs.get(__name__)


class Cases:
    """The case desk (channels.services.CaseDesk); every method works in the caller's transaction."""

    async def in_charge(self, session: AsyncSession, conversation_id: uuid.UUID, inbound_id: int) -> bool:
        """Whether a case of the conversation is open that another message than ``inbound_id`` opened."""
        return await CaseRepository(session).is_open(conversation_id, inbound_id)

    async def open(self, session: AsyncSession, request: CaseRequest) -> bool:
        """Open a case, or raise the open one to the request's priority and urgency; True where it is new.

        Safe to repeat: the same request after a crash finds its case open.
        """
        repository = CaseRepository(session)
        fresh = await repository.insert(
            conversation_id=request.conversation_id, inbound_id=request.inbound_id, reason=request.reason,
            priority=request.priority, topic=request.topic, urgent=request.urgent, lang=request.lang,
            country=request.country,
        )  # fmt: skip
        if fresh:
            _log.info(
                "case opened",
                conversation=str(request.conversation_id),
                reason=request.reason,
                priority=request.priority,
            )
            return True
        case = await repository.open_case(request.conversation_id)
        if case is not None and PRIORITIES.index(request.priority) < PRIORITIES.index(case.priority):
            case.priority, case.urgent = request.priority, request.urgent or case.urgent
        return False

    async def attach(self, session: AsyncSession, conversation_id: uuid.UUID, inbound_id: int, kind: str) -> None:
        """Attach a message's file to the open case; nothing where there is none."""
        repository = CaseRepository(session)
        case = await repository.open_case(conversation_id)
        if case is not None:
            await repository.attach(case.id, inbound_id, kind)

    async def close(self, session: AsyncSession, conversation_id: uuid.UUID) -> None:
        """Close the open case: the bot answers again. Raises NoOpenCase."""
        case = await CaseRepository(session).open_case(conversation_id)
        if case is None:
            raise NoOpenCase
        case.status, case.closed_at = "closed", utcnow()
