"""Real processes killed, the database stopped, the providers failing: nothing lost, nothing twice, in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from channels.wording import Wording
from helpline.errors import ConfigurationError
from tests.stack import CHANNELS, Helpline, Person, numbers

pytestmark = pytest.mark.timeout(600)
WORDS = ("bonjour", "mon patron ne me paie pas depuis deux mois, je suis au Maroc", "merci beaucoup")
RESUME_S = 30.0
CHOICE = random.Random(20240511)


@dataclass
class Traffic:
    """People who write all of WORDS, one after the other, and what must reach them on each channel."""

    helpline: Helpline
    people: list[Person]
    expected: dict[str, list[str]]
    answers: Counter[str] = field(default_factory=Counter)

    async def flow(self, spread_s: float) -> None:
        """All of them write, within ``spread_s`` seconds; a webhook that is not acknowledged is posted again."""
        await asyncio.gather(*(self._write(person, spread_s) for person in self.people))

    async def _write(self, person: Person, spread_s: float) -> None:
        for words in WORDS:
            await asyncio.sleep(CHOICE.uniform(0, spread_s / len(WORDS)))
            request = person.webhook(words)
            while True:
                try:
                    response = await self.helpline.post(request)
                except httpx.TransportError:
                    self.answers["none"] += 1
                else:
                    self.answers[str(response.status_code)] += 1
                    if response.status_code == 200:
                        break
                await asyncio.sleep(0.2)

    async def settled(self, timeout_s: float = 240.0) -> None:
        """Wait until everything that came in is handled and sent, also what is on disk."""

        async def handled() -> bool:
            with contextlib.suppress(Exception):
                health = await self.helpline.client.get(self.helpline.public + "/health")
                return health.json()["waiting_on_disk"] == 0 and await self._handled() == len(self.people) * len(WORDS)
            return False

        await self.helpline.until(handled, timeout_s)
        await self.helpline.quiet(timeout_s)

    async def _handled(self) -> int:
        indexes = [self.helpline.cipher.blind_index(person.channel, person.address) for person in self.people]
        [(count,)] = await self.helpline.query(
            "select count(i.processed_at) from inbox i join conversations c on c.id = i.conversation_id"
            " join contacts p on p.id = c.contact_id where p.address_index = any(:indexes)",
            indexes=indexes,
        )
        return int(count)

    def count(self, title: str, *, allowed: int = 0) -> None:
        """Print and prove the counts. ``allowed``: replies that Telegram may show twice, as their answer was lost.

        A notice that the bot is away is no reply: at most one for each message.
        """
        away = {Wording.load().say("away", lang).text for lang in ("fr", "ar", "en")}
        lost = doubled = disordered = out = notices = 0
        for person in self.people:
            expected = self.expected[person.channel]
            heard = [call.text for call in person.calls if call.text not in away]
            told = len(person.calls) - len(heard)
            assert told <= len(WORDS)
            notices += told
            got = Counter(heard)
            lost += sum((Counter(expected) - got).values())
            extra = sum((got - Counter(expected)).values())
            assert set(got) <= set(expected), f"{person.channel}: {set(got) - set(expected)}"
            doubled += extra
            assert not extra or person.channel == "telegram", f"twice on {person.channel}: {heard}"
            disordered += list(dict.fromkeys(heard)) != list(dict.fromkeys(expected))
            out += len(heard) - extra
        messages = len(self.people) * len(WORDS)
        numbers(
            f"faults, {title}", **{"in": messages}, out=out, lost=lost, doubled=doubled, out_of_order=disordered,
            notices=notices, posted_again=sum(self.answers.values()) - self.answers["200"],
        )  # fmt: skip
        assert (lost, disordered) == (0, 0)
        assert doubled <= allowed
        assert set(self.answers) <= {"200", "none"}, f"only a dead gateway may fail to acknowledge: {self.answers}"
        assert self.helpline.provider.problems == []


@pytest.fixture
async def expected(helpline: Helpline) -> dict[str, list[str]]:
    """What a person of each channel hears where nothing goes wrong."""
    helpline.provider.recover()
    found = {}
    for channel in CHANNELS:
        person = helpline.person(channel)
        for words in WORDS:
            assert await person.say(words, 120)
        found[channel] = [call.text for call in person.calls]
        assert len(found[channel]) == len(set(found[channel])) >= len(WORDS)
    return found


@pytest.fixture
async def sound(helpline: Helpline) -> AsyncIterator[None]:
    """Leaves the helpline whole: every process alive and well, no fault planned."""
    yield
    helpline.provider.recover()

    async def well() -> bool:
        with contextlib.suppress(Exception):
            for address in (helpline.public, helpline.settings.rasa_address, helpline.settings.actions_address):
                if (await helpline.client.get(f"{address}/health", timeout=5)).status_code != 200:
                    return False
            await helpline.database.ping()
            return True
        return False

    await helpline.until(well, 180)


def traffic(helpline: Helpline, expected: dict[str, list[str]], people: int) -> Traffic:
    return Traffic(helpline, [helpline.person(CHANNELS[n % len(CHANNELS)]) for n in range(people)], expected)


def kill(helpline: Helpline, name: str) -> None:
    """kill -9 of a process and of the children that it has."""
    pid = helpline.supervisor.pid(name)
    if pid is not None:
        os.killpg(pid, signal.SIGKILL)


async def back(helpline: Helpline) -> float:
    """Seconds until a new person gets an answer."""
    started = time.monotonic()
    person = helpline.person("sms")
    request = person.webhook("bonjour")

    async def acknowledged() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await helpline.post(request)).status_code == 200
        return False

    await helpline.until(acknowledged, 120)

    async def answered() -> bool:
        return bool(person.calls)

    await helpline.until(answered, 180)
    return time.monotonic() - started


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", ["worker", "public", "actions", "postgres"])
async def test_a_process_killed_under_way(helpline: Helpline, expected: dict[str, list[str]], name: str) -> None:
    flowing = traffic(helpline, expected, 18)
    writing = asyncio.create_task(flowing.flow(3.0))
    await asyncio.sleep(CHOICE.uniform(0.8, 1.6))
    if name == "postgres":
        await asyncio.to_thread(helpline.postgres.stop, "immediate")
    else:
        kill(helpline, name)
    resumed = await back(helpline)
    await writing
    await flowing.settled()
    # A worker dies with up to so many answers of Telegram on their way.
    flowing.count(f"{name} killed, resumed after {resumed:.0f} s", allowed=6 if name in ("worker", "postgres") else 0)
    # 30 s on a machine of its own; processes take longer to start beside others.
    assert resumed < RESUME_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.usefixtures("sound")
async def test_everything_at_once(helpline: Helpline, expected: dict[str, list[str]]) -> None:
    """60 conversations of 3 messages; both providers fail in every way; every process is killed at some point."""
    provider, flowing = helpline.provider, traffic(helpline, expected, 60)
    lost_answers = 6
    slower = {"ok": False, "error_code": 429, "parameters": {"retry_after": 1}}
    faults: list[dict[str, Any]] = [
        {"provider": "twilio", "status": 429, "headers": {"Retry-After": "1"}, "body": {"code": 20429}},
        {"provider": "telegram", "status": 429, "body": slower},
        {"provider": "twilio", "status": 500}, {"provider": "telegram", "status": 502},
        {"provider": "twilio", "status": 500, "taken": True},
        {"provider": "twilio", "close": True}, {"provider": "twilio", "close": True, "taken": True},
        {"provider": "telegram", "close": True},
        {"provider": "twilio", "hang_s": 4.0}, {"provider": "twilio", "hang_s": 4.0, "taken": True},
    ]  # fmt: skip
    plans = [fault for fault in faults for _ in range(4)]
    plans += [{"provider": "telegram", "close": True, "taken": True}] * lost_answers
    CHOICE.shuffle(plans)
    for plan in plans:
        provider.fail(1, **plan)
    writing = asyncio.create_task(flowing.flow(20.0))
    for name in ("worker", "public", "rasa", "postgres", "worker", "actions", "public"):
        await asyncio.sleep(CHOICE.uniform(1.0, 3.5))
        if name == "postgres":
            await asyncio.to_thread(helpline.postgres.stop, "immediate")
        else:
            kill(helpline, name)
    await writing
    await flowing.settled()
    # A sender is killed three times (worker, worker, postgres): Telegram may show those replies twice, Twilio may not.
    flowing.count(f"everything at once, {len(plans)} provider faults", allowed=lost_answers + 3 * 6)


@pytest.mark.usefixtures("sound")
async def test_the_database_away(helpline: Helpline, expected: dict[str, list[str]]) -> None:
    """Webhooks are acknowledged from the disk, also by a gateway killed meanwhile, and replayed in order."""
    flowing = traffic(helpline, expected, 12)
    server = helpline.supervisor._postgres
    assert server is not None

    def machine_is_off() -> str:
        raise ConfigurationError("switched off by the test")

    server.start = machine_is_off  # type: ignore[method-assign]
    try:
        await asyncio.to_thread(helpline.postgres.stop, "immediate")
        writing = asyncio.create_task(flowing.flow(3.0))
        await asyncio.sleep(1.5)
        kill(helpline, "public")
        await writing
        health = (await helpline.client.get(helpline.public + "/health")).json()
        waiting = len(flowing.people) * len(WORDS)
        assert health == {"status": "ok", "stores_in": "spool", "waiting_on_disk": waiting}
    finally:
        del server.start
    await flowing.settled()
    flowing.count("database away, webhooks on disk " + str(waiting))


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", ["rasa", "actions"])
async def test_the_bot_away(helpline: Helpline, expected: dict[str, list[str]], name: str) -> None:
    """A part that hangs: messages wait, each person gets one notice, then the answers."""
    flowing = traffic(helpline, expected, 6)
    pid = helpline.supervisor.pid(name)
    assert pid is not None
    os.killpg(pid, signal.SIGSTOP)
    try:
        await flowing.flow(1.0)
        notice = Wording.load().say("away", "fr").text

        async def noticed() -> bool:
            return all(notice in [call.text for call in person.calls] for person in flowing.people)

        await helpline.until(noticed, 90)
        await asyncio.sleep(helpline.settings.away_notice_after_s * 2)
    finally:
        os.killpg(pid, signal.SIGCONT)
    await flowing.settled()
    told = [[call.text for call in person.calls].count(notice) for person in flowing.people]
    assert told == [1] * len(flowing.people)
    flowing.count(f"{name} away")
