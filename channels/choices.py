"""Which choice a person means: a pressed button, a number, the label or its words, also of an older menu."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import regex

from helpline.language.normalise import normalise

# The choices under "erase everything?"; Rasa never sees them.
DELETE_YES, DELETE_NO = "/helpline_yes", "/helpline_no"

# "1", "1.", "n 2", "no 3", "choix 2", "رقم 2": a number that stands alone, with what people put before it.
_NUMBER = regex.compile(r"(?:(?:n|no|num|numero|number|choix|option|choice|reponse|رقم|خيار)\s)?([1-9][0-9]?)")


def new_token() -> str:
    """A short name for a menu; what buttons carry in place of a payload."""
    return secrets.token_urlsafe(6)


def button_payload(token: str, position: int) -> str:
    """What a button of the menu ``token`` sends back: never longer than 16 bytes, and no secret."""
    return f"m:{token}:{position}"


def parse_button(payload: str) -> tuple[str, int] | None:
    """Token and position of a pressed button, None where it is not one of ours."""
    parts = payload.split(":")
    if len(parts) == 3 and parts[0] == "m" and parts[2].isdigit():
        return parts[1], int(parts[2])
    return None


def by_words(text: str, menus: Sequence[Sequence[dict[str, Any]]]) -> str | None:
    """The payload that ``text`` chooses among ``menus`` (newest first), or None.

    A number counts for the newest menu only; a label counts for any, also without its article or in part where
    that part names one choice alone.
    """
    folded = normalise(text)
    if not folded or not menus:
        return None
    if match := _NUMBER.fullmatch(folded):
        position = int(match[1]) - 1
        return str(menus[0][position]["payload"]) if position < len(menus[0]) else None
    for options in menus:
        exact = [o for o in options if normalise(str(o["label"])) == folded]
        if exact:
            return str(exact[0]["payload"])
    if len(folded) >= 4:
        words = set(folded.split())
        near = [o for o in menus[0] if words <= set(normalise(str(o["label"])).split())]
        if len(near) == 1:
            return str(near[0]["payload"])
    return None
