"""What was written by somebody is not overwritten, and what cannot be made leaves nothing behind."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.scaffold.package import Package
from bridgewright.engineer.scaffold.placing import place

if TYPE_CHECKING:
    from pathlib import Path

ACME = Package(
    "acme",
    "app/integrations",
    {"client.py": "one = 1\n", "tests/test_acme.py": "two = 2\n"},
    {"app/__init__.py": "", "app/integrations/__init__.py": ""},
    {("connections", "acme"): '[connections.acme]\nprovider = "http"\n'},
    ("get",),
    (),
    "",
)
NEWER = replace(ACME, files={"client.py": "one = 11\n", "tests/test_acme.py": "two = 22\n"})


def _everything(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_package_is_put_with_the_packages_around_it(tmp_path: Path) -> None:
    placed = place(ACME, tmp_path)
    assert set(_everything(tmp_path)) == {
        "app/__init__.py",
        "app/integrations/__init__.py",
        "app/integrations/acme/client.py",
        "app/integrations/acme/tests/test_acme.py",
        "app/integrations/acme/scaffold.lock",
        "bridgewright.toml",
    }
    assert placed.tables == ("connections.acme",)


def test_the_same_again_changes_no_byte(tmp_path: Path) -> None:
    place(ACME, tmp_path)
    before = _everything(tmp_path)
    placed = place(ACME, tmp_path)
    assert _everything(tmp_path) == before
    assert (placed.written, placed.kept, len(placed.same)) == ((), (), 2)


def test_what_is_there_is_not_overwritten_without_force(tmp_path: Path) -> None:
    place(ACME, tmp_path)
    before = _everything(tmp_path)
    with pytest.raises(ConfigurationError, match=r"client\.py, tests/test_acme\.py would be"):
        place(NEWER, tmp_path)
    assert _everything(tmp_path) == before


def test_force_replaces_what_we_made_and_keeps_what_was_edited(tmp_path: Path) -> None:
    place(ACME, tmp_path)
    edited = tmp_path / "app/integrations/acme/client.py"
    edited.write_text("mine = True\n", "utf-8")
    for _ in range(2):
        placed = place(NEWER, tmp_path, force=True)
        assert placed.kept == ("client.py",)
        assert edited.read_text("utf-8") == "mine = True\n"
    made = tmp_path / "app/integrations/acme/tests/test_acme.py"
    assert made.read_text("utf-8") == "two = 22\n"


def test_force_keeps_a_file_that_we_never_made(tmp_path: Path) -> None:
    theirs = tmp_path / "app/integrations/acme/client.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine = True\n", "utf-8")
    assert place(ACME, tmp_path, force=True).kept == ("client.py",)
    assert theirs.read_text("utf-8") == "mine = True\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_settings_keep_every_byte_and_get_what_they_lack(
    tmp_path: Path, end: str, *, last: bool
) -> None:
    before = f"# mine{end}[work]{end}concurrency = 4" + (end if last else "")
    path = tmp_path / "bridgewright.toml"
    path.write_bytes(before.encode())
    place(ACME, tmp_path)
    after = path.read_bytes().decode()
    assert after.startswith(before)
    assert after.count("\n") == after.count(end)
    assert tomllib.loads(after) == {
        "work": {"concurrency": 4},
        "connections": {"acme": {"provider": "http"}},
    }
    assert place(ACME, tmp_path).tables == ()


def test_settings_that_cannot_be_read_are_left_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "bridgewright.toml").write_text("[broken", "utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        place(ACME, tmp_path)
    assert list(_everything(tmp_path)) == ["bridgewright.toml"]
