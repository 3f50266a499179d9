"""Starts the processes, starts them again when they end, and stops them all together."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx

from helpline.db.embedded import EmbeddedPostgres
from helpline.errors import ConfigurationError
from helpline.stack.parts import Part

LOG_BYTES = 20_000_000
START_SECONDS = 120.0
PR_SET_PDEATHSIG = 1


class Supervisor:
    """Runs ``parts`` with ``env``; their output goes to ``logs/<name>.log``.

    ``postgres`` is the embedded server to keep alive as well, None where the database is somebody else's.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        env: dict[str, str],
        logs: Path,
        database_url: str,
        postgres: EmbeddedPostgres | None,
    ) -> None:
        self._parts = tuple(parts)
        self._env = env
        self._logs = logs
        self._database_url = database_url
        self._postgres = postgres
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.restarts: dict[str, int] = {}

    async def start(self, say: Callable[[str], None] = lambda _line: None) -> None:
        """Start everything and wait until all are well; raises ConfigurationError naming the log of what is not."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for part in self._parts:
            self._tasks.append(asyncio.create_task(self._keep(part)))
        if self._postgres is not None:
            self._tasks.append(asyncio.create_task(self._keep_postgres(self._postgres)))
        waiting = {asyncio.create_task(self._well(part)): part for part in self._parts}
        for done in asyncio.as_completed(waiting):
            say(await done)

    async def stop(self) -> None:
        """Stop every process: politely, then firmly."""
        for task in self._tasks:
            task.cancel()
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for process in self._processes.values():
            try:
                await asyncio.wait_for(process.wait(), 8)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def pid(self, name: str) -> int | None:
        """The process id of a part that runs now."""
        process = self._processes.get(name)
        return process.pid if process is not None and process.returncode is None else None

    async def _keep(self, part: Part) -> None:
        """Start a part again whenever it ends; wait longer where it ends at once again and again."""
        delay = 0.2
        while True:
            started = time.monotonic()
            log = self._logs / f"{part.name}.log"
            if log.exists() and log.stat().st_size > LOG_BYTES:
                log.replace(log.with_suffix(".old"))
            with log.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *part.command,
                    cwd=part.directory,
                    env=self._env,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    preexec_fn=functools.partial(_as_child, part.patience),
                    start_new_session=True,
                )
            self._processes[part.name] = process
            await process.wait()
            self.restarts[part.name] = self.restarts.get(part.name, 0) + 1
            delay = 0.2 if time.monotonic() - started > 10 else min(5.0, delay * 2)
            await asyncio.sleep(delay)

    async def _keep_postgres(self, postgres: EmbeddedPostgres) -> None:
        """Start the embedded server again where it died; nothing that was committed is lost."""
        while True:
            await asyncio.sleep(1.0)
            try:
                connection = await asyncpg.connect(self._database_url, timeout=5)
                await connection.close()
            except (OSError, asyncpg.PostgresError, TimeoutError):
                with suppress(ConfigurationError):
                    await asyncio.to_thread(postgres.start)

    async def _well(self, part: Part) -> str:
        deadline = time.monotonic() + START_SECONDS
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while time.monotonic() < deadline:
                if await self._answers(client, part):
                    return part.name
                if self.restarts.get(part.name, 0) >= 3:
                    break
                await asyncio.sleep(0.1)
        raise ConfigurationError(
            f"{part.name} does not start. Its last words are in {self._logs / (part.name + '.log')}."
        )

    async def _answers(self, client: httpx.AsyncClient, part: Part) -> bool:
        if part.health:
            with suppress(httpx.HTTPError):
                return (await client.get(part.health)).status_code == 200
            return False
        with suppress(OSError, asyncpg.PostgresError, TimeoutError):
            connection = await asyncpg.connect(self._database_url, timeout=2)
            try:
                found = await connection.fetchval(
                    "select count(*) from pg_stat_activity"
                    " where application_name = 'helpline-jobs' and datname = current_database()"
                )
                return bool(found)
            finally:
                await connection.close()
        return False


def _as_child(patience: int) -> None:
    """In the child, before it starts: lower its priority, and ask Linux to stop it when the supervisor dies.

    However the supervisor dies, no orphan keeps a port or a queue.
    """
    os.nice(patience)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
