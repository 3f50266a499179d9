"""Shared by all tests: one real PostgreSQL a session, a fresh migrated database a test, settings with test secrets."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from cryptography.fernet import Fernet

from helpline.db import Database
from helpline.db.embedded import EmbeddedPostgres
from helpline.db.migrate import migrate_now
from helpline.privacy import Cipher
from helpline.settings import Settings
from tests.stack import Helpline, started

TEMPLATE = "helpline_template"


@pytest.fixture(scope="session")
def postgres_directory() -> Iterator[Path]:
    """A short path: a Unix socket's name must fit into 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="hl-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory / "pg"
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_directory: Path) -> Iterator[str]:
    """URL of the ``postgres`` database of a server that lives for the session; a migrated template stands ready."""
    server = EmbeddedPostgres(postgres_directory)
    url = server.start()
    migrate_now(url)

    async def template() -> None:
        connection = await asyncpg.connect(url.replace("/helpline?", "/postgres?"))
        await connection.execute(f'create database "{TEMPLATE}" template "helpline"')
        await connection.close()

    asyncio.run(template())
    yield url.replace("/helpline?", "/postgres?")
    server.stop("immediate")


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """URL of a fresh migrated database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'create database "{name}" template "{TEMPLATE}"')
    yield postgres.replace("/postgres?", f"/{name}?")
    await connection.execute(f'drop database "{name}" with (force)')
    await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A Database on a fresh migrated database."""
    made = Database(database_url, pool_size=10)
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def helpline() -> AsyncIterator[Helpline]:
    """The whole helpline in real processes, for the session; see ``tests/stack.py``."""
    async with started() as running:
        yield running


@pytest.fixture(scope="session")
def keys() -> dict[str, str]:
    """Secrets for tests, new in each session."""
    return {
        "encryption_keys": Fernet.generate_key().decode(),
        "index_key": "test-index-key",
        "rasa_token": "test-rasa-token",
    }


@pytest.fixture
def settings(keys: dict[str, str], database_url: str, tmp_path: Path) -> Settings:
    """Settings on the fresh database, with a data directory of their own."""
    return Settings(database_url=database_url, data_dir=tmp_path, **keys)  # type: ignore[arg-type]


@pytest.fixture
def cipher(keys: dict[str, str]) -> Cipher:
    """The cipher of ``settings``."""
    return Cipher([keys["encryption_keys"]], keys["index_key"])
