"""WhatsApp and SMS through Twilio: one class, an instance for each channel.

Sources: Twilio documentation "Messages resource", "Webhooks security", "Send templates created with the Content
Template Builder", "Messaging Services".
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
from typing import Any

import httpx
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from channels.adapters import http
from channels.adapters.limits import LIMITS
from channels.adapters.twilio_errors import send_error
from channels.adapters.twilio_webhook import PREFIX, STATUSES, Form, events
from channels.errors import BadSignature, Refused, Uncertain
from channels.ports import Event, Outgoing, Receipt, Status, WebhookRequest, WebhookResponse
from helpline.settings import Settings

# Twilio's clock stamps whole seconds.
_CLOCK = dt.timedelta(seconds=2)


class TwilioAdapter:
    """``channel`` is ``whatsapp`` or ``sms``; its sender, account and addresses come from ``settings``."""

    def __init__(self, channel: str, settings: Settings) -> None:
        self.channel = channel
        self.limits = LIMITS[channel]
        self._settings = settings
        sender = settings.twilio_whatsapp_from if channel == "whatsapp" else settings.twilio_sms_from
        self._prefix = PREFIX if channel == "whatsapp" else ""
        self._sender = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": self._to(sender)}
        token = settings.twilio_auth_token.get_secret_value()
        self._validator = RequestValidator(token) if token else None
        self._path = f"/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages.json"
        self._http = http.client(
            settings.twilio_api_base, settings.send_timeout_s, auth=(settings.twilio_account_sid, token)
        )

    def authenticate(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless ``X-Twilio-Signature`` fits the address, with or without its port, and the form."""
        signature = request.headers.get("x-twilio-signature", "")
        if self._validator is None or not signature:
            raise BadSignature
        if not self._validator.validate(request.url, Form.read(request.body), signature):
            raise BadSignature

    def parse(self, request: WebhookRequest) -> list[Event]:
        """The message or the status in the form; raises BadPayload."""
        return events(self.channel, Form.read(request.body))

    def acknowledge(self, request: WebhookRequest) -> WebhookResponse:
        """Empty TwiML: Twilio would send any other body to the person."""
        return WebhookResponse(content_type="text/xml", body=b"<Response></Response>")

    async def send(self, address: str, message: Outgoing) -> Receipt:
        """Hand one message to Twilio; raises a SendError."""
        status = f"{self._settings.public_address}/webhooks/{self.channel}/status"
        form = {**self._sender, "To": self._to(address), "StatusCallback": status, **self._content(message)}
        response = await self._call("POST", data=form)
        body = http.json_object(response)
        if not isinstance(body.get("sid"), str):
            raise Uncertain("Twilio's answer holds no SID.")
        return self._receipt(body)

    async def find_sent(self, address: str, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """The newest message to ``address`` since then with the same text; any for a template, whose text is Twilio's.

        Raises a SendError where Twilio cannot be asked.
        """
        query = {"To": self._to(address), "PageSize": "50", **({} if "From" not in self._sender else self._sender)}
        response = await self._call("GET", params=query)
        for found in http.json_object(response).get("messages", []):
            same = message.template or (found.get("body") or "").split() == message.text.split()
            if found.get("direction") == "outbound-api" and same and _made(found) >= since - _CLOCK:
                return self._receipt(found)
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _call(self, method: str, **request: Any) -> httpx.Response:
        response = await http.call(self._http, method, self._path, timeout_s=self._settings.send_timeout_s, **request)
        if not response.is_success:
            raise send_error(response)
        return response

    def _to(self, number: str) -> str:
        return self._prefix + number.removeprefix(PREFIX)

    def _content(self, message: Outgoing) -> dict[str, str]:
        if message.template:
            content = {"ContentSid": self._template(message.lang)}
            # A template with one variable takes the text where there is one.
            return content | ({"ContentVariables": json.dumps({"1": message.text})} if message.text else {})
        if not message.text.strip():
            raise Refused("The message is empty.")
        return {"Body": message.text}

    def _template(self, lang: str) -> str:
        """The template's SID: the setting holds one, or one a language (``fr=HX…,ar=HX…``), the first standing in."""
        entries = [entry.strip() for entry in self._settings.twilio_template_sid.split(",") if entry.strip()]
        if self.channel != "whatsapp" or not entries:
            raise Refused("No template is configured for this channel.")
        languages = {key: sid for key, _, sid in (entry.rpartition("=") for entry in entries)}
        return languages.get(lang) or next(iter(languages.values()))

    def _receipt(self, body: dict[str, Any]) -> Receipt:
        # 0 until a messaging service has chosen the sender; a WhatsApp message has no segments.
        segments = str(body.get("num_segments"))
        charged = int(segments) if self.channel == "sms" and segments.isdecimal() else 0
        return Receipt(str(body["sid"]), STATUSES.get(str(body.get("status")), Status.QUEUED), charged or None)


def _made(found: dict[str, Any]) -> dt.datetime:
    """When Twilio made the message (RFC 2822); long ago where it does not say."""
    try:
        return email.utils.parsedate_to_datetime(found["date_created"])
    except (KeyError, TypeError, ValueError):
        return dt.datetime.min.replace(tzinfo=dt.UTC)
