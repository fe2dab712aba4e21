"""The official SDK of Twilio, as it comes, against the simulated Twilio, and what that tells a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bridgewright.connectors.twilio.webhook import WEBHOOK
from bridgewright.core.model.inbound import Delivery, Headers, Readable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.twilio.fates import Fate
from bridgewright.simulate.twilio.pace import Pace
from bridgewright.simulate.twilio.simulator import (
    TEST_ACCOUNT,
    TOKEN,
    TwilioSimulator,
)
from tests.contracts.mailbox import Mailbox, until
from tests.scripts import twilio as script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.wire import Heard

TO, FROM = "+15005550010", "+15005550006"
SERVICE = "MG" + "1" * 32


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def twilio(clock: VirtualClock) -> Iterator[TwilioSimulator]:
    with TwilioSimulator(clock, token=TOKEN) as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def client(twilio: TwilioSimulator) -> Client:
    return client_of(twilio)


@pytest.fixture
def shop() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


def client_of(twilio: TwilioSimulator, account: str = "", token: str = TOKEN) -> Client:
    client = Client(account or twilio.account, token)
    client.api.base_url = client.verify.base_url = twilio.stand.url
    return client


def refusal(call: Callable[[], Any]) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        call()
    return refused.value.status, refused.value.code


def form_of(heard: Heard) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(heard.body.decode()).items()}


def statuses(heard: tuple[Heard, ...], name: str = "MessageStatus") -> list[str]:
    return [form_of(each)[name] for each in heard]


@pytest.mark.slow
def test_a_script_with_the_sdk_sees_what_it_sees_at_twilio(twilio: TwilioSimulator) -> None:
    environ = {
        "TWILIO_ACCOUNT_SID": twilio.account,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
        "TWILIO_TO": TO,
    }
    seen = {step.name: step.seen for step in script.run(twilio.stand.url, environ)}
    body = "Your order is on its way"

    assert seen == {
        "messages.create": {
            "body": body,
            "status": "queued",
            "direction": "outbound-api",
            "num_media": "0",
            "error_code": None,
            "price": None,
        },
        "messages.fetch": [True, body, "outbound-api"],
        "messages.create, in several parts": "3",
        "messages.list, by pages of one": True,
        "messages.media.list": [],
        "messages.create, no text": [400, 21602],
        "messages.create, no sender": [400, 21603],
        "messages.create, too long": [400, 21617],
        "messages.create, no number": [400, 21211],
        "messages.fetch, unknown": [404, 20404],
        "messages.delete, unknown": [404, 20404],
        "calls.create, no TwiML": [400, 21205],
        "services.create": ["Bridgewright script", 6],
        "verifications.create": {"status": "pending", "valid": False, "channel": "sms"},
        "verifications.create, again": [True, "pending"],
        "verification_checks.create, wrong": {"status": "pending", "valid": False},
        "verifications.update": "canceled",
        "verifications.fetch, gone": [404, 20404],
        "verification_checks.create, gone": [404, 20404],
        "verifications.create, no channel": [400, 60200],
        "calls.fetch, unknown": [404, 20404],
    }


# -- messages go their way by the clock


def test_a_message_goes_its_way_by_the_clock(client: Client, clock: VirtualClock) -> None:
    sid = str(client.messages.create(to=TO, from_=FROM, body="hello").sid)
    seen = []
    for seconds in (0.2, 0.5, 2.0):
        clock.advance(seconds)
        message = client.messages(sid).fetch()
        seen.append((message.status, message.date_sent is not None))

    assert seen == [("sending", False), ("sent", True), ("delivered", True)]


def test_one_leap_of_the_clock_is_as_good_as_many_steps(
    client: Client, clock: VirtualClock, shop: Mailbox
) -> None:
    client.messages.create(to=TO, from_=FROM, body="hello", status_callback=shop.url)
    clock.advance(86_400)

    assert statuses(shop.wait(3)) == ["sending", "sent", "delivered"]


def test_the_clock_knows_when_all_is_told(
    client: Client, clock: VirtualClock, shop: Mailbox
) -> None:
    client.messages.create(to=TO, from_=FROM, body="hello", status_callback=shop.url)
    took_s = clock.run_until_idle()

    assert statuses(shop.heard) == ["sending", "sent", "delivered"]
    assert took_s == pytest.approx(1.6)


def test_callbacks_are_signed_as_twilio_signs(
    client: Client, clock: VirtualClock, shop: Mailbox
) -> None:
    sent = client.messages.create(to=TO, from_=FROM, body="hello", status_callback=shop.url)
    clock.advance(10)
    keys = WEBHOOK.scheme([Secret(TOKEN)], Terms(public_url=shop.url))
    for heard in shop.wait(3):
        form, given = form_of(heard), heard.header("x-twilio-signature")
        assert RequestValidator(TOKEN).validate(shop.url, form, given)
        headers = Headers(tuple((n.encode(), v.encode()) for n, v in heard.headers))
        delivery = Delivery("twilio", headers, heard.body, from_seconds(clock.now()))
        assert isinstance(keys.verify(delivery, from_seconds(clock.now())), Verified)
        assert isinstance(WEBHOOK.read(delivery), Readable)
        assert form["MessageSid"] == sent.sid
    assert len({heard.header("i-twilio-idempotency-token") for heard in shop.heard}) == 3


def test_a_courier_may_bring_callbacks_in_any_order_and_each_is_still_signed(
    twilio: TwilioSimulator, client: Client, clock: VirtualClock
) -> None:
    url = "https://shop.example/told?by=twilio"
    twilio.dispatch.held = True
    client.messages.create(to=TO, from_=FROM, body="hello", status_callback=url)
    clock.advance(10)
    client.messages.list()
    taken = twilio.dispatch.take()
    brought = []
    for endpoint, message in reversed(taken):
        _, fields, body = twilio.dispatch.signed(endpoint, message, from_seconds(clock.now()))
        form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        given = dict(fields)[b"x-twilio-signature"].decode()
        assert RequestValidator(TOKEN).validate(url, form, given)
        brought.append(form["MessageStatus"])

    assert brought == ["delivered", "sent", "sending"]


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        ("+15005530003", ("undelivered", 30003)),
        ("+15005530001", ("failed", 30001)),
        ("+15005550011", ("undelivered", 30007)),
    ],
)
def test_a_recipient_decides_how_a_message_ends(
    twilio: TwilioSimulator, clock: VirtualClock, shop: Mailbox, to: str, ends: tuple[str, int]
) -> None:
    twilio.foresee("+15005550011", Fate("undelivered", 30007))
    client = client_of(twilio)
    sid = str(client.messages.create(to=to, from_=FROM, body="hello", status_callback=shop.url).sid)
    clock.advance(10)
    message = client.messages(sid).fetch()
    last = form_of(shop.wait(1 if "failed" in ends else 3)[-1])

    assert (message.status, message.error_code) == ends
    assert (last["MessageStatus"], int(last["ErrorCode"])) == ends
    assert message.error_message


def test_a_callback_that_nobody_takes_is_tried_once_more_and_an_error_never(
    twilio: TwilioSimulator, client: Client, clock: VirtualClock
) -> None:
    with Mailbox(500) as angry:
        client.messages.create(to=TO, from_=FROM, body="a", status_callback=angry.url)
        clock.advance(10)
        angry.wait(3)
    client.messages.create(to=TO, from_=FROM, body="b", status_callback=angry.url)
    clock.advance(10)
    client.messages.create(to=TO, from_=FROM, body="c")
    with Mailbox() as last:
        client.messages.create(to=TO, from_=FROM, body="d", status_callback=last.url)
        clock.advance(10)
        last.wait(3)
    until(lambda: len(twilio.dispatch.posted) == 12, client.messages.list)
    tried = [(p.attempt, p.status) for p in twilio.dispatch.posted if p.endpoint == angry.url]

    assert tried[:3] == [(1, 500)] * 3
    assert sorted(tried[3:], key=lambda each: each[0]) == [(1, None)] * 3 + [(2, None)] * 3


def test_a_message_that_waits_longer_than_it_is_valid_fails(clock: VirtualClock) -> None:
    with TwilioSimulator(clock, pace=Pace(queue_s=60.0)) as twilio:
        twilio.start()
        client = client_of(twilio)
        for validity_s in (30, 90):
            client.messages.create(to=TO, from_=FROM, body="hello", validity_period=validity_s)
        clock.advance(120)

        ended = [(each["status"], each["error_code"]) for each in twilio.messages()]
        assert ended == [("failed", 30036), ("delivered", None)]


def test_a_scheduled_message_waits_and_can_be_canceled(client: Client, clock: VirtualClock) -> None:
    later = {"schedule_type": "fixed", "messaging_service_sid": SERVICE, "body": "hello"}
    at = "2026-09-22T12:00:00Z"
    first, second = (client.messages.create(to=TO, send_at=at, **later) for _ in range(2))  # type: ignore[arg-type]
    canceled = client.messages(str(second.sid)).update(status="canceled")
    clock.advance(86_400)
    sent, kept = (client.messages(str(each.sid)).fetch() for each in (first, second))

    assert (first.status, first.from_) == ("scheduled", None)
    assert (sent.status, sent.from_) == ("delivered", FROM)
    assert canceled.status == kept.status == "canceled"
    assert refusal(lambda: client.messages(str(first.sid)).update(status="canceled"))[0] == 400
    early = {**later, "send_at": "2026-09-21T13:00:00Z"}
    assert refusal(lambda: client.messages.create(to=TO, **early))[1] == 35114  # type: ignore[arg-type]
    assert refusal(
        lambda: client.messages.create(
            to=TO,
            from_=FROM,
            body="x",
            schedule_type="fixed",
            send_at=at,  # type: ignore[arg-type]
        )
    ) == (400, 35118)


def test_a_body_is_emptied_and_a_message_deleted_once_it_is_settled(
    client: Client, twilio: TwilioSimulator, clock: VirtualClock
) -> None:
    sid = str(client.messages.create(to=TO, from_=FROM, body="my secret").sid)
    assert refusal(lambda: client.messages(sid).update(body="")) == (409, 20009)
    assert refusal(lambda: client.messages(sid).delete()) == (409, 20009)
    clock.advance(10)

    assert client.messages(sid).update(body="").body == ""
    assert refusal(lambda: client.messages(sid).update(body="other")) == (400, 20001)
    assert client.messages(sid).delete()
    assert twilio.messages() == ()


def test_who_says_stop_gets_no_more_until_he_says_start(
    client: Client, twilio: TwilioSimulator
) -> None:
    def text() -> Any:
        return client.messages.create(to=TO, from_=FROM, body="hello")

    twilio.text_in("Stop", sender=TO)
    assert refusal(text) == (400, 21610)
    twilio.text_in("START", sender=TO)
    assert text().status == "queued"


def test_what_is_not_simulated_is_refused_and_not_made_up(client: Client) -> None:
    content = "HX" + "1" * 32
    assert refusal(lambda: client.messages.create(to=TO, from_=FROM, content_sid=content))[0] == 501
    assert refusal(client.api.account.fetch)[0] == 501


def test_test_credentials_check_magic_numbers_and_keep_nothing(twilio: TwilioSimulator) -> None:
    tested = client_of(twilio, TEST_ACCOUNT, "any")
    pairs = {
        ("+15005550001", FROM): 21211,
        ("+15005550002", FROM): 21612,
        ("+15005550003", FROM): 21408,
        ("+15005550004", FROM): 21610,
        ("+15005550009", FROM): 21614,
        (TO, "+15005550001"): 21212,
        (TO, "+15005550007"): 21606,
        (TO, "+15005550008"): 21611,
        (TO, "+15005550012"): 21606,
    }
    seen = {
        pair: refusal(lambda: tested.messages.create(to=pair[0], from_=pair[1], body="x"))[1]  # noqa: B023
        for pair in pairs
    }

    assert seen == pairs
    assert tested.messages.create(to=TO, from_=FROM, body="x").status == "queued"
    assert refusal(lambda: tested.messages("SM" + "0" * 32).fetch()) == (403, 20008)
    assert twilio.messages() == ()


# -- what comes in


def test_what_comes_in_is_told_to_the_url_of_its_number(
    client: Client, twilio: TwilioSimulator, shop: Mailbox
) -> None:
    client.incoming_phone_numbers.create(
        phone_number=FROM, sms_url=shop.url, voice_url=shop.url, status_callback=shop.url
    )
    text = twilio.text_in("Where is my order?", sender=TO)
    call = twilio.ring_in(caller=TO)
    first, second, third = map(form_of, shop.wait(3))

    assert (first["MessageSid"], first["Body"]) == (text["sid"], "Where is my order?")
    assert (second["CallSid"], second["CallStatus"]) == (call["sid"], "ringing")
    assert (third["CallStatus"], third["CallDuration"]) == ("completed", "12")
    for heard in shop.heard:
        given = heard.header("x-twilio-signature")
        assert RequestValidator(TOKEN).validate(shop.url, form_of(heard), given)


# -- calls


def test_a_call_tells_the_events_that_it_was_asked_to_tell(
    client: Client, clock: VirtualClock, shop: Mailbox
) -> None:
    call = client.calls.create(
        to=TO,
        from_=FROM,
        twiml="<Response/>",
        status_callback=shop.url,
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    clock.advance(60)
    forms = [form_of(each) for each in shop.wait(4)]
    told = [form["CallStatus"] for form in forms]
    ended = client.calls(str(call.sid)).fetch()

    assert told == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert (ended.status, ended.duration, forms[-1]["CallDuration"]) == ("completed", "12", "12")


@pytest.mark.parametrize(
    ("to", "status"),
    [("+15005550486", "busy"), ("+15005550408", "no-answer"), ("+15005550503", "failed")],
)
def test_a_call_that_nobody_takes_ends_as_its_number_says(
    client: Client, clock: VirtualClock, shop: Mailbox, to: str, status: str
) -> None:
    client.calls.create(to=to, from_=FROM, twiml="<Response/>", status_callback=shop.url)
    clock.advance(120)

    assert statuses(shop.wait(1), "CallStatus") == [status]


def test_a_call_is_canceled_before_and_ended_after_it_is_answered(
    client: Client, clock: VirtualClock
) -> None:
    def call() -> str:
        return str(client.calls.create(to=TO, from_=FROM, twiml="<Response/>").sid)

    first, second = call(), call()
    canceled = client.calls(first).update(status="canceled")
    clock.advance(5)
    ended = client.calls(second).update(status="completed")

    assert (canceled.status, ended.status, ended.duration) == ("canceled", "completed", "3")
    assert refusal(lambda: client.calls(second).update(status="completed")) == (400, 21220)
    assert [each.sid for each in client.calls.list(status="canceled")] == [first]


# -- Verify


def test_the_code_that_was_sent_proves_who_has_it(client: Client, twilio: TwilioSimulator) -> None:
    service = client.verify.v2.services.create(friendly_name="Shop", code_length=4)
    here = client.verify.v2.services(str(service.sid))
    here.verifications.create(to=TO, channel="sms")
    code = twilio.code_of(TO)
    checked = here.verification_checks.create(to=TO, code=code)

    assert (len(code), checked.status, checked.valid) == (4, "approved", True)
    assert refusal(lambda: here.verification_checks.create(to=TO, code=code)) == (404, 20404)
    assert code not in str(twilio.state())


def test_a_code_is_sent_and_tried_five_times_and_good_for_ten_minutes(
    client: Client, twilio: TwilioSimulator, clock: VirtualClock
) -> None:
    service = client.verify.v2.services.create(friendly_name="Shop")
    here = client.verify.v2.services(str(service.sid))

    def send() -> Any:
        return here.verifications.create(to=TO, channel="call")

    sids = {send().sid for _ in range(5)}
    assert len(sids) == 1
    assert refusal(send) == (429, 60203)
    code = twilio.code_of(TO)
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    tried = {here.verification_checks.create(to=TO, code=wrong).status for _ in range(5)}
    assert tried == {"pending"}
    assert refusal(lambda: here.verification_checks.create(to=TO, code=code)) == (429, 60202)
    clock.advance(600)
    assert refusal(lambda: here.verification_checks.create(to=TO, code=code)) == (404, 20404)
    with pytest.raises(LookupError, match="no code"):
        twilio.code_of(TO)
    assert send().sid not in sids


# -- limits, credentials, triggers


def test_only_so_many_requests_are_carried_out_at_once(clock: VirtualClock) -> None:
    with TwilioSimulator(clock, at_once=0) as twilio:
        twilio.start()
        assert refusal(client_of(twilio).api.account.fetch)[0] == 501
        client = client_of(twilio)
        assert refusal(lambda: client.messages.create(to=TO, from_=FROM, body="x")) == (429, 20429)


def test_a_wrong_token_is_nobody(twilio: TwilioSimulator) -> None:
    client = client_of(twilio, token="wrong")
    assert refusal(lambda: client.messages.create(to=TO, from_=FROM, body="x")) == (401, 20003)


def test_every_trigger_tells_what_happened_with_all_before_it(
    twilio: TwilioSimulator, shop: Mailbox
) -> None:
    for event_type, paths in twilio.triggers.items():
        given = {"status_callback": shop.url} if "status_callback" in paths else {}
        form = twilio.trigger(event_type, given)
        kept = {each["sid"] for each in (*twilio.messages(), *twilio.calls())}
        assert (form.get("MessageSid") or form["CallSid"]) in kept
    told = [form.get("MessageStatus") or form["CallStatus"] for form in map(form_of, shop.wait(30))]

    assert told[:3] == ["queued", "queued", "sending"]
    assert {"undelivered", "failed", "busy", "no-answer", "initiated"} <= set(told)


def test_a_trigger_goes_on_with_what_is_there(client: Client, twilio: TwilioSimulator) -> None:
    sid = str(client.messages.create(to=TO, from_=FROM, body="hello").sid)
    twilio.trigger("message.undelivered", {"sid": sid, "error_code": "30005"})

    assert client.messages(sid).fetch().error_code == 30005
    for overrides, said in (
        ({"sid": sid}, "is past delivered"),
        ({"sid": "SM0"}, "there is no SM0"),
        ({"colour": "red"}, "has no 'colour'"),
    ):
        with pytest.raises(UnknownTriggerError, match=said):
            twilio.trigger("message.delivered", overrides)


def test_a_reset_forgets_all_and_begins_again(client: Client, twilio: TwilioSimulator) -> None:
    def sid() -> Any:
        return client.messages.create(to=TO, from_=FROM, body="hello").sid

    first = sid()
    twilio.reset()

    assert twilio.messages() == ()
    assert sid() == first


def test_a_mood_lasts_as_long_as_it_is_told(client: Client, twilio: TwilioSimulator) -> None:
    twilio.be(Mood.DOWN, requests=1)
    assert refusal(lambda: client.messages.create(to=TO, from_=FROM, body="x")) == (503, 20503)
    assert client.messages.create(to=TO, from_=FROM, body="x").sid
