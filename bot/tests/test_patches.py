"""What the helpline changes in Rasa is still needed, and does the same as before."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import jsonschema
import patches
import pytest
import rasa.core.agent
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.shared.core.domain import Domain

from conftest import BOT

ORIGINAL = RemoteAction._validate_action_result
ORIGINAL_STORE = rasa.core.agent.Agent._create_tracker_store

GOOD = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "question", "value": "x"}], "responses": [{"custom": {"say": {}}}]},
    {"events": [{"event": "bot", "text": "x"}, {"event": "action", "name": "action_listen"}]},
]
BAD = [
    {"events": {}},
    {"events": [{"name": "question"}]},
    {"events": [{"event": "slot", "value": 1}]},
    {"events": [{"event": "nonsense"}]},
    {"responses": ["text"]},
    {"responses": None},
]


def test_the_original_validator_still_checks_its_schema_on_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails, Rasa or jsonschema got better and patches.CompiledValidator can go."""
    checks = []
    schema = RemoteAction.action_response_format_spec()
    kind = jsonschema.validators.validator_for(schema)
    original = kind.check_schema
    monkeypatch.setattr(
        kind, "check_schema", classmethod(lambda cls, *a, **k: (checks.append(1), original(*a, **k))[1])
    )
    action = RemoteAction("action_answer", None)
    for _ in range(3):
        ORIGINAL(action, GOOD[2])
    assert len(checks) == 3
    compiled = patches.CompiledValidator()
    checks.clear()
    for _ in range(3):
        compiled(GOOD[2])
    assert checks == []


@pytest.mark.parametrize("sample", GOOD)
def test_both_validators_accept(sample: dict) -> None:
    assert ORIGINAL(RemoteAction("a", None), sample) is True
    assert patches.CompiledValidator()(sample) is True


@pytest.mark.parametrize("sample", BAD)
def test_both_validators_refuse(sample: dict) -> None:
    for check in (lambda s: ORIGINAL(RemoteAction("a", None), s), patches.CompiledValidator()):
        with pytest.raises(jsonschema.ValidationError):
            check(sample)


def test_rasa_still_hides_a_broken_tracker_store() -> None:
    """When this fails, Rasa no longer wraps the store and the patch can go."""
    assert isinstance(ORIGINAL_STORE(InMemoryTrackerStore(Domain.empty()), Domain.empty()), FailSafeTrackerStore)
    assert (
        type(patches._plain_tracker_store(InMemoryTrackerStore(Domain.empty()), Domain.empty())) is InMemoryTrackerStore
    )


def test_a_failed_action_fails_the_turn_and_saves_nothing(model) -> None:  # type: ignore[no-untyped-def]
    async def turn() -> None:
        agent = rasa.core.agent.Agent(tracker_store=InMemoryTrackerStore(Domain.empty()))
        saved = []
        store = agent.tracker_store
        original = store.save

        async def save(tracker):  # type: ignore[no-untyped-def]
            saved.append([event.type_name for event in tracker.events])
            await original(tracker)

        store.save = save  # type: ignore[method-assign]
        agent.load_model(str(model))
        with pytest.raises(patches.TurnFailed):
            await agent.handle_message(UserMessage("/question", CollectingOutputChannel(), "c"))
        assert all("user" not in events for events in saved)

    patched = rasa.core.agent.MessageProcessor, ORIGINAL_STORE, RemoteAction._validate_action_result
    patches.apply()
    try:
        asyncio.run(turn())
    finally:
        rasa.core.agent.MessageProcessor = patched[0]  # type: ignore[misc]
        rasa.core.agent.Agent._create_tracker_store = staticmethod(patched[1])  # type: ignore[method-assign]
        RemoteAction._validate_action_result = patched[2]  # type: ignore[method-assign]


def test_neither_training_nor_serving_loads_tensorflow() -> None:
    code = (
        "import sys, quiet, lean; quiet.prepare(); lean.install(); import patches, rasa.core.run, rasa.model_training\n"
        "from rasa.engine.recipes.default_recipe import DefaultV1Recipe\n"
        "import rasa.graph_components.validators.default_recipe_validator\n"
        "DefaultV1Recipe._from_registry('RulePolicy')\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=BOT, check=False).returncode == 0
