"""The official Stripe SDK on our engine: the SDK keeps its surface, its types and its exceptions.

The SDK's loop of retries stands in methods of its HTTP client, and options of a single request can
switch it on again: those methods are replaced too, so that exactly one layer resends.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import stripe

from bridgewright.connectors.stripe.headers import Headers
from bridgewright.connectors.stripe.profile import CALL_PROFILE, is_error
from bridgewright.core.errors import ConfigurationError, TransportError
from bridgewright.core.model.call import Request
from bridgewright.engine.call.connection import ClientMaker, Credential

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Mapping

    from bridgewright.core.model.call import AsyncStream, CallReport, Response, Stream
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.connection import Connection

_ACCOUNT = "acct_"
_SUCCESS = range(200, 300)
_ADDRESSES = {
    "api": "api_base",
    "connect": "connect_api_base",
    "files": "upload_api_base",
    "meter_events": "meter_events_api_base",
}
"""The SDK's addresses, by the names a client and the module have for them."""


class BridgeClient(stripe.HTTPClient):
    """Sends the SDK's requests through a connection, from threads and from event loops alike.

    It takes no timeout, proxy or number of retries: those are the connection's. The SDK's telemetry
    header is never added.
    """

    name = "bridgewright"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """One call. Raises `stripe.APIConnectionError` when there is no answer of Stripe's."""
        del _usage
        call = self.connection.caller.call(_request(method, url, headers, post_data))
        response, fields = _answer(call)
        return response.body, response.status, fields

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """The same from an event loop."""
        request = _request(method, url, headers, post_data)
        response, fields = _answer(await self.connection.caller.call_async(request))
        return response.body, response.status, fields

    def request_stream(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """One call whose body comes as a file that can be read once; an error's comes whole."""
        del _usage
        request = _request(method, url, headers, post_data, streamed=True)
        response, fields = _answer(self.connection.caller.call(request))
        if response.stream is None:
            return io.BytesIO(response.body), response.status, fields
        return io.BufferedReader(_Download(response.stream)), response.status, fields  # type: ignore[arg-type]

    async def request_stream_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[AsyncIterable[bytes], int, Mapping[str, str]]:
        """The same from an event loop."""
        request = _request(method, url, headers, post_data, streamed=True)
        response, fields = _answer(await self.connection.caller.call_async(request))
        return _download(response), response.status, fields

    def request_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Retries are the engine's, whatever the options of a request say."""
        del max_network_retries, _usage
        return self.request(method, url, headers, post_data)

    def request_stream_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Retries are the engine's, whatever the options of a request say."""
        del max_network_retries, _usage
        return self.request_stream(method, url, headers, post_data)

    async def request_with_retries_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Any]:
        """Retries are the engine's, whatever the options of a request say."""
        del max_network_retries, _usage
        return await self.request_async(method, url, headers, post_data)

    async def request_stream_with_retries_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[AsyncIterable[bytes], int, Any]:
        """Retries are the engine's, whatever the options of a request say."""
        del max_network_retries, _usage
        return await self.request_stream_async(method, url, headers, post_data)

    def close(self) -> None:
        """Nothing of its own to close: sockets are the bridge's, and other clients use them."""

    async def close_async(self) -> None:
        """As `close`."""

    def sleep_async(self, secs: float) -> Any:
        """Never asked for by what is replaced here; waits are the engine's."""
        del secs
        msg = "the SDK's own loop of retries is running: only the engine may resend"
        raise RuntimeError(msg)


def _request(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    post_data: Any,
    *,
    streamed: bool = False,
) -> Request:
    fields = tuple((name.lower(), str(value)) for name, value in (headers or {}).items())
    body = post_data.encode() if isinstance(post_data, str) else post_data
    if body is None and method.upper() == "POST":
        body = b""
    return Request(method.upper(), url, fields, body, streamed=streamed)


class _Download(io.RawIOBase):
    """A stream as the SDK hands it to its user: a file."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks = iter(stream)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._rest:
            try:
                chunk = next(self._chunks, None)
            except TransportError as error:
                raise _cut_short(error) from error
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


async def _download(response: Response) -> AsyncIterator[bytes]:
    stream: AsyncStream | None = response.stream  # type: ignore[assignment]
    if stream is None:
        yield response.body
        return
    try:
        async for chunk in stream:
            yield chunk
    except TransportError as error:
        raise _cut_short(error) from error
    finally:
        await stream.aclose()


def _cut_short(error: TransportError) -> stripe.APIConnectionError:
    return _unreachable(f"the file did not come whole: {error}")


def _unreachable(text: str, headers: Headers | None = None) -> stripe.APIConnectionError:
    """No answer of Stripe's; `should_retry` is the SDK's own loop, which is off."""
    error: stripe.APIConnectionError = stripe.APIConnectionError(  # type: ignore[no-untyped-call]
        text, headers=headers, should_retry=False
    )
    return error


def _answer(call: Call) -> tuple[Response, Headers]:
    """What the SDK makes its object or its exception of, or the SDK's exception for what it would
    make nothing sensible of."""
    response = call.response
    if response is None:
        headers = Headers((), call.report)
        raise _unreachable(str(call.error), headers) from call.error
    headers = Headers(response.headers, call.report)
    if response.status not in _SUCCESS and not is_error(response):
        # The SDK would put the whole of such a body, which may be anybody's, into its message.
        text = f"{response.status}, and the body is not an error of Stripe's ({call.error})"
        raise stripe.APIError(
            text,
            http_status=response.status,
            headers=headers,  # type: ignore[arg-type]
        ) from call.error
    return response, headers


def connect(connection: Connection) -> stripe.StripeClient:
    """The official client. It serves threads by its plain methods and event loops by its `…_async`
    methods, whichever the bridge has a transport for.

    The SDK's telemetry is switched off, which it knows for the whole process only.
    """
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        connection.secrets["api_key"].reveal(),
        http_client=BridgeClient(connection),
        max_network_retries=0,
        base_addresses=_addresses(connection),  # type: ignore[arg-type]
        stripe_account=_account(connection),
        stripe_version=connection.options.get("api_version"),
    )


def attach(thing: Any, connection: Connection) -> Any:
    """Put the module `stripe`, or a `StripeClient`, on the connection, with the key it has.

    Do it before the first request: objects that a client fetched earlier keep the way they came. One
    that was given an HTTP client, a proxy or no verification of certificates is refused: what that
    does would silently be lost.
    """
    stripe.enable_telemetry = False
    return _attach_module(connection) if thing is stripe else _attach_client(thing, connection)


def _attach_module(connection: Connection) -> Any:
    if _account(connection) is not None:
        raise _cannot(
            "the module has no account of its own",
            "give stripe_account with each request, or use connect with an account",
        )
    _refuse_former(stripe.default_http_client)
    if stripe.proxy or not stripe.verify_ssl_certs:
        raise _cannot("stripe.proxy or stripe.verify_ssl_certs is set", _SETTINGS)
    if not stripe.api_key:
        if "api_key" not in connection.secrets:
            raise _cannot("stripe.api_key is not set", "set it, or STRIPE_SECRET_KEY")
        stripe.api_key = connection.secrets["api_key"].reveal()
    for name, address in _addresses(connection).items():
        setattr(stripe, _ADDRESSES[name], address)
    stripe.max_network_retries = 0
    stripe.default_http_client = BridgeClient(connection)
    return stripe


def _attach_client(client: stripe.StripeClient, connection: Connection) -> stripe.StripeClient:
    requestor = client._requestor  # noqa: SLF001 - the SDK offers no way to change a client
    options, former = requestor._options, requestor._client  # noqa: SLF001
    _refuse_former(former)
    account = _account(connection)
    if account is not None and options.stripe_account not in (None, account):
        raise _cannot("this client is for another account", "attach it under its own")
    options.stripe_account = account or options.stripe_account
    options.max_network_retries = 0
    options.base_addresses = {**options.base_addresses, **_addresses(connection)}  # type: ignore[typeddict-item]
    requestor._client = BridgeClient(connection)  # noqa: SLF001
    return client


_SETTINGS = "set proxy or ca_file of the connection in its place"


def _refuse_former(former: stripe.HTTPClient | None) -> None:
    """A client of the SDK's own making can be replaced; one of the user's cannot."""
    if former is None:
        return
    if isinstance(former, BridgeClient):
        raise _cannot("it is on a bridge already", "attach it once")
    if not type(former).__module__.startswith("stripe."):
        name = type(former).__name__
        raise _cannot(f"it sends through {name}, which would be replaced", "make it without one")
    kept = vars(former)
    if kept.get("_proxy") or kept.get("_session") or kept.get("_verify_ssl_certs") is False:
        raise _cannot("it has a proxy, a session or no verification of certificates", _SETTINGS)


def _cannot(problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"cannot attach to Stripe: {problem}", remedy=remedy)


def _account(connection: Connection) -> str | None:
    """The connected account that requests are made for, None for one's own."""
    account = connection.account or connection.options.get("account")
    if account and not account.startswith(_ACCOUNT):
        problem = f"an account of Stripe's begins with {_ACCOUNT}"
        raise ConfigurationError(problem, place=f"connection {connection.name}")
    return account or None


def _addresses(connection: Connection) -> dict[str, str]:
    """One address for all of Stripe's hosts, where the connection has one of its own."""
    return {} if connection.base_url is None else dict.fromkeys(_ADDRESSES, connection.base_url)


def owns(thing: object) -> bool:
    """Whether this is the SDK's module, or a client of it."""
    return thing is stripe or isinstance(thing, stripe.StripeClient)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception of the SDK."""
    headers = getattr(error, "headers", None)
    return headers.report if isinstance(headers, Headers) else None


CLIENT = ClientMaker(
    provider="stripe",
    extra="stripe",
    profile=CALL_PROFILE,
    credentials=(Credential("api_key", ("STRIPE_SECRET_KEY", "STRIPE_API_KEY")),),
    connect=connect,
    connect_async=connect,
    attach=attach,
    owns=owns,
    report_of=report_of,
    options=("account", "api_version"),
)
