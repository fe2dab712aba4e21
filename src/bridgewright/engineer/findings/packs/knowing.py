"""Which packs an integration has, and what they say of one field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.packs.reading import FILE, beside, ours
from bridgewright.engineer.findings.packs.words import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bridgewright.engineer.findings.packs.words import Pack, Row, Source, Way
    from bridgewright.engineer.manifest.words import Manifest

_NAMES = re.compile(r"\{[^}]*\}")
_SAID = (
    "max_len",
    "bits",
    "nullable",
    "meaning",
    "pii",
    "most_keys",
    "key_len",
    "value_len",
    "not_in_keys",
)


def packs_of(manifest: Manifest, root: Path) -> tuple[Pack, ...]:
    """Ours for the provider that the integration, or one of its capabilities, is named after; then the
    integration's own, which is believed more."""
    names = {manifest.name, *(each.partition(".")[0] for each in manifest.capabilities)}
    found = [pack for name in sorted(names) if (pack := ours(name)) is not None]
    place = (manifest.folder / FILE).resolve()
    shown = place.relative_to(root).as_posix() if place.is_relative_to(root) else place.name
    own = beside(manifest.folder, shown)
    return (*found, *([own] if own is not None else []))


def known(packs: Iterable[Pack], call: str, way: Way, field: str) -> Known:
    """What they say of a field of a call: the last one is believed, and a row of the call more than one
    of every call."""
    words: dict[str, tuple[object, Source]] = {}
    rows = [row for pack in packs for row in pack.rows if _fits(row, call, way, field)]
    for row in sorted(rows, key=lambda row: bool(row.call)):
        words |= {word: (value, row.source) for word, value in _said(row)}
    return Known(words)


def _said(row: Row) -> Iterator[tuple[str, object]]:
    for word in _SAID:
        value = getattr(row, word)
        if value not in (None, "") and (value is not False or word == "nullable"):
            yield word, value


def _fits(row: Row, call: str, way: Way, field: str) -> bool:
    if row.way not in (None, way):
        return False
    if row.call:
        return _plain(row.call) == _plain(call) and row.field == field
    return row.field in (field, re.split(r"[.\]]", field)[-1])


def _plain(call: str) -> str:
    return _NAMES.sub("{}", call)
