"""The official SendGrid client on our engine: the SDK keeps its surface, its types, its exceptions.

The SDK reaches its endpoints by attributes, each step a new `python_http_client.Client`: ours takes
the place of all of them. It writes nothing to the SDK's DEBUG log, which would hold the API key.
"""

from __future__ import annotations

import json
from functools import partial
from http import client as http
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from python_http_client.client import Client, Response  # type: ignore[import-untyped]
from python_http_client.exceptions import handle_error  # type: ignore[import-untyped]
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]
from sendgrid.base_interface import region_host_dict  # type: ignore[import-untyped]

from bridgewright.connectors.sendgrid.profile import PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import CallReport, Request
from bridgewright.engine.call.connection import ClientMaker, Credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model import call as words
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.connection import Connection

_BAD = 400
_JSON = "application/json"
_KEYLESS = frozenset({"", "bearer", "bearer none"})


class BridgeClient(Client):  # type: ignore[misc]
    """The SDK's client of paths, sending through a connection.

    Headers given to one call are that call's alone. Timeouts given to the SDK are not used: the
    connection's deadline bounds the whole call.
    """

    def __init__(self, connection: Connection, **given: Any) -> None:
        super().__init__(**given)
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what copies and pickles ask for is no segment of a path
            raise AttributeError(name)
        if name in self.methods:
            return partial(self._send, name.upper())
        return super().__getattr__(name)

    def _build_client(self, name: str | None = None) -> BridgeClient:
        return BridgeClient(
            self._connection,
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def _send(
        self,
        method: str,
        request_body: Any = None,
        query_params: Mapping[str, Any] | None = None,
        request_headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> Response:
        """One call. Raises the SDK's `HTTPError` of the status for an error that SendGrid answered,
        `urllib.error.URLError` when there is no answer to trust; both with `report`."""
        headers = {**self.request_headers, **(request_headers or {})}
        fields = {name.lower(): str(value) for name, value in headers.items()}
        if fields.get("authorization", "").strip().lower() in _KEYLESS:
            raise _keyless()
        body: bytes | None = None
        if request_body is not None:
            kind = fields.setdefault("content-type", _JSON)
            body = _encoded(request_body, kind)
        elif method in ("POST", "PUT", "PATCH"):
            body = b""
        request = Request(method, self._build_url(query_params), tuple(fields.items()), body)
        return _answer(self._connection.caller.call(request))


def connect(connection: Connection) -> SendGridAPIClient:
    """The official client."""
    key = connection.secrets["api_key"].reveal()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise _keyless()
    return attach(SendGridAPIClient(key), connection)


def attach(client: Any, connection: Connection) -> Any:
    """Put a client that exists on the connection, with the key it was made with.

    A part that was taken from it before (`mail = client.client.mail`) stays what it was: take it
    again. A client whose inner client is of somebody's own class is refused.
    """
    inner = client.client
    if isinstance(inner, BridgeClient):
        raise _cannot("this client is on a bridge already", "attach each client once")
    if type(inner) is not Client:
        raise _cannot(
            f"this client sends through {type(inner).__name__}, which would be replaced",
            "attach a client as SendGridAPIClient makes it",
        )
    if str(client.auth).strip().lower() in _KEYLESS:
        raise _keyless()
    headers = dict(inner.request_headers)
    if subuser := connection.options.get("subuser"):
        client.impersonate_subuser = headers["On-Behalf-Of"] = subuser
    if region := connection.options.get("region"):
        if region not in region_host_dict:
            problem = f"connection {connection.name}: region is not one of SendGrid's"
            raise ConfigurationError(problem, remedy="use global or eu")
        client.host = inner.host = region_host_dict[region]
    client.client = _bridged(connection, connection.base_url or inner.host, headers)
    client.set_sendgrid_data_residency = partial(_set_residency, client, connection)
    return client


def owns(thing: object) -> bool:
    """Whether this is a client of the SDK."""
    return isinstance(thing, SendGridAPIClient)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception of the SDK, None for one that did not come out of a call."""
    report = getattr(error, "report", None)
    return report if isinstance(report, CallReport) else None


class _Answer:
    """What the SDK reads an answer or an error from, in the words of urllib."""

    __slots__ = ("code", "hdrs", "reason", "response")

    def __init__(self, response: words.Response) -> None:
        self.response = response
        self.code = response.status
        self.reason = http.responses.get(response.status, "")
        self.hdrs = http.HTTPMessage()
        for name, value in response.headers:
            self.hdrs[name] = value

    def getcode(self) -> int:
        return self.code

    def read(self) -> bytes:
        return self.response.body

    def info(self) -> http.HTTPMessage:
        return self.hdrs

    def __str__(self) -> str:
        return f"HTTP Error {self.code}: {self.reason}"


def _bridged(connection: Connection, host: str, headers: dict[str, str]) -> BridgeClient:
    return BridgeClient(connection, host=host.rstrip("/"), request_headers=headers, version=3)


def _set_residency(client: Any, connection: Connection, region: str) -> None:
    """The SDK's own would put a client of its own in the place of ours. A connection with a base URL
    keeps to it: that is where a simulator or a proxy is."""
    if region not in region_host_dict:
        msg = 'region can only be "eu" or "global"'
        raise ValueError(msg)
    client.host = region_host_dict[region]
    headers = dict(client._default_headers)  # noqa: SLF001 - as the SDK's own method does
    client.client = _bridged(connection, connection.base_url or client.host, headers)


def _encoded(body: Any, kind: str) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str) and kind != _JSON:
        return body.encode()
    return json.dumps(body).encode()


def _answer(call: Call) -> Response:
    """The SDK's view of an answer, or the exception it has for it."""
    if call.response is None:
        lost = URLError(str(call.error))
        lost.report = call.report  # type: ignore[attr-defined]
        raise lost from call.error
    answer = _Answer(call.response)
    if answer.code < _BAD:
        return Response(answer)
    error = handle_error(answer)
    error.report = call.report
    raise error from call.error


def _keyless() -> ConfigurationError:
    return ConfigurationError(
        "the API key of SendGrid is empty, or is no key",
        place="SENDGRID_API_KEY",
        remedy="set it to a key, which begins with SG.",
    )


def _cannot(problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"cannot attach to SendGrid: {problem}", remedy=remedy)


CLIENT: ClientMaker = ClientMaker(
    provider="sendgrid",
    extra="sendgrid",
    profile=PROFILE,
    credentials=(Credential("api_key", ("SENDGRID_API_KEY",)),),
    connect=connect,
    connect_async=None,
    attach=attach,
    owns=owns,
    report_of=report_of,
    options=("region", "subuser"),
)
