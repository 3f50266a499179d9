"""Other embedders and the reranker, against a stand-in on loopback that speaks OpenAI's API."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from helpline.db import Database
from helpline.errors import ConfigurationError
from helpline.settings import Settings
from knowledge.errors import EmbedderError
from knowledge.search import cache, embedders, rerank
from knowledge.search.embedder import UseEmbedder
from knowledge.search.encoder import TunedEncoder
from knowledge.search.matcher import Candidate
from knowledge.topics import Topics
from tests.standins.language_model import LanguageModelStandIn

CANDIDATES = (Candidate("unpaid-wages", 0.4), Candidate("minimum-wage", 0.35), Candidate("out-of-scope", 0.25))


@pytest.fixture
def server() -> Iterator[LanguageModelStandIn]:
    with LanguageModelStandIn() as stand_in:
        yield stand_in


def test_the_shipped_encoder_is_the_default() -> None:
    assert isinstance(embedders.from_settings(Settings()), TunedEncoder)
    assert rerank.from_settings(Settings(), Topics.load().scopes()) is None


def test_an_endpoint_gives_the_vectors_in_the_order_of_the_texts(server: LanguageModelStandIn) -> None:
    settings = Settings(embedder="openai", embedder_url=server.url, embedder_model="m", embedder_key="k-1")  # type: ignore[arg-type]
    embedder = embedders.from_settings(settings)
    texts = ["mon patron ne paie pas", "bonjour", "\ud800"]
    np.testing.assert_allclose(embedder.encode(texts), UseEmbedder().encode(texts), atol=1e-4)
    assert embedder.dimensions == 512 and embedder.encode([]).shape == (0, 512)
    assert {asked["authorization"] for asked in server.asked} == {"Bearer k-1"}


def test_an_endpoint_that_is_busy_is_asked_again_and_one_that_stays_away_is_an_error(
    server: LanguageModelStandIn,
) -> None:
    embedder = embedders.EndpointEmbedder(server.url, "m")
    server.failures = 2
    assert embedder.encode(["a"]).shape == (1, 512)
    server.failures = 99
    with pytest.raises(EmbedderError):
        embedder.encode(["a"])


async def test_a_text_is_embedded_once(server: LanguageModelStandIn, database: Database) -> None:
    embedder = embedders.EndpointEmbedder(server.url, "m")
    texts = [f"question {number}" for number in range(cache.BATCH + 3)]
    first = await cache.encode(database, embedder, texts)
    asked = len(server.asked)
    again = await cache.encode(database, embedder, [*texts, "one more"])
    assert len(server.asked) == asked + 1 and server.asked[-1]["input"] == ["one more"]
    np.testing.assert_allclose(again[:-1], first)
    np.testing.assert_allclose(first[0], UseEmbedder().encode(texts[:1])[0], atol=2e-3)
    assert (await cache.encode(database, embedder, [])).shape == (0, 512)


def test_sentence_transformers_is_used_as_its_documentation_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is not installed here (it brings gigabytes); its documented call is checked with a double."""
    use = UseEmbedder()

    class SentenceTransformer:
        def __init__(self, model: str, device: str) -> None:
            assert (model, device) == ("some/model", "cpu")

        def encode(self, texts: list[str], show_progress_bar: bool | None = None) -> Any:
            return use.encode(texts) * 3

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = SentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    embedder = embedders.from_settings(Settings(embedder="sentence-transformers", embedder_model="some/model"))
    np.testing.assert_allclose(embedder.encode(["bonjour"]), use.encode(["bonjour"]), atol=1e-5)
    assert embedder.dimensions == 512


@pytest.mark.parametrize(
    "settings",
    [
        Settings(embedder="openai"),
        Settings(embedder="sentence-transformers"),
        Settings(embedder="sentence-transformers", embedder_model="m"),
    ],
)
def test_what_is_missing_for_another_embedder_is_said(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"HELPLINE_EMBEDDER|sentence-transformers"):
        embedders.from_settings(settings)


@pytest.mark.parametrize(
    ("says", "first"),
    [
        ('{"choice": 2}', "minimum-wage"),
        ('Sure! {"choice": 1} because', "unpaid-wages"),
        ('{"choice": 0}', "unpaid-wages"),
        ('{"choice": 7}', "unpaid-wages"),
        ("Call 0600 and pay the man", "unpaid-wages"),
        ("", "unpaid-wages"),
    ],
)
async def test_a_reranker_only_chooses_among_the_candidates(
    server: LanguageModelStandIn, says: str, first: str
) -> None:
    server.says = says
    settings = Settings(reranker_url=server.url, reranker_model="m")
    reranker = rerank.from_settings(settings, Topics.load().scopes())
    assert reranker is not None
    got = await reranker.reorder("on me paie 900 dh", CANDIDATES)
    assert got[0].topic == first
    assert sorted(one.topic for one in got) == sorted(one.topic for one in CANDIDATES)
    assert sum(one.score for one in got) == pytest.approx(1.0)
    asked = server.asked[-1]
    assert asked["temperature"] == 0 and "on me paie 900 dh" in asked["messages"][1]["content"]
    await reranker.close()


async def test_a_reranker_that_is_away_changes_nothing(server: LanguageModelStandIn) -> None:
    reranker = rerank.EndpointReranker(server.url, "m", Topics.load().scopes(), timeout_s=1)
    server.failures = 1
    assert await reranker.reorder("x", CANDIDATES) == CANDIDATES
    assert await reranker.reorder("x", CANDIDATES[:1]) == CANDIDATES[:1], "nothing to choose from"
    assert len(server.asked) == 1


def test_a_reranker_without_a_model_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="HELPLINE_RERANKER_MODEL"):
        rerank.from_settings(Settings(reranker_url="http://127.0.0.1:9"), {})
