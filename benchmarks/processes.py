"""Starting what is measured, each in a process of its own, and ending it again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import on_core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.place import Place

ROOT = Path(__file__).resolve().parent.parent
START_S = 30.0
STOP_S = 20.0
_PROBE = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@contextmanager
def started(
    place: Place, *arguments: str, core: int | None = None, pass_fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m ARGUMENTS` in `place`, on one core if told so; ended by SIGTERM, to its whole group."""
    where = nullcontext() if core is None else on_core(core)
    with (place.folder / "log").open("ab") as log, where:
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=place.folder,
            env=os.environ | place.environment() | {"PYTHONPATH": _python_path()},
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        _end(child)


def answer_of(place: Place, *arguments: str) -> str:
    """What `python -m ARGUMENTS` prints."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=place.folder,
        env=os.environ | place.environment() | {"PYTHONPATH": _python_path()},
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()


def listening() -> socket.socket:
    """A socket on a free port of loopback, to be handed to a server."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.set_inheritable(True)
    return listener


def await_answer(port: int, child: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers anything at all."""
    with socket.create_connection(("127.0.0.1", port), timeout=START_S) as probe:
        probe.settimeout(1.0)
        probe.sendall(_PROBE)
        ends = time.monotonic() + START_S
        while time.monotonic() < ends and child.poll() is None:
            try:
                if probe.recv(64):
                    return
            except TimeoutError:
                continue
    message = "the server did not start"
    raise RuntimeError(message)


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    absolute = [str(Path(entry).resolve()) for entry in inherited if entry]
    return os.pathsep.join([str(ROOT), *absolute])


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
