"""Vectors of texts that were embedded before: an endpoint is asked, and paid, once for a text."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from helpline.db import Database
from knowledge.models import VectorRow
from knowledge.search.embedder import Embedder
from knowledge.search.model import Floats

BATCH = 64
_LOOKED_UP = 5000  # keys a query


def key(embedder: Embedder, text: str) -> str:
    """Name of a text's vector (64 hex digits)."""
    return hashlib.sha256(f"{embedder.name}\n{text}".encode("utf-8", "replace")).hexdigest()


async def encode(database: Database, embedder: Embedder, texts: Sequence[str]) -> Floats:
    """Unit vectors, shape (len(texts), D): those in the database as they are, the others embedded and stored.

    Every batch is stored at once, so that an endpoint that fails half-way loses nothing.
    """
    keys = [key(embedder, text) for text in texts]
    known: dict[str, bytes] = {}
    async with database.transaction() as session:
        for start in range(0, len(keys), _LOOKED_UP):
            wanted = select(VectorRow.key, VectorRow.data).where(VectorRow.key.in_(keys[start : start + _LOOKED_UP]))
            known.update((found, data) for found, data in await session.execute(wanted))
    missing = {name: text for name, text in zip(keys, texts, strict=True) if name not in known}
    names = list(missing)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        vectors = await asyncio.to_thread(embedder.encode, [missing[name] for name in batch])
        rows = [
            {"key": name, "data": row.astype(np.float16).tobytes()} for name, row in zip(batch, vectors, strict=True)
        ]
        async with database.transaction() as session:
            await session.execute(insert(VectorRow).values(rows).on_conflict_do_nothing())
        known.update((str(row["key"]), bytes(row["data"])) for row in rows)
    if not keys:
        return np.zeros((0, embedder.dimensions), np.float32)
    return np.stack([np.frombuffer(known[name], np.float16).astype(np.float32) for name in keys])
