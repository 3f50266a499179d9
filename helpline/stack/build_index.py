"""Build the search index of the knowledge in the database where it is missing; its own process, for its memory."""

from __future__ import annotations

import asyncio
import time

from helpline.db import Database
from helpline.settings import Settings
from knowledge.search.embedder import UseEmbedder
from knowledge.search.index import ensure


async def _main() -> None:
    database = Database(Settings().database_url, pool_size=2)
    started = time.perf_counter()
    try:
        _knowledge, model, _version = await ensure(database, UseEmbedder(threads=2))
    finally:
        await database.close()
    if (seconds := time.perf_counter() - started) > 3:
        print(f"search index built in {seconds:.0f} s ({len(model.labels)} subjects)")


if __name__ == "__main__":
    asyncio.run(_main())
