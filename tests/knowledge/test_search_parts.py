"""The parts of the matcher: features, the n-gram model, fresh questions, the encoder."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.gloss import Gloss
from knowledge.search.embedder import Embedder, UseEmbedder
from knowledge.search.encoder import TunedEncoder
from knowledge.search.features import SIZE, Features
from knowledge.search.fresh import BONUS, FreshQuestions
from knowledge.search.model import TopicModel, train
from knowledge.search.vectors import VectorHead, train_head

TEXTS = (
    "my boss did not pay me", "the boss pays late", "no salary since two months", "they keep my salary", "pay my wage",
    "my passport is in his drawer", "he took the passport", "they keep my passport", "passport locked in the safe",
    "where is my passport he says later",
)  # fmt: skip
LABELS = ("unpaid-wages",) * 5 + ("passport-confiscation",) * 5


@pytest.fixture(scope="module")
def features() -> Features:
    return Features(Gloss.shipped())


@pytest.fixture(scope="module")
def model(features: Features) -> TopicModel:
    return train(TEXTS, LABELS, features)


@pytest.fixture(scope="module")
def encoder() -> TunedEncoder:
    return TunedEncoder()


def best(model: TopicModel, features: Features, text: str) -> str:
    return model.labels[int(model.scores(model.weighted(features.hashed(text))).argmax())]


def test_a_dialect_word_is_read_in_english_and_in_both_scripts(features: Features) -> None:
    assert "i worked" in (features.glossed("khdamt chhrayn w ma khlasnich") or "")
    latin, arabic = features.hashed("khdamt")[0], features.hashed("خدمت")[0]
    assert set(latin.tolist()) & set(arabic.tolist()), "the skeleton is the same in both scripts"
    assert features.glossed("my boss did not pay me") is None


@pytest.mark.parametrize("text", ["", " ", "\ud800", "?!", "a" * 20_000, "😀" * 500])
def test_odd_messages_have_features_and_a_vector(features: Features, encoder: TunedEncoder, text: str) -> None:
    columns, values = features.hashed(text)
    assert len(columns) == len(values) and (not len(columns) or columns.max() < SIZE)
    vector, logits = encoder.read(text)
    assert vector.shape == (512,) and np.isfinite(vector).all()
    assert logits.shape == (len(encoder.labels),) and np.isfinite(logits).all()


def test_the_model_learns_and_survives_its_file(model: TopicModel, features: Features) -> None:
    again = TopicModel.from_bytes(model.to_bytes())
    for one in (model, again):
        assert best(one, features, "the passport is with my boss in the safe") == "passport-confiscation"
        assert best(one, features, "two months no salary") == "unpaid-wages"
    hashed = model.weighted(features.hashed("he keeps my salary"))
    np.testing.assert_allclose(
        model.scores(hashed), again.scores(again.weighted(features.hashed("he keeps my salary")))
    )


def test_one_topic_is_nothing_to_choose_from(features: Features) -> None:
    with pytest.raises(ValueError, match="two topics"):
        train(TEXTS[:5], LABELS[:5], features)


def test_how_often_a_topic_is_in_the_examples_does_not_count(features: Features) -> None:
    often = train(
        (*TEXTS, *(f"{text} {n}" for n in range(20) for text in TEXTS[:5])), LABELS + LABELS[:5] * 20, features
    )
    hashed = often.weighted(features.hashed("zzz"))
    scores = often.scores(hashed)
    assert abs(float(scores[0] - scores[1])) < 6, "an unknown message is not pulled to the topic with most examples"


def test_a_fresh_question_counts_by_likeness(model: TopicModel, features: Features, encoder: TunedEncoder) -> None:
    text = "the foreman counts my hours in his blue book"
    place = model.labels.index("unpaid-wages")
    fresh = FreshQuestions(2, [place], [model.weighted(features.hashed(text))], encoder.encode([text]))
    exact = fresh.bonus(model.weighted(features.hashed(text)), encoder.encode([text])[0])
    other = fresh.bonus(model.weighted(features.hashed("good morning")), encoder.encode(["good morning"])[0])
    assert exact[place] == pytest.approx(BONUS, rel=1e-3) and exact[1 - place] == 0
    assert other[place] < 1
    assert (
        len(FreshQuestions.none(2)) == 0
        and not FreshQuestions.none(2).bonus(model.weighted(features.hashed(text)), encoder.encode([text])[0]).any()
    )


@pytest.mark.parametrize("make", [UseEmbedder, TunedEncoder])
def test_the_shipped_embedders_give_unit_vectors(make: type) -> None:
    embedder: Embedder = make()
    vectors = embedder.encode(["mon patron ne paie pas", "my boss does not pay", "جواز سفري عند صاحب العمل"])
    assert vectors.shape == (3, embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert embedder.encode([]).shape == (0, embedder.dimensions)
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2]), "the same meaning is nearer"


def test_a_head_over_vectors_learns_and_survives_its_file() -> None:
    embedder = UseEmbedder()
    order = ("passport-confiscation", "unpaid-wages")
    head = train_head(embedder.encode(TEXTS), LABELS, order)
    again = VectorHead.from_bytes(head.to_bytes())
    for one in (head, again):
        scores = embedder.encode(["he has my passport"])[0] @ one.weights + one.bias
        assert order[int(scores.argmax())] == "passport-confiscation"
