"""Root of the worker: handles messages, sends replies, and sweeps up after interruptions."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

from channels.adapters.limits import LIMITS
from channels.delivery import Delivery, Policy
from channels.dialogue import Dialogue
from channels.outbox import Outbox
from channels.ports import ChannelAdapter
from channels.rasa_client import Bot, RasaBot
from channels.registry import build_adapters
from channels.tasks import Tasks
from channels.wording import Wording
from handoff.cases import Cases
from helpline import jobs, logs
from helpline.db import Database
from helpline.errors import HelplineError
from helpline.language.detect import LanguageDetector
from helpline.metrics import Metrics
from helpline.privacy import Cipher
from helpline.settings import Settings
from helpline.stack import serve
from helpline.stack.health import alive_file
from helpline.stack.wiring import GazetteerPlaces, UrgentDangers
from knowledge import repository
from knowledge.gazetteer import Gazetteer
from knowledge.urgent import UrgentDetector

SWEEP_SECONDS = 10.0
PRUNE_SECONDS = 600.0
ALIVE_SECONDS = 5.0

_log = logs.get(__name__)


class Worker:
    """One worker; more of them on other machines need nothing but the database."""

    def __init__(
        self, settings: Settings, *, bot: Bot | None = None, adapters: dict[str, ChannelAdapter] | None = None
    ) -> None:
        """``bot`` and ``adapters`` are for tests; by default Rasa and the configured channels."""
        self.settings = settings
        self.cipher = Cipher.from_settings(settings)
        self.database = Database(
            settings.database_url, pool_size=settings.worker_concurrency, application="helpline-worker"
        )
        self.bot = bot or RasaBot(
            settings.rasa_address, settings.rasa_token.get_secret_value(), settings.rasa_timeout_s
        )
        self.adapters = build_adapters(settings) if adapters is None else adapters
        self.metrics = Metrics()
        self.dangers = UrgentDangers(UrgentDetector.load(), ())
        self._knowledge_version = -1
        limits = {name: adapter.limits for name, adapter in self.adapters.items()}
        limits = {**LIMITS, **limits}  # a person of a channel switched off meanwhile still gets a row that says so
        outbox = Outbox(limits, self.cipher, settings.loop_guard_repeats)
        dialogue = Dialogue(
            cipher=self.cipher,
            bot=self.bot,
            outbox=outbox,
            wording=Wording.load(),
            languages=LanguageDetector.load(),
            places=GazetteerPlaces(Gazetteer.load()),
            dangers=self.dangers,
            cases=Cases(),
            default_country=settings.default_country,
        )
        policy = Policy(
            settings.send_timeout_s, settings.retry_base_s, settings.send_give_up_after_s, settings.per_second
        )
        delivery = Delivery(self.database, self.cipher, self.adapters, self.metrics, policy)
        self.tasks = Tasks(self.database, self.cipher, dialogue, delivery, self.metrics, settings.away_notice_after_s)

    async def refresh_directory(self) -> None:
        """Read the emergency numbers again: an edited number counts within seconds."""
        async with self.database.transaction() as session:
            version = await repository.version(session)
            if version != self._knowledge_version:
                self.dangers.organisations = (await repository.load(session)).organisations
                self._knowledge_version = version

    async def alive(self) -> None:
        """Leave a sign of life for the health check of this container."""
        alive_file(self.settings).touch()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; raises where the database connection is lost, for the supervisor to start it again."""
        await self.refresh_directory()
        await self.tasks.rewake(0.0)
        sweeps = [
            asyncio.create_task(_every(SWEEP_SECONDS, self.tasks.rewake)),
            asyncio.create_task(_every(SWEEP_SECONDS, self.tasks.settle_statuses)),
            asyncio.create_task(_every(SWEEP_SECONDS, self.refresh_directory)),
            asyncio.create_task(_every(ALIVE_SECONDS, self.alive)),
            asyncio.create_task(_every(PRUNE_SECONDS, self.tasks.finish_erasures)),
            asyncio.create_task(_every(PRUNE_SECONDS, self.tasks.prune)),
        ]
        try:
            await jobs.run(
                self.database.url, self.tasks.handlers(), concurrency=self.settings.worker_concurrency,
                heartbeat=self.settings.resume_within_s, stop=stop,
            )  # fmt: skip
        finally:
            for sweep in sweeps:
                sweep.cancel()
            await self.close()

    async def close(self) -> None:
        """Release every connection."""
        await self.bot.close()
        for adapter in self.adapters.values():
            await adapter.close()
        await self.database.close()


async def _every(seconds: float, sweep: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await sweep()
        except HelplineError as error:
            _log.warning("sweep failed", exc_info=error)
        except Exception as error:  # the next sweep may succeed
            _log.error("sweep failed", exc_info=error)


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    _log.info("worker started")
    worker = Worker(settings)
    worker.metrics.serve(settings.metrics_host, settings.metrics_port)
    await worker.run(stop)


@serve.one_sentence
def main() -> None:
    """Run one worker until a signal."""
    import uvloop

    settings = Settings().checked()
    logs.configure(settings.log_level, "worker")
    uvloop.run(_main(settings))


if __name__ == "__main__":
    main()
