"""Papers have their form, and nothing of one machine is in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import papers, strays, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Plant = Callable[[str, str], Path]

RECORD = "# 0001 Title\n\n" + "\n\nText.\n\n".join(f"## {each}" for each in papers.HEADINGS)
PROJECT = '[project]\ndependencies = ["click>=8.2"]\n[project.optional-dependencies]\n'
PINS = "click==8.5.1 \\\n    --hash=sha256:00\n    # via bridgewright\n"


@pytest.mark.parametrize(
    "check",
    [
        papers.malformed_decisions,
        papers.malformed_fragments,
        papers.stale_locks,
        strays.strays,
    ],
    ids=lambda check: check.__name__,
)
def test_this_repository_keeps_the_form(check: Callable[[Path], list[tree.Finding]]) -> None:
    assert [str(found) for found in check(tree.ROOT)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("17.feature.md", "New."),
        ("note.md", "New."),
        ("17.added.md", "something"),
        ("1.fixed.md", ""),
    ],
)
def test_a_malformed_fragment_is_seen(plant: Plant, name: str, text: str) -> None:
    assert len(list(papers.malformed_fragments(plant(f"/changes/{name}", text)))) == 1


@pytest.mark.parametrize("name", ["17.added.md", "+demo.fixed.md", "README.md"])
def test_a_good_fragment_is_let_be(plant: Plant, name: str) -> None:
    assert list(papers.malformed_fragments(plant(f"/changes/{name}", "It counts.\n"))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0002-title.md", RECORD.replace("0001", "0002")),
        ("0001_title.md", RECORD),
        ("0001-title.md", RECORD.replace("0001", "0007")),
        ("0001-title.md", RECORD.replace("## Consequences", "## Results")),
        ("0001-title.md", RECORD + "\n## More\n"),
    ],
)
def test_a_malformed_decision_is_seen(plant: Plant, name: str, text: str) -> None:
    assert len(list(papers.malformed_decisions(plant(f"/docs/decisions/{name}", text)))) == 1


def test_a_good_decision_is_let_be(plant: Plant) -> None:
    root = plant("/docs/decisions/0001-title.md", RECORD)
    assert list(papers.malformed_decisions(root)) == []


@pytest.mark.parametrize(
    ("asked", "pins", "wrong"),
    [
        ("click\n", PINS, 0),
        ("click>=8.2  # why\n\n# aside\n", PINS, 0),
        ("rich\n", PINS, 1),
        ("click>=9\n", PINS, 1),
        ("click\n", PINS.replace("    --hash=sha256:00\n", ""), 1),
    ],
)
def test_a_stale_or_hashless_lock_is_seen(plant: Plant, asked: str, pins: str, wrong: int) -> None:
    plant("/pyproject.toml", PROJECT)
    plant("/requirements/run.txt", PINS)
    plant("/requirements/dev.txt", pins)
    root = plant("/requirements/dev.in", asked)
    assert len(list(papers.stale_locks(root))) == wrong


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("see /" + "work/main/x.py", "machine"),
        ("cd '/" + "root/x'", "machine"),
        ("/" + "home/ann/x", "machine"),
        ("--index-url https://py" + "pi.org/simple", "registry"),
    ],
)
def test_a_stray_of_one_machine_is_seen(plant: Plant, line: str, rule: str) -> None:
    root = plant("/docs/x.md", f"Fine.\n{line}\n")
    assert [(each.rule, each.place) for each in strays.strays(root)] == [(rule, "docs/x.md:2")]


def test_a_path_inside_the_package_is_no_stray(plant: Plant) -> None:
    assert (
        list(strays.strays(plant("/docs/x.md", "src/work/x.py and ~/work/ and sql/root/\n"))) == []
    )
