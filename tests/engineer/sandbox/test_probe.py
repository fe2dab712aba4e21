"""Where no sandbox can be had, a command is refused with the reason and the next step."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import bridgewright
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox import probe
from bridgewright.engineer.sandbox.running import Sandbox
from bridgewright.engineer.sandbox.words import Bounds, Grounds, Limit

INSTALLED = Path(bridgewright.__file__).resolve().parents[1]


def _stand_in(folder: Path, text: str) -> str:
    """A bubblewrap that says what an old or a forbidden one says."""
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_sandbox_can_be_had_here() -> None:
    assert probe.lack() is None


def test_without_bubblewrap_the_remedy_is_to_install_it(tmp_path: Path) -> None:
    lack = probe.lack(str(tmp_path / "none"))
    assert lack is not None
    assert "not installed" in lack.reason
    assert "install" in lack.remedy


def test_an_old_bubblewrap_is_told_from_one_that_is_forbidden(tmp_path: Path) -> None:
    old = _stand_in(tmp_path, "echo 'bwrap: Unknown option --disable-userns' >&2; exit 1")
    found = probe.lack(old)
    assert found is not None
    assert "too old" in found.reason
    forbidden = _stand_in(
        tmp_path, "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"
    )
    found = probe.lack(forbidden)
    assert found is not None
    assert "forbids" in found.reason
    assert "apparmor" in found.remedy


@pytest.mark.slow
def test_where_user_namespaces_are_forbidden_the_probe_says_so(tmp_path: Path) -> None:
    """The sandbox itself is such a place: none can be had inside one."""
    code = (
        f"import sys; sys.path.insert(0, {str(INSTALLED)!r})\n"
        "from bridgewright.engineer.sandbox import probe; print(probe.lack())"
    )
    work = tmp_path / "work"
    work.mkdir()
    outcome = Sandbox(Grounds(work, (), (INSTALLED,))).run([sys.executable, "-c", code])
    assert "this system forbids it" in outcome.output


def test_a_command_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for bwrap in ("no-such-bwrap", _stand_in(tmp_path, "echo 'bwrap: no namespace' >&2; exit 1")):
        with pytest.raises(ConfigurationError, match="not run"):
            Sandbox(Grounds(work, (work,)), bwrap=bwrap).run(["touch", "made"])
    assert list(work.iterdir()) == []


def test_who_insists_gets_it_without_a_sandbox_and_is_told(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    sandbox = Sandbox(Grounds(work), declared=("TOKEN",), env={"TOKEN": "x"}, bwrap="no-such-bwrap")
    outcome = sandbox.run(["sh", "-c", "pwd; echo $TOKEN; touch made; exit 2"], insist=True)
    assert not outcome.sandboxed
    assert outcome.status == 2
    assert outcome.output == f"{work}\nnot-a-real-value\n"
    assert (work / "made").exists()


@pytest.mark.slow
def test_who_insists_has_the_time_limit_all_the_same(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    sandbox = Sandbox(Grounds(work), Bounds(wall_s=0.5), bwrap="no-such-bwrap")
    outcome = sandbox.run(["sh", "-c", "setsid sleep 54322 & sleep 54322"], insist=True)
    assert outcome.limit is Limit.TIME
    found = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"54322" in _words(p)]
    assert found == []


def test_insisting_changes_nothing_where_there_is_a_sandbox(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    assert Sandbox(Grounds(work)).run(["true"], insist=True).sandboxed


def _words(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\0")
    except OSError:
        return []
