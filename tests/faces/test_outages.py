"""What a sender is told while our store is held, full or away: to come back, and never that the
delivery was wrong; and what it was told before and after is true."""

from __future__ import annotations

import contextlib
import json
import resource
import sqlite3
from typing import TYPE_CHECKING

import pytest

from bridgewright import Secret
from tests.faces.test_mounts import alone, event, signed, under_fastapi, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.faces.test_mounts import Place

STORE = "mounted.db"
AT_MOST = 2_000
"""Deliveries until an outage must have shown: a file that went away is looked for now and then."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another process is in the middle of writing."""
    with contextlib.closing(sqlite3.connect(folder / STORE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """No file may grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in folder.glob(f"{STORE}*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def away(folder: Path) -> Iterator[None]:
    """The volume is not mounted."""
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    yield
    elsewhere.rename(folder)


@pytest.mark.parametrize("outage", [held, full, away], ids=lambda outage: outage.__name__)
@pytest.mark.parametrize("mount", [alone, under_fastapi], ids=lambda mount: mount.__name__)
@pytest.mark.slow
def test_a_sender_is_told_to_come_back_and_finds_what_it_was_told_to_be_true(
    tmp_path: Path,
    outage: Callable[[Path], AbstractContextManager[None]],
    mount: Callable[..., object],
) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    taken: set[str] = set()

    async def deliver(here: Place, key: str) -> int:
        answer = await here.post(event(key))
        if answer.status_code == 200:
            taken.add(key)
        else:
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        return int(answer.status_code)

    async def act(here: Place) -> None:
        assert await deliver(here, "evt_before") == 200
        with outage(folder):
            for n in range(AT_MOST):
                if await deliver(here, f"evt_{n}") == 503:
                    break
            else:
                pytest.fail("the outage was never noticed")
            forged = await here.post(event(), signed(event(), Secret("whsec_other")))
            assert forged.status_code == 401
        assert await deliver(here, f"evt_{n}") == 200
        assert await deliver(here, "evt_before") == 200

    visit(folder, mount, act)
    with contextlib.closing(sqlite3.connect(folder / STORE)) as store:
        bodies = [json.loads(body) for (body,) in store.execute("SELECT body FROM bw_item")]
    assert taken <= {body["id"] for body in bodies}
    assert len(bodies) == len({body["id"] for body in bodies})
