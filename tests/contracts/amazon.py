"""AWS made small: moto's server in a process of its own, and the real way to it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgewright.adapters.transports.urllib3 import Urllib3Transport
from bridgewright.connectors.aws.client import CLIENT
from bridgewright.connectors.aws.profile import PROFILE
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

    from bridgewright.core.model.call import Limits, Request, Response
    from bridgewright.core.model.fact import Fact

KEYS = {
    "aws_access_key_id": "AKIDCANARY",
    "aws_secret_access_key": "canary-secret-31",
    "region_name": "us-east-1",
}
PATIENCE_S = 30.0
_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def moto() -> Iterator[str]:
    """Its address, for as long as it runs. It ends with its standard input, however we end."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{next(line for line in server.stdout if line.strip().isdigit()).strip()}"
        assert server.stdin is not None
        server.stdin.close()
        server.wait(PATIENCE_S)


class Journal:
    """The real transport under botocore, and what went through it."""

    def __init__(self) -> None:
        self.sent: list[tuple[Request, Limits]] = []
        self._wire = Urllib3Transport()

    def send(self, request: Request, limits: Limits) -> Response:
        self.sent.append((request, limits))
        return self._wire.send(request, limits)

    def close(self) -> None:
        self._wire.close()


class Amazon:
    """A session on the engine, at moto or another server."""

    def __init__(self, url: str) -> None:
        self.wire = Journal()
        self.facts: list[Fact] = []
        self.caller = Caller(PROFILE, transport=self.wire, observer=self.facts.append)
        connection = Connection(
            "aws", "", self.caller, {}, base_url=url, options={"region": "us-east-1"}
        )
        self.session: boto3.Session = CLIENT.connect(connection)
