"""What the bot makes of a message: one turn of Rasa, and what it asks the worker to do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from channels.consent import Consent
from channels.rasa_client import Bot, BotSays
from channels.replies import Reply
from channels.speech import Speech
from channels.turn import Turn
from helpline.errors import BotAway
from helpline.language import named_language, requested_language
from helpline.privacy import Cipher, mask_numbers

_TURN_KEYS = frozenset(
    {"intent", "topic", "article", "country", "confidence", "outcome", "options", "asks", "handoff", "closed"}
)


@dataclass(frozen=True, slots=True)
class BotTurns:
    """Asks the bot and carries out its answer."""

    bot: Bot
    cipher: Cipher
    speech: Speech
    consent: Consent

    async def ask(self, turn: Turn, chosen: str | None) -> None:
        """Give the message, or the payload ``chosen`` from a menu, to the bot; raises BotAway."""
        asked = requested_language(turn.text) if turn.text and chosen is None else None
        if asked:
            turn.note(lang=asked)
        named = asked or (named_language(turn.text) if turn.text and chosen is None else None)
        says = await self._say_to_bot(turn, chosen or words(turn.text), named)
        if says.turn.get("greeting") and turn.conversation.greeted_at is None:
            await self.speech.say(turn, "first_question", outcome="smalltalk", asks="details")  # one greeting is enough
            return
        if says.control is None or not await self._control(turn, says.control, asked):
            known = {key: value for key, value in says.turn.items() if key in _TURN_KEYS and value is not None}
            if "options" in known:
                known["options"] = tuple(str(option) for option in known["options"])
            turn.note(**known)
            await self.speech.bot_says(turn, says.says)

    async def leaves(self, turn: Turn) -> bool:
        """Whether the message asks, in its own words, to be left alone or forgotten; then that is done.

        For conversations that a person has: the bot is heard, not spoken.
        """
        try:
            says = await self._say_to_bot(turn, words(turn.text), None)
        except BotAway:
            return False  # the person in charge reads it
        wanted = str((says.control or {}).get("name"))
        if wanted not in ("optout", "delete_data"):
            return False
        return await self.consent.obey(turn, "delete" if wanted == "delete_data" else wanted)

    async def more(self, turn: Turn) -> None:
        """The rest of the last answer, once."""
        for row in await turn.repository.last_replies(turn.conversation.id, 4):
            content = self.cipher.decrypt_json(row.content_enc)
            rest = content.pop("rest", None)
            if rest:
                row.content_enc = self.cipher.encrypt_json(content)  # said once
                turn.note(outcome="answer", topic=await turn.repository.last_understood(turn.conversation.id, "topic"))
                await self.speech.reply(turn, Reply(str(rest), "", (), row.lang))
                return
        await self.speech.say(turn, "more_none", outcome="clarify", ask_person=True)

    async def _say_to_bot(self, turn: Turn, message: str, asked: str | None) -> BotSays:
        metadata = {
            "lang": turn.lang, "country": turn.understood.country, "requested_lang": asked,
            "country_said": "country_said" in turn.understood.extra, "first": turn.conversation.greeted_at is None,
            "channel": turn.conversation.channel.removeprefix("sim-"), "inbound": str(turn.inbound.id),
        }  # fmt: skip
        if message.startswith("/"):
            message = with_context(message, turn.lang, turn.understood.country)
        return await self.bot.turn(str(turn.conversation.id), message, metadata)

    async def _control(self, turn: Turn, control: dict[str, Any], asked: str | None) -> bool:
        """What Rasa understood as a control, carried out here, where the truth is; False for one that is not known."""
        name = str(control.get("name"))
        if name in ("optout", "optin", "delete_data"):
            if not await self.consent.obey(turn, "delete" if name == "delete_data" else name):
                await self.speech.say(turn, "optin_done", outcome="smalltalk")
        elif name == "more":
            await self.more(turn)
        elif name == "change_language":
            await self._change_language(turn, str(control.get("lang") or asked or ""))
        else:
            return False
        return True

    async def _change_language(self, turn: Turn, lang: str) -> None:
        """Go on in ``lang``, and say the last answer again in it."""
        if lang in ("fr", "ar", "en"):
            turn.note(lang=lang)
            turn.conversation.lang_fixed = True
        await self.speech.say(turn, "language_set", outcome="change_language")
        article = await turn.repository.last_understood(turn.conversation.id, "article")
        if article:
            again = await self._say_to_bot(turn, f'/choose{{"article":"{article}"}}', None)
            await self.speech.bot_says(turn, again.says)


def words(text: str) -> str:
    """``text`` as Rasa may see it: numbers masked, and never a command (Rasa takes a leading / as one)."""
    masked = mask_numbers(text)
    while masked[:1] == "/" or masked[:1].isspace():
        masked = masked[1:]
    return masked or "?"


def with_context(payload: str, lang: str, country: str | None) -> str:
    """``/intent{json}`` with the turn's language and country inside, as Rasa's entities; a payload's own values win."""
    intent, brace, rest = payload.partition("{")
    values: dict[str, Any] = {"lang": lang} | ({"country": country} if country else {})
    values |= json.loads(brace + rest) if brace else {}
    return intent + json.dumps(values, ensure_ascii=False)
