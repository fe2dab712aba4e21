"""For each check of an endpoint there is one that fails that check alone, and one that passes all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.check import Level, Status
from bridgewright.certify.inbound.checks import CHECKS
from bridgewright.certify.inbound.suite import InboundOrder, certify
from bridgewright.certify.target import App, Endpoint
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate

APP = App("tests.certify.endpoint:app")
CODES = [each.code for each in CHECKS]


def certified(flaw: str, *only: str) -> Certificate:
    return certify(InboundOrder(APP, "stripe", seed=7, only=only, extra={"FLAW": flaw}))


def failed(certificate: Certificate) -> set[str]:
    return {each.check.code for each in certificate.results if each.status is Status.FAILED}


@pytest.mark.slow
def test_a_careful_endpoint_is_gold() -> None:
    certificate = certified("")
    assert [each for each in certificate.results if each.status is not Status.PASSED] == []
    assert certificate.level is Level.GOLD


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_an_endpoint_with_one_flaw_fails_the_check_of_it_and_no_other(code: str) -> None:
    assert failed(certified(code)) == {code}


@pytest.mark.slow
@pytest.mark.parametrize("code", ["E1", "E3", "E4"])
def test_a_flaw_shows_in_its_check_alone(code: str) -> None:
    assert failed(certified(code, code)) == {code}


@pytest.mark.slow
def test_a_scheme_that_signs_no_time_cannot_be_asked_to_refuse_what_is_old() -> None:
    order = InboundOrder(APP, "github", seed=7, path="/stripe", only=("E2",))
    [works, old] = certify(order).results
    assert works.status is Status.FAILED  # the endpoint knows Stripe's signatures only
    assert old.status is Status.NOT_APPLICABLE


def test_an_endpoint_without_a_way_to_see_effects_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="STRIPE_WEBHOOK_SECRET"):
        certify(InboundOrder(Endpoint("http://127.0.0.1:1/hook"), "stripe", seed=7))


@pytest.mark.slow
def test_an_endpoint_that_runs_already_is_certified_by_its_file_of_effects(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    books = tmp_path / "effects"
    variables = {
        "CERTIFY_EFFECTS": str(books),
        "STRIPE_WEBHOOK_SECRET": "whsec_one",
        "STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_two",
    }
    root = Path.cwd()
    words = ["tests.certify.endpoint:app", "--port", str(port), "--app-dir", str(root)]
    path = os.environ.get("PYTHONPATH", "")
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables},
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _listens(port):
            continue
        command = [sys.executable, "-m", "bridgewright", "certify"]
        asked = [f"http://127.0.0.1:{port}/", "--scheme", "stripe", "--effects", str(books)]
        found = subprocess.run(
            [*command, *asked, "--only", "E1,E5"],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.kill()
        server.wait()
    assert found.returncode == 0, found.stdout + found.stderr


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
