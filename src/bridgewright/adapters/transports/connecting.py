"""What goes wrong on the way to a connection, in our words."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bridgewright.core.model.call import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator


_UNDER_WAY = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""A handshake that waits, and nothing wrong with it."""


def trouble_of(error: BaseException, otherwise: Trouble) -> Trouble:
    """Why connecting failed, by the first of an exception's causes that says so."""
    for each in chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return Trouble.CERTIFICATE
        if isinstance(each, ssl.SSLError) and not isinstance(each, _UNDER_WAY):
            return Trouble.TLS
        if isinstance(each, socket.gaierror):
            return Trouble.DNS
        if isinstance(each, ConnectionRefusedError):
            return Trouble.REFUSED
    return otherwise


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it, as far as that goes."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def proxy_of(url: str) -> tuple[str, tuple[str, str] | None]:
    """A proxy's URL, and the name and password it holds, which are sent to the proxy alone."""
    scheme, _, rest = url.partition("://")
    userinfo, at, place = rest.rpartition("@")
    if not at:
        return url, None
    name, _, password = userinfo.partition(":")
    return f"{scheme}://{place}", (unquote(name), unquote(password))


def context(ca_file: str | None, client_cert: str | None) -> ssl.SSLContext:
    """Trust the system's certificates, or only those in `ca_file`; show `client_cert` (PEM, with its
    key) where one is asked for."""
    made = ssl.create_default_context(cafile=ca_file)
    made.set_alpn_protocols(["http/1.1"])
    if client_cert is not None:
        made.load_cert_chain(client_cert)
    return made
