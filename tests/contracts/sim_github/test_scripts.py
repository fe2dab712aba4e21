"""The scripts with the official clients, against the simulator: what they see is what they see at GitHub."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator
from tests.scripts import githubkit, pygithub
from tests.scripts.step import Step

KEY = rsa.generate_private_key(65_537, 2_048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ENVIRON = {
    "GITHUB_TOKEN": TOKEN,
    "GITHUB_REPOSITORY": "octo/hello",
    "GITHUB_APP_ID": "1",
    "GITHUB_PRIVATE_KEY": PRIVATE,
    "GITHUB_INSTALLATION_ID": "3",
}


@pytest.mark.slow
def test_githubkit_sees_a_change_through_and_its_schemas_take_every_answer() -> None:
    with GitHubSimulator(app_key=PUBLIC) as simulator:
        assert githubkit.run(simulator.start(), ENVIRON) == SEEN_BY_GITHUBKIT
        assert simulator.stand.unmatched == []


def test_pygithub_sees_a_change_through_and_follows_every_link() -> None:
    with GitHubSimulator() as simulator:
        assert pygithub.run(simulator.start(), ENVIRON) == SEEN_BY_PYGITHUB
        assert simulator.stand.unmatched == []


SEEN_BY_GITHUBKIT = [
    Step("opened", (201, "A parcel is late", "ü ✓", "open")),
    Step("labels", ["bug", "question"]),
    Step("comment", ("It came late.", True)),
    Step("locked", 204),
    Step("closed", ("closed", "not_planned")),
    Step("listed", [True]),
    Step("comments", ["It came late."]),
    Step("deleted", 204),
    Step("no title", (422, "Validation Failed", ["missing_field"])),
    Step("no issue", (404, "Not Found", [])),
    Step("no repository", (404, "Not Found", [])),
    Step("branch", (True, True)),
    Step("made", (201, "A list of parcels")),
    Step("file", ("b25lCg==\n", "base64", "5626abf0f72e58d7a153368ba57db4c673c0e171", 4)),
    Step("changed", (200, "814f4a422927b82f5f8a43f8fab6d3839e3983f2")),
    Step("folder", [("file", True)]),
    Step("without sha", (422, 'Invalid request.\n\n"sha" wasn\'t supplied.', [])),
    Step(
        "another sha",
        (409, "parcels/parcels-1.txt does not match 5626abf0f72e58d7a153368ba57db4c673c0e171", []),
    ),
    Step("branch twice", (422, "Reference already exists", [])),
    Step("pull", ("open", False, 2, 2, 1)),
    Step("pulls", [True]),
    Step("retitled", "Parcels, listed"),
    Step("files", [("added", 2, "@@ -0,0 +1,2 @@\n+one\n+two")]),
    Step("commits", ["A list of parcels", "A list of parcels"]),
    Step("review", ("COMMENTED", "Two of them.")),
    Step("status", ("success", ["parcels"])),
    Step("pull twice", (422, "Validation Failed", ["custom"])),
    Step("no head", (422, "Validation Failed", ["invalid"])),
    Step("own work", (422, "Unprocessable Entity", ["Can not approve your own pull request"])),
    Step("moved on", (409, "Head branch was modified. Review and try the merge again.", [])),
    Step("merged", (True, "Pull Request successfully merged", "closed", True)),
    Step("merged twice", (405, "Pull Request is not mergeable", [])),
    Step("gone", 204),
    Step("hook", ("web", True, "********", "json")),
    Step("hook twice", (422, "Validation Failed", ["custom"])),
    Step("events", ["issues", "push"]),
    Step("pinged", seen=True),
    Step("unhooked", 204),
    Step("check", (201, "in_progress")),
    Step("checked", ("completed", "success", 1)),
    Step("notes", [("README.md", "A parcel.")]),
    Step("checks", [True]),
    Step("too many notes", 422),
    Step("not permitted", (403, "Resource not accessible by integration", [])),
    Step("not an app", 403),
]
SEEN_BY_PYGITHUB = [
    Step("me", seen=True),
    Step("repository", (False, "main")),
    Step("label", ("c5def5", "Of one run")),
    Step("opened", ["Post 1", "Post 2", "Post 3", "Post 4"]),
    Step("all", 5),
    Step("comments", ["Seen twice."]),
    Step("labels", [True]),
    Step("label twice", (422, "Validation Failed")),
    Step("made", seen=True),
    Step("file", (b"one\n", "base64", 4)),
    Step("changed", "814f4a422927b82f5f8a43f8fab6d3839e3983f2"),
    Step("removed", seen=True),
    Step("top", seen=True),
    Step("no file", (404, "Not Found")),
    Step("old sha", 409),
    Step("pull", ("open", 4, 1, True)),
    Step("pull twice", (422, "Validation Failed")),
    Step("found", [True]),
    Step("files", [("added", 2)]),
    Step("commits", ["The first post", "Two posts", "One too many", "Not that one"]),
    Step("labels", ["enhancement"]),
    Step("said", ["Ready."]),
    Step("status", ("pending", "success")),
    Step("merged before", seen=False),
    Step("merged", (True, "Pull Request successfully merged", True, "closed")),
    Step("last", ("Posts, merged", 2)),
    Step("no branch", (404, "Branch not found")),
    Step("hook", ["issues", "pull_request"]),
    Step("no hook", (404, "Not Found")),
    Step("rate", seen=True),
]
