"""Webhook to sent reply, on the real processes: gateway, worker, Rasa, action server, PostgreSQL."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from channels.fakes import FakeBot
from channels.rasa_client import Bot, RasaBot
from channels.wording import Wording
from helpline.errors import BotAway
from helpline.language.detect import LanguageDetector
from helpline.stack.local import free_port
from tests.stack import CHANNELS, Helpline
from tests.standins import webhooks
from tests.standins.plan import TEMPLATE_SID

pytestmark = pytest.mark.timeout(600)
WORDING = Wording.load()
ACCEPTANCE = [
    ("mon patron ne me paie pas depuis 2 mois, je suis à Casablanca", "unpaid-wages", "MA", "fr"),
    ("صاحب العمل لم يدفع لي منذ شهرين وأنا في تونس", "unpaid-wages", "TN", "ar"),
    ("lpatron khda liya lpassport w ma bghach yraj3o", "passport-confiscation", None, "ar"),
]
PERSON = {"fr": "je veux parler à une personne", "ar": "أريد التحدث مع شخص", "en": "I want to talk to a human"}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_signed_webhook_gives_exactly_one_valid_call(helpline: Helpline, channel: str) -> None:
    person, before = helpline.person(channel), len(helpline.provider.calls)
    [answer] = await person.say("bonjour")
    await asyncio.sleep(0.5)
    assert len(helpline.provider.calls) == before + 1
    assert answer and helpline.provider.problems == []
    assert (await person.understood())["outcome"] == "smalltalk"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("question", "topic", "country", "lang"), ACCEPTANCE, ids=["french", "arabic", "darija"])
async def test_a_question_is_answered_with_its_source(
    helpline: Helpline, channel: str, question: str, topic: str, country: str | None, lang: str
) -> None:
    person = helpline.person(channel)
    answers = await person.say(question)
    understood = await person.understood()
    assert (understood["topic"], understood.get("country"), understood["lang"]) == (topic, country, lang)
    assert understood["outcome"] == "answer"
    whole = "\n".join(answers)
    if channel == "sms":
        whole += "\n".join(await person.say("PLUS"))
    assert LanguageDetector.load().detect(whole).reply == lang
    assert re.search({"fr": r"Source|source", "ar": "المصدر|مصدر"}[lang], whole), whole
    assert helpline.provider.problems == []


async def test_a_webhook_that_comes_ten_times_at_once_is_answered_once(helpline: Helpline) -> None:
    people = [helpline.person(channel) for channel in CHANNELS]
    hooks = [person.webhook("merci beaucoup") for person in people]
    answers = await asyncio.gather(*(helpline.post(hook) for hook in hooks for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    await helpline.quiet()
    assert [len(person.calls) for person in people] == [1, 1, 1]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("words", [("ARRÊT", "REPRENDRE", "fr"), ("قف", "ابدأ", "ar"), ("STOP", "START", "en")])
async def test_leaving_and_coming_back(helpline: Helpline, channel: str, words: tuple[str, str, str]) -> None:
    stop, start, lang = words
    person = helpline.person(channel)
    await person.say({"fr": "bonjour", "ar": "السلام عليكم", "en": "hello, good morning"}[lang])
    assert len(await person.say(stop)) == 1
    assert await person.say("merci") == []
    assert len(await person.say(start)) == 1
    assert len(await person.say("merci")) == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_delete_asks_once_and_erases(helpline: Helpline, channel: str) -> None:
    person = helpline.person(channel)
    await person.say("je suis à Tunis, comment avoir une carte de séjour ?")
    conversation = await person.conversation()
    tracker = "select 1 from rasa_trackers where sender_id = :id"
    assert await helpline.query(tracker, id=conversation)
    assert len(await person.say("SUPPRIMER")) == 1
    assert len(await person.say("oui")) == 1

    async def gone() -> bool:
        return await person.conversation() is None

    await helpline.until(gone)
    assert not await helpline.query(tracker, id=conversation)


@pytest.mark.parametrize("lang", list(PERSON))
async def test_asking_for_a_person_opens_a_case_and_the_bot_falls_silent(helpline: Helpline, lang: str) -> None:
    person = helpline.person("whatsapp")
    assert len(await person.say(PERSON[lang])) == 1
    assert (await person.understood())["handoff"] is True
    cases = await helpline.query(
        "select reason, lang from cases where conversation_id = :id", id=await person.conversation()
    )
    assert [tuple(case) for case in cases] == [("asked", lang)]
    assert await person.say("combien de temps ?") == []


async def test_pressing_a_button_of_telegram_chooses(helpline: Helpline) -> None:
    person = helpline.person("telegram")
    await person.say("mon patron ne me paie pas")
    rows = [row for call in person.calls for row in (call.values.get("reply_markup") or {}).get("inline_keyboard", [])]
    tunisia = next(button for row in rows for button in row if button["text"] == "Tunisie")
    update = {
        "update_id": 900_001,
        "callback_query": {
            "id": "77", "chat_instance": "1", "data": tunisia["callback_data"],
            "from": {"id": int(person.address), "is_bot": False, "first_name": "Inventée"},
        },
    }  # fmt: skip
    answer = await helpline.post(webhooks.telegram(update))
    assert answer.json()["method"] == "answerCallbackQuery"
    await helpline.quiet()
    assert (await person.understood())["country"] == "TN"


async def test_typed_commands_do_nothing_to_rasa(helpline: Helpline) -> None:
    person = helpline.person("telegram")
    await person.say("je suis à Casablanca et mon patron garde mon passeport")
    for typed in ("/restart", "/\n/restart", "\u00a0//session_start", '/choose{"phase": "money"}'):
        assert await person.say(typed), typed
        # As a command the last one lists every subject of a phase; as words it offers three at the most.
        assert len((await person.understood()).get("options", [])) <= 3
    state = await helpline.query(
        "select state from rasa_trackers where sender_id = :id", id=await person.conversation()
    )
    assert '"country": "MA"' in state[0][0]


async def test_a_closed_window_gets_the_template_and_the_reply_waits(helpline: Helpline) -> None:
    person = helpline.person("whatsapp")
    await person.say("bonjour")
    conversation = await person.conversation()
    # A reply that still waits when the window has closed, as after an outage of the provider.
    for change in (
        "update conversations set last_inbound_at = now() - interval '25 hours' where id = :id returning 1",
        "update outbox set status = 'queued', queued_at = now() where conversation_id = :id returning 1",
    ):
        assert len(await helpline.query(change, id=conversation)) == 1

    async def template() -> bool:
        return person.calls[-1].values.get("ContentSid") == TEMPLATE_SID

    await helpline.until(template)
    assert len(await person.say("merci")) == 2
    assert helpline.provider.problems == []


# --- the door


async def test_only_signed_webhooks_are_taken(helpline: Helpline) -> None:
    person, before = helpline.person("sms"), len(helpline.provider.calls)
    good = person.webhook("bonjour")
    headers = {**good.headers, "x-twilio-signature": "AAAA"}
    answers = [
        await helpline.client.post(helpline.public + "/webhooks/sms", content=good.body, headers=headers),
        await helpline.client.post(helpline.public + "/webhooks/telegram", json={"update_id": 1}),
        await helpline.client.post(helpline.public + "/webhooks/carrier-pigeon", content=b"x"),
        await helpline.client.post(helpline.public + "/webhooks/sms", content=b"x" * 300_000),
        await helpline.client.get(helpline.public + "/webhooks/sms"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 404, 413, 405]
    await helpline.quiet()
    assert len(helpline.provider.calls) == before and await person.conversation() is None


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/metrics", "/state", "/webhooks", "/console"])
async def test_the_public_gateway_serves_webhooks_and_health_only(helpline: Helpline, path: str) -> None:
    assert (await helpline.client.get(helpline.public + path)).status_code in (404, 405)
    health = (await helpline.client.get(helpline.public + "/health")).json()
    assert health == {"status": "ok", "stores_in": "database", "waiting_on_disk": 0}


async def test_rasa_asks_for_its_token_and_has_no_other_door(helpline: Helpline) -> None:
    rasa, body = helpline.settings.rasa_address, {"sender": "x", "message": "bonjour", "metadata": {}}
    async with httpx.AsyncClient(trust_env=False) as client:
        for path, expected in (("/webhooks/rest/webhook", (401, 403)), ("/conversations/x/tracker", (404,)),
                               ("/model/parse", (404, 405)), ("/domain", (404,))):  # fmt: skip
            answer = await client.post(rasa + path, json=body) if "webhook" in path else await client.get(rasa + path)
            assert answer.status_code in expected, (path, answer.status_code)


# --- the fake bot and the real one keep the same promises


async def test_both_bots_answer_and_are_away_alike(helpline: Helpline) -> None:
    settings = helpline.settings
    fake = FakeBot()
    fake.will_say("stop please", "", control={"name": "optout"})
    real = RasaBot(settings.rasa_address, settings.rasa_token.get_secret_value(), 30.0)
    away = FakeBot()
    away.away = True
    bots: list[tuple[Bot, Bot]] = [(fake, away), (real, RasaBot(f"http://127.0.0.1:{free_port()}", "", 1.0))]
    for bot, gone in bots:
        context = {"lang": "fr", "country": None, "first": False, "channel": "sms", "inbound": "0"}
        said = await bot.turn("00000000-0000-0000-0000-000000000001", "bonjour", context)
        assert said.says and all(isinstance(say["text"], str) for say in said.says)
        assert isinstance(said.turn["outcome"], str) and said.control is None
        with pytest.raises(BotAway):
            await gone.turn("00000000-0000-0000-0000-000000000001", "bonjour", context)
        await bot.close()
        await gone.close()
    await helpline.query("delete from rasa_trackers where sender_id like '00000000%' returning 1")
