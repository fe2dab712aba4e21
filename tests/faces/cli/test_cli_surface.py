"""The commands as a whole: what each must offer, what none may cost, and what init writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from bridgewright import connectors
from bridgewright.cli import bridgewright
from bridgewright.cli.exits import MEANINGS, Exit, exit_of
from bridgewright.core.errors import BridgewrightError
from tests.faces.cli.shop import PROGRAM, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def leaves(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, *path, name)
    else:
        yield " ".join(path), command


LEAVES = dict(leaves(bridgewright))


def test_every_command_of_the_first_part_is_there() -> None:
    expected = {"init", "serve", "worker", "events ls", "events show", "dead ls", "dead show"}
    assert expected | {
        "redrive plan",
        "redrive run",
        "redrive report",
        "doctor",
        "migrate",
        "version",
        "demo",
    } <= set(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_json_and_a_help_page_that_says_what_it_holds(name: str) -> None:
    command = LEAVES[name]
    assert any("--json" in parameter.opts for parameter in command.params)
    assert "JSON: " in (command.epilog or "")
    assert command.help


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [one for one in LEAVES[name].params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []


def test_the_help_page_names_every_exit_code(shop: Shop) -> None:
    shown = shop.run("--help").stdout
    for code, meaning in MEANINGS.items():
        assert f"{code.value:>3}  {meaning}" in shown
    assert set(MEANINGS) == set(Exit)


def test_every_error_of_our_tree_has_an_exit_code_that_is_no_success() -> None:
    tree = [BridgewrightError]
    for kind in tree:
        tree += kind.__subclasses__()
        assert exit_of(kind.__new__(kind)) in set(Exit) - {Exit.OK, Exit.INTERRUPTED}


def test_an_unknown_command_gets_the_nearest(shop: Shop) -> None:
    result = shop.run("redrove")
    assert result.exit_code == 2
    assert "Did you mean redrive?" in result.stderr


def test_version_loads_no_server_and_no_terminal_library() -> None:
    code = (
        "import sys; from bridgewright.cli import main\n"
        "try: main(['version'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print(*(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, modules = done.stdout.splitlines()
    assert first.startswith("bridgewright ")
    assert not {"uvicorn", "rich", "cryptography", "asyncio", "httpx2"} & set(modules.split())


def test_migrate_says_what_it_did_and_is_safe_to_repeat(shop: Shop) -> None:
    first = shop.object("migrate")
    assert first["applied"][0].startswith("0001")
    assert shop.object("migrate")["applied"] == []
    assert "is up to date" in shop.run("migrate").stdout


def in_folder(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, sys.path))
    env = {**os.environ, "PYTHONPATH": path, **environ}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


FEW = ("all", "github", "standard", "stripe")
"""What is tried in each run; the others one by one are for `make test-all`."""
EACH = [
    pytest.param(name, marks=[] if name in FEW else [pytest.mark.slow])
    for name in (*connectors.receiving_names(), "all")
]


@pytest.mark.parametrize("provider", EACH)
@pytest.mark.slow
def test_what_init_writes_works_as_it_is(provider: str, tmp_path: Path) -> None:
    chosen = connectors.receiving_names() if provider == "all" else (provider,)
    written = in_folder(tmp_path, *PROGRAM, "init", *chosen, "--json")
    assert written.returncode == 0, written.stderr
    variables = json.loads(written.stdout)["variables"]
    assert set(variables) == {connectors.webhook(name).secret_variable for name in chosen}
    tested = in_folder(tmp_path, sys.executable, "-W", "error", "-m", "unittest", "-v")
    assert tested.returncode == 0, tested.stderr
    assert f"Ran {len(chosen)} test" in tested.stderr
    webhooks = [connectors.webhook(name) for name in chosen]
    keys = {webhook.secret_variable: webhook.example_key for webhook in webhooks}
    found = in_folder(tmp_path, *PROGRAM, "doctor", **keys)
    assert "settings\tok\t" in found.stdout
    missing = in_folder(tmp_path, *PROGRAM, "serve", "app:bridge")
    assert missing.returncode == 2
    assert all(variable in missing.stderr for variable in variables)


@pytest.mark.slow
def test_init_never_overwrites_unless_it_is_forced(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("mine")
    refused = in_folder(tmp_path, *PROGRAM, "init", "stripe")
    assert refused.returncode == 2
    assert "app.py would be overwritten" in refused.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["app.py"]
    assert in_folder(tmp_path, *PROGRAM, "init", "stripe", "--force").returncode == 0
    assert (tmp_path / "app.py").read_text() != "mine"


def test_init_refuses_a_provider_it_does_not_know(tmp_path: Path) -> None:
    refused = in_folder(tmp_path, *PROGRAM, "init", "strype")
    assert refused.returncode == 2
    assert "stripe" in refused.stderr
    assert list(tmp_path.iterdir()) == []
