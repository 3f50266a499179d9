"""The custom components, without a model."""

from __future__ import annotations

import json

import pytest
from components.normalizer import EMPTY, words
from components.turn_classifier import TurnClassifier, decide
from components.turn_context import TurnContext, turn_values
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.message import Message

from conftest import BOT


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("MERCIIIII beaucoup !!!", ["merci", "beaucoup", "!"]),
        ("J'ai été licencié, où aller ?", ["j", "ai", "ete", "licencie", "ou", "aller", "?"]),
        ("شُكْرًا جَزِيلًا", ["شكرا", "جزيلا"]),
        ("شكـــرا", ["شكرا"]),
        ("أريد الإقامة؟", ["اريد", "الاقامه", "?"]),
        ("\u202bسلام\u202c", ["سلام"]),
        ("٣٠٠٠ درهم", ["3000", "درهم"]),
        ("ｓｔｏｐ", ["stop"]),
        ("گاوري ڤيزا", ["كاوري", "فيزا"]),
        ("👍🏽🙏", ["👍", "🏽", "🙏"]),
        ("", [EMPTY]),
        ("...", [EMPTY]),
        ("\ud800", [EMPTY]),
    ],
)
def test_one_spelling(written: str, read: list[str]) -> None:
    assert [word for word in words(written) if word != "🏽"] == [word for word in read if word != "🏽"]


@pytest.mark.parametrize("metadata", [None, {}, "text", 7, []])
def test_no_metadata_fills_nothing(metadata: object) -> None:
    assert turn_values(metadata) == {}  # type: ignore[arg-type]


def test_metadata_becomes_entities() -> None:
    message = Message({"text": "salam", "metadata": {"lang": "ar", "country": "MA", "country_said": True}})
    found = {entity["entity"]: entity["value"] for entity in TurnContext().process([message])[0].get("entities")}
    assert found == {"lang": "ar", "country": "MA", "country_said": True, "requested_lang": "none"}


@pytest.mark.parametrize("country", [None, "", "Maroc", "ma", 5])
def test_a_null_or_odd_country_keeps_the_slot(country: object) -> None:
    assert "country" not in turn_values({"lang": "fr", "country": country})


def test_an_unknown_language_is_ignored() -> None:
    assert turn_values({"lang": "de", "requested_lang": "de"}) == {"requested_lang": "none", "country_said": False}


def button(text: str, metadata: dict[str, object]) -> Message:
    domain = Domain.load(str(BOT / "domain"))
    messages = TurnContext().process([Message({"text": text, "metadata": metadata})])
    return RegexMessageHandler().process(messages, domain)[0]


def test_rasa_drops_other_entities_of_a_button_so_they_travel_in_its_json() -> None:
    message = button('/choose{"topic": "unpaid-wages"}', {"lang": "ar", "country": "MA"})
    found = {entity["entity"]: entity["value"] for entity in message.get("entities")}
    assert message.get("intent")["name"] == "choose"
    assert found["topic"] == "unpaid-wages" and found["lang"] == "ar" and found["country"] == "MA"


def test_what_the_button_says_wins() -> None:
    message = button('/change_language{"requested_lang": "en"}', {"lang": "ar"})
    found = {entity["entity"]: entity["value"] for entity in message.get("entities")}
    assert found["requested_lang"] == "en" and found["lang"] == "ar"


@pytest.mark.parametrize("text", ["/", "/ salam", "/human{not json}", "//", "/عربي"])
def test_a_slash_typed_by_a_person_does_not_break_the_turn(text: str) -> None:
    assert TurnContext().process([Message({"text": text, "metadata": {"lang": "fr"}})])[0].get("text")


def ranking(**probabilities: float) -> list[dict[str, object]]:
    entries = [{"name": name, "confidence": value} for name, value in probabilities.items()]
    return sorted(entries, key=lambda entry: -entry["confidence"])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"question": 0.9, "greet": 0.1}, "question"),
        # no intent passes a threshold of 0.4, but together they are plainly small talk
        ({"question": 0.35, "greet": 0.25, "thanks": 0.2, "smalltalk": 0.2}, "greet"),
        ({"question": 0.1, "optout": 0.8, "greet": 0.1}, "optout"),
        # control for sure, but not which: nothing is deleted or stopped on a guess
        ({"question": 0.2, "optout": 0.42, "delete_data": 0.38}, "nlu_fallback"),
        ({"question": 0.55, "optout": 0.45}, "nlu_fallback"),
        # but a person who may be asking for a person is heard
        ({"question": 0.7, "human": 0.25, "delete_data": 0.05}, "human"),
        ({"question": 0.8, "human": 0.2}, "question"),
    ],
)
def test_family_first(probabilities: dict[str, float], expected: str) -> None:
    config = {**TurnClassifier.get_default_config()}
    assert decide(ranking(**probabilities), config)["name"] == expected  # type: ignore[arg-type]


def test_the_question_sample_is_balanced_and_repeatable(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import sample_questions

    for topic, count in (("a", 30), ("b", 5)):
        lines = [
            {"lang": lang, "text": f"{topic} {lang} {n}", "topics": [topic]}
            for n in range(count)
            for lang in ("fr", "ar")
        ]
        (tmp_path / f"{topic}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    lines = list(sample_questions.read(tmp_path))
    chosen = sample_questions.sample(lines, cap=20)
    assert chosen == sample_questions.sample(list(reversed(lines)), cap=20)
    assert sorted({(topic, lang): 0 for topic, lang, _ in chosen}) == [
        ("a", "ar"),
        ("a", "fr"),
        ("b", "ar"),
        ("b", "fr"),
    ]
    assert sum(topic == "b" for topic, _, _ in chosen) == 10 and len(chosen) == 20
