"""Commands in processes of their own: what is kept of them, and that nothing of them stays."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from bridgewright.engineer.offering import family
from bridgewright.engineer.offering.child import MOST_LINES, MOST_OUT_BYTES, Ear, Ended, run
from tests.engineer.offering.host import running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
MARK = f"stays_behind_{os.getpid()}"
ORPHAN = f"""\
import subprocess, sys, threading
child = "import threading; threading.Event().wait()  # {MARK}"
started = subprocess.Popen([sys.executable, '-c', child], start_new_session=True)
print('1 of 2 begun', file=sys.stderr, flush=True)
threading.Event().wait()
"""


def ran(folder: Path, code: str, most_s: float = 20.0) -> tuple[Ended, list[str]]:
    heard: list[str] = []

    async def told(line: str) -> None:
        heard.append(line)

    async def play() -> Ended:
        return await run([sys.executable, "-c", code], folder, dict(os.environ), most_s, Ear(told))

    return anyio.run(play), heard


def test_what_it_prints_is_kept_and_what_it_says_is_heard_line_by_line(tmp_path: Path) -> None:
    code = "import sys; print('x'); sys.stderr.write('a\\nb\\r\\nc'); sys.exit(3)"
    ended, heard = ran(tmp_path, code)
    assert ended == Ended(3, b"x\n", ("a", "b", "c"))
    assert heard == ["a", "b", "c"]


def test_it_reads_nothing_from_the_protocol(tmp_path: Path) -> None:
    assert ran(tmp_path, "import sys; print(repr(sys.stdin.read()))")[0].out == b"''\n"


def test_a_flood_is_ended_and_only_so_much_is_kept(tmp_path: Path) -> None:
    ended, _ = ran(tmp_path, "import sys\nwhile True: sys.stdout.write('x' * 100_000)")
    assert ended.flooded
    assert MOST_OUT_BYTES < len(ended.out) <= MOST_OUT_BYTES + 65_536


def test_a_flood_of_lines_keeps_the_last(tmp_path: Path) -> None:
    code = "import sys\nfor n in range(500): sys.stderr.write(f'{n} ' + 'x' * 9_000 + '\\n')"
    ended, _ = ran(tmp_path, code)
    assert len(ended.said) == MOST_LINES
    assert ended.said[-1].startswith("499 x")
    assert len(ended.said[-1]) < 5_000


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    ended, heard = ran(tmp_path, ORPHAN, most_s=1.0)
    assert ended.late
    assert heard == ["1 of 2 begun"]
    assert running(MARK) == []


def test_a_child_that_holds_the_output_open_does_not_hold_the_answer(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; print('x', flush=True); subprocess.Popen([sys.executable, '-c',"
        " 'import sys; sys.stdin.read()  # holds_it'], stdin=subprocess.PIPE, pass_fds=())"
    )
    assert ran(tmp_path, code)[0].out == b"x\n"


def test_a_number_that_another_process_has_by_now_is_not_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        [there] = [each for each in family.below(os.getpid()) if each.pid == process.pid]
        family.end([family.Relative(there.pid, "another birth")])
        assert process.poll() is None
        family.end([there])
        assert process.wait(10) == -9


def test_while_it_says_nothing_it_is_told_that_it_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    beats = 0

    async def told(line: str) -> None:
        raise AssertionError(line)

    async def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            (tmp_path / "go").write_text("go")

    async def play() -> Ended:
        command = [sys.executable, "-c", "print(open('go').read())"]
        return await run(command, tmp_path, dict(os.environ), 20.0, Ear(told, beat, 0.01))

    assert anyio.run(play).out == b"go\n"
    assert beats >= 3
