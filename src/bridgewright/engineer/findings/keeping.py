"""The page and the ledger on disk: both or none, one writer at a time, and nothing written that is
already so.

Killed between two writes, the next run does the same again: what is being added and taken away is in
the ledger before the page is touched.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings import ledger as ledgers
from bridgewright.engineer.findings import script as scripts
from bridgewright.engineer.findings.ledger import FILE, Entry, Ledger, Status
from bridgewright.engineer.findings.page import Edit, Standing, bullet, edited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from bridgewright.engineer.findings.finding import Finding

PAGE = "docs/findings.md"
_RANK = (Standing.LISTED, Standing.ADDING, Standing.SAID, Standing.TAKEN)
"""Where several findings have one bullet, the first of these is how it stands."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written: the ledger as it is now, and the bullets that came and went."""

    ledger: Ledger
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def load(root: Path) -> Ledger:
    """The ledger of a project; an empty one where there is none. `ConfigurationError` when it cannot be
    read."""
    content = _content(root / FILE, FILE)
    return Ledger() if content is None else ledgers.of_bytes(content, FILE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is written down: on which page; with `again`, with what somebody has taken from it; and
    which integrations are left as they are, since they were not looked at, or not all of them."""

    page: str = PAGE
    again: bool = False
    spared: Callable[[str], bool] = field(default=lambda _: False)


def keep(
    root: Path,
    findings: Iterable[Finding],
    today: date,
    manner: Manner = Manner(),
) -> Kept:
    """Write down what a run found, on the page and in the ledger. `ConfigurationError` when a file
    cannot be read or written."""
    page = manner.page
    with _alone(root):
        old = load(root)
        found = ((each, bullet(each.tag, each.sentence)) for each in findings)
        new = old.seen(found, today, manner.spared)
        script = _script(root / page, page)
        edit = edited(script, _former(old, new, again=manner.again))
        final = _settled(new, edit.standings)
        if edit.added or edit.removed:
            _write(root / FILE, ledgers.bytes_of(_intended(new, edit)))
            _write(root / page, _bytes_of(edit, page))
        if final.entries or (root / FILE).is_file():
            _write(root / FILE, ledgers.bytes_of(final))
        return Kept(final, edit.added, edit.removed)


def accept(root: Path, given: str, acceptance: ledgers.Acceptance) -> Entry:
    """Write down that a finding is lived with. Its bullet goes at the next run that writes. `NotFound`
    where there is none of that id."""
    with _alone(root):
        old = load(root)
        new = old.accepting(given, acceptance)
        _write(root / FILE, ledgers.bytes_of(new))
        [entry] = (e for id_, e in new.entries.items() if e is not old.entries.get(id_))
        return entry


def _former(old: Ledger, new: Ledger, *, again: bool) -> Mapping[str, Standing]:
    known = dict.fromkeys(old.leaving, Standing.LISTED)
    for standing in reversed(_RANK):
        known |= {e.bullet: standing for e in old.entries.values() if e.page is standing}
    former = {}
    for each in new.entries.values():
        if each.status is Status.OPEN:
            standing = known.get(each.bullet, Standing.NEW)
            taken = standing is Standing.TAKEN and again
            former[each.bullet] = Standing.NEW if taken else standing
    ours = (e for e, s in known.items() if s in (Standing.LISTED, Standing.ADDING))
    return former | {each: Standing.LEAVING for each in ours if each not in former}


def _intended(ledger: Ledger, edit: Edit) -> Ledger:
    adding = {**edit.standings, **dict.fromkeys(edit.added, Standing.ADDING)}
    return replace(_settled(ledger, adding), leaving=edit.removed)


def _settled(ledger: Ledger, standings: Mapping[str, Standing]) -> Ledger:
    entries = {
        id_: replace(
            entry,
            page=standings[entry.bullet] if entry.status is Status.OPEN else Standing.GONE,
        )
        for id_, entry in ledger.entries.items()
    }
    return Ledger(entries)


def _script(path: Path, name: str) -> scripts.Script:
    content = _content(path, name)
    try:
        return scripts.read(content or b"")
    except ConfigurationError as error:
        raise ConfigurationError(error.problem, place=name, remedy=error.remedy) from None


def _bytes_of(edit: Edit, name: str) -> bytes:
    try:
        return edit.script.written()
    except ConfigurationError as error:
        raise ConfigurationError(error.problem, place=name, remedy=error.remedy) from None


def _content(path: Path, name: str) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(error, name) from None


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, where it differs: who reads it meets the old bytes or the new."""
    path = path.resolve()  # through a link, to the file that it names
    if path.is_file() and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except OSError as error:
        raise _unusable(error, path.name) from None
    finally:
        with suppress(OSError):
            part.unlink()


def _unusable(error: OSError, name: str) -> ConfigurationError:
    problem = f"cannot be used: {error.strerror or type(error).__name__}"
    return ConfigurationError(problem, place=name)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the lock of the project's folder: others wait, and a process that dies lets go of it."""
    import fcntl  # noqa: PLC0415 - there is none on Windows, where findings are still shown

    try:
        handle = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise _unusable(error, root.name) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
