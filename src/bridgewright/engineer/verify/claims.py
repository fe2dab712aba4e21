"""What an integration may call its own: nothing that was there before it, or before it had that name.

Tests and a page beside a package are found by its name, and its tables of the settings by names in its
manifest. So a name is a claim, and work that chooses one does not get what others have by it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.manifest.words import FILE
from bridgewright.engineer.verify.history import SETTINGS
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bridgewright.engineer.verify.history import Range
    from bridgewright.engineer.verify.place import Integration

_MEND = "give the integration another name, or have the other's owner change it"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a manifest says it has: its name, and names of its tables."""

    name: str = ""
    connections: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


def taken(
    work: Range, own: Sequence[Integration], beside: Callable[[Integration, str], bool]
) -> tuple[Refusal, ...]:
    """A refusal for each file and table that was on the base and is claimed only now, and changed. `beside`
    says whether a path belongs to an integration by its name, outside of its package."""
    return tuple(_taken(work, own, beside))


def _taken(
    work: Range, own: Sequence[Integration], beside: Callable[[Integration, str], bool]
) -> Iterator[Refusal]:
    tables = {each: _table(work, each) for each in (work.since, work.head)}
    for each in own:
        before = _claims(_toml(work, work.since, f"{each.folder}/{FILE}"))
        if before.name != each.name:
            for change in work.changes():
                there = work.repository.file(work.since, change.path) is not None
                if there and beside(each, change.path):
                    told = f"was there before the integration {each.name}, and is none of it"
                    yield Refusal(Reason.OUTSIDE_PATHS, change.path, told, _MEND)
        now = {"connections": {each.manifest.connection}, "sources": set(each.manifest.sources)}
        had = {"connections": before.connections, "sources": before.sources}
        for kind, names in now.items():
            was, is_ = (tables[commit].get(kind, {}) for commit in (work.since, work.head))
            for name in sorted(names - had[kind]):
                if name in was and was[name] != is_.get(name):
                    told = (
                        f"changes {kind}.{name}, which was there before the integration {each.name}"
                    )
                    yield Refusal(Reason.OUTSIDE_PATHS, SETTINGS, told, _MEND)


def _claims(content: dict[str, Any]) -> Claims:
    about = content.get("integration", {})
    name = str(about.get("name", ""))
    connection = str(about.get("connection", name))
    sources = content.get("sources", {})
    return Claims(name, frozenset({connection} if name else ()), frozenset(sources))


def _table(work: Range, commit: str) -> dict[str, Any]:
    return _toml(work, commit, SETTINGS)


def _toml(work: Range, commit: str, path: str) -> dict[str, Any]:
    """A file of a commit; empty where it is not there, or is no TOML, which others refuse."""
    data = work.repository.file(commit, path) or b""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
