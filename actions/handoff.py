"""``action_handoff``: a person was asked for; the case is open before the worker is told so."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import Asked, message
from helpline.wording import Texts

# (conversation, reason, message id, topic, language, country) -> None, in a transaction of its own
OpenCase = Callable[[uuid.UUID, str, int | None, str | None, str, str | None], Awaitable[None]]


class HandoffAction(Action):
    """Opens a case and says what happens next."""

    def __init__(self, open_case: OpenCase, texts: Texts) -> None:
        self._open_case = open_case
        self._texts = texts

    def name(self) -> str:
        """The action's name in Rasa's domain."""
        return "action_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Open the case, then say so; raises where it cannot be opened, so that the message is tried again."""
        asked = Asked.of(tracker)
        await self._open_case(
            uuid.UUID(asked.conversation), "asked", asked.inbound, tracker.get_slot("topic"), asked.lang, asked.country
        )
        words = self._texts.say("handoff", asked.lang)
        dispatcher.utter_message(
            json_message=message(words.text, words.short, lang=asked.lang, outcome="human", handoff=True)
        )
        return [SlotSet("asked", None), SlotSet("failures", 0.0)]
