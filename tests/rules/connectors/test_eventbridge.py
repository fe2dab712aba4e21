"""EventBridge's API destinations."""

from __future__ import annotations

import json

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.eventbridge.webhook import WEBHOOK
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Readable, Reason, Rejected, Unreadable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import delivery

EVENT = {
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "source": "aws.s3",
    "detail-type": "Object Created",
    "time": "2027-01-15T08:00:00Z",
}
BASIC = Terms(options={"authorization": "basic"})


def test_an_event_is_read_by_its_id_source_and_kind() -> None:
    envelope = WEBHOOK.read(delivery(json.dumps(EVENT).encode(), ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.key == EVENT["id"]
    assert notice.event_type == "aws.s3.Object Created"
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_what_was_transformed_away_is_unreadable() -> None:
    assert isinstance(WEBHOOK.read(delivery(b'{"bucket": "b"}', ())), Unreadable)


def test_the_key_is_looked_for_in_the_field_that_the_connection_names() -> None:
    terms = Terms(options={"header": "X-Webhook-Key"})
    scheme = WEBHOOK.scheme([Secret("old"), Secret("new")], terms)
    found = scheme.verify(delivery(b"{}", [(b"x-webhook-key", b"new")]), NOW)
    assert isinstance(found, Verified)
    assert found.key == 1
    missing = scheme.verify(delivery(b"{}", [(b"x-api-key", b"new")]), NOW)
    assert isinstance(missing, Rejected)
    assert missing.reason is Reason.MISSING


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"Basic dXNlcjpwYXNzd29yeA==", Reason.MISMATCH),
        (b"Bearer dXNlcjpwYXNzd29yZA==", Reason.MALFORMED),
        (b"Basic \xff", Reason.MISMATCH),
    ],
)
def test_another_password_or_another_way_is_rejected(field: bytes, reason: Reason) -> None:
    scheme = WEBHOOK.scheme([Secret("user:password")], BASIC)
    found = scheme.verify(delivery(b"{}", [(b"authorization", field)]), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        (Terms(options={"authorization": "oauth"}), "authorization"),
        (Terms(options={"header": "x key"}), "header"),
        (Terms(options={"heeder": "x"}), "heeder"),
        (Terms(tolerance_s=60), "tolerance_s"),
        (Terms(tolerance_s=60, options={"authorization": "basic"}), "tolerance_s"),
    ],
)
def test_a_wrong_option_is_named(terms: Terms, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        WEBHOOK.scheme([Secret("user:password")], terms)


def test_a_password_without_a_user_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="user:password"):
        WEBHOOK.scheme([Secret("password")], BASIC)
