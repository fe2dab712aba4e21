"""One entry in a file of settings of somebody's: how it stands, and how it gets there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.pack import jsonc, ledger, places
from bridgewright.engineer.pack.words import Entry, Standing, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MISSING = object()


def standing(entry: Entry, root: Path, known: Mapping[str, str], *, force: bool) -> Standing:
    """How an entry stands in a project. `known` is what the ledger has."""
    path = _path(entry, root)
    target = places.found(root, path)
    if isinstance(target, State):
        return _by(entry, path, target, places.WHY[target])
    remembered = (_mark(entry, path), ledger.hash_of_value(dict(entry.value)))
    if not target.exists():
        whole = {**entry.around, entry.keys[0]: {entry.keys[1]: dict(entry.value)}}
        content = Encoded(json.dumps(whole, indent=2) + "\n")
        return Standing(
            path, entry.host, State.NEW, target=target, content=content, remembered=remembered
        )
    return _there(entry, path, target, known.get(remembered[0]), force=force)


def _there(entry: Entry, path: str, target: Path, made: str | None, *, force: bool) -> Standing:
    """How it stands in a file that is there. `made` is the hash of what we wrote, if we did."""
    try:
        file = encoded.read(target, path)
    except ConfigurationError as error:
        return _by(entry, path, State.BY_HAND, f"it {error.problem}", _whole(entry))
    settings = jsonc.read(file.text)
    if settings is None:
        why = "it is no JSON, and no JSON with comments, that can be read"
        return _by(entry, path, State.BY_HAND, why, _whole(entry))
    outer = jsonc.held(settings.value.get(entry.keys[0])) or {}
    value = outer.get(entry.keys[1], _MISSING)
    state = _state(entry, value, made, force=force)
    if state is State.CHANGED:
        return _by(entry, path, state, f"its {entry.key} is not as we have it", _lacking(entry))
    remembered = (_mark(entry, path), ledger.hash_of_value(dict(entry.value)))
    ours = Standing(path, entry.host, state, target=target, remembered=remembered)
    if state is State.UNCHANGED:
        return ours
    text = jsonc.with_value(file.text, entry.keys, entry.value, file.newline)
    if text is None:
        why = "it has comments, or another form that cannot be edited without a loss"
        told = _lacking(entry) if outer else _whole(entry)
        return _by(entry, path, State.BY_HAND, why, told)
    return replace(ours, content=replace(file, text=text))


def _path(entry: Entry, root: Path) -> str:
    """The file that has it, else the first one that is there, else the one that is made."""
    there = [path for path in entry.paths if (root / path).is_file()]
    for path in there:
        try:
            settings = jsonc.read(encoded.read(root / path, path).text)
        except ConfigurationError:
            continue
        outer = jsonc.held(settings.value.get(entry.keys[0])) if settings else None
        if outer is not None and entry.keys[1] in outer:
            return path
    return there[0] if there else entry.paths[0]


def _state(entry: Entry, value: object, made: str | None, *, force: bool) -> State:
    if value is _MISSING:
        return State.ADDED
    if value == entry.value:
        return State.UNCHANGED
    if made is not None and ledger.hash_of_value(value) == made:
        return State.UPDATED
    return State.REPLACED if force else State.CHANGED


def _by(entry: Entry, path: str, state: State, why: str, add: str = "") -> Standing:
    return Standing(path, entry.host, state, why=why, add=add)


def _mark(entry: Entry, path: str) -> str:
    return f"{path}#{entry.key}"


def _lacking(entry: Entry) -> str:
    """What belongs into the object that is there."""
    return f'into "{entry.keys[0]}": {json.dumps(entry.keys[1])}: {json.dumps(dict(entry.value))}'


def _whole(entry: Entry) -> str:
    """What belongs to the top of the file."""
    told = json.dumps({entry.keys[1]: dict(entry.value)})
    return f"at the top: {json.dumps(entry.keys[0])}: {told}"
