"""What the engine is told of SendGrid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.sendgrid.profile import PROFILE, classify
from bridgewright.core.model.call import Request, Response, Safety
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.timing.pushback import Form

HOST = "https://api.sendgrid.com/v3"
JSON = (("content-type", "application/json"),)
SANDBOX = b'{"mail_settings": {"sandbox_mode": {"enable": true}}}'


@pytest.mark.parametrize(
    ("method", "path", "name", "safety", "group"),
    [
        ("POST", "/mail/send", "mail.send.post", Safety.UNSAFE, "mail"),
        ("POST", "/mail/batch", "mail.batch.post", Safety.UNSAFE, "mail"),
        ("GET", "/templates/d-1?page_size=1", "templates.get", Safety.SAFE, "templates"),
        ("PATCH", "/templates/d-1", "templates.patch", Safety.UNSAFE, "templates"),
        ("PUT", "/marketing/contacts", "marketing.contacts.put", Safety.IDEMPOTENT, "marketing"),
        (
            "POST",
            "/marketing/contacts/search",
            "marketing.contacts.search.post",
            Safety.SAFE,
            "marketing",
        ),
        ("POST", "/validations/email", "validations.email.post", Safety.UNSAFE, "validations"),
        (
            "DELETE",
            "/suppression/bounces/a@b.example",
            "suppression.bounces.delete",
            Safety.IDEMPOTENT,
            "suppression",
        ),
        ("GET", "/something_new/1", "get", Safety.SAFE, ""),
    ],
)
def test_a_request_is_known_by_its_method_and_path(
    method: str, path: str, name: str, safety: Safety, group: str
) -> None:
    operation = classify(Request(method, HOST + path))
    assert (operation.name, operation.safety, operation.group) == (name, safety, group)


@given(st.text(max_size=20))
def test_a_name_holds_no_address(local: str) -> None:
    url = f"{HOST}/suppression/bounces/{local}@canary.example/x"
    assert "canary" not in classify(Request("GET", url)).name


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "body", "right"),
    [
        ("POST", "/mail/send", b"{}", 202, b"", True),
        ("POST", "/mail/send", b"{}", 200, b"", False),
        ("POST", "/mail/send", b"{}", 204, b"", False),
        ("POST", "/mail/send", SANDBOX, 200, b"", True),
        ("POST", "/mail/send", SANDBOX, 204, b"", False),
        ("GET", "/templates", b"", 200, b'{"result": []}', True),
        ("GET", "/templates", b"", 200, b"[]", True),
        ("GET", "/templates", b"", 200, b"", False),
        ("GET", "/templates", b"", 204, b"", False),
        ("GET", "/templates", b"", 200, b'{"result": [', False),
        ("GET", "/templates", b"", 200, b"[" * 100_000, False),
        ("DELETE", "/templates/d-1", b"", 204, b"", True),
        ("DELETE", "/templates/d-1", b"", 200, b"", False),
        ("POST", "/templates", b"{}", 201, b'{"id": "d-1"}', True),
        ("POST", "/templates", b"{}", 201, b"", False),
    ],
)
def test_a_success_has_the_shape_that_its_operation_promises(  # noqa: PLR0913 - the columns of its table
    method: str, path: str, sent: bytes, status: int, body: bytes, *, right: bool
) -> None:
    accepts = classify(Request(method, HOST + path, (), sent)).accepts
    assert accepts is not None
    assert (accepts(Response(status, JSON, body)) is None) is right
    if body:
        html = (("content-type", "text/html"),)
        assert accepts(Response(status, html, body)) is not None


def test_a_reset_counts_only_when_nothing_remains() -> None:
    [rule] = PROFILE.pushback
    assert (rule.header, rule.form) == ("x-ratelimit-reset", Form.EPOCH)
    assert rule.when_empty == "x-ratelimit-remaining"
    assert 429 in PROFILE.unprocessed


def test_the_activity_feed_is_asked_no_more_often_than_published() -> None:
    assert classify(Request("GET", f"{HOST}/messages?limit=10")).group == "messages"
    assert PROFILE.quotas == {"messages": (Quota(6, 60.0),)}
