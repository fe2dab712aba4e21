"""A client that passes every check, written by hand over sockets; and by one switch, one that does not.

`FLAW` in its environment is the code of the one check that it is to fail: each flaw is a mistake that
real clients make.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import ssl
import sys
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tests.certify.anyone import trusting_anyone

if TYPE_CHECKING:
    from bridgewright.certify.ask import Ask

FLAW = os.environ.get("FLAW", "")
LARGEST_BYTES, LARGEST_HEAD, MOST_INTERIM = 8_000_000, 65_536, 20
ATTEMPTS = {"B6": 5, "B8": 9}.get(FLAW, 3)
SAFE_STATUSES = frozenset({429})
AGAIN_STATUSES = frozenset({429, 500, 502, 503})
NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME."""


class CallFailed(Exception):
    """The call did not succeed."""


class NotSent(CallFailed):
    """Nothing of it can have reached the provider."""


class Lost(CallFailed):
    """It may have happened. `closed` says that the provider hung up without a word."""

    def __init__(self, text: str, *, closed: bool = False) -> None:
        super().__init__(text)
        self.closed = closed


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    unsound: bool = False

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Channel:
    """One connection; every read and write is bounded by the deadline of the whole call."""

    def __init__(self, url: str, end_s: float, ask: Ask) -> None:
        parts = urlsplit(url)
        host, port = str(parts.hostname), int(str(parts.port))
        left_s = None if FLAW == "A1" else end_s - time.monotonic()
        try:
            self._socket = socket.create_connection((host, port), left_s)
        except OSError as error:
            raise NotSent("cannot connect") from error
        self.used = False
        self.flooded = False
        """Whether so much came that flaws forget the deadline over it."""
        self._held = b""
        if parts.scheme == "https":
            self._secure(host, end_s, ask)

    def _secure(self, host: str, end_s: float, ask: Ask) -> None:
        self._socket.settimeout(max(0.001, end_s - time.monotonic()))
        try:
            if FLAW == "T3":
                self._socket = trusting_anyone(self._socket, host)
                return
            context = ssl.create_default_context(cafile=ask.ca_file)
            context.check_hostname = FLAW != "T1"
            if FLAW == "T2":
                context.verify_flags |= NO_CHECK_TIME
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except (OSError, ValueError) as error:
            self.close()
            if FLAW == "T4":
                raise NotSent("no handshake") from error
            raise CallFailed("the provider cannot prove who it is") from error

    def send(self, data: bytes, end_s: float) -> None:
        self._socket.settimeout(max(0.001, end_s - time.monotonic()))
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Lost("cannot send") from error

    def some(self, end_s: float, span_s: float) -> bytes:
        left_s = end_s - time.monotonic()
        if left_s <= 0 and FLAW != "A3" and not self.flooded:
            raise Lost("the deadline is over")
        if FLAW == "A2":
            self._socket.settimeout(None)
        else:
            self._socket.settimeout(max(0.001, span_s if FLAW == "A3" else left_s))
            if self.flooded:
                self._socket.settimeout(1.0)
        try:
            found = self._held or self._socket.recv(65_536)
        except OSError as error:
            raise Lost("the connection broke, or the deadline is over") from error
        self._held = b""
        return found

    def put_back(self, data: bytes) -> None:
        self._held = data + self._held

    def readable(self) -> bool:
        """Whether something arrived while nobody asked: the end, then."""
        self._socket.settimeout(0)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) is not None
        except OSError as error:
            return not isinstance(error, BlockingIOError)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.close()


LEAKED: list[Channel] = []
HEADS: list[bytes] = []


@dataclass
class Provider:
    """What calls to one provider share."""

    limit: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    idle: list[Channel] = field(default_factory=list)
    failures: int = 0
    failed_calls: int = 0
    open_until_s: float = 0.0
    probing: bool = False
    gate_until_s: float = 0.0
    tokens: float = 2.0

    def permit(self, ask: Ask) -> bool:
        """Let an attempt pass; whether it is a probe. CallFailed while the circuit is open."""
        del ask
        with self.lock:
            if not self.open_until_s:
                return False
            now_s = time.monotonic()
            if now_s >= self.open_until_s and (FLAW == "D2" or not self.probing):
                self.probing = True
                return True
        if FLAW == "D6":
            time.sleep(0.05)
        raise CallFailed("the circuit is open")

    def settle(self, ask: Ask, *, ok: bool, probe: bool) -> None:
        most = 10 if FLAW == "B6" else 8
        with self.lock:
            self.probing = self.probing and not probe
            if ok:
                self.failures, self.failed_calls, self.open_until_s = 0, 0, 0.0
                self.tokens = min(2.0, self.tokens + 0.1)
                return
            self.failures += 1
            count = self.failed_calls if FLAW == "B6" else self.failures
            if FLAW != "D1" and (probe or count >= most):
                self._open(ask)

    def call_failed(self, ask: Ask) -> None:
        with self.lock:
            if FLAW == "B6" and not self.open_until_s:
                self.failed_calls += 1
                if self.failed_calls >= 10:
                    self._open(ask)

    def _open(self, ask: Ask) -> None:
        for_s = 60.0 if FLAW == "D3" else ask.recovery_s
        self.open_until_s = time.monotonic() + for_s

    def may_repeat(self) -> bool:
        if FLAW in {"B6", "B8"}:
            return True
        with self.lock:
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


PROVIDERS: dict[str, Provider] = {}
EVERYBODY: list[threading.Semaphore] = []
LOCK = threading.Lock()


def provider_of(ask: Ask) -> Provider:
    with LOCK:
        if not EVERYBODY:
            EVERYBODY.append(threading.Semaphore(ask.limit))
        if ask.base_url not in PROVIDERS:
            limit = threading.Semaphore(10_000 if FLAW == "N1" else ask.limit)
            PROVIDERS[ask.base_url] = Provider(EVERYBODY[0] if FLAW == "D4" else limit)
        return PROVIDERS[ask.base_url]


def call(ask: Ask) -> str:
    """One call; the id of what was read or written."""
    if FLAW == "A0":
        exchange(ask, provider_of(ask), time.monotonic() + ask.deadline_s)
    try:
        return attempts(ask, provider_of(ask))
    except CallFailed as error:
        provider_of(ask).call_failed(ask)
        if FLAW == "F1":
            raise CallFailed(f"{error} (authorization: Bearer {ask.secret})") from error
        raise


def attempts(ask: Ask, provider: Provider) -> str:
    end_s = time.monotonic() + ask.deadline_s
    key = ask.key
    for attempt in range(1, ATTEMPTS + 1):
        attempt_end_s = time.monotonic() + ask.deadline_s if FLAW == "A4" else end_s
        again: str | float
        try:
            answer = attempt_once(ask, key, provider, attempt_end_s)
        except NotSent as error:
            failure: CallFailed = error
            again = "backoff"
        except Lost as error:
            failure = error
            safe = ask.operation == "read" or key is not None
            careless = FLAW == "C1" and error.closed
            blind = FLAW == "B1" and ask.operation == "read"
            again = "backoff" if (safe and not blind) or careless else ""
        else:
            failure, again = judged(ask, answer)
            if not failure.args:
                return identity(answer)
            if FLAW == "B3" and key and answer.status in AGAIN_STATUSES:
                key = f"{key}-{attempt}"
        over = time.monotonic() >= attempt_end_s or attempt == ATTEMPTS
        if over or not again or not provider.may_repeat():
            raise failure
        wait_s = backoff_s(attempt) if again == "backoff" else float(again)
        if FLAW != "A4" and time.monotonic() + wait_s > end_s:
            raise failure
        time.sleep(wait_s)
    raise AssertionError


def backoff_s(attempt: int) -> float:
    return 0.3 if FLAW == "B5" else random.uniform(0, 0.1 * 2**attempt)


def judged(  # noqa: PLR0911 - each kind of answer has its own way out
    ask: Ask, answer: Answer
) -> tuple[CallFailed, str | float]:
    """What is wrong with an answer (an error without arguments: nothing), and whether to come again."""
    status = answer.status
    repeatable = ask.operation == "read" or ask.key is not None
    if 200 <= status < 300:
        return (
            (CallFailed(), "") if sound(answer) else (CallFailed("not an answer of this API"), "")
        )
    failed = CallFailed(f"status {status}")
    if status == 302 and FLAW == "X3":
        return CallFailed(), ""
    if status == 429:
        asked = pushback_s(answer)
        return failed, "backoff" if asked is None else asked
    if status == 409 and ask.key is not None and FLAW != "C2":
        return failed, "backoff"
    if status == 403 and FLAW == "B7":
        return failed, "backoff"
    if status in AGAIN_STATUSES and (repeatable or FLAW == "B2"):
        return failed, "backoff"
    return failed, ""


def sound(answer: Answer) -> bool:
    if FLAW == "C4" or answer.unsound:
        return True
    try:
        json.loads(answer.body)
    except ValueError:
        return False
    return "json" in (answer.header("content-type") or "")


def identity(answer: Answer) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(answer.body)["id"])
    return ""


def pushback_s(answer: Answer) -> float | None:
    text = answer.header("retry-after")
    if text is None:
        return None
    if re.fullmatch("[0-9]+", text):
        return float(text)
    if text.startswith("-"):
        return None
    try:
        at_s = parsedate_to_datetime(text).timestamp()
    except ValueError:
        if FLAW == "B9":
            time.sleep(60)
        return None
    return None if FLAW == "B4" else max(0.0, at_s - time.time())


def attempt_once(ask: Ask, key: str | None, provider: Provider, end_s: float) -> Answer:
    wait_s = provider.gate_until_s - time.monotonic()
    if wait_s > 0 and FLAW != "D5":
        if time.monotonic() + wait_s > end_s:
            raise CallFailed("the provider asked for peace")
        time.sleep(wait_s)
    if not provider.limit.acquire(timeout=max(0.001, end_s - time.monotonic())):
        raise CallFailed("too many calls are under way")
    try:
        probe = provider.permit(ask)
        ok = False
        try:
            answer = exchange(ask, provider, end_s, key=key)
            ok = answer.status < 500
        finally:
            provider.settle(ask, ok=ok, probe=probe)
    finally:
        provider.limit.release()
    if answer.status == 429:
        provider.gate_until_s = time.monotonic() + min(pushback_s(answer) or 0.0, 60.0)
    return followed(ask, answer, end_s, key)


def followed(ask: Ask, answer: Answer, end_s: float, key: str | None) -> Answer:
    """Nothing is followed; the flaws do."""
    hops = 0
    while answer.status in {302, 307, 308} and FLAW in {"R5", "X1", "X2"} and hops < 60:
        target = urljoin(ask.base_url, answer.header("location") or "")
        here, there = urlsplit(ask.base_url), urlsplit(target)
        kind = "R5" if here.netloc == there.netloc else "X1"
        if here.hostname == there.hostname and here.port != there.port:
            kind = "X2"
        if kind != FLAW:
            break
        hops += 1
        channel = Channel(target, end_s, ask)
        channel.send(request(ask, there.path, key), end_s)
        answer = received(channel, end_s, ask.deadline_s)
        channel.close()
        if kind != "R5":
            raise CallFailed("it was somewhere else")
    return answer


def request(ask: Ask, path: str, key: str | None) -> bytes:
    write = ask.operation == "write"
    body = json.dumps({"email": ask.person}).encode() if write else b""
    lines = [
        f"{'POST' if write else 'GET'} {path} HTTP/1.1",
        f"host: {urlsplit(ask.base_url).netloc}",
        f"authorization: Bearer {ask.secret}",
        "accept-encoding: gzip",
        f"content-length: {len(body)}",
    ]
    lines += [f"idempotency-key: {key}"] if key else []
    lines += [f"traceparent: {ask.traceparent}"] if FLAW != "F2" else []
    return "\r\n".join([*lines, "content-type: application/json", "", ""]).encode() + body


def exchange(ask: Ask, provider: Provider, end_s: float, key: str | None = None) -> Answer:
    """One request and its answer, on a connection that is kept or a new one."""
    channel = taken(provider) or Channel(ask.base_url, end_s, ask)
    reused, done = channel.used, False
    try:
        channel.used = True
        channel.send(request(ask, "/things", key), end_s)
        answer = received(channel, end_s, ask.deadline_s)
        done = answer.header("connection") != "close" and not answer.unsound
    except Lost as error:
        if reused and error.closed:
            if FLAW == "C6" or ask.operation == "read" or key is not None:
                raise NotSent("a kept connection had been closed") from error
            raise Lost("a kept connection was closed") from error
        raise
    finally:
        if done:
            provider.idle.append(channel)
        elif FLAW == "A5":
            LEAKED.append(channel)
        else:
            channel.close()
    return answer


def taken(provider: Provider) -> Channel | None:
    with provider.lock:
        while provider.idle:
            channel = provider.idle.pop()
            if not channel.readable():
                return channel
            channel.close()
    return None


def received(channel: Channel, end_s: float, span_s: float) -> Answer:
    for _ in range(sys.maxsize if FLAW == "R6" else MOST_INTERIM):
        status, headers = head(channel, end_s, span_s)
        channel.flooded = FLAW == "R6" and status < 200
        if status >= 200:
            body, whole = framed(channel, headers, end_s, span_s)
            return unpacked(Answer(status, headers, body, unsound=not whole))
    raise Lost("nothing but interim answers")


def head(channel: Channel, end_s: float, span_s: float) -> tuple[int, list[tuple[str, str]]]:
    held = b""
    while b"\r\n\r\n" not in held[-LARGEST_HEAD - 4 :]:
        if len(held) > LARGEST_HEAD and FLAW != "R3":
            raise Lost("its head is too large")
        more = channel.some(end_s, span_s)
        if not more and not (FLAW == "R3" and len(held) > LARGEST_HEAD):
            raise Lost("it hung up", closed=not held)
        held += more or b"\r\n\r\n"
        if FLAW == "R3":
            HEADS.append(more * 12)
    text, _, rest = held.partition(b"\r\n\r\n")
    channel.put_back(rest)
    first, *lines = text.decode("latin-1").split("\r\n")
    if not (found := re.match(r"HTTP/1\.1 ([0-9]{3})", first)):
        raise Lost("it does not speak HTTP")
    pairs = (line.partition(":") for line in lines)
    return int(found[1]), [(name.lower(), value.strip()) for name, _, value in pairs]


def framed(channel: Channel, headers: list[tuple[str, str]], end_s: float, span_s: float) -> Any:
    """The body, and whether it came whole."""
    lengths = {value for name, value in headers if name == "content-length"}
    if ("transfer-encoding", "chunked") in headers:
        return chunked(channel, end_s, span_s)
    if len(lengths) > 1 and FLAW != "C7":
        raise Lost("it has two lengths")
    if not lengths:
        return b"", FLAW == "R3"
    length = int(next(value for name, value in headers if name == "content-length"))
    if length > LARGEST_BYTES and FLAW != "R1":
        raise Lost("it is too large")
    body = bytearray()
    while len(body) < length:
        more = channel.some(end_s, span_s)
        if not more:
            if FLAW == "C3":
                return bytes(body), False
            raise Lost("it ended too early")
        body += more
    return bytes(body), True


def chunked(channel: Channel, end_s: float, span_s: float) -> Any:
    body, held = bytearray(), b""
    while True:
        while b"\r\n" not in held:
            held += more_of(channel, end_s, span_s)
        line, _, held = held.partition(b"\r\n")
        size = int(line, 16)
        while len(held) < size + 2:
            held += more_of(channel, end_s, span_s)
        if not size:
            return bytes(body), True
        if len(body) <= LARGEST_BYTES:
            body += held[:size]
        elif FLAW == "R4":
            channel.flooded = True
        else:
            raise Lost("it is too large")
        held = held[size + 2 :]


def more_of(channel: Channel, end_s: float, span_s: float) -> bytes:
    more = channel.some(end_s, span_s)
    if not more:
        raise Lost("it ended too early")
    return more


def unpacked(answer: Answer) -> Answer:
    if answer.header("content-encoding") != "gzip" or answer.unsound:
        return answer
    machine = zlib.decompressobj(wbits=31)
    try:
        body = machine.decompress(answer.body, 0 if FLAW == "R2" else LARGEST_BYTES)
    except zlib.error as error:
        if FLAW == "C5":
            return Answer(answer.status, answer.headers, answer.body, unsound=True)
        raise Lost("its encoding is broken") from error
    if machine.unconsumed_tail:
        raise Lost("it unpacks to too much")
    if not machine.eof and FLAW != "C5":
        raise Lost("its encoding breaks off")
    return Answer(answer.status, answer.headers, body)
