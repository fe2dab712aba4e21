"""Which transport carries a connection's requests, and what it is told."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.core.ports import AsyncTransport, Transport
    from bridgewright.settings.outbound import ConnectionSettings

_LEAST_SOCKETS = 200


def blocking_transport(name: str, settings: ConnectionSettings) -> Transport:
    """The transport of that name for threads."""
    match name:
        case "httpx2":
            from bridgewright.adapters.transports.httpx2 import Httpx2Transport  # noqa: PLC0415

            return Httpx2Transport(**_wire(settings))
        case "urllib3":
            from bridgewright.adapters.transports.urllib3 import Urllib3Transport  # noqa: PLC0415

            return Urllib3Transport(**_wire(settings))
    raise _unknown_transport(name, "threads", settings)


def loop_transport(name: str, settings: ConnectionSettings) -> AsyncTransport:
    """The transport of that name for event loops."""
    match name:
        case "httpx2":
            from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport  # noqa: PLC0415

            return AsyncHttpx2Transport(**_wire(settings))
        case "aiohttp":
            try:
                from bridgewright.adapters.transports.aiohttp import AiohttpTransport  # noqa: PLC0415
            except ModuleNotFoundError:
                return _without_aiohttp(settings)
            return AiohttpTransport(**_wire(settings))
    raise _unknown_transport(name, "event loops", settings)


def _without_aiohttp(settings: ConnectionSettings) -> AsyncTransport:
    """Whoever asked for aiohttp is told; a connector's preference gives way to the default."""
    if settings.async_transport != "aiohttp":
        return loop_transport("httpx2", settings)
    problem = "transport 'aiohttp' needs aiohttp, which is not installed"
    remedy = "pip install 'bridgewright[aiohttp]'"
    raise ConfigurationError(problem, place=f"connection {settings.name}", remedy=remedy)


def _wire(settings: ConnectionSettings) -> dict[str, Any]:
    """What a transport is told; sockets for every call that may run at once, and for streams."""
    ca_file = None if settings.ca_file is None else str(settings.ca_file)
    if ca_file is not None:
        _refuse_unreadable(ca_file, settings)
    sockets = {"max_connections": max(_LEAST_SOCKETS, settings.concurrency or 0)}
    return {"ca_file": ca_file, "proxy": settings.proxy} | sockets


def _refuse_unreadable(ca_file: str, settings: ConnectionSettings) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        problem = f"ca_file {ca_file} cannot be used: {why}"
        named, remedy = f"connection {settings.name}", "create it, in PEM, or correct the path"
        raise ConfigurationError(problem, place=named, remedy=remedy) from None


def _unknown_transport(name: str, world: str, settings: ConnectionSettings) -> ConfigurationError:
    problem, place = f"transport {name!r} does not serve {world}", f"connection {settings.name}"
    remedy = "httpx2 serves both; urllib3 threads; aiohttp event loops"
    return ConfigurationError(problem, place=place, remedy=remedy)
