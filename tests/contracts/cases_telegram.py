"""Telegram's Bot API."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from channels.adapters.telegram import TelegramAdapter
from channels.errors import (
    BadPayload,
    BadSignature,
    OptedOut,
    ProviderAway,
    RateLimited,
    Refused,
    Uncertain,
    Unreachable,
)
from channels.ports import Button, Event, Incoming, Kind, Media, Outgoing, Receipt, Subscription
from tests.contracts.cases import SendCase, Subject, WebhookCase, payload
from tests.standins.webhooks import telegram

PERSON = "700000001"
SENT = dt.datetime.fromtimestamp(1796040000, dt.UTC)


def case(name: str, *events: Event, answer: bytes = b"") -> WebhookCase:
    fixture = f"telegram/{name}"
    return WebhookCase(name, lambda: telegram(payload(fixture)), events, answer=answer, fixture=fixture)


def said(number: int, kind: Kind, text: str = "", **more: Any) -> Incoming:
    more = {"sent_at": SENT, "profile_language": "fr", **more}
    return Incoming("telegram", PERSON, str(number), kind, text, **more)


def file(number: int, kind: Kind, name: str, content_type: str, size: int, text: str = "") -> Incoming:
    return said(number, kind, text, media=(Media(kind, f"file-{name}", content_type, size),))


def body(name: str, data: bytes, error: type) -> WebhookCase:
    return WebhookCase(name, lambda: replace(telegram({}), body=data), error=error)


def pressed(query: str, text: str) -> Incoming:
    number = f"callback:{query}"
    return Incoming("telegram", PERSON, number, Kind.BUTTON, text, "country:TN", profile_language="fr")


WEBHOOKS = (
    case("text", said(11, Kind.TEXT, "Comment renouveler ma carte de séjour ? 🙏")),
    case("start", said(12, Kind.TEXT, "/start fr")),
    case("voice", file(13, Kind.AUDIO, "voice", "audio/ogg", 15000)),
    case("audio", file(14, Kind.AUDIO, "audio", "audio/mpeg", 90000)),
    case("photo", file(15, Kind.IMAGE, "large", "image/jpeg", 120000, "Mon contrat")),
    case("document", file(16, Kind.DOCUMENT, "doc", "application/pdf", 54321)),
    case("video", file(17, Kind.VIDEO, "video", "video/mp4", 300000)),
    case("sticker", file(18, Kind.STICKER, "sticker", "image/webp", 9000)),
    case("location", said(19, Kind.LOCATION, location=(36.8065, 10.1815))),
    case("contact", said(20, Kind.CONTACT)),
    case("poll", said(21, Kind.OTHER)),
    case("surrogate", said(23, Kind.TEXT, "coupé \ufffd")),
    case(
        "edited",
        replace(
            said(11, Kind.TEXT, "Comment renouveler ma carte ?"),
            provider_id="11:1796040060",
            sent_at=SENT + dt.timedelta(seconds=60),
            edited=True,
        ),
    ),
    case(
        "callback",
        pressed("4382bfdwdsb323b2d9", "Tunisie"),
        answer=b'{"method": "answerCallbackQuery", "callback_query_id": "4382bfdwdsb323b2d9"}',
    ),
    case("callback_old", pressed("4382bfdwdsb323b2da", ""), answer=b'"callback_query_id": "4382bfdwdsb323b2da"'),
    case("blocked", Subscription("telegram", PERSON, "member:9100", blocked=True)),
    case("unblocked", Subscription("telegram", PERSON, "member:9100", blocked=False)),
    case("pinned"),
    case("group_text"),
    case("group_member"),
    case("channel_post"),
    case("unknown"),
    WebhookCase("another secret", lambda: telegram(payload("telegram/text"), secret="guess"), error=BadSignature),
    WebhookCase("secret not ASCII", lambda: telegram(payload("telegram/text"), secret="é"), error=BadSignature),
    body("no JSON", b"{", BadPayload),
    body("not UTF-8", b"\xff\xfe", BadPayload),
    body("a list", b"[]", BadPayload),
    body("null", b"null", BadPayload),
    body("nested too deep", b"[" * 100_000, BadPayload),
    body("no update_id", b'{"message": {}}', BadPayload),
    body("message of another shape", b'{"update_id": 1, "message": {"text": 5}}', BadPayload),
    body("message no object", b'{"update_id": 1, "message": "x"}', BadPayload),
)


def refusal(status: int, description: str, expected: type, **parameters: Any) -> SendCase:
    answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return SendCase(
        f"{status} {description}",
        Outgoing("Bonjour"),
        fault={"status": status, "body": answer},
        error=expected,
        retry_after=parameters.get("retry_after"),
    )


def call(text: str, **more: Any) -> dict[str, Any]:
    return {"chat_id": int(PERSON), "text": text, "link_preview_options": {"is_disabled": True}, **more}


CHOICES = (Button("Maroc 🇲🇦", "country:MA"), Button("تونس", "country:TN"))
KEYBOARD = [[{"text": "Maroc 🇲🇦", "callback_data": "country:MA"}], [{"text": "تونس", "callback_data": "country:TN"}]]

SENDS = (
    SendCase("text", Outgoing("*Bonjour* <b>"), receipt=Receipt("1"), call=call("*Bonjour* <b>")),
    SendCase(
        "buttons",
        Outgoing("Pays ?", CHOICES),
        receipt=Receipt("1"),
        call=call("Pays ?", reply_markup={"inline_keyboard": KEYBOARD}),
    ),
    SendCase(
        "payload of 64 bytes",
        Outgoing("Pays ?", (Button("x", "é" * 32),)),
        receipt=Receipt("1"),
        call=call("Pays ?", reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "é" * 32}]]}),
    ),
    SendCase(
        "answer to a message that was edited",
        Outgoing("Bonjour", reply_to="11:1796040060"),
        receipt=Receipt("1"),
        call=call("Bonjour", reply_parameters={"message_id": 11, "allow_sending_without_reply": True}),
    ),
    SendCase("answer to a button", Outgoing("Oui", reply_to="callback:7"), receipt=Receipt("1"), call=call("Oui")),
    SendCase("payload too long", Outgoing("Pays ?", (Button("x", "é" * 33),)), error=Refused, calls=0),
    SendCase("payload empty", Outgoing("Pays ?", (Button("x", ""),)), error=Refused, calls=0),
    SendCase("empty", Outgoing("\n"), error=Refused, calls=0),
    SendCase("template", Outgoing("", template=True), error=Refused, calls=0),
    refusal(403, "Forbidden: bot was blocked by the user", OptedOut),
    refusal(403, "Forbidden: user is deactivated", Unreachable),
    refusal(400, "Bad Request: chat not found", Unreachable),
    refusal(400, "Bad Request: message is too long", Refused),
    refusal(401, "Unauthorized", ProviderAway),
    refusal(429, "Too Many Requests: retry after 9", RateLimited, retry_after=9.0),
    SendCase("429 alone", Outgoing("Bonjour"), fault={"status": 429}, error=RateLimited),
    refusal(500, "Internal Server Error", ProviderAway),
    SendCase("502 page", Outgoing("Bonjour"), fault={"status": 502, "body": "<html>"}, error=ProviderAway),
    SendCase("not ok with 200", Outgoing("Bonjour"), fault={"status": 200, "body": {"ok": False}}, error=ProviderAway),
    SendCase("no message_id", Outgoing("Bonjour"), fault={"status": 200, "body": {"ok": True}}, error=Uncertain),
    SendCase("silence", Outgoing("Bonjour"), fault={"hang_s": 3.0, "taken": True}, error=Uncertain),
    SendCase("connection lost", Outgoing("Bonjour"), fault={"close": True}, error=Uncertain),
)

SUBJECT = Subject("telegram", TelegramAdapter, PERSON, WEBHOOKS, SENDS, looks_back=False)
