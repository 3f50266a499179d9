"""Turns a reply into the messages of one channel: its form, its choices, its parts. It makes no wording."""

from __future__ import annotations

from dataclasses import replace

import regex

from channels.ports import Button, Limits, Outgoing
from channels.replies import Reply
from channels.segments import to_gsm
from channels.split import split

# Telegram "Bot API: InlineKeyboardButton": callback_data, 1-64 bytes.
PAYLOAD_BYTES = 64


def render(reply: Reply, limits: Limits) -> list[Outgoing]:
    """The messages for ``reply`` within ``limits``, in order; none where there is nothing to say.

    Choices are buttons under the last message where the channel has enough of them, else numbered lines at the end.
    """
    lines = [reply.text.strip()]
    if limits.unit == "sms" and reply.short.strip():
        lines = [reply.short.strip(), reply.more_hint.strip()]
    buttons = _buttons(reply.options, limits)
    if not buttons:
        lines += [f"{number}. {option.label}" for number, option in enumerate(reply.options, 1)]
    text = "\n".join(line for line in lines if line)
    parts = split(to_gsm(text) if limits.unit == "sms" else text, limits)
    return [
        Outgoing(part, buttons if number == len(parts) else (), reply.lang)
        for number, part in enumerate(parts, start=1)
    ]


def _buttons(options: tuple[Button, ...], limits: Limits) -> tuple[Button, ...]:
    """The options as buttons with labels that fit, or none where the channel cannot show them all."""
    if len(options) > limits.buttons or any(
        not 0 < len(option.payload.encode()) <= PAYLOAD_BYTES for option in options
    ):
        return ()
    return tuple(replace(option, label=cut(option.label, limits.button_label)) for option in options)


def cut(label: str, most: int) -> str:
    """``label`` in at most ``most`` characters (0: any number), cut between graphemes with an ellipsis."""
    if not most or len(label) <= most:
        return label
    kept = ""
    for grapheme in regex.findall(r"\X", label):
        if len(kept) + len(grapheme) > most - 1:
            break
        kept += grapheme
    return kept.rstrip() + "…"
