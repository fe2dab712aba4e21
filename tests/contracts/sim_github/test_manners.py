"""Who may ask, how much, in which form: as GitHub has it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.github.limits import Limits
from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator
from tests.contracts.sim_github.asking import ask
from tests.contracts.sim_github.test_scripts import PRIVATE, PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO = "/repos/octo/hello"
MANY = 10**6


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[GitHubSimulator]:
    with GitHubSimulator(clock, app_key=PUBLIC) as made:
        made.start()
        yield made


def _ask(
    simulator: GitHubSimulator,
    method: str,
    path: str,
    body: object = None,
    *,
    word: str = f"Bearer {TOKEN}",
    **headers: str,
) -> Any:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if word:
        fields["authorization"] = word
    return ask(method, f"{simulator.stand.url}{path}", body, fields)


def _word(clock: VirtualClock, **claims: object) -> str:
    now = int(clock.now())
    content = {"iat": now - 60, "exp": now + 540, "iss": "1", **claims}
    kept = {name: value for name, value in content.items() if value is not None}
    return f"Bearer {jwt.encode(kept, PRIVATE, 'RS256')}"


def _installed(simulator: GitHubSimulator, clock: VirtualClock, body: object = None) -> str:
    path = "/app/installations/3/access_tokens"
    made = _ask(simulator, "POST", path, body, word=_word(clock))
    assert made.status_code == 201, made.text
    return f"token {made.json()['token']}"


# Who ---------------------------------------------------------------------------------------------


def test_a_word_that_opens_nothing_is_401_and_none_reads_what_is_public(
    simulator: GitHubSimulator,
) -> None:
    bad = _ask(simulator, "GET", HELLO, word="Bearer ghp_other")
    assert (bad.status_code, bad.json()["message"]) == (401, "Bad credentials")
    public = _ask(simulator, "GET", HELLO, word="")
    assert (public.status_code, public.headers["x-ratelimit-limit"]) == (200, "60")
    write = _ask(simulator, "POST", f"{HELLO}/issues", {"title": "x"}, word="")
    assert (write.status_code, write.json()["message"]) == (401, "Requires authentication")
    assert _ask(simulator, "GET", "/user", word="").status_code == 401
    pair = base64.b64encode(f"octo:{TOKEN}".encode()).decode()
    basic = _ask(simulator, "GET", "/user", word=f"Basic {pair}")
    assert basic.json()["login"] == "octo"


def test_what_is_private_is_not_there_for_a_stranger(simulator: GitHubSimulator) -> None:
    _ask(simulator, "POST", "/user/repos", {"name": "diary", "private": True, "auto_init": True})
    stranger, friend = (f"token {simulator.join(each)}" for each in ("mona", "hubot"))
    simulator.join("hubot", "octo/diary")
    for path in ("", "/issues", "/contents/README.md"):
        place = f"/repos/octo/diary{path}"
        assert _ask(simulator, "GET", place, word=stranger).status_code == 404
        assert _ask(simulator, "GET", place, word=friend).status_code == 200
    assert _ask(simulator, "GET", "/repos/octo/diary/hooks", word=friend).status_code == 404


def test_a_reader_opens_issues_and_changes_nothing_of_others(simulator: GitHubSimulator) -> None:
    mona = f"token {simulator.join('mona')}"
    asked = {"title": "Theirs", "labels": ["bug"]}
    mine = _ask(simulator, "POST", f"{HELLO}/issues", asked, word=mona).json()
    assert (mine["user"]["login"], mine["labels"]) == ("mona", [])
    place = f"{HELLO}/issues/{mine['number']}"
    assert _ask(simulator, "PATCH", place, {"title": "Mine"}, word=mona).status_code == 200
    other = _ask(simulator, "POST", f"{HELLO}/issues", {"title": "Octo's"}).json()["number"]
    refused = _ask(simulator, "PATCH", f"{HELLO}/issues/{other}", {"title": "?"}, word=mona)
    assert refused.status_code == 403
    file = {"message": "m", "content": ""}
    assert _ask(simulator, "PUT", f"{HELLO}/contents/x", file, word=mona).status_code == 403
    _ask(simulator, "PUT", f"{place}/lock", {})
    comment = _ask(simulator, "POST", f"{place}/comments", {"body": "?"}, word=mona)
    assert comment.json()["message"] == "Unable to create comment because issue is locked."


def test_a_fork_is_where_a_stranger_proposes_from(simulator: GitHubSimulator) -> None:
    mona = f"token {simulator.join('mona')}"
    assert _ask(simulator, "POST", f"{HELLO}/forks", {}, word=mona).status_code == 202
    simulator.push("mona/hello", "fix", {"a.txt": b"a\n"})
    asked = {"title": "A fix", "head": "mona:fix", "base": "main"}
    made = _ask(simulator, "POST", f"{HELLO}/pulls", asked, word=mona).json()
    assert (made["head"]["label"], made["head"]["repo"]["fork"]) == ("mona:fix", True)
    twice = _ask(simulator, "POST", f"{HELLO}/pulls", asked, word=mona)
    assert twice.status_code == 422
    [told] = twice.json()["errors"]
    assert told["message"] == "A pull request already exists for mona:fix."
    found = _ask(simulator, "GET", f"{HELLO}/pulls?head=mona:fix").json()
    assert [each["number"] for each in found] == [made["number"]]
    assert _ask(simulator, "GET", f"{HELLO}/pulls?head=octo:fix").json() == []
    approved = {"event": "APPROVE"}
    place = f"{HELLO}/pulls/{made['number']}"
    own = _ask(simulator, "POST", f"{place}/reviews", approved, word=mona)
    assert own.json()["errors"] == ["Can not approve your own pull request"]
    assert _ask(simulator, "POST", f"{place}/reviews", approved).json()["state"] == "APPROVED"
    assert _ask(simulator, "PUT", f"{place}/merge", {}, word=mona).status_code == 403
    assert _ask(simulator, "PUT", f"{place}/merge", {}).json()["merged"] is True


# Apps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"exp": -1}, "'exp'"),
        ({"exp": 661}, "too far in the future"),
        ({"exp": None}, "'exp'"),
        ({"iat": 60}, "'iat'"),
        ({"iat": None}, "'iat'"),
        ({"iss": None}, "'iss'"),
    ],
)
def test_the_word_of_an_app_is_looked_into(
    simulator: GitHubSimulator, clock: VirtualClock, claims: dict[str, int | None], named: str
) -> None:
    now = int(clock.now())
    asked = {name: None if value is None else now + value for name, value in claims.items()}
    answer = _ask(simulator, "GET", "/app", word=_word(clock, **asked))
    assert answer.status_code == 401
    assert named in answer.json()["message"]


def test_the_word_of_another_is_no_word(simulator: GitHubSimulator, clock: VirtualClock) -> None:
    good = _word(clock)
    assert _ask(simulator, "GET", "/app", word=good).status_code == 200
    for word in (good[:-8] + "AAAAAAAA", "Bearer a.b.c", f"Bearer {TOKEN}", ""):
        answer = _ask(simulator, "GET", "/app", word=word)
        assert answer.json()["message"] == "A JSON web token could not be decoded"


@pytest.mark.slow
def test_a_token_of_an_installation_opens_what_it_was_made_for(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    whole = _installed(simulator, clock)
    narrow = _installed(simulator, clock, {"permissions": {"issues": "read"}})
    made = _ask(simulator, "POST", f"{HELLO}/issues", {"title": "By an app"}, word=whole)
    assert made.json()["user"]["type"] == "Bot"
    refused = _ask(simulator, "POST", f"{HELLO}/issues", {"title": "x"}, word=narrow)
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Resource not accessible by integration",
    )
    assert _ask(simulator, "GET", f"{HELLO}/issues", word=narrow).status_code == 200
    path = "/app/installations/3/access_tokens"
    for body in (
        {"permissions": {"issues": "admin"}},
        {"permissions": {"secrets": "read"}},
        {"repositories": ["nowhere"]},
    ):
        assert _ask(simulator, "POST", path, body, word=_word(clock)).status_code == 422
    missing = _ask(simulator, "POST", "/app/installations/99/access_tokens", word=_word(clock))
    assert missing.status_code == 404
    assert _ask(simulator, "DELETE", "/installation/token", word=narrow).status_code == 204
    assert _ask(simulator, "GET", f"{HELLO}/issues", word=narrow).status_code == 401
    clock.advance(3_601)
    assert _ask(simulator, "GET", f"{HELLO}/issues", word=whole).status_code == 401


def test_an_installation_reaches_no_farther_than_its_account_and_its_choice(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    _ask(simulator, "POST", "/user/repos", {"name": "other", "auto_init": True})
    _ask(simulator, "POST", "/orgs/octo-org/repos", {"name": "apart", "private": True})
    chosen = _installed(simulator, clock, {"repositories": ["hello"]})
    asked = {"title": "x"}
    statuses = [
        _ask(simulator, "POST", f"/repos/{each}/issues", asked, word=chosen).status_code
        for each in ("octo/hello", "octo/other", "octo-org/apart")
    ]
    assert statuses == [201, 403, 404]
    seen = _ask(simulator, "GET", "/installation/repositories", word=chosen).json()
    assert [each["full_name"] for each in seen["repositories"]] == ["octo/hello"]


# How much ----------------------------------------------------------------------------------------


def test_an_hours_requests_are_counted_and_told_and_given_anew(clock: VirtualClock) -> None:
    limits = Limits(per_hour=5, points_per_minute=MANY)
    with GitHubSimulator(clock, limits=limits) as simulator:
        simulator.start()
        left = [_ask(simulator, "GET", HELLO).headers["x-ratelimit-remaining"] for _ in range(5)]
        assert left == ["4", "3", "2", "1", "0"]
        refused = _ask(simulator, "GET", HELLO)
        assert refused.status_code == 403
        assert refused.json()["message"].startswith("API rate limit exceeded")
        told = {name: refused.headers[f"x-ratelimit-{name}"] for name in ("used", "resource")}
        assert told == {"used": "5", "resource": "core"}
        reset = float(refused.headers["x-ratelimit-reset"])
        rates = _ask(simulator, "GET", "/rate_limit").json()
        assert (rates["rate"]["used"], rates["rate"]["remaining"]) == (5, 0)
        clock.advance(reset - clock.now() + 1)
        assert _ask(simulator, "GET", HELLO).headers["x-ratelimit-remaining"] == "4"


def test_an_answer_that_is_known_costs_nothing(simulator: GitHubSimulator) -> None:
    first = _ask(simulator, "GET", HELLO)
    again = _ask(simulator, "GET", HELLO, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"] == "1"
    _ask(simulator, "POST", f"{HELLO}/issues", {"title": "New"})
    changed = _ask(simulator, "GET", HELLO, if_none_match=first.headers["etag"])
    assert (changed.status_code, changed.json()["open_issues_count"]) == (200, 1)


def test_eighty_new_things_a_minute_are_enough(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    def make() -> Any:
        return _ask(
            simulator, "POST", f"{HELLO}/labels", {"name": f"l{clock.now():.0f}-{next(count)}"}
        )

    count = iter(range(1_000))
    assert {make().status_code for _ in range(40)} == {201}
    clock.advance(30)
    assert {make().status_code for _ in range(40)} == {201}
    refused = make()
    assert (refused.status_code, refused.headers["retry-after"]) == (403, "30")
    assert "secondary rate limit" in refused.json()["message"]
    clock.advance(30)
    assert make().status_code == 201


@pytest.mark.slow
def test_nine_hundred_points_a_minute_are_enough(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    _ask(simulator, "POST", f"{HELLO}/issues", {"title": "One"})
    place = f"{HELLO}/issues/1"
    statuses = [_ask(simulator, "PATCH", place, {}).status_code for _ in range(180)]
    assert (statuses[:179], statuses[179]) == ([200] * 179, 403)
    clock.advance(60)
    assert _ask(simulator, "PATCH", place, {}).status_code == 200


# In which form -----------------------------------------------------------------------------------


def test_a_version_or_a_form_that_is_not_spoken_is_refused(simulator: GitHubSimulator) -> None:
    for version, status in (("2022-11-28", 200), ("2026-03-10", 200), ("2021-01-01", 400)):
        answer = _ask(simulator, "GET", HELLO, x_github_api_version=version)
        assert answer.status_code == status
    for accept, status in (
        ("application/vnd.github+json", 200),
        ("application/vnd.github.v3+json", 200),
        ("text/html, */*;q=0.1", 200),
        ("text/html", 415),
        ("application/vnd.github.diff", 501),
    ):
        assert _ask(simulator, "GET", HELLO, accept=accept).status_code == status
    raw = _ask(
        simulator, "GET", f"{HELLO}/contents/README.md", accept="application/vnd.github.raw+json"
    )
    assert raw.content == b"# hello\n"


def test_every_link_leads_back_to_the_simulator(simulator: GitHubSimulator) -> None:
    simulator.trigger("pull_request_review.submitted", {})
    bodies = [
        _ask(simulator, "GET", path).text
        for path in (HELLO, f"{HELLO}/pulls", f"{HELLO}/issues", f"{HELLO}/commits", "/user")
    ]
    url = simulator.stand.url
    for body in bodies:
        assert url in body
        assert "github.com/" not in body.replace("users.noreply.github.com", "")


def test_what_the_operator_sees_shows_no_secret(
    simulator: GitHubSimulator, clock: VirtualClock
) -> None:
    word = _installed(simulator, clock).removeprefix("token ")
    config = {"url": "http://127.0.0.1:9/", "secret": "canary-5e7f"}
    _ask(simulator, "POST", f"{HELLO}/hooks", {"config": config})
    friend = simulator.join("hubot")
    shown = _ask(simulator, "GET", "/_sim/state").text
    shown += _ask(simulator, "GET", "/_sim/journal").text
    assert "octo/hello" in shown
    assert not [secret for secret in (TOKEN, word, friend, "canary-5e7f") if secret in shown]


def test_a_reset_simulator_is_as_new(simulator: GitHubSimulator) -> None:
    def play() -> tuple[object, object]:
        simulator.trigger("pull_request.closed", {})
        return simulator.state(), _ask(simulator, "GET", f"{HELLO}/issues?state=all").json()

    first = play()
    simulator.reset()
    assert simulator.issues("octo/hello") == ()
    assert play() == first
