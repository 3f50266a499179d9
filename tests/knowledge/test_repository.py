"""The knowledge in a real PostgreSQL: import, dry run, versions, notifications, speed."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest
from sqlalchemy import text as sql

from helpline.db import Database
from knowledge import files, repository
from knowledge.loader import SHIPPED, read
from knowledge.records import Knowledge, Question
from tests.knowledge.trees import T_FR, D, Q, edited, scan, tree


def with_questions(knowledge: Knowledge, questions: tuple[Question, ...]) -> Knowledge:
    """``knowledge`` with other questions."""
    return Knowledge(
        articles=knowledge.articles,
        texts=knowledge.texts,
        organisations=knowledge.organisations,
        facts=knowledge.facts,
        questions=questions,
    )


async def put(database: Database, knowledge: Knowledge, **options: bool) -> repository.Diff:
    """Import in a transaction of its own."""
    async with database.transaction() as session:
        return await repository.replace_all(session, knowledge, **options)


async def test_the_shipped_files_come_back_byte_for_byte(database: Database) -> None:
    shipped = read(SHIPPED)
    diff = await put(database, shipped)
    assert diff.applied
    assert len(diff.added) > 100
    async with database.transaction() as session:
        loaded = await repository.load(session)
    assert files.render(loaded) == files.render(shipped)
    assert loaded.organisations == tuple(sorted(shipped.organisations, key=lambda one: one.scope))


async def test_versions_and_diffs(database: Database) -> None:
    async with database.transaction() as session:
        assert await repository.version(session) == 0
        assert (await repository.load(session)).articles == ()
    first = await put(database, scan(tree()).knowledge)
    assert (first.version, first.applied) == (1, True)
    again = await put(database, scan(tree()).knowledge)
    assert (again.version, again.applied, bool(again)) == (1, False, False)

    changed = edited(T_FR, "Notez", "Écrivez")
    changed[D] = changed[D].replace("17 DH", "18 DH")
    changed[Q] = changed[Q].splitlines(keepends=True)[0]
    del changed["content/unpaid-wages/MA/en.yaml"]
    expected = repository.Diff(
        1,
        changed=("fact:ma-wage", "questions:unpaid-wages", "unpaid-wages/MA/ar", "unpaid-wages/MA/fr"),
        removed=("unpaid-wages/MA/en",),
    )
    assert await put(database, scan(changed).knowledge, dry_run=True) == expected
    async with database.transaction() as session:
        assert await repository.version(session) == 1
    assert (await put(database, scan(changed).knowledge)).version == 2


async def test_the_order_of_a_directory_counts(database: Database) -> None:
    knowledge = scan(tree()).knowledge
    other = knowledge.organisations[0].model_copy(update={"id": "ma-other"})
    both = (knowledge.organisations[0], other)
    parts = {"articles": knowledge.articles, "texts": knowledge.texts, "facts": knowledge.facts}
    await put(database, Knowledge(organisations=both, **parts))  # type: ignore[arg-type]
    turned = await put(database, Knowledge(organisations=both[::-1], **parts))  # type: ignore[arg-type]
    assert turned.changed == ("directory:order",)


async def test_a_rolled_back_import_leaves_nothing(database: Database) -> None:
    async def failing() -> None:
        async with database.transaction() as session:
            await repository.replace_all(session, scan(tree()).knowledge)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    async with database.transaction() as session:
        assert await repository.version(session) == 0
        assert (await repository.load(session)).articles == ()


async def test_the_same_files_are_not_imported_over_later_edits(database: Database) -> None:
    knowledge = scan(tree()).knowledge
    await put(database, knowledge, unless_imported=True)
    async with database.transaction() as session:
        await session.execute(sql("update articles set data = jsonb_set(data, '{status}', '\"withdrawn\"')"))
        assert await repository.bump(session) == 2
    skipped = await put(database, knowledge, unless_imported=True)
    assert (skipped.version, skipped.applied) == (2, False)
    forced = await put(database, knowledge)
    assert (forced.version, forced.changed) == (3, ("unpaid-wages/MA",))


async def test_every_process_is_told_when_the_change_is_there(database: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(database.url)
    try:
        await listener.add_listener(repository.CHANNEL, lambda *said: heard.put_nowait(str(said[-1])))
        async with database.transaction() as session:
            await repository.replace_all(session, scan(tree()).knowledge)
            await asyncio.sleep(0.1)
            assert heard.empty()
        assert await asyncio.wait_for(heard.get(), 2) == "1"
        async with database.transaction() as session:
            assert await repository.version(session) == 1
    finally:
        await listener.close()


async def test_two_imports_at_once_wait_for_each_other(database: Database) -> None:
    one, two = scan(tree()).knowledge, scan(edited(T_FR, "Notez", "Écrivez")).knowledge
    done = await asyncio.gather(*(put(database, each) for each in (one, two, one, two)))
    async with database.transaction() as session:
        assert await repository.version(session) == max(diff.version for diff in done)
        assert len((await repository.load(session)).texts) == 3


async def test_twelve_thousand_questions_are_imported_in_three_seconds(database: Database) -> None:
    many = tuple(
        Question(file="unpaid-wages", lang="fr", text=f"question {number}", topics=("unpaid-wages",), country=None)
        for number in range(12_000)
    )
    knowledge = with_questions(scan(tree()).knowledge, many)
    started = time.perf_counter()
    await put(database, knowledge)
    assert time.perf_counter() - started < 3
    started = time.perf_counter()
    await put(database, knowledge, unless_imported=True)
    assert time.perf_counter() - started < 1
    async with database.transaction() as session:
        assert (await repository.load(session)).questions == many
