"""The search that follows the published knowledge: what is published is live in every process within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from helpline import logs
from helpline.db import Database
from knowledge import repository
from knowledge.search import store
from knowledge.search.index import Builder, ensure, examples
from knowledge.search.rerank import Reranker
from knowledge.search.search import Found, Search
from knowledge.search.store import Index
from knowledge.topics import Topics

_log = logs.get(__name__)

# Asks for a new index in the background; the process that serves does not build.
Rebuild = Callable[[], Awaitable[None]]


class LiveSearch:
    """The newest search; :meth:`follow` swaps in a new one as soon as the knowledge changes."""

    def __init__(
        self,
        database: Database,
        builder: Builder,
        topics: Topics,
        *,
        serve_unreviewed: bool,
        rebuild: Rebuild | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._database = database
        self._builder = builder
        self._topics = topics
        self._serve_unreviewed = serve_unreviewed
        self._rebuild = rebuild
        self._reranker = reranker
        self._seen: tuple[int, str | None] = (-1, None)
        self._index: Index | None = None
        self._search: Search | None = None

    @property
    def now(self) -> Search:
        """The search to use for one message."""
        assert self._search is not None, "call refresh() once at the start"
        return self._search

    async def find(self, text: str, lang: str, country: str | None) -> Found:
        """What to say to ``text``; a reranker, where there is one, is asked only where the index doubts."""
        search = self.now
        candidates = search.rank(text)
        if self._reranker is not None and search.doubts(candidates):
            candidates = await self._reranker.reorder(text, candidates)
        return search.decide(candidates, lang, country)

    async def refresh(self) -> None:
        """Read the knowledge again where it, or its index, changed."""
        async with self._database.transaction() as session:
            seen = await repository.version(session), await store.newest(session, self._builder.family())
            if seen == self._seen:
                return
            knowledge = await repository.load(session)
            pairs = examples(knowledge)
            wanted = self._builder.key(pairs)
            built = await store.exists(session, wanted)
            chosen = wanted if built else seen[1]
            if self._index is None or self._index.key != chosen:
                self._index = await store.read(session, chosen) if chosen else None
        if self._index is None:  # nothing can stand in for it: somebody's first start
            self._index, built = await ensure(self._database, self._builder), True
        matcher = await asyncio.to_thread(self._builder.matcher, self._index, pairs)
        self._search = Search(knowledge, matcher, self._topics, serve_unreviewed=self._serve_unreviewed)
        self._seen = seen
        if not built and self._rebuild is not None:
            await self._rebuild()

    async def follow(self, every: float = 0.3) -> None:
        """Refresh for ever; a failure is logged and the last search stays."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh()
            except Exception as error:  # the old answers are better than none
                _log.error("knowledge refresh failed", exc_info=error)
