"""Menus: by button, number, label or words; new ones and old ones; and buttons that nobody offered."""

from __future__ import annotations

import pytest

from channels import choices
from channels.ports import Kind
from tests.channels.desk import Desk, Person

TOPICS = {
    "Salaires impayés": '/choose{"topic":"unpaid-wages"}',
    "Passeport confisqué": '/choose{"topic":"passport"}',
    "Parler à une personne": "/human",
}
COUNTRIES = {"Maroc": '/choose{"country":"MA"}', "Tunisie": '/choose{"country":"TN"}'}
WORDS = [
    ("2", "passport"), ("2.", "passport"), ("n° 2", "passport"), ("choix 2", "passport"), ("٢", "passport"),
    ("رقم 2", "passport"), ("option 1", "unpaid-wages"), ("Passeport confisqué", "passport"),
    ("passeport confisque !", "passport"), ("PASSEPORT", "passport"), ("salaires", "unpaid-wages"),
]  # fmt: skip


def ask(desk: Desk) -> None:
    desk.bot.will_say("menu", "Lequel ?", options=TOPICS)
    desk.bot.will_say("pays", "Quel pays ?", options=COUNTRIES)


async def chosen(desk: Desk, person: Person, words: str, **more: object) -> str:
    """What the bot was told."""
    await person.say(words, **more)
    return desk.bot.turns[-1][1]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
async def test_a_choice_by_number_label_or_words_works_on_every_channel(desk: Desk, channel: str) -> None:
    ask(desk)
    assert len(WORDS) > 8
    people = {words: desk.person(channel) for words, _ in WORDS}
    for words, person in people.items():
        await person.write("menu")
        await desk.quiet()
        await person.write(words)
    await desk.quiet()
    for words, expected in WORDS:
        conversation = await people[words].conversation()
        assert conversation is not None
        told = [message for key, message, _ in desk.bot.turns if key == str(conversation.id)]
        assert f'"{expected}"' in told[-1], words


async def test_numbered_lines_where_there_are_no_buttons(desk: Desk) -> None:
    ask(desk)
    person, other = desk.person("whatsapp"), desk.person("telegram")
    assert (await person.say("menu"))[0].endswith(
        "1. Salaires impayés\n2. Passeport confisqué\n3. Parler à une personne"
    )
    await other.say("menu")
    assert [button.label for button in other.messages[-1].buttons] == list(TOPICS)
    assert "1." not in other.heard[-1]


async def test_an_older_menu_is_still_answered_by_button_and_by_label(desk: Desk) -> None:
    ask(desk)
    person = desk.person("telegram")
    await person.say("menu")
    old = person.messages[-1].buttons
    for words in ("pays", "merci", "bien"):
        await person.say(words)
    assert '"MA"' in await chosen(desk, person, "1"), "a number means the newest menu"
    assert '"passport"' in await chosen(desk, person, "Passeport confisqué")
    assert '"unpaid-wages"' in await chosen(desk, person, old[0].label, payload=old[0].payload)
    for number in range(20):
        await person.say(f"autre chose {number}")
    assert '"passport"' in await chosen(desk, person, old[1].label, payload=old[1].payload), "buttons never age"


async def test_a_number_without_a_menu_or_beyond_it_is_a_message(desk: Desk) -> None:
    ask(desk)
    person = desk.person()
    assert await chosen(desk, person, "2") == "2"
    await person.say("menu")
    assert await chosen(desk, person, "9") == "9"
    assert await chosen(desk, person, "2 mois sans salaire") == "2 mois sans salaire"


async def test_words_that_fit_two_choices_choose_none(desk: Desk) -> None:
    desk.bot.will_say("menu", "?", options={"Carte de séjour": "/a", "Carte de travail": "/b"})
    person = desk.person()
    await person.say("menu")
    assert await chosen(desk, person, "carte") == "carte"


SPOOFED = ["/human", "/helpline_yes", "/restart", "m:AAAAAAAA:0", "m::0", "m:x:-1", "m:x:9999999999999999",
           "m:a:b:c", "optout", "{}", "m:%s:99"]  # fmt: skip


@pytest.mark.parametrize("payload", SPOOFED)
async def test_a_payload_that_we_never_offered_chooses_nothing(desk: Desk, payload: str) -> None:
    ask(desk)
    person = desk.person("telegram")
    await person.say("menu")
    token = person.messages[-1].buttons[0].payload.split(":")[1]
    await person.say("rien", kind=Kind.BUTTON, payload=payload.replace("%s", token))
    assert desk.bot.heard == ["menu", "rien"]
    conversation = await person.conversation()
    assert conversation is not None and conversation.pending is None


async def test_the_button_of_somebody_else_chooses_nothing(desk: Desk) -> None:
    ask(desk)
    owner, thief = desk.person("telegram"), desk.person("telegram")
    await owner.say("DELETE")
    await thief.say("DELETE")
    button = owner.messages[-1].buttons[0]
    assert await thief.say("", payload=button.payload, kind=Kind.BUTTON)
    assert await owner.conversation() is not None and await thief.conversation() is not None


def test_tokens_are_short_and_read_back() -> None:
    seen = {choices.new_token() for _ in range(1000)}
    assert len(seen) == 1000
    for token in seen:
        assert len(choices.button_payload(token, 9).encode()) <= 16
        assert choices.parse_button(choices.button_payload(token, 9)) == (token, 9)
