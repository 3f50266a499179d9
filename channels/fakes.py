"""A dialogue server for tests: scripted answers, can be away, remembers what it was told."""

from __future__ import annotations

import json
from typing import Any

from channels.rasa_client import BotSays
from helpline.errors import BotAway


class FakeBot:
    """Answers ``answers[message]``, else that it heard the message; ``turns`` holds (conversation, message, metadata).

    ``away``: every turn raises BotAway. ``failing``: a turn with one of these messages does. An exception among
    ``answers`` is raised.
    """

    def __init__(self) -> None:
        self.answers: dict[str, BotSays | Exception] = {}
        self.turns: list[tuple[str, str, dict[str, Any]]] = []
        self.away = False
        self.failing: set[str] = set()
        self.closed = False

    @property
    def heard(self) -> list[str]:
        """The messages of all turns, in order; commands without their JSON."""
        return [message.partition("{")[0] if message.startswith("/") else message for _, message, _ in self.turns]

    def will_say(self, message: str, text: str, *, options: dict[str, str] | None = None, **says: Any) -> None:
        """Answer ``message`` with ``text`` and ``options`` (label to payload); ``turn``, ``control`` as in BotSays."""
        turn, control = says.pop("turn", {}), says.pop("control", None)
        choices = [{"label": label, "payload": payload} for label, payload in (options or {}).items()]
        said = [{"text": text, "options": choices, **says}] if text else []
        self.answers[message] = BotSays(said, {"outcome": "answer", "confidence": 0.9, **turn}, control)

    async def turn(self, conversation: str, message: str, metadata: dict[str, Any]) -> BotSays:
        """The scripted answer; raises BotAway."""
        if self.away or message in self.failing:
            raise BotAway("FakeBot")
        self.turns.append((conversation, message, json.loads(json.dumps(metadata))))
        said = self.answers.get(message, self.answers.get(self.heard[-1]))
        if isinstance(said, Exception):
            raise said
        return said or BotSays([{"text": f"heard: {message}"}], {"outcome": "answer", "confidence": 0.9})

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
