"""`bridgewright engineer run` before a model is asked anything, and what goes on without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engineer.loop.ground import Ground

pytestmark = pytest.mark.slow
NOBODY = {"BRIDGEWRIGHT_MODEL": "any/x", "BRIDGEWRIGHT_MODEL_URL": "http://127.0.0.1:1/v1"}
"""A model that is named and is not there."""


def test_without_a_model_it_names_every_setting_that_is_missing(ground: Ground) -> None:
    done = ground.site.command("run", "Integrate Parcels")
    assert done.returncode == 2
    for word in (
        "BRIDGEWRIGHT_MODEL=anthropic/MODEL",
        "ANTHROPIC_API_KEY (not set)",
        "OPENROUTER_API_KEY",
    ):
        assert word in done.stderr
    assert "BRIDGEWRIGHT_MODEL_URL" in done.stderr
    assert "Every other command works without a model" in done.stderr
    assert not list((ground.clone / ".git").glob("bridgewright/*.jsonl"))


def test_a_key_that_is_missing_is_named(ground: Ground) -> None:
    ground.site.env["BRIDGEWRIGHT_MODEL"] = "openrouter/x"
    done = ground.site.command("run", "Integrate Parcels")
    assert done.returncode == 2
    assert "OPENROUTER_API_KEY or BRIDGEWRIGHT_MODEL_KEY" in done.stderr


def test_it_is_asked_for_one_thing(ground: Ground) -> None:
    for words in ((), ("  ",), ("x", "--issue", "1")):
        done = ground.site.command("run", *words)
        assert (done.returncode, "Give a prompt, or --issue N" in done.stderr) == (2, True)


@pytest.mark.parametrize("cost", ["-1", "0", "nan", "Infinity", "much"])
def test_a_cost_is_an_amount(ground: Ground, cost: str) -> None:
    ground.site.env.update(NOBODY)
    done = ground.site.command("run", "x", "--cost", cost)
    assert done.returncode == 2
    assert "no amount of money" in done.stderr


def test_a_criterion_that_nobody_can_judge_is_refused_before_anything(ground: Ground) -> None:
    text = (ground.clone / ".opencode/agent/integration-engineer.md").read_text("utf-8")
    path = ground.clone / "mine.md"
    path.write_text(f"{text}- [ ] **Beauty**: It is beautiful.\n", "utf-8")
    ground.site.env.update(NOBODY)
    done = ground.site.command("run", "x", "--definition", "mine.md")
    assert done.returncode == 2
    assert "whether 'Beauty' is met" in done.stderr


def test_work_of_somebody_else_is_not_delivered_in_its_name(ground: Ground) -> None:
    ground.site.env.update(NOBODY)
    with (ground.clone / "bridgewright.toml").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    done = ground.site.command("run", "x", "--json")
    assert done.returncode == 13
    assert json.loads(done.stdout)["places"] == ["bridgewright.toml"]


def test_a_model_that_is_not_there_is_asked_again_and_then_it_ends(ground: Ground) -> None:
    ground.site.env.update(NOBODY)
    done = ground.site.command("run", "x", "--json")
    assert done.returncode == 40
    assert json.loads(done.stdout)["end"] == "model"
    told = json.loads(ground.site.command("journal", "--json").stdout)["records"]
    assert [each["what"] for each in told].count("unanswered") == 3
    assert (told[-1]["what"], told[-1]["end"]) == ("stopped", "model")


def test_an_issue_by_somebody_without_a_part_in_it_has_to_be_asked_for(ground: Ground) -> None:
    ground.site.env.update(NOBODY)
    told = {"repository": "octo/hello", "issue.title": "Please", "actor": "mallory"}
    number = ground.site.simulator.trigger("issues.opened", told)["issue"]["number"]
    done = ground.site.command("run", "--issue", str(number))
    assert done.returncode == 2
    assert "--from-anybody" in done.stderr


def test_there_is_no_issue_no_journal_and_nothing_to_resume(ground: Ground) -> None:
    ground.site.env.update(NOBODY)
    assert ground.site.command("run", "--issue", "999").returncode == 20
    assert ground.site.command("resume").returncode == 4
    assert ground.site.command("journal").returncode == 4
