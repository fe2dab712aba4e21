"""What engineers leave when nobody stops them: the good one's work is accepted by every check, and the work
of everybody else is refused for what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.engineer.verify.words import About
from tests.engineer.loop.engineers import GOOD, LAZY, LEAKING, WHAT
from tests.engineer.loop.ground import snapshot, unchanged
from tests.engineer.loop.hands import Hands, played
from tests.engineer.workshop import Workshop

if TYPE_CHECKING:
    from tests.engineer.loop.engineers import Engineer
    from tests.engineer.loop.ground import Ground

pytestmark = pytest.mark.slow
CARELESS = [*LAZY, *LEAKING]


@dataclass(frozen=True, slots=True)
class Left:
    """What is there when an engineer has gone, and the results of its calls by the names of the tools."""

    ground: Ground
    results: dict[str, str]

    def verified(self, *only: About) -> dict[str, Any]:
        """What the command says of it."""
        words = [word for each in only for word in ("--only", each)]
        done = self.ground.site.command("verify", "--json", "--mutants=4", *words)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def left_by(engineer: Engineer, ground: Ground) -> Left:
    """Let it work, and commit what it did."""
    site = ground.site
    assert site.command("sync").returncode == 0
    hands, results = Hands(ground.clone, site.env), dict[str, str]()

    def perform(call: Any) -> str:
        results[call.name] = hands.perform(call)
        return results[call.name]

    for _ in played(engineer, perform):
        pass
    site.run("add", "-A")
    site.run("commit", "-qm", f"feat(integration): {WHAT}")
    return Left(ground, results)


def reasons(verdict: dict[str, Any]) -> set[str]:
    return {each["reason"] for each in verdict["refusals"]}


def test_the_good_ones_work_is_accepted_by_every_check(ground: Ground) -> None:
    before = snapshot(ground)
    left = left_by(GOOD, ground)
    assert all(left.results[each].startswith("ended with 0") for each in ("check", "run_tests"))
    verdict = left.verified()
    assert verdict["refusals"] == []
    standings = {each["name"]: each["standing"] for each in verdict["checks"]}
    assert standings.pop("plan") == "skipped"
    assert set(standings.values()) == {"kept"}, verdict
    assert all(each["standing"] == "kept" for each in verdict["criteria"]), verdict
    unchanged(before, snapshot(ground))


def test_the_good_one_reports_what_does_not_fit_and_a_second_time_changes_nothing(
    ground: Ground,
) -> None:
    left_by(GOOD, ground)
    page = (ground.clone / "docs" / "findings.md").read_text("utf-8")
    line = (
        "- [Integration] Order model lacks weight_grams field needed for Parcels create_parcel.\n"
    )
    assert line in page
    hands = Hands(ground.clone, ground.site.env)
    names = [c.name for each in played(GOOD, hands.perform) for c in each.said.calls]
    assert "scaffold" not in names
    assert ground.site.run("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("engineer", "codes"), [(LAZY[0], "A1,A2"), (LAZY[1], "B2,C1")], ids=["timeout", "retry"]
)
def test_what_a_lazy_one_wrote_is_seen_by_what_it_does_too(
    ground: Ground, engineer: Engineer, codes: str
) -> None:
    left_by(engineer, ground)
    found = Workshop(ground.clone).judge(About.RESILIENCE, options=("--only", codes))
    assert {str(each.reason) for each in found.refusals} <= engineer.reasons
    assert found.refusals


@pytest.mark.parametrize("engineer", CARELESS, ids=lambda each: each.name)
def test_a_careless_ones_tests_pass_and_its_work_is_refused_by_name(
    ground: Ground, engineer: Engineer
) -> None:
    left = left_by(engineer, ground)
    assert left.results["run_tests"].startswith("ended with 0"), left.results["run_tests"]
    verdict = left.verified(About.PATHS, About.SECRETS, About.RULES)
    assert reasons(verdict) == engineer.reasons, verdict["refusals"]
