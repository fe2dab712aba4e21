"""The inside of a cell for a Python function: `python -m bridgewright.certify.cell PLACE IN OUT`.

Reads one line of JSON for each call from the descriptor IN, and writes one for each end to OUT. What
it writes is what a bystander sees: how long it took, of which type the exception was, and where a
canary showed. Standard output and error are the target's own.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from bridgewright.certify.ask import Operation, asked
from bridgewright.certify.canary import Canaries

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.certify.ask import Ask

_FOREIGN = frozenset({"builtins", "json.decoder", "zlib", "gzip"})
"""Where errors are from that nobody meant to raise at a caller."""


class Told:
    """The line back to who plays the cell; for any thread."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", buffering=1)
        self._lock = threading.Lock()

    def say(self, **content: object) -> None:
        """Write one line."""
        with self._lock:
            self._file.write(json.dumps(content) + "\n")


class Listening(logging.Handler):
    """Hears every record of every logger at DEBUG, as a log file would, and tells of canaries."""

    def __init__(self, canaries: Canaries, told: Told) -> None:
        super().__init__(logging.DEBUG)
        self._canaries = canaries
        self._told = told
        self._heard: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Search one record."""
        for kind in self._canaries.seen_in(self.format(record)) - self._heard:
            self._heard.add(kind)
            self._told.say(seen=f"{kind} in the log of {record.name} at {record.levelname}")


def main(place: str, arriving: int, leaving: int) -> NoReturn:
    """Import, say so, and call until the line ends."""
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # who runs in the background ignores it
    ask, told = asked(os.environ), Told(leaving)
    canaries = Canaries(ask.secret, ask.person)
    logging.basicConfig(level=logging.DEBUG, handlers=[Listening(canaries, told)])
    known = {name.partition(".")[0] for name in sys.modules}
    call = _found(place)
    modules = {name.partition(".")[0] for name in sys.modules} - known
    prepare = getattr(call, "prepare", None)
    if prepare is not None:
        prepare(ask)
    awaited = inspect.iscoroutinefunction(call)
    gc.collect()
    told.say(ready=True, awaited=awaited, modules=sorted(modules))
    lines = os.fdopen(arriving)
    if awaited:
        asyncio.run(_await_calls(call, ask, canaries, lines, told))
    else:
        _make_calls(call, ask, canaries, lines, told)
    os._exit(0)  # a thread of the target may sit in a call for another minute


def _found(place: str) -> Callable[[Ask], Any]:
    module, _, path = place.partition(":")
    sys.path.insert(0, os.environ["CERTIFY_FROM"])
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    called: Callable[[Ask], Any] = found
    return called


def _make_calls(
    call: Callable[[Ask], Any], ask: Ask, canaries: Canaries, lines: Any, told: Told
) -> None:
    def one(line: dict[str, Any]) -> None:
        error: BaseException | None = None
        got: object = None
        began_s = time.perf_counter()
        try:
            got = call(_this(ask, line))
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is how the call ended
            error = raised
        told.say(id=line["id"], **_ended(error, got, time.perf_counter() - began_s, canaries))

    for text in _heeding(lines):
        line = json.loads(text)
        if line["main"]:
            one(line)
        else:
            threading.Thread(target=one, args=(line,), daemon=True).start()


def _heeding(lines: Any) -> Any:
    """Each line; an interrupt between two calls is nobody's."""
    while True:
        try:
            text = lines.readline()
        except KeyboardInterrupt:
            continue
        if not text:
            return
        yield text


async def _await_calls(
    call: Callable[[Ask], Any], ask: Ask, canaries: Canaries, lines: Any, told: Told
) -> None:
    under_way: dict[int, asyncio.Task[None]] = {}

    async def one(line: dict[str, Any]) -> None:
        error: BaseException | None = None
        got: object = None
        began_s = time.perf_counter()
        try:
            got = await call(_this(ask, line))
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is how the call ended
            error = raised
        told.say(id=line["id"], **_ended(error, got, time.perf_counter() - began_s, canaries))

    loop = asyncio.get_running_loop()
    while text := await loop.run_in_executor(None, lines.readline):
        line = json.loads(text)
        if "cancel" in line:
            under_way[line["cancel"]].cancel()
        else:
            under_way[line["id"]] = asyncio.create_task(one(line))


def _this(ask: Ask, line: dict[str, Any]) -> Ask:
    return replace(
        ask, base_url=line["url"], operation=Operation(line["operation"]), key=line["key"]
    )


def _ended(
    error: BaseException | None, got: object, elapsed_s: float, canaries: Canaries
) -> dict[str, object]:
    """What a bystander sees of the end of a call."""
    shown = "" if error is None else everything_about(error)
    return {
        "ok": error is None and got is not False,
        "elapsed_s": elapsed_s,
        "error": "" if error is None else _kind(error),
        "typed": error is None or _typed(error),
        "seen": [f"{kind} in an exception" for kind in sorted(canaries.seen_in(shown))],
    }


def everything_about(error: BaseException) -> str:
    """What an error tracker would send: message, repr, attributes and tracebacks of the whole chain."""
    said = ["".join(traceback.format_exception(error))]
    seen: BaseException | None = error
    while seen is not None and len(said) < 100:  # noqa: PLR2004 - a chain may be a ring
        attributes = {name: value for name, value in vars(seen).items() if name != "__notes__"}
        said += [str(seen), repr(seen), repr(seen.args), repr(attributes)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(said)


def _kind(error: BaseException) -> str:
    module = type(error).__module__.partition(".")[0]
    return type(error).__name__ if module == "builtins" else f"{module}.{type(error).__name__}"


def _typed(error: BaseException) -> bool:
    """Whether somebody meant this error for a caller: `KeyError` is an accident, `TimeoutError` not."""
    return type(error).__module__ not in _FOREIGN or isinstance(error, OSError)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
