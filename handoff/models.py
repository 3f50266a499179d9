"""Tables: cases. A case that is not closed means that a person is in charge of its conversation."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from helpline.db.base import Base, utcnow


class Case(Base):
    """A conversation that a person has taken, or shall take.

    ``reason``: asked | urgent | unanswered | failed | minor | report. ``priority``: urgent | high | normal.
    ``inbound_id`` is the message that opened it.
    """

    __tablename__ = "cases"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    inbound_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(12), default="new")
    topic: Mapped[str | None] = mapped_column(String(32))
    urgent: Mapped[str | None] = mapped_column(String(32))
    lang: Mapped[str | None] = mapped_column(String(2))
    country: Mapped[str | None] = mapped_column(String(2))
    opened_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        Index("ix_cases_open", "conversation_id", unique=True, postgresql_where=text("closed_at is null")),
    )


class CaseAttachment(Base):
    """A file, place or contact card that belongs to a case: the provider's reference, encrypted."""

    __tablename__ = "case_attachments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    inbound_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
