"""All queries on contacts, conversations, the inbox and the outbox."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from channels.models import ERASED, Contact, Conversation, EarlyStatus, Inbound, Outbound, RasaTracker, Rate, Tally
from channels.ports import Status, StatusUpdate
from helpline.db.base import utcnow
from helpline.privacy import Cipher

# A status may only move forward in this order; FAILED may follow SENT, never DELIVERED.
RANK = {
    Status.QUEUED: 0, Status.SENDING: 1, Status.HELD: 1, Status.SENT: 2, Status.FAILED: 3, Status.DELIVERED: 4,
    Status.READ: 5,
}  # fmt: skip


class Repository:
    """Queries within one session; encrypts on the way in and decrypts on the way out."""

    def __init__(self, session: AsyncSession, cipher: Cipher) -> None:
        self.session = session
        self.cipher = cipher

    # --- contacts and conversations

    async def conversation_of(self, channel: str, address: str) -> uuid.UUID | None:
        """The conversation of an address, None for a new person."""
        query = (
            select(Conversation.id)
            .join(Contact)
            .where(Contact.channel == channel, Contact.address_index == self.cipher.blind_index(channel, address))
        )
        return (await self.session.execute(query)).scalar_one_or_none()

    async def ensure_conversation(self, channel: str, address: str, *, simulated: bool = False) -> uuid.UUID:
        """The conversation of an address, made where it is missing; two callers at once get the same one."""
        found = await self.conversation_of(channel, address)
        if found is not None:
            return found
        index = self.cipher.blind_index(channel, address)
        values = {
            "id": uuid.uuid4(),
            "channel": channel,
            "address_enc": self.cipher.encrypt(address),
            "address_index": index,
            "created_at": utcnow(),
        }
        await self.session.execute(insert(Contact).values(values).on_conflict_do_nothing())
        contact_id = (
            await self.session.execute(
                select(Contact.id).where(Contact.channel == channel, Contact.address_index == index)
            )
        ).scalar_one()
        fresh = {
            "id": uuid.uuid4(),
            "contact_id": contact_id,
            "channel": channel,
            "simulated": simulated,
            "lang_fixed": False,
            "created_at": utcnow(),
        }
        await self.session.execute(insert(Conversation).values(fresh).on_conflict_do_nothing())
        return (
            await self.session.execute(select(Conversation.id).where(Conversation.contact_id == contact_id))
        ).scalar_one()

    async def lock_conversation(self, conversation_id: uuid.UUID) -> tuple[Conversation, Contact] | None:
        """The conversation, locked until the transaction ends, and its contact.

        The lock is a statement of its own: what is read after it sees all that the last holder committed.
        ``no key``: a case or an inbox row may refer to the conversation meanwhile.
        """
        found = await self.session.execute(
            text("select 1 from conversations where id = :id for no key update"), {"id": conversation_id}
        )
        if found.first() is None:
            return None
        query = (
            select(Conversation, Contact)
            .join(Contact, Conversation.contact_id == Contact.id)
            .where(Conversation.id == conversation_id)
        )
        row = (await self.session.execute(query)).one()
        return row[0], row[1]

    def address(self, contact: Contact) -> str:
        """The contact's address in clear."""
        return self.cipher.decrypt(contact.address_enc)

    async def set_opted_out(self, channel: str, address: str, out: bool) -> None:
        """Record that the person blocked us or let us in again in the app itself."""
        index = self.cipher.blind_index(channel, address)
        value = utcnow() if out else None
        await self.session.execute(
            update(Contact).where(Contact.channel == channel, Contact.address_index == index).values(opted_out_at=value)
        )

    # --- inbox

    async def store_inbound(
        self, conversation_id: uuid.UUID, provider_id: str, kind: str, content: dict[str, Any], *, edited: bool
    ) -> int | None:
        """Store a message; its id, or None where it is already there."""
        statement = (
            insert(Inbound)
            .values(
                conversation_id=conversation_id, provider_id=provider_id, kind=kind, edited=edited, attempts=0,
                content_enc=self.cipher.encrypt_json(content), received_at=utcnow(),
            )
            .on_conflict_do_nothing()
            .returning(Inbound.id)
        )  # fmt: skip
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def next_inbound(self, conversation_id: uuid.UUID) -> Inbound | None:
        """The oldest message of the conversation that is not handled yet."""
        query = (
            select(Inbound)
            .where(Inbound.conversation_id == conversation_id, Inbound.processed_at.is_(None))
            .order_by(Inbound.id)
            .limit(1)
        )
        return (await self.session.execute(query)).scalar_one_or_none()

    async def inbound(self, inbound_id: int) -> Inbound | None:
        """A message by id."""
        return await self.session.get(Inbound, inbound_id)

    async def last_understood(self, conversation_id: uuid.UUID, key: str) -> Any:
        """The newest value of ``key`` in what was understood in this conversation, or None."""
        query = (
            select(Inbound.understood[key].astext)
            .where(Inbound.conversation_id == conversation_id, Inbound.understood[key].astext.is_not(None))
            .order_by(Inbound.id.desc())
            .limit(1)
        )
        return (await self.session.execute(query)).scalar_one_or_none()

    async def mark_noticed(self, conversation_id: uuid.UUID) -> None:
        """Note that the person was told to wait, for every message that waits."""
        await self.session.execute(
            update(Inbound)
            .where(Inbound.conversation_id == conversation_id, Inbound.processed_at.is_(None))
            .values(noticed_at=utcnow())
        )

    async def answered_urgent(self, conversation_id: uuid.UUID, before: int) -> bool:
        """Whether an earlier message of the last hour already got the answer to danger."""
        query = select(Inbound.id).where(
            Inbound.conversation_id == conversation_id, Inbound.id < before,
            Inbound.understood["urgent"].astext.is_not(None), Inbound.processed_at > utcnow() - dt.timedelta(hours=1),
        ).limit(1)  # fmt: skip
        return (await self.session.execute(query)).first() is not None

    # --- outbox

    async def add_outbound(self, **values: Any) -> Outbound:
        """Add one part of a reply; ``content`` and ``options`` are encrypted here."""
        content, options = values.pop("content"), values.pop("options", None)
        row = Outbound(
            **values,
            content_enc=self.cipher.encrypt_json(content),
            options_enc=self.cipher.encrypt_json(options) if options else None,
            text_index=self.cipher.blind_index("text", content.get("text", "")),
        )
        self.session.add(row)
        return row

    async def next_outbound(self, conversation_id: uuid.UUID) -> Outbound | None:
        """The oldest part that waits or is being sent."""
        query = (
            select(Outbound)
            .where(Outbound.conversation_id == conversation_id, Outbound.status.in_([Status.QUEUED, Status.SENDING]))
            .order_by(Outbound.id)
            .limit(1)
        )
        return (await self.session.execute(query)).scalar_one_or_none()

    async def repeats(self, conversation_id: uuid.UUID, body: str, since: dt.datetime) -> int:
        """How often ``body`` was put in the outbox of the conversation since then."""
        query = select(func.count()).where(
            Outbound.conversation_id == conversation_id,
            Outbound.text_index == self.cipher.blind_index("text", body),
            Outbound.created_at >= since,
        )
        return int((await self.session.execute(query)).scalar_one())

    async def last_replies(self, conversation_id: uuid.UUID, limit: int = 12) -> Sequence[Outbound]:
        """The newest parts sent in the conversation, newest first."""
        query = (
            select(Outbound)
            .where(Outbound.conversation_id == conversation_id)
            .order_by(Outbound.id.desc())
            .limit(limit)
        )
        return (await self.session.execute(query)).scalars().all()

    async def menu(self, conversation_id: uuid.UUID, token: str) -> Outbound | None:
        """The reply whose buttons carry ``token``, in this conversation only."""
        query = select(Outbound).where(Outbound.conversation_id == conversation_id, Outbound.menu == token)
        return (await self.session.execute(query)).scalars().first()

    async def has_sent(self, conversation_id: uuid.UUID, provider_id: str, *, besides: int) -> bool:
        """Whether another reply of the conversation than ``besides`` is what the provider knows as ``provider_id``."""
        query = select(Outbound.id).where(
            Outbound.conversation_id == conversation_id, Outbound.provider_id == provider_id, Outbound.id != besides
        )
        return (await self.session.execute(query.limit(1))).first() is not None

    async def release_held(self, conversation_id: uuid.UUID) -> int:
        """Queue the replies that waited for the person to write; how many."""
        result = await self.session.execute(
            update(Outbound).where(Outbound.conversation_id == conversation_id, Outbound.status == Status.HELD)
            .values(status=Status.QUEUED, next_at=None, queued_at=utcnow()).returning(Outbound.id)
        )  # fmt: skip
        return len(result.all())

    async def template_since(self, conversation_id: uuid.UUID, since: dt.datetime | None) -> bool:
        """Whether the template was already put in the outbox since the person last wrote."""
        query = select(Outbound.id).where(Outbound.conversation_id == conversation_id, Outbound.template).limit(1)
        if since is not None:
            query = query.where(Outbound.created_at > since)
        return (await self.session.execute(query)).first() is not None

    async def cancel_waiting(self, conversation_id: uuid.UUID) -> None:
        """Fail every reply that has not left: the person wants nothing more."""
        await self.session.execute(
            update(Outbound)
            .where(Outbound.conversation_id == conversation_id, Outbound.status.in_([Status.QUEUED, Status.HELD]))
            .values(status=Status.FAILED, error="opted-out")
        )

    # --- delivery statuses

    async def apply_status(self, change: StatusUpdate) -> tuple[Outbound, bool] | None:
        """Move a reply forward; a status that comes late or twice changes nothing.

        Returns it and whether it moved; None where there is no such reply yet.
        """
        query = (
            select(Outbound)
            .join(Conversation)
            .where(Outbound.provider_id == change.provider_id, Conversation.channel == change.channel)
        )
        row = (await self.session.execute(query.with_for_update(of=Outbound, key_share=True))).scalar_one_or_none()
        if row is None:
            return None
        forward = RANK[change.status] > RANK[Status(row.status)]
        if forward:
            row.status = change.status
            row.error = change.error or row.error
            row.provider_code = change.provider_code or row.provider_code
        return row, forward

    async def keep_early(self, change: StatusUpdate) -> None:
        """Keep a status whose reply is not recorded yet; the furthest one wins."""
        values = {"status": change.status, "error": change.error, "provider_code": change.provider_code}
        behind = [status for status in Status if RANK[status] < RANK[change.status]]
        statement = insert(EarlyStatus).values(
            provider_id=change.provider_id, channel=change.channel, received_at=utcnow(), **values
        )
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["provider_id", "channel"], set_=values, where=EarlyStatus.status.in_(behind)
            )
        )

    async def take_early(self, channel: str, provider_id: str) -> StatusUpdate | None:
        """A status that came before its reply was recorded; it is removed here."""
        row = await self.session.get(EarlyStatus, (provider_id, channel))
        if row is None:
            return None
        await self.session.delete(row)
        return StatusUpdate(channel, provider_id, Status(row.status), row.error or "", row.provider_code or "")

    async def late_early_statuses(self, limit: int = 500) -> Sequence[EarlyStatus]:
        """Early statuses whose reply is recorded by now, because the two came at the same moment."""
        known = (
            select(Outbound.id)
            .join(Conversation)
            .where(Outbound.provider_id == EarlyStatus.provider_id, Conversation.channel == EarlyStatus.channel)
        )
        return (await self.session.execute(select(EarlyStatus).where(known.exists()).limit(limit))).scalars().all()

    async def drop_early_statuses(self, before: dt.datetime) -> None:
        """Forget statuses that nobody has claimed: the reply was erased, or is not ours."""
        await self.session.execute(delete(EarlyStatus).where(EarlyStatus.received_at < before))

    # --- rates, sweeps, counts

    async def reserve_slot(self, channel: str, per_second: float) -> float:
        """Seconds to wait for the channel's next free sending slot, which is now reserved."""
        await self.session.execute(insert(Rate).values(channel=channel, next_at=utcnow()).on_conflict_do_nothing())
        row = await self.session.execute(
            text(
                "update rates set next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => :gap) "
                "where channel = :channel "
                "returning extract(epoch from next_at - make_interval(secs => :gap) - clock_timestamp())"
            ),
            {"gap": 1.0 / per_second, "channel": channel},
        )
        return max(0.0, float(row.scalar_one()))

    async def stale(self, older_than: dt.datetime, limit: int = 500) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
        """The conversations of old unhandled messages (once a message), and those with old unsent replies (once each).

        Where the first in line backs off or is being sent, its own wake-up is still to come, also for those behind it.
        """
        head, first = aliased(Inbound), aliased(Outbound)
        inbound = select(Inbound.conversation_id).where(
            Inbound.processed_at.is_(None), Inbound.received_at < older_than,
            ~select(head.id).where(
                head.conversation_id == Inbound.conversation_id, head.processed_at.is_(None), head.next_at >= older_than
            ).exists(),
        ).limit(limit)  # fmt: skip
        waiting = [Status.QUEUED, Status.SENDING]
        outbound = select(Outbound.conversation_id).where(
            Outbound.status.in_(waiting), Outbound.queued_at < older_than,
            ~select(first.id).where(
                first.conversation_id == Outbound.conversation_id, first.status.in_(waiting),
                (first.next_at >= older_than) | (first.lease_until >= older_than),
            ).exists(),
        ).distinct().limit(limit)  # fmt: skip
        return (
            list((await self.session.execute(inbound)).scalars()),
            list((await self.session.execute(outbound)).scalars()),
        )

    async def count(self, channel: str, lang: str, country: str | None, topic: str | None, outcome: str) -> None:
        """Add one to the anonymous counts."""
        key = {
            "day": utcnow().date(),
            "channel": channel,
            "lang": lang,
            "country": country or "",
            "topic": topic or "",
            "outcome": outcome,
        }
        statement = insert(Tally).values(**key, count=1)
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_={"count": Tally.count + 1})
        )

    # --- erasure

    async def erasable(self, before: dt.datetime) -> list[uuid.UUID]:
        """Conversations to be erased whose last message came before then."""
        query = select(Conversation.id).where(Conversation.pending == ERASED, Conversation.last_inbound_at < before)
        return list((await self.session.execute(query)).scalars())

    async def finish_erasure(self, conversation_id: uuid.UUID, *, unsent: bool = False) -> bool:
        """Erase a person who asked for it; False where they did not, have written again, or a last reply still waits.

        ``unsent``: the replies that wait are given up.

        The lock also keeps webhooks from storing a message for the conversation: they find it gone and make a new one.
        """
        await self._lock_against_messages(conversation_id)
        pending = await self.session.execute(select(Conversation.pending).where(Conversation.id == conversation_id))
        if pending.scalar_one_or_none() != ERASED or await self.next_inbound(conversation_id) is not None:
            return False
        if not unsent and await self.next_outbound(conversation_id) is not None:
            return False  # put there since the caller looked
        await self.erase(conversation_id)
        return True

    async def begin_anew(self, conversation: Conversation, contact: Contact) -> tuple[uuid.UUID, int]:
        """Erase a person who wrote again after asking for it, all but what they wrote since and what must still leave.

        Returns the new conversation and how many messages wait in it: nothing ties it to the old one.
        """
        old, channel, address = conversation.id, conversation.channel, self.address(contact)
        await self._lock_against_messages(old)
        contact.address_index = uuid.uuid4().bytes  # makes room for the new one
        await self.session.flush()
        new = await self.ensure_conversation(channel, address, simulated=conversation.simulated)
        # What must still leave may: the window was opened by this very person.
        await self.session.execute(
            update(Conversation).where(Conversation.id == new).values(last_inbound_at=conversation.last_inbound_at)
        )
        moved = await self.session.execute(
            update(Inbound).where(Inbound.conversation_id == old, Inbound.processed_at.is_(None))
            .values(conversation_id=new).returning(Inbound.id)
        )  # fmt: skip
        await self.session.execute(
            update(Outbound)
            .where(Outbound.conversation_id == old, Outbound.status.in_([Status.QUEUED, Status.SENDING]))
            .values(conversation_id=new, inbound_id=None)
        )
        count = len(moved.all())
        await self.erase(old)
        return new, count

    async def _lock_against_messages(self, conversation_id: uuid.UUID) -> None:
        query = text("select 1 from conversations where id = :id for update")
        await self.session.execute(query, {"id": conversation_id})

    async def drop_orphaned_trackers(self, before: dt.datetime) -> None:
        """Delete trackers that Rasa wrote for a conversation erased meanwhile (it answered after our time-out)."""
        here = select(Conversation.id).where(cast(Conversation.id, String) == RasaTracker.sender_id)
        await self.session.execute(delete(RasaTracker).where(~here.exists(), RasaTracker.updated_at < before))

    async def erase(self, conversation_id: uuid.UUID) -> None:
        """Delete the contact with all that hangs on it, and Rasa's tracker."""
        await self.session.execute(delete(RasaTracker).where(RasaTracker.sender_id == str(conversation_id)))
        contact = select(Conversation.contact_id).where(Conversation.id == conversation_id).scalar_subquery()
        await self.session.execute(delete(Contact).where(Contact.id == contact))
