"""Root of the public gateway: webhooks and health, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from channels import routes
from channels.intake import Intake
from channels.registry import build_adapters
from channels.spool import Spool
from helpline import logs
from helpline.db import Database
from helpline.errors import DatabaseAway
from helpline.metrics import Metrics
from helpline.privacy import Cipher
from helpline.settings import Settings
from helpline.stack import serve
from helpline.web import problems
from helpline.web.limits import Refusals


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of the public gateway."""
    settings = (settings or Settings()).checked()
    cipher = Cipher.from_settings(settings)
    database = Database(settings.database_url, pool_size=10, application="helpline-public")
    adapters = build_adapters(settings, simulator=False)
    spool = Spool(settings.spool_dir, cipher)
    spool.prepare()
    metrics = Metrics()
    intake = Intake(adapters, database, cipher, spool, metrics)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # In the embedded mode both processes share one machine: the worker has the port, we have the next one.
        beside = 1 if settings.metrics_port and settings.mode == "embedded" else 0
        metrics.serve(settings.metrics_host, settings.metrics_port + beside)
        replay = asyncio.create_task(intake.replay_forever())
        yield
        replay.cancel()
        with suppress(asyncio.CancelledError):
            await replay
        for adapter in adapters.values():
            await adapter.close()
        await database.close()

    app = FastAPI(title="helpline webhooks", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    problems.install(app)
    app.include_router(
        routes.build(
            intake, metrics, public_address=settings.public_address, max_body=settings.max_body_bytes,
            refusals=Refusals(settings.requests_per_minute),
        )
    )  # fmt: skip

    @app.get("/health")
    async def health() -> dict[str, object]:
        """Alive, and whether the database answers; without it webhooks go to the spool, so this stays 200."""
        try:
            await database.ping()
            store = "database"
        except DatabaseAway:
            store = "spool"
        return {"status": "ok", "stores_in": store, "waiting_on_disk": len(spool.waiting())}

    return app


@serve.one_sentence
def main() -> None:
    """Serve on the public address."""
    settings = Settings()
    logs.configure(settings.log_level, "public")
    serve.run(create(settings), settings.public_host, settings.public_port, settings.trusted_proxies)


if __name__ == "__main__":
    main()
