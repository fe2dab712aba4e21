"""A small shop that uses Bridgewright: its settings, its store, and its operator at a keyboard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from bridgewright import Bridge, PermanentFailure, Secret
from bridgewright.cli import bridgewright
from bridgewright.connectors import webhook
from bridgewright.core.model.moment import from_seconds
from bridgewright.settings import load

if TYPE_CHECKING:
    from pathlib import Path

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PERSONAL = "ada@example.org"
SETTINGS = "[store]\npath = 'shop.db'\n[sources.stripe]\n[sources.github]\n"
SECRETS = {"STRIPE_WEBHOOK_SECRET": KEY, "GITHUB_WEBHOOK_SECRET": KEY}
PROGRAM = (sys.executable, "-c", "from bridgewright.cli import main; main()")


def stripe_body(number: int, event_type: str = "invoice.paid") -> bytes:
    event = {"id": f"evt_{number}", "type": event_type, "email": PERSONAL}
    return json.dumps(event).encode()


def signed(provider: str, body: bytes) -> dict[str, str]:
    at = from_seconds(time.time())
    fields = webhook(provider).sign([Secret(KEY)], body, message_id="msg_1", at=at).headers
    return {name.decode(): value.decode() for name, value in fields}


@dataclass(frozen=True, slots=True)
class Shop:
    folder: Path

    @classmethod
    def open(cls, folder: Path, settings: str = SETTINGS) -> Shop:
        (folder / "bridgewright.toml").write_text(settings)
        return cls(folder)

    @property
    def environ(self) -> dict[str, str]:
        return {**SECRETS, "BRIDGEWRIGHT_CONFIG": str(self.folder / "bridgewright.toml")}

    def bridge(self) -> Bridge:
        return Bridge(load(None, self.environ))

    def receive(self, *events: str, first: int = 1) -> None:
        """Stripe events of these types come in, numbered from `first`."""
        bridge = self.bridge()
        for number, event_type in enumerate(events, start=first):
            body = stripe_body(number, event_type)
            assert bridge.receive("stripe", headers=signed("stripe", body), body=body).status == 200
        bridge.close()

    def bury(self) -> None:
        """A worker takes every Stripe event that waits, and each is a dead letter."""
        bridge = self.bridge()

        @bridge.on("stripe")
        def refuse(event: object) -> None:
            del event
            reason = "no such customer"
            raise PermanentFailure(reason)

        bridge.work(until_idle=True)
        bridge.close()

    def handle(self) -> list[str]:
        """A worker takes every Stripe event that waits and handles it; their provider's ids."""
        bridge = self.bridge()
        handled: list[str] = []

        @bridge.on("stripe")
        def accept(event: Any) -> None:
            handled.append(event.event_id)

        bridge.work(until_idle=True)
        bridge.close()
        return handled

    def run(self, *arguments: str, **environ: str) -> Result:
        """One command in this process; what is not expected to fail must not."""
        runner = CliRunner()
        env: dict[str, str | None] = {**self.environ, **environ}
        return runner.invoke(bridgewright, arguments, env=env, prog_name="bridgewright")

    def object(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """The one JSON object that a command prints."""
        result = self.run(*arguments, "--json", **environ)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def start(
        self, *arguments: str, stderr: int | None = None, **environ: str
    ) -> subprocess.Popen[str]:
        """A command as a process of its own, its output as pipes; `stderr` is a file to use instead."""
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                **self.environ,
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if stderr is None else stderr,
            text=True,
        )
