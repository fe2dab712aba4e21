"""A Redis of a test's own, on a free port: to be stopped, killed, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
import redis

from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_S = 15
HIGHEST_PORT = 55_000
NAMES = ("redis-server", "valkey-server")


def program() -> str:
    """The server on this machine. `.ci/run` installs one; there a test without it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no redis-server: apt-get install redis-server")
        pytest.skip("no redis-server here: apt-get install redis-server")
    return found


def free_port() -> int:
    """A port that nobody has; the one 10,000 above it, which a cluster takes too, exists."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            if port < HIGHEST_PORT:
                return port


class RedisServer:
    """One server, in memory only, with whatever settings."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port = free_port()
        self._settings = settings
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> Secret:
        return Secret(f"redis://127.0.0.1:{self.port}/0")

    def client(self) -> Any:
        return redis.Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        command = [program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(self._folder), "--daemonize", "no", *self._settings]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while True:
            try:
                with self.client() as client:
                    client.ping()
                    return
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise

    def freeze(self) -> None:
        """Have it accept connections, and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def serving(folder: Path, *settings: str) -> Iterator[RedisServer]:
    server = RedisServer(folder, *settings)
    try:
        yield server
    finally:
        server.kill()
