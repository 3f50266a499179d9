"""A real PostgreSQL for the knowledge tables: one server a run, one database a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from helpline.db import Database
from helpline.db.embedded import EmbeddedPostgres
from helpline.db.migrate import migrate_now


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database, used as a template only."""
    server = EmbeddedPostgres(Path(tmp_path_factory.mktemp("postgres")) / "data")
    url = server.start()
    migrate_now(url)
    yield url
    server.stop("immediate")


@pytest_asyncio.fixture
async def database(migrated: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A fresh migrated database."""
    parts = urlsplit(migrated)
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    admin = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    await admin.execute(f'drop database if exists "{name}" with (force)')
    await admin.execute(f'create database "{name}" template "{parts.path.strip("/")}"')
    opened = Database(urlunsplit(parts._replace(path=f"/{name}")))
    yield opened
    await opened.close()
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()
