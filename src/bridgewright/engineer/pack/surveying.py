"""How the files of the pack stand in a project, and what an installation would do about each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.pack import entry, ledger, places
from bridgewright.engineer.pack.contents import entries, pieces
from bridgewright.engineer.pack.words import Host, Piece, Standing, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    Ledgers = Mapping[Host, Mapping[str, str]]

ALL = frozenset(Host)


def survey(
    root: Path, hosts: Collection[Host] = ALL, only: Sequence[str] = (), *, force: bool = False
) -> tuple[Standing, ...]:
    """Every file of the pack in a project, or those of `only`. With `force` what somebody changed is to be
    replaced; what a project is meant to write in only where `only` names it. `ConfigurationError` for
    a name that is not of the pack, a folder that is not there, or a broken ledger."""
    if not root.is_dir():
        raise ConfigurationError("there is no such folder", place=root.as_posix())
    known = ledgers(root, hosts)
    found = [
        *(
            _piece(each, root, known[each.host], force=_forced(each, only, force=force))
            for each in pieces(hosts)
        ),
        *(entry.standing(each, root, known[each.host], force=force) for each in entries(hosts)),
    ]
    _refuse_unknown(found, only)
    return tuple(each for each in found if not only or each.path in only)


def ledgers(root: Path, hosts: Collection[Host]) -> Ledgers:
    """What we remember, by host. `ConfigurationError` for a ledger that is broken, or no file of the
    project's."""
    found: dict[Host, Mapping[str, str]] = {}
    for host in hosts:
        name = ledger.PLACES[host]
        place = places.found(root, name)
        if isinstance(place, State):
            raise ConfigurationError(
                f"is no place for our ledger: {places.WHY[place]}",
                place=name,
                remedy=f"make {name.partition('/')[0]} a folder of the project, or leave {host} out by --for",
            )
        found[host] = ledger.read(place, name)
    return found


def _forced(piece: Piece, only: Sequence[str], *, force: bool) -> bool:
    return force and (not piece.stub or piece.path in only)


def _refuse_unknown(found: Sequence[Standing], only: Sequence[str]) -> None:
    known = [each.path for each in found]
    strange = [path for path in only if path not in known]
    if strange:
        raise ConfigurationError(
            f"{', '.join(strange)}: not a file of this pack",
            remedy="bridgewright pack show lists them",
        )


def _piece(piece: Piece, root: Path, known: Mapping[str, str], *, force: bool) -> Standing:
    bare = Standing(piece.path, piece.host, State.NEW)
    target = places.found(root, piece.path)
    if isinstance(target, State):
        return replace(bare, state=target, why=places.WHY[target])
    there = ((each, root / each) for each in piece.rivals)
    rival = next((name for name, at in there if at.exists() and at.resolve() != target), None)
    if rival is not None:
        why = f"{rival} is of the same name: move it away, then install again"
        return replace(bare, state=State.ELSEWHERE, why=why)
    remembered = (piece.path, ledger.hash_of(piece.text))
    ours = replace(bare, target=target, content=Encoded(piece.text), remembered=remembered)
    if not target.exists():
        return ours
    return _there(piece, ours, target, known.get(piece.path), force=force)


def _there(
    piece: Piece, ours: Standing, target: Path, made: str | None, *, force: bool
) -> Standing:
    """How it stands where a file is. `made` is the hash of what we wrote, if we did."""
    try:
        there = encoded.read(target, piece.path)
    except ConfigurationError as error:
        return _changed(ours, f"it {error.problem}", force=force)
    found = ledger.hash_of(there.text)
    if found == ledger.hash_of(piece.text):
        return replace(ours, state=State.UNCHANGED, content=None)
    if piece.stub and not force:
        return replace(ours, state=State.YOURS, content=None, remembered=None)
    ours = replace(ours, content=replace(there, text=piece.text.replace("\n", there.newline)))
    if found == made:
        return replace(ours, state=State.UPDATED)
    why = "it was not written by us" if made is None else "it was changed since we wrote it"
    return _changed(ours, why, force=force)


def _changed(ours: Standing, why: str, *, force: bool) -> Standing:
    if force:
        return replace(ours, state=State.REPLACED)
    return replace(ours, state=State.CHANGED, why=why, content=None, remembered=None)
