"""A cassette whose writer is killed is the old one or the new one, and the next one clears up."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.cassettes.document import Tape, content_of, text_of
from bridgewright.simulate.cassettes.keeping import change, load

if TYPE_CHECKING:
    from pathlib import Path

_WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from bridgewright.simulate.cassettes.document import content_of, text_of
from bridgewright.simulate.cassettes.keeping import change

path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    def more(tape):
        longer = replace(tape, upstream=tape.upstream + "x" * 100_000)
        if len(longer.upstream) > 3_000_000:
            longer = replace(tape, upstream="")
        return text_of(content_of(longer))
    change(path, more)
    print("written", flush=True)
"""


def writer(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new_one_whole(tmp_path: Path) -> None:
    path, dice = tmp_path / "tape.json", Random(7)
    change(path, lambda _: text_of(content_of(Tape("http://127.0.0.1:1"))))
    for _ in range(12):
        process = writer(path)
        assert process.stdout is not None
        for _ in range(dice.randrange(4)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        tape = load(path)
        assert tape is not None
        assert set(tape.upstream.removeprefix("http://127.0.0.1:1")) <= {"x"}
    change(path, lambda tape: text_of(content_of(tape or Tape())))
    assert [each.name for each in tmp_path.iterdir()] == ["tape.json"]


def test_many_that_write_at_once_each_see_what_the_one_before_wrote(tmp_path: Path) -> None:
    path = tmp_path / "tapes" / "tape.json"

    def add(number: int) -> None:
        def longer(tape: Tape | None) -> str:
            return text_of(content_of(Tape((tape or Tape()).upstream + f"{number},")))

        change(path, longer)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(48)))
    tape = load(path)
    assert tape is not None
    assert sorted(map(int, tape.upstream.strip(",").split(","))) == list(range(48))


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    change(path, lambda _: text_of(content_of(Tape())))
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        change(path, lambda _: "half of it \ud800")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["tape.json"]
