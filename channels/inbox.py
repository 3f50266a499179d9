"""Store first: what a webhook brought is in the database, with its wake-up, before it is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from channels import statuses
from channels.ports import Event, Incoming, StatusUpdate, Subscription
from channels.repository import Repository
from helpline import jobs
from helpline.privacy import Cipher

INBOUND = "inbound"


def content_of(message: Incoming) -> dict[str, Any]:
    """What of a message is kept (encrypted): text, payload, media references, place."""
    content: dict[str, Any] = {"text": message.text}
    if message.payload:
        content["payload"] = message.payload
    if message.media:
        content["media"] = [
            {"kind": m.kind, "reference": m.reference, "type": m.content_type, "size": m.size} for m in message.media
        ]
    if message.location:
        content["location"] = list(message.location)
    if message.profile_language:
        content["profile_language"] = message.profile_language
    return content


async def store(
    session: AsyncSession, cipher: Cipher, events: Sequence[Event], *, simulated: bool = False
) -> list[int]:
    """Store ``events`` in the session's transaction and enqueue their wake-ups.

    Returns the ids of the messages that are new; a message that came before is left alone.
    """
    repository = Repository(session, cipher)
    fresh: list[int] = []
    for event in events:
        match event:
            case Incoming():
                conversation = await repository.ensure_conversation(event.channel, event.address, simulated=simulated)
                stored = await repository.store_inbound(
                    conversation, event.provider_id, event.kind, content_of(event), edited=event.edited
                )
                if stored is not None:
                    fresh.append(stored)
                    await jobs.wake(session, INBOUND, str(conversation))
            case StatusUpdate():
                if not await statuses.apply(session, cipher, event):
                    await repository.keep_early(event)
            case Subscription():
                await repository.set_opted_out(event.channel, event.address, event.blocked)
    return fresh
