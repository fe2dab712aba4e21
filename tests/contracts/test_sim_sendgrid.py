"""The official SDK of SendGrid, as it comes, against the simulated SendGrid, and what that tells a
shop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook

from bridgewright.connectors.sendgrid.webhook import WEBHOOK
from bridgewright.core.model.inbound import Delivery, Headers, Readable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.sendgrid.fates import Fate
from bridgewright.simulate.sendgrid.simulator import AGAIN_S, SendGridSimulator
from bridgewright.simulate.simulator import UnknownTriggerError
from tests.contracts.mailbox import Mailbox, until
from tests.scripts import sendgrid as script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.wire import Heard

FROM, TO = "shop@example.com", "somebody@example.com"
ALL = dict.fromkeys(
    """bounce click deferred delivered dropped group_resubscribe group_unsubscribe open processed
    spam_report unsubscribe""".split(),
    True,
)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def sendgrid(clock: VirtualClock) -> Iterator[SendGridSimulator]:
    with SendGridSimulator(clock, per_minute=100_000) as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def client(sendgrid: SendGridSimulator) -> Any:
    return SendGridAPIClient("SG.key", host=sendgrid.stand.url).client


@pytest.fixture
def shop() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


def mail(*to: str, **more: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": each}]} for each in to],
        "from": {"email": FROM},
        "subject": "Your order",
        "content": [{"type": "text/plain", "value": "is on its way"}],
        **more,
    }


def content_of(answer: Any) -> Any:
    return json.loads(answer.body)


def refusal(call: Callable[[], Any]) -> tuple[int, Any]:
    with pytest.raises(HTTPError) as refused:
        call()
    return refused.value.status_code, json.loads(refused.value.body)["errors"]


def told(heard: tuple[Heard, ...]) -> list[dict[str, Any]]:
    return [event for each in heard for event in json.loads(each.body)]


def hook(client: Any, url: str, *, signed: bool = False) -> str:
    """A webhook for all events; its public key, where it signs."""
    asked = ALL | {"enabled": True, "url": url}
    name = content_of(client.user.webhooks.event.settings.post(request_body=asked))["id"]
    switch = client.user.webhooks.event.settings.signed._(name)
    return str(content_of(switch.patch(request_body={"enabled": signed}))["public_key"])


def test_a_script_with_the_sdk_sees_what_it_sees_at_sendgrid(sendgrid: SendGridSimulator) -> None:
    environ = {"SENDGRID_API_KEY": "SG.key", "SENDGRID_FROM": FROM}
    seen = {step.name: step.seen for step in script.run(sendgrid.stand.url, environ)}
    refused = {name: what for name, what in seen.items() if name.startswith("mail.send, ")}
    del refused["mail.send, to the sandbox"]
    fields = {name: [field for field, _ in what[1]] for name, what in refused.items()}  # type: ignore[index]

    assert fields == {
        "mail.send, nobody": ["personalizations"],
        "mail.send, no address": ["personalizations.0.to.0.email"],
        "mail.send, somebody twice": ["personalizations.0"],
        "mail.send, no sender": ["from.email"],
        "mail.send, no subject": ["subject"],
        "mail.send, no content": ["content"],
        "mail.send, an empty content": ["content.0.value"],
        "mail.send, no list": ["content"],
        "mail.send, no base64": ["attachments.0.content"],
        "mail.send, no template": ["template_id"],
        "mail.send, no key": [None],
    }
    assert {name: what for name, what in seen.items() if name not in refused} == {
        "mail.send, to the sandbox": [200, ""],
        "asm.suppressions.global.post": [201, {"recipient_emails": [TO]}],
        "asm.suppressions.global.get": {"recipient_email": TO},
        "asm.suppressions.global.delete": 204,
        "asm.suppressions.global.get, gone": {},
        "suppression.bounces.get, nobody": [],
        "asm.groups.post": [201, "Bridgewright script"],
        "asm.groups.suppressions.post": [201, {"recipient_emails": [TO]}],
        "asm.groups.suppressions.get": [TO],
        "templates.post": [201, "d-"],
        "templates.versions.post": [1, 0],
        "templates.versions.activate": {"one": 0, "two": 1},
        "event.settings.post": [201, True],
        "event.settings.signed": True,
        "event.settings.all": True,
        "scopes": True,
    }
    assert sendgrid.letters == ()


def test_what_is_wrong_is_said_in_sendgrids_words(client: Any) -> None:
    help_at = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."
    asked = mail("nobody") | {"from": {"email": "me"}}

    assert refusal(lambda: client.mail.send.post(request_body=asked)) == (
        400,
        [
            {
                "message": "Does not contain a valid address.",
                "field": "personalizations.0.to.0.email",
                "help": f"{help_at}personalizations.to",
            },
            {
                "message": "The from email does not contain a valid address.",
                "field": "from.email",
                "help": f"{help_at}from",
            },
        ],
    )


PART = {"type": "text/plain", "value": "x"}
PAGE = {"type": "text/html", "value": "x"}
ONCE = "If present, text/plain and text/html may only be provided once."
SUBJECT = "The subject of your email must be a string at least one character in length."
SANDBOX = "The sandbox mode enable param should be a boolean value."
CATEGORIES = (
    "There is a limit of 10 categories for each email that is sent. You provided 11 categories."
)
ORDER = (
    "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your email:"
    " text/plain needs to be first, followed by text/html, followed by any other content."
)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"colour": 1}, None, "Additional property colour is not allowed"),
        ({"content": {}}, "content", "Invalid type. Expected: array, given: object."),
        ({"content": [PART, PART]}, "content", ONCE),
        ({"content": [PAGE, PART]}, "content", ORDER),
        ({"categories": list("abcdefghijk")}, "categories", CATEGORIES),
        ({"categories": [7]}, "categories", "Categories must be an array of strings."),
        (
            {"custom_args": {"a": 7}},
            "custom_args",
            "All values of custom arguments object must be strings",
        ),
        ({"headers": {"To": "a"}}, "headers", "Header can not be one of the reserved keys."),
        ({"asm": {"group_id": "a"}}, "asm.group_id", "The ASM group ID must be an integer."),
        ({"attachments": [{"content": "YQ=="}]}, "attachments.0.filename", "filename is required."),
        ({"subject": ""}, "subject", SUBJECT),
        (
            {"mail_settings": {"sandbox_mode": {"enable": 1}}},
            "mail_settings.sandbox_mode.enable",
            SANDBOX,
        ),
        (
            {"personalizations": [{"to": [{"email": f"a{n}@example.com"} for n in range(1_001)]}]},
            "personalizations",
            "There is a limit of 1000 total recipients (to + cc + bcc) per request.",
        ),
        (
            {"template_id": "seven"},
            "template_id",
            "The template_id must be a valid GUID, you provided 'seven'.",
        ),
    ],
)
def test_each_mistake_has_its_field_and_its_words(
    client: Any, change: dict[str, Any], field: str | None, message: str
) -> None:
    _, [error] = refusal(lambda: client.mail.send.post(request_body=mail(TO) | change))
    assert (error["field"], error["message"]) == (field, message)


def test_mail_is_taken_processed_and_delivered_by_the_clock(
    client: Any, sendgrid: SendGridSimulator, clock: VirtualClock
) -> None:
    answer = client.mail.send.post(
        request_body=mail(TO, "else@example.com", custom_args={"order": "7"}, categories=["a"])
    )
    clock.advance(10)
    events = [(event["email"], event["event"], event["order"]) for event in sendgrid.events]

    assert (answer.status_code, answer.body) == (202, b"")
    assert events == [
        (TO, "processed", "7"),
        ("else@example.com", "processed", "7"),
        (TO, "delivered", "7"),
        ("else@example.com", "delivered", "7"),
    ]
    for event in sendgrid.events:
        assert event["sg_message_id"].startswith(answer.headers["x-message-id"])
        assert event["category"] == ["a"]
    assert len({event["sg_event_id"] for event in sendgrid.events}) == 4


def test_mail_that_is_to_be_sent_later_is_sent_later(
    client: Any, sendgrid: SendGridSimulator, clock: VirtualClock
) -> None:
    at_s = int(clock.now()) + 3_600
    client.mail.send.post(request_body=mail(TO, send_at=at_s))
    clock.advance(3_000)
    assert sendgrid.events == ()
    clock.advance(1_000)

    assert [event["timestamp"] - at_s for event in sendgrid.events] == [0, 1]
    far = mail(TO, send_at=int(clock.now()) + 73 * 3_600)
    said = refusal(lambda: client.mail.send.post(request_body=far))[1][0]["message"]
    assert said == "Scheduling more than 72 hours in advance is forbidden."


@pytest.mark.parametrize(
    ("domain", "events", "kind", "again"),
    [
        ("bounce", "processed bounce", "bounces", "dropped"),
        ("block", "processed bounce", "blocks", "processed"),
        ("invalid", "dropped", "invalid_emails", "dropped"),
        ("spam", "processed delivered spamreport", "spam_reports", "dropped"),
        ("defer", "processed deferred deferred delivered", "", "processed"),
    ],
)
def test_a_domain_decides_what_becomes_of_mail_and_of_the_next(  # noqa: PLR0913, PLR0917 - a row
    client: Any,
    sendgrid: SendGridSimulator,
    clock: VirtualClock,
    domain: str,
    events: str,
    kind: str,
    again: str,
) -> None:
    email = f"somebody@{domain}.example"
    client.mail.send.post(request_body=mail(email))
    clock.advance(600)
    assert [event["event"] for event in sendgrid.events] == events.split()
    if kind:
        [entry] = content_of(client.suppression._(kind).get())
        assert entry["email"] == email
    client.mail.send.post(request_body=mail(email.upper()))
    clock.advance(0.5)

    assert sendgrid.events[-1]["event"] == again


def test_an_address_is_given_a_fate_of_its_own(
    client: Any, sendgrid: SendGridSimulator, clock: VirtualClock
) -> None:
    sendgrid.foresee(TO, Fate.BOUNCED)
    client.mail.send.post(request_body=mail(TO, "else@example.com"))
    clock.advance(10)

    ends = {letter.email: letter.status for letter in sendgrid.letters}
    assert ends == {TO: "bounce", "else@example.com": "delivered"}


def test_who_has_unsubscribed_is_sent_nothing(
    client: Any, sendgrid: SendGridSimulator, clock: VirtualClock
) -> None:
    asked = {"name": "News", "description": "Now and then"}
    group = content_of(client.asm.groups.post(request_body=asked))["id"]
    people = {"recipient_emails": [TO]}
    client.asm.groups._(str(group)).suppressions.post(request_body=people)
    client.mail.send.post(request_body=mail(TO))
    client.mail.send.post(request_body=mail(TO, asm={"group_id": group}))
    clock.advance(0.5)
    client.asm.suppressions._("global").post(request_body=people)
    client.mail.send.post(request_body=mail(TO))
    bypass = {"bypass_list_management": {"enable": True}}
    client.mail.send.post(request_body=mail(TO, mail_settings=bypass))
    clock.advance(0.5)

    seen = [(event["event"], event.get("reason")) for event in sendgrid.events]
    out = ("dropped", "Unsubscribed Address")
    assert seen == [("processed", None), out, out, ("processed", None)]
    assert (
        refusal(lambda: client.mail.send.post(request_body=mail(TO, asm={"group_id": 1})))[0] == 400
    )


def test_a_template_brings_its_subject_once_a_version_is_active(client: Any) -> None:
    made = client.templates.post(request_body={"name": "Orders", "generation": "dynamic"})
    name = content_of(made)["id"]
    asked = mail(TO, template_id=name) | {"content": None, "subject": None}
    assert refusal(lambda: client.mail.send.post(request_body=asked))[1][0]["field"] == "subject"
    words = {"name": "one", "subject": "Hello", "html_content": "<p>"}
    client.templates._(name).versions.post(request_body=words)

    assert client.mail.send.post(request_body=asked).status_code == 202
    listed = content_of(
        client.templates.get(query_params={"generations": "dynamic", "page_size": 1})
    )
    assert [each["id"] for each in listed["result"]] == [name]


# -- the Event Webhook


def test_events_are_posted_in_batches_that_are_signed_as_sendgrid_signs(
    client: Any, clock: VirtualClock, shop: Mailbox
) -> None:
    public_key = hook(client, shop.url, signed=True)
    client.mail.send.post(request_body=mail(TO, "else@bounce.example"))
    clock.advance(60)
    for heard in shop.wait(2):
        given = heard.header("x-twilio-email-event-webhook-signature")
        stamp = heard.header("x-twilio-email-event-webhook-timestamp")
        assert EventWebhook(public_key).verify_signature(heard.body.decode(), given, stamp)
        headers = Headers(tuple((n.encode(), v.encode()) for n, v in heard.headers))
        delivery = Delivery("sendgrid", headers, heard.body, from_seconds(clock.now()))
        keys = WEBHOOK.scheme([Secret(public_key)])
        assert isinstance(keys.verify(delivery, from_seconds(clock.now())), Verified)
        read = WEBHOOK.read(delivery)
        assert isinstance(read, Readable)
        assert len(read.notices) == 2
    events = [event["event"] for event in told(shop.heard)]
    assert events == ["processed", "processed", "delivered", "bounce"]


def test_the_clock_knows_when_all_is_posted(
    client: Any, clock: VirtualClock, shop: Mailbox
) -> None:
    hook(client, shop.url)
    client.mail.send.post(request_body=mail("somebody@defer.example"))
    took_s = clock.run_until_idle()

    events = [event["event"] for event in told(shop.heard)]
    assert events == ["processed", "deferred", "deferred", "delivered"]
    assert took_s == pytest.approx(122, abs=1)


def test_a_webhook_hears_only_what_it_wants_and_unsigned_when_it_does_not_sign(
    client: Any, clock: VirtualClock, shop: Mailbox
) -> None:
    settings = client.user.webhooks.event.settings
    asked = {"enabled": True, "url": shop.url, "bounce": True}
    made = content_of(settings.post(request_body=asked))
    client.mail.send.post(request_body=mail(TO, "else@bounce.example"))
    clock.advance(60)
    [heard] = shop.wait(1)

    assert [event["event"] for event in told((heard,))] == ["bounce"]
    assert heard.header("x-twilio-email-event-webhook-signature") is None
    again = refusal(lambda: settings.post(request_body=asked))[1][0]["message"]
    assert again.endswith("already exists. Please provide a unique URL.")
    assert content_of(settings.get()) == made
    assert settings._(made["id"]).delete().status_code == 204
    assert refusal(settings.get)[0] == 404


def test_what_is_not_taken_is_posted_again_for_a_day(
    client: Any, sendgrid: SendGridSimulator, clock: VirtualClock
) -> None:
    assert sum(AGAIN_S) <= 24 * 3_600
    assert list(AGAIN_S) == sorted(AGAIN_S)
    with Mailbox(500) as deaf:
        hook(client, deaf.url)
        client.mail.send.post(request_body=mail("somebody@invalid.example"))
        clock.advance(1.5)
        for number, again_s in enumerate(AGAIN_S, 1):
            deaf.wait(number)
            until(lambda: clock.sleepers > 0, client.asm.groups.get)
            clock.advance(again_s)
        bodies = {heard.body for heard in deaf.wait(len(AGAIN_S) + 1)}
        until(lambda: len(sendgrid.dispatch.posted) > len(AGAIN_S), client.templates.get)
        clock.advance(7 * 86_400)

        assert len(bodies) == 1
        attempts = [posted.attempt for posted in sendgrid.dispatch.posted]
        assert attempts == list(range(1, len(AGAIN_S) + 2))


def test_an_endpoint_of_the_test_hears_what_it_asks_for(
    sendgrid: SendGridSimulator, shop: Mailbox
) -> None:
    sendgrid.dispatch.put(Endpoint("mine", shop.url, ("open", "click")))
    sendgrid.trigger("click", {"email": TO, "url": "https://example.com/order"})

    events = told(shop.wait(1))
    assert [event["event"] for event in events] == ["open", "click"]
    assert events[1]["url"] == "https://example.com/order"


def test_a_webhook_is_tried_before_anything_has_happened(client: Any, shop: Mailbox) -> None:
    answer = client.user.webhooks.event.test.post(request_body={"url": shop.url})
    [heard] = shop.wait(1)

    assert answer.status_code == 204
    assert {"processed", "delivered", "bounce"} <= {event["event"] for event in told((heard,))}


# -- limits, keys, triggers


def test_a_key_is_needed_and_a_sender_must_be_known(clock: VirtualClock) -> None:
    with SendGridSimulator(
        clock, api_key="SG.mine", senders=frozenset({"example.org"})
    ) as sendgrid:
        url = sendgrid.start()
        wrong = SendGridAPIClient("SG.other", host=url).client
        right = SendGridAPIClient("SG.mine", host=url).client
        status, [said] = refusal(wrong.scopes.get)
        unknown, [reason] = refusal(lambda: right.mail.send.post(request_body=mail(TO)))
        known = mail(TO) | {"from": {"email": "shop@example.org"}}

        assert (status, said["message"]) == (
            401,
            "The provided authorization grant is invalid, expired, or revoked",
        )
        assert (unknown, reason["field"]) == (403, "from")
        assert right.mail.send.post(request_body=known).status_code == 202


def test_each_operation_has_a_limit_that_begins_anew_each_minute(clock: VirtualClock) -> None:
    with SendGridSimulator(clock, per_minute=2) as sendgrid:
        client = SendGridAPIClient("SG.key", host=sendgrid.start()).client
        left = [client.scopes.get().headers["x-ratelimit-remaining"] for _ in range(2)]
        with pytest.raises(HTTPError) as refused:
            client.scopes.get()
        resets_at_s = int(refused.value.headers["x-ratelimit-reset"])
        assert client.asm.groups.get().status_code == 200
        clock.advance(resets_at_s - clock.now())

        assert left == ["1", "0"]
        assert refused.value.status_code == 429
        assert json.loads(refused.value.body)["errors"][0]["message"] == "too many requests"
        assert client.scopes.get().status_code == 200


def test_what_is_not_simulated_is_refused_and_not_made_up(client: Any) -> None:
    asked = mail(TO, batch_id="abc")
    assert refusal(lambda: client.mail.send.post(request_body=asked))[0] == 501
    with pytest.raises(HTTPError) as unknown:
        client.marketing.contacts.get()
    assert unknown.value.status_code == 501


def test_every_trigger_is_told_with_all_that_comes_before_it(
    sendgrid: SendGridSimulator, client: Any, shop: Mailbox
) -> None:
    hook(client, shop.url)
    for event_type in sendgrid.triggers:
        event = sendgrid.trigger(event_type, {"email": TO})
        assert event["event"] == event_type.replace("blocked", "bounce")
    events = told(shop.wait(len(sendgrid.triggers)))

    first = {event["sg_message_id"]: event["event"] for event in reversed(events)}
    assert set(first.values()) == {"processed", "dropped"}
    assert len({event["sg_event_id"] for event in events}) == len(events)


def test_a_trigger_goes_on_with_mail_that_is_there(
    sendgrid: SendGridSimulator, client: Any, clock: VirtualClock
) -> None:
    client.mail.send.post(request_body=mail(TO))
    clock.advance(10)
    name = sendgrid.letters[0].id
    sendgrid.trigger("open", {"sg_message_id": name})

    assert [event["event"] for event in sendgrid.events] == ["processed", "delivered", "open"]
    for event_type, overrides, said in (
        ("bounce", {"sg_message_id": name}, "there is no bounce after that"),
        ("open", {"sg_message_id": "other"}, "there is no mail other"),
        ("group_unsubscribe", {"asm_group_id": "7"}, "there is no group 7"),
        ("open", {"colour": "red"}, "has no 'colour'"),
        ("closed", {}, "cannot be triggered"),
    ):
        with pytest.raises(UnknownTriggerError, match=said):
            sendgrid.trigger(event_type, overrides)


def test_a_reset_forgets_all_and_begins_again(client: Any, sendgrid: SendGridSimulator) -> None:
    first = client.mail.send.post(request_body=mail(TO)).headers["x-message-id"]
    sendgrid.reset()

    assert sendgrid.state()["letters"] == []
    assert client.mail.send.post(request_body=mail(TO)).headers["x-message-id"] == first
