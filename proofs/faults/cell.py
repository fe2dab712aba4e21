"""One cell, in a process of its own: `python -m proofs.faults.cell SUBJECT SIDE DEED FAULT URL`.

Prints `ready` when everything is imported and built, and one JSON line when the call has ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from proofs.faults.contestants import MAKERS
from proofs.faults.subjects import SECRETS, SLOW_HOST, Deed, Side

if TYPE_CHECKING:
    from collections.abc import Callable

RESOLVER_S = 60.0
"""How long a name takes where names resolve slowly."""
HEARD = "heard in a log: {}"
_KB = 1_024


class Listening(logging.Handler):
    """Hears every record of every logger at DEBUG, keeps none, and says at once on standard error
    which kinds of secret it heard: a process that hangs cannot say it later."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._heard: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Search one record as a log file would have shown it."""
        for kind in secrets_in(self.format(record)) - self._heard:
            self._heard.add(kind)
            print(HEARD.format(kind), file=sys.stderr, flush=True)


def secrets_in(text: str) -> set[str]:
    """The kinds of secret that a text holds."""
    return {kind for kind, secret in SECRETS.items() if secret in text}


def main(name: str, side: str, deed: str, fault: str, url: str) -> None:
    """Build, say so, ask, tell."""
    logging.basicConfig(level=logging.DEBUG, handlers=[Listening()])
    if fault == "slow_dns":
        _resolve_slowly()
    deeds = [Deed.READ, Deed(deed)] if fault == "stale" else [Deed(deed)]
    if name.endswith("-async"):
        asyncio.run(_ask_later(lambda: MAKERS[name](Side(side), url), deeds))
    else:
        _ask(MAKERS[name](Side(side), url), deeds)


def _resolve_slowly() -> None:
    """A resolver that takes a minute, in this process, for both sides: nothing here may change the
    machine's own."""
    resolve = socket.getaddrinfo

    def slowly(host: Any, *more: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.endswith(SLOW_HOST):
            time.sleep(RESOLVER_S)
        return resolve(host, *more, **options)

    socket.getaddrinfo = slowly


def _ask(ask: Any, deeds: list[Deed]) -> NoReturn:
    """Do the last deed, after those that only warm connections up."""
    print("ready", flush=True)
    for each in deeds[:-1]:
        ask(each)
    error, got = None, None
    before_kb, began_s = _memory_kb("VmRSS"), time.monotonic()
    try:
        got = ask(deeds[-1])
    except Exception as raised:  # noqa: BLE001 - whatever it is, it goes into the table
        error = raised
    _tell(error, got, time.monotonic() - began_s, before_kb)


async def _ask_later(make: Callable[[], Any], deeds: list[Deed]) -> NoReturn:
    """The same, awaited; some clients can only be made on a running loop."""
    ask = make()
    print("ready", flush=True)
    for each in deeds[:-1]:
        await ask(each)
    error, got = None, None
    before_kb, began_s = _memory_kb("VmRSS"), time.monotonic()
    try:
        got = await ask(deeds[-1])
    except Exception as raised:  # noqa: BLE001 - whatever it is, it goes into the table
        error = raised
    _tell(error, got, time.monotonic() - began_s, before_kb)


def _tell(error: BaseException | None, got: object, elapsed_s: float, before_kb: int) -> NoReturn:
    """Print what happened and end the process at once: a thread may sit in the resolver for another
    minute."""
    grown_kb = max(0, _memory_kb("VmHWM") - before_kb)
    shown = secrets_in("" if error is None else _everything_about(error))
    told = {
        "elapsed_s": elapsed_s,
        "error": "" if error is None else _kind(error),
        "text": "" if error is None else str(error)[:300],
        "got": repr(got)[:80],
        "outcome": _outcome(error),
        "grown_mb": grown_kb / _KB,
        "seen": [f"{kind} in exception" for kind in sorted(shown)],
    }
    print(json.dumps(told), flush=True)
    os._exit(0)


def _everything_about(error: BaseException) -> str:
    """What an error tracker would send: message, repr, attributes and tracebacks of the whole chain."""
    said = ["".join(traceback.format_exception(error))]
    seen: BaseException | None = error
    while seen is not None:
        attributes = {name: value for name, value in vars(seen).items() if name != "__notes__"}
        said += [str(seen), repr(seen), repr(seen.args), repr(attributes)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(said)


def _kind(error: BaseException) -> str:
    module = type(error).__module__.partition(".")[0]
    return type(error).__name__ if module == "builtins" else f"{module}.{type(error).__name__}"


def _outcome(error: BaseException | None) -> str:
    """The engine's own view of the error, where it has one."""
    if error is None or "bridgewright" not in sys.modules:
        return ""
    from bridgewright import outcome_of  # noqa: PLC0415 - the default side has none of ours

    report = outcome_of(error)
    return "" if report is None else str(report.outcome)


def _memory_kb(field: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
