"""Pull requests: opened, listed, changed, merged.

https://docs.github.com/rest/pulls/pulls, as known 2026-11. Whether one can be merged is known at once here;
GitHub takes a moment, and says null until then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import cards, events, history, issues, merging, refs
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Issue, Pull, Side
from bridgewright.simulate.github.trouble import (
    Trouble,
    TroubleError,
    invalid,
    not_found,
    refused,
    said,
    unsimulated,
)
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content


def propose(  # noqa: PLR0913 - what a pull request is made of
    world: World,
    repository: Repository,
    sender: Account,
    sides: tuple[Side, Side],
    title: str,
    body: str | None = None,
    *,
    draft: bool = False,
    may_modify: bool = True,
) -> tuple[Issue, Content]:
    """A new pull request of a head and a base, and the payload of `pull_request.opened`."""
    issues.refuse_texts("PullRequest", title, body)
    number, now = next(repository.numbers), world.now()
    pull = Pull(*sides, draft=draft, may_modify=may_modify)
    issue = Issue(world.serial(), number, title, body, sender.login, now, now, pull=pull)
    repository.issues[number] = issue
    return issue, events.of_issue(world, repository, issue, "opened", sender)


def create(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/pulls`; `head` is a branch, or `owner:branch` of a fork."""
    repository = ask.repository
    if "issue" in ask.body or "head_repo" in ask.body:
        raise unsimulated("A pull request by issue or head_repo")
    title = ask.body.get("title", "")
    issues.refuse_texts("PullRequest", title, ask.body.get("body"))
    head = _head(ask.world, repository, ask.body["head"])
    base = _onto(repository, ask.body["base"])
    if head is None or base is None:
        raise invalid("PullRequest", "head" if head is None else "base")
    _refuse_twin(repository, head, base)
    if not ask.world.objects.ahead(base.sha, head.sha):
        text = f"No commits between {_label(head, repository)} and {_label(base, repository)}"
        raise _custom(text)
    issue, _ = propose(
        ask.world,
        repository,
        ask.me,
        (head, base),
        title,
        ask.body.get("body"),
        draft=bool(ask.body.get("draft")),
        may_modify=bool(ask.body.get("maintainer_can_modify", True)),
    )
    shown = _shown(ask, repository, issue)
    return said(shown, 201, ("location", shown["url"]))


def list_pulls(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls`; a `head` without an owner filters nothing, as at GitHub."""
    repository, query = ask.repository, ask.query
    state, base, head = query.get("state", "open"), query.get("base", ""), query.get("head", "")
    owner, _, ref = head.partition(":")
    found = [
        (issue, issue.pull)
        for issue in tuple(repository.issues.values())
        if issue.pull is not None
        and state in {"all", issue.state}
        and base in {"", issue.pull.base.ref}
        and (not ref or _is_head(issue.pull.head, owner, ref))
    ]
    order = query.get("sort", "created")
    updated = order in {"updated", "long-running"}
    found.sort(key=lambda pair: (pair[0].changed_at_s if updated else 0.0, pair[0].number))
    if query.get("direction", "desc" if "sort" not in query else "asc") == "desc":
        found.reverse()
    return page(ask, found, lambda pair: cards.pull(ask.world, repository, *pair))


def get(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}`."""
    repository, issue, _ = one(ask)
    return said(_shown(ask, repository, issue))


def update(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/pulls/{pull_number}`."""
    repository, issue, pull = one(ask)
    if not ask.can_push and issue.author != ask.caller.login:
        raise refused(403, "Must have admin rights to Repository.")
    if "base" in ask.body and ask.body["base"] != pull.base.ref:
        issue, pull = _rebased(ask, repository, issue, pull)
    if "maintainer_can_modify" in ask.body:
        pull = replace(pull, may_modify=bool(ask.body["maintainer_can_modify"]))
        issue = replace(issue, pull=pull)
        repository.issues[issue.number] = issue
    issue = issues.edit(ask, repository, issue, "PullRequest")
    state = ask.body.get("state", issue.state)
    if state != issue.state:
        issue = _judged(ask, repository, issue, pull)
    return said(_shown(ask, repository, issue))


def list_commits(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/commits`, the oldest first."""
    repository, _, pull = one(ask)
    found = ask.world.objects.ahead(pull.base.sha, pull.head.sha)
    return page(ask, found, lambda each: history.shown(ask.world, repository, each))


def list_files(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/files`."""
    repository, _, pull = one(ask)
    objects, sha = ask.world.objects, pull.head.sha
    origin = objects.files(objects.fork_point(pull.base.sha, sha))
    found = tuple(objects.changes(origin, objects.files(sha)))
    return page(ask, found, lambda each: history.change(ask.world, repository, sha, each))


def check_if_merged(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/merge`: 204 when it is, 404 when not."""
    _, _, pull = one(ask)
    if pull.merged_at_s is None:
        raise not_found()
    return Reply(204)


def merge(ask: Ask) -> Reply:
    """`PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge`: 409 when the head is another than `sha`,
    405 when it cannot be merged."""
    repository, issue, pull = one(ask)
    if pull.draft:
        raise refused(405, "Pull Request is still a draft")
    if issue.state == "closed" or not cards.can_merge(ask.world, repository, issue, pull):
        raise refused(405, "Pull Request is not mergeable")
    if ask.body.get("sha", pull.head.sha) != pull.head.sha:
        raise refused(409, "Head branch was modified. Review and try the merge again.")
    words = (ask.body.get("commit_title"), ask.body.get("commit_message"))
    method = ask.body.get("merge_method", "merge")
    sha = merging.merged(ask.world, repository, issue, ask.me, method, words)
    land(ask.world, repository, issue, pull, ask.me, sha)
    told = {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    return said(told)


def land(  # noqa: PLR0913 - what a merge is made of
    world: World, repository: Repository, issue: Issue, pull: Pull, sender: Account, sha: str
) -> Content:
    """Note that a pull request was merged as that commit, move its base, and tell both; the payload of
    `pull_request.closed`."""
    closed = issues.close(world, issue, sender, None)
    done = replace(pull, merged_at_s=world.now(), merged_by=sender.login, merge_sha=sha)
    closed = replace(closed, pull=done)
    repository.issues[issue.number] = closed
    payload = events.of_issue(world, repository, closed, "closed", sender)
    refs.move(world, repository, f"heads/{pull.base.ref}", sha, sender)
    return payload


def one(ask: Ask) -> tuple[Repository, Issue, Pull]:
    """The pull request that the path names."""
    repository = ask.repository
    found = repository.issues.get(ask.number("pull_number"))
    if found is None or found.pull is None:
        raise not_found()
    return repository, found, found.pull


def _shown(ask: Ask, repository: Repository, issue: Issue) -> Content:
    if issue.pull is None:
        raise not_found()
    return cards.full_pull(ask.world, repository, issue, issue.pull)


def _head(world: World, repository: Repository, name: str) -> Side | None:
    owner, colon, ref = name.partition(":")
    if not colon:
        owner, ref = repository.owner, name
    network = {repository.full_name, repository.parent} - {""}
    for each in world.repositories:
        related = each.full_name in network or each.parent in network
        if related and each.owner.lower() == owner.lower() and f"heads/{ref}" in each.refs:
            return Side(each.full_name, ref, each.refs[f"heads/{ref}"])
    return None


def _onto(repository: Repository, ref: str) -> Side | None:
    sha = repository.refs.get(f"heads/{ref}")
    return None if sha is None else Side(repository.full_name, ref, sha)


def _label(side: Side, repository: Repository) -> str:
    owner = side.repository.partition("/")[0]
    return side.ref if side.repository == repository.full_name else f"{owner}:{side.ref}"


def _is_head(side: Side, owner: str, ref: str) -> bool:
    return side.ref == ref and side.repository.partition("/")[0].lower() == owner.lower()


def _refuse_twin(repository: Repository, head: Side, base: Side) -> None:
    for issue in repository.issues.values():
        pull = issue.pull
        if pull is None or issue.state != "open":
            continue
        same = (pull.head.repository, pull.head.ref) == (head.repository, head.ref)
        if same and pull.base.ref == base.ref:
            label = f"{head.repository.partition('/')[0]}:{head.ref}"
            raise _custom(f"A pull request already exists for {label}.")


def _custom(message: str) -> TroubleError:
    told = {"resource": "PullRequest", "code": "custom", "message": message}
    return TroubleError(Trouble(422, "Validation Failed", (told,)))


def _rebased(ask: Ask, repository: Repository, issue: Issue, pull: Pull) -> tuple[Issue, Pull]:
    base = _onto(repository, ask.body["base"])
    if base is None or pull.merged_at_s is not None:
        raise invalid("PullRequest", "base")
    _refuse_twin(repository, pull.head, base)
    was = {"base": {"ref": {"from": pull.base.ref}, "sha": {"from": pull.base.sha}}}
    pull = replace(pull, base=base)
    issue = replace(issue, pull=pull, changed_at_s=ask.world.now())
    repository.issues[issue.number] = issue
    events.tell_of_issue(ask.world, repository, issue, "edited", ask.me, changes=was)
    return issue, pull


def _judged(ask: Ask, repository: Repository, issue: Issue, pull: Pull) -> Issue:
    if issue.state == "open":
        changed, action = issues.close(ask.world, issue, ask.me, None), "closed"
    else:
        if pull.merged_at_s is not None:
            raise invalid("PullRequest", "state")
        if _head(ask.world, repository, cards.side(ask.world, pull.head)["label"]) is None:
            text = "state cannot be changed. The head branch has been deleted."
            raise invalid("PullRequest", "state", "custom", text)
        _refuse_twin(repository, pull.head, pull.base)
        changed, action = issues.reopen(ask.world, issue), "reopened"
    repository.issues[issue.number] = changed
    events.tell_of_issue(ask.world, repository, changed, action, ask.me)
    return changed
