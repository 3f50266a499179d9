"""Where trained indexes are kept: by name, read by every process."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from helpline.db.base import utcnow
from knowledge.models import IndexRow
from knowledge.search.model import TopicModel
from knowledge.search.vectors import VectorHead

KEPT = 3  # the one in use, the one before, and one that an undo may want back


@dataclass(frozen=True, slots=True)
class Index:
    """A trained index. ``head`` is None for the shipped encoder, which brings its own."""

    key: str
    model: TopicModel
    head: VectorHead | None


async def read(session: AsyncSession, key: str) -> Index | None:
    """The stored index, or None."""
    row = (await session.execute(select(IndexRow).where(IndexRow.key == key))).scalar_one_or_none()
    if row is None:
        return None
    return Index(key, TopicModel.from_bytes(row.data), VectorHead.from_bytes(row.head) if row.head else None)


async def newest(session: AsyncSession, family: str) -> str | None:
    """The key of the index of ``family`` that was built last."""
    keys = select(IndexRow.key).where(IndexRow.family == family).order_by(IndexRow.built_at.desc()).limit(1)
    return (await session.execute(keys)).scalar_one_or_none()


async def exists(session: AsyncSession, key: str) -> bool:
    """Whether the index is there."""
    return (await session.execute(select(IndexRow.key).where(IndexRow.key == key))).scalar_one_or_none() is not None


async def write(session: AsyncSession, index: Index, family: str) -> None:
    """Store an index; the first of two processes that trained the same one wins. Old ones of other content go."""
    row = {"key": index.key, "family": family, "data": index.model.to_bytes(), "built_at": utcnow()}
    row["head"] = index.head.to_bytes() if index.head else None
    await session.execute(insert(IndexRow).values(**row).on_conflict_do_nothing())
    kept = select(IndexRow.key).order_by(IndexRow.built_at.desc()).limit(KEPT)
    await session.execute(delete(IndexRow).where(IndexRow.key.not_in(kept)))
