"""The examples of deployment speak of commands, options, settings and files that are there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from bridgewright.cli import bridgewright
from bridgewright.settings import load
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMPOSE = ROOT / "examples" / "compose"
SYSTEMD = ROOT / "examples" / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
THEIRS = {"PGPASSWORD", "STRIPE_WEBHOOK_SECRET"}
"""Variables of libpq's, and of the provider's."""


def compose() -> Any:
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text("utf-8"))


def refused(words: list[str]) -> str:
    """What our command line says of a command; nothing where it takes it."""
    program, *arguments = words
    if program.rpartition("/")[2] != "bridgewright":
        return f"{program} is not ours"
    name, *rest = arguments
    command = bridgewright.get_command(click.Context(bridgewright), name)
    if command is None:
        return f"there is no command {name}"
    try:
        command.make_context(name, rest)
    except click.UsageError as error:
        return error.message
    return ""


def unknown(variables: Mapping[str, str]) -> set[str]:
    """Variables that are neither a setting's nor somebody else's that we know."""
    return {
        name for name in variables if f"variable `{name}`" not in SETTINGS and name not in THEIRS
    } - {"BRIDGEWRIGHT_CONFIG"}


def test_compose_runs_two_inboxes_and_two_workers_by_commands_that_are_there() -> None:
    services = compose()["services"]
    ours = {name: one for name, one in services.items() if "build" in one}
    assert {name: one["deploy"]["replicas"] for name, one in ours.items()} == {
        "serve": 2,
        "worker": 2,
    }
    assert [refused(one["command"]) for one in ours.values()] == ["", ""]


def test_compose_sets_variables_that_are_settings() -> None:
    for name in ("serve", "worker"):
        assert unknown(compose()["services"][name]["environment"]) == set()


def test_compose_waits_for_services_that_say_when_they_are_healthy() -> None:
    services = compose()["services"]
    for one in services.values():
        for needed, how in one.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[needed]


def test_compose_mounts_and_copies_files_that_are_there() -> None:
    mounts = compose()["services"]["postgres"]["volumes"]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert [file for file in files if not (COMPOSE / file).exists()] == []
    dockerfile = (COMPOSE / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"examples/compose/[\w.]+", dockerfile)
    assert copied
    assert [file for file in copied if not (ROOT / file).exists()] == []
    extras = re.findall(r"\.whl\)\[([\w,]+)\]", dockerfile)[0].split(",")
    known = (ROOT / "pyproject.toml").read_text("utf-8")
    assert [extra for extra in extras if f"\n{extra} = [" not in known] == []


def test_the_settings_of_the_examples_are_taken() -> None:
    environ = compose()["services"]["serve"]["environment"] | {"STRIPE_WEBHOOK_SECRET": "whsec_x"}
    settings = load(COMPOSE / "bridgewright.toml", environ)
    assert settings.store.shown == "shop at postgres"
    assert [source.name for source in settings.sources] == ["stripe"]


def test_the_application_of_the_example_starts_and_has_its_handlers(tmp_path: Path) -> None:
    code = "import app; print([source.name for source in app.bridge.settings.sources])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(COMPOSE), "STRIPE_WEBHOOK_SECRET": "whsec_x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "['stripe']"), done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_is_there(unit: Path) -> None:
    [line] = re.findall(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    assert refused(shlex.split(line)) == ""


def test_the_units_environment_names_settings() -> None:
    lines = (SYSTEMD / "bridgewright.env").read_text("utf-8").splitlines()
    pairs = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert unknown(pairs) == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze here")
    # It looks for the program, which is on the user's machine and not on this one. Any other would do,
    # but not one of a checkout, whose path may hold a space.
    copy = tmp_path / unit.name
    text = re.sub(
        r"^ExecStart=\S+",
        "ExecStart=/bin/sh",
        unit.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    copy.write_text(text, "utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    about = [line for line in done.stderr.splitlines() if unit.name.partition("@")[0] in line]
    assert about == []


@pytest.mark.parametrize(
    "words",
    [
        ["bridgewright", "server"],
        ["bridgewright", "serve", "--port", "many"],
        ["bridgewright", "worker", "--workers", "2"],
        ["celery", "worker"],
    ],
)
def test_a_command_that_is_not_there_is_seen(words: list[str]) -> None:
    assert refused(words)


def test_a_variable_that_is_no_setting_is_seen() -> None:
    assert unknown({"BRIDGEWRIGHT_STORES": "", "BRIDGEWRIGHT_STORE": ""}) == {"BRIDGEWRIGHT_STORES"}
