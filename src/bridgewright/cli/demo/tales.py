"""What is told when the day is over: the books side by side, and what can be tried."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.cli.demo.premises import VARIABLE
from bridgewright.cli.screen import note, warn

if TYPE_CHECKING:
    from bridgewright.cli.demo.ledger import Books, Ledger
    from bridgewright.cli.demo.stage import Stage

NAME = "bridgewright"


def tell_books(books: Books, ledger: Ledger) -> None:
    """The three books in columns, and what does not add up."""
    sent, stored = books.sent, books.stored
    taken, events = Counter(sent.acknowledged).total(), len(sent.acknowledged)
    found = stored.accepted + stored.duplicates + stored.rejected
    rows: tuple[tuple[str, int, int, int | None], ...] = (
        ("deliveries", sent.sent, found, None),
        ("  accepted", events, stored.accepted, ledger.handled),
        ("  duplicates", taken - events, stored.duplicates, None),
        ("  rejected", sent.refused, stored.rejected, None),
    )
    note("")
    note(f"{'':<14}{'courier':>12}{'store':>12}{'handlers':>12}")
    for name, first, second, third in rows:
        note(f"{name:<14}{first:>12,}{second:>12,}{'' if third is None else f'{third:,}':>12}")
    note(
        f"lost {ledger.lost}; handled again {ledger.repeats},"
        f" of {ledger.most_repeats} in a killed worker's hands"
    )
    note("")
    for problem in ledger.problems:
        warn(problem)


def tell_commands(stage: Stage, inboxes: tuple[str, ...], dead: int) -> None:
    """What can be tried while everything stays up."""
    command = _command()
    # A variable would win over the file, and these commands would look at the user's own store.
    unset = (f"  unset {VARIABLE}",) if stage.premises.pairs > 1 else ()
    lines = (
        "",
        "Everything stays up. In another terminal:",
        "",
        f"  export BRIDGEWRIGHT_CONFIG={stage.settings_file}",
        *unset,
        f"  {command} events ls --limit 5",
        f"  {command} events ls --rejected --limit 5",
        f"  {command} doctor",
        "",
        f"{dead} dead letters were left for you: their customers were missing, and are known by now.",
        "",
        f"  {command} dead ls",
        f'  {command} redrive plan --all --reason "the customers are known"',
        f"  {command} redrive run N",
        "",
        f"The application is {stage.folder / 'app.py'}; deliveries come in at {' and '.join(inboxes)}.",
        "Ctrl-C ends it all.",
    )
    for line in lines:
        note(line)


def _command() -> str:
    """How the user calls us: by name, or by the path they did it by where the name is not found."""
    called = Path(sys.argv[0])
    by_path = called.name == NAME and called.is_file() and shutil.which(NAME) is None
    return str(called.absolute()) if by_path else NAME
