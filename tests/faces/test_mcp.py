"""`bridgewright mcp` as a process: what ends it, what it must not be disturbed by, and what it costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from click.testing import CliRunner

from bridgewright.cli import bridgewright
from bridgewright.engineer.offering.catalogue import tools
from bridgewright.engineer.offering.turn import held
from tests.engineer.offering.host import bare, found, hear, message, running, say, session
from tests.engineer.workshop import CERTIFY, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = f"long_work_{os.getpid()}"
"""Of this run's own: other workers and other runs certify the same at the same time."""
NOISE = """\
import os, sys
print("hello")
os.write(1, b"hello\\n")
sys.path.remove(os.path.dirname(__file__))
del sys.modules["mcp_types"]
import mcp_types
sys.modules["mcp_types"] = mcp_types
"""
LONG: dict[str, Any] = {
    "name": "certify",
    "arguments": {"target": f"{MARK}:target"},
    "_meta": {"progressToken": 1},
}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A project with something that takes long to certify; nothing of it runs at the end."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / f"{MARK}.py").write_text(CERTIFY.format(flaw=""))
    yield folder
    assert running(f"{MARK}:target") == []


def begun(root: Path) -> subprocess.Popen[bytes]:
    """A server that certifies, and has said so."""
    process = bare(root)
    say(process, message(2, "tools/call", **LONG))
    assert hear(process)["method"] == "notifications/progress"
    assert running(f"{MARK}:target") != []
    return process


@pytest.mark.slow
def test_the_end_of_its_input_ends_it_and_what_it_runs(root: Path) -> None:
    process = begun(root)
    process.communicate(timeout=10)
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_whether_or_not_anybody_reads(
    root: Path, which: signal.Signals
) -> None:
    process = begun(root)
    process.send_signal(which)
    assert process.wait(timeout=10) == 0
    process.communicate()


@pytest.mark.slow
def test_an_idle_server_is_ended_by_a_signal_while_its_input_is_open(root: Path) -> None:
    process = bare(root)
    process.terminate()
    assert process.wait(timeout=10) == 0
    process.communicate()


@pytest.mark.slow
def test_a_call_that_is_cancelled_ends_and_the_next_one_is_answered(root: Path) -> None:
    async def play() -> None:
        async with session(root) as host:
            heard: list[float] = []
            with anyio.CancelScope() as scope:

                async def far(progress: float, total: float | None, message: str | None) -> None:
                    heard.append(progress)
                    assert total
                    assert message
                    if len(heard) == 2:
                        scope.cancel()

                await host.call_tool("certify", LONG["arguments"], progress_callback=far)
            assert heard == sorted(set(heard))
            assert len(heard) == 2
            assert found(await host.call_tool("check", {}))["answer"]["modules"] == 1

    anyio.run(play)


@pytest.mark.slow
def test_what_is_no_message_is_passed_by(root: Path) -> None:
    process = bare(root)
    for noise in (b"hello\n", b"\xff\xfe\n", b"\n", b"[" * 2_000_000 + b"\n", b'{"jsonrpc": 3}\n'):
        say(process, noise)
    say(process, message(7, "tools/call", name="check", arguments={"paths": "x"}))
    answers: list[dict[str, Any]] = []
    while not answers or answers[-1].get("id") != 7:
        answers.append(hear(process))
    assert answers[-1]["result"]["isError"] is True
    process.communicate(timeout=10)
    assert process.returncode == 0


@pytest.mark.slow
def test_a_module_that_prints_on_import_cannot_write_into_the_protocol(root: Path) -> None:
    noisy = root.parent / "noisy"
    noisy.mkdir()
    (noisy / "mcp_types.py").write_text(NOISE)
    path = os.pathsep.join([str(noisy), os.environ.get("PYTHONPATH", "")])
    process = bare(root, PYTHONPATH=path)
    say(process, message(2, "tools/list"))
    assert len(hear(process)["result"]["tools"]) == len(tools())
    process.communicate(timeout=10)


@pytest.mark.slow
def test_one_call_at_a_time_changes_files_and_another_server_s_is_told_so(tmp_path: Path) -> None:
    root = opened(tmp_path).path

    async def play() -> None:
        async with session(root) as host:
            names = [f"n{number}" for number in range(3)]
            done: list[bool] = []

            async def make(name: str) -> None:
                done.append(found(await host.call_tool("scaffold", {"name": name}))["ok"])

            async with anyio.create_task_group() as group:
                for name in names:
                    group.start_soon(make, name)
            assert done == [True] * 3
            text = (root / "bridgewright.toml").read_text()
            assert all(text.count(f"[connections.{name}]") == 1 for name in names)
            with held(root.resolve()):
                refused = await host.call_tool("scaffold", {"name": "late"})
            assert refused.is_error
            assert "call again" in str(refused.content)

    anyio.run(play)


def test_the_list_needs_no_server_and_no_package() -> None:
    shown = CliRunner().invoke(bridgewright, ["mcp", "--json"])
    found_ = json.loads(shown.stdout)
    assert [each["name"] for each in found_["tools"]] == [each.name for each in tools()]
    assert "deliver" in CliRunner().invoke(bridgewright, ["mcp", "--list"]).stdout


@pytest.mark.slow
def test_without_the_package_the_command_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.machinery as m\n"
        "find = m.PathFinder.find_spec\n"
        "sys.meta_path[:] = [type('F', (), {'find_spec': staticmethod(lambda name, path=None,"
        " target=None: None if name == 'mcp' else find(name, path, target))})]"
        " + [f for f in sys.meta_path if f is not m.PathFinder]\n"
        "from bridgewright.cli import main; main(['mcp'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'bridgewright[mcp]'" in done.stderr


@pytest.mark.slow
def test_importing_us_loads_nothing_of_the_protocol() -> None:
    code = (
        "import sys, bridgewright, bridgewright.cli, bridgewright.cli.mcp\n"
        "print(*sorted({'mcp', 'mcp_types', 'anyio', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
