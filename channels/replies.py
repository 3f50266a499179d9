"""What the dialogue, a caseworker or an article wants to say, before a channel's limits are known."""

from __future__ import annotations

from dataclasses import dataclass

from channels.ports import Button


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``short`` is its form for SMS, followed there by the line ``more_hint``; ``options`` are choices."""

    text: str
    short: str = ""
    options: tuple[Button, ...] = ()
    lang: str = "fr"
    more_hint: str = ""
