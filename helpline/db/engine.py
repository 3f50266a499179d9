"""One engine a process, one transaction a request or job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from helpline.errors import DatabaseAway


def async_url(url: str) -> str:
    """``url`` with SQLAlchemy's asyncpg driver in its scheme."""
    for prefix in ("postgresql+asyncpg://", "postgresql+psycopg2://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+asyncpg://" + url.removeprefix(prefix)
    return url


def plain_url(url: str) -> str:
    """``url`` as libpq and asyncpg itself understand it."""
    return async_url(url).replace("postgresql+asyncpg://", "postgresql://", 1)


def is_away(error: BaseException) -> bool:
    """Whether ``error`` means that the database is unreachable, not that a statement is wrong."""
    if isinstance(error, DatabaseAway | OSError | asyncpg.InterfaceError | asyncpg.PostgresConnectionError):
        return True
    if isinstance(error, asyncpg.CannotConnectNowError | asyncpg.AdminShutdownError | asyncpg.CrashShutdownError):
        return True
    if isinstance(error, asyncpg.TooManyConnectionsError | TimeoutError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
            return True
        cause = getattr(error.orig, "__cause__", None)
        return cause is not None and is_away(cause)
    return False


class Database:
    """The engine and its sessions. ``transaction()`` commits at its end and rolls back on any error."""

    def __init__(self, url: str, *, pool_size: int = 10, application: str = "helpline") -> None:
        self.url = plain_url(url)
        self.engine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_recycle=1800,
            pool_timeout=5,
            connect_args={"timeout": 5, "server_settings": {"application_name": application, "jit": "off"}},
        )
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends.

        Raises DatabaseAway where the server cannot be reached.
        """
        try:
            async with self.sessions.begin() as session:
                yield session
        except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            if is_away(error):
                await self.engine.dispose(close=False)  # the other pooled connections are dead as well
                raise DatabaseAway(type(error).__name__) from error
            raise

    async def ping(self) -> None:
        """Ask the server for a sign of life; raises DatabaseAway."""
        async with self.transaction() as session:
            await session.execute(text("select 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


async def driver_connection(session: AsyncSession) -> Any:
    """The asyncpg connection that ``session`` works on, so that other libraries join its transaction."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    return raw.driver_connection
