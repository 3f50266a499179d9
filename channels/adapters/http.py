"""One HTTP call to a provider, with an honest answer to the question whether it may have arrived."""

from __future__ import annotations

import asyncio
import email.utils
import time
from typing import Any

import httpx

from channels.errors import ProviderAway, Uncertain


def client(base_url: str, timeout_s: float, **options: Any) -> httpx.AsyncClient:
    """A pooled client; it connects with its first call."""
    # Half for the connection, so that an unreachable provider is told from one that took the request and went silent.
    timeout = httpx.Timeout(timeout_s, connect=timeout_s / 2, pool=timeout_s / 2)
    return httpx.AsyncClient(base_url=base_url.rstrip("/"), timeout=timeout, **options)


async def call(http: httpx.AsyncClient, method: str, path: str, *, timeout_s: float, **request: Any) -> httpx.Response:
    """The provider's answer, whatever its status, within ``timeout_s`` seconds in all.

    Raises ProviderAway where nothing left this machine, Uncertain where the request had begun to leave. Neither holds
    the address or the body: a Telegram address contains the bot's token.
    """
    leaving = False

    async def watch(event: str, _info: dict[str, Any]) -> None:
        nonlocal leaving
        leaving = leaving or event.endswith("send_request_headers.started")

    try:
        # httpx counts the silence between two bytes; this counts the whole call.
        async with asyncio.timeout(timeout_s):
            return await http.request(method, path, extensions={"trace": watch}, **request)
    except (TimeoutError, httpx.RequestError) as error:
        raise (Uncertain if leaving else ProviderAway)(f"{type(error).__name__}.") from None


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of the header ``Retry-After`` (RFC 9110: seconds or a date), None where there is none."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none (a gateway's error page)."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
