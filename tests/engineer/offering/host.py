"""A host of the protocol, as another agent has one: the official client, and the real command behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.client import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from mcp_types import CallToolResult

COMMAND = (sys.executable, "-m", "bridgewright", "mcp")
PATIENCE_S = 240.0


@asynccontextmanager
async def session(root: Path, **environ: str) -> AsyncIterator[ClientSession]:
    """A session with a server of the project."""
    [command, *words] = COMMAND
    parameters = StdioServerParameters(
        command=command, args=words, cwd=root, env={**os.environ, **environ}
    )
    with (root.parent / "stderr.txt").open("a") as errors, anyio.fail_after(PATIENCE_S):
        async with (
            stdio_client(parameters, errlog=errors) as (heard, said),
            ClientSession(heard, said) as host,
        ):
            await host.initialize()
            yield host


def asked(
    root: Path, *calls: tuple[str, dict[str, Any]], environ: Mapping[str, str] | None = None
) -> list[CallToolResult]:
    """What each call is answered, in one session."""

    async def play() -> list[CallToolResult]:
        async with session(root, **(environ or {})) as host:
            return [await host.call_tool(name, given) for name, given in calls]

    return anyio.run(play)


def asks(
    root: Path, tool: str, environ: Mapping[str, str] | None = None, /, **given: Any
) -> CallToolResult:
    """One call."""
    return asked(root, (tool, given), environ=environ)[0]


def text(result: CallToolResult) -> str:
    """What a model is shown."""
    [block] = result.content
    assert block.type == "text"
    return block.text


def found(result: CallToolResult) -> dict[str, Any]:
    """The answer's own object; it is what stands between the marks, too."""
    assert result.structured_content is not None, text(result)
    _, begin, rest = text(result).partition("\n<data ")
    mark, _, body = rest.partition(">\n")
    assert begin
    assert json.loads(body.removesuffix(f"\n</data {mark}>")) == result.structured_content
    return dict(result.structured_content)


def message(number: int | None, method: str, **params: Any) -> bytes:
    """A message as it goes over the wire."""
    said: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(said | ({} if number is None else {"id": number})).encode() + b"\n"


GREETING = message(
    1,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "a host", "version": "1"},
) + message(None, "notifications/initialized")


def bare(root: Path, **environ: str) -> subprocess.Popen[bytes]:
    """The command with nothing but pipes, greeted."""
    process = subprocess.Popen(
        COMMAND,
        cwd=root,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    say(process, GREETING)
    assert hear(process)["result"]["serverInfo"]["name"] == "bridgewright"
    return process


def say(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def hear(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next message; every line of standard output is one."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def running(mark: str) -> list[str]:
    """Processes whose command line has this word in it."""
    done = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if mark in line]
