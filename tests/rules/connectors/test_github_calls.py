"""What the engine is told of GitHub's calls."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.github.paths import WORDS, named
from bridgewright.connectors.github.profile import CALL_PROFILE, classify, error_code, throttles
from bridgewright.core.model.call import Outcome, Request, Response, Safety, Verdict
from bridgewright.core.model.moment import Moment
from bridgewright.core.policy.verdict import judge_answer

API = "https://api.github.com"
REPO = f"{API}/repos/octo/hello"
JSON = ("content-type", "application/json; charset=utf-8")

OPERATIONS = [
    ("GET", f"{REPO}/issues?page=2", "issues.list", Safety.SAFE, ""),
    ("POST", f"{REPO}/issues", "issues.create", Safety.UNSAFE, "content"),
    ("GET", f"{REPO}/issues/7", "issues.get", Safety.SAFE, ""),
    ("PATCH", f"{REPO}/issues/7", "issues.update", Safety.IDEMPOTENT, ""),
    ("POST", f"{REPO}/issues/7/comments", "issues.comments.create", Safety.UNSAFE, "content"),
    ("PUT", f"{REPO}/pulls/7/merge", "pulls.merge.set", Safety.IDEMPOTENT, "content"),
    ("PUT", f"{REPO}/contents/issues/a.txt", "contents.set", Safety.IDEMPOTENT, ""),
    ("PATCH", f"{REPO}/git/refs/heads/main", "git.refs.update", Safety.UNSAFE, ""),
    ("PATCH", REPO, "repos.update", Safety.IDEMPOTENT, ""),
    ("GET", f"{API}/gists/abc", "gists.get", Safety.SAFE, ""),
    ("GET", f"{API}/search/issues?q=x", "search.issues.list", Safety.SAFE, "search"),
    ("GET", f"{API}/search/code?q=x", "search.code.get", Safety.SAFE, "code search"),
    (
        "POST",
        f"{API}/app/installations/3/access_tokens",
        "app.installations.access_tokens.create",
        Safety.IDEMPOTENT,
        "app",
    ),
    ("GET", "https://ghe.example/api/v3/orgs/octo/members", "members.list", Safety.SAFE, ""),
    ("TRACE", f"{API}/", "get", Safety.UNSAFE, ""),
]

GOOD, NONE = b'{"id": 1}', b""


@pytest.mark.parametrize(("method", "url", "name", "safety", "group"), OPERATIONS)
def test_an_operation_is_named_and_judged_by_method_and_path(
    method: str, url: str, name: str, safety: Safety, group: str
) -> None:
    found = classify(Request(method, url))
    assert (found.name, found.safety, found.group) == (name, safety, group)
    assert found.cost == (1 if safety is Safety.SAFE else 5)


@given(st.lists(st.text(min_size=1), max_size=12))
def test_nothing_of_a_path_but_githubs_own_words_is_in_a_name(segments: list[str]) -> None:
    name = named("GET", "/" + "/".join(segments))
    assert set(name.split(".")) <= WORDS | {"get", "list"}


@pytest.mark.parametrize(
    ("document", "safety"),
    [
        ("query { viewer { login } }", Safety.SAFE),
        ("{ viewer { login } }", Safety.SAFE),
        ("# mine\n ,\ufeff query Q { viewer { login } }", Safety.SAFE),
        ("fragment F on User { login } query { viewer { ...F } }", Safety.SAFE),
        ("mutation { addStar { id } }", Safety.UNSAFE),
        ("query A { viewer { login } } mutation B { addStar { id } }", Safety.UNSAFE),
        ("# query\nmutation { addStar { id } }", Safety.UNSAFE),
        ("subscription { x }", Safety.UNSAFE),
        ("queryish", Safety.UNSAFE),
        ("", Safety.UNSAFE),
    ],
)
def test_only_a_document_that_reads_is_safe(document: str, safety: Safety) -> None:
    body = json.dumps({"query": document}).encode()
    assert classify(Request("POST", f"{API}/graphql", body=body)).safety is safety


@given(st.binary())
def test_a_body_that_is_no_document_is_a_write(body: bytes) -> None:
    assert classify(Request("POST", f"{API}/graphql", body=body)).safety is Safety.UNSAFE


@pytest.mark.parametrize(
    ("accept", "response", "good"),
    [
        (None, Response(200, (JSON,), GOOD), True),
        (None, Response(201, (JSON,), b"[]"), True),
        (None, Response(204), True),
        (None, Response(202), True),
        (None, Response(202, (JSON,), GOOD), True),
        (None, Response(304), True),
        (None, Response(200), False),
        (None, Response(201, (JSON,), NONE), False),
        (None, Response(200, (JSON,), b"{never"), False),
        (None, Response(200, (("content-type", "text/html"),), b"<html>"), False),
        (None, Response(202, (("content-type", "text/html"),), b"<html>"), False),
        (
            "application/vnd.github.diff",
            Response(200, (("content-type", "text/plain"),), b"d"),
            True,
        ),
        (
            "application/vnd.github.raw",
            Response(200, (("content-type", "text/html"),), b"<"),
            False,
        ),
        (
            "application/vnd.github.html",
            Response(200, (("content-type", "text/html"),), b"<"),
            True,
        ),
    ],
)
def test_a_success_looks_as_it_was_asked_for(
    accept: str | None, response: Response, *, good: bool
) -> None:
    headers = () if accept is None else (("accept", accept),)
    accepts = classify(Request("GET", f"{REPO}/pulls/7", headers)).accepts
    assert accepts is not None
    assert (accepts(response) is None) is good


def test_zen_is_text_whatever_is_asked_for() -> None:
    accepts = classify(Request("GET", f"{API}/zen", (("accept", "application/json"),))).accepts
    assert accepts is not None
    assert accepts(Response(200, (("content-type", "text/plain"),), b"Keep it simple")) is None


@pytest.mark.parametrize(
    ("response", "throttled"),
    [
        (Response(429), True),
        (Response(403), False),
        (Response(403, (("retry-after", "60"),)), True),
        (Response(403, (("x-ratelimit-remaining", "0"),)), True),
        (Response(403, (("x-ratelimit-remaining", "10"),)), False),
        (Response(403, (), b'{"message": "You have exceeded a secondary rate limit"}'), True),
        (Response(403, (), b'{"message": "Resource not accessible by integration"}'), False),
        (Response(404, (("x-ratelimit-remaining", "0"),)), False),
    ],
)
def test_too_fast_is_told_by_status_header_or_words(response: Response, *, throttled: bool) -> None:
    assert throttles(response) is throttled


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_graphqls_throttle_is_one_though_its_status_is_a_success(kind: str) -> None:
    body = json.dumps({"errors": [{"type": kind}]}).encode()
    request = Request("POST", f"{API}/graphql", body=b'{"query": "mutation { x }"}')
    operation = classify(request)
    answer = Response(200, (JSON,), body)
    judged = judge_answer(answer, operation, operation.safety, CALL_PROFILE, Moment(0))
    assert (judged.verdict, judged.outcome) == (Verdict.THROTTLED, Outcome.REJECTED)
    assert judged.honest


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"errors": [{"code": "missing_field"}]}', "missing_field"),
        (b'{"errors": [{"type": "NOT_FOUND"}]}', "NOT_FOUND"),
        (b'{"errors": ["ann@example.com is taken"]}', None),
        (b'{"errors": [{"code": "ann@example.com"}]}', None),
        (b'{"message": "Not Found"}', None),
        (b"<html>", None),
        (b"[]", None),
    ],
)
def test_only_a_code_is_taken_out_of_an_error(body: bytes, code: str | None) -> None:
    assert error_code(Response(422, (JSON,), body)) == code


@given(st.binary())
def test_any_bytes_are_read_without_an_error(body: bytes) -> None:
    for status in (200, 403, 422):
        response = Response(status, (JSON,), body)
        throttles(response)
        error_code(response)
