"""The tracker store against a real PostgreSQL (TEST_DATABASE_URL)."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Iterator

import psycopg2
import pytest
from components.tracker_store import KEPT_EVENTS, PostgresTrackerStore, libpq_url
from rasa.core.tracker_store import check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from conftest import BOT

TABLE = """create table if not exists rasa_trackers
(sender_id text primary key, state text not null, updated_at timestamptz not null default now())"""


@pytest.fixture
def store(database_url: str) -> Iterator[PostgresTrackerStore]:
    with psycopg2.connect(libpq_url(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
    made = PostgresTrackerStore(Domain.load(str(BOT / "domain")), host=database_url)
    yield made
    made.close()


def turn(tracker: DialogueStateTracker, number: int) -> None:
    tracker.update(
        UserUttered(
            f"question {number}",
            {"name": "question"},
            [],
            {"intent": {"name": "question"}, "intent_ranking": [{"name": "x"}] * 10},
        )
    )
    tracker.update(SlotSet("question", f"question {number}"))
    tracker.update(ActionExecuted("action_answer"))
    tracker.update(BotUttered("", {"custom": {"say": {"text": "long " * 100}, "turn": {"outcome": "answer"}}}))
    tracker.update(ActionExecuted("action_listen"))


def run(work):  # type: ignore[no-untyped-def]
    return asyncio.run(work)


def test_rasa_takes_it_for_an_asynchronous_store(store: PostgresTrackerStore) -> None:
    assert check_if_tracker_store_async(store)


def test_round_trip(store: PostgresTrackerStore) -> None:
    sender = uuid.uuid4().hex
    assert run(store.retrieve(sender)) is None

    async def write() -> None:
        tracker = await store.get_or_create_tracker(sender)
        assert await store.retrieve(sender) is None  # written at the end of the turn only
        tracker.update(SlotSet("lang", "ar"))
        turn(tracker, 1)
        await store.save(tracker)

    run(write())
    again = run(store.retrieve(sender))
    assert again.get_slot("lang") == "ar" and again.get_slot("question") == "question 1"
    assert again.latest_message.text == "question 1" and again.latest_action_name == "action_listen"
    assert sender in run(store.keys())
    run(store.delete(sender))
    assert run(store.retrieve(sender)) is None


def test_neither_grows_nor_loses_slots(store: PostgresTrackerStore, database_url: str) -> None:
    sender = uuid.uuid4().hex

    async def write() -> list[int]:
        sizes = []
        for number in range(60):
            tracker = await store.get_or_create_tracker(sender)
            if number == 0:
                tracker.update(SlotSet("country", "MA"))
                tracker.update(SlotSet("failures", 2.0))
            turn(tracker, number)
            await store.save(tracker)
            sizes.append(len(tracker.events))
        return sizes

    sizes = run(write())
    assert max(sizes) <= KEPT_EVENTS + 12
    again = run(store.retrieve(sender))
    assert (again.get_slot("country"), again.get_slot("failures"), again.get_slot("question")) == (
        "MA",
        2.0,
        "question 59",
    )
    with psycopg2.connect(libpq_url(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("select state from rasa_trackers where sender_id = %s", (sender,))
        state = cursor.fetchone()[0]
    assert len(json.loads(state)["events"]) <= KEPT_EVENTS and len(state) < 20_000
    assert "long long" not in state and "intent_ranking" not in state
    assert json.loads(state)["events"][0]["name"] == "action_listen"


@pytest.mark.parametrize("text", ["nul \x00 byte", "half \ud83d emoji", "\u202eعكس", "👩🏽‍🏭" * 50])
def test_any_text_is_stored(store: PostgresTrackerStore, text: str) -> None:
    sender = uuid.uuid4().hex
    tracker = store.init_tracker(sender)
    tracker.update(UserUttered(text, {"name": "question"}))
    run(store.save(tracker))
    assert run(store.retrieve(sender)).latest_message.text == text


def test_a_lost_connection_is_made_again(store: PostgresTrackerStore, database_url: str) -> None:
    run(store.ping())
    with psycopg2.connect(libpq_url(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'helpline-rasa'"
        )
        assert cursor.rowcount >= 1
    run(store.ping())


def test_an_absent_database_is_an_error_not_an_empty_conversation() -> None:
    absent = PostgresTrackerStore(Domain.empty(), host="postgresql://postgres@/helpline?host=/nonexistent")
    with pytest.raises(psycopg2.OperationalError):
        run(absent.retrieve("anyone"))
    with pytest.raises(psycopg2.OperationalError):
        run(absent.save(absent.init_tracker("anyone")))


def test_many_at_once(store: PostgresTrackerStore) -> None:
    senders = [uuid.uuid4().hex for _ in range(40)]

    async def write() -> list[str]:
        async def one(sender: str) -> str:
            tracker = await store.get_or_create_tracker(sender)
            tracker.update(SlotSet("question", sender))
            await store.save(tracker)
            return (await store.retrieve(sender)).get_slot("question")

        return await asyncio.gather(*map(one, senders))

    assert run(write()) == senders


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql+asyncpg://u:p@h/db", "postgresql://u:p@h/db"),
        ("postgres://h/db", "postgresql://h/db"),
        ("postgresql://postgres@/helpline?host=/run/pg", "postgresql://postgres@/helpline?host=/run/pg"),
    ],
)
def test_addresses(given: str, expected: str) -> None:
    assert libpq_url(given) == expected
