"""Reading an exception: the way it took through the user's own code, and the call that it came of."""

from __future__ import annotations

import sysconfig
import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.lifecycle import fingerprint
from bridgewright.core.lifecycle.fingerprint import Frame
from bridgewright.core.model.item import Called

if TYPE_CHECKING:
    from bridgewright.core.model.call import CallReport

_LONGEST_CHAIN = 16
_OUR_OWN = str(Path(__file__).parents[2])


@cache
def _installed() -> tuple[str, ...]:
    """Where Python and installed packages live, the deepest first."""
    names = ("purelib", "platlib", "stdlib", "platstdlib")
    found = {path for name in names if (path := sysconfig.get_path(name))}
    return tuple(sorted(found, key=len, reverse=True))


def frames_of(error: BaseException) -> list[Frame]:
    """The frames from the handler down to where the error arose. The user's own are those that are
    neither Python's, nor ours, nor of another package than the handler's; reads no source files."""
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    theirs = [code for code in codes if not code.co_filename.startswith(_OUR_OWN)]
    if not theirs:
        return []
    home = _package(theirs[0].co_filename)
    return [
        Frame(
            Path(code.co_filename).name, code.co_qualname, _package(code.co_filename) in {"", home}
        )
        for code in theirs
    ]


def _package(file: str) -> str:
    """The installed package that a file belongs to; empty for a file outside of them all."""
    if file.startswith("<"):
        return "<made at run time>"
    for place in _installed():
        if file.startswith(place):
            return file[len(place) :].lstrip("/\\").replace("\\", "/").partition("/")[0] or place
    return ""


def called_of(report: CallReport, error: BaseException) -> Called:
    """What a failed attempt keeps of the call whose failure ended it."""
    return Called(
        provider=report.connector,
        operation=report.operation,
        outcome=str(report.outcome),
        attempts=len(report.attempts),
        status=report.status,
        phase=str(report.attempts[-1].phase) if report.attempts else "",
        code=_code_of(error),
        request_id=report.request_id,
    )


def _code_of(error: BaseException) -> str:
    """The provider's code on the exception or on what it was raised from; those of our own errors
    say nothing about the provider."""
    seen: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if seen is None:
            break
        if not type(seen).__module__.startswith("bridgewright."):
            found = fingerprint.code(getattr(seen, "code", None))
            if found:
                return found
        seen = seen.__cause__
    return ""
