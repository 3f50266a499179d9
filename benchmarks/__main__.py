"""``make bench``: the whole path beside a stock Rasa FAQ bot, on this machine, now."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks import memory
from benchmarks.load import QUESTIONS, paced, person, post, received, share
from benchmarks.stock import stock_bot
from helpline import logs
from helpline.settings import Settings
from helpline.stack.local import with_free_ports, with_values
from helpline.stack.running import stack
from tests.standins.provider import ProviderStandIn

ACK_RATE, ACK_SECONDS = 50.0, 20
BULK = 600
CALM_RATE, CALM_SECONDS = 10.0, 20
WARM_UP = 40


def say(line: str) -> None:
    """Progress."""
    print(f"  {line}", flush=True)


async def helpline(figures: dict[str, float]) -> None:
    """Measure the helpline: webhook in to the provider's call out."""
    with ProviderStandIn() as provider:
        settings = with_values(with_free_ports(Settings()), {**provider.settings, "whatsapp_per_second": 2000.0})
        async with (
            stack(settings, say) as (ready, supervisor),
            httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=64)) as client,
        ):
            base = f"http://{ready.public_host}:{ready.public_port}"
            number = 0

            async def send(address: str) -> float:
                nonlocal number
                number += 1
                return await post(client, base, address, QUESTIONS[number % len(QUESTIONS)])

            for _ in range(WARM_UP):
                await send(person())
            await received(provider, WARM_UP, 120)

            say(f"acknowledgement at {ACK_RATE:g} webhooks/s for {ACK_SECONDS} s")
            acks: list[float] = []

            async def acknowledged(_number: int) -> None:
                acks.append(await send(person()))

            count = int(ACK_RATE * ACK_SECONDS)
            await paced(acknowledged, ACK_RATE, count)
            await received(provider, WARM_UP + count, 180)
            figures |= {f"ack p{p}": share(acks, p / 100) * 1000 for p in (50, 95, 99)}

            say(f"throughput: {BULK} messages at once")
            before, gate = len(provider.sent), asyncio.Semaphore(32)

            async def bulk() -> None:
                async with gate:
                    await send(person())

            started = time.perf_counter()
            await asyncio.gather(*(bulk() for _ in range(BULK)))
            await received(provider, before + BULK, 180)
            figures["replies/s"] = BULK / (time.perf_counter() - started)

            say(f"webhook to reply at {CALM_RATE:g} messages/s for {CALM_SECONDS} s")
            posted: dict[str, float] = {}
            before = len(provider.sent)

            async def calm(_number: int) -> None:
                address = person()
                posted[address] = time.time()
                await send(address)

            count = int(CALM_RATE * CALM_SECONDS)
            await paced(calm, CALM_RATE, count)
            await received(provider, before + count, 120)
            got = [(sent.to.removeprefix("whatsapp:"), sent.at) for sent in provider.sent[before:]]
            waits = [at - posted[address] for address, at in got if address in posted]
            figures |= {f"reply p{p}": share(waits, p / 100) * 1000 for p in (50, 95)}
            assert not provider.problems, provider.problems[:3]

            pids = {os.getpid(), *memory.postgres(ready.data_dir / "postgres")}
            for name in ("rasa", "actions", "worker", "public", "staff"):
                if (pid := supervisor.pid(name)) is not None:
                    pids |= memory.tree(pid)
                    figures[f"memory {name}"] = memory.pss(memory.tree(pid))
            figures["memory"] = memory.pss(pids - {os.getpid()})


async def stock(figures: dict[str, float]) -> None:
    """Measure the stock bot over its REST channel: no storage, no provider, no signature."""
    with tempfile.TemporaryDirectory() as directory:
        say("training the stock Rasa FAQ bot")
        async with (
            stock_bot(Path(directory)) as (url, pid),
            httpx.AsyncClient(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=64)) as client,
        ):

            async def ask(number: int) -> float:
                started = time.perf_counter()
                body = {"sender": f"p{number}", "message": QUESTIONS[number % len(QUESTIONS)]}
                (await client.post(url, json=body)).raise_for_status()
                return time.perf_counter() - started

            for number in range(WARM_UP):
                await ask(number)
            say(f"throughput: {BULK} messages at once")
            gate = asyncio.Semaphore(32)

            async def bulk(number: int) -> None:
                async with gate:
                    await ask(number)

            started = time.perf_counter()
            await asyncio.gather(*(bulk(1000 + number) for number in range(BULK)))
            figures["replies/s"] = BULK / (time.perf_counter() - started)
            say(f"reply at {CALM_RATE:g} messages/s")
            waits: list[float] = []

            async def calm(number: int) -> None:
                waits.append(await ask(5000 + number))

            await paced(calm, CALM_RATE, int(CALM_RATE * CALM_SECONDS))
            figures |= {f"reply p{p}": share(waits, p / 100) * 1000 for p in (50, 95)}
            figures["memory"] = memory.pss(memory.tree(pid))


async def main() -> None:
    """Measure both and print the ratios."""
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    print("The helpline, whole path (signed webhook, PostgreSQL, Rasa, actions, provider stand-in):")
    await helpline(ours)
    print("  measured: " + ", ".join(f"{key} {value:.1f}" for key, value in ours.items()), flush=True)
    print("Stock Rasa 3.6 FAQ bot (rasa init pipeline and policies, REST channel, nothing stored):")
    await stock(theirs)
    print(f"\n{'figure':34} {'helpline':>10} {'stock Rasa':>11} {'ratio':>7}   aim")
    rows = (
        ("ack p50", "ms, acknowledgement at 50/s", ""),
        ("ack p95", "ms", "under 25"),
        ("ack p99", "ms", ""),
        ("replies/s", "whole path", "80, and twice stock"),
        ("reply p50", "ms, webhook to reply at 10/s", ""),
        ("reply p95", "ms", "under 300"),
        ("memory", "MB, all processes (PSS)", "under 1500"),
    )
    for key, note, aim in rows:
        base = theirs.get(key)
        ratio = f"{ours[key] / base:7.2f}" if base else "      -"
        print(f"{key + ' (' + note + ')':34} {ours[key]:10.1f} {base or float('nan'):11.1f} {ratio}   {aim}")
    print(
        "\nmemory by process, MB: "
        + ", ".join(f"{k.removeprefix('memory ')} {v:.0f}" for k, v in ours.items() if k.startswith("memory "))
    )


if __name__ == "__main__":
    logs.configure("ERROR", "bench")
    asyncio.run(main())
