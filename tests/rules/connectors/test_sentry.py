"""Sentry's events, and what is sent in place of a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Answer, Notice, Readable, Unreadable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import delivery

SENTRY = connectors.webhook("sentry")
RESOLVED = {
    "action": "resolved",
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
    "data": {"issue": {"id": "1170820242", "shortId": "IPE-1", "status": "resolved"}},
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
}
FIELDS = {
    "Request-ID": "6c1b1d4a8a2f4c0a9d2b6a1f8c9f0e11",
    "Sentry-Hook-Resource": "issue",
    "Sentry-Hook-Timestamp": "1800000000",
}


def read(body: Any, **changes: str | None) -> Notice:
    fields = FIELDS | {name.replace("_", "-"): value for name, value in changes.items()}
    sent = [(name.encode(), value.encode()) for name, value in fields.items() if value is not None]
    envelope = SENTRY.read(delivery(json.dumps(body).encode(), sent))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_event_is_named_by_its_resource_and_action() -> None:
    notice = read(RESOLVED)
    assert notice.event_type == "issue.resolved"
    assert notice.key == notice.event_id == FIELDS["Request-ID"]
    assert notice.occurred_at == from_seconds(1_800_000_000)
    assert dict(notice.headers)["sentry-hook-resource"] == "issue"


def test_an_issue_that_is_resolved_twice_is_two_events_though_the_bodies_are_equal() -> None:
    assert read(RESOLVED).key != read(RESOLVED, Request_ID="0" * 32).key


def test_without_an_id_the_body_is_the_key_and_without_an_action_the_resource_the_type() -> None:
    notice = read(RESOLVED, Request_ID=None)
    assert (notice.key, notice.event_id) == (fingerprint(json.dumps(RESOLVED).encode()), None)
    assert read({"data": {}}).event_type == "issue"


@pytest.mark.parametrize("time", ["soon", "-1", "", "9" * 30])
def test_a_time_that_is_none_costs_no_event(time: str) -> None:
    assert read(RESOLVED, Sentry_Hook_Timestamp=time).occurred_at is None


def test_without_a_resource_it_is_unreadable() -> None:
    for body, fields in ((json.dumps(RESOLVED).encode(), ()), (b"[]", ())):
        assert isinstance(SENTRY.read(delivery(body, fields)), Unreadable)


def test_a_refusal_is_told_as_our_own_failure_for_that_is_what_sentry_sends_again() -> None:
    for status in (401, 404, 405, 413):
        assert SENTRY.profile.refusal(Answer(status)).status == 503
    assert SENTRY.profile.refusal(Answer(503, b"x")).body == b"x"
