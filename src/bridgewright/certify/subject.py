"""A target while it is tried: its process, the line to it, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.certify.ask import Ask, environment
from bridgewright.certify.observed import Ended
from bridgewright.certify.target import Function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.certify.ask import Operation
    from bridgewright.certify.target import Outbound, Program

BUILD_S = 60.0
"""How long a target may take to import what it needs."""
_MOST_READ = 10_000_000
"""Bytes of a file that are searched for canaries, from its end."""
_LOOK_S = 0.02
"""How often the memory of a program is looked at."""
_KEPT = frozenset("PATH PYTHONPATH LANG LC_ALL TZ VIRTUAL_ENV SYSTEMROOT".split())
"""Variables of ours that a target gets too."""
_KB_A_MB = 1_024


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call as a subject is asked for it."""

    number: int
    operation: Operation
    url: str
    key: str | None
    port: int
    main: bool = True


class Subject(Protocol):
    """A target in a process of its own, for one cell."""

    problem: str
    awaited: bool
    modules: tuple[str, ...]

    def begin(self, wanted: Wanted) -> None:
        """Ask for a call, and go on."""
        ...

    def cancel(self, number: int) -> None:
        """Cancel a call."""
        ...

    @property
    def ended(self) -> Mapping[int, Ended]:
        """The calls that were asked for, by number."""
        ...

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        ...

    def grown_mb(self) -> float | None:
        """By how much its memory grew at most."""
        ...

    def close(self) -> tuple[str, tuple[str, ...]]:
        """Kill what is left of it: all that it wrote, and where canaries were heard."""
        ...


class _Books:
    """The calls of one subject as they end, and where canaries were heard; for any thread."""

    def __init__(self) -> None:
        self.calls: dict[int, Ended] = {}
        self.heard: list[str] = []
        self.lock = threading.Lock()

    def begun(self, wanted: Wanted) -> None:
        with self.lock:
            self.calls[wanted.number] = Ended(wanted.number, wanted.port, time.monotonic())

    def end(self, number: int, **found: Any) -> None:
        with self.lock:
            before = self.calls.get(number)
            if before is not None and before.ended_s is None:
                self.calls[number] = replace(before, ended_s=time.monotonic(), **found)

    def seen(self) -> dict[int, Ended]:
        with self.lock:
            return dict(self.calls)


class Home:
    """A folder, empty at first, that a target runs in and that is searched afterwards."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="bridgewright-certify-", ignore_cleanup_errors=True
        )
        self.path = Path(self._folder.name)
        self.work = self.path / "work"
        self.work.mkdir()

    def sink(self, name: str) -> Any:
        """A file for what a process says."""
        return (self.path / name).open("ab")

    def written(self) -> str:
        """Everything that was said or written, as far as a leak would be looked for."""
        paths = [path for path in sorted(self.path.rglob("*")) if path.is_file()]
        return "\n".join(_end_of(path) for path in paths)

    def close(self) -> None:
        """Remove it."""
        self._folder.cleanup()


def _end_of(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MOST_READ))
        return file.read().decode("utf-8", "replace")
    return ""


def kept_variables() -> dict[str, str]:
    """The variables of ours that every target gets."""
    return {name: value for name, value in os.environ.items() if name in _KEPT}


def _variables(ask: Ask, home: Home, extra: Mapping[str, str]) -> dict[str, str]:
    return {**kept_variables(), **extra, **environment(ask), "HOME": str(home.work)}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def memory_kb(pid: int, name: str) -> int:
    """A number of /proc/PID/status; 0 where there is none."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def _family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            children = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii")
            found += [int(child) for child in children.split()]
    return found


class FunctionSubject:
    """A Python function, called by our own cell."""

    def __init__(
        self, target: Function, ask: Ask, extra: Mapping[str, str], building: threading.Semaphore
    ) -> None:
        self.problem = ""
        self.awaited = False
        self.modules: tuple[str, ...] = ()
        self._home = Home()
        self._books = _Books()
        self._ready = threading.Event()
        self._imported = False
        with building:
            self._process, self._line, answers = self._started(target, ask, extra)
            self._reader = threading.Thread(target=self._read, args=(answers,), daemon=True)
            self._reader.start()
            self._ready.wait(BUILD_S)
        if not self._imported:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self.problem = f"it could not be imported: {self._home.written()[-400:].strip()}"
        self._before_kb = memory_kb(self._process.pid, "VmRSS")

    def _started(
        self, target: Function, ask: Ask, extra: Mapping[str, str]
    ) -> tuple[subprocess.Popen[bytes], Any, Any]:
        (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
        words = [target.place, str(their_in), str(their_out)]
        with self._home.sink("stdout") as said, self._home.sink("stderr") as errors:
            process = subprocess.Popen(  # noqa: S603 - this Python, and our own module
                [sys.executable, "-m", "bridgewright.certify.cell", *words],
                cwd=self._home.work,
                env=_variables(ask, self._home, extra) | {"CERTIFY_FROM": str(Path.cwd())},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=errors,
                pass_fds=(their_in, their_out),
                start_new_session=True,
            )
        os.close(their_in)
        os.close(their_out)
        return process, os.fdopen(our_out, "w", buffering=1), os.fdopen(our_in)

    def _read(self, answers: Any) -> None:
        with answers:
            for line in answers:
                self._take(json.loads(line))
        for number in self._books.seen():
            self._books.end(number, ok=False, error="the end of its process", typed=False)
        self._ready.set()

    def _take(self, told: dict[str, Any]) -> None:
        seen = told.pop("seen", ())
        with self._books.lock:
            self._books.heard += [seen] if isinstance(seen, str) else seen
        if "ready" in told:
            self._imported = True
            self.awaited = told["awaited"]
            self.modules = tuple(told["modules"])
            self._ready.set()
        elif "id" in told:
            self._books.end(told.pop("id"), **told)

    def begin(self, wanted: Wanted) -> None:
        """Write the line that asks for it."""
        self._books.begun(wanted)
        line = {
            "id": wanted.number,
            "operation": wanted.operation.value,
            "url": wanted.url,
            "key": wanted.key,
            "main": wanted.main,
        }
        with suppress(OSError):
            self._line.write(json.dumps(line) + "\n")

    def cancel(self, number: int) -> None:
        """Cancel its task, or interrupt it as Ctrl-C does."""
        if self.awaited:
            self._line.write(json.dumps({"cancel": number}) + "\n")
        else:
            self._process.send_signal(signal.SIGINT)

    @property
    def ended(self) -> Mapping[int, Ended]:
        """The calls by number."""
        return self._books.seen()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def grown_mb(self) -> float | None:
        """From what it held before the first call to its peak."""
        peak_kb = memory_kb(self._process.pid, "VmHWM")
        return max(0, peak_kb - self._before_kb) / _KB_A_MB if peak_kb else None

    def close(self) -> tuple[str, tuple[str, ...]]:
        """Kill it, and search its home."""
        _kill(self._process)
        with suppress(OSError):
            self._line.close()
        self._reader.join()
        written = self._home.written()
        self._home.close()
        return written, tuple(self._books.heard)


class ProgramSubject:
    """A program: started once for each call, or once for all of them where it takes a session."""

    def __init__(self, target: Program, ask: Ask, extra: Mapping[str, str]) -> None:
        self.problem = ""
        self.awaited = False
        self.modules: tuple[str, ...] = ()
        self._target = target
        self._ask = ask
        self._extra = extra
        self._home = Home()
        self._books = _Books()
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._watchers: list[threading.Thread] = []
        self._session: subprocess.Popen[bytes] | None = None
        self._peak_kb = 0

    def begin(self, wanted: Wanted) -> None:
        """Start it, or write it a line."""
        ask = replace(self._ask, base_url=wanted.url, operation=wanted.operation, key=wanted.key)
        self._books.begun(wanted)
        if not self._target.session:
            self._watch(self._start(ask, {}), wanted.number, self._wait)
            return
        if self._session is None:
            self._session = self._start(ask, {"SESSION": "1"})
            self._watch(self._session, wanted.number, self._listen)
        line = f"{wanted.number} {wanted.operation.value} {wanted.url} {wanted.key or '-'}\n"
        with suppress(OSError):
            assert self._session.stdin is not None  # noqa: S101 - it was started with a pipe
            self._session.stdin.write(line.encode())
            self._session.stdin.flush()

    def _start(self, ask: Ask, more: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._home.sink("stdout") as said, self._home.sink("stderr") as errors:
            return subprocess.Popen(  # noqa: S603 - the program that the user asked to certify
                self._target.command,
                cwd=self._home.work,
                env=_variables(ask, self._home, self._extra) | more,
                stdin=subprocess.PIPE if more else subprocess.DEVNULL,
                stdout=subprocess.PIPE if more else said,
                stderr=errors,
                start_new_session=True,
            )

    def _watch(self, process: subprocess.Popen[bytes], number: int, how: Any) -> None:
        self._running[number] = process
        for work, words in ((how, (process, number)), (self._measure, (process,))):
            self._watchers.append(threading.Thread(target=work, args=words, daemon=True))
            self._watchers[-1].start()

    def _wait(self, process: subprocess.Popen[bytes], number: int) -> None:
        self._books.end(number, ok=process.wait() == 0)

    def _listen(self, process: subprocess.Popen[bytes], number: int) -> None:
        del number
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        with process.stdout, self._home.sink("stdout") as said:
            for line in process.stdout:
                said.write(line)
                name, _, word = line.decode("utf-8", "replace").strip().partition(" ")
                if name.isdigit() and word in {"0", "1"}:
                    self._books.end(int(name), ok=word == "0")

    def _measure(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            peak_kb = max(memory_kb(pid, "VmHWM") for pid in _family(process.pid))
            self._peak_kb = max(self._peak_kb, peak_kb)
            time.sleep(_LOOK_S)

    def cancel(self, number: int) -> None:
        """Interrupt it as Ctrl-C does."""
        process = self._running.get(number) or self._session
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)

    @property
    def ended(self) -> Mapping[int, Ended]:
        """The calls by number."""
        return self._books.seen()

    @property
    def alive(self) -> bool:
        """Whether a process of it runs."""
        return any(each.poll() is None for each in self._running.values())

    def grown_mb(self) -> float | None:
        """Its peak; what a program needs to do anything at all is subtracted by who judges."""
        return self._peak_kb / _KB_A_MB if self._peak_kb else None

    def close(self) -> tuple[str, tuple[str, ...]]:
        """Kill it, and search its home."""
        for process in self._running.values():
            _kill(process)
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        for watcher in self._watchers:
            watcher.join()
        written = self._home.written()
        self._home.close()
        return written, ()


def subject_of(
    target: Outbound, ask: Ask, extra: Mapping[str, str], building: threading.Semaphore
) -> Subject:
    """A target, started or about to be."""
    if isinstance(target, Function):
        return FunctionSubject(target, ask, extra, building)
    return ProgramSubject(target, ask, extra)
