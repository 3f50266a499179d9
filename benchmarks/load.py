"""Load on loopback: bounded in count and time."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

import httpx

from tests.standins import webhooks
from tests.standins.plan import SENDER
from tests.standins.provider import ProviderStandIn

# Questions of every kind, so that no single cached path is measured. `{}` keeps each message apart from the others.
QUESTIONS = (
    "mon patron ne me paie pas depuis 2 mois, je suis à Casablanca",
    "صاحب العمل لم يدفع لي منذ شهرين وأنا في تونس",
    "lpatron khda liya lpassport w ma bghach yraj3o f casa",
    "how much can a recruitment agency ask me in Tunisia",
    "j'ai eu un accident sur le chantier à Tanger",
    "كيفاش نجدد بطاقة الإقامة في تونس",
    "comment envoyer de l'argent au Sénégal depuis le Maroc",
    "is this job offer real, they ask 300 euros for the visa, I am in Rabat",
    "bonjour",
    "merci beaucoup",
)
# Each run has people of its own: the helpline knows the messages of an earlier run, and leaves repeats alone.
_numbers = itertools.count(random.randrange(10_000_000, 90_000_000))


def person() -> str:
    """A number of the range that no network uses (+212 5 00 …), new each time."""
    return f"+2125{next(_numbers):08d}"


def form(address: str, text: str) -> dict[str, str]:
    """A WhatsApp message as Twilio posts it."""
    return {
        "MessageSid": f"SM{uuid.uuid4().hex}",
        "From": f"whatsapp:{address}",
        "To": f"whatsapp:{SENDER}",
        "Body": text,
        "NumMedia": "0",
    }


async def post(client: httpx.AsyncClient, base: str, address: str, text: str) -> float:
    """Post one signed webhook; seconds until it was acknowledged."""
    request = webhooks.twilio("whatsapp", form(address, text))
    started = time.perf_counter()
    answer = await client.post(f"{base}/webhooks/whatsapp", content=request.body, headers=request.headers)
    answer.raise_for_status()
    return time.perf_counter() - started


async def paced(work: Callable[[int], Awaitable[None]], per_second: float, count: int) -> None:
    """Start ``work(0) … work(count - 1)`` at a steady rate, whether or not earlier ones have ended."""
    started, tasks = time.perf_counter(), []
    for number in range(count):
        delay = started + number / per_second - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        tasks.append(asyncio.create_task(work(number)))  # type: ignore[arg-type]
    await asyncio.gather(*tasks)


async def received(provider: ProviderStandIn, count: int, seconds: float) -> None:
    """Wait until the provider has got ``count`` messages; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while len(provider.sent) < count:
            await asyncio.sleep(0.02)


def share(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` of ``values`` lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
