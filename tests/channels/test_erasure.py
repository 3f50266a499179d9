"""DELETE asks once, then nothing of the person is left anywhere; only anonymous counts."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from channels.adapters.fakes import HEADER
from channels.intake import Intake
from channels.ports import Incoming, Kind, Status, StatusUpdate, WebhookRequest
from channels.spool import Spool
from helpline.privacy import Cipher
from helpline.settings import Settings
from helpline.stack.rotation import encrypted_columns, rotate
from tests.channels.conftest import MakeDesk
from tests.channels.desk import Desk, Person
from tests.channels.test_dialogue import ASK, CONTROLS, LANGUAGES

DANGER = "quelqu'un me frappe maintenant, au secours, il a un couteau"


async def traces(desk: Desk, *needles: str | bytes) -> list[tuple[str, str]]:
    """(table, needle) for every table of the database that holds a needle in any column of any row."""
    found, scanned = [], 0
    async with desk.database.transaction() as session:
        tables = (
            await session.execute(text("select tablename from pg_tables where schemaname = 'public' order by 1"))
        ).scalars()
        for table in tables.all():
            rows = (await session.execute(text(f'select t::text from "{table}" t'))).scalars().all()
            scanned += 1
            for needle in needles:
                # bytea is printed in hexadecimal, also inside a row
                shapes = {needle, needle.encode().hex()} if isinstance(needle, str) else {needle.hex()}
                if any(shape in row for row in rows for shape in shapes):
                    found.append((table, str(needle)))
    assert scanned >= 15
    return found


async def gone(desk: Desk, *needles: str | bytes) -> list[tuple[str, str]]:
    """What is left once the queue has put away its finished jobs, which it does in batches."""
    for _ in range(100):
        if not (left := await traces(desk, *needles)) or {table for table, _ in left} != {"pgqueuer"}:
            break
        await asyncio.sleep(0.1)
    return left


async def remember(desk: Desk, person: Person) -> list[str | bytes]:
    """Everything by which the person can be found in the database now."""
    conversation = await person.conversation()
    assert conversation is not None
    needles: list[str | bytes] = [
        str(conversation.id), conversation.id.bytes, str(conversation.contact_id),
        desk.cipher.blind_index(person.channel, person.address), person.address,
    ]  # fmt: skip
    needles += [row.provider_id for row in await person.inbound()]
    needles += [row.content_enc for row in (*await person.inbound(), *await person.outbound())]
    return needles


async def tracker(desk: Desk, person: Person) -> None:
    """Rasa's memory of the person, as its tracker store writes it."""
    conversation = await person.conversation()
    assert conversation is not None
    await desk.run(
        "insert into rasa_trackers (sender_id, state) values (:id, :state)",
        id=str(conversation.id), state=json.dumps({"slots": {"country": "MA"}}),
    )  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_nothing_of_the_person_is_left_in_any_table(desk: Desk, lang: str) -> None:
    other = desk.person("telegram")
    await other.say(ASK[lang])
    person = desk.person("telegram")
    await person.say(ASK[lang])
    await person.say(DANGER)
    await person.say(kind=Kind.IMAGE)
    await tracker(desk, person)
    asked = await person.say({"fr": "SUPPRIMER", "ar": "احذف بياناتي", "en": "DELETE"}[lang])
    assert len(asked) == 1
    needles = await remember(desk, person)
    assert {table for table, _ in await traces(desk, *needles)} >= {
        "contacts", "conversations", "inbox", "outbox", "cases", "rasa_trackers",
    }  # fmt: skip
    conversation = await person.conversation()
    assert conversation is not None
    said = await person.say({"fr": "oui", "ar": "نعم", "en": "yes"}[lang])
    assert said == [desk.say("delete_done", conversation.lang or "")]
    assert await gone(desk, *needles) == []
    assert await other.conversation() is not None and await other.inbound()
    async with desk.database.transaction() as session:
        assert (await session.execute(text("select sum(count) from tallies"))).scalar_one() == 6


async def test_every_word_of_deleting_asks_and_every_yes_confirms(desk: Desk) -> None:
    people = [desk.person("sms") for _ in range(max(len(CONTROLS["delete"]), len(CONTROLS["yes"])))]
    for number, person in enumerate(people):
        ask = CONTROLS["delete"][number % len(CONTROLS["delete"])]
        await person.write(ask, CONTROLS["yes"][number % len(CONTROLS["yes"])])
    await desk.quiet()
    assert {len(person.heard) for person in people} == {2}
    assert not desk.bot.turns
    async with desk.database.transaction() as session:
        assert (await session.execute(text("select count(*) from contacts"))).scalar_one() == 0


async def test_no_keeps_everything_and_anything_else_drops_the_question(desk: Desk) -> None:
    for word in ("non", "لا", "no"):
        person = desk.person()
        await person.say("DELETE")
        assert len(await person.say(word)) == 1 and await person.inbound()
    person = desk.person()
    await person.say("bonjour")
    await person.say("DELETE")
    assert await person.say(ASK["fr"]) == [f"heard: {ASK['fr']}"]
    assert await person.say("oui") == ["heard: oui"], "yes to another question erases nothing and asks the bot"
    assert len(await person.inbound()) == 4


async def test_the_buttons_of_the_question_work_and_later_only_ask_again(desk: Desk) -> None:
    person = desk.person("telegram")
    await person.say("bonjour")
    await person.say("DELETE")
    assert await person.press(desk.say("no")) == [desk.say("delete_kept")]
    await person.say(ASK["fr"])
    assert await person.press(desk.say("yes")) == [desk.say("delete_ask")]
    assert await person.press(desk.say("yes")) == [desk.say("delete_done")]
    assert await person.conversation() is None


async def test_who_writes_again_before_the_erasure_is_done_begins_anew(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write(ASK["fr"], "DELETE", "oui")
    old = await person.conversation()
    assert old is not None
    for _ in range(3):
        await desk.tasks.inbound(str(old.id))
    needles = await remember(desk, person)
    await person.write(DANGER)  # the last words of the erased conversation have not left yet
    desk.start()
    await desk.quiet()
    new = await person.conversation()
    assert new is not None and new.id != old.id
    assert [case.priority for case in await person.cases()] == ["urgent"], "the case of the new message stays"
    assert desk.say("delete_done") in person.heard
    assert desk.say("urgent") in person.heard[-1] and desk.say("welcome") in person.heard[-1]
    index = desk.cipher.blind_index(person.channel, person.address)
    kept = {index, person.address} | {row.content_enc for row in await person.outbound()}
    assert await gone(desk, *(needle for needle in needles if needle not in kept)) == []


async def test_messages_that_come_at_the_moment_of_the_erasure_are_not_lost(desk: Desk, tmp_path: Path) -> None:
    desk.start()
    spool = Spool(tmp_path, desk.cipher)
    intake = Intake(desk.channels, desk.database, desk.cipher, spool, desk.metrics)

    async def leave_and_go_on(person: Person) -> None:
        await person.write("DELETE", "oui")
        for number in range(12):
            body = {"messages": [{"id": f"{person.address}-{number}", "from": person.address, "text": f"q{number}"}]}
            request = WebhookRequest("POST", "", {HEADER: "yes"}, json.dumps(body).encode())
            await intake.receive("sms", request)
            await asyncio.sleep(0.01)

    people = [desk.person("sms") for _ in range(6)]
    await asyncio.gather(*(leave_and_go_on(person) for person in people))
    await desk.quiet()
    for person in people:
        answers = [heard.partition("heard: ")[2].partition("\n")[0] for heard in person.heard]
        assert sorted(answer for answer in answers if answer) == sorted(f"q{number}" for number in range(12))
        assert person.heard.count(desk.say("delete_done")) == 1


async def test_the_erasure_does_not_wait_for_ever_for_a_message_that_cannot_leave(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write("DELETE", "oui")
    conversation = await person.conversation()
    assert conversation is not None
    for _ in range(2):
        await desk.tasks.inbound(str(conversation.id))
    assert await desk.tasks.finish_erasures() == 0
    await desk.waited(2)
    await person.write("encore moi")
    assert await desk.tasks.finish_erasures() == 0, "a message that waits is not erased unread"
    await desk.run("delete from inbox where processed_at is null")
    assert await desk.tasks.finish_erasures() == 1
    assert await person.conversation() is None


async def test_what_rasa_writes_after_an_erasure_is_swept_away(desk: Desk) -> None:
    person = desk.person()
    await person.say(ASK["fr"])
    await tracker(desk, person)
    orphan = str(uuid.uuid4())
    await desk.run("insert into rasa_trackers (sender_id, state) values (:id, '{}')", id=orphan)
    await desk.run("update rasa_trackers set updated_at = now() - interval '1 hour'")
    await desk.tasks.finish_erasures()
    async with desk.database.transaction() as session:
        left = (await session.execute(text("select sender_id from rasa_trackers"))).scalars().all()
    conversation = await person.conversation()
    assert conversation is not None and left == [str(conversation.id)]


async def test_late_statuses_of_an_erased_person_are_dropped(desk: Desk) -> None:
    await desk.receive(StatusUpdate("whatsapp", "SM-of-nobody", Status.DELIVERED))
    assert await desk.tasks.settle_statuses() == 0
    await desk.run("update early_statuses set received_at = now() - interval '25 hours'")
    await desk.tasks.settle_statuses()
    async with desk.database.transaction() as session:
        assert (await session.execute(text("select count(*) from early_statuses"))).scalar_one() == 0


async def test_a_redelivered_webhook_after_the_erasure_is_a_new_person(desk: Desk) -> None:
    person = desk.person()
    message: Incoming = person.message("DELETE")
    await desk.receive(message)
    await desk.quiet()
    await person.say("oui")
    assert await person.conversation() is None
    await desk.receive(message)
    await desk.quiet()
    assert len(await person.inbound()) == 1


async def test_keys_rotate_and_everything_stays_readable(desk: Desk, settings: Settings) -> None:
    person = desk.person()
    await person.say(ASK["fr"])
    await person.say("DELETE")
    assert len(encrypted_columns()) >= 4
    old = settings.encryption_keys[0].get_secret_value()
    new = Fernet.generate_key().decode()
    both = Settings(**(settings.model_dump() | {"encryption_keys": f"{new},{old}"}))
    done = await rotate(both)
    assert {name for name, rows in done.items() if rows} == {
        "contacts.address_enc", "inbox.content_enc", "outbox.content_enc", "outbox.options_enc",
    }  # fmt: skip
    only_new = Cipher([new], settings.index_key.get_secret_value())
    for row in (*await person.inbound(), *await person.outbound()):
        assert only_new.decrypt_json(row.content_enc)["text"]
    assert await rotate(both) == done, "a second run does it again"
    only = Settings(**(settings.model_dump() | {"encryption_keys": new}))
    assert await rotate(only) == done
