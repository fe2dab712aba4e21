"""`bridgewright new`, as a user has it: what it writes runs, is typed, is tested and is Silver."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.manifest.reading import read
from bridgewright.engineer.manifest.words import AuthKind, Retry
from tests.engineer.scaffold.asked import OPERATIONS, PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

SOURCES = Path(__file__).resolve().parents[3] / "src"
PARCEL_WORDS = ("new", "parcels", "--owner", "team-parcels", "--spec", str(PARCELS))
CHOSEN = [word for each in OPERATIONS for word in ("--op", each)]
VERSION = ("--api-version", "Parcels-Version: 2026-03-01")
GITHUB = (
    "GET /repos/{owner}/{repo}",
    "issues/create",
    "issues/get",
    "issues/update",
    "issues/list-for-repo",
    "issues/create-comment",
    "reactions/create-for-issue",
    "pulls/list",
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a module of Python in a user's project, which is empty at first."""

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        given = {"PYTHONPATH": str(SOURCES), "MYPYPATH": str(SOURCES)}
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=590,
            check=False,
        )

    return ran


def _good(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stdout[-4_000:] + ended.stderr[-2_000:]
    return ended.stdout


def _proved(run: Run, name: str, folder: Path, tests: int) -> None:
    """The package is checked, its own tests pass, it is typed, and it is Silver."""
    checked = run("bridgewright", "check")
    _good(checked)
    assert checked.stderr.startswith("none: "), checked.stdout
    said = _good(run("pytest", "-q", "-p", "no:cacheprovider", f"integrations/{name}"))
    assert int(said.strip().splitlines()[-1].split()[0]) >= tests
    _good(run("mypy", "--strict", "--cache-dir", str(folder / ".cache"), f"integrations/{name}"))
    shown = (folder / "integrations" / name / "README.md").read_text("utf-8")
    command = next(line for line in shown.splitlines() if line.startswith("bridgewright certify"))
    certificate = json.loads(_good(run(*command.split(), "--json")))
    assert certificate["level"] in ("silver", "gold")


@pytest.mark.slow
def test_a_made_up_provider_becomes_a_package_that_is_silver(run: Run, tmp_path: Path) -> None:
    told = json.loads(
        _good(
            run("bridgewright", *PARCEL_WORDS, *CHOSEN, *VERSION, "--webhook", "standard", "--json")
        )
    )
    assert len(told["operations"]) == len(OPERATIONS) >= 6
    assert told["variables"] == ["PARCELS_API_KEY", "PARCELS_WEBHOOK_SECRET"]
    assert told["tables"] == ["connections.parcels", "sources.parcels"]
    manifest = read(tmp_path / "integrations" / "parcels")
    assert (manifest.auth.kind, manifest.auth.header) == (AuthKind.API_KEY, "Parcels-Key")
    retries = {name: each.retry for name, each in manifest.operations.items()}
    assert retries["create_parcel"] is Retry.KEYED
    assert retries["notify"] is Retry.NEVER
    assert retries["class_"] is Retry.SAFE
    assert manifest.sources["parcels"].events == ("parcel.moved", "parcel.lost")
    _proved(run, "parcels", tmp_path, 60)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["none"],
        ["basic"],
        ["bearer"],
        ["oauth2", "--token-url", "https://auth.parcels.example/token", "--scope", "parcels:write"],
    ],
    ids=lambda words: words[0],
)
def test_each_way_of_authorising_passes_the_tests_that_are_written(
    run: Run, words: list[str]
) -> None:
    _good(
        run("bridgewright", *PARCEL_WORDS, "--op", "notify", "--op", "getParcel", "--auth", *words)
    )
    _good(run("pytest", "-q", "-p", "no:cacheprovider", "integrations/parcels"))


@pytest.mark.slow
def test_a_package_can_be_begun_without_a_specification(run: Run) -> None:
    _good(run("bridgewright", "new", "acme", "--webhook", "standard", "--event", "thing.made"))
    _good(run("pytest", "-q", "-p", "no:cacheprovider", "integrations/acme"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout=8.0", "timeout=None"),
        ('keyed=["POST /things"]', "keyed=[]"),
        ("quotas=", "unsafe=['GET /things/{thing_id}'], quotas="),
        ('quotas={"": LIMITS}', "quotas={}"),
    ],
)
def test_the_tests_that_are_written_can_fail(run: Run, tmp_path: Path, old: str, new: str) -> None:
    _good(run("bridgewright", "new", "acme"))
    for name in ("client.py", "operations.py"):
        path = tmp_path / "integrations" / "acme" / name
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    ended = run("pytest", "-q", "-p", "no:cacheprovider", "integrations/acme")
    assert ended.returncode == 1, ended.stdout[-2_000:]


@pytest.mark.slow
def test_a_slice_of_githubs_specification_becomes_a_package_that_is_silver(
    run: Run, tmp_path: Path
) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("GitHub's specification is in an npm package, and npm is not installed")
    store = tmp_path / "npm"
    store.mkdir()
    words = [npm, "pack", "@octokit/openapi@23.0.2", "--silent"]
    packed = subprocess.run(
        words, cwd=store, capture_output=True, text=True, timeout=300, check=False
    )
    if packed.returncode != 0:
        pytest.skip("GitHub's specification could not be downloaded: @octokit/openapi of npm")
    shutil.unpack_archive(next(store.glob("*.tgz")), store, "gztar")
    spec = store / "package" / "generated" / "api.github.com.json"
    chosen = [word for each in GITHUB for word in ("--op", each)]
    version = ("--api-version", "X-GitHub-Api-Version: 2022-11-28")
    _good(
        run(
            "bridgewright",
            "new",
            "issues",
            "--spec",
            str(spec),
            "--auth",
            "bearer",
            *version,
            *chosen,
        )
    )
    assert len(read(tmp_path / "integrations" / "issues").operations) == len(GITHUB)
    _proved(run, "issues", tmp_path, 50)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new", "Acme"], "no name of a package"),
        (["new", "class"], "no name of a package"),
        (["new", "acme", "--into", "../x"], "below the working directory"),
        (["new", "acme", "--title", '"""'], "no title needs"),
        (["new", "acme", "--api-version", "x"], "write it as"),
        (["new", "acme", "--auth", "oauth2"], "--token-url"),
        (["new", "acme", "--spec", str(PARCELS)], "no operation is chosen"),
        ([*PARCEL_WORDS, "--op", "uploadPicture"], "JSON and forms"),
        ([*PARCEL_WORDS, "--op", "notify", "--webhook", "nobody"], "no connector"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    run: Run, tmp_path: Path, words: list[str], said: str
) -> None:
    ended = run("bridgewright", *words)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_without_the_generator_it_says_how_to_install_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['datamodel_code_generator'] = None\n"
        "from bridgewright.cli import main; main(['new', 'acme'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "pip install 'bridgewright[new]'" in ended.stderr
