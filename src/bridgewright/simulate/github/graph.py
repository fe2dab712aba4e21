"""The part of GitHub's graph that `gh pr create`, `list`, `view`, `edit` and `close` ask for.

An object is its kind and its fields, each worked out when it is asked for. A field that is not here is
answered 501: nothing is made up. https://docs.github.com/graphql/reference, as known 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.simulate.github import cards, pulls
from bridgewright.simulate.github.ask import Need
from bridgewright.simulate.github.trouble import TroubleError, refused, unsimulated
from bridgewright.simulate.github.world import node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.queries import Query, Selection
    from bridgewright.simulate.github.records import Issue
    from bridgewright.simulate.github.world import Repository

Arguments = dict[str, Any]
Resolve = Callable[[Arguments], Any]
_SEES = Need(("metadata",), "read")
_READS = Need(("pull_requests",), "read")
_WRITES = Need(("pull_requests",), "write")
_MOST = 100
_LARGEST = 2**31
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the graph: its fields are values, or worked out from arguments."""

    kind: str
    fields: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered: the data, and what went wrong where."""

    query: Query
    errors: list[dict[str, Any]] = field(default_factory=list)

    def shown(self, thing: Any, inside: tuple[Selection, ...], path: tuple[Any, ...] = ()) -> Any:
        """A value of the graph as far as it is asked for."""
        if isinstance(thing, list):
            return [self.shown(each, inside, (*path, at)) for at, each in enumerate(thing)]
        if not isinstance(thing, Thing):
            return thing
        found: dict[str, Any] = {}
        for each in self.query.fields(inside, thing.kind):
            asked = (*path, each.key)
            found[each.key] = self.shown(self._resolved(thing, each, asked), each.inside, asked)
        return found

    def _resolved(self, thing: Thing, each: Selection, path: tuple[Any, ...]) -> Any:
        if each.name == "__typename":
            return thing.kind
        if each.name not in thing.fields:
            raise unsimulated(f"{each.name} of {thing.kind} in GraphQL")
        found = thing.fields[each.name]
        if not callable(found):
            return found
        given = {
            name: self.query.value(value)
            for name, value in each.arguments.items()
            if self.query.has(value)
        }
        try:
            return found(given)
        except TroubleError as error:
            if error.trouble.status not in _KINDS:
                raise
            self.errors.append(_error(error, path))
            return None


_KINDS = {403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE"}


def roots(ask: Ask) -> Mapping[str, Thing]:
    """Where queries begin, and mutations."""
    return {
        "query": Thing(
            "Query",
            {
                "viewer": lambda _: _person(ask, ask.caller.login),
                "repository": lambda given: _named(ask, given),
            },
        ),
        "mutation": Thing(
            "Mutation",
            {
                "createPullRequest": lambda given: _create(ask, _needed(given, "input", dict)),
                "updatePullRequest": lambda given: _update(ask, _needed(given, "input", dict)),
                "closePullRequest": lambda given: _update(
                    ask, _needed(given, "input", dict), state="closed"
                ),
                "reopenPullRequest": lambda given: _update(
                    ask, _needed(given, "input", dict), state="open"
                ),
            },
        ),
    }


def _error(error: TroubleError, path: tuple[Any, ...]) -> dict[str, Any]:
    trouble = error.trouble
    told = [
        str(each.get("message") or f"{each.get('field')} is invalid") for each in trouble.errors
    ]
    return {
        "type": _KINDS[trouble.status],
        "path": list(path),
        "locations": [],
        "message": "; ".join(told) or trouble.message,
    }


def _needed(given: Arguments, name: str, kind: type[Kind]) -> Kind:
    """An argument that has to be there, and of this kind."""
    found = given.get(name)
    if not isinstance(found, kind) or (kind is int and not 0 <= int(str(found)) < _LARGEST):
        raise refused(400, f"Argument {name} is missing, or of another type")
    return found


def _named(ask: Ask, given: Arguments) -> Thing:
    names = {"owner": _needed(given, "owner", str), "repo": _needed(given, "name", str)}
    inside = replace(ask, names=names, need=_SEES)
    return _repository(inside, inside.repository)


def _repository(ask: Ask, given: Repository) -> Thing:
    fields: dict[str, Any] = {
        "id": node("R", given.number),
        "name": given.name,
        "nameWithOwner": given.full_name,
        "description": given.description,
        "url": f"{ask.world.url}/{given.full_name}",
        "isPrivate": given.private,
        "isFork": bool(given.parent),
        "isArchived": False,
        "owner": lambda _: _person(ask, given.owner),
        "viewerPermission": _permission(ask.world.role(ask.caller.login, given)),
        "defaultBranchRef": lambda _: _ref(given.default_branch) if given.refs else None,
        "parent": lambda _: _parent(ask, given),
        "pullRequest": lambda wanted: _numbered(ask, given, _needed(wanted, "number", int)),
        "pullRequests": lambda wanted: _pulls(ask, given, wanted),
    }
    for name in ("mergeCommit", "rebaseMerge", "squashMerge"):
        fields[f"{name}Allowed"] = True
    for name in ("Issues", "Wiki", "Projects"):
        fields[f"has{name}Enabled"] = True
    return Thing("Repository", fields)


def _permission(role: str) -> str:
    return {"admin": "ADMIN", "push": "WRITE"}.get(role, "READ")


def _ref(name: str) -> Thing:
    return Thing("Ref", {"name": name, "id": f"REF_{name}"})


def _parent(ask: Ask, given: Repository) -> Thing | None:
    parent = ask.world.repository(given.parent)
    return None if parent is None else _repository(ask, parent)


def _person(ask: Ask, login: str) -> Thing:
    found = ask.world.known(login)
    told = {"id": node("U", found.number), "login": found.login, "name": None}
    return Thing(found.kind, told)


def _numbered(ask: Ask, repository: Repository, number: int) -> Thing:
    names = {"owner": repository.owner, "repo": repository.name, "pull_number": str(number)}
    _, issue, _ = pulls.one(replace(ask, names=names, need=_READS))
    return _pull(ask, repository, issue)


def _pulls(ask: Ask, repository: Repository, wanted: Arguments) -> Thing:
    states = wanted.get("states") or ["OPEN", "CLOSED", "MERGED"]
    states = [states] if isinstance(states, str) else states
    found = [
        issue
        for issue in tuple(repository.issues.values())
        if issue.pull is not None
        and _state(issue) in states
        and wanted.get("baseRefName") in {None, issue.pull.base.ref}
        and wanted.get("headRefName") in {None, issue.pull.head.ref}
    ]
    order = wanted.get("orderBy")
    if isinstance(order, dict) and order.get("direction") == "DESC":
        found.reverse()
    cursor, first = str(wanted.get("after") or "0"), wanted.get("first") or _MOST
    if not (cursor.isascii() and cursor.isdecimal() and isinstance(first, int)):
        raise refused(400, "`first` or `after` does not appear to be valid")
    begin = int(cursor[:9])
    end = begin + min(first, _MOST)
    page = Thing("PageInfo", {"hasNextPage": end < len(found), "endCursor": str(end)})
    nodes = [_pull(ask, repository, each) for each in found[begin:end]]
    told = {"totalCount": len(found), "nodes": nodes, "pageInfo": page}
    return Thing("PullRequestConnection", told)


def _state(issue: Issue) -> str:
    merged = issue.pull is not None and issue.pull.merged_at_s is not None
    return "MERGED" if merged else issue.state.upper()


def _pull(ask: Ask, repository: Repository, issue: Issue) -> Thing:
    what = issue.pull
    if what is None:
        raise unsimulated("A pull request that is an issue")
    card = cards.full_pull(ask.world, repository, issue, what)
    head = ask.world.repository(what.head.repository)
    owner = what.head.repository.partition("/")[0]
    people = [_person(ask, each) for each in issue.assignees]
    asked = [
        Thing("ReviewRequest", {"requestedReviewer": _person(ask, each)}) for each in what.reviewers
    ]
    labels = [Thing("Label", {**each, "id": each["node_id"]}) for each in card["labels"]]
    fields: dict[str, Any] = {
        "id": card["node_id"],
        "url": card["html_url"],
        "body": issue.body or "",
        "state": _state(issue),
        "isDraft": what.draft,
        "headRefName": what.head.ref,
        "headRefOid": what.head.sha,
        "baseRefName": what.base.ref,
        "isCrossRepository": what.head.repository != repository.full_name,
        "maintainerCanModify": card["maintainer_can_modify"],
        "mergeable": {True: "MERGEABLE", False: "CONFLICTING", None: "UNKNOWN"}[card["mergeable"]],
        "reviewDecision": None,
        "milestone": None,
        "changedFiles": card["changed_files"],
        "author": lambda _: _person(ask, issue.author),
        "headRepositoryOwner": lambda _: _person(ask, owner),
        "headRepository": lambda _: None if head is None else _repository(ask, head),
        "assignees": _all(people),
        "labels": _all(labels),
        "reviewRequests": _all(asked),
        "projectCards": _all(()),
        "projectItems": _all(()),
        "comments": lambda _: _comments(ask, repository, issue),
        "commits": lambda wanted: _commits(repository, what.head.sha, card["commits"], wanted),
        "reactionGroups": [],
        "reviews": lambda _: _reviews(ask, repository, issue),
    }
    for name in ("number", "title", "additions", "deletions"):
        fields[name] = card[name]
    for name in ("created", "updated", "closed", "merged"):
        fields[f"{name}At"] = card[f"{name}_at"]
    return Thing("PullRequest", fields)


def _reviews(ask: Ask, repository: Repository, issue: Issue) -> Thing:
    nodes = []
    for each in tuple(repository.reviews.values()):
        if each.pull == issue.number and each.at_s is not None:
            card = cards.review(ask.world, repository, each)
            told = {
                "id": card["node_id"],
                "author": _person(ask, each.author),
                "authorAssociation": card["author_association"],
                "body": each.body,
                "state": each.state,
                "submittedAt": card["submitted_at"],
                "url": card["html_url"],
                "includesCreatedEdit": False,
                "reactionGroups": [],
            }
            nodes.append(Thing("PullRequestReview", told))
    return _all(nodes)


def _comments(ask: Ask, repository: Repository, issue: Issue) -> Thing:
    nodes = []
    for each in tuple(repository.comments.values()):
        if each.issue == issue.number:
            card = cards.comment(ask.world, repository, each)
            told = {
                "id": card["node_id"],
                "author": _person(ask, each.author),
                "authorAssociation": card["author_association"],
                "body": each.body,
                "createdAt": card["created_at"],
                "url": card["html_url"],
                "includesCreatedEdit": False,
                "isMinimized": False,
                "minimizedReason": None,
                "reactionGroups": [],
            }
            nodes.append(Thing("IssueComment", told))
    return _all(nodes)


def _all(nodes: Iterable[Thing]) -> Thing:
    listed = list(nodes)
    last = Thing("PageInfo", {"hasNextPage": False, "endCursor": None})
    return Thing("Connection", {"nodes": listed, "totalCount": len(listed), "pageInfo": last})


def _commits(repository: Repository, head: str, number: int, wanted: Arguments) -> Thing:
    """How many there are; of them the last one is told, with what was checked of it when nothing was."""
    if wanted not in ({}, {"last": 1}):
        raise unsimulated("More than the last commit in GraphQL")

    def rollup(_: Arguments) -> None:
        checked = {each.sha for each in tuple(repository.checks.values())}
        if head in checked | {each.sha for each in tuple(repository.statuses)}:
            raise unsimulated("statusCheckRollup of Commit in GraphQL")

    commit = Thing("Commit", {"oid": head, "statusCheckRollup": rollup})
    nodes = [Thing("PullRequestCommit", {"commit": commit})]
    return Thing("PullRequestCommitConnection", {"nodes": nodes, "totalCount": number})


def _create(ask: Ask, given: Arguments) -> Thing:
    wanted = _needed(given, "repositoryId", str)
    repository = next(
        (each for each in ask.world.repositories if node("R", each.number) == wanted),
        None,
    )
    if repository is None or given.get("headRepositoryId") not in {None, wanted}:
        raise unsimulated("A pull request of this repository in GraphQL")
    body = {
        "title": _needed(given, "title", str),
        "body": given.get("body"),
        "base": _needed(given, "baseRefName", str),
        "head": _needed(given, "headRefName", str),
        "draft": given.get("draft", False),
        "maintainer_can_modify": given.get("maintainerCanModify", True),
    }
    names = {"owner": repository.owner, "repo": repository.name}
    reply = pulls.create(replace(ask, names=names, body=body, need=_WRITES))
    made = repository.issues[json.loads(reply.body)["number"]]
    return Thing("CreatePullRequestPayload", {"pullRequest": _pull(ask, repository, made)})


def _update(ask: Ask, given: Arguments, state: str = "") -> Thing:
    wanted = _needed(given, "pullRequestId", str)
    for repository in ask.world.repositories:
        for issue in tuple(repository.issues.values()):
            if issue.pull is not None and node("PR", issue.id) == wanted:
                return _updated(ask, repository, issue, given, state)
    raise unsimulated("A pull request of this name in GraphQL")


def _updated(ask: Ask, repository: Repository, issue: Issue, given: Arguments, state: str) -> Thing:
    unknown = set(given) - {"pullRequestId", "title", "body", "baseRefName", "clientMutationId"}
    unknown = {name for name in unknown if given[name] is not None}
    if unknown:
        raise unsimulated(f"{', '.join(sorted(unknown))} of updatePullRequest in GraphQL")
    words = {"title": "title", "body": "body", "baseRefName": "base"}
    body = {words[name]: given[name] for name in words if given.get(name) is not None}
    body |= {"state": state} if state else {}
    names = {
        "owner": repository.owner,
        "repo": repository.name,
        "pull_number": str(issue.number),
    }
    pulls.update(replace(ask, names=names, body=body, need=_WRITES))
    changed = repository.issues[issue.number]
    return Thing("UpdatePullRequestPayload", {"pullRequest": _pull(ask, repository, changed)})
