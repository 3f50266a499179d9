"""Root of the action server: search and case opening behind rasa-sdk's webhook."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from actions import server
from actions.answer import AnswerAction
from actions.handoff import HandoffAction
from channels.services import CaseRequest
from handoff.cases import Cases
from helpline import logs
from helpline.db import Database
from helpline.settings import Settings
from helpline.stack import serve
from helpline.stack.rebuild import Rebuilder
from helpline.web import problems
from helpline.wording import Texts
from knowledge.gazetteer import Gazetteer
from knowledge.search import embedders, rerank
from knowledge.search.index import Builder
from knowledge.search.live import LiveSearch
from knowledge.topics import Topics


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of the action server."""
    settings = (settings or Settings()).checked()
    database = Database(settings.database_url, pool_size=10, application="helpline-actions")
    topics, rebuild = Topics.load(), Rebuilder()
    reranker = rerank.from_settings(settings, topics.scopes())
    search = LiveSearch(
        database,
        Builder.load(embedders.from_settings(settings)),
        topics,
        serve_unreviewed=settings.serves_unreviewed,
        rebuild=rebuild,
        reranker=reranker,
    )
    cases, texts, gazetteer = Cases(), Texts.load("actions.wording"), Gazetteer.load()

    async def open_case(
        conversation: uuid.UUID, reason: str, inbound: int | None, topic: str | None, lang: str, country: str | None
    ) -> None:
        async with database.transaction() as session:
            await cases.open(session, CaseRequest(conversation, reason, "normal", inbound, topic, None, lang, country))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await search.refresh()
        following = asyncio.create_task(search.follow())
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await rebuild.close()
        if reranker is not None:
            await reranker.close()
        await database.close()

    app = FastAPI(title="helpline actions", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    problems.install(app)
    server.register(app, [AnswerAction(search, texts, gazetteer.label), HandoffAction(open_case, texts)])

    @app.get("/health")
    async def health() -> dict[str, str]:
        await database.ping()
        return {"status": "ok"}

    return app


@serve.one_sentence
def main() -> None:
    """Serve on the actions address: loopback or the private network only."""
    settings = Settings()
    logs.configure(settings.log_level, "actions")
    serve.run(create(settings), settings.actions_host, settings.actions_port)


if __name__ == "__main__":
    main()
