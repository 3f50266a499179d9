"""Turns what the helpline knows about the sender into entities, so that slots mirror its database.

The worker posts language and country as metadata with each turn; from_entity mappings fill the slots
without a call to the action server. A null leaves the slot as it is.

Rasa's RegexMessageHandler, which it puts behind the pipeline, replaces a `/intent{json}` message by a
new one with the entities of its json only. For those messages the values are written into the json
before it gets there; a value that the button itself carries wins.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

LANGUAGES = ("fr", "ar", "en")
NOT_SAID = "none"  # a turn that asks for no language must not find the last turn's wish in the slot
_COUNTRY = re.compile(r"[A-Z]{2}")
_BUTTON = re.compile(r"\s*/(?P<intent>\w+)\s*(?P<json>\{.*\})?\s*", re.DOTALL)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TurnContext(GraphComponent):
    """Entities lang, country, requested_lang and country_said from the message's metadata."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TurnContext:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            values = turn_values(message.get("metadata"))
            text = message.get(TEXT) or ""
            if text.lstrip().startswith("/"):
                message.set(TEXT, with_values(text, values))
            found = [
                {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "TurnContext"}
                for name, value in values.items()
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def turn_values(metadata: Optional[Dict[Text, Any]]) -> Dict[Text, Any]:
    """What the metadata says, checked; nothing at all for a message without metadata."""
    if not isinstance(metadata, dict) or not metadata:
        return {}
    values: Dict[Text, Any] = {}
    if metadata.get("lang") in LANGUAGES:
        values["lang"] = metadata["lang"]
    country = metadata.get("country")
    if isinstance(country, str) and _COUNTRY.fullmatch(country):
        values["country"] = country
    requested = metadata.get("requested_lang")
    values["requested_lang"] = requested if requested in LANGUAGES else NOT_SAID
    values["country_said"] = metadata.get("country_said") is True
    return values


def with_values(text: Text, values: Dict[Text, Any]) -> Text:
    """`/intent{json}` with the missing values added to its json; any other text unchanged."""
    found = _BUTTON.fullmatch(text)
    if not found:
        return text
    try:
        given = json.loads(found["json"] or "{}")
    except ValueError:
        return text
    return f"/{found['intent']}{json.dumps({**values, **given})}"
