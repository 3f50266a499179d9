"""A helpline to talk to: the one that runs already, or one started for the occasion and stopped afterwards."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from helpline.errors import ConfigurationError
from helpline.settings import Settings
from helpline.stack.local import PORTS, embedded_settings, port_taken, postgres, with_free_ports, with_values
from helpline.stack.parts import Part, parts
from helpline.stack.prepare import prepare
from helpline.stack.supervisor import Supervisor

Say = Callable[[str], None]


def state_file(settings: Settings) -> Path:
    """Where the running helpline leaves its process id and ports."""
    return settings.data_dir / "stack.json"


async def running(settings: Settings) -> Settings | None:
    """The settings of the helpline that runs on this data directory, or None."""
    if settings.mode != "embedded":
        return settings.checked()
    try:
        state = json.loads(state_file(settings).read_text())
        os.kill(int(state["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    found = with_values(embedded_settings(settings, state["database_url"]), {name: state[name] for name in PORTS})
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        with suppress(httpx.HTTPError):
            if (await client.get(f"http://{found.public_host}:{found.public_port}/health")).status_code == 200:
                return found
    return None


@asynccontextmanager
async def stack(settings: Settings, say: Say, *, gateways: bool = True) -> AsyncIterator[tuple[Settings, Supervisor]]:
    """Prepare and start everything; stop it when the block ends.

    ``gateways`` False leaves out the public and the staff server, for a question from the command line.
    Raises ConfigurationError with one sentence that says what to do.
    """
    if gateways:
        for name in PORTS:
            host, port = getattr(settings, name.replace("_port", "_host")), getattr(settings, name)
            if port_taken(host, port):
                raise ConfigurationError(
                    f"Port {port} is in use. Stop what uses it, or set HELPLINE_{name.upper()} to another one."
                )
    embedded = None
    if settings.mode == "embedded" and not settings.database_url:
        embedded = postgres(settings)
        say("starting PostgreSQL")
        settings = embedded_settings(settings, await asyncio.to_thread(embedded.start))
    else:
        settings = embedded_settings(settings)
    settings = settings.checked()
    from helpline.stack.local import environment

    supervisor: Supervisor | None = None
    try:
        await prepare(settings, say)
        wanted: tuple[Part, ...] = tuple(
            part for part in parts(settings) if gateways or part.name not in ("public", "staff")
        )
        supervisor = Supervisor(
            wanted, environment(settings), settings.data_dir / "log", settings.database_url, embedded
        )
        say("starting Rasa, the action server, the worker" + (" and both gateways" if gateways else ""))
        await supervisor.start(lambda name: say(f"{name} is well"))
        if gateways:
            state = {"pid": os.getpid(), "database_url": settings.database_url} | {
                name: getattr(settings, name) for name in PORTS
            }
            state_file(settings).write_text(json.dumps(state))
        yield settings, supervisor
    finally:
        if gateways:
            state_file(settings).unlink(missing_ok=True)
        if supervisor is not None:
            await supervisor.stop()
        if embedded is not None:
            await asyncio.to_thread(embedded.stop)


@asynccontextmanager
async def some_stack(settings: Settings, say: Say) -> AsyncIterator[Settings]:
    """The settings of a helpline that answers: the running one, else one started for this block on free ports."""
    found = await running(settings)
    if found is not None:
        yield found
        return
    say("no helpline is running: starting one for this command (keep one running with `make up`)")
    async with stack(with_free_ports(settings), say, gateways=False) as (started, _supervisor):
        yield started
