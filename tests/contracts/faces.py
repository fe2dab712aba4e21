"""One inbox under every kind of web server, and a request written by hand."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django.conf
import fastapi
import flask
import httpx2
import uvicorn
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.urls import path
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bridgewright import Bridge, Secret
from bridgewright.settings import Settings, SourceSettings, StoreSettings
from tests.contracts import one_django

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fields = list[tuple[bytes, bytes]]

ROOT = Path(__file__).parents[2]
STRIPE = Secret("whsec_of_every_face")
SQUARE = Secret("square signature key of every face")
META = Secret("app secret of every face")
TOKEN = Secret("token-of-every-face")
LIMIT = 4_096
HOST = b"hooks.example.com"
_SERVERS_OWN = {"server", "date", "connection", "keep-alive", "transfer-encoding"}


def settings(folder: Path) -> Settings:
    """A source by plain POST, one that signs its URL, one that asks by GET."""
    sources = (
        SourceSettings("stripe", secrets=(STRIPE,), max_body_bytes=LIMIT),
        SourceSettings("square", secrets=(SQUARE,)),
        SourceSettings("meta", secrets=(META,), option_secrets={"verify_token": TOKEN}),
    )
    return Settings(store=StoreSettings(folder / "faces.db"), sources=sources)


def served() -> Any:
    """What gunicorn serves, in a process of its own."""
    return Bridge(settings(Path(os.environ["FACES_FOLDER"]))).wsgi


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `chunked` sends the body without its length, `declared` a length and no body."""

    body: bytes = b""
    fields: Fields = field(default_factory=list)
    method: str = "POST"
    path: str = "/stripe"
    query: str = ""
    chunked: bool = False
    declared: int | None = None

    def head(self) -> Fields:
        length = len(self.body) if self.declared is None else self.declared
        framing = (b"Transfer-Encoding", b"chunked")
        if not self.chunked:
            framing = (b"Content-Length", b"%d" % length)
        return [(b"Host", HOST), (b"Connection", b"close"), framing, *self.fields]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, without what each server adds of its own."""

    status: int
    fields: frozenset[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, status: int, fields: Any, body: bytes) -> Told:
        ours = ((name.lower(), value) for name, value in fields)
        return cls(status, frozenset(one for one in ours if one[0] not in _SERVERS_OWN), body)


@dataclass(frozen=True, slots=True)
class Face:
    """An inbox somewhere. `prefix` is where it is mounted; `streams` whether chunks reach it; `exact`
    whether fields that came twice are still two."""

    name: str
    bridge: Bridge
    prefix: str
    ask: Callable[[Ask], Told]
    streams: bool = True
    exact: bool = True
    port: int = 0


def over_a_socket(port: int, prefix: str) -> Callable[[Ask], Told]:
    """Requests byte by byte as they are written here."""

    def ask(one: Ask) -> Told:
        target = prefix + one.path + (f"?{one.query}" if one.query else "")
        lines = [f"{one.method} {target} HTTP/1.1".encode()]
        lines += [name + b": " + value for name, value in one.head()]
        with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
            link.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
            with contextlib.suppress(ConnectionError):  # it may have heard enough, and answers
                for start in range(0, len(one.body), 1_000):
                    piece = one.body[start : start + 1_000]
                    link.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if one.chunked else piece)
                link.sendall(b"0\r\n\r\n" if one.chunked else b"")
            answer = http.client.HTTPResponse(link, method=one.method)
            answer.begin()
            return Told.of(answer.status, answer.getheaders(), answer.read())

    return ask


@contextlib.contextmanager
def uvicorn_of(app: Any) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", http="h11")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        running.join()
        listening.close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def wsgiref_of(app: Any) -> Iterator[int]:
    with _Server(("127.0.0.1", 0), _Silent) as server:
        server.set_app(app)
        running = threading.Thread(target=server.serve_forever)
        running.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            running.join()


@contextlib.contextmanager
def gunicorn_of(folder: Path) -> Iterator[int]:
    environ = os.environ | {
        "FACES_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }
    command = [sys.executable, "-m", "gunicorn", "tests.contracts.faces:served()"]
    command += ["--worker-class", "gthread", "--threads", "4", "--bind", "127.0.0.1:0"]
    server = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    said = ""
    try:
        while not (found := re.search(r"Listening at: http://[\d.]+:(\d+)", said)):
            line = server.stderr.readline()
            assert line, said
            said += line
        yield int(found[1])
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def in_process(bridge: Bridge) -> Callable[[Ask], Told]:
    """httpx2's own ASGI transport, without a socket."""

    async def chunks(body: bytes) -> Any:
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    async def send(one: Ask) -> Told:
        transport = httpx2.ASGITransport(bridge.inbox, client=("127.0.0.1", 1))
        url = f"http://x{one.path}" + (f"?{one.query}" if one.query else "")
        content = chunks(one.body) if one.chunked else one.body
        async with httpx2.AsyncClient(transport=transport) as client:
            got = await client.request(one.method, url, headers=one.head(), content=content)
            return Told.of(got.status_code, got.headers.items(), got.content)

    return lambda one: asyncio.run(send(one))


def by_django_s_client(one: Ask) -> Told:
    """Django's test client: a request that no server has seen."""
    extra: dict[str, Any] = {}
    for name, value in one.head():
        key = "HTTP_" + name.decode().upper().replace("-", "_")
        text = value.decode("latin-1")
        extra[key] = f"{extra[key]},{text}" if key in extra else text
    if (length := extra.pop("HTTP_CONTENT_LENGTH", None)) is not None:
        extra["CONTENT_LENGTH"] = length
    if one.chunked:
        extra |= {"wsgi.input": io.BytesIO(one.body), "wsgi.input_terminated": True}
        extra["CONTENT_LENGTH"] = ""
    body = b"" if one.chunked else one.body
    content = extra.pop("HTTP_CONTENT_TYPE", "application/json")
    url = f"/webhooks{one.path}"
    got = Client(enforce_csrf_checks=True).generic(
        one.method, url, body, content_type=content, QUERY_STRING=one.query, **extra
    )
    return Told.of(got.status_code, got.items(), got.content)


def flask_of(bridge: Bridge) -> Any:
    app = flask.Flask("faces")
    return DispatcherMiddleware(app.wsgi_app, {"/webhooks": bridge.wsgi})


def fastapi_of(bridge: Bridge) -> Any:
    app = fastapi.FastAPI()
    app.mount("/webhooks", bridge.inbox)
    return app


_DJANGO: dict[str, Bridge] = {}


def django_of(folder: Path) -> Bridge:
    """Django is one to a process, and so is the bridge in its URLs."""
    if "bridge" not in _DJANGO:
        bridge = _DJANGO["bridge"] = Bridge(settings(folder))
        urls = (
            path("webhooks/<path:source>", bridge.django),
            path("awaited/<path:source>", bridge.as_async().django),
        )
        one_django.ready()
        django.conf.settings.ROOT_URLCONF = urls
    return _DJANGO["bridge"]


FACES = (
    "asgi in process",
    "asgi by uvicorn",
    "asgi under FastAPI",
    "wsgi by wsgiref",
    "wsgi by gunicorn",
    "wsgi under Flask",
    "django by its client",
    "django by wsgiref",
    "django by uvicorn",
    "django by uvicorn, awaited",
)


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Face]:
    """The face of this name, ready."""
    kind, _, where = name.partition(" ")
    bridge = django_of(folder) if kind == "django" else Bridge(settings(folder))
    prefix = "/webhooks" if "under" in where or kind == "django" else ""
    prefix = "/awaited" if "awaited" in where else prefix
    exact = kind == "asgi" or "uvicorn" in where
    with contextlib.ExitStack() as stack:
        match name:
            case "asgi in process":
                yield Face(name, bridge, prefix, in_process(bridge))
                return
            case "django by its client":
                yield Face(name, bridge, prefix, by_django_s_client, exact=False)
                return
            case "asgi by uvicorn":
                port = stack.enter_context(uvicorn_of(bridge.inbox))
            case "asgi under FastAPI":
                port = stack.enter_context(uvicorn_of(fastapi_of(bridge)))
            case "wsgi by wsgiref":
                port = stack.enter_context(wsgiref_of(bridge.wsgi))
            case "wsgi by gunicorn":
                port = stack.enter_context(gunicorn_of(folder))
            case "wsgi under Flask":
                port = stack.enter_context(wsgiref_of(flask_of(bridge)))
            case "django by wsgiref":
                port = stack.enter_context(wsgiref_of(WSGIHandler()))
            case _:
                port = stack.enter_context(uvicorn_of(ASGIHandler()))
        streams = exact or "gunicorn" in where
        asked = over_a_socket(port, prefix)
        yield Face(name, bridge, prefix, asked, streams=streams, exact=exact, port=port)
