"""Encrypt everything anew with the newest key."""

from __future__ import annotations

from sqlalchemy import LargeBinary, Table, select, update

from helpline.db import Base, Database
from helpline.privacy import Cipher
from helpline.settings import Settings

BATCH = 500


def encrypted_columns() -> list[tuple[Table, str]]:
    """Every column that holds ciphertext: binary, with a name that ends in ``_enc``."""
    import channels.models
    import handoff.models
    import knowledge.models

    assert channels.models and handoff.models and knowledge.models
    return [
        (table, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_enc") and isinstance(column.type, LargeBinary)
    ]


async def rotate(settings: Settings) -> dict[str, int]:
    """Re-encrypt every ciphertext in batches, each its own transaction; ``{table.column: rows}``.

    Safe to interrupt: what is done stays readable with either key, and a second run does it again.
    """
    cipher, database, done = Cipher.from_settings(settings), Database(settings.database_url, pool_size=2), {}
    try:
        for table, name in encrypted_columns():
            done[f"{table.name}.{name}"] = await _rotate_column(database, cipher, table, name)
    finally:
        await database.close()
    return done


async def _rotate_column(database: Database, cipher: Cipher, table: Table, name: str) -> int:
    key, column, last, total = next(iter(table.primary_key.columns)), table.c[name], None, 0
    while True:
        async with database.transaction() as session:
            query = select(key, column).where(column.is_not(None)).order_by(key).limit(BATCH).with_for_update()
            rows = (await session.execute(query if last is None else query.where(key > last))).all()
            for identity, data in rows:
                await session.execute(update(table).where(key == identity).values({name: cipher.rotate(data)}))
        if not rows:
            return total
        total, last = total + len(rows), rows[-1][0]
