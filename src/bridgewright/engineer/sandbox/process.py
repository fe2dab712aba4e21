"""One process and all below it: started, followed, bounded, and ended to the last."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox.census import Census, census
from bridgewright.engineer.sandbox.clipped import Clipped
from bridgewright.engineer.sandbox.words import Limit

if TYPE_CHECKING:
    from collections.abc import Generator

    from bridgewright.engineer.sandbox.words import Bounds

_LOOK_S = 0.05
"""How often tasks and memory are counted: a fork bomb of root's, whom the kernel does not count, has
that long."""
_END_S = 10.0
"""How long what was killed may take to be gone."""
_CHUNK_BYTES = 1 << 16
_BWRAPS_OWN = 2
"""Tasks of bubblewrap itself: the first process inside, and one while it starts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command, ready to be started: its words, environment, standard input and folder; and by
    which bubblewrap with which options, where it is by one."""

    words: list[str]
    environment: dict[str, str] = field(repr=False)
    given: bytes = field(repr=False)
    folder: str
    inside: tuple[str, bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a process: `code` as `subprocess` has it, None when a limit ended it."""

    code: int | None
    limit: Limit | None
    output: Clipped = field(repr=False)
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class _Running:
    """A process that was started. `told` is where bubblewrap tells of it, -1 where there is none."""

    process: subprocess.Popen[bytes]
    output: int
    told: int
    started: float


def finished(asked: Asked, bounds: Bounds) -> Ended | None:
    """Run it to its end, or end it at a bound. None when it never began.

    `ConfigurationError` when something of it could not be ended, which a disk that hangs can do.
    """
    with contextlib.ExitStack() as stack:
        try:
            running = _started(asked, stack)
        except OSError:
            return None
        clipped, said = Clipped(bounds.output_bytes), bytearray()
        seen = Census()
        try:
            limit, seen = _followed(running, bounds, clipped, said)
        finally:
            _ended(running, seen, clipped, said)
        elapsed_s = time.monotonic() - running.started
        code = running.process.returncode
        if limit is not None:
            return Ended(None, limit, clipped, elapsed_s)
        if asked.inside is not None and code > 0 and b'"exit-code"' not in said:
            return None
        return Ended(code, None, clipped, elapsed_s)


def _started(asked: Asked, stack: contextlib.ExitStack) -> _Running:
    given = _holding(asked.given, stack)
    words, told = asked.words, -1
    passed: tuple[int, ...] = ()
    if asked.inside is not None:
        bwrap, content = asked.inside
        options = _holding(content, stack)
        told, sink = os.pipe()
        stack.callback(os.close, told)
        passed = (options, sink)
        words = [bwrap, "--args", str(passed[0]), "--json-status-fd", str(sink), "--", *words]
    try:
        process = subprocess.Popen(  # noqa: S603 - running commands is what it is for
            words,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=asked.environment,
            cwd=asked.folder,
            pass_fds=passed,
            start_new_session=True,
        )
    finally:
        if passed:
            os.close(passed[1])
    stack.enter_context(process)
    return _Running(
        process, process.stdout.fileno() if process.stdout else -1, told, time.monotonic()
    )


def _holding(content: bytes, stack: contextlib.ExitStack) -> int:
    """An open file without a name, at its beginning."""
    held = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it
    stack.enter_context(held)
    held.write(content)
    held.seek(0)
    return held.fileno()


def _followed(
    running: _Running, bounds: Bounds, clipped: Clipped, said: bytearray
) -> tuple[Limit | None, Census]:
    """Until the process has ended by itself, or has reached a bound."""
    deadline = running.started + bounds.wall_s
    look_at = running.started + _LOOK_S
    seen = Census()
    with selectors.DefaultSelector() as waiting, _noticed(running.process, waiting):
        waiting.register(running.output, selectors.EVENT_READ, clipped.take)
        if running.told >= 0:
            waiting.register(running.told, selectors.EVENT_READ, said.extend)
        while running.process.poll() is None:
            now = time.monotonic()
            if now >= deadline:
                return Limit.TIME, seen
            if now >= look_at:
                seen = census(running.process.pid, seen.pids)
                if limit := _passed(seen, bounds):
                    return limit, seen
                look_at = time.monotonic() + _LOOK_S
            _read(waiting, max(0.0, min(deadline, look_at) - now))
    return None, seen


@contextlib.contextmanager
def _noticed(
    process: subprocess.Popen[bytes], waiting: selectors.BaseSelector
) -> Generator[None, None, None]:
    """Have the end of a process wake who waits, where the system can tell it (Linux)."""
    if not hasattr(os, "pidfd_open"):
        yield
        return
    handle = os.pidfd_open(process.pid)
    try:
        waiting.register(handle, selectors.EVENT_READ)
        yield
    finally:
        os.close(handle)


def _read(waiting: selectors.BaseSelector, wait_s: float) -> None:
    for key, _ in waiting.select(wait_s):
        if key.data is None:
            continue
        if content := os.read(key.fd, _CHUNK_BYTES):
            key.data(content)
        else:
            waiting.unregister(key.fd)


def _passed(seen: Census, bounds: Bounds) -> Limit | None:
    if seen.tasks > bounds.tasks + _BWRAPS_OWN:
        return Limit.TASKS
    if seen.memory_bytes > bounds.memory_bytes:
        return Limit.MEMORY
    return None


def _ended(running: _Running, seen: Census, clipped: Clipped, said: bytearray) -> None:
    """End what is left, and take the rest of its output.

    Inside, the first process of the sandbox dies with bubblewrap, and the kernel ends all others with
    it. Outside, what left its session and lost its parent between two looks is not found.
    """
    process = running.process
    if running.told < 0:
        _kill_outside(process, seen)
    elif process.poll() is None:
        process.kill()
    process.wait()
    deadline = time.monotonic() + _END_S
    with selectors.DefaultSelector() as waiting:
        waiting.register(running.output, selectors.EVENT_READ, clipped.take)
        if running.told >= 0:
            waiting.register(running.told, selectors.EVENT_READ, said.extend)
        while waiting.get_map() and (left := deadline - time.monotonic()) > 0:
            _read(waiting, left)
    if running.told >= 0:
        _wait_for_first(said, deadline)


def _kill_outside(process: subprocess.Popen[bytes], seen: Census) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    left = census(process.pid, seen.pids)
    while left.pids:
        for pid in left.pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        now = census(process.pid, left.pids)
        left = replace(now, pids=now.pids - left.pids)


def _wait_for_first(said: bytearray, deadline: float) -> None:
    """Wait until the sandbox's first process is gone, for it is the last to go."""
    first = said.partition(b"\n")[0]
    if not first:
        return
    told = json.loads(first)
    try:
        handle = os.pidfd_open(told["child-pid"])
    except ProcessLookupError:
        return
    try:
        if not _is_inside(told):
            return
        if not select.select([handle], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise ConfigurationError(
                f"a command was killed and is not gone after {_END_S:g} s",
                place=f"process {told['child-pid']}",
                remedy="see what it waits for (a disk, a file system of the network)",
            )
    finally:
        os.close(handle)


def _is_inside(told: dict[str, int]) -> bool:
    """Whether a number still belongs to the process that it was told of, not to a later one."""
    try:
        space = os.readlink(f"/proc/{told['child-pid']}/ns/pid")  # noqa: PTH115 - no path
    except PermissionError:
        return True
    except OSError:
        return False
    return space == f"pid:[{told['pid-namespace']}]"
