"""What the SDK is handed: answers with their header fields, files, and its own exceptions."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import stripe

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import CallReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bridgewright.core.model.call import AsyncStream, Pairs, Response, Stream
    from bridgewright.engine.call.call import Call

_OAUTH_CODES = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unsupported_grant_type",
        "unsupported_response_type",
    }
)
_SUCCESS = range(200, 300)


class Headers(Mapping[str, str]):
    """An answer's header fields, found whatever the case of their names, and the engine's `report`
    on the call. SDK exceptions keep them as `headers`."""

    __slots__ = ("_fields", "report")

    def __init__(self, fields: Pairs, report: CallReport) -> None:
        self._fields: dict[str, str] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), value)
        self.report = report

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __bool__(self) -> bool:
        """Always: the SDK drops an empty mapping, and the report with it."""
        return True

    def __repr__(self) -> str:
        return f"Headers({len(self)} fields)"


class Download(io.RawIOBase):
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


async def download(response: Response) -> AsyncIterator[bytes]:
    """The same from an event loop: its chunks; an error's body in one piece."""
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


def answer(call: Call) -> tuple[Response, Headers]:
    """What the SDK makes its object or its exception of, or the SDK's exception for what it would
    make nothing sensible of."""
    response = call.response
    if response is None:
        headers = Headers((), call.report)
        raise _unreachable(str(call.error), headers) from call.error
    headers = Headers(response.headers, call.report)
    if response.status not in _SUCCESS and not _is_an_error_of_stripes(response):
        # The SDK would put the whole of such a body, which may be anybody's, into its message.
        text = f"{response.status}, and the body is not an error of Stripe's ({call.error})"
        raise stripe.APIError(
            text,
            http_status=response.status,
            headers=headers,  # type: ignore[arg-type]
        ) from call.error
    return response, headers


def _is_an_error_of_stripes(response: Response) -> bool:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return False
    error = found.get("error") if isinstance(found, dict) else None
    return isinstance(error, dict) or (isinstance(error, str) and error in _OAUTH_CODES)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception of the SDK."""
    headers = getattr(error, "headers", None)
    return headers.report if isinstance(headers, Headers) else None
