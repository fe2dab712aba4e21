"""A chosen model on a bridge of its own: our transports, our deadlines, our retries, our redaction."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.bridge import Bridge
from bridgewright.core.policy.numbers import BreakerNumbers, CallNumbers
from bridgewright.core.redact.redaction import redaction
from bridgewright.engineer.models import anthropic, chat
from bridgewright.engineer.models.anthropic import Messages
from bridgewright.engineer.models.chat import Chat
from bridgewright.engineer.models.line import LONGEST_S, Line
from bridgewright.engineer.models.providers import Dialect
from bridgewright.settings import Settings
from bridgewright.settings.outbound import ConnectionSettings, References

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.secret import Secret
    from bridgewright.engineer.models.choice import Chosen
    from bridgewright.engineer.models.words import Model

CONNECTION = "model"
"""How logs and errors call the connection."""
NUMBERS = CallNumbers(
    deadline_s=600.0,
    attempt_s=300.0,
    connect_s=10.0,
    idle_s=240.0,
    max_wait_s=60.0,
    concurrency=4,
    queue=4,
    breaker=BreakerNumbers(window_s=1_200.0, slow_s=600.0),
)
"""A model reads for minutes before its first word, and a server on this machine for longer: so what is
slow elsewhere is not slow here, and silence is silence after four minutes. Nobody else waits behind this
caller, so a pushback of a minute is kept within the call."""


@dataclass(frozen=True, slots=True)
class Held:
    """A vault for one key, which the environment gave already."""

    key: Secret

    def fetch(self, rest: str) -> Secret:
        """As `Vault.fetch`; there is but one."""
        del rest
        return self.key


@contextmanager
def connected(
    chosen: Chosen, *, numbers: CallNumbers = NUMBERS, longest_s: float = LONGEST_S
) -> Iterator[Model]:
    """The model, for as long as it is needed. `numbers` are the call's, `longest_s` seconds bound one
    answer to its last byte. `ConfigurationError` for what cannot be: a proxy that is no URL, say."""
    bridge = Bridge(_settings(chosen))
    try:
        client = bridge.http(
            CONNECTION,
            safe=(f"POST {chat.PATH}", f"POST {anthropic.PATH}"),
            content_type=None,
            numbers=numbers,
        )
        held = () if chosen.key is None else (chosen.key,)
        line = Line(client, redaction(b"", (), held), longest_s)
        yield _spoken(chosen, line)
    finally:
        bridge.close()


def _spoken(chosen: Chosen, line: Line) -> Model:
    if chosen.place.dialect is Dialect.ANTHROPIC:
        return Messages(line, chosen.model, chosen.prices)
    return Chat(line, chosen.model, chosen.limit_word, chosen.prices)


def _settings(chosen: Chosen) -> Settings:
    """Nothing but this connection: no file is read for it."""
    named: dict[str, Any] = {}
    vaults = {}
    if chosen.key is not None:
        vaults[CONNECTION] = Held(chosen.key)
        header = chosen.place.dialect is Dialect.ANTHROPIC
        named["secrets"] = {"api_key" if header else "token": References((f"{CONNECTION}:key",))}
        named["options"] = {"key_header": "x-api-key"} if header else {}
    connection = ConnectionSettings(
        CONNECTION,
        provider="http",
        base_url=chosen.place.url,
        proxy=chosen.proxy,
        ca_file=chosen.ca_file,
        **named,
    )
    return Settings(connections=(connection,), vaults=vaults)
