"""The official Twilio client on our engine: the SDK keeps its surface, its types and its exceptions.

The SDK's own HTTP clients have no timeout, and the asynchronous one can resend: they are replaced
whole, so nothing of them is left that could.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit

from requests.structures import CaseInsensitiveDict
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.base.version import Version  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient, HttpClient  # type: ignore[import-untyped]
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response as TwilioResponse  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bridgewright.connectors.twilio.profile import PROFILE
from bridgewright.connectors.twilio.resources import shown
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import CallReport, Request
from bridgewright.engine.call.connection import ClientMaker, Credential

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.core.model.call import Response
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.connection import Connection

_BAD = 400
_SID = re.compile(r"AC[0-9a-f]{32}")
_MESSAGES = {"POST": "Unable to create record", "DELETE": "Unable to delete record"}
_LOG = logging.getLogger("twilio.http_client")
"""The SDK's constructor asks for it. We write nothing there: attempts are told as facts."""


class BridgeHttpClient(HttpClient):  # type: ignore[misc]
    """Sends the SDK's requests through a connection, from threads.

    Timeouts given to the SDK are not used: the connection's deadline bounds the whole call. Redirects
    are errors whatever `allow_redirects` says.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(_LOG, is_async=False)
        self._connection = connection

    def request(self, method: str, uri: str, *given: Any, **named: Any) -> TwilioResponse:
        """One call. Raises `TwilioRestException` or `TwilioServiceException` for an error that Twilio
        answered, `TwilioException` when there is no answer to trust; all with `report`, and the first
        two with `headers`."""
        connection = self._connection
        return _answer(connection.caller.call(_request(connection, method, uri, *given, **named)))


class BridgeAsyncHttpClient(AsyncHttpClient):  # type: ignore[misc]
    """The same for coroutines: the SDK's `…_async` methods."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(_LOG, is_async=True)
        self._connection = connection
        self._former: AsyncTwilioHttpClient | None = None

    async def request(self, method: str, uri: str, *given: Any, **named: Any) -> TwilioResponse:
        """As `BridgeHttpClient.request`."""
        connection = self._connection
        request = _request(connection, method, uri, *given, **named)
        return _answer(await connection.caller.call_async(request))

    async def close(self) -> None:
        """Close the session of the HTTP client that this one replaced. The connection stays open."""
        if self._former is not None:
            await self._former.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()


def connect(connection: Connection) -> Client:
    """The official client for threads. A connection whose account is the SID of a subaccount works on
    that one, by the credentials of its parent."""
    return _client(connection, BridgeHttpClient(connection))


def connect_async(connection: Connection) -> Client:
    """The official client for coroutines: use its `…_async` methods."""
    return _client(connection, BridgeAsyncHttpClient(connection))


def attach(client: Any, connection: Connection) -> Any:
    """Put a client that exists on the connection, with the credentials it was made with.

    One whose HTTP client was changed (a proxy, hooks, a class of somebody's own) is refused: what
    that does would silently be lost.
    """
    former = client.http_client
    if isinstance(former, BridgeHttpClient | BridgeAsyncHttpClient):
        raise _cannot("this client is on a bridge already", "attach each client once")
    if type(former) not in (TwilioHttpClient, AsyncTwilioHttpClient):
        raise _cannot(
            f"this client sends through {type(former).__name__}, which would be replaced",
            "attach a client that was made without http_client",
        )
    if _changed(former):
        raise _cannot(
            "this client has a proxy, hooks or tracing of its own, which would be lost",
            "make it without them",
        )
    if former.is_async:
        ours = BridgeAsyncHttpClient(connection)
        ours._former = former  # noqa: SLF001 - its session is closed with ours
        client.http_client = ours
    else:
        client.http_client = BridgeHttpClient(connection)
    for option in ("region", "edge"):
        if option in connection.options:
            setattr(client, option, connection.options[option])
    _attach_tokens(client, connection)
    return client


def owns(thing: object) -> bool:
    """Whether this is a client of the SDK."""
    return isinstance(thing, Client)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception of the SDK, None for one that did not come out of a call."""
    report = getattr(error, "report", None)
    return report if isinstance(report, CallReport) else None


def _client(connection: Connection, http_client: HttpClient) -> Client:
    secrets = {name: secret.reveal() for name, secret in connection.secrets.items()}
    if "api_key" in secrets and "api_secret" not in secrets:
        raise ConfigurationError(
            f"connection {connection.name}: an API key needs its secret",
            remedy="set TWILIO_API_SECRET, or unset TWILIO_API_KEY to use the auth token",
        )
    with_key = "api_key" in secrets
    sub = connection.account if _SID.fullmatch(connection.account) else None
    return Client(
        secrets["api_key" if with_key else "account_sid"],
        secrets["api_secret" if with_key else "auth_token"],
        account_sid=sub or secrets["account_sid"],
        region=connection.options.get("region"),
        edge=connection.options.get("edge"),
        http_client=http_client,
    )


def _changed(former: TwilioHttpClient | AsyncTwilioHttpClient) -> bool:
    if former.is_async:
        return bool(former.proxy_url or former.trace_configs)
    return bool(former.proxy) or any(former.request_hooks.values())


def _attach_tokens(client: Client, connection: Connection) -> None:
    """OAuth credentials fetch their tokens by a client of their own: it goes the same way."""
    provider = getattr(client, "credential_provider", None)  # later than 9.0
    if provider is None:
        return
    tokens = getattr(provider.to_auth_strategy(), "token_manager", None)
    inner = getattr(tokens, "client", None)
    if isinstance(inner, Client):
        inner.http_client = BridgeHttpClient(connection)


def _cannot(problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"cannot attach to Twilio: {problem}", remedy=remedy)


def _request(  # noqa: PLR0913, PLR0917 - the SDK's signature
    connection: Connection,
    method: str,
    uri: str,
    params: Mapping[str, Any] | None = None,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    timeout: float | None = None,
    allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
) -> Request:
    del timeout, allow_redirects
    fields = {name.lower(): str(value) for name, value in (headers or {}).items()}
    if auth is not None:
        fields["authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode("ascii")
    url = _routed(uri, connection.base_url)
    if params and (query := urlencode(list(_pairs(params)))):
        url = f"{url}{'&' if '?' in url else '?'}{query}"
    body = _body(data, fields.get("content-type", ""))
    if body is None and method.upper() in ("POST", "PUT", "PATCH"):
        body = b""
    return Request(method.upper(), url, tuple(fields.items()), body)


def _routed(uri: str, base_url: str | None) -> str:
    """Where a request goes: to the connection's own base URL, whatever product it is for; without
    one, to Twilio over TLS and nowhere else, for the credentials go with it and the address of a next
    page is read from an answer."""
    parts = urlsplit(uri)
    if base_url is None:
        host = parts.hostname or ""
        if parts.scheme != "https" or not host.endswith(".twilio.com"):
            text = "not sent: the address is not one of Twilio's, and credentials would go there"
            raise TwilioException(f"{text}. Set the connection's base_url if it is meant to be")
        return uri
    root = base_url.rstrip("/")
    if uri.startswith(f"{root}/"):
        return uri
    return root + parts.path + (f"?{parts.query}" if parts.query else "")


def _body(data: Any, kind: str) -> bytes | None:
    """JSON where the content type says so, in both worlds; a form otherwise."""
    if isinstance(data, str):
        return data.encode()
    if data is None or isinstance(data, bytes):
        return data
    if "json" in kind:
        return json.dumps(data).encode()
    return urlencode(list(_pairs(data))).encode() if data else None


def _pairs(fields: Mapping[str, Any]) -> Iterable[tuple[str, str | bytes]]:
    """A form's or a query's fields: one for each value of a list, none for None."""
    for name, value in fields.items():
        many = value if isinstance(value, list | tuple | set) else (value,)
        for each in many:
            if each is not None:
                yield name, each if isinstance(each, bytes) else str(each)


def _answer(call: Call) -> TwilioResponse:
    """The SDK's view of an answer; an error is raised here, where its headers are still known."""
    response = call.response
    if response is None:
        raise _with_report(TwilioException(str(call.error)), call) from call.error
    fields = CaseInsensitiveDict(response.headers)
    answer = TwilioResponse(response.status, _text(response), fields)
    if response.status < _BAD:
        return answer
    method = call.request.method
    text = _MESSAGES.get(method, "Unable to fetch record")
    error = Version.exception(method, shown(urlsplit(call.request.url).path), answer, text)
    error.headers = fields
    raise _with_report(error, call) from call.error


def _with_report(error: TwilioException, call: Call) -> TwilioException:
    error.report = call.report
    return error


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace")


CLIENT = ClientMaker(
    provider="twilio",
    extra="twilio",
    profile=PROFILE,
    credentials=(
        Credential("account_sid", ("TWILIO_ACCOUNT_SID",)),
        Credential("auth_token", ("TWILIO_AUTH_TOKEN",), alternatives=("api_key",)),
        Credential("api_key", ("TWILIO_API_KEY",), optional=True),
        Credential("api_secret", ("TWILIO_API_SECRET",), optional=True),
    ),
    connect=connect,
    connect_async=connect_async,
    attach=attach,
    owns=owns,
    report_of=report_of,
    transports=("httpx2", "aiohttp"),
    options=("region", "edge"),
)
