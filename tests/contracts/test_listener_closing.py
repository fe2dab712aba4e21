"""Callers that come while a listener closes: each is hung up on, and no socket of theirs is lost."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.listener import HOST, Listener

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Conversation


async def _until_it_is_ended(_: Conversation) -> None:
    await asyncio.Event().wait()


def _caller(port: int) -> socket.socket:
    """One whose connection stands, though nobody has accepted it yet."""
    return socket.create_connection((HOST, port))


def _hung_up_on(caller: socket.socket) -> bool:
    try:
        return caller.recv(1) == b""
    except ConnectionError:
        return True


async def _closed_after(turns: int) -> list[socket.socket]:
    """Some call, the loop turns a few times, and the listener closes; so do the loop's last turns."""
    listener = Listener(_until_it_is_ended)
    port = await listener.start()
    callers = [_caller(port) for _ in range(20)]
    for _ in range(turns):
        await asyncio.sleep(0)
    await listener.close()
    for _ in range(3):
        await asyncio.sleep(0)
    return callers


@pytest.mark.parametrize("turns", range(6))
def test_who_calls_as_it_closes_is_hung_up_on(turns: int) -> None:
    gc.freeze()  # what others made is not looked through
    with warnings.catch_warnings(record=True) as lost:
        warnings.simplefilter("always", ResourceWarning)
        callers = asyncio.run(_closed_after(turns))
        gc.collect()
    gc.unfreeze()
    assert [str(each.message) for each in lost] == []
    for caller in callers:
        with caller:
            caller.settimeout(60)
            assert _hung_up_on(caller)
