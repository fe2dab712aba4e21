"""Exit codes: what a script can rely on."""

from __future__ import annotations

from enum import IntEnum

from bridgewright.core.errors import (
    BridgewrightError,
    ConfigurationError,
    NotFound,
    Refused,
    StoreError,
)


class Exit(IntEnum):
    """How a command ended. `UNDECIDED` is what commands of the wright, which have no store, say by 3."""

    OK = 0
    UNWELL = 1
    USAGE = 2
    STORE = 3
    UNDECIDED = 3
    NOT_FOUND = 4
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.UNWELL: "the answer is no: doctor found a failure, a ledger is off, a rule refused, an event"
    " that was listened for failed, its server was not heard, a level is not reached, a finding or a"
    " problem is open, or work is refused",
    Exit.USAGE: "the command line or the settings are wrong; nothing was started",
    Exit.STORE: "the store is not there, busy, full or broken; nothing was written. Of commands that"
    " judge work: nothing is wrong with what could be judged, and something could not be",
    Exit.NOT_FOUND: "there is no item or plan of this number, or no finding of this id",
    Exit.INTERRUPTED: "ended from the keyboard",
}


def exit_of(error: BridgewrightError) -> Exit:
    """The exit code of an error of our tree."""
    match error:
        case ConfigurationError():
            return Exit.USAGE
        case StoreError():
            return Exit.STORE
        case NotFound():
            return Exit.NOT_FOUND
        case Refused():
            return Exit.UNWELL
        case _:
            return Exit.UNWELL


def epilog() -> str:
    """The exit codes as the end of a help page."""
    lines = "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return f"\b\nExit codes:\n{lines}"
