"""The project's own labelled messages, which nothing learns from: figures that may only go up (`floors.json`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpline.settings import Settings
from knowledge.loader import SHIPPED, read
from knowledge.search.encoder import TunedEncoder
from knowledge.search.index import Builder, examples
from knowledge.search.model import OUT_OF_SCOPE, TopicModel, train
from knowledge.search.regression import DIRECTORY, read_regression
from knowledge.search.search import Outcome, Search
from knowledge.search.store import Index
from knowledge.topics import Topics

FLOORS = Path(__file__).parents[2] / "knowledge" / "regression" / "floors.json"


@pytest.fixture(scope="module")
def search() -> Search:
    """Over the shipped knowledge; the model is kept by its key beside the trained bot, as the stack tests keep it."""
    knowledge, builder = read(SHIPPED), Builder.load(TunedEncoder())
    pairs = examples(knowledge)
    key = builder.key(pairs)
    cache = Settings().data_dir / "models" / f"index-{key[:16]}.npz"
    if cache.exists():
        model = TopicModel.from_bytes(cache.read_bytes())
    else:
        model = train([text for text, _ in pairs], [topic for _, topic in pairs], builder.features)
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_bytes(model.to_bytes())
    return Search(knowledge, builder.matcher(Index(key, model, None), pairs), Topics.load(), serve_unreviewed=True)


def test_nothing_of_the_regression_file_is_an_example() -> None:
    labelled = {one.text for one in read_regression()}
    assert len(labelled) > 300
    assert not labelled & {text for text, _ in examples(read(SHIPPED))}
    assert {one.expect for one in read_regression()} == {"answer", "out_of_scope"}


@pytest.mark.timeout(300)
def test_the_figures_do_not_fall(search: Search) -> None:
    floors = json.loads(FLOORS.read_text("utf-8"))
    labelled = read_regression()
    ranked = [search.rank(one.text) for one in labelled]
    found = [search.decide(own, "fr", None) for own in ranked]
    answers = [(one, own, got) for one, own, got in zip(labelled, ranked, found, strict=True) if one.expect == "answer"]
    outside = [got for one, got in zip(labelled, found, strict=True) if one.expect == "out_of_scope"]
    first = [own[0].topic in one.topics for one, own, _ in answers]
    three = [any(c.topic in one.topics for c in own[:3]) for one, own, _ in answers]
    wrong = [
        got.outcome is Outcome.ANSWER and got.topic not in one.topics for one, got in zip(labelled, found, strict=True)
    ]
    figures = {
        "first": sum(first) / len(first),
        "among three": sum(three) / len(three),
        "not answered wrongly": 1 - sum(wrong) / len(wrong),
        "out of scope": sum(got.outcome is Outcome.OUT_OF_SCOPE for got in outside) / max(len(outside), 1),
    }
    print({name: round(value, 3) for name, value in figures.items()})
    languages = {one.lang for one in labelled}
    assert len(languages) == 9
    lowest = min(
        sum(one.topics and own[0].topic in one.topics for one, own, _ in answers if one.lang == lang)
        / sum(one.lang == lang for one, _, _ in answers)
        for lang in languages
    )
    figures["lowest language"] = lowest
    assert figures.keys() == floors.keys()
    fallen = {name: (round(figures[name], 3), floor) for name, floor in floors.items() if figures[name] < floor}
    assert not fallen, "a change made matching worse; see docs/matching.md before lowering a floor"
    assert OUT_OF_SCOPE not in {got.topic for got in found}
    assert DIRECTORY.exists()
