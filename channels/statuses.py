"""What the provider says of a reply after taking it, and what follows: a closed window holds it, an opt-out counts."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from channels.errors import OptedOut, WindowClosed
from channels.models import Contact, Conversation, Outbound
from channels.outbox import OUTBOUND
from channels.ports import Status, StatusUpdate
from channels.repository import Repository
from helpline import jobs
from helpline.db.base import utcnow
from helpline.privacy import Cipher


async def apply(session: AsyncSession, cipher: Cipher, change: StatusUpdate) -> bool:
    """Move a reply forward; False where there is no such reply yet.

    Twilio takes free text at any time and says only here that WhatsApp's window was closed (63016).
    """
    repository = Repository(session, cipher)
    moved = await repository.apply_status(change)
    if moved is None:
        return False
    row, forward = moved
    if forward and change.status is Status.FAILED:
        conversation = await session.get_one(Conversation, row.conversation_id)
        if change.error == WindowClosed.code and not row.template:
            await hold(repository, conversation, row)
        elif change.error == OptedOut.code:
            await opt_out(repository, conversation)
    return True


async def hold(repository: Repository, conversation: Conversation, row: Outbound) -> None:
    """Keep a reply until the person writes, and send the approved template once."""
    row.status, row.error, row.lease_until, row.provider_id = Status.HELD, WindowClosed.code, None, None
    if not await repository.template_since(conversation.id, conversation.last_inbound_at):
        await repository.add_outbound(
            conversation_id=conversation.id, author="system", lang=row.lang, template=True,
            content={"text": "", "buttons": []},
        )  # fmt: skip
        await jobs.wake(repository.session, OUTBOUND, str(conversation.id))


async def opt_out(repository: Repository, conversation: Conversation) -> None:
    """The person left at the provider: nothing more is sent until they come back."""
    contact = await repository.session.get_one(Contact, conversation.contact_id)
    contact.opted_out_at = utcnow()
    await repository.cancel_waiting(conversation.id)
