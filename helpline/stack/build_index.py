"""Build the search index of the knowledge in the database where it is missing; its own process, for its memory."""

from __future__ import annotations

import asyncio
import time

from helpline.db import Database
from helpline.settings import Settings
from knowledge.search import embedders
from knowledge.search.index import Builder, ensure


async def _main() -> None:
    settings = Settings()
    database = Database(settings.database_url, pool_size=2)
    started = time.perf_counter()
    try:
        index = await ensure(database, Builder.load(embedders.from_settings(settings)))
    finally:
        await database.close()
    if (seconds := time.perf_counter() - started) > 3:
        print(f"search index built in {seconds:.0f} s ({len(index.model.labels)} subjects)")


if __name__ == "__main__":
    asyncio.run(_main())
