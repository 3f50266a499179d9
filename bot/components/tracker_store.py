"""One row a conversation in PostgreSQL: its slots and its last events.

Rasa's SQL store writes a row an event and reads all of them at each turn; a helpline's conversation
lasts years. Here the row neither grows nor loses a slot. Rasa needs the last events to see what it
said; everything older is only in the helpline's own (encrypted) messages.

The table `rasa_trackers(sender_id text primary key, state text, updated_at timestamptz)` belongs to
the application's migrations, which also erase its rows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Iterable, List, Optional, Text, TypeVar

import psycopg2
import psycopg2.extensions
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

KEPT_EVENTS = 40
CONNECTIONS = 4
_LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
_SAVE = """
insert into rasa_trackers (sender_id, state) values (%s, %s)
on conflict (sender_id) do update set state = excluded.state, updated_at = now()
"""


def libpq_url(url: Text) -> Text:
    """The address as libpq reads it: SQLAlchemy's driver suffix (`postgresql+asyncpg`) taken off."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)


class PostgresTrackerStore(TrackerStore):
    """Saves and retrieves trackers; an error reaches the caller, so that the turn fails and is repeated."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        host: Optional[Text] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        address = host or os.environ.get("DATABASE_URL")
        if not address:
            raise ValueError("DATABASE_URL is not set: the tracker store needs its PostgreSQL database.")
        self._url = libpq_url(address)
        # psycopg2 blocks, so it works in threads; each thread keeps a connection of its own.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="trackers")
        self._local = threading.local()

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        row = await self._query("select state from rasa_trackers where sender_id = %s", (sender_id,), one=True)
        return self._restore(sender_id, json.loads(row[0])) if row else None

    async def create_tracker(self, sender_id: Text, append_action_listen: bool = True) -> DialogueStateTracker:
        """A new tracker, not yet written: the turn saves it at its end."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        state = json.dumps(state_of(tracker))  # ASCII only: no NUL and no lone surrogate reaches the database
        await self._query(_SAVE, (tracker.sender_id, state))

    async def keys(self) -> Iterable[Text]:
        rows = await self._query("select sender_id from rasa_trackers", ())
        return [row[0] for row in rows or []]

    async def delete(self, sender_id: Text) -> None:
        await self._query("delete from rasa_trackers where sender_id = %s", (sender_id,))

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        await self._query("select 1", (), one=True)

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    def _restore(self, sender_id: Text, state: Dict[Text, Any]) -> DialogueStateTracker:
        slots = [SlotSet(name, value, 0.0) for name, value in state["slots"].items()]
        events = [Event.from_parameters(event) for event in state["events"]]
        return DialogueStateTracker.from_events(
            sender_id,
            [event for event in slots + events if event],
            self.domain.slots,
            max_event_history=self.max_event_history,
        )

    async def _query(self, sql: Text, values: tuple, one: bool = False) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._run, lambda cursor: _execute(cursor, sql, values, one)
        )

    def _run(self, work: Callable[[psycopg2.extensions.cursor], Result]) -> Result:
        """Does `work` on this thread's connection; once more on a new one when the first was lost."""
        try:
            return self._attempt(work)
        except _LOST as error:
            logger.warning("trackers.reconnect error=%s", type(error).__name__)
            return self._attempt(work)

    def _attempt(self, work: Callable[[psycopg2.extensions.cursor], Result]) -> Result:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg2.connect(self._url, connect_timeout=5, application_name="helpline-rasa")
            connection.autocommit = True
            self._local.connection = connection
        try:
            with connection.cursor() as cursor:
                return work(cursor)
        except _LOST:
            self._local.connection = None
            connection.close()
            raise


def _execute(cursor: psycopg2.extensions.cursor, sql: Text, values: tuple, one: bool) -> Any:
    cursor.execute(sql, values)
    if cursor.description is None:
        return None
    return cursor.fetchone() if one else cursor.fetchall()


def state_of(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """What is kept of a conversation: all slots that have a value, and its last turns, slimmed."""
    slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value}
    return {"slots": slots, "events": [slim(event) for event in last_turns(list(tracker.events))]}


def last_turns(events: List[Event]) -> List[Event]:
    """At most KEPT_EVENTS, beginning where the bot listened, so that no turn is cut in half."""
    start = 0
    while start < len(events) and isinstance(events[start], SlotSet):
        start += 1  # the slots that _restore put in front
    events = events[start:]
    if len(events) <= KEPT_EVENTS:
        return events
    tail = events[-KEPT_EVENTS:]
    for index, event in enumerate(tail):
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            return tail[index:]
    return tail


def slim(event: Event) -> Dict[Text, Any]:
    """An event without what no later turn needs: rankings, token offsets, and the texts the bot said."""
    stored: Dict[Text, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        parsed = stored.get("parse_data") or {}
        stored["parse_data"] = {key: parsed[key] for key in ("text", "intent", "entities") if key in parsed}
    elif isinstance(event, BotUttered):
        custom = (stored.get("data") or {}).get("custom") or {}
        kept = {key: custom[key] for key in ("turn", "control") if key in custom}
        stored["data"] = {"custom": kept} if kept else {}
    return stored
