"""Serves an application of the code under test on loopback, as long as a test needs it."""

from __future__ import annotations

import inspect
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    App = Callable[..., Any]

HOST = "127.0.0.1"
START_S = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where an application is served."""

    url: str


@contextmanager
def served(app: App) -> Iterator[Served]:
    """An ASGI or WSGI application, by real sockets, on a thread of its own."""
    with _asgi(app) if _is_asgi(app) else _wsgi(app) as url:
        yield Served(url)


def _is_asgi(app: App) -> bool:
    call = app if inspect.isroutine(app) else type(app).__call__
    return inspect.iscoroutinefunction(call)


@contextmanager
def _asgi(app: App) -> Iterator[str]:
    listening = socket.socket()
    listening.bind((HOST, 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="auto", ws="none")
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    if not server.begun.wait(START_S) or server.should_exit:
        raise AssertionError("the application could not be started; its own words are in the log")
    try:
        yield f"http://{HOST}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listening.close()


class _Server(uvicorn.Server):
    """Says when it has begun, and leaves the signals of pytest alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open, and say so; also when it could not."""
        try:
            await super().startup(sockets)
        finally:
            self.begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextmanager
def _wsgi(app: App) -> Iterator[str]:
    server = make_server(HOST, 0, app, handler_class=_Quiet)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Does not write every request to the error output of a test."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
