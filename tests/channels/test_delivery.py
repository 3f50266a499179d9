"""Replies go out: in order, once, within the window, and what becomes of those that cannot."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
from sqlalchemy import text

from channels.errors import (
    OptedOut,
    ProviderAway,
    RateLimited,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
    WindowClosed,
)
from channels.ports import Outgoing, Receipt, Status, StatusUpdate, Subscription
from channels.repository import Repository
from helpline.db import Database
from helpline.db.base import utcnow
from helpline.errors import DatabaseAway
from tests.channels.conftest import MakeDesk
from tests.channels.desk import POLICY, Desk

RETRYABLE = [RateLimited("r"), ProviderAway("p"), Uncertain("u")]
PERMANENT = [Unreachable("u"), Refused("r")]


@pytest.mark.parametrize("error", RETRYABLE, ids=lambda error: error.code)
async def test_a_retryable_error_is_tried_again_and_the_order_kept(desk: Desk, error: SendError) -> None:
    person = desk.person()
    desk.channels["whatsapp"].errors = [error, error]
    await person.write("un", "deux")
    await desk.quiet()
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard] == ["un", "deux"]
    first, second = await person.outbound()
    assert (first.status, first.attempts, first.error) == ("sent", 3, None)
    assert (second.status, second.attempts) == ("sent", 1)


@pytest.mark.parametrize("error", PERMANENT, ids=lambda error: error.code)
async def test_a_permanent_error_is_given_up_at_once_visibly(desk: Desk, error: SendError) -> None:
    person = desk.person()
    desk.channels["whatsapp"].errors = [error]
    await person.write("un", "deux")
    await desk.quiet()
    first, second = await person.outbound()
    assert (first.status, first.attempts, first.error, first.provider_code) == ("failed", 1, error.code, error.detail)
    assert second.status == "sent" and len(person.heard) == 1


def test_the_delay_doubles_with_jitter_up_to_five_minutes_and_obeys_the_provider(desk: Desk) -> None:
    delivery = replace(desk.delivery, policy=replace(POLICY, retry_base=2.0))
    for attempt, middle in ((1, 2), (2, 4), (3, 8), (6, 64), (9, 300), (40, 300)):
        delays = {delivery._backoff(attempt, None) for _ in range(200)}
        assert min(delays) >= middle * 0.7 and max(delays) <= middle * 1.3 and len(delays) > 100
    assert delivery._backoff(1, 77.0) == 77.0


async def test_a_reply_is_given_up_after_its_age(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False, policy=replace(POLICY, give_up_after=3600))
    person = desk.person()
    await person.write("un")
    conversation = await person.conversation()
    assert conversation is not None
    await desk.tasks.inbound(str(conversation.id))
    await desk.run("update outbox set queued_at = now() - interval '2 hours'")
    desk.start()
    await desk.quiet()
    [row] = await person.outbound()
    assert (row.status, row.error, person.heard) == ("failed", "given-up", [])


# --- never twice


async def test_an_answer_that_was_lost_is_not_sent_again(desk: Desk) -> None:
    channel, person = desk.channels["whatsapp"], desk.person()
    channel.uncertain_arrives, channel.errors = True, [Uncertain()]
    await person.say("un")
    assert len(person.heard) == 1
    assert (await person.outbound())[0].attempts == 2


async def test_the_doubt_stays_while_the_provider_cannot_be_asked(desk: Desk) -> None:
    channel, person = desk.channels["whatsapp"], desk.person()
    channel.uncertain_arrives, channel.errors = True, [Uncertain()]
    asked: list[dt.datetime] = []
    look = channel.find_sent

    async def away_at_first(address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        asked.append(since)
        if len(asked) < 3:
            raise ProviderAway
        return await look(address, message, since)

    channel.find_sent = away_at_first  # type: ignore[method-assign]
    started = utcnow()
    await person.say("un")
    assert len(asked) == 3 and len(person.heard) == 1
    assert len(set(asked)) == 1 and started <= asked[0] <= utcnow(), "since the start of the attempt in doubt"


async def test_a_worker_killed_between_send_and_record_sends_once(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write("un")
    conversation = await person.conversation()
    assert conversation is not None
    await desk.tasks.inbound(str(conversation.id))
    leased = await desk.delivery._lease(conversation.id)
    assert leased is not None and leased.suspect is None
    await desk.delivery._send(conversation.id, leased)  # and then the process dies: nothing is recorded
    await desk.run("update outbox set lease_until = now()")
    desk.start()
    await desk.quiet()
    assert len(person.heard) == 1
    assert [row.status for row in await person.outbound()] == ["sent"]


async def test_two_workers_never_send_the_same_row(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    people = [desk.person() for _ in range(5)]
    for person in people:
        await person.write("un")
        conversation = await person.conversation()
        assert conversation is not None
        await desk.tasks.inbound(str(conversation.id))
        found = await asyncio.gather(*(desk.delivery._lease(conversation.id) for _ in range(8)), return_exceptions=True)
        assert sum(hasattr(one, "message") for one in found) == 1


async def test_of_two_equal_texts_the_second_is_sent_though_the_first_is_found(desk: Desk) -> None:
    """find_sent that knows texts only, as Twilio's: the first message must not pass for the second."""
    channel, person = desk.channels["whatsapp"], desk.person()
    await person.say("bonjour")
    await person.say("encore")
    [first] = (await person.outbound())[1:]

    async def by_text(address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        return Receipt(str(first.provider_id))

    channel.find_sent = by_text  # type: ignore[method-assign]
    channel.errors = [Uncertain()]
    await person.say("encore")
    assert person.heard[1:] == ["heard: encore"] * 2


async def test_a_message_that_the_provider_has_only_queued_is_not_sent_again(desk: Desk) -> None:
    channel, person = desk.channels["whatsapp"], desk.person()
    send = channel.send

    async def queued(address: str, message: Outgoing) -> Receipt:
        return replace(await send(address, message), status=Status.QUEUED)

    channel.send = queued  # type: ignore[method-assign]
    await person.say("un")
    assert len(person.heard) == 1 and (await person.outbound())[0].status == "sent"


async def test_a_send_that_hangs_is_in_doubt(make_desk: MakeDesk) -> None:
    desk = make_desk(policy=replace(POLICY, timeout=-0.7))
    channel, person = desk.channels["whatsapp"], desk.person()
    send, calls = channel.send, []

    async def slow(address: str, message: Outgoing) -> Receipt:
        calls.append(address)
        receipt = await send(address, message)
        if len(calls) == 1:
            await asyncio.sleep(30)
        return receipt

    channel.send = slow  # type: ignore[method-assign]
    await person.say("un")
    assert len(person.heard) == 1 and len(calls) == 1


# --- the window of 24 hours


async def test_outside_the_window_a_reply_is_held_and_the_template_goes_once(desk: Desk) -> None:
    person = desk.person()
    await person.say("bonjour")
    await desk.waited(25)
    for words in ("votre dossier avance", "et encore"):
        await desk.staff_writes(person, words)
        await desk.quiet()
    assert person.heard[1:] == ["<template>"]
    assert [row.status for row in await person.outbound()][1:] == ["held", "sent", "held"]
    assert await person.say("me voici") == ["votre dossier avance", "et encore", "heard: me voici"]


async def test_a_held_reply_is_delivered_however_late_the_person_writes(desk: Desk) -> None:
    person = desk.person()
    await person.say("bonjour")
    await desk.waited(25)
    await desk.staff_writes(person, "votre dossier avance")
    await desk.quiet()
    await desk.waited(24 * 7)
    assert "votre dossier avance" in await person.say("me voici")


async def test_a_held_reply_goes_out_also_while_the_bot_is_away(desk: Desk) -> None:
    person = desk.person()
    await person.say("bonjour")
    await desk.waited(25)
    await desk.staff_writes(person, "votre dossier avance")
    await desk.quiet()
    desk.bot.away = True
    await person.write("me voici")
    for _ in range(200):
        if person.heard[-1] == "votre dossier avance":
            break
        await asyncio.sleep(0.05)
    assert person.heard[-1] == "votre dossier avance"
    desk.bot.away = False
    await desk.quiet()
    assert person.heard[-1] == "heard: me voici"


async def test_each_closed_window_gets_a_template_of_its_own(desk: Desk) -> None:
    person = desk.person()
    for _ in range(2):
        await person.say("bonjour")
        await desk.waited(25)
        await desk.staff_writes(person, "des nouvelles")
        await desk.quiet()
    assert person.heard.count("<template>") == 2


async def test_a_window_that_only_the_provider_knows_to_be_closed_is_the_same(desk: Desk) -> None:
    person = desk.person()
    desk.channels["whatsapp"].errors = [WindowClosed()]
    await person.say("bonjour")
    assert person.heard == ["<template>"]
    assert [row.status for row in await person.outbound()] == ["held", "sent"]
    await person.say("me voici")
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard[1:]] == ["bonjour", "me voici"]


@pytest.mark.parametrize("channel", ["sms", "telegram"])
async def test_other_channels_have_no_window(desk: Desk, channel: str) -> None:
    person = desk.person(channel)
    await person.say("bonjour")
    await desk.waited(100)
    await desk.staff_writes(person, "des nouvelles")
    await desk.quiet()
    assert person.heard[1:] == ["des nouvelles"]


# --- people who left at the provider


async def test_who_opted_out_at_the_provider_is_opted_out_here(desk: Desk) -> None:
    person = desk.person("sms")
    desk.channels["sms"].errors = [OptedOut("Twilio 21610.")]
    await person.write("un", "deux")
    await desk.quiet()
    assert person.heard == []
    assert (await person.outbound())[0].error == "opted-out"
    assert await person.say("trois") == []
    assert len(await person.say("START")) == 1
    assert await person.say("quatre") == ["heard: quatre"]


async def test_blocking_the_bot_and_letting_it_in_again(desk: Desk) -> None:
    person = desk.person("telegram")
    await person.say("bonjour")
    await desk.receive(Subscription("telegram", person.address, "member:1", blocked=True))
    await desk.staff_writes(person, "des nouvelles")
    await desk.receive(Subscription("telegram", person.address, "member:2", blocked=False))
    await desk.quiet()
    assert await person.say("me revoici") == ["heard: me revoici"]


# --- rate


async def test_the_rate_of_a_channel_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(policy=replace(POLICY, per_second={"sms": 8.0}))
    desk.start()
    people = [desk.person("sms") for _ in range(16)]
    for person in people:
        await person.write("bonjour")
    await desk.quiet(60)
    assert all(len(person.heard) == 1 for person in people)
    async with desk.database.transaction() as session:
        times = (await session.execute(text("select sent_at from outbox order by sent_at"))).scalars().all()
    assert len(times) == 16
    assert (times[-1] - times[0]).total_seconds() > 15 / 8.0 - 0.5, "never faster; how much slower is not our matter"


async def test_slots_are_handed_out_one_after_the_other(desk: Desk) -> None:
    waits = []
    for _ in range(4):
        async with desk.database.transaction() as session:
            waits.append(await Repository(session, desk.cipher).reserve_slot("sms", 0.01))
    assert waits[0] < 1 and all(later - earlier > 90 for earlier, later in pairwise(waits))


# --- statuses

ORDERS = [Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED]


async def test_statuses_never_regress_in_any_order_early_or_late_and_twice(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person("sms")
    for number, order in enumerate(orders := list(permutations(ORDERS))):
        for early in range(len(order) + 1):  # so many callbacks come before the send is recorded
            sid = f"SM{number}-{early}"
            await person.write("un")
            conversation = await person.conversation()
            assert conversation is not None
            await desk.run("update inbox set processed_at = now() where processed_at is null")
            for status in order[:early]:
                await desk.receive(StatusUpdate("sms", sid, status))
            await desk.staff_writes(person, f"texte {sid}")
            leased = await desk.delivery._lease(conversation.id)
            assert leased is not None
            await desk.delivery._record(conversation.id, leased, Receipt(sid))
            for status in order[early:]:
                await desk.receive(*[StatusUpdate("sms", sid, status)] * 2)
            row = (await person.outbound())[-1]
            assert (row.provider_id, row.status) == (sid, "read"), (order, early)
    assert len(orders) == 24
    async with desk.database.transaction() as session:
        assert (await session.execute(text("select count(*) from early_statuses"))).scalar_one() == 0


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [("sent", "failed", "failed"), ("delivered", "failed", "delivered"), ("failed", "sent", "failed"),
     ("failed", "delivered", "delivered"), ("read", "delivered", "read"), ("delivered", "queued", "delivered")],
)  # fmt: skip
async def test_which_status_wins(desk: Desk, before: str, after: str, kept: str) -> None:
    person = desk.person()
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    for status in (before, after):
        await desk.receive(StatusUpdate("whatsapp", sid, Status(status), "unreachable" if status == "failed" else ""))
    assert (await person.outbound())[0].status == kept


async def test_early_callbacks_that_come_at_once_leave_the_furthest(desk: Desk) -> None:
    for attempt in range(5):
        updates = [StatusUpdate("whatsapp", f"SM{attempt}", status) for status in (*ORDERS, *ORDERS)]
        await asyncio.gather(*(desk.receive(update) for update in updates))
    async with desk.database.transaction() as session:
        found = (await session.execute(text("select status from early_statuses"))).scalars().all()
    assert found == ["read"] * 5


async def test_a_callback_that_crosses_the_record_of_its_send_is_settled(desk: Desk) -> None:
    person = desk.person()
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    columns = "provider_id, channel, status, received_at"
    await desk.run(f"insert into early_statuses ({columns}) values (:sid, 'whatsapp', 'read', now())", sid=sid)
    assert await desk.tasks.settle_statuses() == 1
    assert (await person.outbound())[0].status == "read"


async def test_a_status_of_another_channel_or_of_nobody_changes_nothing(desk: Desk) -> None:
    person = desk.person()
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    await desk.receive(StatusUpdate("sms", sid, Status.FAILED), StatusUpdate("whatsapp", "SM-nobody", Status.READ))
    assert (await person.outbound())[0].status == "sent"


async def test_a_failure_that_the_provider_tells_later_is_visible(desk: Desk) -> None:
    person = desk.person("sms")
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    await desk.receive(StatusUpdate("sms", sid, Status.FAILED, "unreachable", "30003"))
    row = (await person.outbound())[0]
    assert (row.status, row.error, row.provider_code) == ("failed", "unreachable", "30003")


async def test_a_window_reported_closed_in_a_callback_holds_the_reply(desk: Desk) -> None:
    """Twilio takes free text at any time, and says 63016 in the status callback only."""
    person = desk.person()
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    for _ in range(2):
        await desk.receive(StatusUpdate("whatsapp", sid, Status.FAILED, "window-closed", "63016"))
    await desk.quiet()
    assert person.heard[1:] == ["<template>"]
    answers = await person.say("me voici")
    assert [heard.rsplit("heard: ")[-1] for heard in answers] == ["un", "me voici"]


async def test_an_opt_out_reported_in_a_callback_counts(desk: Desk) -> None:
    person = desk.person()
    await person.say("un")
    sid = str((await person.outbound())[0].provider_id)
    await desk.receive(StatusUpdate("whatsapp", sid, Status.FAILED, "opted-out", "63033"))
    assert await person.say("deux") == []


async def test_the_database_away_is_told_as_such(desk: Desk) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/nothing")
    with pytest.raises(DatabaseAway):
        await nowhere.ping()
    await nowhere.close()
