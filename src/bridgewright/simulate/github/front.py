"""What GitHub does with every request before and after it is carried out: who asks, in which version and
form, how much they have asked already, and whether they know the answer.

https://docs.github.com/rest/about-the-rest-api/api-versions and
.../using-the-rest-api/best-practices-for-using-the-rest-api (conditional requests), as known 2026-11.
"""

from __future__ import annotations

import hashlib
from email.utils import formatdate
from typing import TYPE_CHECKING

from bridgewright.simulate.github.ask import Ask, anonymous, asked, filters
from bridgewright.simulate.github.callers import recognise, recognise_app
from bridgewright.simulate.github.limits import READS
from bridgewright.simulate.github.trouble import TroubleError, refused, unsimulated
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.github.ask import Operation
    from bridgewright.simulate.github.callers import Caller
    from bridgewright.simulate.github.world import World
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.wire import Heard

    Pairs = tuple[tuple[str, str], ...]

VERSIONS = ("2022-11-28", "2026-03-10")
"""The versions of the API that are spoken; the first is what is spoken to who names none."""
_OTHER_FORMS = (".diff", ".patch", ".sha", ".star", ".object")
_KEPT = (("cache-control", "private, max-age=60, s-maxage=60"), ("vary", "Accept, Authorization"))


class Front:
    """Carries requests out, one after the other. `key` is what the app's word is verified by."""

    def __init__(self, world: Callable[[], World], key: str | None) -> None:
        self._world = world
        self._key = key
        self._requests = 0

    def answer(self, heard: Heard, match: Match[Operation]) -> Reply:
        """The answer to a request that is one of the operations."""
        world = self._world()
        try:
            caller = self._caller(heard, match.route.handler, world)
        except TroubleError as error:
            return self.stamped(error.trouble.reply())
        reply = _known(heard, self._carried_out(heard, match, world, caller))
        if reply.status == 304:  # noqa: PLR2004 - not modified: it costs nothing
            world.meter.refund(caller.purse, world.now())
        hour = world.meter.hour(caller.purse, world.now())
        version = heard.header("x-github-api-version") or VERSIONS[0]
        told = ("x-github-api-version-selected", version if version in VERSIONS else VERSIONS[0])
        return self.stamped(reply, *hour.headers(), told)

    def stamped(self, reply: Reply, *more: tuple[str, str]) -> Reply:
        """An answer with what every one has in its header."""
        self._requests += 1
        stamps = (
            ("date", formatdate(self._world().now(), usegmt=True)),
            ("server", "github.com"),
            ("x-github-request-id", f"C0FE:{self._requests:08X}"),
            ("x-github-media-type", "github.v3; format=json"),
            *more,
        )
        return Reply(reply.status, (*reply.headers, *stamps), reply.body)

    def _caller(self, heard: Heard, operation: Operation, world: World) -> Caller:
        word = heard.header("authorization")
        if operation.who == "app":
            return recognise_app(word, world.now(), self._key)
        return recognise(word, world)

    def _carried_out(
        self, heard: Heard, match: Match[Operation], world: World, caller: Caller
    ) -> Reply:
        operation, shape = match.route.handler, match.route.shape
        try:
            _refuse_form(heard)
            if operation.who != "free":
                world.meter.admit(
                    caller.purse, heard.method, world.now(), creates=operation.creates
                )
            if anonymous(caller) and heard.method not in READS:
                raise refused(401, "Requires authentication")
            query = filters(heard.query, shape, _resource(match))
            ask = Ask(heard, world, caller, match.names, query, {}, operation.need)
            if "owner" in match.names and operation.who != "app":
                _ = ask.repository  # who may not see it learns nothing about what was wrong
            body = asked(heard, shape)
            ask = Ask(heard, world, caller, match.names, query, body, operation.need)
            return operation.run(ask)
        except TroubleError as error:
            return error.trouble.reply()


def _resource(match: Match[Operation]) -> str:
    """What a refusal calls the kind of thing: `Issue` for `issues.list_for_repo`."""
    names = {"issues": "Issue", "pulls": "PullRequest", "checks": "CheckRun"}
    return names.get(match.route.operation.partition(".")[0], "Repository")


def _refuse_form(heard: Heard) -> None:
    version = heard.header("x-github-api-version")
    if version is not None and version not in VERSIONS:
        text = f"Version {version[:50]} is not supported. Supported: {', '.join(VERSIONS)}."
        raise refused(400, text)
    accept = (heard.header("accept") or "*/*").lower()
    if accept.startswith("application/vnd.github") and accept.endswith(_OTHER_FORMS):
        raise unsimulated(f"An answer in the form {accept[:100]}")
    kinds = (each.partition(";")[0].strip() for each in accept.split(","))
    if not any(
        each in {"*/*", "application/*", "application/json"}
        or each.startswith("application/vnd.github")
        for each in kinds
    ):
        text = f"Unsupported 'Accept' header: '{accept[:100]}'. Must accept 'application/json'."
        raise refused(415, text)


def _known(heard: Heard, reply: Reply) -> Reply:
    """304 in place of what the caller has already."""
    if heard.method not in READS or reply.status != 200:  # noqa: PLR2004 - OK
        return reply
    digest = hashlib.blake2b(reply.body, digest_size=16).hexdigest()
    headers: Pairs = (("etag", f'W/"{digest}"'), *_KEPT)
    known = (heard.header("if-none-match") or "").split(",")
    if any(each.strip().removeprefix("W/") in {f'"{digest}"', "*"} for each in known):
        return Reply(304, headers)
    return Reply(200, (*reply.headers, *headers), reply.body)
