"""One message of one conversation: what the helpline decides itself, and what it asks Rasa.

The order is the safety order: opt-out and deletion, then danger, then the person in charge, then the bot.
Everything up to Rasa works without Rasa.
"""

from __future__ import annotations

import regex
from sqlalchemy.ext.asyncio import AsyncSession

from channels import choices
from channels.bot_turns import BotTurns
from channels.choices import DELETE_NO, DELETE_YES
from channels.consent import Consent
from channels.models import Contact, Conversation, Inbound
from channels.outbox import Outbox
from channels.ports import Kind, Understood
from channels.rasa_client import Bot
from channels.replies import Reply
from channels.repository import Repository
from channels.services import CaseDesk, CaseRequest, Danger, DangerDetector, Places
from channels.speech import Speech
from channels.turn import Reader, Turn, as_json
from channels.wording import Wording
from helpline.db.base import utcnow
from helpline.language import LanguageDetector
from helpline.privacy import Cipher

# The answer to a menu, in any digits; there is no danger in it, whatever a model makes of so little.
_NUMBER = regex.compile(r"[\p{N}\p{P}\p{Z}\p{Cf}]*")


class Dialogue:
    """Handles messages. Its parts come from the worker's composition root."""

    def __init__(
        self,
        *,
        cipher: Cipher,
        bot: Bot,
        outbox: Outbox,
        wording: Wording,
        languages: LanguageDetector,
        places: Places,
        dangers: DangerDetector,
        cases: CaseDesk,
        default_country: str = "",
    ) -> None:
        self.cipher, self.outbox, self.wording, self.dangers, self.cases = cipher, outbox, wording, dangers, cases
        self.reader = Reader(cipher, wording, languages, places, default_country)
        self._speech = Speech(wording, outbox)
        self._consent = Consent(self._speech)
        self._bot = BotTurns(bot, cipher, self._speech, self._consent)

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
        turn = self.reader.read(session, conversation, contact, inbound)
        await self._decide(turn)
        conversation.lang, conversation.country = turn.lang, turn.understood.country
        inbound.processed_at = utcnow()
        inbound.understood = as_json(turn.understood)
        return turn.understood

    async def _decide(self, turn: Turn) -> None:
        control = self.wording.control(turn.text) if turn.text and not turn.payload else None
        if control in ("optout", "optin", "delete") and await self._consent.obey(turn, control):
            return
        if turn.conversation.pending == "delete":
            chosen = await self._chosen(turn)
            if await self._consent.confirm_delete(turn, control, chosen):
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
            await self._bot.more(turn)
            return
        if turn.kind not in (Kind.TEXT, Kind.BUTTON) and not turn.text:
            await self._speech.say(turn, f"media_{turn.kind}", asks="details", ask_person=True)
            return
        message = await self._chosen(turn)
        if message == DELETE_YES:  # a button from long ago: ask again
            await self._consent.obey(turn, "delete")
            return
        if message == DELETE_NO:
            await self._speech.say(turn, "delete_kept", outcome="smalltalk")
            return
        if message is None and not turn.text:
            await self._speech.say(turn, "empty", asks="details", ask_person=True)
            return
        await self._bot.ask(turn, message)

    async def _danger(self, turn: Turn, danger: Danger) -> None:
        """Answer danger at once, with the numbers, and call a person; also for those who opted out."""
        turn.note(urgent=danger.id, urgent_why=danger.why, outcome="human", handoff=True, topic=danger.topic)
        fresh = await self.cases.open(
            turn.session,
            CaseRequest(
                turn.conversation.id,
                "urgent",
                "urgent",
                turn.inbound.id,
                danger.topic,
                danger.id,
                turn.lang,
                turn.understood.country,
            ),
        )
        if not fresh and await turn.repository.answered_urgent(turn.conversation.id, turn.inbound.id):
            await self._speech.say(turn, "urgent_case")
            return
        words, numbers = (
            self.wording.say("urgent", turn.lang),
            self.dangers.numbers(turn.understood.country, turn.lang, danger.id),
        )
        await self._speech.reply(
            turn,
            Reply(f"{words.text}\n\n{numbers.text}", f"{words.short or words.text}\n{numbers.short}", (), turn.lang),
            welcome_last=True,
        )

    async def _person_in_charge(self, turn: Turn) -> None:
        """The bot is silent; what was sent waits for the person, and files join the case.

        Opt-out and deletion are still obeyed in any wording, where Rasa is there to understand it.
        """
        if turn.text and turn.kind == Kind.TEXT and await self._bot.leaves(turn):
            return
        turn.note(outcome="human", handoff=True)
        if turn.kind not in (Kind.TEXT, Kind.BUTTON):
            await self.cases.attach(turn.session, turn.conversation.id, turn.inbound.id, turn.kind)
            if not turn.text:
                await self._speech.say(turn, "media_attached", outcome="human")

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
