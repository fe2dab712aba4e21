"""Where deliveries go: an application in a process of its own, or an endpoint that somebody runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx2

from bridgewright.certify import effects
from bridgewright.certify.subject import Home, kept_variables
from bridgewright.simulate.listener import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.certify.effects import Effect
    from bridgewright.certify.target import App, Endpoint

BUILD_S = 30.0
"""How long an application may take to listen."""
_LOOK_S = 0.02


class Premises(Protocol):
    """A target of deliveries."""

    @property
    def url(self) -> str:
        """Where they go."""
        ...

    @property
    def problem(self) -> str:
        """Why nothing can be delivered; empty when it can."""
        ...

    def effects(self) -> tuple[Effect, ...]:
        """What its handlers did, in order."""
        ...

    def close(self) -> str:
        """End it: all that it wrote."""
        ...


class Running:
    """An ASGI application under uvicorn, with a folder of its own that outlives a crash."""

    def __init__(self, app: App, path: str, extra: Mapping[str, str]) -> None:
        self._app = app
        self._home = Home()
        self._books = self._home.path / "effects"
        self._extra = extra
        self.problem = ""
        with socket.socket() as free:
            free.bind((HOST, 0))
            self._port: int = free.getsockname()[1]
        self.url = f"http://{HOST}:{self._port}{path}"
        self._process = self._started()
        self._listening()

    def _started(self) -> subprocess.Popen[bytes]:
        words = [self._app.place, "--host", HOST, "--port", str(self._port)]
        given = {effects.VARIABLE: str(self._books), "HOME": str(self._home.work)}
        with self._home.sink("stdout") as said, self._home.sink("stderr") as errors:
            return subprocess.Popen(  # noqa: S603 - this Python, and the application to certify
                [sys.executable, "-m", "uvicorn", *words, "--app-dir", str(Path.cwd())],
                cwd=self._home.work,
                env={**kept_variables(), **self._extra, **given},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=errors,
                start_new_session=True,
            )

    def _listening(self) -> None:
        end_s = time.monotonic() + BUILD_S
        while time.monotonic() < end_s and self._process.poll() is None:
            with suppress(OSError), socket.create_connection((HOST, self._port), 1):
                return
            time.sleep(_LOOK_S)
        self.problem = f"it does not listen: {self._home.written()[-400:].strip()}"

    def crash(self) -> None:
        """Kill it without a word, and start it again in the same folder."""
        self._kill()
        self._process = self._started()
        self._listening()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def effects(self) -> tuple[Effect, ...]:
        """The lines of its file."""
        return effects.read(self._books.read_text("utf-8")) if self._books.exists() else ()

    def close(self) -> str:
        """Kill it."""
        self._kill()
        self._books.unlink(missing_ok=True)
        written = self._home.written()
        self._home.close()
        return written


class Foreign:
    """An endpoint that somebody else runs; its effects are in a file, or behind a URL."""

    problem = ""

    def __init__(self, endpoint: Endpoint, place: str) -> None:
        self.url = endpoint.url
        self._place = place

    def effects(self) -> tuple[Effect, ...]:
        """The lines of the file, or of the answer."""
        if self._place.startswith(("http://", "https://")):
            answer = httpx2.get(self._place, timeout=5.0, trust_env=False)
            return effects.read(answer.raise_for_status().text)
        path = Path(self._place)
        return effects.read(path.read_text("utf-8")) if path.exists() else ()

    def close(self) -> str:
        """It is not ours to end."""
        return ""
