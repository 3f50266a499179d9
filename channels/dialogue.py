"""One message of one conversation: what the helpline decides itself, and what it asks Rasa.

The order is the safety order: opt-out and deletion, then danger, then the person in charge, then the bot.
Everything up to Rasa works without Rasa.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

import regex
from sqlalchemy.ext.asyncio import AsyncSession

from channels import choices
from channels.models import ERASED, Contact, Conversation, Inbound
from channels.outbox import Outbox
from channels.ports import Button, Kind, Understood
from channels.rasa_client import Bot, BotSays
from channels.replies import Reply
from channels.repository import Repository
from channels.services import CaseDesk, CaseRequest, Danger, DangerDetector, Places
from channels.wording import Wording
from helpline.db.base import utcnow
from helpline.errors import BotAway
from helpline.language import LanguageDetector, requested_language
from helpline.privacy import Cipher, mask_numbers

# Longer messages are read up to here by the detectors and by Rasa; the whole text stays stored for a person.
READ_CHARACTERS = 1500
SURE_LANGUAGE = 0.5
SURE_COUNTRY = 0.3
# The choices under "erase everything?"; Rasa never sees them.
DELETE_YES, DELETE_NO = "/helpline_yes", "/helpline_no"

# The answer to a menu, in any digits; there is no danger in it, whatever a model makes of so little.
_NUMBER = regex.compile(r"[\p{N}\p{P}\p{Z}\p{Cf}]*")


@dataclass(slots=True)
class Turn:
    """A message while it is handled: the rows, the text as read, and what is understood so far."""

    session: AsyncSession
    repository: Repository
    conversation: Conversation
    contact: Contact
    inbound: Inbound
    kind: Kind
    text: str
    payload: str
    understood: Understood

    @property
    def lang(self) -> str:
        """The language of the reply."""
        return self.understood.lang

    def note(self, **values: Any) -> None:
        """Record what was understood."""
        self.understood = replace(self.understood, **values)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Handles messages. Its parts come from the worker's composition root."""

    cipher: Cipher
    bot: Bot
    outbox: Outbox
    wording: Wording
    languages: LanguageDetector
    places: Places
    dangers: DangerDetector
    cases: CaseDesk
    default_country: str = ""

    async def arrived(self, session: AsyncSession, conversation: Conversation, inbound: Inbound) -> None:
        """What a message means also while the bot is away: the window is open, and what was held goes out."""
        conversation.last_inbound_at = max(conversation.last_inbound_at or inbound.received_at, inbound.received_at)
        if await Repository(session, self.cipher).release_held(conversation.id):
            await self.outbox.wake(session, conversation)

    async def handle(
        self, session: AsyncSession, conversation: Conversation, contact: Contact, inbound: Inbound
    ) -> Understood:
        """Handle ``inbound`` inside the caller's transaction and mark it; returns what was understood.

        Raises BotAway where Rasa is needed and does not answer: nothing is then changed but by the caller.
        """
        turn = await self._read(session, conversation, contact, inbound)
        await self._decide(turn)
        conversation.lang, conversation.country = turn.lang, turn.understood.country
        inbound.processed_at = utcnow()
        inbound.understood = as_json(turn.understood)
        return turn.understood

    # --- reading

    async def _read(
        self, session: AsyncSession, conversation: Conversation, contact: Contact, inbound: Inbound
    ) -> Turn:
        content = self.cipher.decrypt_json(inbound.content_enc)
        text = str(content.get("text") or "").replace("\x00", "").strip()[:READ_CHARACTERS]
        payload = str(content.get("payload") or "")
        lang, variety = conversation.lang, "und"
        if text and inbound.kind != Kind.BUTTON:
            seen = self.languages.detect(text)
            variety = seen.variety
            # A control word is no change of language: people type what the helpline or a friend told them to.
            sure = lang is None or (seen.confidence >= SURE_LANGUAGE and self.wording.control(text) is None)
            if seen.reply and sure and not conversation.lang_fixed:
                lang = seen.reply
        if lang is None:
            hint = str(content.get("profile_language") or "")[:2]
            lang = hint if hint in ("fr", "ar", "en") else "fr"
        country = conversation.country or self.default_country or None
        place = self.places.find(text) if text and inbound.kind != Kind.BUTTON else None
        said = place is not None and place.confidence >= SURE_COUNTRY
        if place is not None and said:
            country = place.country
        understood = Understood(
            lang=lang, variety=variety, country=country, extra={"country_said": "yes"} if said else {}
        )
        return Turn(
            session,
            Repository(session, self.cipher),
            conversation,
            contact,
            inbound,
            Kind(inbound.kind),
            text,
            payload,
            understood,
        )

    def language_of(self, inbound: Inbound) -> str:
        """The language to answer ``inbound`` in where the conversation has none yet."""
        return self.languages.detect(str(self.cipher.decrypt_json(inbound.content_enc).get("text") or "")).reply or "fr"

    # --- deciding

    async def _decide(self, turn: Turn) -> None:
        control = self.wording.control(turn.text) if turn.text and not turn.payload else None
        if control in ("optout", "optin", "delete") and await self._obey(turn, control):
            return
        if turn.conversation.pending == "delete" and await self._confirm_delete(turn, control):
            return
        danger = None if _NUMBER.fullmatch(turn.text) else self.dangers.detect(turn.text)
        if danger is not None:
            await self._danger(turn, danger)
            return
        if turn.contact.opted_out_at is not None:
            turn.note(outcome="optout")  # a deliberate silence: they asked for it, and danger was looked for first
            return
        if await self.cases.in_charge(turn.session, turn.conversation.id, turn.inbound.id):
            await self._person_in_charge(turn)
            return
        if control == "more":
            await self._more(turn)
            return
        if turn.kind not in (Kind.TEXT, Kind.BUTTON) and not turn.text:
            await self._say(turn, f"media_{turn.kind}", asks="details", ask_person=True)
            return
        message = await self._chosen(turn)
        if message == DELETE_YES:  # a button from long ago: ask again
            await self._obey(turn, "delete")
            return
        if message == DELETE_NO:
            await self._say(turn, "delete_kept", outcome="smalltalk")
            return
        if message is None and not turn.text:
            await self._say(turn, "empty", asks="details", ask_person=True)
            return
        await self._ask_bot(turn, message)

    async def _obey(self, turn: Turn, control: str) -> bool:
        """Opt-out, opt-in and deletion; False where there is nothing to obey (START from somebody who never left)."""
        conversation, contact = turn.conversation, turn.contact
        if control == "optout":
            if contact.opted_out_at is None:
                contact.opted_out_at = utcnow()
                await turn.repository.cancel_waiting(conversation.id)
                await self._say(turn, "optout_done", outcome="optout")
            turn.note(outcome="optout", closed=True)
            return True
        if control == "optin":
            if contact.opted_out_at is None:
                return False
            contact.opted_out_at = None
            await self._say(turn, "optin_done", outcome="smalltalk")
            return True
        conversation.pending = "delete"
        await self._say(turn, "delete_ask", outcome="delete_data", asks="confirmation", yes_no=True)
        return True

    async def _confirm_delete(self, turn: Turn, control: str | None) -> bool:
        """The answer to "erase everything?"; anything but yes or no drops the question and goes on."""
        answer = control
        if (chosen := await self._chosen(turn)) is not None:
            answer = {DELETE_YES: "yes", DELETE_NO: "no"}.get(chosen, answer)
        turn.conversation.pending = None
        if answer == "yes":
            await self._say(turn, "delete_done", outcome="delete_data")
            turn.conversation.pending = ERASED  # delivery erases once this last message has left
            turn.note(closed=True)
            return True
        if answer == "no":
            await self._say(turn, "delete_kept", outcome="smalltalk")
            return True
        return False

    async def _danger(self, turn: Turn, danger: Danger) -> None:
        """Answer danger at once, with the numbers, and call a person; also for those who opted out."""
        turn.note(urgent=danger.id, urgent_why=danger.why, outcome="human", handoff=True, topic="emergency")
        fresh = await self.cases.open(
            turn.session,
            CaseRequest(
                turn.conversation.id,
                "urgent",
                "urgent",
                turn.inbound.id,
                "emergency",
                danger.id,
                turn.lang,
                turn.understood.country,
            ),
        )
        if not fresh and await turn.repository.answered_urgent(turn.conversation.id, turn.inbound.id):
            await self._say(turn, "urgent_case")
            return
        words, numbers = self.wording.say("urgent", turn.lang), self.dangers.numbers(turn.understood.country, turn.lang)
        await self._reply(
            turn,
            Reply(f"{words.text}\n\n{numbers.text}", f"{words.short or words.text}\n{numbers.short}", (), turn.lang),
        )

    async def _person_in_charge(self, turn: Turn) -> None:
        """The bot is silent; what was sent waits for the person, and files join the case.

        Opt-out and deletion are still obeyed in any wording, where Rasa is there to understand it.
        """
        if turn.text and turn.kind == Kind.TEXT and await self._leaves(turn):
            return
        turn.note(outcome="human", handoff=True)
        if turn.kind not in (Kind.TEXT, Kind.BUTTON):
            await self.cases.attach(turn.session, turn.conversation.id, turn.inbound.id, turn.kind)
            if not turn.text:
                await self._say(turn, "media_attached", outcome="human")

    async def _leaves(self, turn: Turn) -> bool:
        """Whether the message asks, in its own words, to be left alone or forgotten; then that is done."""
        try:
            says = await self._turn_of_bot(turn, without_command(mask_numbers(turn.text)) or "?")
        except BotAway:
            return False  # the person in charge reads it
        wanted = str((says.control or {}).get("name"))
        if wanted not in ("optout", "delete_data"):
            return False
        return await self._obey(turn, "delete" if wanted == "delete_data" else wanted)

    async def _more(self, turn: Turn) -> None:
        """The rest of the last answer."""
        for row in await turn.repository.last_replies(turn.conversation.id, 4):
            content = self.cipher.decrypt_json(row.content_enc)
            rest = content.pop("rest", None)
            if rest:
                row.content_enc = self.cipher.encrypt_json(content)  # said once
                turn.note(outcome="answer", topic=await turn.repository.last_understood(turn.conversation.id, "topic"))
                await self._reply(turn, Reply(str(rest), "", (), row.lang))
                return
        await self._say(turn, "more_none", outcome="clarify", ask_person=True)

    async def _chosen(self, turn: Turn) -> str | None:
        """The payload of the choice that the message makes, or None."""
        conversation = turn.conversation.id
        if turn.payload and (pressed := choices.parse_button(turn.payload)):
            row = await turn.repository.menu(conversation, pressed[0])
            options = self.cipher.decrypt_json(row.options_enc) if row is not None and row.options_enc else []
            if pressed[1] < len(options):
                return str(options[pressed[1]]["payload"])
        if turn.text:
            rows = await turn.repository.last_replies(conversation, 8)
            menus = [self.cipher.decrypt_json(row.options_enc) for row in rows if row.options_enc]
            if turn.conversation.pending != "delete":  # "yes" to another question must not find this one again
                menus = [menu for menu in menus if menu[0]["payload"] != DELETE_YES]
            return choices.by_words(turn.text, menus)
        return None

    # --- Rasa

    async def _ask_bot(self, turn: Turn, chosen: str | None) -> None:
        asked = requested_language(turn.text) if turn.text and chosen is None else None
        if asked:
            turn.note(lang=asked)
        message = chosen or without_command(mask_numbers(turn.text)) or "?"
        says = await self._turn_of_bot(turn, message, asked)
        if says.control is not None:
            await self._bot_control(turn, says, asked)
            return
        await self._bot_says(turn, says)

    async def _turn_of_bot(self, turn: Turn, message: str, asked: str | None = None) -> BotSays:
        metadata = {
            "lang": turn.lang, "country": turn.understood.country, "requested_lang": asked,
            "country_said": "country_said" in turn.understood.extra, "first": turn.conversation.greeted_at is None,
            "channel": turn.conversation.channel.removeprefix("sim-"), "inbound": str(turn.inbound.id),
        }  # fmt: skip
        if message.startswith("/"):
            message = with_context(message, turn.lang, turn.understood.country)
        return await self.bot.turn(str(turn.conversation.id), message, metadata)

    async def _bot_control(self, turn: Turn, says: BotSays, asked: str | None) -> None:
        """What Rasa understood as a control, carried out here, where the truth is."""
        control = says.control or {}
        name = str(control.get("name"))
        if name in ("optout", "optin", "delete_data"):
            if not await self._obey(turn, "delete" if name == "delete_data" else name):
                await self._say(turn, "optin_done", outcome="smalltalk")
        elif name == "more":
            await self._more(turn)
        elif name == "change_language":
            await self._change_language(turn, str(control.get("lang") or asked or ""))
        else:
            await self._bot_says(turn, says)

    async def _change_language(self, turn: Turn, lang: str) -> None:
        """Go on in ``lang``, and say the last answer again in it."""
        if lang in ("fr", "ar", "en"):
            turn.note(lang=lang)
            turn.conversation.lang_fixed = True
        await self._say(turn, "language_set", outcome="change_language")
        article = await turn.repository.last_understood(turn.conversation.id, "article")
        if article:
            again = await self._turn_of_bot(turn, f'/choose{{"article":"{article}"}}')
            for say in again.says:
                await self._reply(turn, self._as_reply(say, turn.lang), rest=str(say.get("rest") or ""))

    async def _bot_says(self, turn: Turn, says: BotSays) -> None:
        known = {key: value for key, value in says.turn.items() if key in _TURN_KEYS and value is not None}
        if "options" in known:
            known["options"] = tuple(str(option) for option in known["options"])
        turn.note(**known)
        for say in says.says:
            await self._reply(turn, self._as_reply(say, turn.lang), rest=str(say.get("rest") or ""))

    def _as_reply(self, say: dict[str, Any], lang: str) -> Reply:
        options = tuple(Button(str(o["label"]), str(o["payload"])) for o in say.get("options") or ())
        hint = self.wording.say("more_hint", lang).text if say.get("rest") else ""
        return Reply(str(say["text"]), str(say.get("short") or ""), options, str(say.get("lang") or lang), hint)

    # --- saying

    async def _say(self, turn: Turn, key: str, *, ask_person: bool = False, yes_no: bool = False, **noted: Any) -> None:
        """Say one of our own texts, with a choice of a person or of yes and no."""
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
        await self._reply(turn, Reply(words.text, words.short, options, turn.lang))

    async def _reply(self, turn: Turn, reply: Reply, rest: str = "") -> None:
        """Put a reply in the outbox, with the welcome before the first one."""
        if turn.conversation.greeted_at is None:
            turn.conversation.greeted_at = utcnow()
            welcome = self.wording.say("welcome", turn.lang)
            reply = replace(
                reply,
                text=f"{welcome.text}\n\n{reply.text}",
                short=f"{reply.short or reply.text}\n{welcome.short or welcome.text}",
            )
        await self.outbox.add(turn.session, turn.conversation, reply, inbound_id=turn.inbound.id, rest=rest)


_TURN_KEYS = frozenset(
    {"intent", "topic", "article", "country", "confidence", "outcome", "options", "asks", "handoff", "closed"}
)


def with_context(payload: str, lang: str, country: str | None) -> str:
    """``/intent{json}`` with the turn's language and country inside, as Rasa's entities; a payload's own values win."""
    intent, brace, rest = payload.partition("{")
    values: dict[str, Any] = {"lang": lang} | ({"country": country} if country else {})
    values |= json.loads(brace + rest) if brace else {}
    return intent + json.dumps(values, ensure_ascii=False)


def without_command(text: str) -> str:
    """``text`` as words for Rasa, which strips white space and takes what then begins with / as a command."""
    while text[:1] == "/" or text[:1].isspace():
        text = text[1:]
    return text


def as_json(understood: Understood) -> dict[str, object]:
    """What is stored of a turn: set values only."""
    values = {name: getattr(understood, name) for name in Understood.__slots__}
    kept = {name: value for name, value in values.items() if value not in (None, "", (), {}, False)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def waiting_since(inbound: Inbound) -> dt.timedelta:
    """How long a message has waited."""
    return utcnow() - inbound.received_at
