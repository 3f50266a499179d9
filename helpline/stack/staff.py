"""Root of the staff gateway: health and the state of the helpline; the console comes with its own issue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text

from helpline import logs
from helpline.db import Database
from helpline.settings import Settings
from helpline.stack import serve
from helpline.web import problems

# Counts only: what an operator watches, without a word or a number of anybody.
STATE = """
select
  (select count(*) from inbox where processed_at is null) as messages_waiting,
  (select count(*) from outbox where status in ('queued', 'sending')) as replies_waiting,
  (select count(*) from outbox where status = 'held') as replies_held,
  (select count(*) from outbox where status = 'failed' and created_at > now() - interval '1 day')
    as replies_failed_today,
  (select count(*) from cases where closed_at is null) as cases_open,
  (select count(*) from cases where closed_at is null and priority = 'urgent') as cases_urgent,
  (select extract(epoch from now() - min(received_at))::int from inbox where processed_at is null)
    as oldest_wait_seconds
"""


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of the staff gateway."""
    settings = (settings or Settings()).checked()
    database = Database(settings.database_url, pool_size=5, application="helpline-staff")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(title="helpline staff", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    problems.install(app)

    @app.get("/health")
    async def health() -> dict[str, str]:
        await database.ping()
        return {"status": "ok"}

    @app.get("/state")
    async def state() -> dict[str, int | None]:
        """What waits, what failed, who must be seen: counts only."""
        async with database.transaction() as session:
            row = (await session.execute(text(STATE))).one()
        return {key: int(value) if value is not None else None for key, value in row._mapping.items()}

    return app


@serve.one_sentence
def main() -> None:
    """Serve on the staff address."""
    settings = Settings()
    logs.configure(settings.log_level, "staff")
    serve.run(create(settings), settings.staff_host, settings.staff_port, settings.trusted_proxies)


if __name__ == "__main__":
    main()
