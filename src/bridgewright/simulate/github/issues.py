"""Issues: opened, listed, changed, locked. Nothing here recognises a repeat, as nothing does at GitHub.

https://docs.github.com/rest/issues/issues, as known 2026-11. A list of issues holds the pull requests too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github import accounts, cards, events, labels
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Issue
from bridgewright.simulate.github.trouble import Trouble, TroubleError, invalid, not_found, said
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World

LONGEST_TITLE, LONGEST_BODY = 256, 65_536


def new_issue(  # noqa: PLR0913 - what an issue is made of
    world: World,
    repository: Repository,
    sender: Account,
    title: str,
    body: str | None = None,
    *,
    names: tuple[str, ...] = (),
    assignees: tuple[str, ...] = (),
) -> Issue:
    """An issue that nobody was told of yet."""
    refuse_texts("Issue", title, body)
    number, now = next(repository.numbers), world.now()
    issue = Issue(
        world.serial(),
        number,
        title,
        body,
        sender.login,
        now,
        now,
        labels=names,
        assignees=assignees,
    )
    repository.issues[number] = issue
    return issue


def tell_labels(world: World, repository: Repository, issue: Issue, sender: Account) -> None:
    """Tell of each label that a new issue has, after the issue itself."""
    for name in issue.labels:
        told = cards.label(world, repository, repository.labels[name.lower()])
        events.tell_of_issue(world, repository, issue, "labeled", sender, label=told)


def close(world: World, issue: Issue, sender: Account, reason: str | None) -> Issue:
    """An issue as it is when somebody closed it now."""
    now = world.now()
    return replace(
        issue,
        state="closed",
        reason=reason,
        closed_at_s=now,
        changed_at_s=now,
        closed_by=sender.login,
    )


def reopen(world: World, issue: Issue) -> Issue:
    """An issue as it is when it is opened again now."""
    reason = None if issue.pull else "reopened"
    return replace(
        issue, state="open", reason=reason, closed_at_s=None, changed_at_s=world.now(), closed_by=""
    )


def create(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/issues`. Labels and assignees are left out in silence for who may not
    push, as GitHub does."""
    repository = ask.repository
    _refuse_milestone(ask)
    title = str(ask.body["title"])
    refuse_texts("Issue", title, ask.body.get("body"))
    may = ask.can_push
    names = labels.names_of(ask.body.get("labels") or ()) if may else ()
    assignees = people(ask, repository) if may else ()
    issue = new_issue(
        ask.world,
        repository,
        ask.me,
        title,
        ask.body.get("body"),
        names=labels.ensure(ask.world, repository, names),
        assignees=assignees or (),
    )
    events.tell_of_issue(ask.world, repository, issue, "opened", ask.me)
    tell_labels(ask.world, repository, issue, ask.me)
    shown = cards.issue(ask.world, repository, issue)
    return said(shown, 201, ("location", shown["url"]))


def list_for_repo(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues`."""
    repository = ask.repository
    found = _sorted(ask, repository, _filtered(ask, tuple(repository.issues.values())))
    return page(ask, found, lambda each: cards.issue(ask.world, repository, each))


def get(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}`."""
    repository, issue = one(ask)
    return said(cards.issue(ask.world, repository, issue))


def update(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/issues/{issue_number}`: by its author, or by who may push."""
    repository, issue = one(ask)
    if not ask.can_push and issue.author != ask.caller.login:
        raise TroubleError(Trouble(403, "Must have admin rights to Repository."))
    _refuse_milestone(ask)
    issue = edit(ask, repository, issue, "Issue")
    issue = _judge(ask, repository, issue)
    if ask.can_push and ask.body.get("labels") is not None:
        names = labels.ensure(ask.world, repository, labels.names_of(ask.body["labels"]))
        issue = labels.put(ask.world, repository, issue, names, ask.me)
    if ask.can_push:
        assignees = people(ask, repository)
        issue = _assign(ask, repository, issue, issue.assignees if assignees is None else assignees)
    return said(cards.issue(ask.world, repository, issue))


def lock(ask: Ask) -> Reply:
    """`PUT /repos/{owner}/{repo}/issues/{issue_number}/lock`."""
    return _locked(ask, ask.body.get("lock_reason"), locked=True)


def unlock(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/issues/{issue_number}/lock`."""
    return _locked(ask, None, locked=False)


def add_assignees(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/issues/{issue_number}/assignees`; who may not be is left out."""
    repository, issue = one(ask)
    known = [ask.world.account(each) for each in ask.body.get("assignees") or ()]
    may = [a.login for a in known if a is not None and ask.world.role(a.login, repository)]
    together = tuple(dict.fromkeys((*issue.assignees, *may)))
    issue = _assign(ask, repository, issue, together)
    return said(cards.issue(ask.world, repository, issue), 201)


def remove_assignees(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees`."""
    repository, issue = one(ask)
    gone = {str(each).lower() for each in ask.body.get("assignees") or ()}
    kept = tuple(each for each in issue.assignees if each.lower() not in gone)
    issue = _assign(ask, repository, issue, kept)
    return said(cards.issue(ask.world, repository, issue))


def one(ask: Ask, name: str = "issue_number") -> tuple[Repository, Issue]:
    """The issue that the path names."""
    repository = ask.repository
    found = repository.issues.get(ask.number(name))
    if found is None:
        raise not_found()
    return repository, found


def edit(ask: Ask, repository: Repository, issue: Issue, resource: str) -> Issue:
    """Change title and body as the body of the request has it, and tell what they were."""
    title = issue.title if ask.body.get("title") is None else str(ask.body["title"])
    body = ask.body.get("body", issue.body)
    refuse_texts(resource, title, body)
    was = {
        name: {"from": before or ""}
        for name, before, after in (("title", issue.title, title), ("body", issue.body, body))
        if before != after
    }
    if not was:
        return issue
    changed = replace(issue, title=title, body=body, changed_at_s=ask.world.now())
    repository.issues[issue.number] = changed
    events.tell_of_issue(ask.world, repository, changed, "edited", ask.me, changes=was)
    return changed


def refuse_texts(resource: str, title: str, body: str | None) -> None:
    """422 for a title that is blank or too long, and a body that is too long."""
    if not title.strip():
        raise invalid(resource, "title", "missing_field")
    for name, text, most in (("title", title, LONGEST_TITLE), ("body", body or "", LONGEST_BODY)):
        if len(text) > most:
            message = f"{name} is too long (maximum is {most} characters)"
            raise invalid(resource, name, "custom", message)


def people(ask: Ask, repository: Repository) -> tuple[str, ...] | None:
    """The assignees that a body names, None where it names none: 422 for who may not be one."""
    given: Any = ask.body.get("assignees")
    if given is None and ask.body.get("assignee"):
        given = [ask.body["assignee"]]
    if given is None:
        return None
    found = []
    for login in given:
        known = ask.world.account(login)
        if known is None or not ask.world.role(known.login, repository):
            told = {"value": login, "resource": "Issue", "field": "assignees", "code": "invalid"}
            raise TroubleError(Trouble(422, "Validation Failed", (told,)))
        found.append(known.login)
    return tuple(dict.fromkeys(found))


def _judge(ask: Ask, repository: Repository, issue: Issue) -> Issue:
    state = ask.body.get("state", issue.state)
    if state == issue.state:
        return issue
    if state == "closed":
        reason = None if issue.pull else ask.body.get("state_reason") or "completed"
        changed, action = close(ask.world, issue, ask.me, reason), "closed"
    elif issue.pull is not None and issue.pull.merged_at_s is not None:
        raise invalid("PullRequest", "state")
    else:
        changed, action = reopen(ask.world, issue), "reopened"
    repository.issues[issue.number] = changed
    events.tell_of_issue(ask.world, repository, changed, action, ask.me)
    return changed


def _assign(ask: Ask, repository: Repository, issue: Issue, assignees: tuple[str, ...]) -> Issue:
    if assignees == issue.assignees:
        return issue
    changed = replace(issue, assignees=assignees, changed_at_s=ask.world.now())
    repository.issues[issue.number] = changed
    for action, more, fewer in (
        ("assigned", assignees, issue.assignees),
        ("unassigned", issue.assignees, assignees),
    ):
        for login in (each for each in more if each not in fewer):
            who = accounts.named(ask.world, login)
            events.tell_of_issue(ask.world, repository, changed, action, ask.me, assignee=who)
    return changed


def _locked(ask: Ask, reason: str | None, *, locked: bool) -> Reply:
    repository, issue = one(ask)
    if locked != issue.locked or reason != issue.lock_reason:
        changed = replace(issue, locked=locked, lock_reason=reason, changed_at_s=ask.world.now())
        repository.issues[issue.number] = changed
        action = "locked" if locked else "unlocked"
        events.tell_of_issue(ask.world, repository, changed, action, ask.me)
    return Reply(204)


def _refuse_milestone(ask: Ask) -> None:
    """No repository here has a milestone: a number names none."""
    if ask.body.get("milestone") is not None:
        raise invalid("Issue", "milestone")


def _filtered(ask: Ask, found: Iterable[Issue]) -> list[Issue]:
    query, since_s = ask.query, ask.instant("since")
    state = query.get("state", "open")
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    mentioned = query.get("mentioned")
    if query.get("milestone", "none") not in {"none", "*"}:
        raise invalid("Issue", "milestone")
    if query.get("milestone") == "*":
        return []
    return [
        each
        for each in found
        if state in {"all", each.state}
        and wanted <= {name.lower() for name in each.labels}
        and (since_s is None or each.changed_at_s >= since_s)
        and query.get("creator", each.author).lower() == each.author.lower()
        and _assigned(each, query.get("assignee", ""))
        and (not mentioned or _mentions(each, mentioned))
    ]


def _assigned(issue: Issue, wanted: str) -> bool:
    if wanted in {"", "*", "none"}:
        return not wanted or bool(issue.assignees) == (wanted == "*")
    return wanted.lower() in {each.lower() for each in issue.assignees}


def _mentions(issue: Issue, login: str) -> bool:
    return re.search(rf"@{re.escape(login)}\b", issue.body or "", re.IGNORECASE) is not None


def _sorted(ask: Ask, repository: Repository, found: list[Issue]) -> list[Issue]:
    order = ask.query.get("sort", "created")

    def key(issue: Issue) -> tuple[float, int]:
        first = {
            "updated": issue.changed_at_s,
            "comments": cards.comments_on(repository, issue.number) if order == "comments" else 0,
        }
        return first.get(order, issue.made_at_s), issue.number

    return sorted(found, key=key, reverse=ask.query.get("direction", "desc") == "desc")
