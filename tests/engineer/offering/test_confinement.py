"""What is outside the project is reached by no spelling of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.offering.confinement import Sort, confined, inside, top_of

PARTS = st.sampled_from(
    ["..", ".", "a", "link", "b.txt", "", "~", "-", ".env", "out", "x.pem", "spec.json"]
)


def planted(folder: Path) -> Path:
    """A project with a file, a link that leads out of it, and one that stays."""
    root = folder / "project"
    (root / "a").mkdir(parents=True)
    (folder / "secret.txt").write_text("secret")
    (root / "a" / "b.txt").write_text("x")
    (root / "out").symlink_to(folder)
    (root / "link").symlink_to(root / "a")
    (root / ".env").write_text("secret")
    (root / "spec.json").symlink_to(root / ".env")
    return root


@given(st.lists(PARTS, min_size=1, max_size=6).map("/".join))
def test_every_path_that_is_let_through_leads_into_the_project(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = planted(Path(folder))
        try:
            found = confined(root, text, Sort.NEW)
        except ConfigurationError:
            return
        assert (root / found).resolve().is_relative_to(root.resolve())
        assert not {"..", ".env", "x.pem"} & {*Path(found).parts, (root / found).resolve().name}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("../secret.txt", "outside"),
        ("a/../../secret.txt", "outside"),
        ("/etc/passwd", "outside"),
        ("~/x", "outside"),
        ("--config=x", "outside"),
        ("out/secret.txt", "leads out"),
        (".env", "not for tools"),
        ("a/.git/config", "not for tools"),
        ("a/server.pem", "not for tools"),
        ("spec.json", "not for tools"),
        ("a\0b", "no path"),
        ("a\\..\\b", "no path"),
        ("", "no path"),
        ("x" * 401, "no path"),
        ("a/none.txt", "is not a file"),
        ("a", "is not a file"),
    ],
)
def test_a_path_that_is_refused_says_why(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        confined(planted(tmp_path), text, Sort.FILE)


def test_a_link_that_stays_is_followed(tmp_path: Path) -> None:
    assert confined(planted(tmp_path), "link/b.txt", Sort.FILE) == "link/b.txt"


def test_a_circle_of_links_is_refused_and_ends(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(ConfigurationError):
        confined(tmp_path, "one/x", Sort.FILE)


def test_a_place_that_is_written_to_is_followed_too(tmp_path: Path) -> None:
    root = planted(tmp_path)
    inside(root, "docs/findings.md")
    (root / "docs").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="leads out"):
        inside(root, "docs/findings.md")


def test_the_top_of_a_working_tree_is_where_git_is(tmp_path: Path) -> None:
    (tmp_path / "x" / ".git").mkdir(parents=True)
    (tmp_path / "x" / "y").mkdir()
    assert top_of(tmp_path / "x" / "y") == tmp_path / "x"
