"""moto's server, in a process of its own: it keeps its state in globals, and takes seconds to import."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_S = 60.0
"""How long it may take to begin or to end: it imports most of boto."""
NEEDED = ("moto", "flask", "boto3")
REMEDY = "pip install 'moto[server]>=5.0'"
_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("port", server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""
_SEED = 42


class Backend:
    """A moto that runs from `start` to `close`, and ends with us however we end. Its ids are those of
    a fixed seed, its time is the wall's."""

    def __init__(self, needed: tuple[str, ...] = NEEDED) -> None:
        self._needed = needed
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> str:
        """Begin; the URL. ConfigurationError where moto or what its server needs is not installed."""
        missing = [name for name in self._needed if importlib.util.find_spec(name) is None]
        if missing:
            raise ConfigurationError(
                f"AWS is simulated by moto's server, and {', '.join(missing)} is not installed",
                remedy=REMEDY,
            )
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-W", "ignore", "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        port = _port(self._process.stdout or ())
        if port is None:
            self.close()
            raise ConfigurationError(
                "moto's server ended before it began to listen",
                remedy=f"See what `{sys.executable} -c 'import moto.server'` says; {REMEDY}",
            )
        self.url = f"http://127.0.0.1:{port}"
        self._seed()
        return self.url

    def close(self) -> None:
        """End it, kindly and then not."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def reset(self) -> None:
        """Forget everything, and give the first ids again."""
        if self._process is not None:
            self._post("reset")
            self._seed()

    def _seed(self) -> None:
        self._post(f"seed?a={_SEED}")

    def _post(self, what: str) -> None:
        answer = httpx2.post(f"{self.url}/moto-api/{what}", timeout=PATIENCE_S, trust_env=False)
        answer.raise_for_status()


def _port(lines: Iterable[str]) -> int | None:
    said = (line.split() for line in lines)
    return next((int(words[1]) for words in said if words[:1] == ["port"]), None)
