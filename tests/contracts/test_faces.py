"""The inbox under every kind of web server: one request, one answer, wherever it comes in."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory

from bridgewright import Bridge, Secret
from bridgewright.adapters.web.wsgi import WsgiInbox
from bridgewright.bridge.desk import Desk, ThreadIntake
from bridgewright.bridge.runtime import Runtime
from bridgewright.connectors import webhook
from bridgewright.core.model.fact import NothingClaims
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import now
from tests.contracts.faces import (
    FACES,
    HOST,
    LIMIT,
    SQUARE,
    STRIPE,
    TOKEN,
    Ask,
    Told,
    django_of,
    opened,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.faces import Face, Fields

NUMBERS = count(1)
EMPTY = frozenset({("content-length", "0")})
OK = Told(200, EMPTY, b"")
FORGED = Told(401, EMPTY, b"")
UNKNOWN = Told(404, EMPTY, b"")
WRONG_METHOD = Told(405, EMPTY | {("allow", "POST")}, b"")
NO_LENGTH = Told(411, EMPTY, b"")
TOO_LARGE = Told(413, EMPTY, b"")


@pytest.fixture(scope="module", params=FACES)
def face(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    with opened(request.param, tmp_path_factory.mktemp("face")) as found:
        yield found


class Books:
    """What the store has counted since it was looked at."""

    def __init__(self, face: Face, source: str = "stripe") -> None:
        self._face, self._source = face, source
        self._before = self._now()

    def _now(self) -> tuple[int, int, int]:
        for one in self._face.bridge.survey().sources:
            if one.source == self._source:
                return one.accepted, one.duplicates, one.rejected
        return 0, 0, 0

    def grew(self) -> tuple[int, int, int]:
        """Accepted, duplicates, rejected."""
        accepted, duplicates, rejected = (
            after - before for after, before in zip(self._now(), self._before, strict=True)
        )
        return accepted, duplicates, rejected


def event(size: int = 0) -> bytes:
    held = {"id": f"evt_face_{next(NUMBERS)}", "type": "invoice.paid", "note": "x" * size}
    return json.dumps(held).encode()


def signed(body: bytes, secret: Secret = STRIPE, ago_s: float = 0.0) -> Fields:
    at = later(now(), -ago_s)
    return list(webhook("stripe").sign([secret], body, message_id="", at=at).headers)


def good(**other: Any) -> Ask:
    body = event()
    return replace(Ask(body, signed(body)), **other)


def test_a_delivery_is_on_disk_when_it_is_answered_and_a_duplicate_is_no_second(
    face: Face,
) -> None:
    books, one = Books(face), good()
    assert face.ask(one) == OK
    assert books.grew() == (1, 0, 0)
    assert face.ask(one) == OK
    assert books.grew() == (1, 1, 0)
    [row] = face.bridge.events(limit=1)
    assert face.bridge.event(row.id).item.body == one.body


def test_one_event_at_once_by_many_is_stored_once(face: Face) -> None:
    books, one = Books(face), good()
    with ThreadPoolExecutor(12) as senders:
        told = list(senders.map(face.ask, [one] * 12))
    assert told == [OK] * 12
    assert books.grew() == (1, 11, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: (body, signed(body, Secret("whsec_of_a_stranger"))),
        lambda body: (body, signed(body, ago_s=4_000)),
        lambda body: (body + b" ", signed(body)),
        lambda body: (body, []),
        lambda body: (b"", signed(body)),
        lambda body: (body, [(b"Stripe-Signature", b"t=1,v1=\xff\xfe")]),
        lambda body: (body, [(b"Stripe-Signature", b"t=\xb2,v1=" + b"0" * 64)]),
        lambda body: (body, [(b"Stripe-Signature", "\N{SNOWMAN}".encode())]),
    ],
    ids=["stranger", "stale", "changed", "unsigned", "empty", "bytes", "digits", "snowman"],
)
def test_what_does_not_verify_is_counted_and_not_stored(face: Face, spoil: Any) -> None:
    books = Books(face)
    body, fields = spoil(event())
    assert face.ask(Ask(body, fields)) == FORGED
    assert books.grew() == (0, 0, 1)


def test_a_signature_that_came_twice_proves_nothing(face: Face) -> None:
    body = event()
    assert face.ask(Ask(body, signed(body) * 2)) == FORGED
    [newest] = face.bridge.rejections(limit=1)
    expected = "duplicate_header" if face.exact else "malformed_signature"
    assert newest.reason == expected


def test_other_fields_may_hold_any_bytes_and_come_twice(face: Face) -> None:
    fields = [(b"X-Note", b"\xff\xfe\xe9"), (b"X-Note", b"a, b"), (b"Content-Type", b"text/\xe9")]
    one = good()
    assert face.ask(replace(one, fields=[*one.fields, *fields])) == OK


@pytest.mark.parametrize("path", ["/paypal", "/a/b/stripe", "/stripe/x", "/STRIPE", "/stri%ffpe"])
def test_an_unknown_source_is_not_found(face: Face, path: str) -> None:
    assert face.ask(good(path=path)) == UNKNOWN


@pytest.mark.parametrize("path", ["/stripe/", "/stri%70e"])
def test_a_path_may_be_written_differently(face: Face, path: str) -> None:
    assert face.ask(good(path=path)) == OK


def test_a_query_makes_no_other_source(face: Face) -> None:
    assert face.ask(good(query="a=1&b=%C3%A9&path=/paypal")) == OK


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_only_post_brings_a_delivery(face: Face, method: str) -> None:
    books = Books(face)
    assert face.ask(good(method=method)) == WRONG_METHOD
    assert books.grew() == (0, 0, 0)


def test_a_declared_length_is_refused_without_the_body(face: Face) -> None:
    if face.name.startswith("django by uvicorn"):
        pytest.skip("Django under ASGI reads the body before it calls a view")
    for declared in (LIMIT + 1, 10**18):
        assert face.ask(Ask(declared=declared)) == TOO_LARGE


def test_a_body_at_the_limit_is_taken_and_one_beyond_is_not(face: Face) -> None:
    body = event(LIMIT - len(event()))
    body += b" " * (LIMIT - len(body))
    assert face.ask(Ask(body, signed(body))) == OK
    body += b" "
    assert face.ask(Ask(body, signed(body))) == TOO_LARGE


def test_a_body_may_come_in_chunks_where_the_server_hands_them_over(face: Face) -> None:
    books = Books(face)
    assert face.ask(good(chunked=True)) == (OK if face.streams else NO_LENGTH)
    assert books.grew() == ((1, 0, 0) if face.streams else (0, 0, 0))


def test_chunks_that_grow_beyond_the_limit_are_cut_off(face: Face) -> None:
    body = event(2 * LIMIT)
    told = face.ask(Ask(body, signed(body), chunked=True))
    assert told == (TOO_LARGE if face.streams else NO_LENGTH)


QUESTION = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN.reveal()}"


def test_a_provider_s_question_by_get_is_answered(face: Face) -> None:
    asked = Ask(method="GET", path="/meta", query=QUESTION)
    fields = {
        ("content-length", "10"),
        ("content-type", "text/plain"),
        ("x-content-type-options", "nosniff"),
    }
    assert face.ask(asked) == Told(200, frozenset(fields), b"1158201444")
    assert face.ask(replace(asked, query=QUESTION + "x")) == Told(403, EMPTY, b"")
    assert face.ask(replace(asked, query="")) == WRONG_METHOD
    assert face.ask(replace(asked, method="HEAD")) == WRONG_METHOD


@pytest.mark.parametrize(
    ("path", "query"), [("/square", ""), ("/square/", ""), ("/square", "a=1&b=%C3%A9+%2F")]
)
def test_the_url_is_the_one_that_the_sender_wrote(face: Face, path: str, query: str) -> None:
    number = next(NUMBERS)
    body = json.dumps({"event_id": f"sq_{number}", "type": "payment.updated"}).encode()
    url = f"http://{HOST.decode()}{face.prefix}{path}" + (f"?{query}" if query else "")
    made = webhook("square").sign([SQUARE], body, message_id="", at=now(), url=url)
    books = Books(face, "square")
    assert face.ask(Ask(body, list(made.headers), path=path, query=query)) == OK
    assert face.ask(Ask(body, list(made.headers), path=path, query=query + "x")) == FORGED
    assert books.grew() == (1, 0, 1)


def test_a_sender_that_hangs_up_leaves_nothing_behind(face: Face) -> None:
    if not face.port:
        pytest.skip("nothing can hang up where there is no connection")
    books, body = Books(face), event()
    head = f"POST {face.prefix}/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", face.port), timeout=30) as link:
        link.sendall(head + body)
        link.shutdown(socket.SHUT_WR)
        while link.recv(1_000):  # the server has seen it when it hangs up too
            pass
    assert face.ask(good()) == OK
    assert books.grew() == (1, 0, 0)


class Dribble:
    """A body that comes in small pieces."""

    def __init__(self, body: bytes) -> None:
        self._rest = io.BytesIO(body)

    def read(self, size: int) -> bytes:
        return self._rest.read(min(size, 3))


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    made = Bridge(settings(tmp_path))
    yield made
    made.close()


def called(app: Any, environ: dict[str, Any]) -> str:
    """The status line of a WSGI application."""
    lines: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/stripe"} | environ
    app(environ, lambda status, _: lines.append(status))
    return lines[0]


def test_under_wsgi_a_body_that_takes_too_long_is_not_waited_for(bridge: Bridge) -> None:
    environ = {"wsgi.input": Dribble(b"x" * 100), "CONTENT_LENGTH": "100"}
    assert called(replace(bridge.wsgi, body_timeout_s=0.0), environ).startswith("408 ")
    assert called(bridge.wsgi, environ | {"wsgi.input": Dribble(b"x" * 100)}).startswith("401 ")


@pytest.mark.parametrize("length", ["-1", "1e3", "\xb2", " 5"])
def test_under_wsgi_a_length_that_is_none_is_refused(bridge: Bridge, length: str) -> None:
    environ = {"wsgi.input": Dribble(b"x" * 100), "CONTENT_LENGTH": length}
    assert called(bridge.wsgi, environ).startswith("411 ")


def test_under_wsgi_a_body_without_a_length_has_none(bridge: Bridge) -> None:
    """PEP 3333: without a length nothing may be read, for that could wait for ever."""

    class Endless:
        def read(self, size: int) -> bytes:
            message = "it was read"
            raise AssertionError(message)

    for length in ({}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}):
        assert called(bridge.wsgi, {"wsgi.input": Endless(), **length}).startswith("401 ")


def test_under_wsgi_it_is_said_that_nobody_works_for_a_handler(tmp_path: Path) -> None:
    runtime, said = Runtime(settings(tmp_path)), Event()
    runtime.routes.add("stripe", "*", print)
    runtime.observe(lambda fact: said.set() if isinstance(fact, NothingClaims) else None)
    inbox = WsgiInbox(Desk(runtime), ThreadIntake(runtime, look_after_s=0.0))
    assert called(inbox, {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}).startswith("401 ")
    assert said.wait(30)
    runtime.close()


def test_under_wsgi_a_store_that_is_gone_is_our_own_failure(tmp_path: Path) -> None:
    folder = tmp_path / "away"  # never made: the store cannot be opened
    bridge, one = Bridge(settings(folder)), good()
    environ: dict[str, Any] = {"CONTENT_LENGTH": str(len(one.body))}
    for name, value in one.fields:
        environ["HTTP_" + name.decode().upper().replace("-", "_")] = value.decode()
    assert called(bridge.wsgi, {"wsgi.input": io.BytesIO(one.body), **environ}).startswith("503 ")
    folder.mkdir()
    assert called(bridge.wsgi, {"wsgi.input": io.BytesIO(one.body), **environ}).startswith("200 ")
    bridge.close()


def test_under_django_a_body_that_a_middleware_has_read_is_read_once_more(tmp_path: Path) -> None:
    bridge, one = django_of(tmp_path), good()
    fields: Any = {name.decode(): value.decode() for name, value in one.fields}
    request = RequestFactory().post("/x", one.body, "application/json", headers=fields)
    assert request.body == one.body
    assert bridge.django(request, "stripe").status_code == 200


WITHOUT_DJANGO = """
import sys
sys.modules["django"] = None  # as where it is not installed
from bridgewright import Bridge
bridge = Bridge.from_env()
bridge.inbox, bridge.wsgi
bridge.django
"""


@pytest.mark.slow
def test_without_django_its_view_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith('pip install "bridgewright[django]"')
