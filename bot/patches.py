"""The changes to Rasa's own behaviour that the helpline needs, each one small, and applied by `apply()`.

1. `RemoteAction._validate_action_result` checks its constant schema again on every call: 79 % of a
   turn's time. Compiled once here; tests/bot holds both to the same samples.
2. A failed custom action is logged and swallowed, and the turn is saved as if it had been answered.
   Here it fails the turn before anything is saved, so that the worker repeats it.
3. `Agent` wraps each tracker store in one that falls back to memory. Here it does not.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

import jsonschema
import rasa.core.actions.action
import rasa.core.agent
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event

ACTION_TIMEOUT = 20  # seconds; Rasa waits five minutes


class TurnFailed(Exception):
    """A part of the turn failed; nothing of it was saved."""


class CompiledValidator:
    """Same verdict and same exception as Rasa's own check, from a validator made once."""

    def __init__(self) -> None:
        schema = RemoteAction.action_response_format_spec()
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        self._validator = kind(schema)

    def __call__(self, result: Dict[Text, Any]) -> bool:
        error = jsonschema.exceptions.best_match(self._validator.iter_errors(result))
        if error is not None:
            error.message += ". Failed to validate Action server response from API."
            raise error
        return True


class _Watched:
    """An action that remembers that it failed."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.error: Optional[Exception] = None

    def __getattr__(self, name: Text) -> Any:
        return getattr(self._action, name)

    async def run(self, *args: Any, **kwargs: Any) -> list[Event]:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            self.error = error
            return []


class TurnProcessor(MessageProcessor):
    """Rasa's processor, in which a failed action fails the turn."""

    async def _run_action(self, action: Any, *args: Any, **kwargs: Any) -> bool:
        watched = _Watched(action)
        more = await super()._run_action(watched, *args, **kwargs)  # type: ignore[arg-type]
        if watched.error is not None:
            raise TurnFailed(action.name()) from watched.error
        return more


def _plain_tracker_store(store: Optional[TrackerStore], domain: Optional[Domain]) -> TrackerStore:
    if store is None:
        return InMemoryTrackerStore(domain)  # type: ignore[arg-type]
    store.domain = domain  # type: ignore[assignment]
    return store


def apply() -> None:
    """Puts all three in place, for this process."""
    validator = CompiledValidator()
    RemoteAction._validate_action_result = lambda self, result: validator(result)  # type: ignore[method-assign]
    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = ACTION_TIMEOUT
    rasa.core.agent.MessageProcessor = TurnProcessor  # type: ignore[misc]
    rasa.core.agent.Agent._create_tracker_store = staticmethod(_plain_tracker_store)  # type: ignore[method-assign]
