"""boto3 on our engine: sessions, clients and resources keep their surface, types and exceptions.

Everything is registered on botocore's own events (`events.py` has the handlers); no method of the SDK
is replaced.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from boto3.resources.base import ServiceResource
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as StreamTimeout

from bridgewright.connectors.aws.events import ATTACHED, KEY, Sdk, Wiring, refuse_what_is_not_ours
from bridgewright.connectors.aws.profile import PROFILE
from bridgewright.core.errors import CallError, ConfigurationError, RetryLater, TransportError
from bridgewright.core.model.call import CallReport, Phase, Trouble
from bridgewright.engine.call.connection import ClientMaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.model.call import Response
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.connection import Connection

_LONGEST_CHAIN = 20
_FOREIGN_LOOPS = frozenset({"aioboto3", "aiobotocore"})
_TIMEOUTS = frozenset({Trouble.READ_TIMEOUT, Trouble.DEADLINE})


class CallNotSent(EndpointConnectionError):
    """Our own rule kept the call back: the breaker, the gate, the rate limit, the deadline. Nothing
    was sent. `__cause__` is the engine's error."""

    fmt = "{error}"


class NotAnAnswer(HTTPClientError):
    """What came back is no answer of AWS: a sign-in page, a redirect, an empty success. `__cause__` is
    the engine's error, which says whether the request may have been carried out."""

    fmt = "{error}"


class _Again(HTTPClientError):
    """An attempt that is repeated. botocore holds it until `needs-retry`, and nobody sees it."""

    fmt = "the engine repeats this attempt"


class ReportedMetadata(dict[str, Any]):
    """The `ResponseMetadata` of an error, with the engine's `report` beside what AWS said. It is still
    the mapping that it was: it compares, copies and goes into JSON as that."""

    report: CallReport | None = None


class Raw:
    """A body as botocore reads one: urllib3's response has this form, and the exceptions are its."""

    def __init__(self, body: bytes | Iterator[bytes], close: Callable[[], None]) -> None:
        self._chunks = iter((body,)) if isinstance(body, bytes) else body
        self._left = b""
        self._close = close
        self.closed = False

    def read(self, amt: int | None = None) -> bytes:
        """At most `amt` bytes, all that is left without it; b"" at the end."""
        if amt is None or amt < 0:
            return b"".join(self.stream())
        parts, missing = [], amt
        while missing > 0:
            if not self._left:
                self._left = self._next()
                if not self._left:
                    break
            parts.append(self._left[:missing])
            self._left = self._left[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def readinto(self, buffer: memoryview) -> int:
        """As `read`, into a buffer."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def stream(self, amt: int = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001 - urllib3's own signature
        """What is left, as it comes."""
        del amt, decode_content
        while chunk := self._left or self._next():
            self._left = b""
            yield chunk

    def readable(self) -> bool:
        """Always: it is a body."""
        return not self.closed

    def close(self) -> None:
        """Give the connection up. Safe to call twice."""
        self.closed = True
        self._close()

    release_conn = close

    def __iter__(self) -> Iterator[bytes]:
        return self.stream()

    def __repr__(self) -> str:
        return "Raw(****)"

    def _next(self) -> bytes:
        try:
            return next((chunk for chunk in self._chunks if chunk), b"")
        except TransportError as error:
            if error.trouble in _TIMEOUTS:
                raise StreamTimeout(None, None, str(error)) from error  # type: ignore[arg-type]
            raise ProtocolError(str(error)) from error


def connect(connection: Connection) -> boto3.Session:
    """A session of boto3 on the engine. Credentials, region and profile come by AWS's own chain; the
    options `region` and `profile` go before it."""
    inner = botocore.session.Session()
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    inner.set_default_client_config(once)
    session = boto3.Session(
        botocore_session=inner,
        region_name=connection.options.get("region"),
        profile_name=connection.options.get("profile"),
    )
    attach(session, connection)
    return session


def attach(thing: Any, connection: Connection) -> Any:
    """Put a session, a client or a resource on the connection, and return it.

    A session covers the clients that are made from it afterwards; those it has made already have to
    be attached each. A second time on the same connection changes nothing.
    """
    _refuse_loops(thing)
    client = thing.meta.client if isinstance(thing, ServiceResource) else thing
    emitter = _emitter(client)
    before = [found for _, found in emitter.emit(ATTACHED)]
    if before:
        if before[0].caller is connection.caller:
            return thing
        problem = f"it is on the connection {before[0].name} already"
        raise ConfigurationError(problem, remedy="make another session for another connection")
    wiring = Wiring(connection.caller, connection.name, _SDK)
    if connection.base_url is not None:
        _send_to(emitter, connection.base_url)
    if isinstance(client, BaseClient):
        _refuse_client(client)
        wiring.on_client(emitter, client.meta.service_model.service_id.hyphenize())
        _assert_alone(client)
    else:
        wiring.on_session(emitter)
        _assert_alone(_probe(thing))
    return thing


def owns(thing: object) -> bool:
    """Whether this is a session, client or resource of boto3 or botocore."""
    kinds = (boto3.Session, botocore.session.Session, BaseClient, ServiceResource)
    return isinstance(thing, kinds)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception that came out of boto3, botocore or s3transfer: on itself,
    on what a waiter last saw, or on what caused it."""
    seen: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if seen is None:
            return None
        if isinstance(seen, CallError | RetryLater) and seen.report is not None:
            return seen.report
        parsed = getattr(seen, "response", None) or getattr(seen, "last_response", None)
        metadata = parsed.get("ResponseMetadata") if isinstance(parsed, dict) else None
        if isinstance(metadata, ReportedMetadata) and metadata.report is not None:
            return metadata.report
        seen = seen.__cause__ or seen.__context__
    return None


# What attaching is made of ---------------------------------------------------------------------------


def _emitter(thing: Any) -> Any:
    if isinstance(thing, boto3.Session):
        return thing.events
    if isinstance(thing, botocore.session.Session):
        return thing.get_component("event_emitter")
    return thing.meta.events


def _send_to(emitter: Any, base_url: str) -> None:
    """Send every service's requests there, but for clients with an endpoint of their own."""

    def elsewhere(builtins: Any, **_: Any) -> None:
        if builtins.get("SDK::Endpoint") is None:
            builtins["SDK::Endpoint"] = base_url

    emitter.register_last("before-endpoint-resolution", elsewhere, unique_id=f"{KEY}-endpoint")


def _refuse_loops(thing: object) -> None:
    packages = {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}
    if not packages.isdisjoint(_FOREIGN_LOOPS):
        problem = (
            f"{type(thing).__name__} sends from an event loop, which this connector cannot cover"
        )
        raise ConfigurationError(
            problem, remedy="use boto3, and asyncio.to_thread around its calls"
        )


def _refuse_client(client: Any) -> None:
    refuse_what_is_not_ours(client.meta.config)
    session = getattr(client._endpoint, "http_session", None)  # noqa: SLF001 - nowhere else to be seen
    if getattr(session, "_verify", True) not in (True, None, os.environ.get("AWS_CA_BUNDLE")):
        problem = "this client checks certificates by a rule of its own (`verify`)"
        raise ConfigurationError(
            problem, remedy="make it without, and set `ca_file` of the connection"
        )


def _probe(session: Any) -> Any:
    """A client of the session, as any other would be made. Making one sends nothing."""
    make = session.client if isinstance(session, boto3.Session) else session.create_client
    return make("sts", region_name="us-east-1")


def _assert_alone(client: Any) -> None:
    """Ask whatever may ask for another attempt, as after a failed one: only we may want it, and of a
    call that is not ours we never do."""
    service_id = client.meta.service_model.service_id.hyphenize()
    answers = client.meta.events.emit(
        f"needs-retry.{service_id}.Probe",
        response=None,
        endpoint=None,
        operation=None,
        attempts=1,
        caught_exception=ConnectionClosedError(endpoint_url=""),
        request_dict={"context": {}},
    )
    if any(wish is not None and wish is not False for _, wish in answers):
        problem = "something beside the engine repeats this client's requests"
        raise ConfigurationError(problem, remedy="remove its handler of `needs-retry`")


# What the handlers need of botocore ------------------------------------------------------------------


def _answer(url: str, response: Response) -> AWSResponse:
    fields: dict[str, str] = {}
    for name, value in response.headers:
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    stream: Any = response.stream
    raw = Raw(response.body, _nothing) if stream is None else Raw(iter(stream), stream.close)
    return AWSResponse(url, response.status, fields, raw)  # type: ignore[arg-type]


def _nothing() -> None:
    """There is nothing to close."""


def _failure(call: Call) -> Exception:
    """The SDK's exception for a call that got no answer of AWS. The address in it is the host's: what
    follows may be signed, or name somebody."""
    raised = _raised(call, call.request.url.partition("?")[0].split("/", 3)[:3])
    raised.__cause__ = call.error
    return raised


def _raised(call: Call, origin: list[str]) -> Exception:
    text, url = str(call.error), "/".join(origin)
    if call.trouble is None:
        return (
            NotAnAnswer(error=text)
            if call.sent_count
            else CallNotSent(endpoint_url=url, error=text)
        )
    if call.sent_count == 0:
        return CallNotSent(endpoint_url=url, error=text)
    trouble = call.trouble.trouble
    if trouble in _TIMEOUTS and call.trouble.phase is Phase.NOT_SENT:
        trouble = Trouble.CONNECT_TIMEOUT
    if trouble in _TIMEOUTS and call.operation.name == "s3.GetObject":
        # s3transfer takes a read timeout for its own to repeat, up to 5 times.
        trouble = Trouble.DISCONNECTED
    if trouble is Trouble.PROXY:
        return ProxyConnectionError(proxy_url="of this connection", error=text)
    made: Exception = _KINDS.get(trouble, HTTPClientError)(endpoint_url=url, error=text)
    return made


def _trace(parsed: Any, call: Call) -> None:
    metadata = ReportedMetadata(parsed.get("ResponseMetadata", {}))
    metadata.report = call.report
    parsed["ResponseMetadata"] = metadata


_KINDS: dict[Trouble, type[Any]] = {
    Trouble.CERTIFICATE: SSLError,
    Trouble.CONNECT: EndpointConnectionError,
    Trouble.CONNECT_TIMEOUT: ConnectTimeoutError,
    Trouble.DEADLINE: ReadTimeoutError,
    Trouble.DISCONNECTED: ConnectionClosedError,
    Trouble.DNS: EndpointConnectionError,
    Trouble.INCOMPLETE: ConnectionClosedError,
    Trouble.POOL: EndpointConnectionError,
    Trouble.READ_TIMEOUT: ReadTimeoutError,
    Trouble.REFUSED: EndpointConnectionError,
    Trouble.RESET: ConnectionClosedError,
    Trouble.STALE: ConnectionClosedError,
    Trouble.TLS: SSLError,
    Trouble.WRITE: ConnectionClosedError,
}
"""What botocore raises for each trouble when it sends by itself."""

_SDK = Sdk(answer=_answer, failure=_failure, pause=_Again, trace=_trace)

CLIENT = ClientMaker(
    provider="aws",
    extra="aws",
    profile=PROFILE,
    credentials=(),
    connect=connect,
    connect_async=None,
    attach=attach,
    owns=owns,
    report_of=report_of,
    transports=("urllib3", "httpx2"),
    options=("region", "profile"),
)
