"""One turn of Rasa over its REST channel."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from helpline.errors import BotAway


@dataclass(frozen=True, slots=True)
class BotSays:
    """What one turn of the bot gave.

    ``says``: texts in order, each ``{text, short, options: [{label, payload}], more}``. ``turn``: what was understood
    (ids only). ``control``: what the worker shall do itself (``{name: optout, …}``), or None.
    """

    says: list[dict[str, Any]] = field(default_factory=list)
    turn: dict[str, Any] = field(default_factory=dict)
    control: dict[str, Any] | None = None


class Bot(Protocol):
    """The dialogue server."""

    async def turn(self, conversation: str, message: str, metadata: dict[str, Any]) -> BotSays:
        """Say ``message`` in ``conversation``; raises BotAway."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class RasaBot:
    """Rasa 3.6 behind its REST channel. ``token``: what our launcher of Rasa asks for, empty where it asks for none."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._url = f"{url}/webhooks/rest/webhook"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=timeout,
            trust_env=False,
            limits=httpx.Limits(max_connections=40, max_keepalive_connections=40),
        )

    async def turn(self, conversation: str, message: str, metadata: dict[str, Any]) -> BotSays:
        """One turn. An empty answer means that Rasa or an action failed inside: BotAway too; nothing is dropped."""
        body = {"sender": conversation, "message": message, "metadata": metadata}
        try:
            response = await self._client.post(self._url, json=body)
            response.raise_for_status()
            messages = response.json()
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise BotAway(type(error).__name__) from error
        if not isinstance(messages, list) or not messages:
            raise BotAway("an empty turn")
        return collect(messages)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def collect(messages: list[dict[str, Any]]) -> BotSays:
    """Rasa's list of messages as one :class:`BotSays`; later turn keys win."""
    says: list[dict[str, Any]] = []
    turn: dict[str, Any] = {}
    control: dict[str, Any] | None = None
    for message in messages:
        custom = message.get("custom")
        if isinstance(custom, dict):
            turn.update(custom.get("turn") or {})
            control = custom.get("control") or control
            say = custom.get("say")
            if isinstance(say, dict) and say.get("text"):
                says.append(say)
        elif message.get("text"):
            options = [{"label": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []]
            says.append({"text": message["text"], "options": options})
    return BotSays(says, turn, control)
