"""Rasa's REST channel, made honest: a turn that failed is an error, not an empty answer.

Rasa's own `rest` channel differs in three ways that lose messages or leak them:
- any exception ends as 200 with an empty list, so the worker would mark the message as handled;
- it then logs the person's text at error level;
- Rasa's auth token guards its HTTP API only, never a channel.
"""

from __future__ import annotations

import hmac
import logging
import os
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)
TOKEN_VARIABLE = "HELPLINE_RASA_TOKEN"


class TurnInput(RestInput):
    """POST /webhooks/rest/webhook: 200 with the turn's messages, or an error when there is no turn."""

    def __init__(self, token: Optional[Text] = None) -> None:
        self.token = token or None

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> TurnInput:
        return cls(os.environ.get(TOKEN_VARIABLE))

    def allows(self, request: Request) -> bool:
        """With a token set, `Authorization: Bearer <token>` (or ?token=, as Rasa's API has it) must match."""
        if self.token is None:
            return True
        given = request.token or request.args.get("token") or ""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        turns = Blueprint("turns")

        @turns.route("/", methods=["GET"])
        async def alive(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @turns.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not self.allows(request):
                return response.json({"error": "unauthorised"}, status=401)
            body = request.json
            if not isinstance(body, dict) or not all(
                isinstance(body.get(key), str) and body[key] for key in ("sender", "message")
            ):
                return response.json({"error": "sender and message must be texts"}, status=400)
            collector = CollectingOutputChannel()
            try:
                await on_new_message(
                    UserMessage(
                        body["message"],
                        collector,
                        body["sender"],
                        input_channel=self.name(),
                        metadata=body.get("metadata"),
                    )
                )
            except Exception as error:  # the type only: its message may quote the person
                logger.error("turn.failed sender=%s error=%s", body["sender"], _names(error))
                return response.json({"error": "turn failed"}, status=503)
            return response.json(collector.messages)

        return turns


def _names(error: Optional[BaseException]) -> Text:
    """`TurnFailed < OperationalError`: the exception and what caused it, without their words."""
    names = []
    while error is not None:
        names.append(type(error).__name__)
        error = error.__cause__
    return " < ".join(names)
