"""One harness for all adapters; the tables of cases are in ``cases_*.py``, the payloads in ``tests/payloads``."""

from __future__ import annotations

import bisect
import contextlib
import datetime as dt
import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import routes
from channels.adapters.fakes import FakeAdapter
from channels.errors import BadPayload, BadSignature, ProviderAway, RateLimited, Retryable, Uncertain
from channels.intake import Intake
from channels.ports import ChannelAdapter, Event, Limits, Outgoing, Receipt, WebhookRequest
from channels.registry import build_adapters
from channels.segments import fits
from helpline.errors import DatabaseAway
from helpline.metrics import Metrics
from helpline.settings import Settings
from helpline.web import problems
from helpline.web.limits import Refusals
from tests.contracts import cases_local, cases_telegram, cases_twilio
from tests.contracts.cases import PAYLOADS, SendCase, Subject, WebhookCase, payload
from tests.standins import webhooks
from tests.standins.plan import PUBLIC_URL
from tests.standins.provider import ProviderStandIn

SUBJECTS = {
    subject.channel: subject
    for subject in (
        cases_twilio.WHATSAPP_SUBJECT,
        cases_twilio.SMS_SUBJECT,
        cases_telegram.SUBJECT,
        cases_local.FAKE_SUBJECT,
        *cases_local.SIMULATOR_SUBJECTS,
    )
}
REMOTE = [subject for subject in SUBJECTS.values() if subject.remote]
OFFLINE = {
    **ProviderStandIn().settings,
    "twilio_api_base": "http://127.0.0.1:9",
    "telegram_api_base": "http://127.0.0.1:9",
}


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderStandIn]:
    with ProviderStandIn() as provider:
        yield provider


@pytest.fixture
def provider(running: ProviderStandIn) -> ProviderStandIn:
    running.reset()
    return running


def build(subject: Subject, provider: ProviderStandIn | None = None, **more: object) -> ChannelAdapter:
    given = provider.settings if provider else OFFLINE
    return subject.build(Settings(**{"send_timeout_s": 1.0, **given, **more}))


def taken(adapter: ChannelAdapter, request: WebhookRequest) -> list[Event]:
    adapter.authenticate(request)
    return adapter.parse(request)


def rows(table: str) -> list[object]:
    found = [
        pytest.param(subject, case, id=f"{subject.channel}: {case.name}")
        for subject in SUBJECTS.values()
        for case in getattr(subject, table)
    ]
    assert found
    return found


def test_every_adapter_of_the_registry_has_both_tables(provider: ProviderStandIn) -> None:
    adapters = build_adapters(Settings(**provider.settings))
    assert set(adapters) == {"whatsapp", "sms", "telegram", "sim-whatsapp", "sim-sms", "sim-telegram"}
    for name, adapter in adapters.items():
        assert adapter.channel == name
        assert SUBJECTS[name].webhooks, f"{name} has no table of webhooks"
        assert SUBJECTS[name].sends, f"{name} has no table of sends"


def test_only_configured_channels_are_built() -> None:
    everything = ProviderStandIn().settings
    assert build_adapters(Settings(), simulator=False) == {}
    for name, without in (
        ("whatsapp", "twilio_whatsapp_from"),
        ("sms", "twilio_sms_from"),
        ("telegram", "telegram_token"),
        ("telegram", "telegram_secret"),
    ):
        assert name not in build_adapters(Settings(**{**everything, without: ""}))
    assert set(build_adapters(Settings(**{**everything, "twilio_auth_token": ""}), simulator=False)) == {"telegram"}


def test_every_payload_is_used() -> None:
    files = {str(path.relative_to(PAYLOADS).with_suffix("")) for path in PAYLOADS.rglob("*.json")}
    used = {case.fixture for subject in SUBJECTS.values() for case in subject.webhooks if case.fixture}
    assert files == used and len(files) > 40


@pytest.mark.parametrize(("subject", "case"), rows("webhooks"))
def test_webhook(subject: Subject, case: WebhookCase) -> None:
    adapter, request = build(subject), case.request()
    if case.error is not None:
        with pytest.raises(case.error):
            taken(adapter, request)
        return
    assert taken(adapter, request) == list(case.events)
    assert adapter.parse(request) == list(case.events), "parsing twice gives the same"
    answer = adapter.acknowledge(request)
    assert answer.status == 200
    assert case.answer in answer.body and bool(case.answer) == bool(answer.body)


class _Away:
    """A database that does not answer, so that the intake hands every webhook to the spool, where the test sees it."""

    def transaction(self) -> None:
        raise DatabaseAway


class _Spool:
    def __init__(self) -> None:
        self.kept: list[tuple[str, WebhookRequest]] = []

    def waiting(self) -> list[str]:
        return []

    def put(self, channel: str, request: WebhookRequest) -> None:
        self.kept.append((channel, request))


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
async def test_the_same_webhooks_posted_to_the_real_route(subject: Subject) -> None:
    adapter, spool, metrics = build(subject), _Spool(), Metrics()
    intake = Intake({subject.channel: adapter}, _Away(), None, spool, metrics)
    app = FastAPI()
    problems.install(app)
    limits = {"max_body": 262_144, "refusals": Refusals(1000)}
    app.include_router(routes.build(intake, metrics, public_address=PUBLIC_URL, **limits))
    posted = 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8080") as client:
        for case in subject.webhooks:
            request = case.request()
            if not request.url.startswith(f"{PUBLIC_URL}/"):
                continue  # that address cannot come through a route that knows its own
            spool.kept.clear()
            path = request.url.removeprefix(PUBLIC_URL).replace("/fake", f"/{subject.channel}")
            headers = {name.title(): value.encode() for name, value in request.headers.items()}
            answer = await client.post(path, content=request.body, headers=headers)
            posted += 1
            assert answer.status_code == (case.error.status if case.error else 200), case.name
            kept = [
                event for channel, found in spool.kept for event in adapter.parse(found) if channel == subject.channel
            ]
            assert kept == list(case.events), case.name
            assert case.error or case.answer in answer.content
    assert posted


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_nothing_unsigned_or_changed_is_let_in(subject: Subject) -> None:
    adapter = build(subject)
    for case in subject.webhooks:
        with pytest.raises(BadSignature):
            adapter.authenticate(replace(case.request(), headers={}))


def test_twilio_signature_covers_every_field_and_the_documented_example() -> None:
    adapter = build(SUBJECTS["whatsapp"])
    request = webhooks.twilio("whatsapp", payload("twilio/whatsapp_text"))
    for body in (request.body + b"&x=", request.body.replace(b"Bonjour", b"Bonsoir"), request.body + b"&Body=x", b""):
        with pytest.raises(BadSignature):
            adapter.authenticate(replace(request, body=body))
    # Twilio documentation "Webhooks security": the worked example, with its token 12345.
    documented = build(SUBJECTS["whatsapp"], twilio_auth_token="12345")
    form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212"
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    headers = {"x-twilio-signature": "GvWf1cFY/Q7PnoempGyD5oXAezc="}
    documented.authenticate(replace(request, url=url, headers=headers, body=form))


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "telegram"])
def test_without_a_secret_nobody_is_let_in(channel: str) -> None:
    case = SUBJECTS[channel].webhooks[0]
    adapter = build(SUBJECTS[channel], twilio_auth_token="", telegram_secret="")
    empty = {"x-telegram-bot-api-secret-token": "", "x-twilio-signature": ""}
    for request in (case.request(), replace(case.request(), headers=empty)):
        with pytest.raises(BadSignature):
            adapter.authenticate(request)


@pytest.mark.parametrize(("subject", "case"), rows("sends"))
async def test_send(subject: Subject, case: SendCase, provider: ProviderStandIn) -> None:
    adapter = build(subject, provider, **case.settings)
    if case.fault:
        provider.fail(**case.fault)
    address = case.address or subject.address
    try:
        if case.error is None:
            receipt = await adapter.send(address, case.message)
            assert _same(receipt, case.receipt)
        else:
            with pytest.raises(case.error) as caught:
                await adapter.send(address, case.message)
            assert type(caught.value) is case.error
            assert address not in str(caught.value) and "token" not in str(caught.value)
            if isinstance(caught.value, Retryable):
                assert caught.value.retry_after == case.retry_after
    finally:
        await adapter.close()
    assert len(provider.calls) == case.calls
    assert provider.problems == []
    if case.call is not None:
        assert provider.calls[0].values == case.call


def _same(receipt: Receipt, expected: Receipt | None) -> bool:
    """Equal but for the number that the stand-in counts on."""
    assert expected is not None and receipt.provider_id
    return replace(receipt, provider_id="") == replace(expected, provider_id="")


@pytest.mark.parametrize("subject", REMOTE, ids=lambda subject: subject.channel)
async def test_no_connection_is_no_doubt(subject: Subject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    adapter = build(subject, twilio_api_base=base, telegram_api_base=base)
    with pytest.raises(ProviderAway):
        await adapter.send(subject.address, Outgoing("Bonjour"))
    await adapter.close()


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("character", ["a", "é", "م", "😀"])
async def test_the_longest_text_within_the_limits_is_taken(
    subject: Subject, character: str, provider: ProviderStandIn
) -> None:
    adapter = build(subject, provider)
    count = bisect.bisect_left(range(5000), True, key=lambda n: not fits(character * (n + 1), adapter.limits))
    assert fits(character * count, adapter.limits) and not fits(character * (count + 1), adapter.limits)
    await adapter.send(subject.address, Outgoing(character * count))
    assert provider.problems == []
    await adapter.close()


@pytest.mark.parametrize("subject", REMOTE, ids=lambda subject: subject.channel)
async def test_an_answer_that_is_lost(subject: Subject, provider: ProviderStandIn) -> None:
    """Uncertain; find_sent then tells whether it arrived, where the provider can tell."""
    adapter, before = build(subject, provider), dt.datetime.now(dt.UTC)
    message = Outgoing("Une réponse", idempotency_key="k")
    assert await adapter.find_sent(subject.address, message, before) is None
    provider.fail(close=True)
    with pytest.raises(Uncertain):
        await adapter.send(subject.address, message)
    assert await adapter.find_sent(subject.address, message, before) is None
    provider.fail(close=True, taken=True)
    with pytest.raises(Uncertain):
        await adapter.send(subject.address, message)
    found = await adapter.find_sent(subject.address, message, before)
    assert (found is not None and found.provider_id == provider.sent[-1].provider_id) == subject.looks_back
    other = Outgoing("Une autre", idempotency_key="l")
    assert await adapter.find_sent(subject.address, other, before) is None
    assert await adapter.find_sent(subject.address, message, before + dt.timedelta(minutes=5)) is None
    if subject.looks_back:
        provider.fail(status=429)
        with pytest.raises(RateLimited):
            await adapter.find_sent(subject.address, message, before)
    await adapter.close()


async def test_find_sent_knows_a_template(provider: ProviderStandIn) -> None:
    adapter, before = build(SUBJECTS["whatsapp"], provider), dt.datetime.now(dt.UTC)
    message = Outgoing("", template=True)
    receipt = await adapter.send("+33199000009", message)
    assert await adapter.find_sent("+33199000009", message, before) == receipt
    await adapter.close()


async def test_the_fake_fails_when_told_to() -> None:
    fake = FakeAdapter("telegram", Limits(unit="utf16", text=10))
    fake.errors = [RateLimited(retry_after=3), Uncertain()]
    message, now = Outgoing("a", idempotency_key="k"), dt.datetime.now(dt.UTC)
    with pytest.raises(RateLimited):
        await fake.send("1", message)
    assert await fake.find_sent("1", message, now) is None
    fake.uncertain_arrives = True
    with pytest.raises(Uncertain):
        await fake.send("1", message)
    assert fake.sent == [("1", message)]
    assert await fake.find_sent("1", message, now) == Receipt("telegram-1")


def _places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.just([]), st.just({})
)
UPDATES = sorted((PAYLOADS / "telegram").glob("*.json"))


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_update_of_another_shape_is_refused_or_read(data: st.DataObject) -> None:
    update = json.loads(data.draw(st.sampled_from(UPDATES)).read_text())
    place = data.draw(st.sampled_from(_places(update)[1:]))
    target = update
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = data.draw(JUNK)
    adapter, request = build(SUBJECTS["telegram"]), webhooks.telegram(update)
    with contextlib.suppress(BadPayload):
        for event in adapter.parse(request):
            json.dumps(str(event)).encode()
    assert adapter.acknowledge(request).status == 200


FORM = st.dictionaries(
    st.sampled_from(
        ["MessageSid", "From", "Body", "NumMedia", "MediaContentType0", "Latitude", "Longitude", "ErrorCode"]
    ),
    st.text(max_size=12),
)


@given(st.sampled_from(["whatsapp_text", "whatsapp_voice", "status_sent"]), FORM)
@settings(max_examples=100, deadline=None)
def test_a_form_of_another_shape_is_refused_or_read(fixture: str, form: dict[str, str]) -> None:
    adapter = build(SUBJECTS["whatsapp"])
    form = {**payload(f"twilio/{fixture}"), **form}
    with contextlib.suppress(BadPayload):
        for event in adapter.parse(webhooks.twilio("whatsapp", form)):
            json.dumps(str(event)).encode()
