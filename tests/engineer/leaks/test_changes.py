"""What a change adds is looked at, and nothing else; with the file and line where it will stand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.leaks.changes import leaks_in
from tests.rules.simulate.test_leak_gate import LONG

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "gh" + "p_" + LONG[:36]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode("utf-8", "surrogateescape")


def staged(folder: Path, context: int = 3) -> str:
    git(folder, "add", "-A")
    return git(folder, "diff", "--cached", "--text", f"-U{context}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "old.py").write_text("".join(f"line {number}\n" for number in range(1, 40)))
    (tmp_path / "had.py").write_text(f"token = '{TOKEN}'\nx = 1\n")
    staged(tmp_path)
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


@pytest.mark.parametrize("context", [0, 3, 100])
def test_an_added_line_is_named_by_its_file_and_its_line_there(
    repository: Path, context: int
) -> None:
    lines = (repository / "old.py").read_text().splitlines()
    lines[2:4] = ["changed"]
    lines[30:30] = ["between", f"x = {TOKEN!r}"]
    (repository / "old.py").write_text("\n".join(lines))
    found = leaks_in(staged(repository, context))
    assert [leak.place for leak in found] == ["old.py:32"]


def test_what_was_there_and_what_is_taken_away_is_not_of_the_change(repository: Path) -> None:
    (repository / "had.py").write_text(f"token = '{TOKEN}'\nx = 2\n")
    assert leaks_in(staged(repository)) == ()
    (repository / "had.py").unlink()
    assert leaks_in(staged(repository)) == ()


@pytest.mark.parametrize("name", ["new file.py", "ünïcode\n.py", 'quo"te.py', "b/b.py"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_files_of_odd_names_and_encodings_hide_nothing(
    repository: Path, name: str, encoding: str
) -> None:
    path = repository / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(f"one\r\n{TOKEN}\r\n".encode(encoding))
    assert [leak.place for leak in leaks_in(staged(repository))] == [f"{name}:2"]


def test_content_that_looks_like_a_head_does_not_end_its_hunk(repository: Path) -> None:
    (repository / "odd.txt").write_text(f"++ b/other\n@@ -1 +1 @@\n-- a/x\n{TOKEN}")
    assert [leak.place for leak in leaks_in(staged(repository))] == ["odd.txt:4"]


def test_a_name_of_a_file_is_looked_at_too(repository: Path) -> None:
    (repository / f"{TOKEN}.txt").write_text("nothing\n")
    assert [leak.line for leak in leaks_in(staged(repository))] == [0]
