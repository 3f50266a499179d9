"""Whether a part is well, for the health checks of containers."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from helpline.errors import BadRequest, Unavailable
from helpline.settings import Settings

ALIVE_WITHIN = 30


class NotWell(Unavailable):
    """This part is not well."""


def alive_file(settings: Settings) -> Path:
    """What a working worker touches every few seconds."""
    return settings.data_dir / "worker.alive"


async def check(settings: Settings, part: str) -> None:
    """Return where ``part`` is well; raises NotWell, or BadRequest for a part that there is not."""
    addresses = {
        "public": f"http://127.0.0.1:{settings.public_port}",
        "staff": f"http://127.0.0.1:{settings.staff_port}",
        "actions": f"http://127.0.0.1:{settings.actions_port}",
        "rasa": f"http://127.0.0.1:{settings.rasa_port}",
    }
    if part in addresses:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            try:
                (await client.get(f"{addresses[part]}/health")).raise_for_status()
            except httpx.HTTPError as error:
                raise NotWell(type(error).__name__) from error
    elif part == "worker":
        file = alive_file(settings)
        if not file.exists() or time.time() - file.stat().st_mtime > ALIVE_WITHIN:
            raise NotWell(f"no sign of life in {ALIVE_WITHIN} s")
    else:
        raise BadRequest(f"There is no part {part!r}.")
