"""What transports promise where worlds meet: several loops, cancelled calls, a fork."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.contracts.spoken import Spoken
from bridgewright.certify.contracts.wire import limits
from bridgewright.core.model.call import Request
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.ports import AsyncTransport, Transport

PATIENCE_S = 30.0
SEED = 7


class AsyncTransportContract:
    """A class that inherits this gives a fixture `make_async`, which makes a new transport for loops;
    called with `max_connections`, one that has no more open at once."""

    def test_cancelled_calls_leave_a_transport_as_good_as_new(
        self, make_async: Callable[..., AsyncTransport]
    ) -> None:
        dice = random.Random(SEED)
        transport = make_async(max_connections=10)

        async def play(server: FaultServer) -> None:
            faults = [dice.choice([Fault.NONE, Fault.DRIPPED_BODY]) for _ in range(40)]
            tasks = [asyncio.create_task(_sent(transport, server, each)) for each in faults]
            for task in tasks:
                for _ in range(dice.randrange(20)):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            answers = [_sent(transport, server, Fault.NONE) for _ in range(60)]
            assert await asyncio.gather(*answers) == [200] * 60
            await transport.aclose()

        with FaultServer(faults=[Fault.NONE, Fault.DRIPPED_BODY]) as server:
            asyncio.run(play(server))

    def test_two_loops_share_a_transport_and_no_connection(
        self, make_async: Callable[..., AsyncTransport]
    ) -> None:
        transport = make_async()
        meeting = threading.Barrier(2)

        async def play(server: FaultServer) -> list[int]:
            meeting.wait()
            statuses = [await _sent(transport, server, Fault.NONE) for _ in range(5)]
            await transport.aclose()
            return statuses

        with FaultServer(faults=[Fault.NONE]) as server, ThreadPoolExecutor(2) as pool:
            both = [pool.submit(asyncio.run, play(server)) for _ in range(2)]
            assert [each.result() for each in both] == [[200] * 5] * 2
            assert server.journal(Fault.NONE).connections == 2

    def test_a_cancelled_wait_for_the_first_byte_passes_through(
        self, make_async: Callable[..., AsyncTransport]
    ) -> None:
        transport = make_async()

        async def play(server: Spoken) -> None:
            asked = Request("GET", server.url)
            task = asyncio.create_task(transport.send(asked, limits(PATIENCE_S)))
            await asyncio.to_thread(server.heard.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await transport.aclose()

        with Spoken(b"", hold=True) as silent:
            asyncio.run(play(silent))


async def _sent(transport: AsyncTransport, server: FaultServer, fault: Fault) -> int:
    answered = await transport.send(Request("GET", server.url(fault)), limits(PATIENCE_S))
    return answered.status


class ForkedTransportContract:
    """A class that inherits this gives a fixture `make_threaded`, which makes a new transport for
    threads. For systems that can fork."""

    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    def test_the_child_of_a_fork_opens_its_own_connection(
        self, make_threaded: Callable[[], Transport]
    ) -> None:
        transport = make_threaded()
        with FaultServer(faults=[Fault.NONE]) as server:
            request = Request("GET", server.url(Fault.NONE))
            transport.send(request, limits(PATIENCE_S))
            child = os.fork()
            if child == 0:
                try:
                    answered = transport.send(request, limits(PATIENCE_S))
                    os._exit(0 if answered.status == 200 else 1)
                finally:
                    os._exit(2)
            _, status = os.waitpid(child, 0)
            transport.send(request, limits(PATIENCE_S))
            transport.close()
            arrived = [each.heard.connection for each in server.journal(Fault.NONE).entries]
        assert os.waitstatus_to_exitcode(status) == 0
        assert arrived == [1, 2, 1]
