"""A provider on loopback: Twilio's Messages API and Telegram's Bot API, as strict as ``tests/contracts/api``.

    with ProviderStandIn() as provider:
        settings = Settings(**provider.settings)
        provider.fail(2, status=429, headers={"Retry-After": "3"})
        ...
        provider.sent    # what people received
        provider.calls   # every call, with what was answered

A call that breaks the contract is answered 400, as the provider would, and kept in ``problems``: assert it empty.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import email.utils
import itertools
import socket
import threading
import time
from collections import deque
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from channels.segments import cost
from tests.standins.contract import Checked, Contract
from tests.standins.plan import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PUBLIC_URL,
    SENDER,
    TELEGRAM_SECRET,
    TELEGRAM_TOKEN,
    TEMPLATE_SID,
    Call,
    Fault,
)


class _Protocol(HttpToolsProtocol):
    """Lets the application drop its connection, which ASGI does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class ProviderStandIn:
    """Runs in a thread of its own; ``latency_s`` is how long each answer takes. Its lists may be read at any time."""

    def __init__(self, latency_s: float = 0.0) -> None:
        self.latency_s = latency_s
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.updates: deque[dict[str, Any]] = deque()
        self.base_url = ""
        self._contracts = {"twilio": Contract("twilio_messages.yaml"), "telegram": Contract("telegram_send.yaml")}
        self._faults: deque[Fault] = deque()
        self._messages: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        config = uvicorn.Config(app, log_level="critical", http=_Protocol, lifespan="off", timeout_keep_alive=60)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=5)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that point all channels here."""
        return {
            "public_url": PUBLIC_URL,
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_whatsapp_from": SENDER,
            "twilio_sms_from": SENDER,
            "twilio_template_sid": TEMPLATE_SID,
            "twilio_api_base": self.base_url,
            "telegram_token": TELEGRAM_TOKEN,
            "telegram_secret": TELEGRAM_SECRET,
            "telegram_api_base": self.base_url,
        }

    @property
    def sent(self) -> list[Call]:
        """The messages that people received, in order."""
        return [call for call in list(self.calls) if call.taken]

    def fail(self, times: int = 1, **what: Any) -> None:
        """Have the next ``times`` calls fail: fields of Fault. A second plan follows the first."""
        with self._lock:
            self._faults.append(Fault(times, **what))

    def recover(self) -> None:
        """Forget what is left of the plans."""
        with self._lock:
            self._faults.clear()

    def reset(self) -> None:
        """Forget everything."""
        self.recover()
        self.calls, self.problems, self._messages = [], [], []
        self.updates.clear()

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Call]:
        """The messages sent, once there are ``count``; AssertionError where there are fewer after ``timeout_s``."""
        end = time.monotonic() + timeout_s
        while len(self.sent) < count:
            assert time.monotonic() < end, f"{len(self.sent)} of {count} messages in {timeout_s} s"
            time.sleep(0.01)
        return self.sent

    def _fault(self, provider: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.provider in ("", provider):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    async def _answer(self, request: Request) -> Response:
        provider = "telegram" if request.url.path.startswith("/bot") else "twilio"
        checked = self._contracts[provider].check(
            request.method,
            request.url.path,
            request.headers.get("content-type", ""),
            request.url.query,
            await request.body(),
        )
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        fault = self._fault(provider)
        if fault is not None and not fault.taken:
            self._note(provider, checked, fault.status, taken=False)
            response: Response = JSONResponse(fault.body, fault.status or 503, headers=fault.headers)
        else:
            response = self._telegram(checked) if provider == "telegram" else self._twilio(request, checked)
        if fault is not None and fault.hang_s:
            await asyncio.sleep(fault.hang_s)
        if fault is not None and fault.close:
            request.state.transport.abort()
        if fault is not None and fault.taken and fault.status:
            return JSONResponse(fault.body, fault.status, headers=fault.headers)
        if response.status_code == 200 and checked.operation == "getUpdates" and not self.updates:
            await asyncio.sleep(0.02)
        return response

    def _note(self, provider: str, checked: Checked, answer: int, *, taken: bool, provider_id: str = "") -> None:
        values = checked.values
        to = str(values.get("To") or values.get("chat_id") or "")
        text = str(values.get("Body") or values.get("text") or "")
        self.calls.append(Call(provider, checked.operation, to, text, values, time.time(), answer, taken, provider_id))
        self.problems += checked.problems

    def _twilio(self, request: Request, checked: Checked) -> Response:
        status, body = 201, {}
        if checked.problems:
            status, body = 400, {"code": 20001, "message": "; ".join(checked.problems), "status": 400}
        elif not _authorised(request, checked.path["account_sid"]):
            status, body = 401, {"code": 20003, "message": "Authenticate", "status": 401}
        elif checked.operation == "list_messages":
            wanted = {key.lower(): value for key, value in checked.values.items() if key in ("To", "From")}
            found = [item for item in reversed(self._messages) if all(item[key] == wanted[key] for key in wanted)]
            status, body = 200, {"messages": found[: int(checked.values.get("PageSize", 50))], "page": 0}
        else:
            body = self._message(checked.values)
            self._messages.append(body)
        taken = status == 201
        self._note("twilio", checked, status, taken=taken, provider_id=str(body["sid"]) if taken else "")
        return JSONResponse(body, status)

    def _message(self, values: dict[str, Any]) -> dict[str, Any]:
        sid, now = f"SM{next(self._numbers):032x}", email.utils.formatdate(usegmt=True).replace("GMT", "+0000")
        service = values.get("MessagingServiceSid")
        return {
            "sid": sid,
            "account_sid": ACCOUNT_SID,
            "api_version": "2010-04-01",
            "body": values.get("Body", "The approved template."),
            "direction": "outbound-api",
            "from": None if service else values["From"],
            "to": values["To"],
            "messaging_service_sid": service,
            "status": "accepted" if service else "queued",
            "num_segments": "0" if service else str(max(1, cost(values.get("Body", "")).segments)),
            "num_media": "0",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}.json",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media.json"},
        }

    def _telegram(self, checked: Checked) -> Response:
        status, problem, number = 200, "", ""
        result: Any = True
        if checked.path.get("token") != TELEGRAM_TOKEN:
            status, problem = (401, "Unauthorized") if checked.operation else (404, "Not Found")
        elif checked.problems:
            status, problem = 400, f"Bad Request: {'; '.join(checked.problems)}"
        elif checked.operation == "sendMessage":
            chat = {"id": checked.values["chat_id"], "type": "private", "first_name": "Invented"}
            number = str(next(self._numbers))
            result = {"message_id": int(number), "date": int(time.time()), "chat": chat, "text": checked.values["text"]}
        elif checked.operation == "getUpdates":
            while self.updates and self.updates[0]["update_id"] < checked.values.get("offset", 0):
                self.updates.popleft()
            result = list(self.updates)
        self._note("telegram", checked, status, taken=bool(number), provider_id=number)
        if problem:
            return JSONResponse({"ok": False, "error_code": status, "description": problem}, status)
        return JSONResponse({"ok": True, "result": result})


def _authorised(request: Request, account_sid: str) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind.lower() == "basic" and (user, password) == (ACCOUNT_SID, AUTH_TOKEN) and user == account_sid
