"""What a command is given, what bounds it, and what is told of it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridgewright
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox import view
from bridgewright.engineer.sandbox.clipped import Clipped
from bridgewright.engineer.sandbox.environment import DUMMY, environment
from bridgewright.engineer.sandbox.running import Sandbox
from bridgewright.engineer.sandbox.words import Bounds, Grounds, Limit

if TYPE_CHECKING:
    from bridgewright.engineer.sandbox.words import Outcome

INSTALLED = Path(bridgewright.__file__).resolve().parents[1]
_MIB = 1 << 20


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


def run(work: Path, text: str, bounds: Bounds | None = None, *, given: bytes = b"") -> Outcome:
    sandbox = Sandbox(Grounds(work, (work,)), bounds or Bounds(wall_s=30.0))
    return sandbox.run(["sh", "-c", text], given=given)


def test_a_program_ends_with_its_own_status_and_output(work: Path) -> None:
    outcome = run(work, "cat; pwd; echo said >&2; exit 3", given=b"asked\n")
    assert (outcome.status, outcome.signal, outcome.limit) == (3, None, None)
    assert outcome.output == f"asked\n{work}\nsaid\n"
    assert outcome.sandboxed
    assert not outcome.succeeded


def test_what_is_written_into_the_writable_folder_is_there_afterwards(work: Path) -> None:
    assert run(work, "echo made > file; ls").succeeded
    assert (work / "file").read_text() == "made\n"


def test_a_program_that_a_signal_ends_says_which(work: Path) -> None:
    outcome = run(work, "kill -KILL $$")
    assert (outcome.status, outcome.signal) == (None, signal.SIGKILL)


def test_a_program_that_is_not_there_is_told_as_a_shell_tells_it(work: Path) -> None:
    outcome = Sandbox(Grounds(work)).run(["no-such-program"])
    assert outcome.status == 127
    assert "no-such-program" in outcome.output


def test_words_are_not_a_shells(work: Path) -> None:
    outcome = Sandbox(Grounds(work)).run(["echo", "$HOME;", "x > y", "-n"])
    assert outcome.output == "$HOME; x > y -n\n"


def test_the_environment_is_the_allow_list_and_dummies(work: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "ACME_TOKEN": "the real one",
    }
    sandbox = Sandbox(Grounds(work), declared=("ACME_TOKEN", "OTHER"), env=env)
    told = dict(each.split("=", 1) for each in sandbox.run(["env"]).output.splitlines())
    told.pop("_", None)
    assert told.pop("PWD") == str(work)
    assert told == {
        "PATH": env["PATH"],
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "HOME": view.HOME,
        "TMPDIR": view.SCRATCH,
        "ACME_TOKEN": DUMMY,
        "OTHER": DUMMY,
    }


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "PATH", "GIT_DIR", "BASH_ENV", "a-b", "", "A=B", "1A"]
)
def test_a_name_that_steers_programs_cannot_be_declared(name: str) -> None:
    with pytest.raises(ConfigurationError, match="declared"):
        environment({}, [name], "/h", "/t")


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_no_other_variable_is_passed_on(given_: dict[str, str]) -> None:
    made = environment(given_, (), "/h", "/t")
    passed = {name for name in made if name in given_ and made[name] == given_[name]}
    assert all(name in {"PATH", "LANG", "TZ", "CI"} or name.startswith("LC_") for name in passed)


@given(st.lists(st.binary(max_size=60), max_size=12), st.integers(2, 90))
def test_both_ends_of_an_output_are_kept_and_the_cut_is_counted(
    parts: list[bytes], most: int
) -> None:
    clipped = Clipped(most)
    for each in parts:
        clipped.take(each)
    whole = b"".join(parts).decode("utf-8", "replace")
    if len(b"".join(parts)) <= most:
        assert (clipped.text(), clipped.cut_bytes) == (whole, 0)
    else:
        all_of_it = b"".join(parts)
        assert clipped.cut_bytes == len(all_of_it) - most
        assert clipped.text().startswith(all_of_it[: most // 2].decode("utf-8", "replace"))
        assert clipped.text().endswith(all_of_it[-(most - most // 2) :].decode("utf-8", "replace"))
        assert f"{clipped.cut_bytes} bytes" in clipped.text()


def test_a_long_output_is_cut_in_its_middle(work: Path) -> None:
    outcome = run(work, "seq 100000", Bounds(wall_s=30.0, output_bytes=1000))
    assert outcome.output.startswith("1\n2\n3\n")
    assert outcome.output.endswith("99999\n100000\n")
    assert outcome.cut_bytes == 588_895 - 1000
    assert outcome.succeeded


def test_a_file_that_grows_too_large_ends_its_program(work: Path) -> None:
    bounds = Bounds(wall_s=30.0, file_bytes=4096)
    outcome = run(work, "exec head -c 1000000 /dev/zero > file", bounds)
    assert outcome.limit is Limit.FILE_SIZE
    assert (work / "file").stat().st_size == 4096


@pytest.mark.slow
def test_time_ends_a_program_and_all_that_it_started(work: Path) -> None:
    outcome = run(work, "setsid sleep 54321 & trap '' TERM; sleep 54321", Bounds(wall_s=0.5))
    assert (outcome.status, outcome.limit) == (None, Limit.TIME)
    assert 0.5 <= outcome.elapsed_s < 10
    assert not _lives(b"54321")


@pytest.mark.slow
def test_memory_of_all_its_processes_together_ends_a_program(work: Path) -> None:
    hold = f"{shlex.quote(sys.executable)} -c 'x = b\"x\" * (60 << 20); input()'"
    bounds = Bounds(wall_s=60.0, memory_bytes=200 * _MIB)
    outcome = run(work, f"mkfifo p; for i in 1 2 3 4 5 6; do {hold} <> p & done; wait", bounds)
    assert outcome.limit is Limit.MEMORY


@pytest.mark.slow
def test_tasks_are_bounded(work: Path) -> None:
    outcome = run(
        work, "for i in $(seq 40); do sleep 60 & done; wait", Bounds(wall_s=30.0, tasks=20)
    )
    assert outcome.limit is Limit.TASKS or "fork" in outcome.output


def test_git_reads_but_its_folder_stays(work: Path) -> None:
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    outcome = run(work, "git status --short --branch && ! git config user.name x && ! touch .git/x")
    assert outcome.status == 0, outcome.output


def test_a_repository_that_a_command_makes_is_told_of(work: Path) -> None:
    outcome = run(work, "git init -q inner && git init -q --bare bare.git && mkdir -p a/.git")
    made = [str(work / each) for each in ("a/.git", "bare.git", "inner/.git")]
    assert outcome.status == 0, outcome.output
    assert list(outcome.planted) == made
    assert not outcome.succeeded


def test_our_own_python_runs_tests_inside(work: Path) -> None:
    (work / "test_x.py").write_text(
        "import bridgewright\ndef test_one():\n    assert bridgewright\n"
    )
    grounds = Grounds(work, (work,), (INSTALLED,))
    code = f"import sys; sys.path.insert(0, {str(INSTALLED)!r}); import test_x; test_x.test_one()"
    outcome = Sandbox(grounds).run([sys.executable, "-c", code])
    assert outcome.succeeded, outcome.output


def test_loopback_is_there_and_is_the_sandboxs_own(work: Path) -> None:
    code = "import socket as s; a=s.create_server(('127.0.0.1',0)); s.create_connection(a.getsockname())"
    assert Sandbox(Grounds(work)).run([sys.executable, "-c", code]).succeeded


@pytest.mark.parametrize("words", [[], ["a\0b"], ["x"] * 5000])
def test_words_that_are_no_command_are_refused(work: Path, words: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="words"):
        Sandbox(Grounds(work)).run(words)


@pytest.mark.parametrize(
    "bounds",
    [
        {"wall_s": 0},
        {"wall_s": float("nan")},
        {"output_bytes": 0},
        {"tasks": 1},
        {"memory_bytes": 1},
    ],
)
def test_bounds_that_leave_nothing_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="give"):
        Bounds(**bounds)


def _lives(word: bytes) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False
