"""What is told when the day is over: the books side by side, and what can be tried."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgewright.cli.screen import note, warn

if TYPE_CHECKING:
    from bridgewright.cli.demo.ledger import Books, Ledger
    from bridgewright.cli.demo.stage import Stage


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


def tell_commands(stage: Stage, url: str, dead: int) -> None:
    """What can be tried while everything stays up."""
    lines = (
        "",
        "Everything stays up. In another terminal:",
        "",
        f"  export BRIDGEWRIGHT_CONFIG={stage.settings_file}",
        "  bridgewright events ls --limit 5",
        "  bridgewright events ls --rejected --limit 5",
        "  bridgewright doctor",
        "",
        f"{dead} dead letters were left for you: their customers were missing, and are known by now.",
        "",
        "  bridgewright dead ls",
        '  bridgewright redrive --all --reason "the customers are known"',
        "  bridgewright redrive --plan N --apply",
        "",
        f"The inbox is {url}, the application {stage.folder / 'app.py'}.",
        "Ctrl-C ends it all.",
    )
    for line in lines:
        note(line)
