"""The queue: pgqueuer as a wake-up over our own tables. The one module that knows the engine.

A wake-up says only *which* conversation has work; the truth is in the inbox and the outbox. It is enqueued in the
transaction that stores the work, so that both are there or neither is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from helpline import logs
from helpline.db.engine import driver_connection
from helpline.errors import HelplineError

Handler = Callable[[str], Awaitable[None]]

_log = logs.get(__name__)


class Again(Exception):
    """A handler asks to be called again for the same key after ``delay`` seconds; its work so far is committed."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        super().__init__("again")


async def install(connection: asyncpg.Connection) -> None:
    """Create or upgrade the queue's own tables."""
    queries = Queries(AsyncpgDriver(connection))
    if not await queries.schema_is_installed():
        await queries.install()
    await queries.upgrade()


async def wake(session: AsyncSession, name: str, key: str, delay: float = 0.0) -> None:
    """Enqueue a wake-up ``name`` for ``key`` inside the session's transaction, due in ``delay`` seconds."""
    queries = Queries(AsyncpgDriver(await driver_connection(session)))
    await queries.enqueue(name, key.encode(), execute_after=timedelta(seconds=delay) if delay else None)


async def prune(session: AsyncSession, older_than: timedelta) -> None:
    """Delete the engine's log rows (about three a job) older than ``older_than``."""
    await session.execute(
        text("delete from pgqueuer_log where created < now() - make_interval(secs => :s)"),
        {"s": older_than.total_seconds()},
    )


async def run(
    url: str,
    handlers: Mapping[str, Handler],
    *,
    concurrency: int,
    heartbeat: float,
    stop: asyncio.Event,
) -> None:
    """Serve the queue until ``stop`` is set.

    Raises whatever ends the database connection: the process ends with it, and its supervisor starts it again.
    """
    connection = await asyncpg.connect(
        url, timeout=5, server_settings={"application_name": "helpline-jobs", "jit": "off"}
    )
    try:
        engine = PgQueuer.from_asyncpg_connection(connection)
        for name, handler in handlers.items():
            engine.entrypoint(name, executor_factory=DatabaseRetryEntrypointExecutor, on_failure="hold")(
                _guard(name, handler)
            )
        connection.add_termination_listener(lambda _c: engine.shutdown.set())

        async def stopper() -> None:
            await stop.wait()
            engine.shutdown.set()

        waiting = asyncio.create_task(stopper())
        try:
            await engine.run(
                batch_size=max(1, concurrency // 2),
                max_concurrent_tasks=concurrency,
                heartbeat_timeout=timedelta(seconds=heartbeat),
                dequeue_timeout=timedelta(seconds=2),
                shutdown_on_listener_failure=True,
            )
        finally:
            waiting.cancel()
        if not stop.is_set():
            raise ConnectionError("the job engine lost its database connection")
    finally:
        await connection.close(timeout=2)


def _guard(name: str, handler: Handler) -> Callable[[Job], Awaitable[None]]:
    """``handler`` as pgqueuer calls it: expected delays and failures become retries; nothing is deleted unhandled."""

    async def execute(job: Job) -> None:
        key = (job.payload or b"").decode()
        try:
            await handler(key)
        except Again as again:
            raise RetryRequested(timedelta(seconds=again.delay)) from None
        except HelplineError as error:
            if not error.retryable:
                _log.error("job failed", job=name, conversation=key, exc_info=error)
                raise
            raise RetryRequested(timedelta(seconds=1)) from None
        except Exception as error:
            _log.error("job failed", job=name, conversation=key, exc_info=error)
            raise RetryRequested(timedelta(seconds=min(60, 2 ** min(job.attempts + 1, 6)))) from None

    return execute
