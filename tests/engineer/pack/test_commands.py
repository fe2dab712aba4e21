"""`bridgewright pack` as people and scripts run it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bridgewright.cli import bridgewright

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

AGENT = ".opencode/agents/integration-engineer.md"


def pack(*words: str) -> Result:
    return CliRunner().invoke(bridgewright, ["pack", *words], catch_exceptions=False)


def test_a_pack_is_installed_and_shown(tmp_path: Path) -> None:
    at = ["--in", str(tmp_path)]
    done = pack("install", *at)
    assert (done.exit_code, f"new\t{AGENT}" in done.stdout) == (0, True)
    shown = pack("show", *at)
    assert (shown.exit_code, f"unchanged\t{AGENT}" in shown.stdout) == (0, True)
    assert pack("show", AGENT, *at).stdout == (tmp_path / AGENT).read_text()
    told = json.loads(pack("show", AGENT, "--json", *at).stdout)
    assert told == {"command": "pack show", "path": AGENT, "text": (tmp_path / AGENT).read_text()}


def test_what_was_left_ends_with_one_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "opencode.json").write_text('{"a": 1} // mine\n')
    done = pack("install", "--in", str(tmp_path), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["left"], told["dry_run"]) == (1, 1, False)
    (left,) = (each for each in told["files"] if each["path"] == "opencode.json")
    assert (left["for"], left["state"]) == ("opencode", "by hand")
    assert left["add"] == (
        'at the top: "mcp": {"bridgewright": {"type": "local", "command": ["bridgewright", "mcp"]}}'
    )
    words = pack("install", "--in", str(tmp_path)).stderr
    assert "warning: opencode.json is left as it is: it has comments" in words
    assert f"add to opencode.json, {left['add']}" in words


@pytest.mark.parametrize(
    ("whose", "tops"),
    [
        ("opencode", {".opencode", "opencode.json"}),
        ("claude", {".claude", ".mcp.json"}),
        ("all", {".opencode", "opencode.json", ".claude", ".mcp.json"}),
    ],
)
def test_only_what_a_host_reads_is_written_for_it(
    tmp_path: Path, whose: str, tops: set[str]
) -> None:
    assert pack("install", "--for", whose, "--in", str(tmp_path)).exit_code == 0
    assert {each.name for each in tmp_path.iterdir()} == tops


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    dry = pack("install", "--dry-run", "--json", "--in", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    wet = json.loads(pack("install", "--json", "--in", str(tmp_path)).stdout)
    assert json.loads(dry.stdout) == {**wet, "dry_run": True}


def test_one_file_is_replaced_by_its_name(tmp_path: Path) -> None:
    at = ["--in", str(tmp_path)]
    pack("install", *at)
    (tmp_path / AGENT).write_text("mine")
    (tmp_path / ".mcp.json").write_text("mine")
    assert pack("install", *at).exit_code == 1
    assert pack("install", AGENT, *at).exit_code == 1
    assert pack("install", "--force", AGENT, *at).exit_code == 0
    assert (tmp_path / AGENT).read_text() != "mine"
    assert (tmp_path / ".mcp.json").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["install", "README.md"], "README.md: not a file of this pack"),
        (["show", "README.md"], "is not of it"),
        (["show", "opencode.json"], "is a file of yours, which gets one entry"),
    ],
)
def test_a_name_that_is_not_of_the_pack_ends_with_two(
    tmp_path: Path, words: list[str], said: str
) -> None:
    done = pack(*words, "--in", str(tmp_path))
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_a_folder_that_cannot_be_written_in_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "bridgewright.json").symlink_to("/proc/none")
    done = pack("install", "--in", str(tmp_path))
    assert (done.exit_code, "no place for our ledger" in done.stderr) == (2, True)
