"""All queries on cases."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.models import Case, CaseAttachment
from helpline.db.base import utcnow


class CaseRepository:
    """Queries on cases within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open_case(self, conversation_id: uuid.UUID) -> Case | None:
        """The case of the conversation that is not closed, or None."""
        query = select(Case).where(Case.conversation_id == conversation_id, Case.closed_at.is_(None))
        return (await self.session.execute(query)).scalar_one_or_none()

    async def is_open(self, conversation_id: uuid.UUID, besides: int) -> bool:
        """Whether a case is open that was not opened by the message ``besides``."""
        query = select(Case.id).where(
            Case.conversation_id == conversation_id, Case.closed_at.is_(None), Case.inbound_id.is_distinct_from(besides)
        )
        return (await self.session.execute(query)).first() is not None

    async def insert(self, **values: object) -> bool:
        """Add a case; False where one is open already, which the database itself decides."""
        statement = insert(Case).values(id=uuid.uuid4(), status="new", opened_at=utcnow(), **values)
        added = await self.session.execute(statement.on_conflict_do_nothing().returning(Case.id))
        return added.first() is not None

    async def attach(self, case_id: uuid.UUID, inbound_id: int, kind: str) -> None:
        """Attach a message's file to a case, once."""
        values = {
            "id": uuid.uuid4(),
            "case_id": case_id,
            "inbound_id": inbound_id,
            "kind": kind,
            "created_at": utcnow(),
        }
        await self.session.execute(insert(CaseAttachment).values(values).on_conflict_do_nothing())

    async def waiting(self, limit: int = 100) -> Sequence[Case]:
        """Open cases, the most urgent and then the oldest first."""
        rank = func.array_position(["urgent", "high", "normal"], Case.priority)
        query = select(Case).where(Case.closed_at.is_(None)).order_by(rank, Case.opened_at).limit(limit)
        return (await self.session.execute(query)).scalars().all()
