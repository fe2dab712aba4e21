"""Official SDKs, as they come, through a realistic script at each simulator: `python -m tests.scripts`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import pytest

from tests.scripts.__main__ import SIMULATED, different
from tests.scripts.step import Step

SDKS = {"stripe", "twilio", "sendgrid", "boto3", "githubkit", "pygithub", "slack"}


def test_there_is_a_script_for_every_sdk_that_we_speak_of() -> None:
    assert set(SIMULATED) == SDKS
    for name in SDKS:
        assert name == import_module(f"tests.scripts.{name}").NAME


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SDKS))
def test_a_script_runs_to_its_end_at_the_simulator(name: str) -> None:
    """In a process of its own: SDKs keep tokens and sessions for all of theirs."""
    done = ran(name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{name}: ")


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "SLACK_BOT_TOKEN"}
    command = [sys.executable, "-m", "tests.scripts", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_without_credentials_nothing_is_asked_of_a_vendor() -> None:
    done = ran("slack", "--live")
    assert done.returncode == 2
    assert "to run it against the vendor, set SLACK_BOT_TOKEN" in done.stderr


def test_what_differs_is_told_step_by_step() -> None:
    here = [Step("made", 201), Step("read", "a"), Step("only here", 1)]
    there = [Step("made", 201), Step("read", "b"), Step("only there", 2)]
    assert different(here, there) == [
        "read: simulated 'a', live 'b'",
        "only here: simulated 1, live 'no such step'",
        "only there: simulated 'no such step', live 2",
    ]
