"""The simulator keeps what its own OpenAPI document promises, whatever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.github.limits import UNLIMITED
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.contracts.sim_github.asking import AS_APP, MINE, ask
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
def simulator() -> Iterator[GitHubSimulator]:
    with GitHubSimulator(VirtualClock(), limits=UNLIMITED) as made:
        made.start()
        yield made


def _stage(simulator: GitHubSimulator) -> dict[str, str]:
    """Something at every kind of path, so that more than 404 is seen."""
    simulator.reset()
    simulator.trigger("issue_comment.created", {})
    simulator.trigger("pull_request_review.submitted", {"pull_request.head.ref": "change"})
    run = simulator.trigger("check_run.completed", {})["check_run"]
    home = f"{simulator.stand.url}/repos/octo/hello"
    asked = {"config": {"url": "http://127.0.0.1:9/"}, "events": ["issues"]}
    hook = ask("POST", f"{home}/hooks", asked).json()["id"]
    deliveries = ask("GET", f"{home}/hooks/{hook}/deliveries").json()
    comments = ask("GET", f"{home}/issues/comments").json()
    reviews = ask("GET", f"{home}/pulls/2/reviews").json()
    return {
        "owner": "octo",
        "repo": "hello",
        "org": "octo-org",
        "username": "octo",
        "issue_number": "1",
        "pull_number": "2",
        "comment_id": str(comments[0]["id"]),
        "review_id": str(reviews[0]["id"]),
        "hook_id": str(hook),
        "delivery_id": str(deliveries[0]["id"]),
        "check_run_id": str(run["id"]),
        "installation_id": "3",
        "name": "bug",
        "branch": "change",
        "basehead": "main...change",
        "path": "README.md",
        "sha": run["head_sha"],
        "commit_sha": run["head_sha"],
        "tree_sha": "main",
        "ref": "heads/main",
        "file_sha": "0" * 40,
    }


def _keeps(simulator: GitHubSimulator, examples: int, places: dict[str, str] | None) -> int:
    url = simulator.stand.url
    document = ask("GET", f"{url}/_sim/openapi.json").json()
    schema: Any = schemathesis.openapi.from_dict(document)
    statuses = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy())
        def try_case(case: Any) -> None:
            if places is not None and case.path_parameters:
                there = _stage(simulator)
                case.path_parameters = {name: there[name] for name in case.path_parameters}
            as_app = case.path.startswith("/app") or case.path.endswith("/installation")
            response = case.call(base_url=url, headers=AS_APP if as_app else MINE)
            statuses.add(response.status_code)
            if response.status_code != 501:
                case.validate_response(response, checks=CHECKS)

        try_case()
    return len([each for each in statuses if each < 300])


@pytest.mark.slow
def test_every_operation_keeps_its_promise_once(simulator: GitHubSimulator) -> None:
    assert _keeps(simulator, 1, None) > 0


@pytest.mark.slow
def test_every_operation_keeps_its_promise_whatever_it_is_asked(
    simulator: GitHubSimulator,
) -> None:
    assert _keeps(simulator, tries(20), None) > 0


@pytest.mark.slow
def test_every_operation_keeps_its_promise_where_there_is_something(
    simulator: GitHubSimulator,
) -> None:
    assert _keeps(simulator, tries(10), _stage(simulator)) >= 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issues", b"{never closed", 400),
        ("POST", "/issues", b"[1]", 400),
        ("POST", "/issues", b'{"title": NaN}', 400),
        ("POST", "/issues", b'{"title": "\\ud800"}', 400),
        ("POST", "/issues", b"[" * 100_000, 400),
        ("POST", "/issues", b'{"title": "' + b"\xff" * 3 + b'"}', 400),
        ("POST", "/issues", b'{"title": ["a"]}', 422),
        ("POST", "/issues", b"", 422),
        ("GET", "/issues/00000000000000000000000001", b"", 404),
        ("GET", "/issues/%D9%A1", b"", 404),
        ("GET", "/issues?per_page=x&page=-1&since=yesterday", b"", 422),
        ("GET", "/issues?state=unheard-of", b"", 422),
        ("GET", "/issues?since=0001-01-01T00:00:00%2B14:00", b"", 422),
        ("GET", "/contents/%00/..", b"", 404),
        ("PUT", "/contents/a/../b", b'{"message": "m", "content": ""}', 422),
        ("PUT", "/contents/README.md/a", b'{"message": "m", "content": ""}', 422),
        ("PUT", "/contents/a", b'{"message": "m", "content": "?"}', 422),
        ("GET", "/stargazers", b"", 501),
    ],
)
def test_garbage_gets_githubs_answer(
    simulator: GitHubSimulator, method: str, path: str, body: bytes, status: int
) -> None:
    url = f"{simulator.stand.url}/repos/octo/hello{path}"
    answer = ask(method, url, content=body)
    assert answer.status_code == status
    told = answer.json()
    assert isinstance(told.get("message") or told["error"]["message"], str)
