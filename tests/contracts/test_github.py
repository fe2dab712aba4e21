"""The official GitHub client on the engine: real githubkit, real server, both worlds."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from githubkit import GitHub
from githubkit.auth import AppInstallationAuthStrategy
from githubkit.exception import (
    PrimaryRateLimitExceeded,
    RequestError,
    RequestFailed,
    RequestTimeout,
    SecondaryRateLimitExceeded,
)

from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport
from bridgewright.bridge.outgoing import outcome_of
from bridgewright.connectors.github.client import CLIENT, report_of
from bridgewright.connectors.github.profile import CALL_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.engine.drive.calling import deadline
from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator
from bridgewright.simulate.stand import Mood
from tests.clocks import SkewedClock
from tests.contracts.loopback import Clock, OnLoop, Reply, Scene, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "ghp_canary5e7f"
ISSUE = {"id": 1, "number": 1, "title": "A title"}
MADE = Reply(201, json.dumps(ISSUE).encode())
HTML = Reply(200, b"<html><body>Sign in</body></html>", kind="text/html")
KEY = (
    rsa.generate_private_key(65_537, 2_048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
APP = {"app_id": "17", "private_key": KEY}

worlds = pytest.mark.parametrize("world", ["threads", "loop"])


def _ask(world: str, github: Any, method: str, path: str, **named: Any) -> Any:
    if world == "threads":
        return github.request(method, path, **named)
    return asyncio.run(github.arequest(method, path, **named))


def _create(world: str, github: Any, title: str = "A title") -> Any:
    return _ask(world, github, "POST", "/repos/octo/hello/issues", json={"title": title})


def _list(world: str, github: Any) -> Any:
    return _ask(world, github, "GET", "/repos/octo/hello/issues")


def _graphql(world: str, github: Any, document: str) -> Any:
    if world == "threads":
        return github.graphql.request(document)
    return asyncio.run(github.async_graphql(document))


def _outcome(error: BaseException) -> Outcome:
    report = outcome_of(error)
    assert report is not None
    assert report == report_of(error)
    return report.outcome


@pytest.fixture
def simulator() -> Iterator[GitHubSimulator]:
    with GitHubSimulator() as made:
        yield made


def _on(
    base_url: str,
    secrets: dict[str, str] | None = None,
    *,
    clock: Clock | None = None,
    **options: str,
) -> Connection:
    """A connection on scripted time, where a clock is given; its quotas would only make tests wait."""
    timing = None if clock is None else clock.timing()
    caller = Caller(
        CALL_PROFILE, quotas={}, transport=wire(), async_transport=OnLoop(), timing=timing
    )
    held = {name: Secret(text) for name, text in (secrets or {"token": TOKEN}).items()}
    return Connection("github", "", caller, held, base_url, options)


@worlds
def test_an_issue_is_made_by_the_sdks_own_method(world: str, simulator: GitHubSimulator) -> None:
    github = CLIENT.connect(_on(simulator.start()))
    if world == "threads":
        made = github.rest.issues.create("octo", "hello", title="A title", body="ü")
    else:
        made = asyncio.run(
            github.rest.issues.async_create("octo", "hello", title="A title", body="ü")
        )
    assert made.status_code == 201
    [issue] = simulator.issues("octo/hello")
    assert (issue["title"], issue["body"]) == ("A title", "ü")
    [entry] = simulator.stand.journal.entries
    assert entry.heard.header("authorization") == f"Bearer {TOKEN}"
    assert (entry.heard.header("user-agent") or "").startswith("GitHubKit")


@worlds
def test_a_read_recovers_and_a_write_is_never_sent_twice(
    world: str, simulator: GitHubSimulator
) -> None:
    github = CLIENT.connect(_on(simulator.start(), clock=Clock()))
    simulator.be(Mood.DOWN, requests=2)
    assert _list(world, github).json() == []
    assert len(simulator.stand.journal.entries) == 3
    simulator.be(Mood.LOSING, requests=1)
    with pytest.raises(RequestError) as caught:
        _create(world, github)
    assert _outcome(caught.value) is Outcome.UNKNOWN
    assert simulator.issues_per("octo/hello") == {"A title": 1}
    assert len(simulator.stand.journal.entries) == 4


@worlds
def test_a_throttled_write_is_sent_again_after_the_time_that_was_asked_for(
    world: str, simulator: GitHubSimulator
) -> None:
    clock = Clock()
    github = CLIENT.connect(_on(simulator.start(), clock=clock))
    simulator.be(Mood.THROTTLING, requests=1)
    _create(world, github)
    assert simulator.issues_per("octo/hello") == {"A title": 1}
    assert sum(clock.waited) >= 1


@worlds
@pytest.mark.parametrize(
    ("said", "least"), [("3600", 3_600), ("soon", 60), ("Fri, 31 Dec 2999 23:59:59 GMT", 60)]
)
def test_the_sdks_own_exception_tells_of_a_throttle_whatever_its_form(
    world: str, said: str, least: float
) -> None:
    reply = Reply(403, b'{"message": "slower"}', {"Retry-After": said})
    with Scene(CALL_PROFILE, reply) as scene:
        github = CLIENT.connect(scene.connection({"token": TOKEN}))
        with pytest.raises(SecondaryRateLimitExceeded) as caught:
            _create(world, github)
        assert len(scene.received) == 1
    report = report_of(caught.value)
    assert report is not None
    assert (report.outcome, report.retry_safe) == (Outcome.REJECTED, True)
    assert caught.value.retry_after.total_seconds() >= least


@worlds
def test_an_error_status_raises_the_sdks_exception_with_the_report(
    world: str, simulator: GitHubSimulator
) -> None:
    github = CLIENT.connect(_on(simulator.start()))
    with pytest.raises(RequestFailed) as caught:
        _create(world, github, title="")
    report = report_of(caught.value)
    assert report is not None
    assert (report.outcome, report.status, report.reason) == (
        Outcome.REJECTED,
        422,
        "missing_field",
    )
    assert (report.request_id or "").startswith("C0FE:")
    assert caught.value.response.json()["message"] == "Validation Failed"


@worlds
@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        Reply(200, b"{never closed"),
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
        Reply(301, b"{}", {"Location": "/repositories/1"}),
        Reply(200, b"{}", cut=True),
    ],
    ids=["html", "invalid", "302", "301", "truncated"],
)
def test_nothing_that_is_no_answer_of_githubs_is_a_success(world: str, reply: Reply) -> None:
    with Scene(CALL_PROFILE, reply) as scene:
        github = CLIENT.connect(scene.connection({"token": TOKEN}))
        with pytest.raises(RequestError) as caught:
            _create(world, github)
        assert not isinstance(caught.value, RequestFailed)
        assert len(scene.received) == 1
    assert _outcome(caught.value) is Outcome.UNKNOWN


@worlds
def test_a_host_that_refuses_is_not_sent(world: str) -> None:
    with Scene(CALL_PROFILE) as scene:
        connection = scene.connection({"token": TOKEN})
    with pytest.raises(RequestError) as caught:
        _create(world, CLIENT.connect(connection))
    assert _outcome(caught.value) is Outcome.NOT_SENT


@worlds
def test_a_query_is_repeated_and_a_mutation_is_not(world: str, simulator: GitHubSimulator) -> None:
    github = CLIENT.connect(_on(simulator.start(), clock=Clock()))
    simulator.be(Mood.DOWN, requests=1)
    assert _graphql(world, github, "query { viewer { login } }") == {"viewer": {"login": "octo"}}
    simulator.be(Mood.DOWN, requests=1)
    with pytest.raises(RequestFailed) as caught:
        _graphql(world, github, "mutation { addStar { id } }")
    assert _outcome(caught.value) is Outcome.UNKNOWN
    assert len(simulator.stand.journal.entries) == 3


def test_graphqls_throttle_in_a_success_closes_the_gate(simulator: GitHubSimulator) -> None:
    github = CLIENT.connect(_on(simulator.start(), clock=Clock()))
    with pytest.raises(PrimaryRateLimitExceeded) as caught:
        github.graphql.request("query { limited }")
    report = report_of(caught.value)
    assert report is not None
    assert (report.retry_after_s, report.retry_safe) == (60, True)
    with pytest.raises(RequestError) as refused:
        github.graphql.request("query { viewer { login } }")
    assert _outcome(refused.value) is Outcome.NOT_SENT
    assert len(simulator.stand.journal.entries) == 1


@worlds
def test_credentials_stay_with_their_host(world: str, simulator: GitHubSimulator) -> None:
    github = CLIENT.connect(_on(simulator.start()))
    with Scene(CALL_PROFILE) as elsewhere:
        _ask(world, github, "GET", f"{elsewhere.server.url}/anything")
        [request] = elsewhere.received
    assert "authorization" not in request.headers


@worlds
def test_no_secret_is_in_what_an_exception_or_a_log_shows(
    world: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Scene(CALL_PROFILE, Reply(500)) as scene:
        github = CLIENT.connect(scene.connection({"token": CANARY}))
        with pytest.raises(RequestFailed) as caught:
            _create(world, github)
        assert CANARY in scene.received[0].headers["authorization"]
    error = caught.value
    shown = [repr(error), str(error), *traceback.format_exception(error), caplog.text]
    shown += [
        repr(github.auth),
        repr(github.config),
        repr(vars(error)),
        repr(error.request.headers),
    ]
    assert not [text for text in shown if CANARY in text]


# Apps --------------------------------------------------------------------------------------------


def _installed(simulator: GitHubSimulator) -> Any:
    return CLIENT.connect(_on(simulator.start(), APP, installation_id="3"))


def _together(simulator: GitHubSimulator) -> tuple[Any, AsyncHttpx2Transport]:
    """A client whose tasks share a transport, which the test has to close on their loop."""
    on_loop = AsyncHttpx2Transport()
    caller = Caller(CALL_PROFILE, quotas={}, transport=wire(), async_transport=on_loop)
    secrets = {name: Secret(text) for name, text in APP.items()}
    options = {"installation_id": "3"}
    connection = Connection("github", "", caller, secrets, simulator.start(), options)
    return CLIENT.connect(connection), on_loop


def _threads(count: int, work: Any) -> None:
    together = threading.Barrier(count)

    def run() -> None:
        together.wait(10)
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert not any(each.is_alive() for each in threads)


@pytest.mark.slow
def test_threads_that_meet_no_token_have_one_made(simulator: GitHubSimulator) -> None:
    github = _installed(simulator)
    answers: list[int] = []
    _threads(20, lambda: answers.append(_list("threads", github).status_code))
    assert (answers, simulator.made) == ([200] * 20, 1)


@pytest.mark.slow
def test_tasks_and_threads_that_meet_a_revoked_token_have_one_made(
    simulator: GitHubSimulator,
) -> None:
    github, on_loop = _together(simulator)
    _list("threads", github)
    simulator.revoke()

    async def tasks() -> list[int]:
        path = "/repos/octo/hello/issues"
        answers = await asyncio.gather(*(github.arequest("GET", path) for _ in range(10)))
        await on_loop.aclose()
        return [answer.status_code for answer in answers]

    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(_list("threads", github).status_code))
    thread.start()
    assert asyncio.run(tasks()) == [200] * 10
    thread.join(20)
    assert (answers, simulator.made) == ([200], 2)


@pytest.mark.slow
@worlds
def test_a_write_refused_for_its_token_is_done_once_with_a_new_one(
    world: str, simulator: GitHubSimulator
) -> None:
    github = _installed(simulator)
    _create(world, github, "first")
    simulator.revoke()
    _create(world, github, "second")
    assert simulator.issues_per("octo/hello") == {"first": 1, "second": 1}
    assert simulator.made == 2


@pytest.mark.slow
@worlds
def test_a_token_is_replaced_before_it_ends(world: str, simulator: GitHubSimulator) -> None:
    simulator.lifetime_s = 120
    github = _installed(simulator)
    for _ in range(2):
        _list(world, github)
    assert simulator.made == 2
    simulator.lifetime_s = 3_600
    for _ in range(3):
        _list(world, github)
    assert simulator.made == 3


@pytest.mark.slow
@worlds
def test_a_token_that_cannot_be_replaced_early_is_used_to_its_end(
    world: str, simulator: GitHubSimulator
) -> None:
    simulator.lifetime_s = 120
    github = _installed(simulator)
    _list(world, github)
    with Scene(CALL_PROFILE, Reply(404, b'{"message": "Not Found"}')) as gone:
        github.auth.credentials.tokens_url = f"{gone.server.url}/app/installations/3/access_tokens"
        assert _list(world, github).status_code == 200
    assert simulator.made == 1


@pytest.mark.slow
@worlds
def test_the_servers_clock_counts_for_a_tokens_end(world: str) -> None:
    with GitHubSimulator(SkewedClock(-86_400)) as behind:
        github = CLIENT.connect(_on(behind.start(), APP, installation_id="3"))
        for _ in range(3):
            _list(world, github)
        assert behind.made == 1


@worlds
def test_a_token_that_is_denied_raises_what_github_said(world: str) -> None:
    with Scene(CALL_PROFILE, Reply(404, b'{"message": "Not Found"}')) as scene:
        github = CLIENT.connect(scene.connection(APP, {"installation_id": "3"}))
        with pytest.raises(RequestFailed) as caught:
            _create(world, github)
        assert [each.path for each in scene.received] == ["/app/installations/3/access_tokens"]
    report = report_of(caught.value)
    assert report is not None
    assert (report.outcome, report.operation) == (
        Outcome.REJECTED,
        "app.installations.access_tokens.create",
    )


def _arrived(simulator: GitHubSimulator) -> None:
    while not simulator.stand.journal.entries:
        continue


@pytest.mark.slow
def test_whoever_waits_for_a_cancelled_caller_makes_the_token(simulator: GitHubSimulator) -> None:
    github, on_loop = _together(simulator)
    simulator.be(Mood.HANGING, requests=1)

    async def play() -> int:
        first = asyncio.create_task(github.arequest("GET", "/repos/octo/hello/issues"))
        await asyncio.to_thread(_arrived, simulator)
        second = asyncio.create_task(github.arequest("GET", "/repos/octo/hello/issues"))
        for _ in range(20):  # until it waits for the first one's token
            await asyncio.sleep(0)
        first.cancel()
        answer = await second
        await on_loop.aclose()
        return int(answer.status_code)

    assert asyncio.run(play()) == 200
    assert simulator.made == 1


@pytest.mark.slow
@worlds
def test_waiting_for_somebody_elses_token_ends_at_ones_own_deadline(
    world: str, simulator: GitHubSimulator
) -> None:
    github = _installed(simulator)
    simulator.be(Mood.HANGING)

    def lead() -> None:
        with pytest.raises(RequestError):
            _list("threads", github)

    leader = threading.Thread(target=lead)
    leader.start()
    _arrived(simulator)
    with pytest.raises(RequestTimeout) as caught, deadline(0.2):
        _create(world, github)
    assert _outcome(caught.value) is Outcome.NOT_SENT
    assert len(simulator.stand.journal.entries) == 1
    simulator.close()
    leader.join(20)
    assert not leader.is_alive()


@pytest.mark.slow
@worlds
def test_an_app_without_an_installation_speaks_for_itself(
    world: str, simulator: GitHubSimulator
) -> None:
    github = CLIENT.connect(_on(simulator.start(), APP))
    assert _ask(world, github, "GET", "/app").json()["slug"] == "simulated"
    assert simulator.made == 0


@pytest.mark.parametrize(
    ("secrets", "options", "named"),
    [
        ({"app_id": "17"}, {}, "GITHUB_PRIVATE_KEY"),
        ({"app_id": "17", "private_key": CANARY}, {}, "PEM"),
        (APP, {"installation_id": "mine"}, "number"),
    ],
)
def test_an_app_that_cannot_sign_is_refused_when_connecting(
    secrets: dict[str, str], options: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        CLIENT.connect(_on("http://127.0.0.1:9", secrets, **options))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


# Attaching ---------------------------------------------------------------------------------------


@worlds
def test_an_attached_client_stops_retrying_caching_and_following(
    world: str, simulator: GitHubSimulator
) -> None:
    github = GitHub(TOKEN, base_url=simulator.start())
    CLIENT.attach(github, _on("", clock=Clock()))
    simulator.be(Mood.DOWN, requests=1)
    with pytest.raises(RequestFailed) as caught:
        _create(world, github)
    assert _outcome(caught.value) is Outcome.UNKNOWN
    assert len(simulator.stand.journal.entries) == 1
    assert TOKEN not in repr(github.auth)


def test_an_attached_installation_has_its_token_made_once(simulator: GitHubSimulator) -> None:
    auth = AppInstallationAuthStrategy("17", KEY, 3, permissions={"issues": "write"})
    github = GitHub(auth, base_url=simulator.start())
    CLIENT.attach(github, _on(""))
    _threads(8, lambda: _list("threads", github))
    assert simulator.made == 1
    asked = simulator.stand.journal.entries[0].heard
    assert json.loads(asked.body) == {"permissions": {"issues": "write"}}


def test_what_cannot_be_covered_is_refused() -> None:
    connection = _on("http://127.0.0.1:9")
    on_bridge = CLIENT.connect(connection)
    proxied = GitHub(TOKEN, proxy="http://127.0.0.1:9")
    unverified = GitHub(TOKEN, ssl_verify=False)
    for github in (on_bridge, proxied, unverified):
        with pytest.raises(ConfigurationError, match="cannot attach"):
            CLIENT.attach(github, connection)
    entered = GitHub(TOKEN)
    with entered, pytest.raises(ConfigurationError, match="with block"):
        CLIENT.attach(entered, connection)
    assert CLIENT.owns(entered)
    assert not CLIENT.owns(object())
