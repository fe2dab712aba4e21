"""What `gh` asks the graph for: answered as far as it is simulated, and refused where it is not."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.simulate.github.queries import read
from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator
from bridgewright.simulate.github.trouble import TroubleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPOSITORY = 'repository(owner: "octo", name: "hello")'
WORDS = (
    'query mutation fragment on { } ( ) [ ] : = ! $ @ ... a b repository true 1 -2.5 "x" include if #'
).split()


@pytest.fixture
def simulator() -> Iterator[GitHubSimulator]:
    with GitHubSimulator() as made:
        made.start()
        made.push("octo/hello", "work", {"a.py": b"x = 1\n"})
        yield made


def asked(simulator: GitHubSimulator, document: str, **variables: Any) -> tuple[int, Any]:
    body = json.dumps({"query": document, "variables": variables}).encode()
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{simulator.url}/graphql", body, {"authorization": f"bearer {TOKEN}"}
    )
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def opened(simulator: GitHubSimulator, **more: Any) -> Any:
    _, found = asked(simulator, f"{{ {REPOSITORY} {{ id }} }}")
    wanted = {
        "repositoryId": found["data"]["repository"]["id"],
        "title": "T",
        "headRefName": "work",
        "baseRefName": "main",
        **more,
    }
    document = (
        "mutation Make($input: CreatePullRequestInput!)"
        " { createPullRequest(input: $input) { pullRequest { number id state } } }"
    )
    return asked(simulator, document, input=wanted)


def test_a_pull_request_is_made_listed_and_changed(simulator: GitHubSimulator) -> None:
    status, made = opened(simulator)
    assert status == 200
    pull = made["data"]["createPullRequest"]["pullRequest"]
    assert (pull["number"], pull["state"]) == (1, "OPEN")
    update = "mutation ($i: X!) { updatePullRequest(input: $i) { pullRequest { title } } }"
    _, changed = asked(simulator, update, i={"pullRequestId": pull["id"], "title": "U"})
    assert changed == {"data": {"updatePullRequest": {"pullRequest": {"title": "U"}}}}
    listed = (
        f"query ($n: Int = 5) {{ {REPOSITORY} {{ all: pullRequests(first: $n, states: [OPEN],"
        ' headRefName: "work") { totalCount nodes { ...card } pageInfo { hasNextPage } } } }'
        " fragment card on PullRequest { title author { login ... on User { name } ... on Bot { x } } }"
    )
    _, found = asked(simulator, listed)
    node = {"title": "U", "author": {"login": "octo", "name": None}}
    whole = {"totalCount": 1, "nodes": [node], "pageInfo": {"hasNextPage": False}}
    assert found == {"data": {"repository": {"all": whole}}}


def test_a_second_one_is_refused_in_githubs_words_and_its_place_is_named(
    simulator: GitHubSimulator,
) -> None:
    opened(simulator)
    status, answer = opened(simulator)
    assert (status, answer["data"]) == (200, {"createPullRequest": None})
    (error,) = answer["errors"]
    assert (error["type"], error["path"]) == ("UNPROCESSABLE", ["createPullRequest"])
    assert error["message"] == "A pull request already exists for octo:work."


def test_what_is_not_there_is_null_and_an_error(simulator: GitHubSimulator) -> None:
    document = f"{{ {REPOSITORY} {{ pullRequest(number: 9) {{ id }} }} }}"
    status, answer = asked(simulator, document)
    assert (status, answer["data"]) == (200, {"repository": {"pullRequest": None}})
    assert answer["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (501, f"{{ {REPOSITORY} {{ stargazerCount }} }}"),
        (501, "{ search { nodes { id } } }"),
        (501, "mutation { addStar { id } }"),
        (501, 'mutation { updatePullRequest(input: {pullRequestId: "x"}) { id } }'),
        (400, "{ repository(owner: 1) { id } }"),
        (400, f"{{ {REPOSITORY} {{ pullRequest(number: -1) {{ id }} }} }}"),
        (400, f'{{ {REPOSITORY} {{ pullRequests(after: "x") {{ totalCount }} }} }}'),
        (400, "{ ...a } fragment a on Query { ...a }"),
        (400, "{ ...b }"),
        (400, "query A { viewer { login } } query B { viewer { login } }"),
        (400, "{ viewer { login }"),
        (400, ""),
        (400, "{" * 500),
    ],
)
def test_what_is_not_simulated_and_what_is_no_document_are_refused(
    simulator: GitHubSimulator, status: int, document: str
) -> None:
    found, answer = asked(simulator, document)
    assert (found, "data" in answer) == (status, False)


def test_a_stranger_sees_nothing(simulator: GitHubSimulator) -> None:
    simulator.join("ada")
    document = '{ repository(owner: "octo", name: "none") { id } }'
    _, answer = asked(simulator, document)
    assert answer["data"] == {"repository": None}


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=80))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    try:
        kind = read(text, {}, None).kind
    except TroubleError as error:
        kind = str(error.trouble.status)
    assert kind in {"query", "mutation", "400"}


def test_conditions_leave_out_what_they_say(simulator: GitHubSimulator) -> None:
    document = (
        "query ($yes: Boolean!) { viewer { login @skip(if: $yes) id @include(if: $yes)"
        " ... @include(if: false) { name } } }"
    )
    _, answer = asked(simulator, document, yes=True)
    assert set(answer["data"]["viewer"]) == {"id"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gh") is None, reason="gh is not installed")
def test_gh_makes_lists_views_edits_and_closes_one_over_a_socket(
    simulator: GitHubSimulator, tmp_path: Path
) -> None:
    socket = tmp_path / "gh.sock"
    simulator.stand.listen_at(socket)
    (tmp_path / "config.yml").write_text(f"http_unix_socket: {socket}\n")
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GH_CONFIG_DIR": str(tmp_path),
        "GH_TOKEN": TOKEN,
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
    }

    def gh(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["gh", "pr", *words, "-R", "octo/hello"],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    create = ("create", "--base", "main", "--head", "work", "--title", "T", "--body", "B")
    made = gh(*create)
    assert made.stdout == f"{simulator.url}/octo/hello/pull/1\n", made.stderr
    again = gh(*create)
    assert again.returncode == 1
    assert "already exists" in again.stderr
    assert gh("edit", "1", "--title", "U", "--body", "C").returncode == 0
    listed = json.loads(gh("list", "--json", "number,title,state,body").stdout)
    assert listed == [{"number": 1, "title": "U", "state": "OPEN", "body": "C"}]
    viewed = json.loads(gh("view", "work", "--json", "number,mergeable,headRefName").stdout)
    assert viewed == {"number": 1, "mergeable": "MERGEABLE", "headRefName": "work"}
    assert "title:\tU" in gh("view", "1").stdout
    assert gh("close", "1").returncode == 0
    assert gh("list").stdout == ""
