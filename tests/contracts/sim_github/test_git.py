"""What the simulator makes of git's objects is what git makes of them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.github.git import Objects, Person
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.contracts.sim_github.asking import ask

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "a": b"one\n",
    "a.txt": b"",
    "a-b/c": "ü\n".encode(),
    "ab/b": bytes(range(256)),
    "ab/c/d/e.txt": b"deep",
    "ab.d/e": b"x" * 1_000,
}
MONA = Person("Mona Ü", "mona@example.com", 1_790_000_000)


def _git(folder: Path, *words: str, **environ: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC", **environ}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_blobs_trees_and_commits_have_the_names_that_git_gives_them(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    _git(tmp_path, "-c", "core.autocrlf=false", "add", "-A")
    tree = _git(tmp_path, "write-tree")
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (
            ("NAME", MONA.name),
            ("EMAIL", MONA.email),
            ("DATE", "@1790000000 +0000"),
        )
    }
    root = _git(tmp_path, "commit-tree", tree, "-m", "First", **who)
    child = _git(tmp_path, "commit-tree", tree, "-p", root, "-m", "Second\n\nü", **who)
    objects = Objects()
    ours = {path: objects.blob(content) for path, content in FILES.items()}
    first = objects.commit(ours, (), "First\n", MONA)
    assert first.tree_sha == tree
    assert first.sha == root
    assert objects.commit(ours, (root,), "Second\n\nü\n", MONA).sha == child


@pytest.mark.parametrize(
    ("ours", "theirs", "merges"),
    [
        ({"a.txt": b"ours\n"}, {"a.txt": b"theirs\n"}, False),
        ({"a.txt": b"same\n"}, {"a.txt": b"same\n"}, True),
        ({"a.txt": None}, {"a.txt": b"theirs\n"}, False),
        ({"b.txt": b"ours\n"}, {"b.txt": b"theirs\n"}, False),
        ({"b.txt": b"ours\n"}, {"c.txt": b"theirs\n"}, True),
    ],
)
def test_a_pull_request_is_merged_unless_both_sides_changed_the_same(
    ours: dict[str, bytes | None], theirs: dict[str, bytes | None], *, merges: bool
) -> None:
    with GitHubSimulator(VirtualClock()) as simulator:
        home = f"{simulator.start()}/repos/octo/hello"
        simulator.push("octo/hello", "main", {"a.txt": b"origin\n"})
        simulator.push("octo/hello", "change", {"z.txt": b"begins here\n"})
        simulator.push("octo/hello", "change", theirs)
        simulator.push("octo/hello", "main", ours)
        asked = {"title": "A change", "head": "change", "base": "main"}
        pull = ask("POST", f"{home}/pulls", asked).json()
        assert (pull["mergeable"], pull["mergeable_state"]) == (
            merges,
            "clean" if merges else "dirty",
        )
        answer = ask("PUT", f"{home}/pulls/{pull['number']}/merge", {})
        assert answer.status_code == (200 if merges else 405)
        names = {each["name"] for each in ask("GET", f"{home}/contents").json()}
        assert ("z.txt" in names) == merges


def test_a_draft_a_closed_and_a_reopened_pull_request_are_what_they_are() -> None:
    with GitHubSimulator(VirtualClock()) as simulator:
        home = f"{simulator.start()}/repos/octo/hello"
        simulator.push("octo/hello", "change", {"a.txt": b"a\n"})
        asked = {"title": "A change", "head": "octo:change", "base": "main", "draft": True}
        number = ask("POST", f"{home}/pulls", asked).json()["number"]
        place = f"{home}/pulls/{number}"
        draft = ask("PUT", f"{place}/merge", {})
        assert (draft.status_code, draft.json()["message"]) == (
            405,
            "Pull Request is still a draft",
        )
        assert ask("PATCH", place, {"state": "closed"}).json()["state"] == "closed"
        assert ask("GET", f"{home}/pulls?head=octo:change").json() == []
        assert ask("PATCH", place, {"state": "open"}).json()["state"] == "open"
        assert ask("DELETE", f"{home}/git/refs/heads/change").status_code == 204
        assert ask("GET", place).json()["state"] == "closed"
        gone = ask("PATCH", place, {"state": "open"})
        assert gone.status_code == 422
        assert "branch has been deleted" in gone.json()["errors"][0]["message"]
