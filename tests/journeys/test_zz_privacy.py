"""Last of the journeys: nothing that anybody wrote, and nobody's number, is in a log, a metric or Rasa's tracker."""

from __future__ import annotations

import pytest

from tests.stack import CHANNELS, Helpline

pytestmark = pytest.mark.timeout(600)
WORDS = "ma voisine Zébulonne loge rue des Glycines, appelez le 0612 34 56 78 ou zebulonne@example.org"
SECRETS = ("Zébulonne", "Zebulonne", "zebulonne", "Glycines", "0612 34", "34 56 78", "example.org")


async def test_logs_metrics_and_trackers_hold_no_words_and_no_numbers(helpline: Helpline) -> None:
    people = [helpline.person(channel) for channel in CHANNELS]
    for person in people:
        await person.say(WORDS)
        await person.say("je veux parler à une personne")
    # The provider refuses, fails and is silent: errors are where numbers leak.
    helpline.provider.fail(1, status=400, body={"code": 21211, "message": f"Invalid 'To' number {people[0].address}"})
    helpline.provider.fail(1, status=500, body={"message": WORDS})
    helpline.provider.fail(1, close=True)
    others = [helpline.person(channel) for channel in CHANNELS]
    for person in others:
        await person.say(f"{WORDS} encore")
    helpline.provider.recover()
    await helpline.post(people[0].webhook(WORDS))
    await helpline.client.post(helpline.public + "/webhooks/sms", content=f"Body={WORDS}&From={people[1].address}")

    logged = helpline.logged()
    ports = (helpline.settings.metrics_port, helpline.settings.metrics_port + 1)  # the worker's, the public gateway's
    metrics = "".join([(await helpline.client.get(f"http://127.0.0.1:{port}/metrics")).text for port in ports])
    state = (await helpline.client.get(f"http://127.0.0.1:{helpline.settings.staff_port}/state")).text
    postgres_log = (helpline.settings.data_dir / "postgres" / "log").read_text("utf-8", "replace")
    assert len(logged) > 500 and "helpline_turns_total" in metrics and "helpline_webhooks_total{" in metrics
    everybody = [person.address.lstrip("+") for person in (*people, *others)]
    for place, text in (("log", logged), ("metrics", metrics), ("state", state), ("postgres", postgres_log)):
        for secret in (*SECRETS, *everybody, *(said for said in helpline.said if len(said) > 12)):
            assert secret not in text, f"{secret!r} is in the {place}"

    trackers = "\n".join(row[0] for row in await helpline.query("select state from rasa_trackers"))
    assert trackers.count("{") > 10
    numbers = ("0612 34", "34 56 78", "example.org")  # Rasa must read the words; it never gets a number or an address
    for secret in (*numbers, *everybody):
        assert secret not in trackers, f"{secret!r} is in a tracker"


async def test_the_database_holds_no_readable_message_and_no_number(helpline: Helpline) -> None:
    person = helpline.person("sms")
    await person.say(WORDS)
    tables = [row[0] for row in await helpline.query("select tablename from pg_tables where schemaname = 'public'")]
    knowledge = {
        "articles",
        "article_texts",
        "questions",
        "facts",
        "organisations",
        "knowledge_indexes",
        "rasa_trackers",  # masked words: see above
    }
    assert len(tables) > 12
    for table in sorted(set(tables) - knowledge):
        for (row,) in await helpline.query(f'select t::text from "{table}" t'):
            for secret in ("Glycines", b"Glycines".hex(), person.address.lstrip("+")):
                assert secret not in row, table
