"""The whole helpline in processes of its own, with stand-ins for the providers, for journeys and fault tests."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from channels.ports import WebhookRequest
from helpline.db import Database
from helpline.db.embedded import EmbeddedPostgres
from helpline.db.migrate import migrate
from helpline.privacy import Cipher
from helpline.settings import Settings
from helpline.stack.local import embedded_settings, free_port, postgres, with_free_ports
from helpline.stack.prepare import load_knowledge
from helpline.stack.running import stack
from helpline.stack.supervisor import Supervisor
from knowledge import repository
from knowledge.records import Knowledge
from knowledge.search import index, store
from knowledge.search.encoder import TunedEncoder
from knowledge.search.model import TopicModel
from tests.contracts.cases import payload
from tests.standins import webhooks
from tests.standins.plan import Call
from tests.standins.provider import ProviderStandIn

_ids = itertools.count(1)
CHANNELS = ("whatsapp", "sms", "telegram")


@dataclass
class Helpline:
    """The running helpline. ``post`` is a provider's webhook; ``sent`` is what reached a person."""

    settings: Settings
    supervisor: Supervisor
    provider: ProviderStandIn
    postgres: EmbeddedPostgres
    database: Database
    cipher: Cipher
    client: httpx.AsyncClient
    said: list[str] = field(default_factory=list)

    @property
    def public(self) -> str:
        """Address of the public gateway."""
        return f"http://{self.settings.public_host}:{self.settings.public_port}"

    def person(self, channel: str) -> Person:
        """Somebody new."""
        number = next(_ids)
        return Person(self, channel, str(810_000_000 + number) if channel == "telegram" else f"+2126{number:08d}")

    async def post(self, request: WebhookRequest) -> httpx.Response:
        """Post a webhook as the proxy in front of the gateway passes it on."""
        path = "/" + request.url.split("/", 3)[3]
        return await self.client.post(self.public + path, content=request.body, headers=request.headers)

    async def until(self, ready: Callable[[], Awaitable[Any]], timeout_s: float = 60.0) -> Any:
        """The first truth that ``ready`` gives; an AssertionError where it gives none in time."""
        end = time.monotonic() + timeout_s
        while not (found := await ready()):
            assert time.monotonic() < end, f"not within {timeout_s} s"
            await asyncio.sleep(0.05)
        return found

    async def query(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        async with self.database.transaction() as session:
            return list((await session.execute(text(statement), values)).all())

    async def quiet(self, timeout_s: float = 60.0) -> None:
        """Wait until no message and no reply waits."""

        async def nothing_waits() -> bool:
            [(waiting,)] = await self.query(
                "select (select count(*) from inbox where processed_at is null)"
                " + (select count(*) from outbox where status in ('queued', 'sending'))"
            )
            return not waiting

        await self.until(nothing_waits, timeout_s)

    def logged(self) -> str:
        """All that the processes have written to their logs."""
        files = sorted((self.settings.data_dir / "log").iterdir())
        assert len(files) >= 5
        return "\n".join(file.read_text("utf-8", "replace") for file in files)


@dataclass
class Person:
    """A person at the provider's end of a channel."""

    helpline: Helpline
    channel: str
    address: str

    def webhook(self, words: str) -> WebhookRequest:
        """A message of theirs as the provider posts it; a new id each time."""
        number = next(_ids)
        self.helpline.said.append(words)
        if self.channel == "telegram":
            update = payload("telegram/text")
            update["update_id"] = update["message"]["message_id"] = 100_000 + number
            update["message"]["text"] = words
            update["message"]["chat"]["id"] = update["message"]["from"]["id"] = int(self.address)
            return webhooks.telegram(update)
        form = payload(f"twilio/{self.channel}_text")
        prefix = "whatsapp:" if self.channel == "whatsapp" else ""
        form |= {"Body": words, "From": prefix + self.address}
        form |= dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), f"SM{number:032x}")
        form |= {"WaId": self.address.lstrip("+")} if self.channel == "whatsapp" else {}
        return webhooks.twilio(self.channel, form)

    async def write(self, words: str) -> httpx.Response:
        """Send one message; it is acknowledged."""
        response = await self.helpline.post(self.webhook(words))
        assert response.status_code == 200, response.text
        return response

    async def say(self, words: str, timeout_s: float = 60.0) -> list[str]:
        """Send one message and wait until it is handled; the texts that came back."""
        before = len(self.calls)
        await self.write(words)
        await self.helpline.quiet(timeout_s)
        return [call.text for call in self.calls[before:]]

    @property
    def calls(self) -> list[Call]:
        """The calls by which messages reached this person."""
        address = f"whatsapp:{self.address}" if self.channel == "whatsapp" else self.address
        return [call for call in self.helpline.provider.sent if call.to == address]

    async def understood(self) -> dict[str, Any]:
        """What was made of the newest message."""
        rows = await self.helpline.query(
            "select i.understood from inbox i join conversations c on c.id = i.conversation_id"
            " join contacts p on p.id = c.contact_id where p.address_index = :index order by i.id desc limit 1",
            index=self.helpline.cipher.blind_index(self.channel, self.address),
        )
        return dict(rows[0][0]) if rows else {}

    async def conversation(self) -> str | None:
        """The id of the conversation."""
        rows = await self.helpline.query(
            "select c.id from conversations c join contacts p on p.id = c.contact_id where p.address_index = :index",
            index=self.helpline.cipher.blind_index(self.channel, self.address),
        )
        return str(rows[0][0]) if rows else None


async def with_known_index(settings: Settings) -> None:
    """The shipped knowledge in the database; its index is kept beside the trained bot and used while it fits."""
    await migrate(settings.database_url)
    assert settings.model_dir is not None
    database = Database(settings.database_url, pool_size=2)
    knowledge = await asyncio.to_thread(Knowledge.from_directory)
    builder = index.Builder.load(TunedEncoder())
    key = builder.key(index.examples(knowledge))
    cache = settings.model_dir / f"index-{key[:16]}.npz"
    try:
        async with database.transaction() as session:
            await repository.replace_all(session, knowledge, unless_imported=True)
            if cache.exists():
                kept = store.Index(key, TopicModel.from_bytes(cache.read_bytes()), None)
                await store.write(session, kept, builder.family())
        if not cache.exists():
            await load_knowledge(settings, print)
            async with database.transaction() as session:
                built = await store.read(session, key)
            assert built is not None, "the key of the cache is that of the index"
            for old in settings.model_dir.glob("index-*.npz"):
                old.unlink()
            settings.model_dir.mkdir(parents=True, exist_ok=True)
            cache.write_bytes(built.model.to_bytes())
    finally:
        await database.close()


@asynccontextmanager
async def started() -> AsyncIterator[Helpline]:
    """Everything started, on a short path of its own; times short enough for tests."""
    directory = Path(tempfile.mkdtemp(prefix="hs-", dir="/tmp"))
    directory.chmod(0o755)
    shared = Settings().data_dir / "models"  # where `helpline train` puts the bot
    with ProviderStandIn() as provider:
        settings = with_free_ports(
            Settings(
                mode="embedded",
                database_url="",
                data_dir=directory,
                model_dir=shared,
                retry_base_s=0.3,
                resume_within_s=5.0,
                send_timeout_s=3.0,
                rasa_timeout_s=5.0,
                away_notice_after_s=4.0,
                whatsapp_per_second=500,
                sms_per_second=500,
                telegram_per_second=500,
                loop_guard_repeats=1000,
                metrics_port=free_port(),
                **provider.settings,
            )  # fmt: skip
        )
        server = postgres(settings)
        try:
            await with_known_index(embedded_settings(settings, await asyncio.to_thread(server.start)))
            async with (
                stack(settings, print) as (ready, supervisor),
                httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=32)) as client,
            ):
                database = Database(ready.database_url, pool_size=4, application="helpline-tests")
                yield Helpline(
                    ready, supervisor, provider, server, database, Cipher.from_settings(ready), client
                )  # fmt: skip
                await database.close()
        finally:
            await asyncio.to_thread(server.stop, "immediate")
            shutil.rmtree(directory, ignore_errors=True)


def numbers(line: str, **counts: int) -> None:
    """Print counts in one line, and keep them for the report of the run."""
    print(f"\n{line}: " + ", ".join(f"{name} {count}" for name, count in counts.items()), flush=True)


def as_json(value: Any) -> str:
    """JSON for a message in an assertion."""
    return json.dumps(value, ensure_ascii=False, default=str)
