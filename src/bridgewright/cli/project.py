"""The files that `bridgewright init` writes."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from bridgewright.settings.reference import (
    CONNECTIONS,
    CONNECTORS,
    FORWARD,
    OPTIONS,
    SECRETS,
    SOURCES,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.core.signing.webhook import Option, Webhook
    from bridgewright.settings.reference import Row

_SAMPLES: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "github": (
        "issues.opened",
        '{"action": "opened", "issue": {"number": 1}}',
        {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
    ),
    "stripe": (
        "invoice.payment_failed",
        '{"id": "evt_1", "type": "invoice.payment_failed", "created": 1767225600}',
        {},
    ),
    "standard": ("invoice.paid", '{"id": "evt_1", "type": "invoice.paid"}', {}),
}
"""A typical event of a provider: its type, body, and header fields beside the signature."""
_WIDTH = 96
_CALLS = {
    "": "# Calls, where a provider's own numbers do not fit:",
    f".{SECRETS}": "# ... and its credentials are not in the provider's own variables:",
    f".{OPTIONS}": "# ... and what is particular to the provider (its page in the documentation):",
}


def settings_file(providers: Sequence[str]) -> str:
    """`bridgewright.toml`: what these providers need, and every other setting with its default."""
    parts = [
        "# Settings of Bridgewright. Each is also an environment variable, which wins:",
        "# `concurrency` of [work] is BRIDGEWRIGHT_WORK_CONCURRENCY. Secrets stand here by reference.",
    ]
    tables: dict[str, list[Row]] = {}
    for row in rows():
        tables.setdefault(row.table, []).append(row)
    for table in sorted(tables, key=lambda name: not name.startswith(SOURCES)):
        found = tables[table]
        if table == f"{SOURCES}.NAME":
            for provider in providers:
                parts += ["", *_source(provider, found)]
        elif table.startswith(f"{CONNECTIONS}."):
            named = table.replace("NAME", providers[0])
            parts += ["", _CALLS[table.removeprefix(f"{CONNECTIONS}.NAME")], f"# [{named}]"]
            parts += [f"# {row.described.key}: {row.described.default_shown()}" for row in found]
        elif table == f"{CONNECTORS}.NAME":
            parts += ["", "# Bounds of all sources of one connector together, in one worker:"]
            parts += [f"# [{CONNECTORS}.{providers[0]}]"]
            parts += [f"# {row.described.key}: {row.described.default_shown()}" for row in found]
        elif table == f"{SOURCES}.NAME.{FORWARD}":
            parts += ["", "# Hand a source's events on to an application in any language:"]
            parts += [f"# [{SOURCES}.{providers[0]}.{FORWARD}]"]
            parts += [
                f'# {row.described.key} = "{row.described.setting.example}"' for row in found[:3]
            ]
        elif table == f"{SOURCES}.NAME.{OPTIONS}":
            parts += ["", "# What is particular to a provider's webhooks (the catalogue lists it):"]
            parts += [f"# [{SOURCES}.{providers[0]}.{OPTIONS}]"]
        else:
            parts += ["", f"[{table}]", *(line for row in found for line in _commented(row))]
    return "\n".join(parts) + "\n"


def _source(provider: str, found: Sequence[Row]) -> list[str]:
    webhook = connectors.webhook(provider)
    lines = [f"[{SOURCES}.{provider}]", f'secrets = ["env:{webhook.secret_variable}"]']
    for row in found:
        one = row.described
        if one.key not in {"secrets", "provider"}:
            lines += [f"# {one.key}: {one.default_shown()}"]
    needed = _needed(webhook)
    if needed:
        lines += [f"[{SOURCES}.{provider}.{OPTIONS}]"]
        lines += [f'{option.name} = "{option.example}"' for option in needed]
    return lines


def _needed(webhook: Webhook) -> list[Option]:
    """The options without which nothing would start: those that say so, else all, as examples."""
    try:
        webhook.scheme([Secret(webhook.example_key)], Terms())
    except ConfigurationError:
        needed = [option for option in webhook.options if option.needed]
        return needed or [option for option in webhook.options if option.example]
    return []


def _commented(row: Row) -> list[str]:
    one = row.described
    unit = f" ({one.setting.unit})" if one.setting.unit else ""
    words = textwrap.wrap(one.setting.what + unit, _WIDTH)
    return [*(f"# {line}" for line in words), f"# {one.key} = {one.default_shown()}"]


def application_file(providers: Sequence[str]) -> str:
    """`app.py`: a bridge and one handler for each provider."""
    parts = [
        '"""Receives webhooks and handles them: `bridgewright serve app:bridge`."""',
        "",
        "from bridgewright import Bridge, Event",
        "",
        "bridge = Bridge.from_env()",
    ]
    for provider in providers:
        sample = _SAMPLES.get(provider)
        pattern = "*" if sample is None else sample[0].split(".")[0] + ".*"
        named = "event" if sample is None else _identifier(pattern[:-2])
        parts += [
            "",
            "",
            f'@bridge.on("{provider}", "{pattern}")',
            f"def on_{_identifier(provider)}_{named}(event: Event) -> None:",
            '    """Runs at least once for each event: what it does must bear being done twice."""',
            '    print(f"{event.source}: {event.type} ({event.event_id}), attempt {event.attempt}")',
        ]
    return "\n".join(parts) + "\n"


def test_file(providers: Sequence[str]) -> str:
    """`test_app.py`: each provider's delivery in, verified, stored, handled; a forgery refused."""
    tests = "\n".join(_test(provider) for provider in providers)
    return f'''"""What is signed is handled, what is forged is refused: `python -m unittest`."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from bridgewright import Secret, State
from bridgewright.connectors import webhook
from bridgewright.core.model.moment import from_seconds

FOLDER = tempfile.TemporaryDirectory()
# Keys that prove nothing, for this test alone.
{_keys(providers)}
os.environ["BRIDGEWRIGHT_STORE"] = str(Path(FOLDER.name, "test.db"))

from app import bridge  # noqa: E402 - reads the variables above


def signed(provider: str, body: bytes) -> dict[str, str]:
    """The header fields with which the provider would send this body now."""
    now, known = from_seconds(time.time()), webhook(provider)
    signed = known.sign([Secret(known.example_key)], body, message_id="msg_1", at=now)
    return {{name.decode(): value.decode() for name, value in signed.headers}}


class Webhooks(unittest.TestCase):
    """Deliveries go in as the inbox takes them in; a worker handles what was accepted."""

    @classmethod
    def tearDownClass(cls) -> None:
        bridge.close()
        FOLDER.cleanup()

    def accept(self, provider: str, body: bytes, fields: dict[str, str]) -> None:
        headers = {{**fields, **signed(provider, body)}}
        self.assertLess(bridge.receive(provider, headers=headers, body=body).status, 300)
        bridge.work(until_idle=True)
        self.assertEqual(bridge.events()[0].state, State.DONE)

    def refuse(self, provider: str, body: bytes, fields: dict[str, str]) -> None:
        headers = {{**fields, **signed(provider, body)}}
        answer = bridge.receive(provider, headers=headers, body=body + b" ")
        self.assertGreaterEqual(answer.status, 400)

    def refuse_unsigned(self, provider: str) -> None:
        before = len(bridge.events())
        answer = bridge.receive(provider, headers={{}}, body=b"{{}}")
        self.assertGreaterEqual(answer.status, 400)
        self.assertEqual(len(bridge.events()), before)

{tests}

if __name__ == "__main__":
    unittest.main()
'''


def _keys(providers: Sequence[str]) -> str:
    """A key for each provider, of the form that it has."""
    webhooks = [connectors.webhook(provider) for provider in providers]
    return "\n".join(
        f'os.environ["{one.secret_variable}"] = "{one.example_key}"' for one in webhooks
    )


def _test(provider: str) -> str:
    if provider not in _SAMPLES:
        return f"""    def test_{_identifier(provider)}_refuses_what_nobody_signed(self) -> None:
        self.refuse_unsigned("{provider}")
"""
    _, body, fields = _SAMPLES[provider]
    lines = "".join(f'            "{name}": "{value}",\n' for name, value in fields.items())
    shown = f"{{\n{lines}        }}" if lines else "{}"
    return f"""    def test_{_identifier(provider)}_events_are_handled(self) -> None:
        body = b'{body}'
        fields: dict[str, str] = {shown}
        self.accept("{provider}", body, fields)
        self.refuse("{provider}", body, fields)
"""


def _identifier(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")
