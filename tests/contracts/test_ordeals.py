"""Each ordeal of a certificate fails as it says: what a plain client meets, and what the journal says."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

import httpx2
import pytest

from bridgewright.simulate.faults.certificates import authority
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.ordeal import OVER_TLS, Ordeal
from bridgewright.simulate.faults.server import FaultServer
from bridgewright.simulate.faults.trials import TRIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACE = Pace(hold_s=0.02, times=1)


@pytest.fixture
def played() -> Iterator[Callable[[Ordeal], FaultServer]]:
    started: list[FaultServer] = []

    def play(ordeal: Ordeal) -> FaultServer:
        started.append(FaultServer(faults=[ordeal], pace=PACE))
        started[-1].start()
        return started[-1]

    yield play
    for server in started:
        server.close()


def ask(server: FaultServer, ordeal: Ordeal, **headers: str) -> httpx2.Response:
    url = f"{server.url(ordeal)}/things"
    return httpx2.post(url, content=b"{}", headers=headers, timeout=2.0, trust_env=False)


def test_every_ordeal_has_its_conduct() -> None:
    assert set(TRIALS) == set(Ordeal)


@pytest.mark.parametrize(
    ("ordeal", "statuses"),
    [
        (Ordeal.UNAVAILABLE, [503, 503, 503]),
        (Ordeal.UNAVAILABLE_TIMES, [503, 201, 201]),
        (Ordeal.SLOW_UNAVAILABLE, [503, 503]),
        (Ordeal.BAD_REQUEST, [400, 400]),
        (Ordeal.UNAUTHORIZED, [401]),
        (Ordeal.FORBIDDEN, [403]),
        (Ordeal.UNPROCESSABLE, [422]),
        (Ordeal.THROTTLED_ZERO, [429, 201]),
        (Ordeal.THROTTLED_NEGATIVE, [429, 201]),
        (Ordeal.HELD, [201]),
        (Ordeal.EMPTY, [200]),
        (Ordeal.PERMANENTLY_ELSEWHERE, [308]),
        (Ordeal.FOUND_OTHER_PORT, [302]),
        (Ordeal.MOVED_OTHER_PORT, [307]),
        (Ordeal.IDLE_CLOSED, [201]),
    ],
)
def test_requests_are_answered_one_after_the_other(
    played: Callable[[Ordeal], FaultServer], ordeal: Ordeal, statuses: list[int]
) -> None:
    server = played(ordeal)
    assert [ask(server, ordeal).status_code for _ in statuses] == statuses


@pytest.mark.parametrize(
    ("ordeal", "error"),
    [
        (Ordeal.CUT, httpx2.RemoteProtocolError),
        (Ordeal.CUT_CHUNKED, httpx2.RemoteProtocolError),
        (Ordeal.BAD_GZIP, httpx2.DecodingError),
        (Ordeal.TWO_LENGTHS, httpx2.RemoteProtocolError),
    ],
)
def test_an_answer_that_is_broken_is_broken_every_time(
    played: Callable[[Ordeal], FaultServer], ordeal: Ordeal, error: type[Exception]
) -> None:
    server = played(ordeal)
    for _ in range(2):
        with pytest.raises(error):
            ask(server, ordeal)
    assert len(server.journal(ordeal).entries) == 2


def test_a_write_in_progress_is_lost_then_conflicts_and_is_then_replayed_as_one_effect(
    played: Callable[[Ordeal], FaultServer],
) -> None:
    server = played(Ordeal.IN_PROGRESS)
    key = {"idempotency-key": "order-17"}
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(server, Ordeal.IN_PROGRESS, **key)
    assert ask(server, Ordeal.IN_PROGRESS, **key).status_code == 409
    assert ask(server, Ordeal.IN_PROGRESS, **key).headers["idempotent-replayed"] == "true"
    assert server.journal(Ordeal.IN_PROGRESS).effects == 1


def test_an_outage_lasts_until_it_is_ended(played: Callable[[Ordeal], FaultServer]) -> None:
    server = played(Ordeal.OUTAGE)
    assert [ask(server, Ordeal.OUTAGE).status_code for _ in range(3)] == [503] * 3
    server.heal()
    assert ask(server, Ordeal.OUTAGE).status_code == 201


def test_redirects_go_round_and_elsewhere_means_another_origin(
    played: Callable[[Ordeal], FaultServer],
) -> None:
    server = played(Ordeal.REDIRECT_LOOP)
    assert ask(server, Ordeal.REDIRECT_LOOP).headers["location"] == "/things?again=1"
    other = played(Ordeal.FOUND_OTHER_PORT)
    place = httpx2.URL(ask(other, Ordeal.FOUND_OTHER_PORT).headers["location"])
    here = httpx2.URL(other.url(Ordeal.FOUND_OTHER_PORT))
    assert (place.host, place.port == here.port) == (here.host, False)


def test_the_most_requests_under_way_at_once_are_counted(
    played: Callable[[Ordeal], FaultServer],
) -> None:
    server = played(Ordeal.HELD)
    callers = [threading.Thread(target=ask, args=(server, Ordeal.HELD)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    journal = server.journal(Ordeal.HELD)
    assert 1 <= journal.peak <= 4
    assert len(journal.entries) == 4


@pytest.mark.parametrize("ordeal", sorted(OVER_TLS))
def test_only_a_good_certificate_is_spoken_to(
    played: Callable[[Ordeal], FaultServer], ordeal: Ordeal
) -> None:
    server = played(ordeal)
    trust = ssl.create_default_context(cadata=authority().pem().decode())
    with httpx2.Client(verify=trust, trust_env=False, timeout=2.0) as client:
        if ordeal is Ordeal.TLS:
            assert client.post(f"{server.url(ordeal)}/a", content=b"b" * 20_000).status_code == 201
            assert client.get(f"{server.url(ordeal)}/a").status_code == 200
        else:
            with pytest.raises(httpx2.ConnectError):
                client.get(f"{server.url(ordeal)}/a")
    journal = server.journal(ordeal)
    assert len(journal.entries) == (2 if ordeal is Ordeal.TLS else 0)
    assert journal.connections >= 1
