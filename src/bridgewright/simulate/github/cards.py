"""Issues, pull requests and what hangs on them, as GitHub shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bridgewright.simulate.github import accounts, repositories
from bridgewright.simulate.github.history import DEFAULTS
from bridgewright.simulate.github.world import node, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.github.records import Comment, Issue, Label, Pull, Review, Side
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

ORDINARY_COLOR = "ededed"
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(world: World, repository: Repository, given: Label) -> Content:
    """What a label is called, and its colour."""
    home = f"{world.url}/repos/{repository.full_name}/labels/{quote(given.name)}"
    return {
        "id": given.number,
        "node_id": node("LA", given.number),
        "url": home,
        "name": given.name,
        "color": given.color,
        "default": DEFAULTS.get(given.name) == given.color,
        "description": given.description,
        "archived_at": None,
        "archived_by": None,
    }


def labels(world: World, repository: Repository, names: Iterable[str]) -> list[Content]:
    """Labels by their names; one that was deleted since is left out."""
    found = (repository.labels.get(name.lower()) for name in names)
    return [label(world, repository, each) for each in found if each is not None]


def reactions(url: str) -> Content:
    """That nobody reacted."""
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}


def issue(world: World, repository: Repository, given: Issue) -> Content:
    """An issue; of a pull request, what it has as one."""
    home = f"{world.url}/repos/{repository.full_name}"
    url = f"{home}/issues/{given.number}"
    told = {
        "url": url,
        "repository_url": home,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": _page(world, repository, given),
        "id": given.id,
        "node_id": node("PR" if given.pull else "I", given.id),
        "closed_by": accounts.named(world, given.closed_by),
        "state_reason": given.reason,
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "reactions": reactions(url),
        **_both(world, repository, given),
    }
    if given.pull is not None:
        told["draft"] = given.pull.draft
        told["pull_request"] = {
            "url": f"{home}/pulls/{given.number}",
            "html_url": told["html_url"],
            "diff_url": f"{told['html_url']}.diff",
            "patch_url": f"{told['html_url']}.patch",
            "merged_at": stamp(given.pull.merged_at_s),
        }
    return told


def comment(world: World, repository: Repository, given: Comment) -> Content:
    """A comment on an issue or a pull request."""
    home = f"{world.url}/repos/{repository.full_name}"
    url = f"{home}/issues/comments/{given.id}"
    on = repository.issues[given.issue]
    return {
        "id": given.id,
        "node_id": node("IC", given.id),
        "url": url,
        "html_url": f"{_page(world, repository, on)}#issuecomment-{given.id}",
        "issue_url": f"{home}/issues/{given.issue}",
        "user": accounts.named(world, given.author),
        "created_at": stamp(given.made_at_s),
        "updated_at": stamp(given.changed_at_s),
        "author_association": accounts.association(world, repository.full_name, given.author),
        "body": given.body,
        "performed_via_github_app": None,
        "reactions": reactions(url),
    }


def pull(world: World, repository: Repository, given: Issue, what: Pull) -> Content:
    """A pull request, as lists have it."""
    home = f"{world.url}/repos/{repository.full_name}"
    url, page = f"{home}/pulls/{given.number}", _page(world, repository, given)
    links = {
        "self": url,
        "html": page,
        "issue": f"{home}/issues/{given.number}",
        "comments": f"{home}/issues/{given.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{home}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{home}/statuses/{what.head.sha}",
    }
    kept = ("issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    return {
        "url": url,
        "id": given.id,
        "node_id": node("PR", given.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": links[name] for name in kept},
        **_both(world, repository, given),
        "merged_at": stamp(what.merged_at_s),
        "merge_commit_sha": what.merge_sha or None,
        "requested_reviewers": [accounts.named(world, each) for each in what.reviewers],
        "requested_teams": [],
        "head": side(world, what.head),
        "base": side(world, what.base),
        "_links": {name: {"href": href} for name, href in links.items()},
        "auto_merge": None,
        "draft": what.draft,
    }


def full_pull(world: World, repository: Repository, given: Issue, what: Pull) -> Content:
    """A pull request by itself: whether it can be merged, and how much it is."""
    objects = world.objects
    commits = objects.ahead(what.base.sha, what.head.sha)
    origin = objects.files(objects.fork_point(what.base.sha, what.head.sha))
    changes = tuple(objects.changes(origin, objects.files(what.head.sha)))
    mergeable = can_merge(world, repository, given, what)
    return pull(world, repository, given, what) | {
        "merged": what.merged_at_s is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": {True: "clean", False: "dirty", None: "unknown"}[mergeable],
        "merged_by": accounts.named(world, what.merged_by),
        "comments": comments_on(repository, given.number),
        "review_comments": 0,
        "maintainer_can_modify": what.may_modify and what.head.repository != what.base.repository,
        "commits": len(commits),
        "additions": sum(each.added for each in changes),
        "deletions": sum(each.removed for each in changes),
        "changed_files": len(changes),
    }


def can_merge(world: World, repository: Repository, given: Issue, what: Pull) -> bool | None:
    """Whether a pull request can be merged as its branches are; None for one that is closed."""
    if given.state == "closed":
        return None
    base = repository.refs.get(f"heads/{what.base.ref}", "")
    return world.objects.merged(base, what.head.sha) is not None


def side(world: World, given: Side) -> Content:
    """One end of a pull request."""
    repository = world.repository(given.repository)
    owner = given.repository.partition("/")[0]
    return {
        "label": f"{owner}:{given.ref}",
        "ref": given.ref,
        "sha": given.sha,
        "user": accounts.named(world, owner),
        "repo": None if repository is None else repositories.shown(world, repository),
    }


def review(world: World, repository: Repository, given: Review) -> Content:
    """What somebody said of a pull request."""
    on = repository.issues[given.pull]
    page = f"{_page(world, repository, on)}#pullrequestreview-{given.id}"
    url = f"{world.url}/repos/{repository.full_name}/pulls/{given.pull}"
    told = {
        "id": given.id,
        "node_id": node("PRR", given.id),
        "user": accounts.named(world, given.author),
        "body": given.body,
        "state": given.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": accounts.association(world, repository.full_name, given.author),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "commit_id": given.sha,
    }
    return told | ({"submitted_at": stamp(given.at_s)} if given.at_s is not None else {})


def comments_on(repository: Repository, number: int) -> int:
    """How many comments an issue has."""
    return [each.issue for each in tuple(repository.comments.values())].count(number)


def _page(world: World, repository: Repository, given: Issue) -> str:
    kind = "issues" if given.pull is None else "pull"
    return f"{world.url}/{repository.full_name}/{kind}/{given.number}"


def _both(world: World, repository: Repository, given: Issue) -> Content:
    assignees = [accounts.named(world, each) for each in given.assignees]
    return {
        "number": given.number,
        "title": given.title,
        "user": accounts.named(world, given.author),
        "labels": labels(world, repository, given.labels),
        "state": given.state,
        "locked": given.locked,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": comments_on(repository, given.number),
        "created_at": stamp(given.made_at_s),
        "updated_at": stamp(given.changed_at_s),
        "closed_at": stamp(given.closed_at_s),
        "author_association": accounts.association(world, repository.full_name, given.author),
        "active_lock_reason": given.lock_reason,
        "body": given.body,
    }
