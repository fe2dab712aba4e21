"""The same SDKs, and plain HTTP, from a bridge; and an inbox. What a target is told are settings.

There is a bridge for each address, for a connection has one.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from bridgewright import Bridge, keyed
from proofs.certificates import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.certify.ask import Ask

    Find = Callable[[Ask], Any]

_CLIENTS: dict[str, tuple[Bridge, Any]] = {}
_LOCK = threading.Lock()


def _client(ask: Ask, name: str, make: Callable[[Bridge], Any]) -> Any:
    with _LOCK:
        if ask.base_url not in _CLIENTS:
            os.environ.update(_settings(ask, name))
            bridge = Bridge.from_env()
            _CLIENTS[ask.base_url] = bridge, make(bridge)
        return _CLIENTS[ask.base_url][1]


def _settings(ask: Ask, name: str) -> dict[str, str]:
    place = f"BRIDGEWRIGHT_CONNECTIONS_{name.upper()}"
    return {
        "BRIDGEWRIGHT_STORE": "bridgewright.db",
        "STRIPE_SECRET_KEY": f"sk_test_{ask.secret}",
        "TWILIO_ACCOUNT_SID": asking.ACCOUNT,
        "TWILIO_AUTH_TOKEN": ask.secret,
        "SENDGRID_API_KEY": f"SG.{ask.secret}",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not the one that is looked for",
        "AWS_SESSION_TOKEN": ask.secret,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "GITHUB_TOKEN": f"ghp_{ask.secret}",
        "ACME_TOKEN": ask.secret,
        f"{place}_BASE_URL": ask.base_url,
        f"{place}_DEADLINE_S": f"{ask.deadline_s:g}",
        f"{place}_CONCURRENCY": str(ask.limit),
        f"{place}_BREAKER_OPEN_S": f"{ask.recovery_s:g}",
        f"{place}_CA_FILE": ask.ca_file,
    }


def _on_a_bridge(find: Find) -> Callable[[Any], Any]:
    """A target whose client is made before it is called: a process is started for each trial."""

    def mark(call: Any) -> Any:
        call.prepare = find
        return call

    return mark


def _stripe(ask: Ask) -> Any:
    return _client(ask, "stripe", lambda bridge: bridge.connect("stripe"))


@_on_a_bridge(_stripe)
def stripe(ask: Ask) -> None:
    """Stripe."""
    asking.stripe(_stripe(ask), ask)


def _twilio(ask: Ask) -> Any:
    return _client(ask, "twilio", lambda bridge: bridge.connect("twilio"))


@_on_a_bridge(_twilio)
def twilio(ask: Ask) -> None:
    """Twilio."""
    asking.twilio(_twilio(ask), ask)


def _sendgrid(ask: Ask) -> Any:
    return _client(ask, "sendgrid", lambda bridge: bridge.connect("sendgrid"))


@_on_a_bridge(_sendgrid)
def sendgrid(ask: Ask) -> None:
    """SendGrid."""
    asking.sendgrid(_sendgrid(ask), ask)


def _aws(ask: Ask) -> Any:
    return _client(ask, "aws", lambda bridge: bridge.connect("aws").client("sqs"))


@_on_a_bridge(_aws)
def aws(ask: Ask) -> None:
    """SQS."""
    asking.sqs(_aws(ask), ask)


def _github(ask: Ask) -> Any:
    return _client(ask, "github", lambda bridge: bridge.connect("github"))


@_on_a_bridge(_github)
def github(ask: Ask) -> None:
    """GitHub."""
    asking.githubkit(_github(ask), ask)


_PROMISES: dict[str, Any] = {"idempotency_header": "Idempotency-Key", "in_progress": [409]}


def _http(ask: Ask) -> Any:
    os.environ["BRIDGEWRIGHT_CONNECTIONS_ACME_PROVIDER"] = "http"
    return _client(ask, "acme", lambda bridge: bridge.http("acme", **_PROMISES))


@_on_a_bridge(_http)
def http(ask: Ask) -> None:
    """An API that is declared, from threads."""
    client = _http(ask)
    if ask.operation == "read":
        client.get("/things").json()["id"]
    elif ask.key is None:
        client.post("/things", json={"email": ask.person})
    else:
        with keyed(ask.key):
            client.post("/things", json={"email": ask.person})


def _http_async(ask: Ask) -> Any:
    os.environ["BRIDGEWRIGHT_CONNECTIONS_ACME_PROVIDER"] = "http"
    return _client(ask, "acme", lambda bridge: bridge.as_async().http("acme", **_PROMISES))


@_on_a_bridge(_http_async)
async def http_async(ask: Ask) -> None:
    """The same, from coroutines."""
    client = _http_async(ask)
    if ask.operation == "read":
        (await client.get("/things")).json()["id"]
    elif ask.key is None:
        await client.post("/things", json={"email": ask.person})
    else:
        with keyed(ask.key):
            await client.post("/things", json={"email": ask.person})
