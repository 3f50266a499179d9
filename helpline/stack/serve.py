"""uvicorn with the settings that all our servers share."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from helpline.errors import HelplineError


def run(app: Any, host: str, port: int, trusted_proxies: str = "127.0.0.1") -> None:
    """Serve ``app`` until a signal; no access log (addresses), our own log configuration."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        loop="uvloop",
        http="httptools",
        ws="none",
    )


def one_sentence(main: Callable[[], None]) -> Callable[[], None]:
    """``main`` with expected failures (a missing setting, a full disk) told in one sentence, exit code 1."""

    @functools.wraps(main)
    def guarded() -> None:
        try:
            main()
        except HelplineError as error:
            print(error.message, file=sys.stderr, flush=True)
            raise SystemExit(1) from None

    return guarded
