"""`bridgewright certify` takes a function or a program, says what came of it, and ends accordingly."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.target import App, Endpoint, Function, Program, parse
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
import os, sys, urllib.request
request = urllib.request.Request(os.environ["BASE_URL"] + "/things")
request.add_header("authorization", "Bearer " + os.environ["SECRET"])
if os.environ["OP"] == "write":
    request.data = os.environ["PERSON"].encode()
    if "KEY" in os.environ:
        request.add_header("idempotency-key", os.environ["KEY"])
urllib.request.urlopen(request, timeout=float(os.environ["DEADLINE_S"])).read()
{more}
"""

SESSION = """
import os, sys, urllib.request
for line in sys.stdin:
    number, operation, url, key = line.split()
    try:
        headers = {{}} if key == "-" else {{"idempotency-key": key}}
        body = b"{{}}" if operation == "write" else None
        urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=2).read()
        print(number, 0, flush=True)
    except OSError:
        print(number, 1, flush=True)
"""


def certify(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgewright", "certify", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def program(place: Path, text: str, more: str = "") -> str:
    written = place.with_suffix(".py")
    written.write_text(text.format(more=more), "utf-8")
    # By a shell: where Python is may have a space in it, which a first line of `#!` cannot.
    place.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{written}"\n', "utf-8")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


@pytest.mark.slow
def test_a_function_is_tried_and_the_answer_is_one_object() -> None:
    found = certify("tests.certify.reference:call", "--only", "B7", "--seed", "3", "--json")
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert (told["command"], told["seed"], told["level"]) == ("certify", 3, None)
    assert [each["status"] for each in told["checks"]] == ["passed"] * 3


@pytest.mark.slow
def test_a_program_is_tried_by_its_exit_code_and_what_it_writes_is_searched(tmp_path: Path) -> None:
    leaking = program(tmp_path / "client", CLIENT, 'print(os.environ["SECRET"])')
    found = certify(leaking, "--only", "F1", "--json")
    assert found.returncode == 1
    told = {each["code"]: each["status"] for each in json.loads(found.stdout)["checks"]}
    assert told == {"A0": "passed", "F1": "failed"}


@pytest.mark.slow
def test_a_program_without_a_session_is_not_asked_for_many_calls(tmp_path: Path) -> None:
    found = certify(program(tmp_path / "client", CLIENT), "--only", "D5", "--json")
    [works, held] = json.loads(found.stdout)["checks"]
    assert (works["status"], held["status"]) == ("passed", "not applicable")


@pytest.mark.slow
def test_a_program_with_a_session_is(tmp_path: Path) -> None:
    words = program(tmp_path / "client", SESSION), "--session", "--only", "N1", "--json"
    [works, crowd] = json.loads(certify(*words).stdout)["checks"]
    assert (works["status"], crowd["status"]) == ("passed", "passed")


@pytest.mark.slow
def test_reports_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    junit, html = tmp_path / "c.xml", tmp_path / "c.html"
    words = "--junit", str(junit), "--html", str(html), "--only", "A0"
    assert certify("tests.certify.reference:call", *words).returncode == 0
    assert junit.read_text("utf-8").startswith("<?xml")
    assert html.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_a_target_that_cannot_be_imported_says_why() -> None:
    found = certify("tests.certify.nowhere:call", "--only", "A0")
    assert found.returncode == 1
    assert "ModuleNotFoundError" in found.stdout


def test_words_name_a_function_a_program_an_application_or_an_endpoint() -> None:
    assert parse(["shop.calls:send"]) == Function("shop.calls:send")
    assert parse(["shop:app"], scheme="stripe") == App("shop:app")
    assert isinstance(parse(["sh", "-c", "true"], session=True), Program)
    assert parse(["http://127.0.0.1:8000/hook"], scheme="github") == Endpoint(
        "http://127.0.0.1:8000/hook"
    )


@pytest.mark.parametrize(
    ("words", "scheme", "why"),
    [
        (["http://shop.example/hook"], "stripe", "not this machine"),
        (["http://127.0.0.1:8000/hook"], "", "signed"),
        (["no-such-program-anywhere"], "", "neither"),
        (["sh"], "stripe", "makes calls"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_the_next_step(
    words: list[str], scheme: str, why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        parse(words, scheme=scheme)
