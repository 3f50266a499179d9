"""The bot's domain, texts and examples hold together (read as files: Rasa is not in this environment)."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

BOT = Path(__file__).resolve().parents[2] / "bot"
LANGUAGES = {"fr", "ar", "en"}
VARIETIES = {"fr", "ar", "ary", "ary-Latn", "aeb", "arq", "ayl", "mey", "en"}
OUTCOMES = {"answer", "human", "out_of_scope", "smalltalk", "optout", "delete_data", "change_language", "clarify"}
ASKS = {"country", "language", "confirmation", "details"}
PAYLOAD_ONLY = {"choose"}
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def load(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BOT / path).read_text("utf-8"))
    return found


CORE = load("domain/core.yml")
RESPONSES: dict[str, list[dict[str, Any]]] = load("domain/responses.yml")["responses"]
SPOKEN = {name: [v for v in variants if "say" in v["custom"]] for name, variants in RESPONSES.items()}
SPOKEN = {name: variants for name, variants in SPOKEN.items() if variants}


def language(variant: dict[str, Any]) -> str:
    return next((c["value"] for c in variant.get("condition", []) if c["name"] == "lang"), "fr")


def examples() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted((BOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            lines = [line[2:] for line in block["examples"].splitlines()]
            found[block["intent"]][block["metadata"]["variety"]] += lines
    return found


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_a_response_speaks_three_languages(name: str) -> None:
    variants = SPOKEN[name]
    assert sorted(language(variant) for variant in variants) == sorted(LANGUAGES)
    french = next(variant for variant in variants if language(variant) == "fr")
    assert "condition" not in french, "French also speaks when no language is known"
    shapes = {
        (str(variant["custom"]["turn"]), *(o["payload"] for o in variant["custom"]["say"].get("options", [])))
        for variant in variants
    }
    assert len(shapes) == 1, "the same options and the same outcome in each language"


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_a_response_fits_an_sms(name: str) -> None:
    for variant in SPOKEN[name]:
        say = variant["custom"]["say"]
        if language(variant) == "ar":
            assert len(say["short"]) <= 70
        else:
            assert len(say["short"]) <= 140
            assert set(say["short"]) <= GSM7, set(say["short"]) - GSM7
        for option in say.get("options", []):
            assert 0 < len(option["label"]) <= 24


def test_outcomes_and_controls() -> None:
    assert len(RESPONSES) >= 15
    controls = set()
    for variants in RESPONSES.values():
        for variant in variants:
            custom = variant["custom"]
            assert set(custom) <= {"say", "turn", "control"}
            assert custom["turn"]["outcome"] in OUTCOMES
            assert custom["turn"].get("asks") in ASKS | {None}
            if "control" in custom:
                controls.add(custom["control"]["name"])
    assert controls == {"optout", "optin", "delete_data", "change_language"}


def test_payloads_name_known_intents_and_entities() -> None:
    intents = {next(iter(intent)) for intent in CORE["intents"]}
    phases = {"before", "arrival", "work", "protection", "social", "money", "return"}
    seen = 0
    for variants in SPOKEN.values():
        for variant in variants:
            for option in variant["custom"]["say"].get("options", []):
                found = re.fullmatch(r"/(\w+)(?:\{\{\"(\w+)\": \"(\w+)\"\}\})?", option["payload"])
                assert found, option["payload"]
                assert found[1] in intents and found[2] in {None, *CORE["entities"]}
                if found[2] == "phase":
                    assert found[3] in phases
                seen += 1
    assert seen >= 30


def test_every_intent_has_examples_in_every_variety() -> None:
    found = examples()
    names = {next(iter(intent)) for intent in CORE["intents"]} - PAYLOAD_ONLY
    assert set(found) == names
    for name in names:
        assert set(found[name]) == VARIETIES, name
        assert all(len(lines) >= 6 for lines in found[name].values()), name
        assert sum(map(len, found[name].values())) >= 80, name


def test_rules_use_what_the_domain_has() -> None:
    rules = load("data/rules.yml")["rules"]
    intents = {next(iter(intent)) for intent in CORE["intents"]} | {"nlu_fallback"}
    actions = set(CORE["actions"]) | set(RESPONSES)
    used_intents = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    used_actions = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    assert used_intents == intents
    assert used_actions == actions


@pytest.mark.parametrize("kind", ["intents", "entities", "slots", "actions", "responses"])
def test_everything_is_documented(kind: str) -> None:
    readme = (BOT / "README.md").read_text("utf-8")
    entries = RESPONSES if kind == "responses" else CORE[kind]
    names = [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]
    assert names
    assert [name for name in names if f"`{name}`" not in readme] == []


def test_the_bot_imports_nothing_from_outside() -> None:
    outside = re.compile(r"^\s*(?:from|import) (helpline|knowledge|channels|handoff|actions)\b", re.MULTILINE)
    files = [file for file in BOT.rglob("*.py") if ".venv" not in file.parts]
    assert len(files) >= 10
    assert [str(file) for file in files if outside.search(file.read_text("utf-8"))] == []
