"""Applications that hang, print, end or fail when they are imported, and what is told of them."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.findings.models.reading import Way, read
from tests.engineer.findings.models.applications import fields_of, project

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.findings.models.found import Reading

MODEL = "import dataclasses\n\n\n@dataclasses.dataclass\nclass User:\n    phone: str\n"


def troubles(reading: Reading) -> list[str]:
    assert reading.models == ()
    return [str(each) for each in reading.troubles]


def test_an_application_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hanging = (
        "import subprocess, sys\n"
        "held = open('held', 'w')\n"
        "waits = 'import signal; signal.alarm(300); signal.pause()'\n"
        "child = subprocess.Popen([sys.executable, '-c', waits], stdout=held)\n"
        "held.write('both')\n"
        "held.flush()\n"
        "child.wait()\n"
    )
    project(tmp_path, app__models=hanging + MODEL)
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    try:
        reading = read(tmp_path, ["app.models"], limit_s=5)
        assert troubles(reading) == ["app.models: importing it took longer than 5 s"]
        assert _read_to_its_end(held) == b"both"
    finally:
        os.close(held)


def _read_to_its_end(pipe: int) -> bytes:
    """A pipe ends when the last process that holds it has ended, which takes a moment after it is killed."""
    heard = b""
    while True:
        assert select.select([pipe], [], [], 60)[0], "somebody lives, and holds the pipe"
        if not (piece := os.read(pipe, 64)):
            return heard
        heard += piece


def test_what_an_application_prints_is_seen_by_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, app__models='import os\nprint("hello")\nos.write(2, b"oh")\n' + MODEL)
    assert set(fields_of(read(tmp_path, ["app.models"]), "User")) == {"phone"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("import sys; sys.exit(0)", "it cannot be imported: SystemExit, at app/models.py:1"),
        ("import os; os._exit(7)", "importing it ended the interpreter, with 7"),
        ("import os; os.abort()", "importing it ended the interpreter, with -6"),
        ("import nowhere_at_all", "there is no module nowhere_at_all, at app/models.py:1"),
        ("raise ValueError('hunter2')", "it cannot be imported: ValueError, at app/models.py:1"),
        ("def broken(:", "it cannot be imported: SyntaxError"),
    ],
)
def test_why_an_application_cannot_be_imported_is_told_without_its_own_words(
    tmp_path: Path, first: str, why: str
) -> None:
    project(tmp_path, app__models=f"{first}\n{MODEL}")
    (told,) = troubles(read(tmp_path, ["app.models"]))
    assert why in told
    assert "hunter2" not in told


def test_threads_and_exit_handlers_of_an_application_keep_nobody(tmp_path: Path) -> None:
    lasting = (
        "import atexit, threading\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "atexit.register(threading.Event().wait)\n"
    )
    project(tmp_path, app__models=lasting + MODEL)
    assert set(fields_of(read(tmp_path, ["app.models"]), "User")) == {"phone"}


def test_a_module_that_cannot_be_read_spoils_only_itself(tmp_path: Path) -> None:
    project(tmp_path, app__models=MODEL, app__other="1 / 0\n")
    for way in Way:
        reading = read(tmp_path, ["app.other", "app.models", "app.gone"], way)
        assert [each.path for each in reading.models] == ["app.models:User"]
        assert {each.what for each in reading.troubles} == {"app.other", "app.gone"}


def test_a_model_is_asked_for_by_name_and_its_absence_is_told(tmp_path: Path) -> None:
    more = f"{MODEL}\n\nclass Plain:\n    pass\n\n\n@dataclasses.dataclass\nclass Order:\n    id: int\n"
    project(tmp_path, app__models=more)
    for way in Way:
        reading = read(tmp_path, ["app.models:User", "app.models:Plain", "app.models:Gone"], way)
        assert [each.path for each in reading.models] == ["app.models:User"]
        told = [str(each) for each in reading.troubles]
        assert told == [
            "app.models:Plain: it is no model of a library that is known, or its parents are not known",
            "app.models:Gone: there is no such class in the module",
        ]


def test_modules_below_src_and_models_that_a_package_offers_are_found(tmp_path: Path) -> None:
    project(tmp_path / "src", app__inner=MODEL)
    (tmp_path / "src" / "app" / "__init__.py").write_text("from app.inner import User as User\n")
    for way in Way:
        reading = read(tmp_path, ["app"], way)
        assert [each.path for each in reading.models] == ["app.inner:User"]
        assert str(reading.models[0].where) == "src/app/inner.py:5"
        assert str(reading.models[0].fields[0].where) == "src/app/inner.py:6"


def test_a_module_of_the_application_may_be_called_like_one_of_ours(tmp_path: Path) -> None:
    project(tmp_path, app__models=MODEL)
    for name in ("json.py", "ast.py", "enum.py"):
        (tmp_path / name).write_text("raise RuntimeError\n")
    assert set(fields_of(read(tmp_path, ["app.models"]), "User")) == {"phone"}
