"""`bridgewright check` reads a project, says what it found in four forms, and ends accordingly."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

ENDLESS = "import requests\n\n\ndef asked(url):\n    return requests.get(url)\n"
OPEN = "import requests\n\n\ndef asked(url, **options):\n    return requests.get(url, **options)\n"
GOOD = "import requests\n\n\ndef asked(url):\n    return requests.get(url, timeout=3)\n"
WARNED = (
    "class AcmeError(Exception):\n    pass\n\n\ndef checked(response):\n"
    "    raise AcmeError(response.text)\n"
)
TOUCHES = "open('touched', 'w').close()\nraise SystemExit(9)\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command in a project of these files."""

    def done(files: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        command = [sys.executable, "-m", "bridgewright", "check", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return done


@pytest.mark.slow
def test_a_problem_has_its_place_its_reason_and_how_to_mend_it(run: Run) -> None:
    done = run({"app/a.py": ENDLESS})
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("app/a.py:5:12: BW102 error: requests.get waits for ever")
    assert second.startswith("    Say a finite timeout")
    assert done.stderr.startswith("1 error: ")


@pytest.mark.slow
def test_a_project_without_problems_says_how_much_was_looked_at_and_nothing_was_run(
    run: Run, tmp_path: Path
) -> None:
    done = run({"app/a.py": GOOD, "app/b.py": TOUCHES})
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("none: ")
    assert "2 modules, no integration" in done.stderr
    assert not (tmp_path / "touched").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (OPEN, (), 0),
        (OPEN, ("--unknown", "fail"), 3),
        (OPEN, ("--strict",), 0),
        (ENDLESS, ("--unknown", "fail"), 1),
        (WARNED, (), 0),
        (WARNED, ("--strict",), 1),
        (ENDLESS, ("--only", "BW2"), 0),
        (ENDLESS, ("--only", "bw2,BW102"), 1),
        (ENDLESS, ("--only", "BW999"), 2),
        (ENDLESS, ("--json", "--sarif"), 2),
        (ENDLESS, ("nowhere",), 2),
        (ENDLESS, ("..",), 2),
        ("def broken(:\n", ("--unknown", "fail"), 3),
    ],
)
def test_how_it_ends(run: Run, text: str, words: tuple[str, ...], code: int) -> None:
    done = run({"app/a.py": text}, *words)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.slow
def test_what_is_undecided_is_shown_and_counted(run: Run) -> None:
    done = run({"app/a.py": OPEN})
    assert "BW103 unknown: " in done.stdout
    assert done.stderr.startswith("1 undecided: ")


@pytest.mark.slow
def test_only_what_is_in_the_paths_is_told(run: Run) -> None:
    files = {"app/a.py": ENDLESS, "lib/b.py": ENDLESS}
    assert "lib/b.py" not in run(files, "app").stdout
    assert run(files, "app/a.py", "--json").returncode == 1


@pytest.mark.slow
def test_an_exemption_that_holds_is_counted_and_one_that_does_not_is_a_problem(run: Run) -> None:
    excused = ENDLESS.replace(
        "get(url)", 'get(url)  # bw: ignore[BW102] reason="ended by its caller" until=2999-01-01'
    )
    done = run({"app/a.py": excused})
    assert (done.returncode, done.stderr.partition(":")[0]) == (0, "1 excused")
    done = run({"app/a.py": ENDLESS.replace("get(url)", "get(url)  # bw: ignore[BW102]")}, "--json")
    assert [each["code"] for each in json.loads(done.stdout)["problems"]] == ["BW901", "BW102"]


@pytest.mark.slow
def test_each_form_is_one_that_a_program_can_read(run: Run) -> None:
    files = {"app/a.py": ENDLESS}
    answer = json.loads(run(files, "--json").stdout)
    assert (answer["command"], answer["modules"]) == ("check", 1)
    (problem,) = answer["problems"]
    assert (problem["code"], problem["line"], problem["column"]) == ("BW102", 5, 12)
    sarif = json.loads(run(files, "--sarif").stdout)
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["BW102"]
    github = run(files, "--github").stdout
    assert github.startswith("::error file=app/a.py,line=5,col=12,title=BW102::requests.get")


def test_the_hook_and_the_action_call_the_command_as_it_is() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    assert "entry: bridgewright check\n" in hook
    action = (ROOT / "action.yml").read_text("utf-8")
    assert 'bridgewright check --root "$ROOT" --github $ARGUMENTS' in action
