"""What Rasa tells an action, read once; and what an action says, in the form that the dialogue reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn as Rasa saw it. ``text`` is masked; ``question`` is the last one that still waits for a country."""

    conversation: str
    inbound: int | None
    intent: str
    text: str
    lang: str
    country: str | None
    topic: str | None
    article: str | None
    phase: str | None
    question: str | None
    failures: int

    @classmethod
    def of(cls, tracker: Tracker) -> Asked:
        """The turn in ``tracker``."""
        message = tracker.latest_message or {}
        metadata = message.get("metadata") or {}
        entities = {e["entity"]: e["value"] for e in message.get("entities") or []}
        inbound = str(metadata.get("inbound") or "")
        return cls(
            conversation=str(tracker.sender_id),
            inbound=int(inbound) if inbound.isdigit() else None,
            intent=str((message.get("intent") or {}).get("name") or ""),
            text=str(message.get("text") or ""),
            lang=str(tracker.get_slot("lang") or "fr"),
            country=tracker.get_slot("country"),
            topic=entities.get("topic"),
            article=entities.get("article"),
            phase=entities.get("phase"),
            question=tracker.get_slot("question"),
            failures=int(tracker.get_slot("failures") or 0),
        )


def payload(intent: str, **values: str) -> str:
    """A choice's payload for Rasa: ``/intent{json}``."""
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}" if values else f"/{intent}"


def message(
    text: str,
    short: str = "",
    *,
    lang: str,
    options: Sequence[tuple[str, str]] = (),
    rest: str = "",
    **turn: Any,
) -> dict[str, Any]:
    """What the dialogue reads: a text with (label, payload) choices, and ids of what was understood."""
    say = {
        "text": text,
        "short": short,
        "lang": lang,
        "options": [{"label": label, "payload": chosen} for label, chosen in options],
    }
    if rest:
        say["rest"] = rest
    return {"say": say, "turn": {key: value for key, value in turn.items() if value is not None}}
