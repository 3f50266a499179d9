"""The danger detector: held-out cases, the figures of its cross-validation, robustness, explanations, numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpline.language.normalise import normalise
from knowledge.urgent import Danger, Numbers, UrgentDetector, numbers
from knowledge.urgent.danger import IDS
from knowledge.urgent.examples import Example, fingerprint, read
from knowledge.urgent.lexicon import Lexicon

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
DATA = KNOWLEDGE / "urgent" / "data"
CASES = list(read(Path(__file__).parent / "urgent_cases.jsonl"))
URGENT = [case for case in CASES if case.urgent]
CALM = [case for case in CASES if not case.urgent]
# Floors, which only go up: what was measured, less a little.
# (Counted anew on 23 November 2026, when 173 harder cases joined and a fifth was held out instead of five folds.)
RECALL, FALSE_ALARMS = 0.85, 0.08  # on the held-out cases; half of them are look-alikes made to mislead
HELD_RECALL, HELD_FALSE_ALARMS = 0.84, 0.045  # of the fifth that training holds out
VARIETIES = {"fr", "ar", "ary", "ary-Latn", "aeb", "arq", "ayl", "mey", "en"}

CERTAIN = [
    ("au secours", "danger-now"),
    ("je veux mourir", "suicide-risk"),
    ("I want to kill myself", "suicide-risk"),
    ("أريد أن أموت", "suicide-risk"),
    ("bghit nmout", "suicide-risk"),
    ("بغيت نموت", "suicide-risk"),
    ("n7eb nmout", "suicide-risk"),
    ("راني حاب نموت", "suicide-risk"),
    ("نبي نموت", "suicide-risk"),
    ("ندور نموت", "suicide-risk"),
    ("النجدة", "danger-now"),
    ("عتقوني", "danger-now"),
]
HARMLESS = [
    "mon patron garde mon passeport",
    "je suis à Casablanca et mon patron garde mon passeport",
    "my boss keeps my passport",
    "mort de rire",
    "my phone is dying",
    "نموت عليك",
    "kanmout 3lik",
    "je vais te tuer lol",
    "bonjour",
    "stop",
]


@cache
def detector() -> UrgentDetector:
    return UrgentDetector.load()


def alarms(cases: Sequence[Example]) -> list[Example]:
    return [case for case in cases if detector().detect(case.text)]


def test_the_case_table_is_large_covers_everything_and_was_not_trained_on() -> None:
    assert len(URGENT) >= 100 and len(CALM) >= 100
    assert {case.urgent for case in URGENT} == set(IDS)
    assert {case.lang for case in URGENT} == {case.lang for case in CALM} == VARIETIES
    trained = {normalise(example.text) for example in read(DATA / "examples.jsonl")}
    assert trained
    assert [case.text for case in CASES if normalise(case.text) in trained] == []


def test_held_out_dangers_are_seen() -> None:
    assert len(alarms(URGENT)) / len(URGENT) >= RECALL


def test_held_out_look_alikes_raise_few_alarms() -> None:
    assert len(alarms(CALM)) / len(CALM) <= FALSE_ALARMS


def test_the_right_danger_is_named() -> None:
    found = [detector().detect(case.text) for case in URGENT]
    right = [danger.id == case.urgent for danger, case in zip(found, URGENT, strict=True) if danger]
    assert sum(right) / len(right) >= 0.75


@pytest.mark.parametrize(("text", "danger"), CERTAIN)
def test_certain_words_always_raise_an_alarm(text: str, danger: str) -> None:
    found = detector().detect(text)
    assert found is not None and found.id == danger


@pytest.mark.parametrize("text", HARMLESS)
def test_figures_of_speech_raise_none(text: str) -> None:
    assert detector().detect(text) is None


def test_a_figure_of_speech_beside_a_danger_calms_nobody() -> None:
    for text in ("my phone is dying and our boat is sinking", "mon téléphone meurt, on est en mer, le bateau coule"):
        assert detector().detect(text) is not None


def test_every_alarm_is_explained_without_the_persons_own_words() -> None:
    lexicon = (DATA / "lexicon.yaml").read_text(encoding="utf-8")
    names = set(yaml.safe_load(lexicon)["concepts"])
    seen = 0
    for case in alarms(URGENT):
        reasons = detector().explain(case.text)
        danger = detector().detect(case.text)
        assert reasons and isinstance(danger, Danger) and danger.why == "; ".join(reasons)
        for reason in reasons:
            concept = reason.split(":")[0]
            assert concept in names or reason.startswith(("rule ", "like example ", "score "))
            seen += concept in names
    assert seen
    assert detector().explain("bonjour") == []


def test_danger_in_a_long_message_is_not_drowned() -> None:
    talk = "le contrat parle de mon salaire et de mes congés du mois prochain, merci de votre réponse. " * 12
    assert detector().detect(talk) is None
    assert detector().detect(talk + "je veux me suicider. " + talk) is not None


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=300), st.text(alphabet="نموت اأإ\u200f\u0640 az3'\x00🙏\ud83d", max_size=300)))
def test_any_text_is_read(text: str) -> None:
    danger = detector().detect(text)
    assert danger is None or danger.id in IDS


@pytest.mark.parametrize("unit", ["a", "ا", "🙏", "\u202e", "\x00", " ", "mot ", "ab\n", "ﷺ"])
def test_ten_thousand_characters_are_read(unit: str) -> None:
    detector().detect((unit * 10_000)[:10_000])


def test_the_model_was_trained_on_the_examples_and_its_held_out_fifth_holds() -> None:
    report = json.loads((DATA / "report.json").read_text(encoding="utf-8"))
    assert report["examples"] == fingerprint(DATA / "examples.jsonl"), "run python -m knowledge.urgent.train"
    assert report["urgent"] >= 600 and report["look_alikes"] >= 700 and report["ordinary"] >= 5000
    figures = report[f"at {report['threshold']}"]
    assert figures["recall"] >= HELD_RECALL and figures["of_ordinary"] <= HELD_FALSE_ALARMS


def test_every_word_of_the_lexicon_and_rules_is_usable() -> None:
    lexicon = Lexicon.load(DATA / "lexicon.yaml")
    assert lexicon.rules and lexicon.calm
    assert all(rule.id in IDS for rule in lexicon.rules)
    for rule in (*lexicon.rules, *lexicon.calm):
        assert (rule.when | rule.unless) <= set(lexicon.names)


@dataclass(frozen=True)
class Phone:
    number: str
    label: dict[str, str] | None = None


@dataclass(frozen=True)
class Organisation:
    country: str | None
    kind: str
    name: dict[str, str]
    phones: tuple[Phone, ...]


def directory() -> list[Organisation]:
    organisations = []
    for path in sorted((KNOWLEDGE / "directory").glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["organisations"]:
            phones = tuple(Phone(phone["number"], phone["label"]) for phone in entry["phones"])
            organisations.append(Organisation(entry["country"], entry["kind"], entry["name"], phones))
    return organisations


@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
def test_each_country_gets_its_own_numbers(lang: str) -> None:
    organisations = directory()
    countries = {one.country for one in organisations if one.country and one.phones}
    assert len(countries) >= 14
    for country in countries:
        given = numbers(organisations, country, lang)  # type: ignore[arg-type]
        own = {phone.number for one in organisations if one.country == country for phone in one.phones}
        shown = [line for line in given.text.split("\n\n")[0].splitlines() if line]
        assert isinstance(given, Numbers) and 1 <= len(shown) <= 3
        assert all(any(number in line for number in own) for line in shown)
        assert all(("\u200e" in line) == (lang == "ar") for line in shown)
        assert len(given.short) <= (201 if lang == "ar" else 459)


@pytest.mark.parametrize(("lang", "question"), [("fr", "quel pays"), ("ar", "في أي بلد"), ("en", "Which country")])
def test_an_unknown_country_is_asked_for(lang: str, question: str) -> None:
    for country in (None, "ZZ"):
        given = numbers(directory(), country, lang)  # type: ignore[arg-type]
        assert question in given.text and question in given.short and "112" in given.text
    assert numbers((), None, lang).text


def test_a_child_in_danger_gets_the_childrens_line() -> None:
    given = numbers(directory(), "MA", "fr", "child-danger")  # type: ignore[arg-type]
    assert "2511" in given.text
