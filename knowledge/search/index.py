"""The stored index: a topic model per content version, built in the background, shared through the database."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence

from helpline import logs
from helpline.db import Database
from knowledge import repository
from knowledge.records import Knowledge
from knowledge.search import store
from knowledge.search.embedder import Embedder
from knowledge.search.matcher import ModelMatcher
from knowledge.search.model import FORMAT, OUT_OF_SCOPE, TopicModel, train
from knowledge.search.search import Search
from knowledge.topics import Topics

_log = logs.get(__name__)


def examples(knowledge: Knowledge) -> list[tuple[str, str]]:
    """What the model learns from: pairs of message and best topic, from the questions and the articles themselves."""
    pairs = [(q.text, q.topics[0] if q.topics else OUT_OF_SCOPE) for q in knowledge.questions]
    topics = {article.id: article.topic for article in knowledge.articles}
    pairs += [
        (question, topics[text.article_id]) for text in knowledge.texts for question in (*text.questions, text.title)
    ]
    return sorted(set(pairs))


def fingerprint(pairs: Sequence[tuple[str, str]], embedder: Embedder) -> str:
    """Name of the index that these examples give with this embedder (64 hex digits)."""
    return hashlib.sha256(json.dumps([FORMAT, embedder.name, list(pairs)], ensure_ascii=False).encode()).hexdigest()


async def ensure(database: Database, embedder: Embedder) -> tuple[Knowledge, TopicModel, int]:
    """The knowledge, its topic model (trained and stored where it is missing) and the version."""
    async with database.transaction() as session:
        version, knowledge = await repository.version(session), await repository.load(session)
        pairs = examples(knowledge)
        key = fingerprint(pairs, embedder)
        stored = await store.read(session, key)
    if stored is not None:
        return knowledge, TopicModel.from_bytes(stored), version
    _log.info("training the topic model", examples=len(pairs))
    model = await asyncio.to_thread(train, [text for text, _ in pairs], [label for _, label in pairs], embedder)
    async with database.transaction() as session:
        await store.write(session, key, model.to_bytes())
    return knowledge, model, version


class LiveSearch:
    """The newest search; :meth:`follow` swaps in a new one as soon as the knowledge changes."""

    def __init__(self, database: Database, embedder: Embedder, topics: Topics, *, serve_unreviewed: bool) -> None:
        self._database = database
        self._embedder = embedder
        self._topics = topics
        self._serve_unreviewed = serve_unreviewed
        self._version = -1
        self._search: Search | None = None

    @property
    def now(self) -> Search:
        """The search to use for one message."""
        assert self._search is not None, "call refresh() once at the start"
        return self._search

    async def refresh(self) -> None:
        """Read the knowledge again where its version changed."""
        async with self._database.transaction() as session:
            if await repository.version(session) == self._version:
                return
        knowledge, model, version = await ensure(self._database, self._embedder)
        self._search = Search(
            knowledge, ModelMatcher(model, self._embedder), self._topics, serve_unreviewed=self._serve_unreviewed
        )
        self._version = version

    async def follow(self, every: float = 0.5) -> None:
        """Refresh for ever; a failure is logged and the last search stays."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh()
            except Exception as error:  # the old answers are better than none
                _log.error("knowledge refresh failed", exc_info=error)
