"""`bridgewright doctor`: whether everything is in place for the promises to hold."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bridgewright.bridge import Bridge
from bridgewright.bridge.gating import gate_of
from bridgewright.bridge.outgoing import Outgoing
from bridgewright.cli import options, shapes
from bridgewright.cli.exits import Exit
from bridgewright.cli.opening import has_store
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import (
    BridgewrightError,
    ConfigurationError,
    GateUnavailable,
    StoreError,
)
from bridgewright.core.lifecycle.presence import is_alive, unclaimed
from bridgewright.core.lifecycle.rotation import idle_keys
from bridgewright.core.lifecycle.silence import gap_s, is_silent
from bridgewright.engine.drive.clock import Chance, now
from bridgewright.settings import examine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Overview, SourceRow
    from bridgewright.settings import Settings

LEAST_FREE_BYTES = 67_108_864
"""64 MiB: below it the next checkpoint of the store may not fit."""
LITTLE_FREE_BYTES = 1_073_741_824
"""1 GiB: at a few kilobytes an event some hours of a busy day."""
LONG_TRANSACTION_S = 300.0
"""From this age on somebody's open transaction is told of: what it keeps from being cleaned up by then is
what five minutes finished."""
_MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and the next step where it is not well."""

    name: str
    status: str
    detail: str
    remedy: str = ""


@click.command(epilog="JSON: ok (whether nothing failed), checks (list of check).")
@click.option(
    "--no-migrate",
    is_flag=True,
    help="Leave the schema of a store at a server as it is; a file's is brought up to date by looking.",
)
@options.as_json
@click.pass_context
def doctor(ctx: click.Context, *, no_migrate: bool, as_json: bool) -> None:
    """Look at settings, store, disk, workers and dead letters, and name the next step.

    Exits with 1 when a check failed; a warning alone does not.
    """
    screen = Screen(as_json)
    checks = tuple(_checks(migrate=not no_migrate))
    screen.table(
        ("CHECK", "STATUS", "FOUND", "NEXT STEP"),
        ((check.name, check.status, check.detail, check.remedy) for check in checks),
    )
    well = all(check.status != "fail" for check in checks)
    screen.answer("doctor", {"ok": well, "checks": [shapes.CHECK.of(check) for check in checks]})
    if not well:
        ctx.exit(Exit.UNWELL)


def _checks(*, migrate: bool) -> Iterator[Check]:
    examined = examine()
    for problem in examined.problems:
        told = f"{problem.place}: {problem.problem}" if problem.place else problem.problem
        yield Check("settings", "fail", told, problem.remedy)
    if examined.settings is not None:
        yield _settings(examined.settings)
        yield from _connections(examined.settings)
        yield from _gate(examined.settings)
    settings = examined.settings or examine(with_sources=False).settings
    if settings is None:
        yield Check("store", "fail", "not looked at: the settings do not say where it is")
        return
    if settings.store.url is None:
        yield _disk(settings.store.path)
    yield from _store(settings, migrate=migrate)


def _settings(settings: Settings) -> Check:
    names = ", ".join(source.name for source in settings.sources)
    origin = "the environment" if settings.origin is None else str(settings.origin)
    if not names:
        remedy = "set a provider's secret, or run `bridgewright init stripe`"
        return Check("settings", "warn", f"from {origin}: no source is configured", remedy)
    return Check("settings", "ok", f"from {origin}; sources: {names}")


def _connections(settings: Settings) -> Iterator[Check]:
    """What `connect` would say of each, without a request. What code may still bring (a client
    with credentials of its own, a vault, a `base_url`) is a warning when it is missing."""
    outgoing = Outgoing(settings, lambda _: None, lambda: False, Chance())
    try:
        for connection in settings.connections:
            error, curable = outgoing.examine(connection.name)
            if error is None:
                told = f"{connection.name}: to {connection.provider}"
                yield Check("connection", "ok", told)
                continue
            told = f"{connection.name}: {error.problem}"
            yield Check("connection", "warn" if curable else "fail", told, error.remedy)
    finally:
        outgoing.close()


def _gate(settings: Settings) -> Iterator[Check]:
    """The Redis in which processes share limits: whether it answers, how soon, and whether it keeps
    what it is told."""
    try:
        gate = gate_of(settings)
        if gate is None:
            return
        try:
            found = gate.condition()
        finally:
            gate.close()
    except ConfigurationError as error:
        yield Check("gate", "fail", error.problem, error.remedy)
        return
    except GateUnavailable as error:
        meanwhile = f"until then calls go by outage = {settings.gates.outage}"
        remedy = f"start it, or correct [gates] redis; {meanwhile}"
        yield Check("gate", "fail", str(error), remedy)
        return
    policy = found.maxmemory_policy or "not told"
    told = f"Redis {found.version} answers in {found.latency_s * 1_000:.1f} ms, maxmemory-policy {policy}"
    if found.forgets:
        remedy = "set maxmemory-policy noeviction: a limit that is dropped begins anew"
        yield Check("gate", "warn", told, remedy)
    elif found.latency_s > settings.gates.timeout_s / 2:
        yield Check("gate", "warn", told, "raise [gates] timeout_s, or take a Redis that is nearer")
    else:
        yield Check("gate", "ok", told)


def _disk(path: Path) -> Check:
    folder = path.absolute().parent
    if not folder.is_dir():
        remedy = "create it, or set BRIDGEWRIGHT_STORE"
        return Check("disk", "fail", f"{folder} does not exist", remedy)
    if not os.access(folder, os.W_OK):
        remedy = "give this user the right to write there, or set BRIDGEWRIGHT_STORE"
        return Check("disk", "fail", f"{folder} cannot be written", remedy)
    free = shutil.disk_usage(folder).free
    detail = f"{free // _MIB} MiB free at {folder}"
    if free < LEAST_FREE_BYTES:
        return Check(
            "disk", "fail", detail, "make room: a full disk turns deliveries away with 503"
        )
    if free < LITTLE_FREE_BYTES:
        return Check("disk", "warn", detail, "make room")
    return Check("disk", "ok", detail)


def _store(settings: Settings, *, migrate: bool) -> Iterator[Check]:
    path = settings.store.shown
    try:
        if not has_store(settings):
            yield Check("store", "warn", f"{path} does not exist yet", "it is made on first use")
            return
    except BridgewrightError as error:
        yield Check("store", "fail", str(error), "see the message; nothing was written")
        return
    bridge = Bridge(settings)
    try:
        applied = bridge.migrate() if migrate else ()
        overview = bridge.survey()
        known = {row.source: row for row in bridge.sources()}
    except StoreError as error:
        yield Check("store", "fail", str(error), "see the message; nothing was written")
        return
    finally:
        bridge.close()
    news = f"applied {', '.join(applied)}" if applied else "up to date"
    news = news if migrate else "answers; nothing was applied"
    yield Check("schema", "ok", f"{path}: {news}")
    yield from _pending(overview)
    yield from _durability(overview, shared=settings.store.url is not None)
    yield from _snapshots(overview)
    yield from _work(overview)
    yield from _heard(settings, known)
    yield _dead(overview)


def _durability(overview: Overview, *, shared: bool) -> Iterator[Check]:
    remedy = "put the store on a local disk (BRIDGEWRIGHT_STORE)"
    if shared:
        remedy = "switch it on in the server's settings, or for this role"
    for broken in overview.broken_promises:
        yield Check("durability", "fail", broken, remedy)
    if not overview.broken_promises:
        detail = "what is acknowledged survives a crash and a power cut"
        yield Check("durability", "ok", detail)


def _pending(overview: Overview) -> Iterator[Check]:
    if overview.pending:
        remedy = "when no process of the previous release runs: bridgewright migrate --post"
        yield Check("schema", "warn", f"to be applied: {', '.join(overview.pending)}", remedy)


def _snapshots(overview: Overview) -> Iterator[Check]:
    """A transaction that somebody forgot slows every queue in its database."""
    oldest = overview.oldest_transaction
    if oldest is None:
        return
    told = f"the oldest is {oldest.age_s:.0f} s old: {oldest.who}"
    if oldest.age_s < LONG_TRANSACTION_S:
        yield Check("transactions", "ok", told)
        return
    remedy = "end it: nothing that was finished since it began can be cleaned up"
    yield Check("transactions", "warn", told, remedy)


def _work(overview: Overview) -> Iterator[Check]:
    at = now()
    alive = [worker for worker in overview.workers if is_alive(worker, at)]
    remedy = "start one: bridgewright worker APP, or bridgewright serve APP"
    if alive:
        claimed = sorted({source for worker in alive for source in worker.sources})
        yield Check("workers", "ok", f"{len(alive)} alive, claiming {', '.join(claimed)}")
    else:
        yield Check("workers", "warn", "none is alive", remedy)
    idle = unclaimed(overview, at)
    waiting = sum(count.waiting for count in overview.sources)
    if idle:
        stuck = sum(count.waiting for count in overview.sources if count.source in idle)
        detail = f"{stuck} waiting, and no worker claims: {', '.join(idle)}"
        yield Check("waiting", "fail", detail, remedy)
    else:
        yield Check(
            "waiting",
            "ok",
            f"{waiting} waiting, a worker claims them" if waiting else "nothing waits",
        )


def _heard(settings: Settings, known: dict[str, SourceRow]) -> Iterator[Check]:
    """Sources that say how long they may be silent, and keys that can go."""
    at = now()
    for source in settings.sources:
        row = known.get(source.name)
        if row is None:
            continue
        if source.longest_gap_s is not None:
            yield _silence(row, source.longest_gap_s, at)
        for name in idle_keys(row, source.key_names, at):
            told = f"{source.name}: {name} is unused for 7 days or more, and others are used"
            yield Check("keys", "warn", told, f"remove {name} from its secrets")


def _silence(row: SourceRow, longest_gap_s: float, at: Moment) -> Check:
    silent_s = gap_s(row.seen_at, row.heard_at, at)
    told = f"{row.source}: last heard {silent_s:.0f} s ago, at most {longest_gap_s:g} s expected"
    if row.heard_at is None:
        told = (
            f"{row.source}: never heard in {silent_s:.0f} s, {longest_gap_s:g} s expected at most"
        )
    if not is_silent(row, longest_gap_s, at):
        return Check("silence", "ok", told)
    remedy = "see at the provider that the webhook is on, and: bridgewright events ls --rejected"
    return Check("silence", "warn", told, remedy)


def _dead(overview: Overview) -> Check:
    causes = ", ".join(f"{n} {cause}" for cause, n in sorted(overview.dead_by_cause.items()) if n)
    if causes:
        remedy = "look: bridgewright dead ls; put back: bridgewright redrive plan"
        return Check("dead letters", "warn", causes, remedy)
    return Check("dead letters", "ok", "none")
