"""The made-up world, built once: its files are put back before each probe."""

from __future__ import annotations

import secrets
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.sandbox import probe
from tests.engineer.sandbox.world import World, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def sandboxed() -> None:
    if lack := probe.lack():
        pytest.skip(f"no sandbox can be had here: {lack.reason}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Path]]:
    """The world, and the files that it is put back from."""
    top = tmp_path_factory.mktemp("w")
    build(top)
    template = tmp_path_factory.mktemp("t")
    subprocess.run(["cp", "-a", f"{top}/.", str(template)], check=True)
    name = f"bridgewright-{secrets.token_hex(4)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        abstract.bind(f"\0{name}")
        abstract.listen()
        for each in (tcp, udp, abstract):
            each.setblocking(False)  # noqa: FBT003 - the standard library's signature
        yield World(top, tcp, udp, abstract, name), template
