"""What the helpline decides itself, before and without the bot."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import yaml
from sqlalchemy import text

from channels import wording
from channels.bot_turns import words as as_words
from channels.ports import Kind
from helpline import jobs
from helpline.language.normalise import normalise
from tests.channels.conftest import MakeDesk
from tests.channels.desk import Desk

CONTROLS: dict[str, list[str]] = yaml.safe_load(
    (wording.resources.files(wording.__package__) / "controls.yaml").read_text("utf-8")
)
LANGUAGES = ("fr", "ar", "en")
ASK = {"fr": "comment renouveler ma carte de séjour", "ar": "كيف أجدد بطاقة الإقامة", "en": "how do I renew my permit"}
MEDIA = [kind for kind in Kind if kind not in (Kind.TEXT, Kind.BUTTON)]


def test_the_sweeps_below_have_words_to_try() -> None:
    assert set(CONTROLS) == {"optout", "optin", "delete", "more", "yes", "no"} and len(MEDIA) == 8
    assert all(len(words) >= 10 for words in CONTROLS.values())
    for control in ("optout", "optin", "delete", "yes", "no"):
        assert any("\u0600" <= letter <= "\u06ff" for word in CONTROLS[control] for letter in word), control


async def test_the_first_contact_is_greeted_once_and_answered_at_once(desk: Desk) -> None:
    for lang in LANGUAGES:
        desk.bot.will_say(ASK[lang], answer := f"{desk.say('more_hint', lang)}.")
        person = desk.person()
        assert await person.say(ASK[lang]) == [f"{desk.say('welcome', lang)}\n\n{answer}"]
        assert await person.say(ASK[lang]) == [answer]


async def test_the_welcome_says_how_to_stop_and_how_to_delete(desk: Desk) -> None:
    for lang in LANGUAGES:
        words = {normalise(word.strip(".:«» ")) for word in desk.say("welcome", lang).replace(":", " ").split()}
        assert words & {normalise(word) for word in CONTROLS["optout"]}, lang
        assert words & {normalise(word) for word in CONTROLS["delete"]}, lang


async def test_every_word_of_leaving_is_obeyed_before_any_bot(desk: Desk) -> None:
    desk.bot.away = True
    people = {word: desk.person("sms") for word in CONTROLS["optout"]}
    for word, person in people.items():
        await person.write(word, f"{word.upper()} !!", "encore une question")
    await desk.quiet()
    assert {word: len(person.heard) for word, person in people.items()} == dict.fromkeys(people, 1)
    assert not desk.bot.turns


async def test_every_word_of_coming_back_is_obeyed_before_any_bot(desk: Desk) -> None:
    people = {word: desk.person("telegram") for word in CONTROLS["optin"]}
    for word, person in people.items():
        await person.write("STOP", f"  {word}. ", "question")
    await desk.quiet()
    assert {word: len(person.heard) for word, person in people.items()} == dict.fromkeys(people, 3)
    assert desk.bot.heard == ["question"] * len(people)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_leaving_and_coming_back_speak_the_language_of_the_person(desk: Desk, lang: str) -> None:
    person = desk.person()
    await person.say(ASK[lang])
    assert await person.say({"fr": "ARRÊT", "ar": "قف", "en": "STOP"}[lang]) == [desk.say("optout_done", lang)]
    assert await person.say({"fr": "REPRENDRE", "ar": "ابدأ", "en": "START"}[lang]) == [desk.say("optin_done", lang)]


async def test_start_from_somebody_who_never_left_is_an_ordinary_message(desk: Desk) -> None:
    await desk.person("telegram").say("/start")
    assert desk.bot.heard == ["start"]


async def test_what_waits_is_not_sent_to_who_leaves(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write("une question", "STOP")
    conversation = await person.conversation()
    assert conversation is not None
    await desk.tasks.inbound(str(conversation.id))
    await desk.tasks.inbound(str(conversation.id))
    desk.start()
    await desk.quiet()
    assert person.heard == [desk.say("optout_done")]
    assert [row.status for row in await person.outbound()] == ["failed", "sent"]
    assert (await person.outbound())[0].error == "opted-out"


async def test_danger_is_answered_also_to_who_left_and_while_the_bot_is_away(desk: Desk) -> None:
    person = desk.person()
    await person.say("STOP")
    desk.bot.away = True
    [answer] = await person.say("mon patron me frappe et m'enferme, j'ai peur pour ma vie")
    assert desk.say("urgent") in answer
    [case] = await person.cases()
    assert (case.priority, case.reason) == ("urgent", "urgent")
    [again] = await person.say("il va me tuer aidez moi")
    assert again == desk.say("urgent_case")
    assert len(await person.cases()) == 1


@pytest.mark.parametrize("kind", MEDIA)
async def test_media_are_stored_and_acknowledged_honestly(desk: Desk, kind: Kind) -> None:
    person = desk.person("telegram")
    await person.say("bonjour")
    assert await person.say(kind=kind) == [desk.say(f"media_{kind}")]
    row = (await person.inbound())[-1]
    assert row.kind == kind and row.processed_at is not None
    if kind not in (Kind.LOCATION, Kind.CONTACT):
        assert desk.cipher.decrypt_json(row.content_enc)["media"][0]["reference"] == "file-of-mine"
    desk.bot.will_say("/human", "quelqu'un vient")
    assert await person.press(desk.say("ask_person")) == ["quelqu'un vient"]


async def test_a_picture_with_words_is_answered_by_its_words(desk: Desk) -> None:
    person = desk.person()
    await person.say("bonjour")
    assert await person.say("mon contrat", kind=Kind.IMAGE) == ["heard: mon contrat"]


async def test_an_empty_message_is_acknowledged(desk: Desk) -> None:
    person = desk.person()
    await person.say("bonjour")
    assert (await person.say("  \x00 "))[0].startswith(desk.say("empty"))


async def test_the_bot_is_silent_while_a_person_is_in_charge_and_files_join_the_case(desk: Desk) -> None:
    person = desk.person()
    await person.say("quelqu'un me frappe maintenant, au secours, il a un couteau")
    assert await person.say("comment avoir un visa ?") == []  # heard, for opt-out in any wording; nothing said
    assert await person.say(kind=Kind.AUDIO) == [desk.say("media_attached")]
    assert await person.say("voici le contrat", kind=Kind.IMAGE) == []
    async with desk.database.transaction() as session:
        kinds = (await session.execute(text("select kind from case_attachments order by inbound_id"))).scalars().all()
    assert kinds == ["audio", "image"]
    await person.close_case()
    assert await person.say("comment avoir un visa ?") == ["heard: comment avoir un visa ?"]


async def test_stop_and_delete_are_obeyed_while_a_person_is_in_charge(desk: Desk) -> None:
    person = desk.person()
    await person.say("quelqu'un me frappe maintenant, au secours, il a un couteau")
    assert (await person.say("DELETE"))[0].startswith(desk.say("delete_ask"))
    assert await person.say("NON") == [desk.say("delete_kept")]
    desk.bot.will_say("ne m'écrivez plus jamais", "", control={"name": "optout"})
    assert await person.say("ne m'écrivez plus jamais") == [desk.say("optout_done")]
    assert await person.say("START") == [desk.say("optin_done")]
    assert await person.say("STOP") == [desk.say("optout_done")]


COMMANDS = ["/optout", "/restart", "//restart", " / /restart", "/\n/restart", "\u00a0/restart{}", "/\x1c/restart", "/ ",
            '/choose{"topic": "emergency"}', "\u2028/human", "/helpline_yes", "/\x85/session_start"]  # fmt: skip


@pytest.mark.parametrize("typed", COMMANDS)
async def test_a_typed_command_never_reaches_rasa_as_one(desk: Desk, typed: str) -> None:
    person = desk.person()
    await person.say(typed)
    assert len(desk.bot.turns) == 1
    message = desk.bot.turns[0][1]
    assert message and not message.strip().startswith("/")
    conversation = await person.conversation()
    assert conversation is not None and conversation.pending is None


def test_words_are_left_alone() -> None:
    assert as_words("1/2 journée") == "1/2 journée"
    assert as_words(" / \t/ab/c") == "ab/c"


async def test_what_the_bot_learns_holds_no_number_and_no_address(desk: Desk) -> None:
    person = desk.person()
    await person.say("mon numéro +212612345678, écrivez à moi@example.org, payé 3 500 dh")
    conversation, message, metadata = desk.bot.turns[0]
    stored = await person.conversation()
    assert stored is not None and conversation == str(stored.id)
    assert "612345678" not in message and "example.org" not in message and "3 500" in message
    assert person.address not in str(metadata) and set(metadata) == {
        "lang", "country", "requested_lang", "country_said", "first", "channel", "inbound",
    }  # fmt: skip


async def test_the_language_follows_the_person_and_stays_where_asked_for(desk: Desk) -> None:
    desk.bot.will_say("parlez français svp", "", control={"name": "change_language", "lang": "fr"})
    person = desk.person()
    for words, lang in ((ASK["ar"], "ar"), (ASK["en"], "en"), ("parlez français svp", "fr"), (ASK["en"], "fr")):
        await person.say(words)
        conversation = await person.conversation()
        assert conversation is not None and conversation.lang == lang, words
    assert desk.say("language_set", "fr") in person.heard


async def test_changing_the_language_says_the_last_answer_again(desk: Desk) -> None:
    desk.bot.will_say(ASK["fr"], "la réponse", turn={"topic": "residence-permit", "article": "residence-permit-ma"})
    desk.bot.will_say("in english please", "", control={"name": "change_language", "lang": "en"})
    desk.bot.will_say("/choose", "the answer")
    person = desk.person()
    await person.say(ASK["fr"])
    assert await person.say("in english please") == [desk.say("language_set", "en"), "the answer"]
    assert '"article": "residence-permit-ma"' in desk.bot.turns[-1][1]


async def test_the_country_is_remembered(desk: Desk) -> None:
    person = desk.person()
    await person.say("je travaille à Casablanca")
    await person.say("et mes congés ?")
    assert [metadata["country"] for _, _, metadata in desk.bot.turns] == ["MA", "MA"]
    assert [metadata["country_said"] for _, _, metadata in desk.bot.turns] == [True, False]


async def test_controls_that_only_the_bot_understands_are_carried_out(desk: Desk) -> None:
    for name, key in (("optout", "optout_done"), ("delete_data", "delete_ask"), ("optin", "optin_done")):
        desk.bot.will_say(f"please {name}", "", control={"name": name})
        person = desk.person()
        await person.say(ASK["en"])
        assert (await person.say(f"please {name}"))[0].startswith(desk.say(key, "en"))


@pytest.mark.parametrize("word", ["PLUS", "المزيد", "more", "la suite"])
async def test_sms_sends_the_short_form_and_the_rest_once(desk: Desk, word: str) -> None:
    desk.bot.will_say(ASK["fr"], "la réponse entière", short="la réponse", rest="la réponse entière, avec les sources")
    person = desk.person("sms")
    await person.say("bonjour")
    assert await person.say(ASK["fr"]) == [f"la réponse\n{desk.say('more_hint')}"]
    assert await person.say(word) == ["la réponse entière, avec les sources"]
    # In French: a control word, which the helpline itself proposes, is no change of language.
    assert (await person.say(word))[0].startswith(desk.say("more_none"))


async def test_other_channels_send_the_whole_at_once(desk: Desk) -> None:
    desk.bot.will_say(ASK["fr"], "la réponse entière", short="la réponse", rest="la réponse entière")
    person = desk.person("whatsapp")
    await person.say("bonjour")
    assert await person.say(ASK["fr"]) == ["la réponse entière"]
    assert (await person.say("plus"))[0].startswith(desk.say("more_none"))


async def test_the_loop_guard_stops_the_same_text_again_and_again(make_desk: MakeDesk) -> None:
    desk = make_desk(repeats=4)
    person = desk.person()
    for _ in range(7):
        await person.say("ping")
    assert [heard.endswith("heard: ping") for heard in person.heard] == [True] * 5  # the first came with the welcome
    assert all(row.processed_at for row in await person.inbound())
    await desk.waited(0.2)
    assert await person.say("ping") == ["heard: ping"]


# --- the bot is away, or cannot handle this message


async def test_messages_wait_for_the_bot_with_one_notice(make_desk: MakeDesk) -> None:
    desk = make_desk(notice_after=0.5)
    desk.bot.away = True
    person = desk.person()  # on WhatsApp, and new: nobody has opened the window but this very message
    await person.write(ASK["ar"], "deux", "trois")
    for _ in range(400):
        if person.heard:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(4)
    assert person.heard == [desk.say("away", "ar")]
    desk.bot.away = False
    await desk.quiet()
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard[1:]] == [ASK["ar"], "deux", "trois"]


async def test_no_notice_where_the_bot_is_back_in_time(desk: Desk) -> None:
    desk.bot.away = True
    person = desk.person()
    await person.write(ASK["fr"])
    await asyncio.sleep(1)
    desk.bot.away = False
    await desk.quiet()
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard] == [ASK["fr"]]


async def later(desk: Desk) -> None:
    """Let whatever backs off try again now."""
    await desk.run("update inbox set next_at = null where processed_at is null")
    await desk.run("update pgqueuer set execute_after = now() where status = 'queued'")


@pytest.mark.parametrize("cause", ["raises", "fails in the bot while others are answered"])
async def test_a_message_that_cannot_be_handled_goes_to_a_person(make_desk: MakeDesk, cause: str) -> None:
    desk = make_desk(running=False)
    person, other = desk.person(), desk.person()
    if cause == "raises":
        desk.bot.answers["comment sont payés mes congés"] = ZeroDivisionError("of a kind nobody thought of")
    else:
        desk.bot.failing.add("comment sont payés mes congés")
    await other.write("bonjour")
    await person.write("comment sont payés mes congés", "et après ?")
    conversation, neighbour = await person.conversation(), await other.conversation()
    assert conversation is not None and neighbour is not None
    await desk.tasks.inbound(str(neighbour.id))
    for tried in range(1, 7):
        assert not (await person.inbound())[0].processed_at, tried
        await later(desk)
        with suppress(jobs.Again):
            await desk.tasks.inbound(str(conversation.id))
    desk.start()
    await desk.quiet()
    assert person.heard == [desk.say("failed")]
    [case] = await person.cases()
    assert (case.reason, case.priority) == ("failed", "high")
    assert [row.processed_at is not None for row in await person.inbound()] == [True, True]


async def test_waiting_for_the_bot_for_hours_makes_no_message_a_poison(make_desk: MakeDesk) -> None:
    desk = make_desk(running=False)
    person = desk.person()
    await person.write("question")
    conversation = await person.conversation()
    assert conversation is not None
    desk.bot.away = True
    for _ in range(30):
        await later(desk)
        with suppress(jobs.Again):
            await desk.tasks.inbound(str(conversation.id))
    desk.bot.away = False
    desk.bot.answers["question"] = ZeroDivisionError()
    await later(desk)
    with suppress(jobs.Again):
        await desk.tasks.inbound(str(conversation.id))
    del desk.bot.answers["question"]
    await later(desk)
    await desk.tasks.inbound(str(conversation.id))
    desk.start()
    await desk.quiet()
    assert [heard.rsplit("heard: ")[-1] for heard in person.heard] == ["question"]
    assert not await person.cases()


async def test_counts_are_anonymous_and_leave_the_simulated_out(desk: Desk) -> None:
    person = desk.person()
    await person.say("je travaille à Casablanca")
    await person.say("encore")
    async with desk.database.transaction() as session:
        found = (await session.execute(text("select channel, lang, country, outcome, count from tallies"))).all()
    assert [tuple(row) for row in found] == [("whatsapp", "fr", "MA", "answer", 2)]
