"""What of Stripe can be sent from the outbox: every write of its SDK's client, by its own path.

Names and arguments are checked against the SDK that is installed, keys live as the profile says.
"""

from __future__ import annotations

import functools
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stripe

from bridgewright.connectors.stripe.profile import CALL_PROFILE
from bridgewright.core.model.outbound import Outbound, short
from bridgewright.core.policy.arguments import refuse_names, refuse_types, unknown_operation

if TYPE_CHECKING:
    from bridgewright.core.model.outbound import Arguments, Attempted

_KNOWN = (
    "payment_intents.create payment_intents.confirm payment_intents.capture payment_intents.cancel"
    " refunds.create customers.create customers.update invoices.create invoices.pay"
    " invoices.finalize_invoice invoice_items.create subscriptions.create subscriptions.cancel"
    " checkout.sessions.create setup_intents.create transfers.create payouts.create"
).split()
"""What advice is taken from; any other write of the client can be sent as well."""
_VERSIONS = ("v1", "v2")
_READS = ("list", "retrieve", "search")
_PLAIN = re.compile(r"(?:(?:typing\.)?(?:Not)?Required\[)?(str|int|bool|float)\]?")
_KINDS = {"str": str, "int": int, "bool": bool, "float": float}
_PARAMS = re.compile(r"\w+Params\b")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the SDK's client: where it is, what stands in its path, what its body takes."""

    steps: tuple[str, ...]
    in_path: tuple[str, ...]
    hints: dict[str, Any] | None
    required: frozenset[str]

    def __call__(self, attempted: Attempted) -> Any:
        """Make the call; the key comes by the context, as for any call."""
        method: Any = attempted.client
        for step in self.steps:
            method = getattr(method, step)
        given = dict(attempted.arguments)
        path = [given.pop(name) for name in self.in_path]
        return method(*path, params=given)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Stripe's operations."""

    def find(self, name: str) -> Outbound:
        """The write that the client has under this path."""
        method = _method(name)
        if method is None:
            hint = ", or any write of stripe.StripeClient by its path"
            known = (f"stripe.{each}" for each in _KNOWN)
            raise unknown_operation(f"stripe.{name}", known, hint)

        def check(arguments: Arguments) -> None:
            operation = f"stripe.{name}"
            known = {*method.in_path, *(arguments if method.hints is None else method.hints)}
            needed = (*method.in_path, *sorted(method.required))
            refuse_names(operation, arguments, known, needed)
            refuse_types(operation, arguments, dict.fromkeys(method.in_path, str))
            refuse_types(operation, arguments, method.hints or {})

        return Outbound(name, check, _lifetime_s, method, _result)


def _lifetime_s(arguments: Arguments) -> float | None:
    del arguments
    rule = CALL_PROFILE.idempotency
    return None if rule is None else rule.lifetime_s


def _result(made: Any) -> str:
    return short(getattr(made, "id", ""))


@functools.cache
def _client() -> stripe.StripeClient:
    """A client to look at: it makes no call."""
    return stripe.StripeClient("sk_test_to_look_at")


@functools.lru_cache(maxsize=512)
def _method(name: str) -> Method | None:
    """The method under a path of the client, None where there is no write."""
    steps = tuple(name.split("."))
    if steps[0] not in _VERSIONS:
        steps = ("v1", *steps)
    found: Any = _client()
    for step in steps:
        if not step.isidentifier() or step.startswith("_"):
            return None
        found = getattr(found, step, None)
    if not inspect.ismethod(found) or steps[-1].startswith(_READS) or steps[-1].endswith("_async"):
        return None
    parameters = inspect.signature(found).parameters
    if "options" not in parameters or "params" not in parameters:
        return None
    in_path = tuple(each for each in parameters if each not in ("params", "options"))
    body = _body(str(parameters["params"].annotation), steps)
    if body is None:
        return Method(steps, in_path, None, frozenset())
    return Method(steps, in_path, _hints(body), frozenset(body.__required_keys__))


def _body(annotation: str, steps: tuple[str, ...]) -> Any:
    """The TypedDict of a body, which the SDK keeps beside its services."""
    named = _PARAMS.search(annotation)
    place: Any = getattr(stripe, "params", None)
    for step in ("", *steps[1:-2]):
        place = getattr(place, step, None) if step else place
    return None if named is None else getattr(place, named.group(), None)


def _hints(body: Any) -> dict[str, Any]:
    """What each field is, where it is plain: the SDK imports the other kinds for type checkers only."""
    found = {}
    for name, hint in body.__annotations__.items():
        text = (
            hint.__name__ if isinstance(hint, type) else getattr(hint, "__forward_arg__", str(hint))
        )
        plain = _PLAIN.fullmatch(text)
        found[name] = _KINDS[plain.group(1)] if plain else object
    return found


OUTBOX = Catalogue()
