"""What a reply looks like on each channel."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from channels.adapters.limits import LIMITS, SMS, TELEGRAM, WHATSAPP
from channels.ports import Button, Limits, Outgoing
from channels.render import cut, render
from channels.replies import Reply
from channels.segments import cost, fits

OPTIONS = (Button("Maroc", "country:MA"), Button("Tunisie", "country:TN"))


def test_buttons_where_there_are_some() -> None:
    assert render(Reply("Quel pays ?", options=OPTIONS), TELEGRAM) == [Outgoing("Quel pays ?", OPTIONS, "fr")]


@pytest.mark.parametrize("limits", [WHATSAPP, SMS], ids=str)
def test_numbered_lines_where_there_are_none(limits: Limits) -> None:
    assert render(Reply("Quel pays ?", options=OPTIONS), limits) == [Outgoing("Quel pays ?\n1. Maroc\n2. Tunisie")]


def test_numbered_lines_where_there_are_too_many_or_a_payload_does_not_fit() -> None:
    many = tuple(Button(f"Choix {n}", f"c{n}") for n in range(1, 12))
    (message,) = render(Reply("Lequel ?", options=many), TELEGRAM)
    assert not message.buttons and message.text.endswith("\n11. Choix 11")
    for payload in ("é" * 33, ""):
        (message,) = render(Reply("Lequel ?", options=(Button("Un", payload),)), TELEGRAM)
        assert message == Outgoing("Lequel ?\n1. Un")


def test_labels_are_cut_between_graphemes() -> None:
    limits = Limits("characters", 100, buttons=3, button_label=8)
    (message,) = render(Reply("?", options=(Button("Casablanca", "a"), Button("abcde👩‍👩‍👧‍👦", "b"))), limits)
    assert [button.label for button in message.buttons] == ["Casabla…", "abcde…"]
    assert [button.payload for button in message.buttons] == ["a", "b"]


@given(st.text(max_size=40), st.integers(1, 30))
def test_cut_keeps_whole_graphemes(label: str, most: int) -> None:
    found = cut(label, most)
    assert len(found) <= most
    assert found == label or (found.endswith("…") and _starts_whole(label, found[:-1]))


def _starts_whole(label: str, kept: str) -> bool:
    graphemes = regex.findall(r"\X", label)
    return any("".join(graphemes[:count]).rstrip() == kept for count in range(len(graphemes) + 1))


def test_sms_uses_the_short_form_its_hint_and_the_plain_alphabet() -> None:
    reply = Reply("La réponse complète.", short="L’essentiel : appelez « 141 »", more_hint="PLUS : la suite…")
    assert render(reply, SMS) == [Outgoing('L\'essentiel : appelez "141"\nPLUS : la suite...')]
    assert render(reply, TELEGRAM) == [Outgoing("La réponse complète.")]
    # Without a short form there is nothing more to ask for.
    assert render(Reply("Voilà.", more_hint="PLUS"), SMS) == [Outgoing("Voilà.")]


def test_arabic_sms_stays_arabic() -> None:
    (message,) = render(Reply("مرحبا بك…", lang="ar"), SMS)
    assert message == Outgoing("مرحبا بك…", lang="ar")
    assert cost(message.text).encoding == "ucs2"


def test_buttons_are_under_the_last_part() -> None:
    parts = render(Reply("Une phrase de plus. " * 400, options=OPTIONS), TELEGRAM)
    assert len(parts) > 1
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]


def test_nothing_to_say() -> None:
    assert render(Reply("  "), WHATSAPP) == []
    assert render(Reply("", options=OPTIONS), WHATSAPP) == [Outgoing("1. Maroc\n2. Tunisie")]


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@given(text=st.text(max_size=3000), labels=st.lists(st.text(min_size=1, max_size=80), max_size=12))
def test_every_message_is_within_the_limits(text: str, labels: list[str], limits: Limits) -> None:
    options = tuple(Button(label, f"choice:{number}") for number, label in enumerate(labels))
    for message in render(Reply(text, options=options), limits):
        assert message.text and fits(message.text, limits)
        assert len(message.buttons) <= limits.buttons
        assert all(len(button.label) <= limits.button_label for button in message.buttons)
