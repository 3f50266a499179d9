"""uvicorn with the settings that all our servers share."""

from __future__ import annotations

from typing import Any

import uvicorn


def run(app: Any, host: str, port: int, trusted_proxies: str = "127.0.0.1") -> None:
    """Serve ``app`` until a signal; no access log (addresses), our own log configuration."""
    uvicorn.run(
        app, host=host, port=port, access_log=False, log_config=None, server_header=False, date_header=False,
        forwarded_allow_ips=trusted_proxies, timeout_graceful_shutdown=5, timeout_keep_alive=75, loop="uvloop", http="httptools", ws="none",
    )  # fmt: skip
