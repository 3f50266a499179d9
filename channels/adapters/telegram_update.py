"""Reads Telegram's updates; the types of python-telegram-bot stop here.

Sources: Telegram "Bot API": Update, Message, CallbackQuery, ChatMemberUpdated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, InaccessibleMessage, Message, PhotoSize, Update
from telegram.constants import ChatMemberStatus, ChatType

from channels.adapters.text import clean
from channels.errors import BadPayload
from channels.ports import Event, Incoming, Kind, Media, Subscription

# The updates that setWebhook and getUpdates ask for.
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")

# What python-telegram-bot's constructors and we meet in an update of another shape; OSError: a date no clock can show.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)

# Attribute of Message, kind, and the type where Telegram does not say it. An animation comes with a document too.
_FILES = (
    ("voice", Kind.AUDIO, "audio/ogg"),
    ("audio", Kind.AUDIO, "audio/mpeg"),
    ("video", Kind.VIDEO, "video/mp4"),
    ("video_note", Kind.VIDEO, "video/mp4"),
    ("animation", Kind.VIDEO, "video/mp4"),
    ("sticker", Kind.STICKER, "image/webp"),
    ("document", Kind.DOCUMENT, ""),
)


def read(body: bytes) -> Update:
    """The update in ``body``; raises BadPayload."""
    try:
        update = Update.de_json(json.loads(body), None)
    except _MALFORMED as error:
        raise BadPayload(f"{type(error).__name__}.") from None
    if not isinstance(update, Update) or not isinstance(update.update_id, int):
        raise BadPayload("No update_id.")
    return update


def events(channel: str, update: Update) -> list[Event]:
    """The event in ``update``; none for groups, channels and what people do not say. Raises BadPayload."""
    try:
        if update.callback_query is not None:
            return _pressed(channel, update.callback_query)
        if update.my_chat_member is not None:
            return _member(channel, update.update_id, update.my_chat_member)
        message = update.message or update.edited_message
        if message is None or message.chat.type != ChatType.PRIVATE:
            return []
        return _message(channel, message, edited=update.message is None)
    except _MALFORMED as error:
        raise BadPayload(f"{type(error).__name__}.") from None


def _message(channel: str, message: Message, *, edited: bool) -> list[Event]:
    kind, media, location = Kind.TEXT, _media(message), None
    if media is not None:
        kind = media.kind
    elif message.location is not None:
        kind, location = Kind.LOCATION, (message.location.latitude, message.location.longitude)
    elif message.contact is not None:
        kind = Kind.CONTACT
    elif not message.text:
        if not message.effective_attachment:
            return []  # a service message: pinned, auto-delete timer, …
        kind = Kind.OTHER
    number = str(message.message_id)
    if edited:
        # One message may be edited more than once.
        number += f":{int((message.edit_date or message.date).timestamp())}"
    return [
        Incoming(
            channel,
            str(message.chat.id),
            number,
            kind,
            clean(message.text or message.caption or ""),
            media=(media,) if media else (),
            sent_at=message.edit_date if edited else message.date,
            edited=edited,
            location=location,
            profile_language=_language(message.from_user),
        )
    ]


def _media(message: Message) -> Media | None:
    if message.photo:
        largest = max(message.photo, key=_area)
        return Media(Kind.IMAGE, largest.file_id, "image/jpeg", largest.file_size)
    for name, kind, usual in _FILES:
        found: Any = getattr(message, name)
        if found is not None and not isinstance(found, Sequence):
            return Media(kind, found.file_id, getattr(found, "mime_type", None) or usual, found.file_size)
    return None


def _area(photo: PhotoSize) -> int:
    return photo.width * photo.height


def _pressed(channel: str, query: CallbackQuery) -> list[Event]:
    # In a private chat the chat's id is the person's.
    if query.data is None or (query.message is not None and query.message.chat.type != ChatType.PRIVATE):
        return []
    return [
        Incoming(
            channel,
            str(query.from_user.id),
            f"callback:{query.id}",
            Kind.BUTTON,
            clean(_label(query)),
            clean(query.data),
            profile_language=_language(query.from_user),
        )
    ]


def _label(query: CallbackQuery) -> str:
    """What stood on the button, for the transcript; Telegram sends it back with the keyboard."""
    if query.message is None or isinstance(query.message, InaccessibleMessage):
        return ""
    keyboard = getattr(query.message, "reply_markup", None)
    rows = keyboard.inline_keyboard if keyboard is not None else ()
    return next((button.text for row in rows for button in row if button.callback_data == query.data), "")


def _member(channel: str, update_id: int, change: ChatMemberUpdated) -> list[Event]:
    states = {ChatMemberStatus.BANNED: True, ChatMemberStatus.MEMBER: False}
    blocked = states.get(ChatMemberStatus(change.new_chat_member.status))
    if blocked is None or change.chat.type != ChatType.PRIVATE:
        return []
    return [Subscription(channel, str(change.chat.id), f"member:{update_id}", blocked)]


def _language(person: Any) -> str:
    return (person.language_code or "") if person is not None else ""
