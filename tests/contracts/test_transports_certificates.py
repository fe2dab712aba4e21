"""Only a server that can prove who it is hears a request."""

from __future__ import annotations

import asyncio
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

from bridgewright.certify.contracts.spoken import answer
from bridgewright.certify.contracts.wire import failure, limits
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.simulate.listener import LoopThread
from tests.contracts.transport import KINDS, wire_of

if TYPE_CHECKING:
    from pathlib import Path


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
