"""What happened in a run, kept through any kill, and read again."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError, Refused
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.words import Edge
from bridgewright.engineer.loop import journal as journals
from bridgewright.engineer.loop.journal import Journal
from bridgewright.engineer.loop.past import past
from bridgewright.engineer.loop.words import Breach, Phase

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.delivery.git import Git

BEGUN: dict[str, Any] = {
    "title": "T",
    "text": "X",
    "issue": 7,
    "author": "ada",
    "asked": {"by": "gh"},
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return opened(tmp_path)


def test_a_record_is_there_between_the_two_times_that_it_is_told_of(git: Git) -> None:
    told: list[tuple[str, Edge, int]] = []

    def heard(what: str, edge: Edge) -> None:
        told.append((what, edge, len(kept.records()) if kept.path.exists() else 0))

    kept = journals.begun(git, heard)
    kept.write("begun", **BEGUN)
    kept.write("phase", phase=Phase.PLAN)
    assert told == [
        ("begun", Edge.BEFORE, 0),
        ("begun", Edge.AFTER, 1),
        ("phase", Edge.BEFORE, 1),
        ("phase", Edge.AFTER, 2),
    ]


def test_git_sees_nothing_of_it(git: Git) -> None:
    journals.begun(git).write("begun", **BEGUN)
    assert git.do("status", "--porcelain", "--ignored") == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_a_last_line_that_was_torn_is_none(tmp_path: Path, cut: int) -> None:
    kept = Journal(tmp_path / "20260101T000000Z-aaaaaa.jsonl")
    kept.path.unlink(missing_ok=True)
    for number in range(3):
        kept.write("called", number=number)
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[: len(whole) - min(cut, len(whole))])
    read = [each["number"] for each in kept.records()]
    assert read == list(range(whole[: len(whole) - min(cut, len(whole))].count(b"\n")))


def test_what_is_written_after_a_torn_line_is_a_line_of_its_own(git: Git) -> None:
    kept = journals.begun(git)
    kept.write("begun", **BEGUN)
    with kept.path.open("ab") as file:
        file.write(b'{"at": "2026-')
    kept.mended()
    kept.write("resumed", model="x")
    assert [each["what"] for each in kept.records()] == ["begun", "resumed"]
    kept.mended()
    assert len(kept.records()) == 2


def test_a_line_in_the_middle_that_is_none_is_told_of(git: Git) -> None:
    kept = journals.begun(git)
    kept.write("begun", **BEGUN)
    with kept.path.open("ab") as file:
        file.write(b"nonsense\n")
    kept.write("phase", phase=Phase.PLAN)
    with pytest.raises(ConfigurationError, match=r"jsonl:2: is no record"):
        kept.records()


def test_the_last_one_is_that_which_was_begun_last(git: Git) -> None:
    folder = journals.folder_of(git)
    assert journals.last(git) is None
    for name in ("20260101T000000Z-ffffff", "20260102T000000Z-000000", "other"):
        (folder / f"{name}.jsonl").touch()
    found = journals.last(git)
    assert found is not None
    assert found.run == "20260102T000000Z-000000"


def test_two_runs_of_one_working_tree_are_not_at_once(git: Git) -> None:
    with (
        journals.alone(git),
        pytest.raises(Refused, match="another run of the engineer"),
        journals.alone(git),
    ):
        pass
    with journals.alone(git):
        pass


def written(git: Git, *records: tuple[str, dict[str, Any]]) -> Journal:
    kept = journals.begun(git)
    for what, content in records:
        kept.write(what, **content)
    return kept


def called(mark: str, breach: Breach | None = None) -> tuple[str, dict[str, Any]]:
    return "called", {"tool": "x", "mark": mark, "failed": True, "breach": breach, "chars": 1}


ANSWERED = {"tokens": 120, "cost": "0.5", "seconds": 3.5, "counted": True}


def test_what_was_asked_used_and_failed_is_known_again(git: Git) -> None:
    kept = written(
        git,
        ("begun", BEGUN),
        ("phase", {"phase": "plan"}),
        ("asking", {"phase": "plan", "step": 1}),
        ("answered", ANSWERED),
        called("a"),
        ("done", {"phase": "plan", "said": "planned"}),
        ("phase", {"phase": "execute"}),
        ("asking", {"phase": "execute", "step": 2}),
        called("b", Breach.STRAYED),
        ("verified", {"kept": False, "reasons": ["x"], "refusals": ["x: it is so"]}),
    )
    was = past(kept)
    assert (was.task.title, was.task.text, was.task.issue) == ("T", "X", 7)
    assert was.phase is Phase.EXECUTE
    assert (was.spent.steps, was.spent.tokens, str(was.spent.cost)) == (2, 120, "0.5")
    assert was.said == ((Phase.PLAN, "planned"),)
    assert was.refusals == ("x: it is so",)
    assert (was.failures, was.breaches) == (("a", "b"), (Breach.STRAYED,))


def test_after_a_stop_that_somebody_saw_strikes_begin_anew_and_what_was_used_does_not(
    git: Git,
) -> None:
    kept = written(
        git,
        ("begun", BEGUN),
        ("asking", {"step": 1}),
        ("answered", ANSWERED),
        called("a", Breach.LEAKED),
        ("stopped", {"end": "looping", "problem": "x"}),
        called("b"),
    )
    was = past(kept)
    assert (was.failures, was.breaches) == (("b",), ())
    assert was.spent.tokens == 120


def test_time_is_counted_from_record_to_record_without_the_pauses(git: Git) -> None:
    kept = journals.begun(git)
    times = ("10:00:00", "10:00:05", "11:00:05", "11:30:05", "11:30:06")
    whats = ("begun", "phase", "verified", "resumed", "phase")
    lines = [
        json.dumps(
            {"at": f"2026-01-01T{at}+00:00", "what": what, "phase": "plan", **BEGUN, "refusals": []}
        )
        for at, what in zip(times, whats, strict=True)
    ]
    kept.path.write_text("".join(f"{line}\n" for line in lines))
    assert past(kept).spent.seconds == 5 + 3_600 + 1


def test_what_was_delivered_is_not_resumed(git: Git) -> None:
    with pytest.raises(Refused, match="has delivered"):
        past(written(git, ("begun", BEGUN), ("delivered", {"sha": "x"})))


def test_a_run_that_had_not_begun_is_none(git: Git) -> None:
    kept = journals.begun(git)
    kept.path.touch()
    with pytest.raises(ConfigurationError, match="before it had begun"):
        past(kept)
