"""The command line: ``helpline …``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from helpline.errors import HelplineError


def app() -> None:
    """Entry point: build the commands and run the one asked for; expected errors are one sentence, exit code 1."""
    from helpline.cli.commands import build

    try:
        build()()
    except HelplineError as error:
        print(error.message, file=sys.stderr)
        raise SystemExit(1) from None


def say(line: str) -> None:
    """A line of progress: on standard error, so that ``--json`` output stays clean."""
    print(f"  {line}", file=sys.stderr, flush=True)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end; Ctrl-C ends it quietly."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
