"""What can be sent to an API without an SDK: one request. What its user declared of the API says whether
a repeat is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Request, Safety
from bridgewright.core.model.outbound import Outbound, never, short
from bridgewright.core.policy.arguments import refuse_names, refuse_types, unknown_operation

if TYPE_CHECKING:
    from bridgewright.core.model.outbound import Arguments, Attempted
    from bridgewright.core.policy.profile import CallProfile

_FIELDS: dict[str, Any] = {
    "method": str,
    "path": str,
    "params": dict,
    "headers": dict,
    "json": object,
    "form": dict,
    "text": str,
}
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_BODIES = ("json", "form", "text")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The one operation that there is."""

    def find(self, name: str) -> Outbound:
        """`request`, and nothing else."""
        if name != "request":
            raise unknown_operation(name, ("request",))
        return Outbound(name, _check, never, _send, _result)


def lifetime_s(profile: CallProfile, base_url: str, arguments: Arguments) -> float | None:
    """For how long the API recognises a repeat of this request, as its user declared it."""
    url = f"{base_url.rstrip('/')}/{str(arguments['path']).lstrip('/')}"
    safety = profile.classify(Request(str(arguments["method"]).upper(), url)).safety
    if safety in (Safety.SAFE, Safety.IDEMPOTENT):
        return inf
    if safety is Safety.KEYED and profile.idempotency is not None:
        return profile.idempotency.lifetime_s
    return None


def _check(arguments: Arguments) -> None:
    operation = "request"
    refuse_names(operation, arguments, _FIELDS, ("method", "path"))
    refuse_types(operation, arguments, _FIELDS)
    if str(arguments["method"]).upper() not in _METHODS:
        problem = f"{operation}: method is none of {', '.join(sorted(_METHODS))}"
        raise ConfigurationError(problem, remedy="a read has nothing to be stored for")
    path = str(arguments["path"])
    if not path.startswith("/") or path.startswith("//"):
        problem = f"{operation}: a path begins with one /"
        raise ConfigurationError(problem, remedy="the host is the connection's: base_url")
    if sum(body in arguments for body in _BODIES) > 1:
        problem = f"{operation} has more than one body"
        raise ConfigurationError(problem, remedy="give one of json, form and text")
    for name in arguments.get("headers", ()):
        if str(name).lower() in _CREDENTIALS:
            problem = f"{operation}: the field {str(name).lower()} would store a secret"
            raise ConfigurationError(problem, remedy="set the connection's token by reference")


def _send(attempted: Attempted) -> Any:
    given = attempted.arguments
    return attempted.client.request(
        str(given["method"]).upper(),
        given["path"],
        params=given.get("params"),
        headers=given.get("headers"),
        json=given.get("json"),
        data=given.get("form"),
        content=given.get("text"),
    )


def _result(response: Any) -> str:
    kind = str(response.headers.get("content-type", ""))
    found = response.json() if "json" in kind else None
    return short(found.get("id", "")) if isinstance(found, dict) else ""


OUTBOX = Catalogue()
