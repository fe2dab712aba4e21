"""What the simulated GitHub tells: signed, in its own form, once, and again when it is asked to."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from githubkit import webhooks

from bridgewright.connectors.github.webhook import WEBHOOK
from bridgewright.core.model.inbound import Delivery, Headers, Readable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.github.deliveries import KEPT_S
from bridgewright.simulate.github.limits import UNLIMITED
from bridgewright.simulate.github.simulator import GitHubSimulator
from bridgewright.simulate.simulator import UnknownTriggerError
from tests.contracts.sim_github.asking import AS_APP, Answer, ask
from tests.contracts.sim_github.receiving import Arrived, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "made up, ü"
HELLO = "/repos/octo/hello"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[GitHubSimulator]:
    with GitHubSimulator(clock, limits=UNLIMITED) as made:
        made.start()
        yield made


def _ask(simulator: GitHubSimulator, method: str, path: str, body: object = None) -> Answer:
    return ask(method, f"{simulator.stand.url}{path}", body)


def _hook(simulator: GitHubSimulator, url: str, *events: str, kind: str = "json") -> int:
    config = {"url": url, "content_type": kind, "secret": SECRET}
    body = {"config": config, "events": list(events)}
    return int(_ask(simulator, "POST", f"{HELLO}/hooks", body).json()["id"])


def _settled(simulator: GitHubSimulator, hook: int, count: int) -> list[dict[str, Any]]:
    """The deliveries of a hook, once something came of so many."""
    settled = threading.Event()
    while not settled.is_set():
        rows = _ask(simulator, "GET", f"{HELLO}/hooks/{hook}/deliveries").json()
        if len(rows) >= count and not [row for row in rows if row["status"] == "pending"]:
            settled.set()
    return list(rows)


def _event(arrived: Arrived) -> Any:
    return webhooks.parse(arrived.headers["x-github-event"], arrived.body)


def test_a_hook_is_pinged_when_it_is_made_and_signed_both_ways(
    simulator: GitHubSimulator,
) -> None:
    with Receiver() as receiver:
        hook = _hook(simulator, receiver.url, "issues")
        [ping] = receiver.wait(1)
    headers = ping.headers
    assert (headers["x-github-event"], headers["x-github-hook-id"]) == ("ping", str(hook))
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert headers["content-type"] == "application/json"
    assert headers["x-github-hook-installation-target-type"] == "repository"
    for name, kind in (("x-hub-signature", "sha1"), ("x-hub-signature-256", "sha256")):
        expected = hmac.new(SECRET.encode(), ping.body, kind).hexdigest()
        assert headers[name] == f"{kind}={expected}"
    assert webhooks.verify(SECRET, ping.body, headers["x-hub-signature-256"])
    assert not webhooks.verify(SECRET, ping.body + b" ", headers["x-hub-signature-256"])
    shown = json.loads(ping.body)
    assert shown["hook"]["config"]["secret"] == "********"
    assert SECRET.encode() not in ping.body


def _first_guid_after(simulator: GitHubSimulator) -> str:
    """What a hook's first delivery is called that was made after a few events."""
    made = _ask(simulator, "POST", f"{HELLO}/issues", {"title": "?", "labels": ["bug"]}).json()
    place = f"{HELLO}/issues/{made['number']}"
    _ask(simulator, "PATCH", place, {"state": "closed", "title": "!", "assignees": ["octo"]})
    _ask(simulator, "PUT", f"{place}/lock")
    with Receiver() as receiver:
        _hook(simulator, receiver.url, "issues")
        [ping] = receiver.wait(1)
    return ping.headers["x-github-delivery"]


def test_events_that_nobody_heard_count_like_those_that_somebody_did(
    simulator: GitHubSimulator,
) -> None:
    alone = _first_guid_after(simulator)
    with GitHubSimulator(VirtualClock(), limits=UNLIMITED) as other, Receiver() as receiver:
        other.start()
        other.dispatch.put(Endpoint("by hand", receiver.url))
        assert _first_guid_after(other) == alone
        told = [each.headers["x-github-event"] for each in receiver.wait(6)]
    assert told.count("issues") == 6  # opened, labeled, edited, closed, assigned, locked


@pytest.mark.parametrize("kind", ["json", "form"])
def test_our_own_connector_reads_what_is_sent_in_either_form(
    simulator: GitHubSimulator, kind: str
) -> None:
    with Receiver() as receiver:
        _hook(simulator, receiver.url, "issues", kind=kind)
        simulator.trigger("issues.opened", {"issue.title": "Übung ✓"})
        arrived = next(a for a in receiver.wait(2) if a.headers["x-github-event"] == "issues")
    delivery = Delivery(
        "github", Headers.of(arrived.headers.items()), arrived.body, from_seconds(0)
    )
    envelope = WEBHOOK.read(delivery)
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.event_type, notice.event_id) == (
        "issues.opened",
        arrived.headers["x-github-delivery"],
    )
    assert json.loads(notice.body)["issue"]["title"] == "Übung ✓"
    digest = hmac.new(SECRET.encode(), arrived.body, hashlib.sha256).hexdigest()
    assert arrived.headers["x-hub-signature-256"] == f"sha256={digest}"
    if kind == "form":
        assert list(parse_qs(arrived.body.decode())) == ["payload"]


@pytest.mark.slow
def test_every_trigger_sends_what_githubs_own_schemas_take(simulator: GitHubSimulator) -> None:
    for event_type in simulator.triggers:
        with Receiver() as receiver:
            name = f"trigger {event_type}"
            endpoint = Endpoint(name, receiver.url, (event_type,), (Secret(SECRET),))
            simulator.dispatch.put(endpoint)
            payload = simulator.trigger(event_type, {})
            [first, *_] = receiver.wait(1)
            simulator.dispatch.remove(name)
        kind, _, action = event_type.partition(".")
        assert first.headers["x-github-event"] == kind
        told = json.loads(first.body)
        assert told.get("action", "") == action
        assert payload.get("action", "") == action
        _event(first)
        assert webhooks.verify(SECRET, first.body, first.headers["x-hub-signature-256"])


@pytest.mark.slow
def test_what_is_done_by_the_api_is_told_in_order_with_all_that_belongs_to_it(
    simulator: GitHubSimulator,
) -> None:
    with Receiver() as receiver:
        hook = _hook(simulator, receiver.url, "*")
        simulator.push("octo/hello", "change", {"a.txt": b"one\n"})
        made = {"title": "A change", "head": "change", "base": "main"}
        number = _ask(simulator, "POST", f"{HELLO}/pulls", made).json()["number"]
        _ask(simulator, "POST", f"{HELLO}/issues/{number}/labels", {"labels": ["bug"]})
        _ask(simulator, "POST", f"{HELLO}/issues/{number}/comments", {"body": "Ready."})
        simulator.push("octo/hello", "change", {"a.txt": b"two\n"})
        _ask(simulator, "PUT", f"{HELLO}/pulls/{number}/merge", {})
        arrived = {each.headers["x-github-delivery"]: each for each in receiver.wait(9)}
        rows = _settled(simulator, hook, 9)
    told = [arrived[row["guid"]] for row in reversed(rows)]  # on the way one may overtake another
    seen = [(a.headers["x-github-event"], json.loads(a.body).get("action")) for a in told]
    assert seen == [
        ("ping", None),
        ("push", None),
        ("pull_request", "opened"),
        ("pull_request", "labeled"),
        ("issue_comment", "created"),
        ("push", None),
        ("pull_request", "synchronize"),
        ("pull_request", "closed"),
        ("push", None),
    ]
    for each in told:
        _event(each)
    closed = json.loads(told[7].body)["pull_request"]
    assert (closed["merged"], closed["merged_by"]["login"]) == (True, "octo")
    assert json.loads(told[8].body)["after"] == closed["merge_commit_sha"]


def test_nothing_is_sent_again_by_itself_and_by_the_api_under_the_same_guid(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    with Receiver(200, 500) as receiver:
        hook = _hook(simulator, receiver.url, "issues")
        simulator.trigger("issues.opened", {})
        receiver.wait(2)
        failed = _settled(simulator, hook, 2)[0]
        assert (failed["status_code"], failed["status"]) == (500, "Invalid HTTP Response: 500")
        clock.advance(86_400)
        assert clock.sleepers == 0
        place = f"{HELLO}/hooks/{hook}/deliveries/{failed['id']}"
        assert _ask(simulator, "POST", f"{place}/attempts").status_code == 202
        lost, again = receiver.wait(3)[1:]
    assert lost.body == again.body
    name = "x-github-delivery"
    assert lost.headers[name] == again.headers[name] == failed["guid"]
    row = _settled(simulator, hook, 3)[0]
    assert (row["redelivery"], row["status"], row["guid"]) == (True, "OK", failed["guid"])
    whole = _ask(simulator, "GET", place).json()
    assert whole["request"]["payload"] == json.loads(lost.body)
    assert whole["request"]["headers"]["X-GitHub-Hook-ID"] == str(hook)
    shown = _ask(simulator, "GET", f"{HELLO}/hooks/{hook}").json()
    assert shown["last_response"] == {"code": 200, "status": "active", "message": "OK"}


def test_two_hooks_hear_of_one_event_under_one_guid(simulator: GitHubSimulator) -> None:
    with Receiver() as one, Receiver() as other:
        _hook(simulator, one.url, "issues")
        _hook(simulator, other.url, "issues")
        simulator.trigger("issues.opened", {})
        guids = {each.wait(2)[1].headers["x-github-delivery"] for each in (one, other)}
    assert len(guids) == 1


def test_a_hook_that_is_off_or_asked_for_something_else_hears_nothing(
    simulator: GitHubSimulator,
) -> None:
    with Receiver() as off, Receiver() as other, Receiver() as last:
        hook = _hook(simulator, off.url, "issues")
        _hook(simulator, other.url, "push")
        off.wait(1)
        _ask(simulator, "PATCH", f"{HELLO}/hooks/{hook}", {"active": False})
        _hook(simulator, last.url, "issues")
        simulator.trigger("issues.opened", {})
        last.wait(2)
        assert (len(off.wait(1)), len(other.wait(1))) == (1, 1)


def test_deliveries_are_paged_by_cursor_and_kept_for_three_days(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    hook = _hook(simulator, "https://shop.example/hook", "issues")
    for number in range(24):
        simulator.trigger("issues.opened", {"issue.title": f"Post {number}"})
    rows = _settled(simulator, hook, 25)
    assert {row["status"] for row in rows} == {"failed to connect"}
    seen: list[int] = []
    following = f"{HELLO}/hooks/{hook}/deliveries?per_page=10"
    while following:
        answer = _ask(simulator, "GET", following)
        seen += [row["id"] for row in answer.json()]
        link = answer.headers.get("link", "")
        following = link.partition(">")[0].removeprefix(f"<{simulator.stand.url}")
    assert seen == [row["id"] for row in rows]
    clock.advance(KEPT_S + 1)
    assert _ask(simulator, "GET", f"{HELLO}/hooks/{hook}/deliveries").json() == []


def test_the_hook_of_the_app_hears_of_every_repository_where_it_is_installed(
    simulator: GitHubSimulator,
) -> None:
    url = simulator.stand.url
    with Receiver() as receiver:
        config = {"url": receiver.url, "content_type": "json", "secret": SECRET}
        ask("PATCH", f"{url}/app/hook/config", config, AS_APP)
        simulator.trigger("issues.opened", {"repository": "octo/other"})
        simulator.trigger("issues.opened", {"repository": "stranger/thing"})
        simulator.trigger("star.created", {})
        first, second = receiver.wait(2)[:2]
    assert json.loads(first.body)["repository"]["full_name"] == "octo/other"
    assert json.loads(first.body)["installation"]["id"] == 3
    assert first.headers["x-github-hook-installation-target-type"] == "integration"
    assert second.headers["x-github-event"] == "star"
    rows = ask("GET", f"{url}/app/hook/deliveries", headers=AS_APP).json()
    assert [row["event"] for row in rows] == ["star", "issues"]


def test_what_cannot_be_triggered_is_refused_in_words(simulator: GitHubSimulator) -> None:
    for event_type, overrides, named in (
        ("issues.exploded", {}, "issues.opened"),
        ("issues.opened", {"issue.tilte": "x"}, "issue.title"),
        ("issues.closed", {"issue.number": "99"}, "#99"),
        ("pull_request.closed", {"pull_request.number": "99"}, "#99"),
        ("status", {"sha": "nowhere"}, "nowhere"),
        ("issues.opened", {"repository": "hello"}, "owner/name"),
        ("push", {"ref": "refs/heads/../x"}, "valid ref name"),
        ("issues.opened", {"issue.title": " "}, "title"),
        ("pull_request_review.submitted", {"review.state": "bored"}, "approved"),
    ):
        with pytest.raises(UnknownTriggerError, match=named):
            simulator.trigger(event_type, overrides)


def test_overrides_are_where_they_were_asked_for(simulator: GitHubSimulator) -> None:
    opened = simulator.trigger(
        "issues.opened",
        {
            "repository": "shop/till",
            "actor": "mona",
            "issue.title": "Late",
            "issue.labels": "bug,new",
        },
    )
    assert opened["repository"]["full_name"] == "shop/till"
    assert (opened["sender"]["login"], opened["issue"]["title"]) == ("mona", "Late")
    assert [each["name"] for each in opened["issue"]["labels"]] == ["bug", "new"]
    number = str(opened["issue"]["number"])
    said = simulator.trigger(
        "issue_comment.created", {"repository": "shop/till", "issue.number": number}
    )
    assert said["issue"]["title"] == "Late"
    pull = simulator.trigger("pull_request.opened", {"pull_request.head.ref": "feature/x"})
    merged = simulator.trigger(
        "pull_request.closed", {"pull_request.number": str(pull["number"]), "merged": "true"}
    )
    assert merged["pull_request"]["merged"] is True
    assert [each["title"] for each in simulator.issues("shop/till")] == ["Late"]
