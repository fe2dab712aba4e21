"""An API call of botocore on the engine, by the events that botocore emits around it.

What happens, in botocore's order:

- `provide-client-params`, `before-parameter-build`: what the caller asked for, before and after botocore
  minted idempotency tokens;
- `before-call`: the call begins, and with it its deadline;
- `request-created`: an attempt's request, signed afresh;
- `before-send`: the attempt: admitted, sent by our transport, settled. Nothing is held afterwards;
- `needs-retry`: the pause that the engine decided, or the end. It has the place of the SDK's own
  handler, by whose `unique_id` it is registered.

A request that comes without a call, or after its call has ended, is refused: whatever made it, it
would multiply.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.aws.answers import readable
from bridgewright.connectors.aws.bodies import on_the_wire, rewindable
from bridgewright.connectors.aws.models import Known, known
from bridgewright.connectors.aws.operations import QUEUED, group, safety
from bridgewright.connectors.aws.profile import understood
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Operation, Request, Response, Safety

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.caller import Caller

KEY = "bridgewright"
ATTACHED = "bridgewright-attached"
"""An event that only our own handler answers: by the `Wiring` that an emitter is on."""

_BAD_REQUEST = 400
_REDIRECTS = (301, 302, 307)
_REGION = "x-amz-bucket-region"


class Doing:
    """One API call, from its parameters to its end. Kept in botocore's context of the request."""

    __slots__ = (
        "call",
        "elsewhere",
        "given",
        "known",
        "moved",
        "operation",
        "refused",
        "replayable",
        "token",
        "wait_s",
    )

    def __init__(self, known: Known, given: frozenset[str]) -> None:
        self.known = known
        self.given = given
        self.operation: Operation | None = None
        self.token: str | None = None
        self.call: Call | None = None
        self.replayable = True
        self.wait_s: float | None = None
        self.refused: ConfigurationError | None = None
        self.elsewhere = False
        self.moved = False

    def __repr__(self) -> str:
        return f"Doing({self.known.described.title})"


prepared_next: ContextVar[tuple[Doing, MutableMapping[str, Any]] | None] = ContextVar(
    "bridgewright aws request", default=None
)
"""Whose request this thread is about to send: `before-send` does not say."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """What the handlers need of botocore.

    `answer` makes its response of ours, `failure` its exception of a call that got none, `pause`
    the exception that stands for an attempt to be repeated, which nobody sees. `trace` puts a
    call's report on a parsed error.
    """

    answer: Callable[[str, Response], Any]
    failure: Callable[[Call], Exception]
    pause: Callable[[], Exception]
    trace: Callable[[Any, Call], None]


class Wiring:
    """The handlers of one connection, for any number of sessions and clients."""

    __slots__ = ("_known", "_sdk", "caller", "name")

    def __init__(self, caller: Caller, name: str, sdk: Sdk) -> None:
        self.caller = caller
        self.name = name
        self._sdk = sdk
        self._known: dict[tuple[str, str, str], Known] = {}

    def __repr__(self) -> str:
        return f"Wiring({self.name})"

    def on_session(self, emitter: Any) -> None:
        """Every client that is made from here on."""
        self._on(emitter)

        def client_is_made(event_name: str, **_: Any) -> None:
            self._instead_of_retries(emitter, event_name.partition(".")[2])

        # Before a client copies the session's handlers, and registers retries of its own.
        emitter.register_last("creating-client-class", client_is_made, unique_id=f"{KEY}-clients")

    def on_client(self, emitter: Any, service_id: str) -> None:
        """One client that is there already."""
        emitter.unregister(f"needs-retry.{service_id}", unique_id=f"retry-config-{service_id}")
        self._on(emitter)
        self._instead_of_retries(emitter, service_id)

    def _on(self, emitter: Any) -> None:
        events = (
            ("provide-client-params", self.asked),
            ("before-parameter-build", self.built),
            ("before-call", self.begin),
            ("request-created", self.created),
            ("before-send", self.send),
            (ATTACHED, self.attached),
        )
        for event, handler in events:
            emitter.register_last(event, handler, unique_id=f"{KEY}-{event}")

    def _instead_of_retries(self, emitter: Any, service_id: str) -> None:
        """Last of all, so that S3's redirector has spoken; under the SDK's own id, so that its
        handler of retries is never registered."""
        emitter.register_last(
            f"needs-retry.{service_id}", self.again, unique_id=f"retry-config-{service_id}"
        )

    # The handlers --------------------------------------------------------------------------------

    def attached(self, **_: Any) -> Wiring:
        """Tell whose handlers these are."""
        return self

    def asked(self, params: Any, model: Any, context: Any, **_: Any) -> None:
        """The parameters as the caller gave them."""
        refuse_what_is_not_ours(context.get("client_config"))
        context[KEY] = Doing(self._of(model), frozenset(params))

    def built(self, params: Any, context: Any, **_: Any) -> None:
        """The parameters with the tokens that botocore minted: what a repeat would do is known now."""
        doing = context.get(KEY)
        if doing is None:
            return
        of = doing.known.described
        found = safety(of, params)
        doing.operation = Operation(of.title, found, group(of, found), accepts=doing.known.expected)
        member = (
            next(iter(of.tokens), None) if of.service not in QUEUED else "MessageDeduplicationId"
        )
        doing.token = params.get(member) if found is Safety.KEYED and member else None

    def begin(self, params: Any, context: Any, **_: Any) -> None:
        """The call begins."""
        doing = context.get(KEY)
        if doing is None:
            return
        doing.replayable = rewindable(params.get("body"))
        doing.call = self._begun(doing, Request(params["method"], params["url"]))

    def created(self, request: Any, **_: Any) -> None:
        """The request that this thread sends next is this call's."""
        doing = request.context.get(KEY)
        prepared_next.set(None if doing is None else (doing, request.context))

    def send(self, request: Any, **_: Any) -> Any:
        """One attempt."""
        found = prepared_next.get()
        prepared_next.set(None)
        call = None if found is None else found[0].call
        if found is None or call is None:
            raise ConfigurationError(
                "a request reached the wire that is no call of this connection",
                remedy="make it by a client of the attached session",
            )
        doing, context = found
        if call.ended:
            call = self._begun_elsewhere(doing, call, request)
        call.request = on_the_wire(
            request, streamed=doing.known.streamed, replayable=doing.replayable
        )
        result = self._attempt(doing, call)
        self._settle_redirect(doing, context, result)
        if doing.wait_s is not None:
            raise self._sdk.pause()
        if isinstance(result, Response) and (call.response is not None or doing.elsewhere):
            shown = readable(result, doing.known.expected.protocol)
            return self._sdk.answer(request.url, shown)
        raise self._sdk.failure(call)

    def again(self, response: Any, request_dict: Any, **_: Any) -> int | bool:
        """Pause, and 0 for another attempt; False at the end.

        The pause is the engine's own, for botocore's would not know of its clock. What was refused is
        raised here: botocore would ask the handlers about it for ever, and one of them wants more.
        """
        doing = request_dict["context"].get(KEY)
        if doing is None or doing.call is None:
            return False
        if doing.refused is not None:
            raise doing.refused
        wait_s, doing.wait_s = doing.wait_s, None
        if wait_s is not None:
            self._pause(doing.call, wait_s)
            return 0
        if response is not None and doing.call.error is not None:
            self._sdk.trace(response[1], doing.call)
        return False

    # What they are made of -----------------------------------------------------------------------

    def _of(self, model: Any) -> Known:
        service = model.service_model
        key = (service.service_name, service.api_version, model.name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = known(model)
        return found

    def _begun(self, doing: Doing, request: Request) -> Call:
        call = self.caller.begin(request, doing.operation)
        call.key = doing.token
        of = doing.known.described
        call.key_is_ours = doing.given.isdisjoint(of.tokens) if of.tokens else False
        return call

    def _begun_elsewhere(self, doing: Doing, call: Call, request: Any) -> Call:
        """A call to the region that a bucket turned out to be in, within the first one's deadline."""
        if not doing.elsewhere:
            doing.refused = ConfigurationError(
                "something beside the engine asked for another attempt of a call that has ended",
                remedy="remove the handler of `needs-retry` that does so",
            )
            raise doing.refused
        doing.elsewhere, doing.moved = False, True
        after = self._begun(doing, Request(request.method, request.url))
        after.deadline = min(after.deadline, call.deadline)
        doing.call = after
        return after

    def _attempt(self, doing: Doing, call: Call) -> Any:
        """Send once, and settle. The answer as it came; what is left of an earlier one when the call
        ended before this attempt."""
        doing.wait_s = None
        try:
            limits = self.caller.admit(call)
            if limits is None:
                return call.response
            result = self.caller.attempt(call, limits)
            service = doing.known.described.service
            seen = understood(result, service) if isinstance(result, Response) else result
            doing.wait_s = self.caller.settle(call, seen)
        except BaseException:
            self.caller.abandon(call)
            raise
        return result

    def _pause(self, call: Call, wait_s: float) -> None:
        try:
            if wait_s:
                self.caller.pause(call, wait_s)
        except BaseException:
            self.caller.abandon(call)
            raise

    def _settle_redirect(self, doing: Doing, context: Any, result: Any) -> None:
        """Let S3's redirector act at most once, and only on an answer that names the region: without
        one it would ask for it by a call of its own, whose answer it would redirect again."""
        if "s3_redirect" not in context:
            return
        doing.elsewhere = (
            not doing.moved
            and doing.wait_s is None
            and isinstance(result, Response)
            and _names_region(result)
        )
        if not doing.elsewhere:
            context["s3_redirect"]["redirected"] = True


def _names_region(response: Response) -> bool:
    if response.status not in (*_REDIRECTS, _BAD_REQUEST):
        return False
    return response.header(_REGION) is not None or b"<Region>" in response.body


def refuse_what_is_not_ours(config: Any) -> None:
    """Refuse settings of a client that would have to act below the engine, where our transport is."""
    if getattr(config, "proxies", None) or getattr(config, "client_cert", None):
        problem = "this client has a proxy or a client certificate of its own"
        raise ConfigurationError(problem, remedy="set `proxy` of the connection instead")
    if (getattr(config, "retries", None) or {}).get("mode") == "adaptive":
        problem = "this client's retry mode is `adaptive`, which waits by rules of its own"
        raise ConfigurationError(problem, remedy="leave the mode out: the engine retries")
