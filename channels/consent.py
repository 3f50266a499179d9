"""To be left alone, to come back, to be forgotten: obeyed at once, on every channel, without the bot."""

from __future__ import annotations

from dataclasses import dataclass

from channels.choices import DELETE_NO, DELETE_YES
from channels.models import ERASED
from channels.speech import Speech
from channels.turn import Turn
from helpline.db.base import utcnow


@dataclass(frozen=True, slots=True)
class Consent:
    """Carries out opt-out, opt-in and deletion."""

    speech: Speech

    async def obey(self, turn: Turn, control: str) -> bool:
        """Obey ``optout``, ``optin`` or ``delete``; False where there is nothing to obey."""
        conversation, contact = turn.conversation, turn.contact
        if control == "optout":
            if contact.opted_out_at is None:
                contact.opted_out_at = utcnow()
                await turn.repository.cancel_waiting(conversation.id)
                await self.speech.say(turn, "optout_done", outcome="optout", welcome=False)
            turn.note(outcome="optout", closed=True)
            return True
        if control == "optin":
            if contact.opted_out_at is None:
                return False
            contact.opted_out_at = None
            await self.speech.say(turn, "optin_done", outcome="smalltalk")
            return True
        conversation.pending = "delete"
        await self.speech.say(
            turn, "delete_ask", outcome="delete_data", asks="confirmation", yes_no=True, welcome=False
        )
        return True

    async def confirm_delete(self, turn: Turn, control: str | None, chosen: str | None) -> bool:
        """The answer to "erase everything?"; anything but yes or no drops the question and goes on."""
        answer = {DELETE_YES: "yes", DELETE_NO: "no"}.get(chosen or "", control)
        turn.conversation.pending = None
        if answer == "yes":
            await self.speech.say(turn, "delete_done", outcome="delete_data", welcome=False)
            turn.conversation.pending = ERASED  # delivery erases once this last message has left
            turn.note(closed=True)
            return True
        if answer == "no":
            await self.speech.say(turn, "delete_kept", outcome="smalltalk")
            return True
        return False
