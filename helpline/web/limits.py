"""Limits on what strangers may send: body size, and how often one address may be refused."""

from __future__ import annotations

import time
from collections import OrderedDict

from starlette.requests import Request

from helpline.errors import TooLarge, TooManyRequests

ADDRESSES_KEPT = 10_000


async def read_body(request: Request, most: int) -> bytes:
    """The body, read no further than ``most`` bytes; raises TooLarge."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)


class Refusals:
    """Counts refused requests by address in one-minute windows; genuine providers are never counted.

    ``check`` raises TooManyRequests for an address that was refused more than ``per_minute`` times.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise TooManyRequests where ``address`` has been refused too often."""
        since, count = self._seen.get(address, (0.0, 0))
        if count >= self._per_minute and time.monotonic() - since < 60:
            raise TooManyRequests

    def add(self, address: str) -> None:
        """Count one refusal."""
        now = time.monotonic()
        since, count = self._seen.pop(address, (now, 0))
        self._seen[address] = (now, 1) if now - since >= 60 else (since, count + 1)
        while len(self._seen) > ADDRESSES_KEPT:
            self._seen.popitem(last=False)
