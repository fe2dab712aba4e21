"""One question over the wire: a call of our own engine, its answer read as it streams.

The engine asks again where its policy allows, as long as no head of an answer came: to ask a model twice
changes nothing but the bill, and so the operation is declared safe. Once an answer began, a question is
not sent again here, for all that may befall the answer; `ModelError.again` says that the asker may. Only
a request that is refused for the sake of a field goes out anew, without that field.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import CallError, CallRefused, RetryLater, TransportError
from bridgewright.core.model.call import Phase, Request, Trouble
from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.models.ends import Failure, ModelError
from bridgewright.engineer.models.events import Decoder
from bridgewright.engineer.models.gathering import malformed
from bridgewright.engineer.models.refusals import MOST_SAID, complaint, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.core.model.call import CallReport
    from bridgewright.engineer.models.gathering import Gatherer
    from bridgewright.engineer.models.words import Answer

LONGEST_S = 900.0
"""Seconds that one answer may take, from asking to its last byte: what thinks longer is stuck."""
LARGEST_BYTES = 33_554_432
"""Of one answer on the wire (32 MiB): a hundred times the longest that models write."""
DISPENSABLE = ("temperature", "stream_options")
"""Fields that some models and endpoints refuse (temperature: those that reason), and an answer can do
without."""
_HEADERS = (
    ("content-type", "application/json"),
    ("accept", "text/event-stream, application/json"),
)
_UNWANTED = frozenset({400, 422})
_BLANK = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """Where a model is asked. `client` is a plain client on a bridge, `redaction` knows the key, `clock`
    is monotonic and in seconds. `disliked` are the fields of a request that the endpoint refused once."""

    client: Any = field(repr=False)
    redaction: Redaction = field(default_factory=Redaction, repr=False)
    longest_s: float = LONGEST_S
    clock: Callable[[], float] = time.monotonic
    disliked: set[str] = field(default_factory=set, repr=False)

    def carry(
        self,
        path: str,
        content: Mapping[str, Any],
        gatherer: Callable[[], Gatherer],
        *,
        headers: Mapping[str, str] | None = None,
        within_s: float | None = None,
    ) -> Answer:
        """Ask, and gather what is answered in what `gatherer` makes; within `within_s` seconds, where that
        is less than `longest_s`.

        A field that can be done without is left out from then on when the endpoint refuses the request
        for its sake. What is raised has no cause: what the engine and httpx2 raise holds the endpoint's
        own words.
        """
        limits_s = [self.longest_s] if within_s is None else [self.longest_s, within_s]
        by = self.clock() + min(limits_s)
        while True:
            asked = {name: each for name, each in content.items() if name not in self.disliked}
            asking = Request("POST", path, (*(headers or {}).items(), *_HEADERS), _bytes(asked))
            told = self._tried(asking, gatherer(), by)
            if not isinstance(told, ModelError):
                return told
            blamed = _blamed(told, asked)
            if not blamed:
                raise told
            self.disliked.update(blamed)

    def _tried(self, asking: Request, into: Gatherer, by: float) -> Answer | ModelError:
        try:
            self._fetch(asking, into, by)
            return into.answer()
        except ModelError as error:
            told = error
        except (CallError, RetryLater) as error:
            told = _of_call(error)
        problem = redacted(told.problem, self.redaction)
        return ModelError(told.failure, problem, status=told.status, after_s=told.after_s)

    def _fetch(self, asking: Request, into: Gatherer, by: float) -> None:
        left_s = by - self.clock()
        if left_s <= 0:
            raise ModelError(Failure.ENDLESS, "no time was left to ask in")
        named = dict(asking.headers)
        with self.client.stream(
            asking.method, asking.url, content=asking.body, headers=named, timeout=left_s
        ) as response:
            gather(self._chunks(response, by), into)

    def _chunks(self, response: Any, by: float) -> Iterator[bytes]:
        """What comes, as long as it is bounded. A stream that breaks just ends: whether the answer is
        whole is for what came to say."""
        came = 0
        try:
            for chunk in response.iter_bytes():
                came += len(chunk)
                if came > LARGEST_BYTES:
                    raise ModelError(
                        Failure.ENDLESS, f"the answer has more than {LARGEST_BYTES} bytes"
                    )
                if self.clock() > by:
                    raise ModelError(Failure.ENDLESS, "the answer was not at its end in its time")
                yield chunk
        except TransportError:
            return


def gather(chunks: Iterator[bytes], into: Gatherer) -> None:
    """Put together what comes, until the server's last word: events, or one JSON of a server that does
    not stream. What is not whole by then is left to `into.answer` to tell."""
    start = b""
    for chunk in chunks:
        start += chunk
        if start.strip(_BLANK):
            break
    if start.lstrip(_BLANK).startswith(b"{"):
        _whole(start + b"".join(chunks), into)
        return
    decoder = Decoder()
    for piece in _after(start, chunks):
        for event in decoder.feed(piece):
            into.take(event)
            if into.done:
                return
    for event in decoder.close():
        into.take(event)


def _after(start: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from chunks


def _whole(body: bytes, into: Gatherer) -> None:
    try:
        content = json.loads(body.lstrip(_BLANK))
    except (ValueError, RecursionError):
        return
    if not isinstance(content, dict):
        malformed("the answer is no object")
    into.take_whole(content)


def _blamed(error: ModelError, asked: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a request was refused for and can do without."""
    if error.failure is not Failure.REFUSED or error.status not in _UNWANTED:
        return ()
    return tuple(name for name in DISPENSABLE if name in asked and name in error.problem)


def _bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, allow_nan=False).encode()


def _of_call(error: CallError | RetryLater) -> ModelError:
    """What the engine's end of a call means here."""
    report, answer = error.report, getattr(error.__cause__, "response", None)
    status = None if report is None else report.status
    after_s = None if report is None else report.retry_after_s
    if isinstance(error, RetryLater):
        after_s = error.after_s
    if status is None or report is None:
        return ModelError(*_unanswered(error, report), after_s=after_s)
    found = complaint(b"" if answer is None else answer.content)
    failure = judged(status, found) or Failure.REFUSED
    said = f"status {status}" + (f": {found.said[:MOST_SAID]}" if found.said else "")
    return ModelError(failure, f"the endpoint said no ({said})", status=status, after_s=after_s)


def _unanswered(error: CallError | RetryLater, report: CallReport | None) -> tuple[Failure, str]:
    """No answer, or none that is one of a model: a page of HTML, a redirect."""
    if isinstance(error, RetryLater):
        return Failure.TOO_FAST, "nothing was sent: the endpoint asked us to stay away"
    if isinstance(error, CallRefused):
        return Failure.AILING, f"nothing was sent: {error}"
    last = report.attempts[-1] if report is not None and report.attempts else None
    why = "no connection" if last is None or last.trouble is None else last.trouble.value
    if last is None or last.phase is Phase.NOT_SENT:
        return Failure.UNREACHABLE, f"the endpoint was not reached: {why}"
    if last.phase is Phase.ANSWERED or last.trouble is Trouble.TOO_LARGE:
        return Failure.FOREIGN, f"what answers there is no model: {last.rule}"
    return Failure.AILING, f"the endpoint did not answer: {why}"
