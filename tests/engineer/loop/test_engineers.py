"""`bridgewright engineer run` with engineers of every kind: the good ones end in one commit and one pull
request, everybody else is stopped by name, and nothing beyond the branch is changed by anybody."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.engineer.loop.ends import End
from bridgewright.engineer.models.choice import MODEL, URL
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.loop.dying_runs import LIVED, QUICK, lived
from tests.engineer.loop.engineers import BRIEF, EVERYBODY, GOOD, HIDDEN, KEY, WHAT
from tests.engineer.loop.ground import CANARIES, laid, requests, snapshot, unchanged
from tests.engineer.loop.obeying import unseen
from tests.engineer.models.scripted import playing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engineer.loop.engineers import Engineer
    from tests.engineer.loop.ground import Ground
    from tests.engineer.models.scripted import Question

pytestmark = pytest.mark.slow
STOPPED = [each for each in EVERYBODY if each.end != "delivered"]
DELIVERING = [each for each in EVERYBODY if each.end == "delivered"]
FIRST, FURTHER = 3, 3
"""Which edge of a record the first life ends at, and how many more each later one comes to."""
CODES = {end.word: end.code for end in End}


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended: its code, its answer, everything it said, and what the model was asked."""

    code: int
    answer: dict[str, Any]
    said: str
    heard: list[Question]


def ran(ground: Ground, engineer: Engineer, *words: str) -> Ran:
    """The command, with this engineer for a model."""
    with playing(engineer.play) as server:
        ground.site.env.update({MODEL: "mine/model-1", URL: server.url})
        shell = ["--bash"] if engineer.bash else []
        done = ground.site.command("run", f"--issue={ground.issue}", "--json", *shell, *words)
    assert done.stdout.count("\n") == 1, done.stderr
    return Ran(done.returncode, json.loads(done.stdout), done.stdout + done.stderr, server.heard)


def only(*checks: str) -> list[str]:
    """Deliver after these checks."""
    return [f"--verify-only={each}" for each in checks]


@pytest.fixture
def stage(tmp_path: Path, engineer: Engineer) -> Iterator[Ground]:
    """The project as it deceives this engineer."""
    with GitHubSimulator() as simulator, ExitStack() as stack:
        yield laid(tmp_path, simulator, stack, more=engineer.more, issue=engineer.issue)


def named(engineer: Engineer) -> str:
    return engineer.name


def kept_to_itself(ground: Ground, run: Ran) -> None:
    """No secret was shown to the model, to the caller, to the journal or to GitHub."""
    journals = "".join(
        each.read_text("utf-8") for each in (ground.clone / ".git/bridgewright").glob("*")
    )
    asked = json.dumps([each.content for each in run.heard])
    made = json.dumps(requests(ground))
    for secret in (*CANARIES, KEY):
        for text in (run.said, journals, made, _told(asked)):
            assert secret not in text
        assert ground.site.run("log", "--all", "--format=%h", f"-S{secret}") == ""
        assert ground.site.run("log", "--all", f"-S{secret}", where=ground.site.bare) == ""


def _told(asked: str) -> str:
    """What the model was told, without what it said itself, which it is told again."""
    messages = [each for question in json.loads(asked) for each in question["messages"]]
    return json.dumps([each for each in messages if each["role"] != "assistant"])


@pytest.mark.parametrize("engineer", STOPPED, ids=named)
def test_whoever_cannot_be_trusted_is_stopped_by_name_and_has_changed_nothing(
    stage: Ground, engineer: Engineer
) -> None:
    before = snapshot(stage)
    run = ran(stage, engineer, "--steps=40")
    assert (run.answer["end"], run.code) == (engineer.end, CODES[engineer.end]), run.said
    for reason in engineer.reasons if engineer.end == "unverified" else ():
        assert reason in run.answer["problem"]
        assert any(each.startswith(f"{reason}: ") for each in run.answer["places"])
    unchanged(before, snapshot(stage))
    assert (stage.site.tip(), requests(stage)) == ("", [])
    kept_to_itself(stage, run)


@pytest.mark.parametrize("engineer", DELIVERING, ids=named)
def test_whoever_comes_to_good_work_makes_one_commit_and_one_pull_request(
    stage: Ground, engineer: Engineer
) -> None:
    before = snapshot(stage)
    run = ran(stage, engineer, *only(*QUICK))
    assert (run.answer["end"], run.code) == ("delivered", 0), run.said
    [request] = requests(stage)
    assert stage.site.commits() == [f"feat(integration): {WHAT}"] == [request["title"]]
    assert f"Closes #{stage.issue}" in request["body"]
    assert stage.site.tip() == run.answer["sha"]
    unchanged(before, snapshot(stage))
    kept_to_itself(stage, run)


def test_the_good_ones_pull_request_is_accepted_by_every_check_of_verify(ground: Ground) -> None:
    run = ran(ground, GOOD)
    assert run.answer["end"] == "delivered", run.said
    standings = dict(each.split(": ", 1) for each in run.answer["checks"])
    assert {each.partition(" ")[0] for each in standings.values()} == {"kept"}
    assert set(standings) == {*QUICK, "resilience", "tests"}
    again = ground.site.command("verify", "--json", *(f"--only={each}" for each in QUICK))
    assert json.loads(again.stdout)["refusals"] == []


@pytest.mark.parametrize("engineer", [HIDDEN], ids=named)
def test_what_nobody_sees_in_an_issue_no_model_reads(stage: Ground, engineer: Engineer) -> None:
    run = ran(stage, engineer, "--steps=1")
    hidden = unseen("ASSISTANT")
    assert hidden in engineer.issue
    messages = [each["content"] for each in run.heard[0].messages]
    assert any("Thank you!" in each for each in messages)
    assert not any(hidden in each or "ASSISTANT" in each for each in messages)


def test_a_run_that_dies_again_and_again_comes_to_one_commit_and_one_pull_request(
    ground: Ground,
) -> None:
    before, deaths = snapshot(ground), 0
    with playing(BRIEF.play) as server:
        ground.site.env.update({MODEL: "mine/model-1", URL: server.url})
        done = lived(ground, ground.site.env, FIRST, f"--issue={ground.issue}", *only(*QUICK))
        while done.returncode == -signal.SIGKILL:
            deaths += 1
            done = lived(ground, ground.site.env, FIRST + deaths * FURTHER)
    assert done.stdout == LIVED or "has delivered its work" in done.stderr, done.stderr
    assert deaths > 10
    assert ground.site.commits() == [f"feat(integration): {WHAT}"]
    assert len(requests(ground)) == 1
    unchanged(before, snapshot(ground))
