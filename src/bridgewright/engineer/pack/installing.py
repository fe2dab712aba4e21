"""The pack put into a project: nothing of somebody's is overwritten unasked, and nothing half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.pack import ledger
from bridgewright.engineer.pack.surveying import ledgers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgewright.engineer.encoded import Encoded
    from bridgewright.engineer.pack.words import Standing


def install(root: Path, found: Sequence[Standing]) -> None:
    """Write what a survey of the same project says is to be written, each file whole or not at all, and
    remember it. `ConfigurationError` when a file cannot be written: what was written before it stays, and the
    next run goes on from there, for what says the same as ours is ours.
    """
    for each in found:
        if each.target is not None and each.content is not None:
            _write(each.target, each.content, each.path)
    hosts = {each.host for each in found}
    for host, known in ledgers(root, hosts).items():
        new = dict(each.remembered for each in found if each.host is host and each.remembered)
        if any(known.get(path) != made for path, made in new.items()):
            name = ledger.PLACES[host]
            _write((root / name).resolve(), ledger.told({**known, **new}), name)


def _write(target: Path, content: Encoded, name: str) -> None:
    try:
        encoded.write(target, content)
    except OSError as error:
        problem = f"cannot be written: {error.strerror or type(error).__name__}"
        remedy = "give yourself the right to write there, and install again"
        raise ConfigurationError(problem, place=name, remedy=remedy) from None
