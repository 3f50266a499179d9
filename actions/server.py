"""The webhook that Rasa calls: rasa-sdk's executor behind a small ASGI application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionMissingDomainException, ActionNotFoundException

from helpline import logs

_log = logs.get(__name__)


def register(app: FastAPI, actions: Iterable[Action]) -> None:
    """Serve ``actions`` at ``/webhook`` in rasa-sdk's protocol.

    A failing action answers 500: Rasa then ends the turn without a reply, and the worker keeps the message.
    """
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)

    @app.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        call: dict[str, Any] = await request.json()
        # Rasa leaves the domain out (enable_selective_domain); no action here reads it, but the executor wants the key.
        call.setdefault("domain", {})
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": "rejected", "action_name": error.action_name}, status_code=400)
        except ActionNotFoundException as error:
            return JSONResponse({"error": "no such action", "action_name": error.action_name}, status_code=404)
        except ActionMissingDomainException as error:
            return JSONResponse({"error": "domain missing", "action_name": error.action_name}, status_code=449)
        except Exception as error:
            _log.error("action failed", action=str(call.get("next_action")), exc_info=error)
            return JSONResponse({"error": "the action failed"}, status_code=500)
        return JSONResponse(result.model_dump() if hasattr(result, "model_dump") else result)

    @app.get("/actions")
    async def listed() -> list[dict[str, str]]:
        return [{"name": name} for name in executor.actions]
