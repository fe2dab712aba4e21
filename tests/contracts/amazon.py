"""AWS made small: the simulator, and the real way to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgewright.adapters.transports.urllib3 import Urllib3Transport
from bridgewright.connectors.aws.client import CLIENT
from bridgewright.connectors.aws.profile import PROFILE
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.simulate.aws.backend import Backend
from bridgewright.simulate.aws.simulator import AwsSimulator

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


@contextmanager
def simulated() -> Iterator[str]:
    """The URL of a new simulator, for as long as it runs."""
    with AwsSimulator() as simulator:
        yield simulator.start()


@contextmanager
def moto() -> Iterator[str]:
    """The URL of what stands behind the simulator, alone: for services that are not simulated."""
    backend = Backend()
    try:
        yield backend.start()
    finally:
        backend.close()


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
    """A session on the engine, at the simulator or another server."""

    def __init__(self, url: str) -> None:
        self.wire = Journal()
        self.facts: list[Fact] = []
        self.caller = Caller(PROFILE, transport=self.wire, observer=self.facts.append)
        connection = Connection(
            "aws", "", self.caller, {}, base_url=url, options={"region": "us-east-1"}
        )
        self.session: boto3.Session = CLIENT.connect(connection)
