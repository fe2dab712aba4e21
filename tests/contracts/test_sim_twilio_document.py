"""The simulated Twilio keeps what its own OpenAPI document promises, and agrees with a simple model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.twilio.routes import ROUTES
from bridgewright.simulate.twilio.simulator import TwilioSimulator
from tests.contracts.promises import keeps
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

FROM = "+15005550006"
PEOPLE = ("+15005550011", "+15005550012", "+15005530003")


def promised(examples: int, *tails: str) -> int:
    clock = VirtualClock()
    with TwilioSimulator(clock) as simulator:
        url = simulator.start()
        client = client_of(simulator)

        def furnish() -> dict[str, list[str]]:
            service = client.verify.v2.services.create(friendly_name="Shop")
            made = client.verify.v2.services(str(service.sid)).verifications.create(
                to=PEOPLE[0], channel="sms"
            )
            text = client.messages.create(to=PEOPLE[0], from_=FROM, body="hello")
            call = client.calls.create(to=PEOPLE[0], from_=FROM, twiml="<Response/>")
            number = client.incoming_phone_numbers.create(phone_number=FROM)
            return {
                "account": [simulator.account],
                "sid": [str(text.sid), str(call.sid), str(number.sid), "SM0"],
                "verifier": [str(service.sid), "VA0"],
                "named": [str(made.sid), PEOPLE[0], "VE0"],
            }

        places = furnish()
        document = aimed(httpx2.get(f"{url}/_sim/openapi.json").json(), places)
        given = httpx2.BasicAuth(simulator.account, "any")
        request = next(given.sync_auth_flow(httpx2.Request("GET", url)))
        headers = {"authorization": request.headers["authorization"]}

        def again() -> None:
            clock.advance(30)
            simulator.reset()
            assert furnish() == places

        if tails:
            document["paths"] = {p: o for p, o in document["paths"].items() if p.endswith(tails)}
        return keeps(url, document, examples, headers, before=again)


def aimed(document: dict[str, Any], places: dict[str, list[str]]) -> dict[str, Any]:
    """The document, with what there is to be named in its paths."""
    aim: dict[str, Any] = json.loads(json.dumps(document))
    for operations in aim["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"]["enum"] = places[parameter["name"]]
    return aim


def test_what_the_document_promises_is_kept() -> None:
    assert promised(1, "/Messages.json", "/Verifications") == 3


@pytest.mark.slow
def test_what_the_document_promises_is_kept_at_length() -> None:
    assert promised(tries(40)) == len(ROUTES.all)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "Messages.json", b"\xff\xfe&To=%ff%00&Body=%ed%a0%80"),
        (
            "POST",
            "Messages.json",
            b"To=%2B15005550011&From=%2B15005550006&Body=%F0%9F%92%A9&MediaUrl=http://[",
        ),
        ("GET", "Messages.json?PageSize=%D9%A3", b""),
        ("GET", "Messages.json?PageSize=-1", b""),
        ("GET", "Messages.json?Page=3", b""),
        ("GET", "Messages.json?Page=1&PageToken=PASM0", b""),
        ("GET", "Messages.json?DateSent%3E=tomorrow", b""),
        ("GET", "Calls.json?StartTime=0001-01-01T00:00:00%2B23:59", b""),
        ("POST", "Calls.json", b"To=%2B15005550011&From=%2B15005550006&Url=javascript:1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_twilios_words(
    method: str, path: str, body: bytes
) -> None:
    with TwilioSimulator(VirtualClock()) as simulator:
        url = f"{simulator.start()}/2010-04-01/Accounts/{simulator.account}/{path}"
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = httpx2.request(
            method, url, content=body, headers=form, auth=(simulator.account, "any")
        )
        bare = httpx2.request(method, url, content=body, headers={"authorization": "Basic ==="})

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "more_info", "status"}
    assert bare.status_code == 401


def client_of(simulator: TwilioSimulator) -> Client:
    client = Client(simulator.account, "any")
    client.api.base_url = client.verify.base_url = simulator.stand.url
    return client


def refused(call: Callable[[], object]) -> int | None:
    try:
        call()
    except TwilioRestException as error:
        return error.code
    return None


class Texting(RuleBasedStateMachine):
    """Messages that are sent, looked at, canceled and deleted while time goes by, beside a model."""

    @initialize()
    def begin(self) -> None:
        self.clock = VirtualClock()
        self.simulator = TwilioSimulator(self.clock)
        self.simulator.start()
        self.client = client_of(self.simulator)
        self.made: dict[str, tuple[str, float]] = {}
        self.codes: dict[str, list[Any]] = {}
        service = self.client.verify.v2.services.create(friendly_name="Shop")
        self.verify = self.client.verify.v2.services(str(service.sid))

    def teardown(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()

    def status(self, sid: str) -> str:
        to, at_s = self.made[sid]
        age_s = self.clock.now() - at_s
        ends = "undelivered" if to == PEOPLE[2] else "delivered"
        steps = ((1.6, ends), (0.6, "sent"), (0.1, "sending"))
        return next((status for after_s, status in steps if age_s >= after_s), "queued")

    @rule(to=st.sampled_from(PEOPLE))
    def send(self, to: str) -> None:
        message = self.client.messages.create(to=to, from_=FROM, body="hello")
        self.made[str(message.sid)] = (to, self.clock.now())

    @rule(seconds=st.sampled_from((0.25, 1.0, 60.0, 300.0)))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        sid = data.draw(st.sampled_from(sorted(self.made)))
        settled = self.status(sid) not in {"queued", "sending"}
        code = refused(self.client.messages(sid).delete)
        assert code == (None if settled else 20009)
        if settled:
            del self.made[sid]

    @rule(size=st.integers(1, 4), to=st.sampled_from((None, *PEOPLE)))
    def read(self, size: int, to: str | None) -> None:
        asked = {} if to is None else {"to": to}
        listed = [str(each.sid) for each in self.client.messages.list(page_size=size, **asked)]
        wanted = [sid for sid, (whom, _) in self.made.items() if to in {None, whom}]
        assert listed == wanted[::-1]

    @rule(to=st.sampled_from(PEOPLE))
    def verify_somebody(self, to: str) -> None:
        known = self._open(to)
        code = refused(lambda: self.verify.verifications.create(to=to, channel="sms"))
        assert code == (60203 if known and known[1] >= 5 else None)
        if known is None:
            self.codes[to] = [self.clock.now(), 1, 0]
        elif code is None:
            known[1] += 1

    @rule(to=st.sampled_from(PEOPLE), right=st.booleans())
    def check(self, to: str, right: bool) -> None:  # noqa: FBT001 - drawn
        known = self._open(to)
        wanted = 20404 if known is None else 60202 if known[2] >= 5 else None
        code = self.simulator.code_of(to) if known and right else "0000"
        assert refused(lambda: self.verify.verification_checks.create(to=to, code=code)) == wanted
        if known and wanted is None:
            known[2] += 1
            if right:
                del self.codes[to]

    def _open(self, to: str) -> list[Any] | None:
        known = self.codes.get(to)
        return known if known and self.clock.now() < known[0] + 600 else None

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "simulator"):
            seen = {each["sid"]: each["status"] for each in self.simulator.messages()}
            assert seen == {sid: self.status(sid) for sid in self.made}


@pytest.mark.slow
def test_messages_and_codes_are_what_a_model_of_them_says() -> None:
    limits = settings(max_examples=tries(30), stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Texting, settings=limits)
