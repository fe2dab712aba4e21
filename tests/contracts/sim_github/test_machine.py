"""Whatever is done in whatever order, the simulator holds what a simple model holds, and pages yield it
once."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.github.limits import UNLIMITED
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.contracts.sim_github.asking import Answer, ask
from tests.tries import tries

LABELS = st.lists(st.sampled_from(["bug", "Late", "parcel"]), unique=True, max_size=3)
PATHS = st.sampled_from(["a.txt", "b/c.txt", "b/d/e.txt"])
BRANCHES = st.sampled_from(["one", "two"])


class Machine(RuleBasedStateMachine):
    """The model: issues with state, labels and comments; files of branches; pull requests by head."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator = GitHubSimulator(VirtualClock(), limits=UNLIMITED)
        self.home = f"{self.simulator.start()}/repos/octo/hello"
        self.issues: dict[int, dict[str, Any]] = {}
        self.files: dict[str, dict[str, bytes]] = {"main": {"README.md": b"# hello\n"}}
        self.pulls: dict[int, tuple[str, str]] = {}

    def teardown(self) -> None:
        self.simulator.close()

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        self.simulator.stand.clock.advance(1)  # type: ignore[attr-defined]
        return ask(method, f"{self.home}/{path}", body)

    def pages(self, path: str, size: int) -> list[Any]:
        """Every row of a list, by its links."""
        found: list[Any] = []
        url = f"{self.home}/{path}{'&' if '?' in path else '?'}per_page={size}"
        while url:
            answer = ask("GET", url)
            rows = answer.json()
            assert len(rows) <= size
            found += rows
            links = answer.headers.get("link", "").split(", ")
            url = next((each[1:].partition(">")[0] for each in links if 'rel="next"' in each), "")
        return found

    @rule(labels=LABELS)
    def open_issue(self, labels: list[str]) -> None:
        made = self.ask("POST", "issues", {"title": "An issue", "labels": labels}).json()
        assert made["number"] == len(self.issues) + len(self.pulls) + 1
        self.issues[made["number"]] = {"state": "open", "labels": set(labels), "comments": 0}

    @precondition(lambda self: self.issues)
    @rule(at=st.data(), state=st.sampled_from(["open", "closed"]))
    def judge(self, at: st.DataObject, state: str) -> None:
        number = at.draw(st.sampled_from(sorted(self.issues)))
        changed = self.ask("PATCH", f"issues/{number}", {"state": state}).json()
        assert (changed["closed_at"] is None) == (state == "open")
        self.issues[number]["state"] = state

    @precondition(lambda self: self.issues)
    @rule(at=st.data(), labels=LABELS, method=st.sampled_from(["POST", "PUT"]))
    def label(self, at: st.DataObject, labels: list[str], method: str) -> None:
        number = at.draw(st.sampled_from(sorted(self.issues)))
        kept = self.issues[number]["labels"] if method == "POST" else set()
        shown = self.ask(method, f"issues/{number}/labels", {"labels": labels}).json()
        self.issues[number]["labels"] = kept | set(labels)
        assert {each["name"] for each in shown} == self.issues[number]["labels"]

    @precondition(lambda self: self.issues)
    @rule(at=st.data())
    def comment(self, at: st.DataObject) -> None:
        number = at.draw(st.sampled_from(sorted(self.issues)))
        assert self.ask("POST", f"issues/{number}/comments", {"body": "So."}).status_code == 201
        self.issues[number]["comments"] += 1

    @rule(branch=BRANCHES)
    def branch_off(self, branch: str) -> None:
        tip = self.ask("GET", "branches/main").json()["commit"]["sha"]
        answer = self.ask("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": tip})
        assert answer.status_code == (422 if branch in self.files else 201)
        self.files.setdefault(branch, dict(self.files["main"]))

    @precondition(lambda self: len(self.files) > 1)
    @rule(at=st.data(), path=PATHS, content=st.binary(max_size=8), knows=st.booleans())
    def write(self, at: st.DataObject, path: str, content: bytes, *, knows: bool) -> None:
        branch = at.draw(st.sampled_from(sorted(set(self.files) - {"main"})))
        there = self.ask("GET", f"contents/{path}?ref={branch}")
        body = {"message": "m", "branch": branch, "content": base64.b64encode(content).decode()}
        existed = path in self.files[branch]
        assert there.status_code == (200 if existed else 404)
        if existed and knows:
            body["sha"] = there.json()["sha"]
        answer = self.ask("PUT", f"contents/{path}", body)
        expected = (200 if knows else 422) if existed else 201
        assert answer.status_code == expected
        if expected != 422:
            self.files[branch][path] = content

    @precondition(lambda self: len(self.files) > 1)
    @rule(at=st.data())
    def propose(self, at: st.DataObject) -> None:
        branch = at.draw(st.sampled_from(sorted(set(self.files) - {"main"})))
        asked = {"title": "A change", "head": branch, "base": "main"}
        ahead = self.ask("GET", f"compare/main...{branch}").json()["ahead_by"]
        twin = (branch, "open") in self.pulls.values()
        answer = self.ask("POST", "pulls", asked)
        assert answer.status_code == (422 if twin or not ahead else 201)
        if answer.status_code == 201:
            self.pulls[answer.json()["number"]] = (branch, "open")

    @precondition(lambda self: self.pulls)
    @rule(at=st.data(), method=st.sampled_from(["merge", "squash", "rebase"]))
    def merge(self, at: st.DataObject, method: str) -> None:
        number = at.draw(st.sampled_from(sorted(self.pulls)))
        branch, state = self.pulls[number]
        before = self.ask("GET", f"pulls/{number}").json()
        touched = [each["filename"] for each in self.pages(f"pulls/{number}/files", 2)]
        answer = self.ask("PUT", f"pulls/{number}/merge", {"merge_method": method})
        able = state == "open" and before["mergeable"]
        assert answer.status_code == (200 if able else 405)
        if able:
            self.pulls[number] = (branch, "closed")
            self.files["main"] = self._read("main")
            for path in touched:
                assert self.files["main"].get(path) == self.files[branch].get(path)

    def _read(self, branch: str) -> dict[str, bytes]:
        tree = self.ask("GET", f"git/trees/{branch}?recursive=1").json()["tree"]
        blobs = {row["path"]: row["sha"] for row in tree if row["type"] == "blob"}
        return {
            path: base64.b64decode(self.ask("GET", f"git/blobs/{sha}").json()["content"])
            for path, sha in blobs.items()
        }

    @invariant()
    def every_issue_is_listed_once(self) -> None:
        rows = self.pages("issues?state=all&direction=asc", 2)
        assert [row["number"] for row in rows] == sorted({*self.issues, *self.pulls})
        for row in rows:
            if row["number"] in self.issues:
                held = self.issues[row["number"]]
                labels = {each["name"] for each in row["labels"]}
                assert (row["state"], labels, row["comments"]) == tuple(held.values())

    @invariant()
    def every_open_pull_request_is_found_by_its_head(self) -> None:
        for branch in ("one", "two"):
            rows = self.ask("GET", f"pulls?head=octo:{branch}").json()
            expected = [n for n, held in self.pulls.items() if held == (branch, "open")]
            assert [row["number"] for row in rows] == expected

    @invariant()
    def every_branch_holds_its_files(self) -> None:
        for branch, files in self.files.items():
            assert self._read(branch) == files


@pytest.mark.slow
def test_the_simulator_agrees_with_a_model_of_it() -> None:
    machine: Any = Machine.TestCase
    machine.settings = settings(max_examples=tries(30), stateful_step_count=25, deadline=None)
    machine().runTest()


def test_the_simulator_agrees_with_a_model_of_it_for_a_moment() -> None:
    machine: Any = Machine.TestCase
    machine.settings = settings(max_examples=tries(5), stateful_step_count=8, deadline=None)
    machine().runTest()
