"""What a shop does with Twilio, by the official SDK as it comes: against a simulator, or with an
account's test recipient against Twilio itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "twilio"
ENVIRONMENT = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_TO")
"""An account, a number of its own, and a phone of yours: it gets two messages and a code."""


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """The script; `base_url` None is Twilio."""
    client = Client(environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"])
    if base_url is not None:
        client.api.base_url = client.verify.base_url = base_url
    to, sender = environ["TWILIO_TO"], environ["TWILIO_FROM"]
    return [
        *_messages(client, to, sender),
        *_refusals(client, to, sender),
        *_verification(client, to),
        *_calls(client),
    ]


def _messages(client: Client, to: str, sender: str) -> list[Step]:
    sent = client.messages.create(to=to, from_=sender, body="Your order is on its way")
    fetched = client.messages(str(sent.sid)).fetch()
    second = client.messages.create(to=to, from_=sender, body="ünïcode ☃" * 20)
    listed = client.messages.list(to=to, page_size=1, limit=2)
    return [
        Step("messages.create", _seen(sent, "body status direction num_media error_code price")),
        Step("messages.fetch", [fetched.sid == sent.sid, fetched.body, fetched.direction]),
        Step("messages.create, in several parts", second.num_segments),
        Step("messages.list, by pages of one", [e.sid for e in listed] == [second.sid, sent.sid]),
        Step("messages.media.list", client.messages(str(sent.sid)).media.list()),
    ]


def _refusals(client: Client, to: str, sender: str) -> list[Step]:
    texts, sid = client.messages, "SM" + "0" * 32
    return [
        _refused("messages.create, no text", lambda: texts.create(to=to, from_=sender)),
        _refused("messages.create, no sender", lambda: texts.create(to=to, body="x")),
        _refused(
            "messages.create, too long", lambda: texts.create(to, from_=sender, body="x" * 1601)
        ),
        _refused("messages.create, no number", lambda: texts.create("7", from_=sender, body="x")),
        _refused("messages.fetch, unknown", lambda: texts(sid).fetch()),
        _refused("messages.delete, unknown", lambda: texts(sid).delete()),
        _refused("calls.create, no TwiML", lambda: client.calls.create(to=to, from_=sender)),
    ]


def _verification(client: Client, to: str) -> list[Step]:
    service = client.verify.v2.services.create(friendly_name="Bridgewright script")
    here = client.verify.v2.services(str(service.sid))
    try:
        first = here.verifications.create(to=to, channel="sms")
        again = here.verifications.create(to=to, channel="sms")
        wrong = here.verification_checks.create(to=to, code="0000000")
        canceled = here.verifications(str(first.sid)).update(status="canceled")
        return [
            Step("services.create", [service.friendly_name, service.code_length]),
            Step("verifications.create", _seen(first, "status valid channel")),
            Step("verifications.create, again", [again.sid == first.sid, again.status]),
            Step("verification_checks.create, wrong", _seen(wrong, "status valid")),
            Step("verifications.update", canceled.status),
            _refused(
                "verifications.fetch, gone", lambda: here.verifications(str(first.sid)).fetch()
            ),
            _refused(
                "verification_checks.create, gone",
                lambda: here.verification_checks.create(to=to, code="000000"),
            ),
            _refused(
                "verifications.create, no channel",
                lambda: here.verifications.create(to=to, channel="smoke"),
            ),
        ]
    finally:
        here.delete()


def _calls(client: Client) -> list[Step]:
    sid = "CA" + "0" * 32
    return [_refused("calls.fetch, unknown", lambda: client.calls(sid).fetch())]


def _seen(thing: Any, names: str) -> dict[str, object]:
    return {name: getattr(thing, name) for name in names.split()}


def _refused(name: str, do: Callable[[], Any]) -> Step:
    try:
        return Step(name, f"not refused: {do()}")
    except TwilioRestException as error:
        return Step(name, [error.status, error.code])
