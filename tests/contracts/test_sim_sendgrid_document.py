"""The simulated SendGrid keeps what its own OpenAPI document promises, and agrees with a simple model."""

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
    rule,
    run_state_machine_as_test,
)
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.sendgrid.routes import ROUTES
from bridgewright.simulate.sendgrid.simulator import SendGridSimulator
from tests.contracts.promises import keeps
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = {"authorization": "Bearer SG.key"}
TO = "somebody@example.com"
PEOPLE = ("anna@example.com", "ben@bounce.example", "cleo@spam.example", "dan@block.example")
STOPPED_BY = {"bounces": "Bounced Address", "spam_reports": "Spam Reporting Address"}


def promised(examples: int, *tails: str) -> int:
    clock = VirtualClock()
    with SendGridSimulator(clock) as simulator:
        url = simulator.start()
        client = client_of(simulator)

        def furnish() -> dict[str, list[str]]:
            asked = {"name": "News", "description": "Now and then"}
            group = content_of(client.asm.groups.post(request_body=asked))
            made = client.templates.post(request_body={"name": "Orders"})
            template = content_of(made)["id"]
            words = {"name": "one", "subject": "Hello"}
            version = client.templates._(template).versions.post(request_body=words)
            hook = {"url": "https://shop.example/told", "enabled": True}
            settings = client.user.webhooks.event.settings
            return {
                "email": [TO, "nobody"],
                "group": [str(group["id"]), "1"],
                "template": [template, "d-0"],
                "version": [content_of(version)["id"], "v"],
                "hook": [content_of(settings.post(request_body=hook))["id"], "w"],
            }

        places = furnish()
        document = aimed(httpx2.get(f"{url}/_sim/openapi.json").json(), places)

        def again() -> None:
            clock.advance(60)
            simulator.reset()
            assert furnish() == places

        if tails:
            document["paths"] = {p: o for p, o in document["paths"].items() if p.endswith(tails)}
        return keeps(url, document, examples, KEY, before=again)


def aimed(document: dict[str, Any], places: dict[str, list[str]]) -> dict[str, Any]:
    """The document, with what there is to be named in its paths."""
    aim: dict[str, Any] = json.loads(json.dumps(document))
    for operations in aim["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"]["enum"] = places[parameter["name"]]
    return aim


def client_of(simulator: SendGridSimulator) -> Any:
    return SendGridAPIClient("SG.key", host=simulator.stand.url).client


def content_of(answer: Any) -> Any:
    return json.loads(answer.body)


def mail(*to: str) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": each}]} for each in to],
        "from": {"email": "shop@example.com"},
        "subject": "Your order",
        "content": [{"type": "text/plain", "value": "is on its way"}],
    }


@pytest.mark.slow
def test_what_the_document_promises_is_kept() -> None:
    assert promised(1, "/send", "/bounces", "/versions") == 4


@pytest.mark.slow
def test_what_the_document_promises_is_kept_at_length() -> None:
    assert promised(tries(40)) == len(ROUTES.all)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff\xfe",
        b'{"from": NaN}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"personalizations": [7, {"to": 7}, {"to": [7]}], "from": {"email": 7}}',
        b'{"content": [7, {"type": [], "value": {}}], "attachments": [7], "categories": [[]]}',
        b'{"custom_args": {"a": 1}, "headers": {"To": 1}, "send_at": true, "asm": {"group_id": "x"}}',
        b'{"mail_settings": {"sandbox_mode": 7}, "template_id": [], "subject": []}',
        b'{"subject": "\\ud800", "reply_to": {"email": "\\ud800"}, "colour": "red"}',
    ],
)
def test_what_makes_no_sense_is_refused_in_sendgrids_words(body: bytes) -> None:
    with SendGridSimulator(VirtualClock()) as simulator:
        url = simulator.start()
        answers = [
            httpx2.post(f"{url}/v3/{path}", content=body, headers=KEY)
            for path in ("mail/send", "templates", "asm/groups", "user/webhooks/event/settings")
        ]

    for answer in answers:
        assert answer.status_code == 400
        for error in answer.json()["errors"]:
            assert set(error) == {"message", "field", "help"}


def refused(call: Callable[[], object]) -> int:
    try:
        call()
    except HTTPError as error:
        return int(error.status_code)
    return 0


class Mailing(RuleBasedStateMachine):
    """Mail to people of whom some bounce, report and unsubscribe, beside a model of the lists."""

    @initialize()
    def begin(self) -> None:
        self.clock = VirtualClock()
        self.simulator = SendGridSimulator(self.clock)
        self.simulator.start()
        self.client = client_of(self.simulator)
        self.lists: dict[str, list[str]] = {"bounces": [], "spam_reports": [], "blocks": []}
        self.unsubscribed: list[str] = []
        self.ends: list[tuple[str, str]] = []

    def teardown(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()

    @rule(to=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    def send(self, to: list[str]) -> None:
        self.client.mail.send.post(request_body=mail(*to))
        self.clock.advance(60)
        self.ends += [(each, self._end(each)) for each in to]

    def _end(self, to: str) -> str:
        """What becomes of mail to somebody, and what that puts on a list."""
        stopped = [*self.lists["bounces"], *self.lists["spam_reports"], *self.unsubscribed]
        if to in stopped:
            return "dropped"
        kinds = {PEOPLE[1]: "bounces", PEOPLE[2]: "spam_reports", PEOPLE[3]: "blocks"}
        kind = kinds.get(to)
        if kind and to not in self.lists[kind]:
            self.lists[kind].append(to)
        return "bounce" if kind in {"bounces", "blocks"} else "delivered"

    @rule(to=st.sampled_from(PEOPLE))
    def unsubscribe(self, to: str) -> None:
        people = {"recipient_emails": [to]}
        self.client.asm.suppressions._("global").post(request_body=people)
        if to not in self.unsubscribed:
            self.unsubscribed.append(to)

    @rule(kind=st.sampled_from(("bounces", "spam_reports", "blocks")), to=st.sampled_from(PEOPLE))
    def forgive(self, kind: str, to: str) -> None:
        known = to in self.lists[kind]
        assert refused(self.client.suppression._(kind)._(to).delete) == (0 if known else 404)
        if known:
            self.lists[kind].remove(to)

    @rule(kind=st.sampled_from(("bounces", "spam_reports")))
    def forgive_all(self, kind: str) -> None:
        self.client.suppression._(kind).delete(request_body={"delete_all": True})
        self.lists[kind].clear()

    @rule(kind=st.sampled_from(("bounces", "spam_reports", "blocks")), limit=st.integers(1, 2))
    def read(self, kind: str, limit: int) -> None:
        found: list[str] = []
        while True:
            asked = {"limit": limit, "offset": len(found)}
            page = content_of(self.client.suppression._(kind).get(query_params=asked))
            found += [each["email"] for each in page]
            if not page:
                break
        assert found == self.lists[kind][::-1]

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "simulator"):
            seen = [(letter.email, letter.status) for letter in self.simulator.letters]
            assert seen == self.ends
            told = [each["reason"] for each in self.simulator.events if each["event"] == "dropped"]
            assert set(told) <= {*STOPPED_BY.values(), "Unsubscribed Address"}


@pytest.mark.slow
def test_mail_and_lists_are_what_a_model_of_them_says() -> None:
    limits = settings(max_examples=tries(30), stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Mailing, settings=limits)
