"""Matching against named baselines in the same run: `python -m benchmarks.matching [--stock EPOCHS] [FILE…]`.

Right topic first and among three over labelled messages (default: `knowledge/regression`), for the helpline's index,
BM25 (`bm25s`), the nearest example by stock USE vectors, and, with `--stock`, a stock Rasa NLU pipeline (DIET) trained
on the same questions. Then times and memory: a query, a full rebuild, and a knowledge base of 10,000 articles.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import yaml

from benchmarks.stock import CONFIG
from helpline.evaluation.run import read_messages
from helpline.language.normalise import normalise
from helpline.stack.parts import BOT_PYTHON
from knowledge.loader import SHIPPED, read
from knowledge.records import Knowledge
from knowledge.search.embedder import UseEmbedder
from knowledge.search.encoder import TunedEncoder
from knowledge.search.index import Builder, Pair, examples
from knowledge.search.model import TopicModel, train
from knowledge.search.regression import DIRECTORY
from knowledge.search.search import Search
from knowledge.search.store import Index
from knowledge.topics import Topics

Rank = Callable[[str], Sequence[str]]
SCOPES = 157  # × 64 topics: over 10,000 articles


def distinct(topics: Sequence[str]) -> list[str]:
    """The first three different topics."""
    return list(dict.fromkeys(topics))[:3]


def bm25(pairs: Sequence[Pair]) -> Rank:
    """BM25 over normalised words; a topic is as good as its best example."""
    import bm25s

    retriever = bm25s.BM25()
    retriever.index([normalise(text).split() for text, _ in pairs], show_progress=False)

    def rank(text: str) -> list[str]:
        words = normalise(text).split() or ["?"]
        found, _scores = retriever.retrieve([words], k=30, show_progress=False)
        return distinct([pairs[int(at)][1] for at in found[0]])

    return rank


def nearest(pairs: Sequence[Pair]) -> Rank:
    """The nearest examples by the vectors of the wheel, not fine-tuned."""
    embedder = UseEmbedder(threads=2)
    vectors = np.concatenate(
        [embedder.encode([text for text, _ in pairs[at : at + 256]]) for at in range(0, len(pairs), 256)]
    )

    def rank(text: str) -> list[str]:
        like = vectors @ embedder.encode([text])[0]
        return distinct([pairs[int(at)][1] for at in np.argsort(-like)[:60]])

    return rank


def stock_rasa(pairs: Sequence[Pair], epochs: int, texts: Sequence[str]) -> Rank:
    """The NLU pipeline of `rasa init` on the same questions, one intent a topic, asked in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        grouped: dict[str, list[str]] = {}
        for text, topic in pairs:
            grouped.setdefault(topic, []).append(text.replace("\n", " ").replace("[", "(").replace("]", ")"))
        nlu = [{"intent": topic, "examples": "".join(f"- {one}\n" for one in own)} for topic, own in grouped.items()]
        (directory / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), "utf-8")
        pipeline = [dict(part) for part in CONFIG["pipeline"] if part["name"] != "ResponseSelector"]  # type: ignore[union-attr, index]
        for part in pipeline:
            if part["name"] == "DIETClassifier":
                part["epochs"] = epochs
        config = {"recipe": "default.v1", "assistant_id": "stock", "language": "fr", "pipeline": pipeline}
        (directory / "config.yml").write_text(yaml.safe_dump(config), "utf-8")
        (directory / "texts.json").write_text(json.dumps(list(texts)), "utf-8")
        (directory / "ask.py").write_text(_ASK, "utf-8")
        done = subprocess.run([str(BOT_PYTHON), "ask.py"], cwd=directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        ranked = dict(zip(texts, json.loads((directory / "ranked.json").read_text("utf-8")), strict=True))
    return lambda text: ranked[text]


_ASK = """
import asyncio, json
from rasa.model_training import train_nlu
from rasa.core.agent import Agent
model = train_nlu("config.yml", "nlu.yml", "models")
agent = Agent.load(model)
async def main():
    texts = json.load(open("texts.json"))
    ranked = []
    for text in texts:
        parsed = await agent.parse_message(text)
        ranked.append([one["name"] for one in parsed.get("intent_ranking", [])[:3]])
    json.dump(ranked, open("ranked.json", "w"))
asyncio.run(main())
"""


def many(knowledge: Knowledge) -> Knowledge:
    """The same answers in 157 made-up scopes: over 10,000 articles in 30,000 texts."""
    regional = [one for one in knowledge.articles if one.scope == "regional"]
    names = [f"{first}{second}" for first in "ABCDEFGHIJKLM" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][:SCOPES]
    articles = [one.model_copy(update={"scope": name}) for one in regional for name in names]
    texts = [
        text.model_copy(update={"scope": name})
        for text in knowledge.texts
        if text.article_id.endswith("/regional")
        for name in names
    ]
    return Knowledge(
        articles=tuple(articles), texts=tuple(texts), organisations=knowledge.organisations, facts=knowledge.facts,
        questions=knowledge.questions,
    )  # fmt: skip


def serve_many(model: Path, texts: Sequence[str]) -> dict[str, float]:
    """What a process that only serves needs with 10,000 articles: p50 and p95 of a query in ms, peak memory in MB."""
    knowledge, builder = many(read(SHIPPED)), Builder.load(TunedEncoder())
    index = Index("", TopicModel.from_bytes(model.read_bytes()), None)
    search = Search(knowledge, builder.matcher(index, []), Topics.load(), serve_unreviewed=True)
    assert len(knowledge.articles) > 10_000
    middle, slow = times(lambda text: search.find(text, "fr", "AB"), texts)
    return {"p50": middle, "p95": slow, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def times(act: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile in ms."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        act(text)
        taken.append((time.perf_counter() - started) * 1000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 95))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path, default=sorted(DIRECTORY.glob("*.jsonl")))
    options.add_argument(
        "--stock", type=int, default=0, metavar="EPOCHS", help="also train stock Rasa NLU (minutes an epoch)"
    )
    chosen = options.parse_args()
    cases = [case for file in chosen.files for case in read_messages(file) if case["expect"] == "answer"]
    texts = [case["text"] for case in cases]
    knowledge, topics = read(SHIPPED), Topics.load()
    pairs = examples(knowledge)
    print(f"{len(pairs)} examples, {len(cases)} labelled messages", flush=True)

    builder = Builder.load(TunedEncoder())
    started = time.perf_counter()
    model = train([text for text, _ in pairs], [topic for _, topic in pairs], builder.features)
    rebuild = time.perf_counter() - started
    matcher = builder.matcher(Index("", model, None), pairs)
    ours = Search(knowledge, matcher, topics, serve_unreviewed=True)
    middle, slow = times(lambda text: ours.find(text, "fr", "MA"), texts)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.npz"
        file.write_bytes(model.to_bytes())
        with get_context("spawn").Pool(1) as pool:  # a process that never trained
            served = pool.apply(serve_many, (file, texts))

    systems: dict[str, Rank] = {
        "helpline": lambda text: [one.topic for one in matcher.rank(text)[:3]],
        "BM25 (bm25s)": bm25(pairs),
        "nearest USE vector": nearest(pairs),
    }
    if chosen.stock:
        systems[f"stock Rasa NLU, {chosen.stock} epochs"] = stock_rasa(pairs, chosen.stock, texts)
    base = None
    for name, rank in systems.items():
        ranked = [rank(text) for text in texts]
        first = float(np.mean([own[0] in case["topics"] for own, case in zip(ranked, cases, strict=True)]))
        three = float(
            np.mean([bool(set(own[:3]) & set(case["topics"])) for own, case in zip(ranked, cases, strict=True)])
        )
        base = base or first
        print(
            f"{name:28} first {first:.3f}  among three {three:.3f}  helpline/this {base / max(first, 1e-9):.2f}",
            flush=True,
        )
    lexical = times(systems["BM25 (bm25s)"], texts)
    print(
        f"a query: p50 {middle:.1f} ms, p95 {slow:.1f} ms; BM25 {lexical[0]:.1f} / {lexical[1]:.1f}; "
        f"ratio of p95 {slow / lexical[1]:.2f}"
    )
    print(
        f"among 10,000 articles: p50 {served['p50']:.1f} ms, p95 {served['p95']:.1f} ms, ratio to ours "
        f"{served['p95'] / slow:.2f}; memory of the process {served['mb']:.0f} MB (aims: 15 ms, 500 MB)"
    )
    print(f"full rebuild of the index: {rebuild:.1f} s (aim: under 60)")


if __name__ == "__main__":
    main()
