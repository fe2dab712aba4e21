"""The suites that are shipped: each flaw is seen by the test that forbids it, and the page's examples run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.connector import ConnectorContract
from bridgewright.certify.contracts.scheme import SchemeContract
from bridgewright.certify.contracts.transport import TransportContract
from bridgewright.certify.contracts.webhook import WebhookContract
from tests.contracts import flawed
from tests.house.pages import program
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.certify.contracts.connector import Use
    from bridgewright.certify.contracts.signed import Way
    from bridgewright.certify.contracts.wire import Make

PATIENCE_S = 300
broken = (AssertionError, pytest.fail.Exception)


class TestASoundConnector(ConnectorContract):
    @pytest.fixture
    def use(self) -> Use:
        return flawed.use()


class TestASoundWebhook(SchemeContract, WebhookContract):
    @pytest.fixture
    def way(self) -> Way:
        return flawed.way()


class TestASoundTransport(TransportContract):
    @pytest.fixture
    def make(self) -> Make:
        return flawed.wire


@pytest.mark.parametrize(
    ("flaw", "promise"),
    [
        ("hasty", "test_a_read_and_a_write_are_one_request_each"),
        ("bare", "test_its_credential_arrives_at_the_provider"),
        ("around", "test_the_engine_hears_of_every_call_and_knows_its_operation"),
        ("fragile", "test_a_read_recovers_by_the_engine_and_its_waits"),
        ("fragile", "test_retry_after_is_waited_for"),
        ("again", "test_no_layer_beside_the_engine_tries_again"),
        ("mute", "test_no_layer_beside_the_engine_tries_again"),
        ("again", "test_a_write_that_may_have_happened_is_repeated_under_its_key_or_not_at_all"),
    ],
)
def test_a_flaw_of_a_connector_is_seen(flaw: str, promise: str) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):  # a flaw may raise before it is judged
        getattr(ConnectorContract(), promise)(flawed.use(flaw))


def test_a_connector_that_tries_a_refused_write_again_is_seen() -> None:
    with pytest.raises(broken):
        ConnectorContract().test_a_refusal_is_final_and_is_reported_as_one(flawed.use("again"), 400)


def test_a_connector_that_takes_any_answer_is_seen() -> None:
    contract, page = ConnectorContract(), flawed.Reply(200, b"<p>", kind="text/html")
    with pytest.raises(broken):
        contract.test_what_is_no_answer_of_the_provider_is_no_success(flawed.use("believing"), page)


def test_a_connector_that_tells_its_secret_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    contract = ConnectorContract()
    with pytest.raises(broken):
        contract.test_no_secret_is_in_what_an_error_a_fact_or_a_log_shows(
            flawed.use("telling"), 400, caplog
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flaw", "promise"),
    [
        ("first key", "test_a_delivery_signed_with_any_of_our_keys_verifies_and_says_which"),
        ("believing", "test_a_key_that_is_not_ours_is_rejected"),
        ("believing", "test_one_changed_byte_of_the_body_is_rejected_where_the_body_is_covered"),
        ("believing", "test_one_changed_byte_of_any_signature_field_is_rejected"),
        ("believing", "test_a_signature_field_cut_short_is_rejected"),
        ("believing", "test_a_forgery_is_never_called_stale"),
        ("careless", "test_every_signature_field_is_needed_once"),
        ("ageless", "test_beyond_the_tolerance_a_signed_time_is_stale_or_from_the_future"),
        ("talkative", "test_no_way_of_showing_a_scheme_shows_its_keys"),
    ],
)
def test_a_flaw_of_a_scheme_is_seen(flaw: str, promise: str) -> None:
    with pytest.raises(AssertionError):
        getattr(SchemeContract(), promise)(flawed.way(flaw))


def test_a_scheme_that_takes_any_tolerance_is_seen() -> None:
    with pytest.raises(broken):
        SchemeContract().test_a_tolerance_out_of_bounds_is_refused(
            flawed.way("any tolerance"), -1.0
        )


def test_a_webhook_that_takes_any_secret_is_seen() -> None:
    contract = WebhookContract()
    with pytest.raises(broken):
        contract.test_a_secret_that_cannot_be_a_key_is_refused_when_it_is_bound(
            flawed.way("any secret"), " "
        )


def test_a_reader_that_raises_is_seen() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        WebhookContract().test_a_body_that_nobody_sends_by_mistake_is_read(
            flawed.way("raising"), b""
        )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_transport_that_sends_again_is_seen(method: str) -> None:
    wire = flawed.wire("resending")
    contract = TransportContract()
    with pytest.raises(AssertionError):
        contract.test_a_reused_connection_that_died_is_stale_and_nothing_is_sent_again(wire, method)
    wire.close()


@pytest.mark.parametrize(
    ("flaw", "promise"),
    [
        ("fresh", "test_a_connection_is_used_again"),
        ("polite", "test_a_path_goes_out_as_it_was_signed"),
    ],
)
def test_a_flaw_of_a_transport_is_seen(flaw: str, promise: str) -> None:
    wire = flawed.wire(flaw)
    told = ("/bucket/a/../b",) if flaw == "polite" else ()
    with pytest.raises(AssertionError):
        getattr(TransportContract(), promise)(wire, *told)
    wire.close()


@pytest.mark.slow
def test_the_suites_of_the_page_pass_as_they_stand_there(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "certify.md").read_text(encoding="utf-8")
    suites = page[page.index("## Contract suites") :]
    (tmp_path / "test_mine.py").write_text(program(suites), encoding="utf-8")
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    done = subprocess.run(
        asked, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout[-2_000:]
    for name in ("MyStore", "MyGate", "MyTransport", "MyWebhook", "MyConnector"):
        assert f"Test{name}" in program(suites)
