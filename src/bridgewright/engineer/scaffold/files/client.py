"""`client.py`: the connection, and what the provider's documentation promises of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.manifest.words import AuthKind
from bridgewright.engineer.scaffold.plan import CONCURRENCY, RATE_PER_S

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.plan import Plan

_IN_PROGRESS = '''IN_PROGRESS = 409
"""Under a key: an earlier request is not done yet, and is asked for again (the status that
draft-ietf-httpapi-idempotency-key-header-07, 2.7, recommends). Take it away if it means a conflict."""
'''


def client_file(plan: Plan) -> str:
    """The module."""
    return f'''"""{plan.title}: how it is connected to, and what its documentation promises.

The credentials and the address are those of [connections.{plan.name}] in bridgewright.toml. What is said
here is what integration.toml says; the tests hold the one against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.policy.numbers import CallNumbers, Quota

if TYPE_CHECKING:
    from bridgewright import Bridge
    from bridgewright.connectors.http.client import HttpClient

CONNECTION = {plan.name!r}
LIMITS = (Quota({int(RATE_PER_S)}, 1.0),)
NUMBERS = CallNumbers(concurrency={CONCURRENCY})
{_IN_PROGRESS if plan.keyed else ""}

class {plan.error}(Exception):
    """{plan.title} answered well, and with something that its specification does not know. A write has
    happened all the same."""


def connect(bridge: Bridge) -> HttpClient:
    """A client on the bridge's engine: keep it, and hand it to the operations."""
{_connected(plan)}
'''


def _connected(plan: Plan) -> str:
    given = ["CONNECTION"]
    if plan.auth.kind is AuthKind.API_KEY:
        given.append(f"key_header={plan.auth.header!r}")
    if plan.auth.kind is AuthKind.OAUTH2:
        given.append(f"token_url={plan.auth.token_url!r}")
        given.append(f"scopes={list(plan.auth.scopes)!r}")
    if plan.keyed:
        given.append(f"idempotency_header={plan.key_header!r}")
        given.append(f"keyed={list(plan.keyed)!r}")
        given.append("in_progress=[IN_PROGRESS]")
    given += ['quotas={"": LIMITS}', "numbers=NUMBERS"]
    call = "bridge.http(\n" + "".join(f"        {each},\n" for each in given) + "    )"
    if plan.version is None:
        return f"    return {call}"
    header = f"client.headers[{plan.version.header!r}] = {plan.version.value!r}"
    return f"    client = {call}\n    {header}\n    return client"
