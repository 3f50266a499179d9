"""Where trained indexes are kept: by name, read by every process."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from helpline.db.base import utcnow
from knowledge.models import IndexRow


async def read(session: AsyncSession, key: str) -> bytes | None:
    """The stored index, or None."""
    return (await session.execute(select(IndexRow.data).where(IndexRow.key == key))).scalar_one_or_none()


async def write(session: AsyncSession, key: str, data: bytes) -> None:
    """Store an index; the first of two processes that trained the same one wins."""
    await session.execute(insert(IndexRow).values(key=key, data=data, built_at=utcnow()).on_conflict_do_nothing())
