"""Transports where worlds meet: certificates, forks, several loops, cancellation."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer
from tests.contracts.transport import (
    KINDS,
    ON_LOOPS,
    ON_THREADS,
    LoopThread,
    Spoken,
    answer,
    failure,
    limits,
    wire_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.ports import AsyncTransport


def certificate(folder: Path, name: str, *, host: str) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.IPAddress(ip_address(host))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    written = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(written + made.public_bytes(serialization.Encoding.PEM))
    return path


class Secured:
    """A server that answers one request after another by TLS, with a certificate."""

    def __init__(self, pem: Path) -> None:
        self._context = SSLContext(PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._thread = LoopThread("secured")
        self._server: Any = None
        self._open: list[asyncio.StreamWriter] = []

    def __enter__(self) -> str:
        self._server = self._thread.run(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        )
        return f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._thread.run(self._end())
        self._thread.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        while (await reader.read(65_536)) != b"":
            writer.write(answer(b"good"))

    async def _end(self) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.mark.parametrize(
    ("host", "trusted", "found"),
    [("127.0.0.1", True, None), ("127.0.0.1", False, "self-signed"), ("127.0.0.2", True, "other")],
)
def test_only_a_certificate_that_holds_gets_the_request(
    kind: str,
    tmp_path: Path,
    host: str,
    trusted: bool,  # noqa: FBT001
    found: str | None,
) -> None:
    pem = certificate(tmp_path, "ours", host=host)
    wire = wire_of(kind, ca_file=str(pem) if trusted else None)
    with Secured(pem) as url:
        request = Request("GET", url)
        if found is None:
            assert wire.send(request, limits()).body == b"good"
        else:
            assert failure(wire, request, limits()) == (Phase.NOT_SENT, Trouble.CERTIFICATE)
        wire.close()


@pytest.fixture(params=ON_LOOPS.values())
def on_loop(request: pytest.FixtureRequest) -> AsyncTransport:
    made: AsyncTransport = request.param()
    return made


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(faults=[Fault.NONE, Fault.DRIPPED_BODY]) as playing:
        yield playing


def test_cancelled_calls_leave_a_transport_as_good_as_new(server: FaultServer) -> None:
    dice = random.Random(7)

    async def play(transport: AsyncTransport) -> None:
        faults = [dice.choice([Fault.NONE, Fault.DRIPPED_BODY]) for _ in range(40)]
        tasks = [
            asyncio.create_task(transport.send(Request("GET", server.url(each)), limits(30)))
            for each in faults
        ]
        for task in tasks:
            for _ in range(dice.randrange(20)):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        good = Request("GET", server.url(Fault.NONE))
        answers = await asyncio.gather(*(transport.send(good, limits(30)) for _ in range(60)))
        assert [each.status for each in answers] == [200] * 60

    for make in ON_LOOPS.values():
        asyncio.run(play(make(max_connections=10)))


def test_two_loops_share_a_transport_and_no_connection(
    server: FaultServer, on_loop: AsyncTransport
) -> None:
    request = Request("GET", server.url(Fault.NONE))
    meeting = threading.Barrier(2)

    async def play() -> list[int]:
        meeting.wait()
        return [(await on_loop.send(request, limits(10))).status for _ in range(5)]

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(asyncio.run, play()) for _ in range(2)]
        assert [each.result() for each in both] == [[200] * 5] * 2
    assert server.journal(Fault.NONE).connections == 2


def test_a_cancelled_wait_for_the_first_byte_passes_through(on_loop: AsyncTransport) -> None:
    async def play(server: Spoken) -> None:
        task = asyncio.create_task(on_loop.send(Request("GET", server.url), limits(30)))
        await asyncio.to_thread(server.heard.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await on_loop.aclose()

    with Spoken(b"", hold=True) as silent:
        asyncio.run(play(silent))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("name", ON_THREADS)
def test_the_child_of_a_fork_opens_its_own_connection(server: FaultServer, name: str) -> None:
    transport: Any = ON_THREADS[name]()
    request = Request("GET", server.url(Fault.NONE))
    transport.send(request, limits())
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if transport.send(request, limits()).status == 200 else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    transport.send(request, limits())
    transport.close()
    arrived = [each.heard.connection for each in server.journal(Fault.NONE).entries]
    assert os.waitstatus_to_exitcode(status) == 0
    assert arrived == [1, 2, 1]
