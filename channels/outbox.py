"""Put replies in the outbox: rendered for the channel, stored with their wake-up in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from channels.choices import button_payload, new_token
from channels.models import Conversation
from channels.ports import Button, Limits
from channels.render import render
from channels.replies import Reply
from channels.repository import Repository
from helpline import jobs, logs
from helpline.db.base import utcnow
from helpline.privacy import Cipher

OUTBOUND = "outbound"
LOOP_WINDOW = dt.timedelta(minutes=10)

_log = logs.get(__name__)


class Outbox:
    """Adds replies to conversations. ``repeats``: how often the same text may go out in ten minutes."""

    def __init__(self, limits: Mapping[str, Limits], cipher: Cipher, repeats: int) -> None:
        self._limits = limits
        self._cipher = cipher
        self._repeats = repeats

    async def add(
        self, session: AsyncSession, conversation: Conversation, reply: Reply, *, inbound_id: int | None = None,
        author: str = "bot", rest: str = "",
    ) -> int:  # fmt: skip
        """Add ``reply``; returns the number of messages it became (0 where the loop guard held it back).

        ``rest`` is what PLUS / MORE brings after a short form.
        """
        repository = Repository(session, self._cipher)
        limits = self._limits[conversation.channel]
        token = new_token() if reply.options else None
        sent = replace(
            reply, options=tuple(Button(o.label, button_payload(token or "", i)) for i, o in enumerate(reply.options))
        )
        if limits.unit != "sms":
            rest = ""
        parts = render(sent, limits)
        if parts and await repository.repeats(conversation.id, parts[-1].text, utcnow() - LOOP_WINDOW) >= self._repeats:
            _log.warning("loop guard", conversation=str(conversation.id))
            return 0
        for number, part in enumerate(parts, start=1):
            last = number == len(parts)
            content: dict[str, Any] = {"text": part.text, "buttons": [[b.label, b.payload] for b in part.buttons]}
            if last and rest:
                content["rest"] = rest
            await repository.add_outbound(
                conversation_id=conversation.id, inbound_id=inbound_id, author=author, lang=reply.lang, content=content,
                options=[{"label": o.label, "payload": o.payload} for o in reply.options] if last else None,
                menu=token if last else None,
            )  # fmt: skip
            await session.flush()  # one row at a time: their order is the order of sending
        if parts:
            await jobs.wake(session, OUTBOUND, str(conversation.id))
        return len(parts)

    async def wake(self, session: AsyncSession, conversation: Conversation) -> None:
        """Wake delivery for what already stands in the outbox."""
        await jobs.wake(session, OUTBOUND, str(conversation.id))
