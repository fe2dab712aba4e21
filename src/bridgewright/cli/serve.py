"""`bridgewright serve`: inbox and worker in one process."""

from __future__ import annotations

import signal
import socket
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bridgewright.bridge import AsyncBridge
from bridgewright.bridge.relaying import relay_of
from bridgewright.cli import options
from bridgewright.cli.opening import application
from bridgewright.cli.records import keep_records
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    import uvicorn

    from bridgewright.adapters.web.asgi import Receive, Scope, Send
    from bridgewright.adapters.web.relay import Relay
    from bridgewright.settings import ServeSettings

PREFIX = "/webhooks"
LISTEN = "/listen"
BACKLOG = 2_048
"""Connections the system holds for us while a burst comes in (uvicorn's own default)."""

_NOT_FOUND = b"webhooks come in at /webhooks/<source>\n"


@click.command(
    epilog="JSON: url, sources (name and path of each), works (whether it works on items too), once"
    " it listens; log records become JSON lines on standard error."
)
@click.argument("app", metavar="[APP]", required=False)
@click.option("--host", metavar="HOST", help="Listen here instead of at serve.host.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="N",
    help="Instead of serve.port; 0 is any free.",
)
@click.option("--no-work", is_flag=True, help="Only receive; workers run elsewhere.")
@click.option("--verbose", is_flag=True, help="Log every delivery and attempt.")
@options.as_json
def serve(  # noqa: PLR0913 - one parameter an option
    *,
    app: str | None,
    host: str | None,
    port: int | None,
    no_work: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Receive webhooks at /webhooks/SOURCE, and work on them in the same process.

    APP is a bridge with handlers, as module:attribute (app:bridge). Without it events go where
    their source forwards them. Listens on loopback unless told otherwise. SIGTERM or Ctrl-C ends it
    in order; a second one at once.
    """
    keep_records(as_json=as_json, verbose=verbose)
    bridge = AsyncBridge.from_env() if app is None else application(app)
    where = _where(bridge.settings.serve, host, port)
    _refuse_without_sources(bridge)
    bridge.check()
    if app is None and not no_work:
        _warn_unforwarded(bridge)
    blocking_open(bridge)
    listening = _listen(where)
    server = _server(partial(_gateway, bridge, works=not no_work))
    _announce(bridge, listening, Screen(as_json), works=not no_work)
    server.run(sockets=[listening])


@dataclass(frozen=True, slots=True)
class Gateway:
    """The inbox at `/webhooks`, what listeners ask at `/listen` where there is a token for them, and,
    where asked for, a worker for as long as the server is up."""

    bridge: AsyncBridge
    works: bool
    relay: Relay | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http" or scope["path"].startswith(f"{PREFIX}/"):
            inner = {**scope, "root_path": scope.get("root_path", "") + PREFIX}
            await self.bridge.inbox(inner, receive, send)
        elif self.relay is not None and scope["path"].startswith(f"{LISTEN}/"):
            below = scope["path"].removeprefix(LISTEN)
            await self.relay({**scope, "path": below}, receive, send)
        else:
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": _NOT_FOUND})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        beside: AbstractAsyncContextManager[Any] = nullcontext()
        if self.works:
            beside = self.bridge.lifespan()
        async with beside:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await self.bridge.close()
        await send({"type": "lifespan.shutdown.complete"})


def blocking_open(bridge: AsyncBridge) -> None:
    """Open the store before anything listens: a store that cannot be opened is told right here."""
    import asyncio  # noqa: PLC0415

    asyncio.run(bridge.migrate())


def _where(settings: ServeSettings, host: str | None, port: int | None) -> ServeSettings:
    chosen = settings if host is None else replace(settings, host=host)
    return chosen if port is None else replace(chosen, port=port)


def _refuse_without_sources(bridge: AsyncBridge) -> None:
    if not bridge.settings.sources:
        problem = "no source is configured: there is nothing to receive"
        remedy = (
            "set a provider's secret (STRIPE_WEBHOOK_SECRET), or run `bridgewright init stripe`"
        )
        raise ConfigurationError(problem, remedy=remedy)


def _warn_unforwarded(bridge: AsyncBridge) -> None:
    silent = [source.name for source in bridge.settings.sources if source.forward is None]
    if silent:
        warn(
            f"nothing handles the events of {', '.join(silent)}: they are stored and wait. Name an"
            f" APP with handlers, or set [sources.{silent[0]}.forward]"
        )


def _listen(where: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        return socket.create_server((where.host, where.port), family=family, backlog=BACKLOG)
    except OSError as error:
        problem = f"cannot listen on {where.host} port {where.port}: {error.strerror or error}"
        remedy = "choose another with --port or --host, or end what holds it"
        raise ConfigurationError(problem, remedy=remedy) from None


def _announce(
    bridge: AsyncBridge, listening: socket.socket, screen: Screen, *, works: bool
) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}{PREFIX}"
    sources = [{"name": s.name, "path": PREFIX + s.path} for s in bridge.settings.sources]
    for source in bridge.settings.sources:
        screen.say(f"{source.name:<12} {url}{source.path}")
    screen.answer("serve", {"url": url, "sources": sources, "works": works})
    if not screen.as_json:
        note("listening; Ctrl-C ends it in order")


def _gateway(bridge: AsyncBridge, is_ending: Callable[[], bool], *, works: bool) -> Gateway:
    return Gateway(bridge, works=works, relay=relay_of(bridge, is_ending))


def _server(make: Callable[[Callable[[], bool]], Gateway]) -> uvicorn.Server:
    """The server, which a signal ends in order from here on.

    It takes the signals over while it runs, and passes them on when it is done: ending on request
    is how this command is meant to end, and no failure.
    """
    import uvicorn  # noqa: PLC0415 - only this command serves

    gateway = make(lambda: server.should_exit)
    config = uvicorn.Config(
        gateway, log_config=None, access_log=False, lifespan="on", server_header=False
    )
    server = uvicorn.Server(config)

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return server
