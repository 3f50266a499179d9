"""The database is away: webhooks wait on disk and are stored in order when it is back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from channels.adapters.fakes import HEADER, FakeAdapter
from channels.errors import BadPayload, BadSignature, UnknownChannel
from channels.intake import Intake
from channels.models import Inbound
from channels.ports import WebhookRequest
from channels.spool import Spool
from helpline.db import Database
from helpline.errors import DatabaseAway, SpoolUnwritable
from helpline.metrics import Metrics
from helpline.privacy import Cipher
from helpline.settings import ROOT, Settings
from helpline.stack.local import environment, free_port
from tests.channels.desk import Desk

BODY = '{"messages": [{"id": "m%s", "from": "p%s", "text": "message %s"}]}'


class Cord:
    """A database whose cord can be pulled."""

    def __init__(self, database: Database) -> None:
        self.database, self.away = database, False

    def transaction(self) -> object:
        """A transaction, where the cord is in."""
        if self.away:
            raise DatabaseAway("pulled")
        return self.database.transaction()


def webhook(number: int, person: int = 0, *, signed: bool = True, body: str = "") -> WebhookRequest:
    text = body or BODY % (number, person, number)
    return WebhookRequest("POST", "https://x/webhooks/fake", {HEADER: "yes"} if signed else {}, text.encode())


@pytest.fixture
def spool(tmp_path: Path, cipher: Cipher) -> Spool:
    made = Spool(tmp_path / "spool", cipher)
    made.prepare()
    return made


@pytest.fixture
def cord(database: Database) -> Cord:
    return Cord(database)


@pytest.fixture
def intake(cord: Cord, cipher: Cipher, spool: Spool) -> Intake:
    return Intake({"fake": FakeAdapter()}, cord, cipher, spool, Metrics())  # type: ignore[arg-type]


async def texts(desk: Desk) -> list[str]:
    async with desk.database.transaction() as session:
        rows = (await session.execute(select(Inbound.content_enc).order_by(Inbound.id))).scalars().all()
    return [desk.cipher.decrypt_json(row)["text"] for row in rows]


@pytest.fixture
def desk(database: Database, cipher: Cipher) -> Desk:
    return Desk(database, cipher)


async def test_webhooks_are_replayed_in_order_and_what_comes_meanwhile_queues_behind(
    intake: Intake, cord: Cord, spool: Spool, desk: Desk
) -> None:
    await intake.receive("fake", webhook(0))
    cord.away = True
    for number in range(1, 6):
        assert (await intake.receive("fake", webhook(number))).status == 200
    assert len(spool.waiting()) == 5
    assert await intake.replay() == 0 and len(spool.waiting()) == 5
    cord.away = False
    await intake.receive("fake", webhook(6))  # the database is back, but five are before it
    assert len(spool.waiting()) == 6
    assert await intake.replay() == 6
    await intake.receive("fake", webhook(7))
    assert await texts(desk) == [f"message {number}" for number in range(8)]
    assert spool.waiting() == []


async def test_a_new_process_finds_what_waits(
    intake: Intake, cord: Cord, spool: Spool, cipher: Cipher, desk: Desk
) -> None:
    cord.away = True
    await intake.receive("fake", webhook(1))
    fresh = Intake({"fake": FakeAdapter()}, desk.database, cipher, spool, Metrics())
    await fresh.receive("fake", webhook(2))
    assert await fresh.replay() == 2
    assert await texts(desk) == ["message 1", "message 2"]


async def test_webhooks_and_replays_at_once_keep_the_order(intake: Intake, cord: Cord, desk: Desk) -> None:
    replaying = asyncio.create_task(intake.replay_forever(every=0.001))

    async def flicker() -> None:
        for _ in range(30):
            cord.away = not cord.away
            await asyncio.sleep(0.01)
        cord.away = False

    async def write(person: int) -> None:
        for number in range(20):
            await intake.receive("fake", webhook(number, person, body=BODY % (f"{person}-{number}", person, number)))

    await asyncio.gather(flicker(), *(write(person) for person in range(5)))
    for _ in range(1000):
        if not intake._spooled:
            break
        await asyncio.sleep(0.01)
    replaying.cancel()
    async with desk.database.transaction() as session:
        rows = (await session.execute(select(Inbound).order_by(Inbound.id))).scalars().all()
    assert len(rows) == 100
    for conversation in {row.conversation_id for row in rows}:
        mine = [row for row in rows if row.conversation_id == conversation]
        assert [desk.cipher.decrypt_json(row.content_enc)["text"] for row in mine] == [
            f"message {n}" for n in range(20)
        ]


async def test_the_same_webhook_on_disk_and_in_the_database_is_one_message(
    intake: Intake, cord: Cord, desk: Desk
) -> None:
    await intake.receive("fake", webhook(1))
    cord.away = True
    await intake.receive("fake", webhook(1))
    await intake.receive("fake", webhook(1))
    cord.away = False
    assert await intake.replay() == 2
    assert await texts(desk) == ["message 1"]


async def test_a_file_that_cannot_be_read_is_set_aside_and_stops_nobody(
    intake: Intake, cord: Cord, spool: Spool, desk: Desk, tmp_path: Path
) -> None:
    cord.away = True
    for number in range(3):
        await intake.receive("fake", webhook(number))
    spool.waiting()[0].write_bytes(b"cut off")
    elsewhere = Spool(tmp_path / "elsewhere", Cipher([Fernet.generate_key().decode()], "k"))
    elsewhere.prepare()
    spool.waiting()[1].write_bytes(elsewhere.put("fake", webhook(9)).read_bytes())
    cord.away = False
    assert await intake.replay() == 3
    assert await texts(desk) == ["message 2"]
    assert len(list((tmp_path / "spool").glob("*.unreadable"))) == 2


async def test_only_what_is_authentic_and_whole_is_taken(intake: Intake, cord: Cord, spool: Spool) -> None:
    cord.away = True
    for request, channel, error in (
        (webhook(1, signed=False), "fake", BadSignature),
        (webhook(1, body="no json"), "fake", BadPayload),
        (webhook(1), "carrier-pigeon", UnknownChannel),
    ):
        with pytest.raises(error):
            await intake.receive(channel, request)
    assert spool.waiting() == []


async def test_where_neither_database_nor_disk_takes_it_the_provider_hears_so(
    intake: Intake, cord: Cord, spool: Spool, tmp_path: Path
) -> None:
    cord.away = True
    (tmp_path / "spool").rmdir()
    with pytest.raises(SpoolUnwritable):
        await intake.receive("fake", webhook(1))


@pytest.mark.skipif(sys.platform != "linux", reason="the names of descriptors are read from /proc")
def test_a_file_is_on_disk_before_its_name_is(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync of the content, then the name, then fsync of the directory: watched at the system's border."""
    seen: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        seen.append("fsync " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).suffix)
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        seen.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    spool.put("fake", webhook(1))
    assert seen == ["fsync .part", "rename", "fsync "]


def test_a_file_holds_nothing_readable_and_belongs_to_its_owner(spool: Spool) -> None:
    file = spool.put("fake", webhook(1, 77))
    assert b"message" not in file.read_bytes() and b"p77" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert spool.read(file) == ("fake", webhook(1, 77))


def test_the_order_is_that_of_arrival(spool: Spool) -> None:
    files = [spool.put("fake", webhook(number)) for number in range(50)]
    assert spool.waiting() == files


@pytest.fixture
def broken(settings: Settings) -> Settings:
    (settings.data_dir / "spool").write_text("not a directory")
    return Settings(**(settings.model_dump() | {"public_port": free_port(), "mode": "embedded"}))


def test_the_gateway_refuses_to_start_on_an_unwritable_spool(broken: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helpline.stack.public"],
        cwd=ROOT, env=environment(broken), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "free the disk or set HELPLINE_DATA_DIR" in done.stderr.strip().splitlines()[-1]
