"""A provider that only a document describes, on loopback."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from bridgewright.connectors.standard.webhook import WEBHOOK
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.declared.examples import Maker, UnmadeError
from bridgewright.simulate.declared.operations import Kind, Operation, operations, prefix_of
from bridgewright.simulate.declared.paper import load
from bridgewright.simulate.declared.refusals import RefusedError, refused, unmade
from bridgewright.simulate.declared.schemas import Schemas, Way
from bridgewright.simulate.declared.shelves import Rules, Shelves
from bridgewright.simulate.declared.webhooks import Webhooks
from bridgewright.simulate.desk import ROOT, Desk
from bridgewright.simulate.dispatch import Dispatch, Message, Schedule
from bridgewright.simulate.routes import Routes
from bridgewright.simulate.simulator import close_stand, open_stand, refuse_unknown
from bridgewright.simulate.stand import Mood, Stand, Trade
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.declared.asking import Asked
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

SCHEDULE = Schedule(again_s=(5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0), timeout_s=15.0)
"""Retries as the specification of Standard Webhooks recommends them, read 2026-08."""
KEPT_S = 86_400.0
"""How long an answer is kept under an Idempotency-Key: a day, as most providers have it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was answered under a key, to which request, and until when."""

    asked: tuple[str, str, bytes] = field(repr=False)
    reply: Reply
    ends_at_s: float


class DeclaredSimulator:
    """Behaves as an OpenAPI 3.0 or 3.1 document says, and no further: `document` is its content, or a
    path to it, from anybody: nothing of it is run or fetched.

    Requests are held against its schemas. Pairs of a collection and its items (`POST /things`,
    `GET /things/{id}`) keep what they are given, with ids, instants, filters and pages; other
    operations answer an example of the document's, or the smallest value of their schema; where it
    gives neither, 501. `name` is what faults call it: that of the title unless told. Callbacks and
    links are not followed. `unchecked` are patterns that could take for ever, and are not tried.
    ConfigurationError for a document that cannot be used, and without jsonschema.
    """

    def __init__(
        self,
        document: Mapping[str, Any] | str | Path,
        clock: Clock | None = None,
        *,
        name: str = "",
        faults: Faults | None = None,
        slow_s: float = 1.0,
    ) -> None:
        clock = clock or WallClock()
        self._paper = load(document)
        schemas, maker = Schemas(self._paper), Maker(self._paper, clock.now)
        self._rules = Rules(schemas, maker, clock.now)
        self._webhooks = Webhooks(self._paper, schemas, maker)
        routes = Routes(operations(self._paper, maker))
        self._resources = {
            each.handler.resource.path: each.handler.resource
            for each in routes.all
            if each.handler.resource is not None
        }
        title = str(self._paper.content["info"].get("title", ""))
        called = name or re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "declared"
        self._desk = Desk(self)
        trade = Trade(called, routes, self._answer, refused, self._operated)
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, WEBHOOK.sign, SCHEDULE)
        self.unchecked = tuple(schemas.untried)
        self._lock = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        self._shelves = Shelves(self._rules, self._resources)
        self._keys: dict[str, _Kept] = {}
        self._messages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the URL that the document's paths are below."""
        return open_stand(self, port) + prefix_of(self._paper)

    def close(self) -> None:
        """Hang up on everybody."""
        close_stand(self)

    def reset(self) -> None:
        """Be as new."""
        with self._lock:
            self.stand.reset()
            self.dispatch.reset()
            self._begin()

    def be(
        self,
        mood: Mood,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        after: int = 0,
    ) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds, after=after)

    def state(self) -> Content:
        """Everything that is kept, by collection and id."""
        with self._lock:
            return self._shelves.whole()

    @property
    def url(self) -> str:
        """The URL that the document's paths are below, while it is open."""
        return self.stand.url + prefix_of(self._paper)

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The webhooks that the document declares, each with the paths it takes values for."""
        return self._webhooks.triggers()

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Tell of an event, signed by Standard Webhooks; what was told.

        UnknownTriggerError for what the document does not declare.
        """
        refuse_unknown(self.triggers, event_type, overrides)
        with self._lock:
            event = self._webhooks.event(event_type, dict(overrides))
            self._messages += 1
            body = json.dumps(event, separators=(",", ":")).encode()
            media = ((b"content-type", b"application/json"),)
            self.dispatch.tell(Message(f"msg_{self._messages:016}", event_type, body, media))
        return event

    def _operated(self, heard: Heard) -> Reply | None:
        """The desk, whose document is the one we were given."""
        reply = self._desk(heard)
        if reply is not None and reply.status == 200 and heard.path == f"{ROOT}openapi.json":  # noqa: PLR2004
            return json_reply(self._paper.content)
        return reply

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        operation = match.route.handler
        try:
            schemas, maker = self._rules.schemas, self._rules.maker
            asked = operation.asking.read(schemas, maker, heard, match.names)
            await linger()
            with self._lock:
                return self._once(heard, operation, asked)
        except RefusedError as error:
            return error.reply()

    def _once(self, heard: Heard, operation: Operation, asked: Asked) -> Reply:
        if asked.key is None:
            return self._carried_out(operation, asked)
        request, now_s = (heard.method, heard.path, heard.body), self._rules.now()
        known = self._keys.get(asked.key)
        if known is not None and known.ends_at_s > now_s:
            if known.asked != request:
                raise RefusedError(422, "this idempotency key came with another request before")
            return known.reply
        reply = self._carried_out(operation, asked)
        self._keys[asked.key] = _Kept(request, reply, now_s + KEPT_S)
        return reply

    def _carried_out(self, operation: Operation, asked: Asked) -> Reply:
        answer = operation.answer
        if answer is None:
            raise unmade("the document declares no good answer to this that could be given")
        content: Any = None
        if operation.kind is not Kind.FIXED:
            content = self._shelves.carry_out(operation, asked)
            if content is None and answer.schema:
                content = self._example(operation)
        elif answer.schema:
            content = self._example(operation)
        if not answer.schema:
            return Reply(answer.status)
        if self._rules.schemas.problems(answer.schema, content, Way.ANSWERED):
            raise unmade("what is kept is not what the document declares as the answer")
        body = json.dumps(content).encode()
        return Reply(answer.status, (("content-type", answer.media),), body)

    def _example(self, operation: Operation) -> Any:
        """What the document gives as an answer; 501 where it gives none that fits its own schema."""
        answer = operation.answer
        if answer is None:
            raise unmade("the document declares no answer")
        place = answer.schema.removesuffix("/schema")
        _, media = self._paper.follow(place)
        media = media if isinstance(media, dict) else {}
        given = [media["example"]] if "example" in media else []
        for key in media.get("examples") or {}:
            _, example = self._paper.child(place, "examples", key)
            if isinstance(example, dict) and "value" in example:
                given.append(example["value"])
        fitting = self._fitting(answer.schema, given)
        if not fitting and "schema" in media:
            # Published examples often do not fit their own schema: then the smallest that does.
            try:
                fitting = self._fitting(answer.schema, [self._rules.maker.make(answer.schema)])
            except UnmadeError as error:
                raise unmade(f"no answer can be made: {error}") from None
        if fitting:
            return fitting[0]
        raise unmade("the document gives no answer that fits its own schema")

    def _fitting(self, schema: str, given: list[Any]) -> list[Any]:
        problems = self._rules.schemas.problems
        return [each for each in given if not problems(schema, each, Way.ANSWERED)]
