"""Saying things: our own texts and the bot's, with the welcome before the first one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from channels.choices import DELETE_NO, DELETE_YES
from channels.outbox import Outbox
from channels.ports import Button
from channels.replies import Reply
from channels.turn import Turn
from channels.wording import Wording
from helpline.db.base import utcnow


@dataclass(frozen=True, slots=True)
class Speech:
    """Puts what is said in a turn into the outbox."""

    wording: Wording
    outbox: Outbox

    async def say(
        self,
        turn: Turn,
        key: str,
        *,
        ask_person: bool = False,
        yes_no: bool = False,
        welcome: bool = True,
        **noted: Any,
    ) -> None:
        """Say our own text ``key``, with a choice of a person or of yes and no, and note what that means."""
        words = self.wording.say(key, turn.lang)
        options: tuple[Button, ...] = ()
        if ask_person:
            options = (Button(self.wording.say("ask_person", turn.lang).text, "/human"),)
        if yes_no:
            options = tuple(
                Button(self.wording.say(answer, turn.lang).text, payload)
                for answer, payload in (("yes", DELETE_YES), ("no", DELETE_NO))
            )
        turn.note(**({"outcome": "clarify"} | noted))
        await self.reply(turn, Reply(words.text, words.short, options, turn.lang), welcome=welcome)

    async def bot_says(self, turn: Turn, says: list[dict[str, Any]]) -> None:
        """Say what the bot gave: ``{text, short, options, rest, lang}`` each."""
        for said in says:
            options = tuple(Button(str(o["label"]), str(o["payload"])) for o in said.get("options") or ())
            rest = str(said.get("rest") or "")
            hint = self.wording.say("more_hint", turn.lang).text if rest else ""
            lang = str(said.get("lang") or turn.lang)
            await self.reply(turn, Reply(str(said["text"]), str(said.get("short") or ""), options, lang, hint), rest)

    async def reply(
        self, turn: Turn, reply: Reply, rest: str = "", *, welcome: bool = True, welcome_last: bool = False
    ) -> None:
        """Put a reply in the outbox; ``rest`` is what PLUS / MORE brings.

        The first reply to a person also says who answers and how to stop: before the rest, or after it in danger
        (``welcome_last``), where nothing may stand before the numbers.
        """
        if welcome and turn.conversation.greeted_at is None:
            turn.conversation.greeted_at = utcnow()
            words = self.wording.say("welcome", turn.lang)
            both = [words.text, reply.text]
            reply = replace(
                reply,
                text="\n\n".join(reversed(both) if welcome_last else both),
                short=f"{reply.short or reply.text}\n{words.short or words.text}",
            )
        await self.outbox.add(turn.session, turn.conversation, reply, inbound_id=turn.inbound.id, rest=rest)
