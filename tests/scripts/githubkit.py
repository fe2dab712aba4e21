"""A change with githubkit: an issue, a branch, a pull request, its checks and its merge, and a hook.

githubkit parses every answer by GitHub's own schemas, so that one of another shape ends the script.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from githubkit import GitHub
from githubkit.auth import AppInstallationAuthStrategy
from githubkit.exception import RequestFailed

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "githubkit"
ENVIRONMENT = (
    "GITHUB_TOKEN",
    "GITHUB_REPOSITORY",
    "GITHUB_APP_ID",
    "GITHUB_PRIVATE_KEY",
    "GITHUB_INSTALLATION_ID",
)
"""A token of who owns a repository made for trying things (`owner/name`, with a first commit), and an app
that is installed there with all permissions on code, issues, pull requests, checks and hooks."""


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """Play it against a simulator's URL, or against GitHub for None; what was seen, without ids."""
    given: dict[str, Any] = {} if base_url is None else {"base_url": base_url}
    github = GitHub(environ["GITHUB_TOKEN"], **given)
    place = tuple(environ["GITHUB_REPOSITORY"].split("/"))
    branch = f"parcels-{environ.get('RUN', '1')}"
    steps = [
        *_issue(github, place),
        *_branch(github, place, branch),
        *_pull(github, place, branch),
        *_hook(github, place),
    ]
    word = AppInstallationAuthStrategy(
        environ["GITHUB_APP_ID"],
        environ["GITHUB_PRIVATE_KEY"],
        int(environ["GITHUB_INSTALLATION_ID"]),
        permissions={"checks": "write", "contents": "read"},
    )
    return [*steps, *_checks(GitHub(word, **given), github, place)]


def _issue(github: GitHub[Any], place: tuple[str, ...]) -> list[Step]:
    rest = github.rest
    made = rest.issues.create(*place, title="A parcel is late", body="ü ✓", labels=["bug"])
    issue = made.parsed_data
    number = issue.number
    comment = rest.issues.create_comment(*place, number, body="It came.").parsed_data
    changed = rest.issues.update_comment(*place, comment.id, body="It came late.").parsed_data
    labels = rest.issues.add_labels(*place, number, labels=["question"]).parsed_data
    locked = rest.issues.lock(*place, number, lock_reason="resolved").status_code
    rest.issues.unlock(*place, number)
    closed = rest.issues.update(*place, number, state="closed", state_reason="not_planned")
    listed = rest.issues.list_for_repo(*place, state="closed", labels="bug", per_page=1)
    comments = rest.issues.list_comments(*place, number).parsed_data
    return [
        Step("opened", (made.status_code, issue.title, issue.body, issue.state)),
        Step("labels", sorted(each.name for each in labels)),
        Step("comment", (changed.body, changed.id == comment.id)),
        Step("locked", locked),
        Step("closed", (closed.parsed_data.state, closed.parsed_data.state_reason)),
        Step("listed", [each.number == number for each in listed.parsed_data]),
        Step("comments", [each.body for each in comments]),
        Step("deleted", rest.issues.delete_comment(*place, comment.id).status_code),
        Step("no title", _refused(lambda: rest.issues.create(*place, title=""))),
        Step("no issue", _refused(lambda: rest.issues.get(*place, 999_999))),
        Step("no repository", _refused(lambda: rest.repos.get(place[0], "no-such-place"))),
    ]


def _branch(github: GitHub[Any], place: tuple[str, ...], branch: str) -> list[Step]:
    rest = github.rest
    main = rest.repos.get(*place).parsed_data.default_branch
    tip = rest.repos.get_branch(*place, main).parsed_data.commit.sha
    ref = rest.git.create_ref(*place, ref=f"refs/heads/{branch}", sha=tip).parsed_data
    path, content = f"parcels/{branch}.txt", base64.b64encode(b"one\n").decode()
    new = {"message": "A list of parcels", "branch": branch}
    made = rest.repos.create_or_update_file_contents(*place, path, **new, content=content)
    file = rest.repos.get_content(*place, path, ref=branch).parsed_data
    again = {**new, "content": base64.b64encode(b"one\ntwo\n").decode()}
    changed = rest.repos.create_or_update_file_contents(*place, path, **again, sha=file.sha)
    folder = rest.repos.get_content(*place, "parcels", ref=branch).parsed_data
    return [
        Step("branch", (ref.ref == f"refs/heads/{branch}", ref.object_.sha == tip)),
        Step("made", (made.status_code, made.parsed_data.commit.message)),
        Step("file", (file.content, file.encoding, file.sha, file.size)),
        Step("changed", (changed.status_code, changed.parsed_data.content.sha)),
        Step("folder", [(each.type, each.path == path) for each in folder if each.path == path]),
        Step(
            "without sha",
            _refused(lambda: rest.repos.create_or_update_file_contents(*place, path, **again)),
        ),
        Step(
            "another sha",
            _refused(
                lambda: rest.repos.create_or_update_file_contents(
                    *place, path, **again, sha=file.sha
                )
            ),
        ),
        Step(
            "branch twice",
            _refused(lambda: rest.git.create_ref(*place, ref=f"refs/heads/{branch}", sha=tip)),
        ),
    ]


def _pull(github: GitHub[Any], place: tuple[str, ...], branch: str) -> list[Step]:
    rest = github.rest
    main = rest.repos.get(*place).parsed_data.default_branch
    asked = {"title": "Parcels", "head": branch, "base": main, "body": "A list."}
    made = rest.pulls.create(*place, **asked).parsed_data
    number, sha = made.number, made.head.sha
    listed = rest.pulls.list(*place, head=f"{place[0]}:{branch}", state="open").parsed_data
    changed = rest.pulls.update(*place, number, title="Parcels, listed").parsed_data
    files = rest.pulls.list_files(*place, number).parsed_data
    commits = rest.pulls.list_commits(*place, number).parsed_data
    review = rest.pulls.create_review(*place, number, body="Two of them.", event="COMMENT")
    rest.repos.create_commit_status(*place, sha, state="success", context="parcels")
    combined = rest.repos.get_combined_status_for_ref(*place, sha).parsed_data
    steps = [
        Step("pull", (made.state, made.merged, made.commits, made.additions, made.changed_files)),
        Step("pulls", [each.number == number for each in listed]),
        Step("retitled", changed.title),
        Step("files", [(each.status, each.additions, each.patch) for each in files]),
        Step("commits", [each.commit.message for each in commits]),
        Step("review", (review.parsed_data.state, review.parsed_data.body)),
        Step("status", (combined.state, [each.context for each in combined.statuses])),
        Step("pull twice", _refused(lambda: rest.pulls.create(*place, **asked))),
        Step(
            "no head", _refused(lambda: rest.pulls.create(*place, **{**asked, "head": "nowhere"}))
        ),
        Step("own work", _refused(lambda: _approve(rest, place, number))),
        Step("moved on", _refused(lambda: rest.pulls.merge(*place, number, sha="0" * 40))),
    ]
    merged = rest.pulls.merge(*place, number, sha=sha, merge_method="squash").parsed_data
    done = rest.pulls.get(*place, number).parsed_data
    return [
        *steps,
        Step("merged", (merged.merged, merged.message, done.state, done.merged)),
        Step("merged twice", _refused(lambda: rest.pulls.merge(*place, number))),
        Step("gone", rest.git.delete_ref(*place, f"heads/{branch}").status_code),
    ]


def _approve(rest: Any, place: tuple[str, ...], number: int) -> Any:
    return rest.pulls.create_review(*place, number, event="APPROVE")


def _hook(github: GitHub[Any], place: tuple[str, ...]) -> list[Step]:
    rest = github.rest
    config = {
        "url": "https://hooks.example.com/parcels",
        "content_type": "json",
        "secret": "made up",
    }
    asked: dict[str, Any] = {"config": config, "events": ["issues"], "active": True}
    made = rest.repos.create_webhook(*place, **asked).parsed_data
    twice = _refused(lambda: rest.repos.create_webhook(*place, **asked))
    changed = rest.repos.update_webhook(*place, made.id, add_events=["push"]).parsed_data
    rest.repos.ping_webhook(*place, made.id)
    deliveries = rest.repos.list_webhook_deliveries(*place, made.id).parsed_data
    told = rest.repos.delete_webhook(*place, made.id).status_code
    return [
        Step("hook", (made.name, made.active, made.config.secret, made.config.content_type)),
        Step("hook twice", twice),
        Step("events", sorted(changed.events)),
        Step("pinged", {each.event for each in deliveries} <= {"ping"}),
        Step("unhooked", told),
    ]


def _checks(app: GitHub[Any], person: GitHub[Any], place: tuple[str, ...]) -> list[Step]:
    rest = app.rest
    main = rest.repos.get(*place).parsed_data.default_branch
    sha = rest.repos.get_branch(*place, main).parsed_data.commit.sha
    note = {"path": "README.md", "start_line": 1, "end_line": 1}
    note |= {"annotation_level": "notice", "message": "A parcel."}
    begun = rest.checks.create(*place, name="parcels", head_sha=sha, status="in_progress")
    number = begun.parsed_data.id
    output: Any = {"title": "Parcels", "summary": "One.", "annotations": [note]}
    done = rest.checks.update(*place, number, conclusion="success", output=output).parsed_data
    notes = rest.checks.list_annotations(*place, number).parsed_data
    listed = rest.checks.list_for_ref(*place, sha, check_name="parcels").parsed_data
    many: Any = {"title": "Parcels", "summary": "Many.", "annotations": [note] * 51}
    return [
        Step("check", (begun.status_code, begun.parsed_data.status)),
        Step("checked", (done.status, done.conclusion, done.output.annotations_count)),
        Step("notes", [(each.path, each.message) for each in notes]),
        Step("checks", [each.id == number for each in listed.check_runs]),
        Step(
            "too many notes",
            _refused(lambda: _update(app, place, number, {"output": many}))[0],
        ),
        Step("not permitted", _refused(lambda: rest.issues.create(*place, title="By an app"))),
        Step(
            "not an app",
            _refused(lambda: person.rest.checks.create(*place, name="x", head_sha=sha))[0],
        ),
    ]


def _update(app: GitHub[Any], place: tuple[str, ...], number: int, body: dict[str, Any]) -> Any:
    """What githubkit would refuse to send by its own schemas."""
    return app.request("PATCH", f"/repos/{'/'.join(place)}/check-runs/{number}", json=body)


def _refused(ask: Callable[[], Any]) -> tuple[int, str, list[str]]:
    """The status of a refusal, what it says, and the codes of what was wrong."""
    try:
        ask()
    except RequestFailed as error:
        told = error.response.json()
        errors = told.get("errors", [])
        codes = [each.get("code", "") if isinstance(each, dict) else each for each in errors]
        return error.response.status_code, told["message"], codes
    return 0, "not refused", []
