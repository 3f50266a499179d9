"""Bring a database to the newest schema: our tables by Alembic, the queue's by the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

from helpline import jobs
from helpline.db.engine import async_url, plain_url
from helpline.errors import DatabaseAway

MIGRATIONS = Path(__file__).with_name("migrations")
# Two processes may start at once; the second waits and then finds nothing to do.
LOCK = 741_852_963


def configuration(connection: Connection, metadata: MetaData | None = None) -> Config:
    """Alembic's configuration for a connection; ``metadata`` is needed only to write a new revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


async def migrate(url: str) -> None:
    """Create or upgrade every table at ``url``; safe to call from several processes at once."""
    try:
        guard = await asyncpg.connect(plain_url(url))
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise DatabaseAway(f"Check DATABASE_URL ({type(error).__name__}).") from error
    try:
        await guard.execute("select pg_advisory_lock($1)", LOCK)
        engine = create_async_engine(async_url(url), poolclass=pool.NullPool)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(lambda sync: command.upgrade(configuration(sync), "head"))
        finally:
            await engine.dispose()
        await jobs.install(guard)
    finally:
        await guard.close()


def migrate_now(url: str) -> None:
    """:func:`migrate` for callers without an event loop."""
    asyncio.run(migrate(url))
