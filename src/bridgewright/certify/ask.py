"""What a target is told: where to go, what to do, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 10
"""How many requests a target may have under way at once, unless it is told otherwise."""


class Operation(StrEnum):
    """What a call does."""

    READ = "read"
    """What may be asked again at any time: a GET."""
    WRITE = "write"
    """What must not happen twice: a POST, with `key` as its `Idempotency-Key` where there is one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, as a target is asked for it.

    `base_url` is the provider's address, without a slash at its end. `secret` is to be sent wherever
    the API wants its credential, `person` somewhere in the body of a write; neither may be seen
    anywhere else. `key` is the idempotency key to send, None for a write without one. The whole call,
    with every attempt and wait, has `deadline_s` seconds. A circuit may stay open for `recovery_s`
    seconds before the provider is asked again, and at most `limit` requests may be under way at once
    in one process. `ca_file` holds the certificates to trust (PEM). `traceparent` is the trace that
    the call belongs to, as W3C Trace Context writes it.
    """

    base_url: str
    operation: Operation
    key: str | None = field(default=None, repr=False)
    secret: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    deadline_s: float = 2.0
    recovery_s: float = 1.0
    limit: int = LIMIT
    ca_file: str = ""
    traceparent: str = ""


def environment(ask: Ask) -> dict[str, str]:
    """An ask as variables: what an executable reads. Those of common TLS libraries are set too."""
    found = {
        "BASE_URL": ask.base_url,
        "OP": ask.operation.value,
        "SECRET": ask.secret,
        "PERSON": ask.person,
        "DEADLINE_S": f"{ask.deadline_s:g}",
        "RECOVERY_S": f"{ask.recovery_s:g}",
        "LIMIT": str(ask.limit),
        "CA_FILE": ask.ca_file,
        "TRACEPARENT": ask.traceparent,
    }
    if ask.key is not None:
        found["KEY"] = ask.key
    if ask.ca_file:
        names = "SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS"
        found |= dict.fromkeys(names.split(), ask.ca_file)
    return found


def asked(variables: Mapping[str, str]) -> Ask:
    """The ask that variables hold; KeyError for one that is missing."""
    return Ask(
        base_url=variables["BASE_URL"],
        operation=Operation(variables["OP"]),
        key=variables.get("KEY"),
        secret=variables["SECRET"],
        person=variables["PERSON"],
        deadline_s=float(variables["DEADLINE_S"]),
        recovery_s=float(variables["RECOVERY_S"]),
        limit=int(variables["LIMIT"]),
        ca_file=variables["CA_FILE"],
        traceparent=variables["TRACEPARENT"],
    )
