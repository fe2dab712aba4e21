"""`bridgewright sources ls|show|why`: who sends to us, by which keys, and why some is turned away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bridgewright.bridge import Bridge
from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator, require_store
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import NotFound
from bridgewright.core.lifecycle.rotation import idle_keys
from bridgewright.core.lifecycle.silence import gap_s, is_silent
from bridgewright.core.model.moment import as_text, seconds_between
from bridgewright.engine.drive.clock import now
from bridgewright.settings import examine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import KeyRow, RejectionRow, SourceRow
    from bridgewright.settings import Settings, SourceSettings

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class KeySeen:
    """A key of a source: as it is configured, and as the store counted it."""

    name: str
    configured: bool
    hits: int
    used_at: Moment | None
    idle: bool


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source: as it is configured (`provider` and `path` are None where it is not), and as the
    store knows it (`seen_at` is None where it does not yet)."""

    source: str
    provider: str | None
    path: str | None
    seen_at: Moment | None
    heard_at: Moment | None
    longest_gap_s: float | None
    silent: bool
    keys: tuple[KeySeen, ...]


@click.group()
def sources() -> None:
    """List sources, their keys and their silences; explain rejections; ask for what was missed."""


@sources.command(epilog="JSON: sources (list of source).")
@options.as_json
def ls(*, as_json: bool) -> None:
    """List every source: when it was last sent something that verified, and by which key."""
    screen, at = Screen(as_json), now()
    found = _looked_at(at)
    rows = (
        (
            one.source,
            one.provider,
            _ago(one.heard_at, at),
            _standing(one),
            key.name,
            *_used(key, at),
        )
        for one in found
        for key in one.keys or (KeySeen("", configured=False, hits=0, used_at=None, idle=False),)
    )
    screen.table(("SOURCE", "PROVIDER", "LAST HEARD", "STATUS", "KEY", "HITS", "LAST USED"), rows)
    if not found:
        note("no source is configured, and none has sent anything")
    for one in found:
        _hint(one)
    screen.answer("sources ls", {"sources": [shapes.SOURCE.of(one) for one in found]})


@sources.command(epilog="JSON: source (a source).")
@click.argument("name", metavar="NAME")
@options.as_json
def show(*, name: str, as_json: bool) -> None:
    """Show one source: where it listens, when it was heard, and what each of its keys verified."""
    screen, at = Screen(as_json), now()
    found = next((one for one in _looked_at(at) if one.source == name), None)
    if found is None:
        msg = f"there is no source {name!r}: `bridgewright sources ls` lists those there are"
        raise NotFound(msg)
    screen.fields(_described(found, at))
    screen.say()
    screen.table(
        ("KEY", "HITS", "LAST USED", "CONFIGURED"),
        ((key.name, *_used(key, at), "yes" if key.configured else "no") for key in found.keys),
    )
    _hint(found)
    screen.answer("sources show", {"source": shapes.SOURCE.of(found)})


@sources.command(epilog="JSON: rejection (a rejection, with its finding).")
@click.argument("rejection_id", metavar="REJECTION", type=int)
@options.as_json
def why(*, rejection_id: int, as_json: bool) -> None:
    """Explain one rejected delivery: what was wrong, what would have matched, and the next step.

    The known mistakes are tried when it comes, of each source a few a minute. Only words are kept:
    neither the delivery nor anything of a key.
    """
    screen = Screen(as_json)
    with operator() as bridge:
        row = bridge.rejection(rejection_id)
    screen.fields(_explained(row))
    screen.answer("sources why", {"rejection": shapes.REJECTION.of(row)})


NOT_LOOKED_INTO = "nobody looked: of many rejections in a minute only the first few are looked into"


def _explained(row: RejectionRow) -> list[tuple[str, object]]:
    finding = row.finding
    told = [
        ("id", row.id),
        ("source", row.source),
        ("at", as_text(row.at)),
        ("rejected for", f"{row.reason}: {row.detail}" if row.detail else str(row.reason)),
    ]
    if finding is None:
        return [*told, ("finding", NOT_LOOKED_INTO)]
    return [
        *told,
        ("finding", str(finding.mistake)),
        ("what was wrong", finding.wrong),
        ("would have matched", finding.matched or "nothing that is known"),
        ("next step", finding.step),
    ]


def _looked_at(at: Moment) -> tuple[SourceSeen, ...]:
    """Every source of settings and store. Settings that are wrong are said to be, and the store's
    own view is shown."""
    examined = examine()
    settings = examined.settings or examine(with_sources=False).settings
    for problem in examined.problems:
        warn(str(problem))
    if settings is None:
        return ()
    require_store(settings)
    bridge = Bridge(settings)
    try:
        known = {row.source: row for row in bridge.sources()}
    finally:
        bridge.close()
    return seen(settings, known, at)


def seen(settings: Settings, known: dict[str, SourceRow], at: Moment) -> tuple[SourceSeen, ...]:
    """Settings and store laid over each other, by name."""
    configured = {source.name: source for source in settings.sources}
    names = sorted({*configured, *known})
    return tuple(_seen(name, configured.get(name), known.get(name), at) for name in names)


def _seen(
    name: str, settings: SourceSettings | None, row: SourceRow | None, at: Moment
) -> SourceSeen:
    own = () if settings is None else settings.key_names
    longest_s = None if settings is None else settings.longest_gap_s
    idle = () if row is None else idle_keys(row, own, at)
    return SourceSeen(
        source=name,
        provider=None if settings is None else settings.provider,
        path=None if settings is None else settings.path,
        seen_at=None if row is None else row.seen_at,
        heard_at=None if row is None else row.heard_at,
        longest_gap_s=longest_s,
        silent=row is not None and is_silent(row, longest_s, at),
        keys=tuple(_keys(own, () if row is None else row.keys, idle)),
    )


def _keys(
    own: tuple[str, ...], known: tuple[KeyRow, ...], idle: tuple[str, ...]
) -> Iterator[KeySeen]:
    counted = {key.name: key for key in known}
    for name in dict.fromkeys((*own, *counted)):
        key = counted.get(name)
        hits, used_at = (0, None) if key is None else (key.hits, key.used_at)
        yield KeySeen(name, name in own, hits, used_at, name in idle)


def _described(one: SourceSeen, at: Moment) -> list[tuple[str, object]]:
    gap = one.longest_gap_s
    return [
        ("source", one.source),
        ("provider", one.provider or "not configured any more"),
        ("path", one.path),
        ("known since", one.seen_at and as_text(one.seen_at)),
        ("last heard", _ago(one.heard_at, at)),
        ("longest gap", None if gap is None else f"{gap:g} s"),
        ("status", _standing(one)),
    ]


def _standing(one: SourceSeen) -> str:
    if one.silent:
        return "silent"
    return "ok" if one.heard_at is not None else "never heard"


def _used(key: KeySeen, at: Moment) -> tuple[object, str]:
    return (key.hits, _ago(key.used_at, at)) if key.name else ("", "")


def _hint(one: SourceSeen) -> None:
    """What a person should know of a source: its silence, and keys that can go."""
    if one.silent and one.seen_at is not None and one.longest_gap_s is not None:
        silent_s = gap_s(one.seen_at, one.heard_at, now())
        told = (
            f"nothing that verified for {length(silent_s)}, and {length(one.longest_gap_s)} at most"
        )
        warn(f"{one.source} is silent: {told} was expected; see that its provider still sends")
    for key in one.keys:
        if key.idle:
            verb = "was never used" if key.used_at is None else "is unused for 7 days or more"
            note(f"{one.source}: {key.name} {verb}, and others are used: it can be removed")


def _ago(when: Moment | None, at: Moment) -> str:
    return "never" if when is None else f"{length(seconds_between(when, at))} ago"


def length(seconds: float) -> str:
    """A length of time in its largest unit."""
    whole = max(0, int(seconds))
    size, unit = next((one for one in _UNITS if whole >= one[0]), (1, "s"))
    return f"{whole // size} {unit}"
