"""Our transports keep the contract of every transport, and look names up as they were told."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.certify.contracts.spoken import Spoken, answer
from bridgewright.certify.contracts.transport import TransportContract, get
from bridgewright.certify.contracts.transport_answers import TransportAnswersContract
from bridgewright.certify.contracts.transport_pressure import TransportPressureContract
from bridgewright.certify.contracts.transport_worlds import (
    AsyncTransportContract,
    ForkedTransportContract,
)
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.model.call import Phase, Trouble
from tests.contracts.transport import KINDS, ON_LOOPS, ON_THREADS, maker_of, wire_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.certify.contracts.wire import Make
    from bridgewright.core.ports import AsyncTransport, Transport


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def make(kind: str) -> Make:
    return maker_of(kind)


@pytest.fixture(params=ON_LOOPS.values(), ids=str)
def make_async(request: pytest.FixtureRequest) -> Callable[..., AsyncTransport]:
    made: Callable[..., AsyncTransport] = request.param
    return made


@pytest.fixture(params=ON_THREADS.values(), ids=str)
def make_threaded(request: pytest.FixtureRequest) -> Callable[[], Transport]:
    made: Callable[[], Transport] = request.param
    return made


class TestTransports(TransportContract):
    pass


class TestTransportAnswers(TransportAnswersContract):
    pass


@pytest.mark.slow
class TestTransportsUnderPressure(TransportPressureContract):
    pass


class TestTransportsOnLoops(AsyncTransportContract):
    pass


class TestTransportsAcrossForks(ForkedTransportContract):
    pass


def test_a_name_that_takes_too_long_is_not_sent(kind: str) -> None:
    known = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        known.wait()
        return []

    wire = wire_of(kind, resolver=Resolver(look_up))
    found = failure(wire, get("http://slow.invalid/"), limits(connect_s=0.2))
    known.set()
    wire.close()
    assert found == (Phase.NOT_SENT, Trouble.DNS)


def test_a_name_nobody_knows_is_not_sent(kind: str) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    wire = wire_of(kind, resolver=Resolver(look_up))
    found = failure(wire, get("http://unknown.invalid/"), limits())
    wire.close()
    assert found == (Phase.NOT_SENT, Trouble.DNS)


def test_every_address_is_tried(kind: str) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (f"127.0.0.{last}", 0)) for last in (4, 3, 2, 1)]

    wire = wire_of(kind, resolver=Resolver(look_up))
    with Spoken(answer()) as server:
        received = wire.send(get(f"http://many.invalid:{server.port}/"), limits())
    refused = failure(wire, get("http://many.invalid:9/"), limits())
    wire.close()
    assert received.status == 200
    assert refused == (Phase.NOT_SENT, Trouble.REFUSED)
