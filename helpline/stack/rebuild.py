"""A new search index in the background: a process of its own, with low priority, one at a time."""

from __future__ import annotations

import asyncio
import os
import sys

from helpline import logs

_log = logs.get(__name__)
NICE = 10  # messages go first


class Rebuilder:
    """Starts ``helpline.stack.build_index``; a wish that comes while one runs is heard afterwards."""

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None
        self._again = False

    async def __call__(self) -> None:
        """Ask for an index of the content as it is now."""
        if self._running is not None and not self._running.done():
            self._again = True
            return
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self._again = False
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "helpline.stack.build_index", preexec_fn=lambda: os.nice(NICE)
            )
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                raise
            if code:
                _log.error("the search index was not built", code=code)
            if not self._again:
                return

    async def close(self) -> None:
        """Stop a build that is under way; the next start begins it again."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
