"""Tables: contacts, conversations, the inbox and the outbox. Ciphertext columns end in ``_enc``."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from helpline.db.base import Base, utcnow

# Conversation.pending of a person whose erasure is finished by the delivery of the last message.
ERASED = "erased"


class Contact(Base):
    """A person on one channel. The address is encrypted and found by ``address_index`` (keyed hash)."""

    __tablename__ = "contacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str] = mapped_column(String(16))
    address_enc: Mapped[bytes]
    address_index: Mapped[bytes]
    opted_out_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)

    __table_args__ = (UniqueConstraint("channel", "address_index"),)


class Conversation(Base):
    """The one thread with a contact. Its id is the opaque id that Rasa knows.

    ``lang`` is the reply language; ``lang_fixed`` where the person asked for it. ``pending`` is what the helpline
    itself waits for (``delete`` confirmation). ``last_inbound_at`` opens WhatsApp's 24-hour window.
    """

    __tablename__ = "conversations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    lang: Mapped[str | None] = mapped_column(String(2))
    lang_fixed: Mapped[bool] = mapped_column(Boolean, default=False)
    country: Mapped[str | None] = mapped_column(String(2))
    pending: Mapped[str | None] = mapped_column(String(32))
    greeted_at: Mapped[dt.datetime | None]
    last_inbound_at: Mapped[dt.datetime | None]
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Inbound(Base):
    """A message from a person, stored before it is acknowledged.

    ``understood`` is channels.ports.Understood as JSON: ids only. ``attempts`` and ``next_at`` are the retry state;
    ``noticed_at`` says when the person was told to wait.
    """

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    provider_id: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    content_enc: Mapped[bytes]
    edited: Mapped[bool] = mapped_column(Boolean, default=False)
    received_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    processed_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[dt.datetime | None]
    noticed_at: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(String(64))
    understood: Mapped[dict[str, object] | None] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("conversation_id", "provider_id"),
        Index("ix_inbox_waiting", "conversation_id", "id", postgresql_where=text("processed_at is null")),
    )


class Outbound(Base):
    """One message to a person: a part of a reply, already split for its channel.

    ``author`` is bot, system or staff. ``options_enc`` are the choices that the whole reply offered and ``menu`` the
    token in its buttons, so that a press or a number finds its payload also when the menu is older.

    ``lease_until`` is set while a send is under way; ``attempted_at`` is the start of the first send that may have
    arrived without our knowing. ``queued_at`` is since when it waits: later than ``created_at`` where it was held.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(8), default="bot")
    lang: Mapped[str] = mapped_column(String(2))
    content_enc: Mapped[bytes]
    options_enc: Mapped[bytes | None]
    template: Mapped[bool] = mapped_column(Boolean, default=False)
    menu: Mapped[str | None] = mapped_column(String(16), index=True)
    text_index: Mapped[bytes]
    key: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    status: Mapped[str] = mapped_column(String(12), default="queued")
    error: Mapped[str | None] = mapped_column(String(32))
    provider_code: Mapped[str | None] = mapped_column(String(32))
    provider_id: Mapped[str | None] = mapped_column(String(128))
    segments: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    attempted_at: Mapped[dt.datetime | None]
    queued_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[dt.datetime | None]

    __table_args__ = (
        Index("ix_outbox_waiting", "conversation_id", "id", postgresql_where=text("status in ('queued', 'sending')")),
        Index("ix_outbox_provider", "provider_id", postgresql_where=text("provider_id is not null")),
        Index("ix_outbox_conversation", "conversation_id", "id"),
    )


class EarlyStatus(Base):
    """A delivery status that came before the send that it speaks of was recorded."""

    __tablename__ = "early_statuses"

    provider_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    status: Mapped[str] = mapped_column(String(12))
    error: Mapped[str | None] = mapped_column(String(32))
    provider_code: Mapped[str | None] = mapped_column(String(32))
    received_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Rate(Base):
    """The next free sending slot of a channel, reserved with one UPDATE."""

    __tablename__ = "rates"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    next_at: Mapped[dt.datetime]


class Tally(Base):
    """Anonymous counts that outlive an erasure: no person, no text."""

    __tablename__ = "tallies"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    lang: Mapped[str] = mapped_column(String(2), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)


class RasaTracker(Base):
    """Rasa's memory of a conversation (read and written by bot/components/tracker_store.py): no address, no number."""

    __tablename__ = "rasa_trackers"

    sender_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
