"""``action_answer``: one search, one approved answer, or choices, or the offer of a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import Asked, message, payload
from helpline.wording import Texts
from knowledge.search import Answer, Found, Outcome, Search

Events = list[dict[str, Any]]
COUNTRIES = ("MA", "DZ", "TN", "LY", "MR")


class Finder(Protocol):
    """The live search."""

    @property
    def now(self) -> Search:
        """The search of this moment."""
        ...

    async def find(self, text: str, lang: str, country: str | None) -> Found:
        """What to say to ``text``."""
        ...


class AnswerAction(Action):
    """Answers a question, a choice of subject or of country, and "which subjects are there?"."""

    def __init__(self, search: Finder, texts: Texts, country_label: Callable[[str, str], str]) -> None:
        self._search = search
        self._texts = texts
        self._country_label = country_label

    def name(self) -> str:
        """The action's name in Rasa's domain."""
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say the answer; slots out: the question that waits for a country, what was asked, misses in a row."""
        asked = Asked.of(tracker)
        search = self._search.now
        if asked.article or asked.topic:
            chosen = search.of_article(asked.article, asked.lang, asked.country) if asked.article else None
            chosen = chosen or (search.of_topic(asked.topic, asked.lang, asked.country) if asked.topic else None)
            if chosen is None:
                return self._no_answer(dispatcher, asked, Found(Outcome.NO_ANSWER, 0.0, asked.topic))
            return self._answer(dispatcher, asked, chosen, None)
        if asked.phase:
            return self._phase(dispatcher, asked, search.of_phase(asked.phase))
        text = asked.question if asked.intent == "inform_country" and asked.question else asked.text
        if text.startswith("/"):
            return self._say(dispatcher, asked, "no_question", outcome="clarify", asks="details")
        found = await self._search.find(text, asked.lang, asked.country)
        match found.outcome:
            case Outcome.ANSWER if found.answer is not None:
                return self._answer(dispatcher, asked, found.answer, found.confidence, text, found.choices)
            case Outcome.CLARIFY:
                return self._clarify(dispatcher, asked, found)
            case Outcome.OUT_OF_SCOPE:
                near = self._subjects(found.choices, asked.lang)
                self._say(
                    dispatcher, asked, "out_of_scope", near, outcome="out_of_scope",
                    options=list(found.choices) or None, confidence=round(found.confidence, 3),
                )  # fmt: skip
                return [SlotSet("asked", None)]
        return self._no_answer(dispatcher, asked, found)

    def _answer(
        self,
        dispatcher: CollectingDispatcher,
        asked: Asked,
        answer: Answer,
        confidence: float | None,
        question: str | None = None,
        others: tuple[str, ...] = (),
    ) -> Events:
        """The answer; where its law depends on a country that is not known, also the question for it.

        ``others``: subjects that it may have been about instead; offered below the answer.
        """
        body, short, rest = answer.body, answer.short, answer.body
        options: list[tuple[str, str]] = []
        asks = None
        if answer.asks_country:
            asks = "country"
            words = self._texts.say("ask_country", asked.lang)
            body, short = f"{body}\n\n{words.text}", f"{short}\n{words.short}"
            options = [
                (self._country_label(country, asked.lang), payload("choose", topic=answer.topic, country=country))
                for country in COUNTRIES
            ]
        elif answer.always_person:
            words = self._texts.say("always_person", asked.lang)
            body = f"{body}\n\n{words.text}"
            options = [(self._texts.say("person", asked.lang).text, payload("human"))]
        if others:
            words = self._texts.say("other_subject", asked.lang)
            body, short = f"{body}\n\n{words.text}", f"{short}\n{words.short}"
            options += self._subjects(others, asked.lang)
        said = message(
            body,
            short,
            lang=answer.lang,
            options=options,
            rest=rest,
            outcome="answer",
            topic=answer.topic,
            article=answer.article,
            country=asked.country,
            confidence=None if confidence is None else round(confidence, 3),
            asks=asks,
        )
        if others:
            said["turn"]["options"] = list(others)
        dispatcher.utter_message(json_message=said)
        return [SlotSet("question", question if asks else None), SlotSet("asked", asks), SlotSet("failures", 0.0)]

    def _clarify(self, dispatcher: CollectingDispatcher, asked: Asked, found: Found) -> Events:
        """Two or three subjects to choose from, and a person."""
        options = self._subjects(found.choices, asked.lang)
        options.append((self._texts.say("person", asked.lang).text, payload("human")))
        self._say(
            dispatcher, asked, "clarify", options, outcome="clarify", options=list(found.choices), asks="details",
            confidence=round(found.confidence, 3),
        )  # fmt: skip
        return [SlotSet("asked", "clarify"), SlotSet("failures", float(asked.failures + 1))]

    def _no_answer(self, dispatcher: CollectingDispatcher, asked: Asked, found: Found) -> Events:
        """Honest: nothing approved to say; the nearest subjects and a person."""
        options = [(self._texts.say("person", asked.lang).text, payload("human"))]
        options += self._subjects(found.choices, asked.lang)
        self._say(
            dispatcher, asked, "no_answer", options, outcome="clarify", topic=found.topic,
            options=list(found.choices) or None, confidence=round(found.confidence, 3), asks="details",
        )  # fmt: skip
        return [SlotSet("asked", "human"), SlotSet("failures", float(asked.failures + 1))]

    def _phase(self, dispatcher: CollectingDispatcher, asked: Asked, topics: tuple[str, ...]) -> Events:
        """The subjects of a phase."""
        options = self._subjects(topics[:9], asked.lang)
        self._say(
            dispatcher, asked, "phase", options, outcome="clarify", options=list(topics[:9]) or None, asks="details"
        )
        return [SlotSet("asked", "clarify")]

    def _subjects(self, topics: tuple[str, ...], lang: str) -> list[tuple[str, str]]:
        """Subjects as choices: their names in ``lang``, and what choosing one tells Rasa."""
        names = self._search.now.topics
        return [(names.label(topic, lang), payload("choose", topic=topic)) for topic in topics]

    def _say(
        self,
        dispatcher: CollectingDispatcher,
        asked: Asked,
        key: str,
        choices: list[tuple[str, str]] | None = None,
        **turn: Any,
    ) -> Events:
        words = self._texts.say(key, asked.lang)
        said = message(words.text, words.short, lang=asked.lang, options=choices or ())
        said["turn"] = {name: value for name, value in turn.items() if value is not None}
        dispatcher.utter_message(json_message=said)
        return []
