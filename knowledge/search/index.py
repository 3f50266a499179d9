"""The stored index: a topic model per content version, built in the background, shared through the database.

A change of the content is live at once: the newest stored index goes on, what it has not learned counts as fresh
questions, and the index of the new content takes its place when it is built.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpline import logs
from helpline.db import Database
from knowledge import repository
from knowledge.gloss import Gloss
from knowledge.records import Knowledge
from knowledge.search import cache, store
from knowledge.search.embedder import Embedder
from knowledge.search.encoder import TunedEncoder
from knowledge.search.features import Features
from knowledge.search.fresh import FreshQuestions
from knowledge.search.matcher import HybridMatcher, VectorPart
from knowledge.search.model import FORMAT, OUT_OF_SCOPE, pair_key, train
from knowledge.search.store import Index
from knowledge.search.vectors import HeadVectors, TunedVectors, train_head

_log = logs.get(__name__)

# With more fresh questions than this, one waits for the new index: likeness would cost more than it gives.
FRESH_AT_MOST = 2000
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Builder:
    """What an index is made with."""

    embedder: Embedder
    features: Features

    @classmethod
    def load(cls, embedder: Embedder) -> Builder:
        """With the shipped glosses."""
        return cls(embedder, Features(Gloss.shipped()))

    def key(self, pairs: Sequence[Pair]) -> str:
        """Name of the index that these examples give (64 hex digits)."""
        made_of = [FORMAT, self.embedder.name, self.features.name, list(pairs)]
        return hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()

    def family(self) -> str:
        """What indexes have in common that can stand in for one another (16 hex digits)."""
        return hashlib.sha256(json.dumps([FORMAT, self.embedder.name, self.features.name]).encode()).hexdigest()[:16]

    def matcher(self, index: Index, pairs: Sequence[Pair]) -> HybridMatcher:
        """Ranks with ``index``, and with the ``pairs`` that it has not learned."""
        keys = np.array([pair_key(*pair) for pair in pairs], np.uint64)
        unlearned = [pairs[place] for place in np.flatnonzero(~index.model.has_learned(keys)).tolist()]
        place = {label: at for at, label in enumerate(index.model.labels)}
        fresh = [(text, place[topic]) for text, topic in unlearned if topic in place][:FRESH_AT_MOST]
        questions = FreshQuestions.none(len(place))
        if fresh:
            texts = [text for text, _ in fresh]
            questions = FreshQuestions(
                len(place),
                [label for _, label in fresh],
                [index.model.weighted(self.features.hashed(text)) for text in texts],
                self.embedder.encode(texts),
            )
        return HybridMatcher(index.model, self.features, self._vectors(index), questions)

    def _vectors(self, index: Index) -> VectorPart:
        if isinstance(self.embedder, TunedEncoder):
            return TunedVectors(self.embedder, index.model.labels)
        assert index.head is not None, "an index over another embedder has a head"
        return HeadVectors(self.embedder, index.head)


def examples(knowledge: Knowledge) -> list[Pair]:
    """What the model learns from: pairs of message and best topic, from the questions and the articles themselves."""
    pairs = [(q.text, q.topics[0] if q.topics else OUT_OF_SCOPE) for q in knowledge.questions]
    topics = {article.id: article.topic for article in knowledge.articles}
    pairs += [
        (question, topics[text.article_id]) for text in knowledge.texts for question in (*text.questions, text.title)
    ]
    return sorted(set(pairs))


async def ensure(database: Database, builder: Builder) -> Index:
    """The index of the knowledge in the database, trained and stored where it is missing."""
    async with database.transaction() as session:
        pairs = examples(await repository.load(session))
        stored = await store.read(session, builder.key(pairs))
    if stored is not None:
        return stored
    _log.info("training the topic model", examples=len(pairs))
    texts, topics = [text for text, _ in pairs], [topic for _, topic in pairs]
    model = await asyncio.to_thread(train, texts, topics, builder.features)
    head = None
    if not isinstance(builder.embedder, TunedEncoder):
        vectors = await cache.encode(database, builder.embedder, texts)
        head = await asyncio.to_thread(train_head, vectors, topics, model.labels)
    index = Index(builder.key(pairs), model, head)
    async with database.transaction() as session:
        await store.write(session, index, builder.family())
    return index
