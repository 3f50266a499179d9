"""WhatsApp and SMS through Twilio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from channels.adapters.twilio import TwilioAdapter
from channels.errors import (
    BadPayload,
    BadSignature,
    OptedOut,
    ProviderAway,
    RateLimited,
    Refused,
    Uncertain,
    Unreachable,
    WindowClosed,
)
from channels.ports import Button, Event, Incoming, Kind, Media, Outgoing, Receipt, Status, StatusUpdate
from tests.contracts.cases import SendCase, Subject, WebhookCase, payload
from tests.standins.plan import PUBLIC_URL, SENDER, SERVICE_SID, TEMPLATE_SID
from tests.standins.webhooks import twilio

WA, SMS = "+33199000001", "+33199000002"
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC" + "0" * 31 + "1/Messages/"
XML = b"<Response></Response>"


def sid(number: int, prefix: str = "SM") -> str:
    return f"{prefix}{number:032x}"


def case(channel: str, name: str, *events: Event, path: str = "", **change: Any) -> WebhookCase:
    form = {**payload(f"twilio/{name}"), **change}
    return WebhookCase(name, lambda: twilio(channel, form, path=path), events, answer=XML, fixture=f"twilio/{name}")


def bad(
    channel: str, name: str, fixture: str, error: type, *, drop: str = "", base: str = PUBLIC_URL, **change: Any
) -> WebhookCase:
    form = {k: v for k, v in {**payload(f"twilio/{fixture}"), **change}.items() if k != drop}
    return WebhookCase(name, lambda: twilio(channel, form, base=base), error=error)


def wa(number: int, kind: Kind, text: str = "", prefix: str = "SM", **more: Any) -> Incoming:
    return Incoming("whatsapp", WA, sid(number, prefix), kind, text, **more)


def file(kind: Kind, number: int, media: int, content_type: str, prefix: str = "MM") -> Media:
    return Media(kind, f"{MEDIA}{sid(number, prefix)}/Media/{sid(media, 'ME')}", content_type)


def whatsapp_file(number: int, kind: Kind, media: int, content_type: str, text: str = "") -> Incoming:
    return wa(number, kind, text, "MM", media=(file(kind, number, media, content_type),))


def update(channel: str, number: int, status: Status, error: str = "", code: str = "") -> StatusUpdate:
    return StatusUpdate(channel, sid(number), status, error, code)


def _resigned(token: str = "another-token") -> WebhookCase:
    form = payload("twilio/whatsapp_text")
    return WebhookCase("signed with another token", lambda: twilio("whatsapp", form, token=token), error=BadSignature)


def _moved(name: str, signed_for: str, arrives_at: str, error: type | None = None) -> WebhookCase:
    """Signed for one address, read at another."""
    request = replace(twilio("whatsapp", payload("twilio/whatsapp_text"), base=signed_for), url=arrives_at)
    text = "Bonjour, mon patron ne me paie plus 😟"
    events = () if error else (wa(0x10, Kind.TEXT, text),)
    return WebhookCase(name, lambda: request, events, error, answer=b"" if error else XML)


WHATSAPP_WEBHOOKS = (
    case("whatsapp", "whatsapp_text", wa(0x10, Kind.TEXT, "Bonjour, mon patron ne me paie plus 😟")),
    case("whatsapp", "whatsapp_arabic", wa(0x11, Kind.TEXT, "السَّلامُ عليكم، بغيت نجدد بطاقة الإقامة")),
    case("whatsapp", "whatsapp_button", wa(0x12, Kind.BUTTON, "Oui", payload="yes")),
    case("whatsapp", "whatsapp_list", wa(0x13, Kind.BUTTON, "Maroc", payload="country:MA")),
    case("whatsapp", "whatsapp_voice", whatsapp_file(0x14, Kind.AUDIO, 1, "audio/ogg")),
    case("whatsapp", "whatsapp_image", whatsapp_file(0x15, Kind.IMAGE, 2, "image/jpeg", "Ma fiche de paie")),
    case("whatsapp", "whatsapp_document", whatsapp_file(0x16, Kind.DOCUMENT, 3, "application/pdf", "contrat.pdf")),
    case("whatsapp", "whatsapp_video", whatsapp_file(0x17, Kind.VIDEO, 4, "video/mp4")),
    case("whatsapp", "whatsapp_sticker", whatsapp_file(0x18, Kind.STICKER, 5, "image/webp")),
    case("whatsapp", "whatsapp_contact", whatsapp_file(0x19, Kind.CONTACT, 6, "text/vcard")),
    case("whatsapp", "whatsapp_location", wa(0x1A, Kind.LOCATION, "Gare inventée", location=(33.57311, -7.589843))),
    case("whatsapp", "whatsapp_empty", wa(0x1B, Kind.OTHER)),
    case("whatsapp", "whatsapp_text", wa(0x10, Kind.TEXT, "a=b&c+d%20\n«é»"), Body="a=b&c+d%20\n«é»\x00"),
    case("whatsapp", "status_sent", update("whatsapp", 0x30, Status.SENT), path="/status"),
    case("whatsapp", "status_read", update("whatsapp", 0x30, Status.READ), path="/status"),
    case(
        "whatsapp", "status_window", update("whatsapp", 0x31, Status.FAILED, "window-closed", "63016"), path="/status"
    ),
    _resigned(),
    _moved("address with the default port", PUBLIC_URL, f"{PUBLIC_URL}:443/webhooks/whatsapp"),
    _moved("address without the port signed", f"{PUBLIC_URL}:443", f"{PUBLIC_URL}/webhooks/whatsapp"),
    _moved("address of another host", PUBLIC_URL, "https://elsewhere.example/webhooks/whatsapp", BadSignature),
    _moved("query not signed", PUBLIC_URL, f"{PUBLIC_URL}/webhooks/whatsapp?a=1", BadSignature),
    bad("whatsapp", "no MessageSid", "whatsapp_empty", BadPayload, MessageSid="", SmsSid="", SmsMessageSid=""),
    bad("whatsapp", "no From", "whatsapp_text", BadPayload, drop="From"),
    bad("whatsapp", "an SMS at the WhatsApp address", "sms_text", BadPayload),
    bad("whatsapp", "NumMedia no number", "whatsapp_text", BadPayload, NumMedia="x"),
    bad("whatsapp", "Latitude no number", "whatsapp_location", BadPayload, Latitude="north"),
)


def sms(number: int, text: str, **more: Any) -> Incoming:
    return Incoming("sms", SMS, sid(number), more.pop("kind", Kind.TEXT), text, **more)


TWO = (file(Kind.IMAGE, 0x22, 7, "image/png", "SM"), file(Kind.DOCUMENT, 0x22, 8, "application/pdf", "SM"))

SMS_WEBHOOKS = (
    case("sms", "sms_text", sms(0x20, "Salam, khdemt bla contrat")),
    case("sms", "sms_stop", sms(0x21, "STOP")),
    case("sms", "sms_start", sms(0x23, "START")),
    case("sms", "sms_help", sms(0x24, "HELP")),
    case("sms", "sms_two_media", sms(0x22, "deux photos", kind=Kind.IMAGE, media=TWO)),
    case("sms", "sms_text", replace(sms(0x20, "1"), address="38080"), Body="1", From="38080"),
    case("sms", "status_queued", update("sms", 0x30, Status.QUEUED), path="/status"),
    case("sms", "status_sending", update("sms", 0x30, Status.SENDING), path="/status"),
    case("sms", "status_delivered", update("sms", 0x30, Status.DELIVERED), path="/status"),
    case("sms", "status_delivered", update("sms", 0x30, Status.DELIVERED)),
    case("sms", "status_unreachable", update("sms", 0x32, Status.FAILED, "unreachable", "30003"), path="/status"),
    case("sms", "status_failed_silent", update("sms", 0x33, Status.FAILED, "permanent"), path="/status"),
    case("sms", "status_unknown", path="/status"),
    bad("sms", "WhatsApp at the SMS address", "whatsapp_text", BadPayload),
    bad("sms", "no MessageSid", "status_sent", BadPayload, MessageSid="", SmsSid=""),
)


def error(code: int, expected: type, status: int = 400) -> SendCase:
    body = {
        "code": code,
        "message": f"The number {WA} …",
        "more_info": "https://www.twilio.com/docs/errors",
        "status": status,
    }
    return SendCase(f"{code}", Outgoing("Bonjour"), fault={"status": status, "body": body}, error=expected)


FAULTS = (
    error(63016, WindowClosed),
    error(63032, WindowClosed),
    error(21610, OptedOut),
    error(21211, Unreachable),
    error(21614, Unreachable),
    error(30003, Unreachable),
    error(30005, Unreachable),
    error(30006, Unreachable),
    error(63003, Unreachable),
    error(63024, Unreachable),
    error(30007, Refused),
    error(63013, Refused),
    error(21408, Refused, 403),
    error(99999, Refused),
    error(20003, ProviderAway, 401),
    error(20500, ProviderAway, 500),
    error(63018, RateLimited),
    error(14107, RateLimited, 429),
    SendCase(
        "429 with Retry-After",
        Outgoing("Bonjour"),
        fault={"status": 429, "body": {"code": 20429}, "headers": {"Retry-After": "7"}},
        error=RateLimited,
        retry_after=7.0,
    ),
    SendCase(
        "429 until a date that has passed",
        Outgoing("Bonjour"),
        fault={"status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}},
        error=RateLimited,
        retry_after=0.0,
    ),
    SendCase("429 alone", Outgoing("Bonjour"), fault={"status": 429}, error=RateLimited),
    SendCase("500", Outgoing("Bonjour"), fault={"status": 500}, error=ProviderAway),
    SendCase("503", Outgoing("Bonjour"), fault={"status": 503, "body": "gateway"}, error=ProviderAway),
    SendCase("answer without SID", Outgoing("Bonjour"), fault={"status": 201, "body": {}}, error=Uncertain),
    SendCase("answer no JSON object", Outgoing("Bonjour"), fault={"status": 200, "body": [1]}, error=Uncertain),
    SendCase("silence", Outgoing("Bonjour"), fault={"hang_s": 3.0, "taken": True}, error=Uncertain),
    SendCase("connection lost", Outgoing("Bonjour"), fault={"close": True}, error=Uncertain),
    SendCase("empty", Outgoing(" "), error=Refused, calls=0),
)


def form(channel: str, **fields: str) -> dict[str, str]:
    return {"StatusCallback": f"{PUBLIC_URL}/webhooks/{channel}/status", **fields}


def to(address: str, sender: str = SENDER) -> dict[str, str]:
    return {"From": f"whatsapp:{sender}", "To": f"whatsapp:{address}"}


SERVICE = {"twilio_sms_from": SERVICE_SID, "twilio_whatsapp_from": SERVICE_SID}
TEMPLATES = {"twilio_template_sid": f"fr={sid(2, 'HX')}, ar={sid(3, 'HX')}"}
QUEUED = Receipt(sid(1), Status.QUEUED)

WHATSAPP_SENDS = (
    SendCase("text", Outgoing("Bonjour"), receipt=QUEUED, call=form("whatsapp", **to(WA), Body="Bonjour")),
    SendCase(
        "choices come as text",
        Outgoing("Pays ?\n1. Maroc", (Button("x", "y"),)),
        receipt=QUEUED,
        call=form("whatsapp", **to(WA), Body="Pays ?\n1. Maroc"),
    ),
    SendCase(
        "template",
        Outgoing("", template=True),
        receipt=QUEUED,
        call=form("whatsapp", **to(WA), ContentSid=TEMPLATE_SID),
    ),
    SendCase(
        "template in a language",
        Outgoing("", template=True, lang="ar"),
        settings=TEMPLATES,
        receipt=QUEUED,
        call=form("whatsapp", **to(WA), ContentSid=sid(3, "HX")),
    ),
    SendCase(
        "template in a language that has none, with its variable",
        Outgoing("é", template=True, lang="en"),
        settings=TEMPLATES,
        receipt=QUEUED,
        call=form("whatsapp", **to(WA), ContentSid=sid(2, "HX"), ContentVariables='{"1": "\\u00e9"}'),
    ),
    SendCase("no template", Outgoing("", template=True), settings={"twilio_template_sid": ""}, error=Refused, calls=0),
    SendCase(
        "messaging service",
        Outgoing("Bonjour"),
        settings=SERVICE,
        receipt=QUEUED,
        call=form("whatsapp", To=f"whatsapp:{WA}", MessagingServiceSid=SERVICE_SID, Body="Bonjour"),
    ),
    *FAULTS,
)
SMS_SENDS = (
    SendCase(
        "text",
        Outgoing("Bonjour"),
        receipt=Receipt(sid(1), Status.QUEUED, 1),
        call=form("sms", From=SENDER, To=SMS, Body="Bonjour"),
    ),
    SendCase("three segments", Outgoing("ب" * 200), receipt=Receipt(sid(1), Status.QUEUED, 3)),
    SendCase(
        "messaging service: segments not yet known",
        Outgoing("Bonjour"),
        settings=SERVICE,
        receipt=QUEUED,
        call=form("sms", To=SMS, MessagingServiceSid=SERVICE_SID, Body="Bonjour"),
    ),
    SendCase("template", Outgoing("", template=True), error=Refused, calls=0),
    *FAULTS,
)

WHATSAPP_SUBJECT = Subject("whatsapp", lambda s: TwilioAdapter("whatsapp", s), WA, WHATSAPP_WEBHOOKS, WHATSAPP_SENDS)
SMS_SUBJECT = Subject("sms", lambda s: TwilioAdapter("sms", s), SMS, SMS_WEBHOOKS, SMS_SENDS)
