"""Reads Twilio's webhooks: messages from people and the state of ours.

Sources: Twilio documentation "Twilio's request to your incoming message Webhook URL", "Track the Message Status of
Outbound Messages", "Sending Notifications with WhatsApp: buttons", "Advanced Opt-Out".
"""

from __future__ import annotations

from urllib.parse import parse_qs

from channels.adapters.text import clean
from channels.adapters.twilio_errors import error_type
from channels.errors import BadPayload, Permanent
from channels.ports import Event, Incoming, Kind, Media, Status, StatusUpdate
from helpline.privacy import normalise_phone

PREFIX = "whatsapp:"

STATUSES = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.SENDING,
    "sent": Status.SENT,
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_KINDS = {"audio": Kind.AUDIO, "image": Kind.IMAGE, "video": Kind.VIDEO}
_EXACT_KINDS = {"image/webp": Kind.STICKER, "text/vcard": Kind.CONTACT, "text/x-vcard": Kind.CONTACT}
# Twilio "Accepted content types for media": ten files in a message.
_MOST_MEDIA = 10


class Form(dict[str, list[str]]):
    """The form of a webhook: name to its values, blank ones kept, as the signature covers them too."""

    @classmethod
    def read(cls, body: bytes) -> Form:
        """The form in ``body``."""
        return cls(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))

    def getlist(self, name: str) -> list[str]:
        """All values of ``name``; the name that Twilio's validator looks for."""
        return self[name]

    def first(self, *names: str) -> str:
        """The first value that is not blank, cleaned; empty where there is none."""
        return next((clean(value) for name in names for value in self.get(name, ()) if value.strip()), "")


def events(channel: str, form: Form) -> list[Event]:
    """The event in ``form``; none for a status that says nothing. Raises BadPayload.

    A message from a person carries ``SmsStatus=received``; any other status is that of one of ours.
    """
    sid = form.first("MessageSid", "SmsSid", "SmsMessageSid")
    if not sid:
        raise BadPayload("No MessageSid.")
    status = form.first("MessageStatus", "SmsStatus").lower()
    if status and status not in ("received", "receiving"):
        return _status(channel, sid, STATUSES.get(status), form.first("ErrorCode"))
    return [_message(channel, sid, form)]


def _status(channel: str, sid: str, status: Status | None, code: str) -> list[Event]:
    if status is None:
        return []
    error = ""
    if status is Status.FAILED:
        error = error_type(int(code)).code if code.isascii() and code.isdigit() else Permanent.code
    return [StatusUpdate(channel, sid, status, error, code)]


def _message(channel: str, sid: str, form: Form) -> Incoming:
    sender = form.first("From")
    if not sender:
        raise BadPayload("No From.")
    # A WhatsApp sender connected to the SMS address would be answered by SMS, and the other way round.
    if sender.startswith(PREFIX) != (channel == "whatsapp"):
        raise BadPayload(f"This sender is not one of {channel}.")
    media = _media(form)
    location = _location(form)
    payload = form.first("ButtonPayload", "ListId")
    text = form.first("Body")
    if payload or form.first("ButtonText", "ListTitle"):
        kind, text = Kind.BUTTON, form.first("ButtonText", "ListTitle") or text
    elif location:
        kind, text = Kind.LOCATION, text or form.first("Label", "Address")
    elif media:
        kind = media[0].kind
    else:
        kind = Kind.TEXT if text else Kind.OTHER
    address = normalise_phone(sender.removeprefix(PREFIX))
    return Incoming(channel, address, sid, kind, text, payload, media, location=location)


def _media(form: Form) -> tuple[Media, ...]:
    count = form.first("NumMedia") or "0"
    if not (count.isascii() and count.isdigit()):
        raise BadPayload("NumMedia is not a number.")
    found = []
    for number in range(min(int(count), _MOST_MEDIA)):
        content_type = form.first(f"MediaContentType{number}").lower()
        kind = _EXACT_KINDS.get(content_type) or _KINDS.get(content_type.partition("/")[0], Kind.DOCUMENT)
        found.append(Media(kind, form.first(f"MediaUrl{number}"), content_type))
    return tuple(found)


def _location(form: Form) -> tuple[float, float] | None:
    latitude, longitude = form.first("Latitude"), form.first("Longitude")
    if not latitude or not longitude:
        return None
    try:
        return float(latitude), float(longitude)
    except ValueError as error:
        raise BadPayload("Latitude or Longitude is not a number.") from error
