"""The action `actions/verify` on somebody's pull request, its steps run as a runner runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bridgewright.cli.engineer.summary import MOST_CHARS, MOST_ROWS, summary
from bridgewright.cli.screen import clean
from tests.engineer.runner import Job, action, step
from tests.engineer.workshop import BRANCH, KEY, Workshop, opened
from tests.house.tree import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

ACTION = action(ROOT / "actions" / "verify" / "action.yml")
STEPS = ("Look where this runs", "Verify")
QUICK = "--only branch --only paths --only commits --only secrets --only plan"
HOSTILE = """\
"; touch seized #
$(touch seized) `touch seized` ${IFS} '; touch seized; '
EOF
${{ github.token }}
::error::forged
::set-output name=verdict::kept
##[stop-commands]gone
%0A::error::forged \N{RIGHT-TO-LEFT OVERRIDE}
- [x] **##[stop-commands]gone**: see <img src=x> [kept](https://example.com) | `here`
"""


def job(
    shop: Workshop, given: Mapping[str, str] | None = None, body: str = "", branch: str = BRANCH
) -> Job:
    """The job of a pull request from the branch of a workshop."""
    place = shop.path.parent / "runner"
    place.mkdir(exist_ok=True)
    event = {
        "body": body,
        "base": {"sha": shop.git("rev-parse", "origin/main")},
        "head": {"sha": shop.git("rev-parse", "HEAD")},
    }
    variables = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_HEAD_REF": branch}
    inputs = {"arguments": QUICK, **(given or {})}
    return Job(shop.path, place, inputs, {"event": {"pull_request": event}}, variables)


def ran(*of: Any, **more: Any) -> tuple[Job, subprocess.CompletedProcess[str]]:
    made = job(*of, **more)
    return made, made.run(ACTION, *STEPS)


def commands(said: str) -> list[str]:
    """What a runner would obey of an output."""
    lines = [line.strip() for line in said.splitlines()]
    return [line for line in lines if re.match(r"::[\w-]+( .*)?::", line) or "##[" in line]


@pytest.mark.slow
def test_good_work_ends_with_zero_though_a_runner_has_no_branch(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.git("checkout", "-q", "--detach")
    made, done = ran(shop)
    assert (done.returncode, commands(done.stdout + done.stderr)) == (0, []), done.stderr
    assert "## bridgewright verify: kept" in made.page.read_text("utf-8")


@pytest.mark.slow
def test_bad_work_ends_with_one_and_is_annotated_and_on_the_page(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.commit(f"more of {KEY}", {"app/models.py": "X = 2\n"})
    made, done = ran(shop)
    assert done.returncode == 1
    assert "::error file=app/models.py,title=outside-paths::" in done.stdout
    page = made.page.read_text("utf-8")
    assert "| outside\\-paths | app\\/models\\.py |" in page
    assert KEY[8:] not in page
    assert "leaked\\-key" in page


@pytest.mark.slow
@pytest.mark.parametrize("branch", [BRANCH, "agent/x"])
def test_a_hostile_body_changes_nothing_but_what_it_ticks(tmp_path: Path, branch: str) -> None:
    shop = opened(tmp_path)
    shop.git("checkout", "-q", "--detach")
    before = shop.git("status", "--porcelain", "--ignored")
    made, done = ran(shop, body=HOSTILE, branch=branch)
    obeyed = commands(done.stdout + done.stderr)
    wrong = ["wrong-branch"] if branch != BRANCH else []
    titles = [line.partition("title=")[2].partition("::")[0] for line in obeyed]
    assert (done.returncode, titles) == (1, [*wrong, "ticked-without-evidence"]), obeyed
    assert shop.git("status", "--porcelain", "--ignored") == before
    assert (made.place / "bridgewright-body.md").read_text("utf-8") == HOSTILE
    page = made.page.read_text("utf-8")
    assert not re.search(r"(?<!\\)[<`\[]|##\[", page)


@pytest.mark.slow
def test_the_head_is_the_pull_requests_own_commit_whatever_is_checked_out(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    made = job(shop)
    shop.git("checkout", "-q", "--detach", "origin/main")
    shop.git("merge", "-q", "--no-ff", "-m", "Merge 1 into 2", BRANCH)
    assert made.run(ACTION, *STEPS).returncode == 0


@pytest.mark.slow
def test_a_definition_is_read_as_it_is_on_the_base(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    text = "---\nmode: primary\n---\n- **Branch Naming**: `agent/theirs`\n"
    shop.git("switch", "-q", "main")
    shop.commit("docs: how agents work", {"ci/agent.md": text})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("rebase", "-q", "main")
    shop.commit("feat(integration): mine", {"ci/agent.md": text.replace("agent/theirs", BRANCH)})
    _, done = ran(shop, {"definition": "ci/agent.md", "arguments": "--only branch"})
    assert (done.returncode, "title=wrong-branch::" in done.stdout) == (1, True), done.stderr
    _, done = ran(shop, {"definition": "nothing.md"})
    assert (done.returncode, len(commands(done.stdout))) == (2, 1)


@pytest.mark.slow
def test_words_of_arguments_are_split_and_are_no_patterns_of_files(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.commit("feat(integration): more", {"app/models.py": "X = 2\n", "app/--help": ""})
    _, done = ran(shop, {"arguments": f"{QUICK} --allow app/*"})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
def test_it_does_not_run_where_an_event_has_secrets(tmp_path: Path, event: str) -> None:
    made = Job(tmp_path, tmp_path, variables={"GITHUB_EVENT_NAME": event})
    done = made.run(ACTION, *STEPS)
    assert (done.returncode, done.stdout.startswith("::error title=verify::")) == (2, True)


def test_it_does_not_run_in_a_clone_that_holds_a_token(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.git("init", "-q")
    made = Job(tmp_path, tmp_path, variables={"GITHUB_EVENT_NAME": "pull_request"})
    assert made.run(ACTION, STEPS[0]).returncode == 0
    kept = tmp_path / "credentials"
    header = "http.https://github.com/.extraheader"
    shop.git("config", "--file", str(kept), header, "authorization: basic eA==")
    shop.git("config", f"includeIf.gitdir:{tmp_path / '.git'}.path", str(kept))
    done = made.run(ACTION, STEPS[0])
    assert (done.returncode, "persist-credentials: false" in done.stdout) == (2, True)


def test_the_package_is_two_folders_above_the_action_and_pip_sees_nothing_of_the_clone() -> None:
    check = action(ROOT / "action.yml")
    ours, theirs = (step(each, "Install")["run"] for each in (ACTION, check))
    assert '"$GITHUB_ACTION_PATH/../.."' in ours
    assert (ROOT / "actions" / "verify" / ".." / ".." / "pyproject.toml").is_file()
    assert '"$GITHUB_ACTION_PATH"' in theirs
    for words in (ours, theirs):
        assert 'python -I -m pip install "$@"' in words
        assert 'if [ -n "$VERSION" ]; then set -- "bridgewright==$VERSION"; else' in words
    for each in (ACTION, check):
        assert "set -f\n" in each["runs"]["steps"][-1]["run"]
        assert all("${{" not in one.get("run", "") for one in each["runs"]["steps"])


def test_the_workflow_of_the_page_gives_away_nothing_and_gives_what_the_action_has() -> None:
    page = (ROOT / "docs" / "verify.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(name: verify\n.*?)```", page, re.DOTALL)
    workflow = yaml.safe_load(block)
    assert workflow[True] == "pull_request"  # YAML 1.1 takes `on` for a truth
    assert workflow["permissions"] == {"contents": "read"}
    clone, verify = workflow["jobs"]["verify"]["steps"]
    assert clone["with"] == {
        "ref": "${{ github.event.pull_request.head.sha }}",
        "fetch-depth": 0,
        "persist-credentials": False,
    }
    assert verify["uses"].partition("@")[0] == "OWNER/bridgewright/actions/verify"
    assert set(verify.get("with", {})) <= set(ACTION["inputs"])
    assert "secrets." not in block
    for name in ACTION["inputs"]:
        assert f"\n| `{name}` | " in page


def test_a_line_of_the_log_asks_the_runner_for_nothing() -> None:
    for line in ("::error::x", "  ::stop-commands::x", "::error file=a,line=1::x", "a ##[group]b"):
        assert commands(line) == [line.strip()]
        assert commands(clean(line)) == []
    for line in ("::1", "::ffff:1.2.3.4", "a::b::c", "# [x]", "std::vector"):
        assert clean(line) == line


def test_a_page_is_bounded_and_says_what_it_leaves_out() -> None:
    refusal = {"reason": "r", "place": "p" * 1_000, "what": "\N{PILE OF POO}" * 1_000, "mend": ""}
    record = {
        "verdict": "refused",
        "branch": "b",
        "head": "0" * 40,
        "refusals": [refusal] * (MOST_ROWS + 7),
        "checks": [],
        "criteria": [{"name": "`" * 1_000, "standing": "kept", "line": 1}] * (MOST_ROWS + 1),
    }
    page = summary(record)
    assert ("And 7 more" in page, "And 1 more" in page) == (True, True)
    assert len(page.encode()) < 1 << 20
    assert "p" * MOST_CHARS + "…" in page
