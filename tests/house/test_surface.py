"""The public surface is small, recorded, and costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bridgewright
from tests.house import surface

HEAVY = {"click", "rich", "uvicorn", "cryptography", "httpx2", "sqlite3", "asyncio"}
FACES = {"click", "rich", "uvicorn", "cryptography", "httpx2"}


def test_the_surface_is_the_recorded_one() -> None:
    recorded = surface.RECORD.read_text(encoding="utf-8")
    assert surface.surface() == recorded, "record it: python -m tests.house.surface"


def test_the_surface_has_at_most_25_names() -> None:
    assert len(bridgewright.__all__) <= surface.MOST_NAMES
    assert sorted(bridgewright.__all__) == dir(bridgewright)


def test_a_change_of_a_member_changes_the_record() -> None:
    class Before:
        def send(self, key: str) -> None: ...

    class After:
        def send(self, key: str, *, twice: bool = False) -> None: ...

    assert list(surface.members(Before)) == ["send(key)"]
    assert list(surface.members(After)) == ["send(key, *, twice=False)"]


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        ("import bridgewright", HEAVY),
        ("from bridgewright import Bridge, Event, Selection", FACES),
    ],
)
def test_importing_loads_nothing_that_is_not_used(program: str, unwanted: set[str]) -> None:
    assert loaded(program) & unwanted == set()


def test_what_an_import_loads_is_seen() -> None:
    assert loaded("import click") >= {"click"}


def test_a_name_that_does_not_exist_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Manager'"):
        _ = bridgewright.Manager


def loaded(program: str) -> set[str]:
    program += "\nimport sys\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    # -I: neither the environment nor the working directory adds anything.
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())
