"""The desk of a simulated provider, below `/_sim/` on its own port: state, journal, faults, triggers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.secret import Secret
from bridgewright.simulate import openapi
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import LOOPBACK, Endpoint
from bridgewright.simulate.faults.written import content_of, rule_of
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.faults.journal import Entry
    from bridgewright.simulate.simulator import Simulator
    from bridgewright.simulate.wire import Content, Heard

ROOT = "/_sim/"
SHOWN = frozenset(
    {"content-type", "content-length", "user-agent", "idempotency-key", "accept", "x-amz-target"}
)
"""Header fields that the journal shows; of all others the names alone, for they may hold secrets."""


class UnreadableError(ValueError):
    """What the desk was asked makes no sense."""


class Desk:
    """Answers whoever operates a simulator; only from this machine, and never under a foreign name:
    a page in somebody's browser is not to move it."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __call__(self, heard: Heard) -> Reply | None:
        """The answer, or None for what is meant for the provider."""
        if not heard.path.startswith(ROOT):
            return None
        host = (heard.header("host") or "").rpartition(":")[0]
        if host.strip("[]") not in LOOPBACK or heard.header("origin") is not None:
            return json_reply({"error": "the desk answers programs of this machine alone"}, 403)
        try:
            return self._answer(heard, f"{heard.method} {heard.path.removeprefix(ROOT)}")
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)

    def _answer(self, heard: Heard, asked: str) -> Reply:  # noqa: C901, PLR0911 - one for each request
        simulator, stand = self._simulator, self._simulator.stand
        match asked:
            case "GET ":
                return json_reply(self._card())
            case "GET state":
                return json_reply(simulator.state())
            case "POST reset":
                simulator.reset()
                return Reply(204)
            case "GET journal":
                return json_reply({"requests": [told(each) for each in stand.journal.entries]})
            case "GET deliveries":
                return json_reply({"deliveries": [asdict(p) for p in simulator.dispatch.posted]})
            case "GET openapi.json":
                return json_reply(openapi.document(stand.name, stand.routes.all))
            case "GET faults" | "POST faults" | "DELETE faults":
                return self._faults(heard)
            case "GET endpoints" | "POST endpoints":
                return self._endpoints(heard)
            case "POST trigger":
                return json_reply(self._triggered(_asked(heard)))
            case "POST clock":
                return json_reply({"now": self._moved(_asked(heard))})
            case _:
                return json_reply({"error": f"the desk has no {asked!r}; see GET {ROOT}"}, 404)

    def _card(self) -> Content:
        stand = self._simulator.stand
        operations = [f"{r.method} {r.path} ({r.operation})" for r in stand.routes.all]
        triggers = {name: list(paths) for name, paths in self._simulator.triggers.items()}
        return {"provider": stand.name, "operations": operations, "triggers": triggers}

    def _faults(self, heard: Heard) -> Reply:
        faults = self._simulator.stand.faults
        if heard.method == "DELETE":
            faults.clear()
        if heard.method == "POST":
            faults.add(rule_of(_asked(heard)))
        return json_reply({"seed": faults.seed, "faults": [content_of(r) for r in faults.rules]})

    def _endpoints(self, heard: Heard) -> Reply:
        dispatch = self._simulator.dispatch
        if heard.method == "POST":
            asked = _asked(heard)
            if not isinstance(asked.get("url"), str):
                raise UnreadableError("an endpoint needs a url")
            name = str(asked.get("name", f"desk_{len(dispatch.endpoints) + 1}"))
            secrets = tuple(Secret(str(each)) for each in asked.get("secrets", ()))
            events = tuple(map(str, asked.get("events", ()))) or ("*",)
            dispatch.put(Endpoint(name, asked["url"], events, secrets))
        shown = [
            {"name": e.name, "url": e.url, "events": list(e.events), "on": e.on}
            for e in dispatch.endpoints
        ]
        return json_reply({"endpoints": shown})

    def _triggered(self, asked: Content) -> Content:
        overrides = asked.get("overrides", {})
        if not isinstance(overrides, dict):
            raise UnreadableError("overrides are an object: each place and its value")
        texts = {str(name): str(value) for name, value in overrides.items()}
        return self._simulator.trigger(str(asked.get("type", "")), texts)

    def _moved(self, asked: Content) -> float:
        clock = self._simulator.stand.clock
        if not isinstance(clock, VirtualClock):
            raise UnreadableError(
                "this simulator goes by the clock on the wall, which nobody moves"
            )
        clock.advance(float(asked.get("advance_s", 0)))
        return clock.now()


def told(entry: Entry) -> Content:
    """A request as people may see it: no credentials, no body."""
    heard = entry.heard
    headers = [(name, value if name in SHOWN else "…") for name, value in heard.headers]
    return {
        "attempt": entry.attempt,
        "method": heard.method,
        "path": heard.path,
        "operation": entry.operation,
        "headers": headers,
        "body_bytes": len(heard.body),
        "body_sha256": entry.body_digest,
        "key": entry.key,
        "happened": entry.happened,
        "status": entry.status,
        "fault": entry.fault,
    }


def _asked(heard: Heard) -> dict[str, Any]:
    content = json.loads(heard.body or b"{}")
    if not isinstance(content, dict):
        raise UnreadableError("the body is a JSON object")
    return content
