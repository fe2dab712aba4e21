"""What a bridge can send from its outbox: connections and functions, checked when an intent is stored,
and found again when its turn comes."""

from __future__ import annotations

import inspect
import re
import threading
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from bridgewright import connectors
from bridgewright.bridge.performing import ByClient, ByFunction, Function
from bridgewright.core.effects import Accept
from bridgewright.core.errors import BridgewrightError, ConfigurationError
from bridgewright.core.lifecycle.outbox import LANE, due, lane_of
from bridgewright.core.model.fact import LaneClosed
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.model.item import Kind
from bridgewright.core.model.moment import seconds_between
from bridgewright.core.model.outbound import ACCOUNT, arguments_of, body_of, refuse_key
from bridgewright.core.policy.arguments import unknown_operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from bridgewright.bridge.outgoing import Outgoing
    from bridgewright.core.model.item import Item
    from bridgewright.core.model.outbound import Arguments, Outbound
    from bridgewright.core.ports import Observer
    from bridgewright.engine.drive.clock import Chance
    from bridgewright.engine.outbox import Performance

HORIZON_S = 30 * 86_400.0
"""For how long a key is the same intent: longer than anybody repeats a request, a job or a migration, and
short enough that keys do not pile up."""
_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_]*)+")
_PLAIN = "http"


class Dispatch:
    """Shared by the two views of a bridge; safe from any thread."""

    def __init__(self, outgoing: Outgoing, tell: Observer, chance: Chance) -> None:
        self._outgoing = outgoing
        self._tell = tell
        self._chance = chance
        self._functions: dict[str, Function] = {}
        self._served: set[str] = set()
        self._closed: dict[str, str] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def keep_time(self, chance: Chance) -> None:
        """Date intents by another clock."""
        self._chance = chance

    @property
    def has_functions(self) -> bool:
        """Whether any function waits for items."""
        return bool(self._functions)

    def register(self, name: str, call: Callable[..., Any], *, idempotent: bool) -> None:
        """Have `call` called for outbox items of this name."""
        place = f"outbound({name!r})"
        if not _NAME.fullmatch(name):
            remedy = "use two words or more with dots between them: warehouse.notify"
            raise ConfigurationError("is no name of an operation", place=place, remedy=remedy)
        space = name.partition(".")[0]
        if space in self._connections():
            remedy = "take another first word: that one is a connection's"
            raise ConfigurationError("would hide a connection", place=place, remedy=remedy)
        if name in self._functions:
            remedy = "an item goes to one function: call the second from the first"
            raise ConfigurationError("is registered already", place=place, remedy=remedy)
        if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
            remedy = "take the yield out of it"
            raise ConfigurationError(
                "is a generator: calling it runs nothing", place=place, remedy=remedy
            )
        self._functions[name] = Function(name, call, idempotent)

    def entry(  # noqa: PLR0913 - what a sender may say
        self,
        operation: str,
        arguments: Mapping[str, Any] | None,
        key: str | None,
        account: str,
        at: datetime | None = None,
        after: timedelta | float | None = None,
    ) -> Accept:
        """The command that stores an intent; `ConfigurationError` for one that could not be sent."""
        given = {} if arguments is None else dict(arguments)
        body = body_of(operation, given)
        function = self._functions.get(operation)
        if function is None:
            self._operation(operation).check(given)
        else:
            _refuse_arguments(function, given)
            if account:
                problem = f"{operation} is a function, and has no account"
                raise ConfigurationError(problem, remedy="give it among the arguments")
        key = token_hex(16) if key is None else key
        refuse_key(key)
        fields = ((ACCOUNT, account),) if account else ()
        notice = Notice(key=key, event_type=operation, body=body, headers=fields)
        lane = lane_of(operation.partition(".")[0])
        now = self._chance.now()
        due_at = due(now, at, after)
        horizon_s = HORIZON_S + seconds_between(now, due_at)
        return Accept(
            lane, (notice,), Coverage.NOTHING, now, horizon_s, kind=Kind.OUTBOX, due_at=due_at
        )

    def known(self) -> tuple[str, ...]:
        """The lanes whose items this process can send: those of its functions, and those of
        connections that it found items for and could connect to."""
        spaces = {name.partition(".")[0] for name in tuple(self._functions)}
        return tuple(sorted({*map(lane_of, spaces), *self._served}))

    def learn(self, lanes: tuple[str, ...]) -> None:
        """Connect to what these lanes are for. One that cannot be served is told, once for each
        reason, and left to other workers."""
        for lane in lanes:
            name = lane.removeprefix(LANE)
            try:
                if name not in self._connections():
                    problem = f"nothing is registered here under {name!r}, and it is no connection"
                    remedy = "import the module that has @bridge.outbound, or name the connection"
                    raise ConfigurationError(problem, remedy=remedy)
                self._client(name, "")
            except BridgewrightError as error:
                if self._closed.get(lane) != str(error):
                    self._closed[lane] = str(error)
                    self._tell(LaneClosed(lane, str(error)))
            else:
                self._closed.pop(lane, None)
                self._served.add(lane)

    def find(self, item: Item) -> Performance:
        """How an item's call is made here."""
        arguments = arguments_of(item.body)
        function = self._functions.get(item.event_type)
        if function is not None:
            return ByFunction(function, arguments)
        outbound = self._operation(item.event_type)
        name = item.event_type.partition(".")[0]
        account = dict(item.headers).get(ACCOUNT, "")
        client = self._client(name, account)
        lifetime_s = self._lifetime_s(name, outbound, arguments)
        return ByClient(outbound, client, arguments, item.key, lifetime_s)

    def _operation(self, operation: str) -> Outbound:
        name, _, rest = operation.partition(".")
        if name not in self._connections():
            known = [*self._functions, *(f"{each}.{rest}" for each in self._connections())]
            hint = "; an operation begins with a connection's name, or is registered by outbound"
            raise unknown_operation(operation, known, hint)
        return connectors.outbox(self._outgoing.provider_of(name)).find(rest)

    def _connections(self) -> frozenset[str]:
        return frozenset((*connectors.calling_names(), *self._outgoing.names()))

    def _client(self, name: str, account: str) -> Any:
        """The official client for threads, made once for each account."""
        with self._lock:
            found = self._clients.get((name, account))
            if found is None:
                found = self._clients[name, account] = self._outgoing.sender(name, account)
            return found

    def _lifetime_s(self, name: str, outbound: Outbound, arguments: Arguments) -> float | None:
        if self._outgoing.provider_of(name) != _PLAIN:
            return outbound.lifetime_s(arguments)
        from bridgewright.connectors.http.outbox import lifetime_s  # noqa: PLC0415 - only where used

        self._client(name, "")  # with what was declared of it, if anything was
        _, connection = self._outgoing.connection(name)
        profile = connection.caller.profile
        return lifetime_s(profile, connection.base_url or profile.base_url, arguments)


def _refuse_arguments(function: Function, arguments: Arguments) -> None:
    try:
        inspect.signature(function.call).bind(**arguments)
    except TypeError as error:
        # Python's text names parameters, and quotes no values.
        problem = f"{function.name} cannot be called with these arguments: {error}"
        raise ConfigurationError(problem, remedy="give what the function takes, by name") from None
