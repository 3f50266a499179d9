"""Messages come in: stored once, handled in order, one conversation at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import select, text

from channels import inbox
from channels.models import Inbound
from tests.channels.conftest import MakeDesk
from tests.channels.desk import Desk


async def test_a_webhook_delivered_ten_times_at_once_is_one_message_and_one_reply(desk: Desk) -> None:
    person = desk.person()
    message = person.message("bonjour")
    stored = await asyncio.gather(*(desk.receive(message) for _ in range(10)))
    await desk.quiet()
    assert sorted(len(fresh) for fresh in stored) == [0] * 9 + [1]
    assert len(await person.inbound()) == 1
    assert len(person.heard) == 1
    assert await desk.receive(message) == []
    await desk.quiet()
    assert len(person.heard) == 1


async def test_the_same_provider_id_of_two_people_is_two_messages(desk: Desk) -> None:
    one, other = desk.person("telegram"), desk.person("telegram")
    message = one.message("bonjour")
    await desk.receive(message)
    await desk.receive(replace(message, address=other.address))
    await desk.quiet()
    assert len(one.heard) == len(other.heard) == 1


async def test_messages_of_a_conversation_are_answered_in_order_by_two_workers(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.start()
    people = [desk.person() for _ in range(6)]
    await asyncio.gather(*(person.write(*(f"question {n}" for n in range(8))) for person in people))
    await desk.quiet()
    for person in people:
        assert [heard.rsplit("heard: ")[-1] for heard in person.heard] == [f"question {n}" for n in range(8)]


async def test_wake_ups_that_are_lost_are_made_up_for_by_the_sweep(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write("un", "deux", "trois")
    await desk.run("delete from pgqueuer")
    assert await desk.tasks.rewake(0.0) == 3
    desk.start()
    await desk.quiet()
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard] == ["un", "deux", "trois"]


async def test_the_sweep_leaves_a_conversation_alone_whose_first_message_backs_off(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    await desk.person().write("un", "deux")
    await desk.run("update inbox set next_at = now() + interval '5 s' where id = (select min(id) from inbox)")
    assert await desk.tasks.rewake(0.0) == 0


async def test_a_message_and_its_wake_up_are_stored_together_or_not_at_all(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    message = desk.person().message("bonjour")
    try:
        async with desk.database.transaction() as session:
            await inbox.store(session, desk.cipher, [message])
            raise RuntimeError("killed before the commit")
    except RuntimeError:
        pass
    async with desk.database.transaction() as session:
        assert (await session.execute(text("select count(*) from pgqueuer"))).scalar_one() == 0
    assert not await desk.rows(select(Inbound))


async def test_nothing_readable_is_stored(desk: Desk) -> None:
    person = desk.person()
    await person.say("mon passeport est chez le patron")
    for row in await person.inbound():
        assert b"passeport" not in row.content_enc
        assert desk.cipher.decrypt_json(row.content_enc)["text"] == "mon passeport est chez le patron"
