"""Events that can be made to happen, each with all that belongs to it: an issue that is commented on, a
branch with a commit for a pull request.

Every trigger takes `repository` (made when it is not there, as octo/hello is) and `actor`; what names an
issue, a pull request or a commit has to be there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import (
    cards,
    checks,
    comments,
    events,
    history,
    issues,
    labels,
    merging,
    pulls,
    refs,
    repositories,
    reviews,
    statuses,
)
from bridgewright.simulate.github.records import CheckRun, Review, Side, Status
from bridgewright.simulate.github.trouble import TroubleError
from bridgewright.simulate.github.world import HELLO, OCTO, stamp
from bridgewright.simulate.simulator import UnknownTriggerError, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.github.records import Account, Issue, Pull
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

    Stage = tuple[World, Repository, Account, Mapping[str, str]]
    Trigger = Callable[[Stage], Content]

_ALL = ("repository", "actor")


def trigger(world: World, event_type: str, overrides: Mapping[str, str]) -> Content:
    """Make it happen; the payload as hooks get it. UnknownTriggerError says what can and what it takes,
    and what an override names that is not there."""
    refuse_unknown(TRIGGERS, event_type, overrides)
    sender = world.enrol(overrides.get("actor", OCTO))
    repository = _repository(world, overrides.get("repository", f"{OCTO}/{HELLO}"), sender)
    try:
        return _HOW[event_type]((world, repository, sender, overrides))
    except TroubleError as error:
        told = [str(each.get("message", each)) for each in error.trouble.errors]
        raise UnknownTriggerError("; ".join([error.trouble.message, *told])) from None


def _repository(world: World, full_name: str, sender: Account) -> Repository:
    owner, slash, name = full_name.partition("/")
    if not slash or not owner or not name or "/" in name:
        raise UnknownTriggerError(f"repository {full_name!r} is not written owner/name")
    found = world.repository(full_name)
    if found is None:
        world.enrol(owner)
        found = repositories.found_new(world, owner, name, sender)
    return found


def _pinged(stage: Stage) -> Content:
    world, repository, sender, _ = stage
    content = {"zen": "Keep it logically awesome.", "hook_id": 1}
    return events.happen(world, repository, "ping", sender, content)


def _opened(stage: Stage) -> Content:
    world, repository, sender, told = stage
    title, body = told.get("issue.title", "It broke"), told.get("issue.body", "It did not before.")
    asked = filter(None, told.get("issue.labels", "").split(","))
    names = labels.ensure(world, repository, asked)
    issue = issues.new_issue(world, repository, sender, title, body, names=names)
    payload = events.of_issue(world, repository, issue, "opened", sender)
    issues.tell_labels(world, repository, issue, sender)
    return payload


def _closed(stage: Stage) -> Content:
    world, repository, sender, _ = stage
    issue = issues.close(world, _issue(stage), sender, "completed")
    repository.issues[issue.number] = issue
    return events.of_issue(world, repository, issue, "closed", sender)


def _reopened(stage: Stage) -> Content:
    world, repository, sender, _ = stage
    issue = issues.reopen(world, _issue(stage))
    repository.issues[issue.number] = issue
    return events.of_issue(world, repository, issue, "reopened", sender)


def _edited(stage: Stage) -> Content:
    world, repository, sender, told = stage
    issue = _issue(stage)
    title = told.get("issue.title", f"{issue.title}, again")
    issues.refuse_texts("Issue", title, None)
    changed = replace(issue, title=title, changed_at_s=world.now())
    repository.issues[issue.number] = changed
    was = {"title": {"from": issue.title}}
    return events.of_issue(world, repository, changed, "edited", sender, changes=was)


def _labeled(stage: Stage) -> Content:
    world, repository, sender, told = stage
    issue = _issue(stage)
    [name] = labels.ensure(world, repository, (told.get("label.name", "bug"),))
    names = tuple(dict.fromkeys((*issue.labels, name)))
    changed = replace(issue, labels=names, changed_at_s=world.now())
    repository.issues[issue.number] = changed
    shown = cards.label(world, repository, repository.labels[name.lower()])
    return events.of_issue(world, repository, changed, "labeled", sender, label=shown)


def _commented(stage: Stage) -> Content:
    world, repository, sender, told = stage
    body = told.get("comment.body", "So it did here.")
    _, payload = comments.add(world, repository, _issue(stage), sender, body)
    return payload


def _pushed(stage: Stage) -> Content:
    _, repository, sender, told = stage
    branch = told.get("ref", f"refs/heads/{repository.default_branch}").removeprefix("refs/heads/")
    return _push(stage, branch, told.get("message", f"Change by {sender.login}"))[0]


def _proposed(stage: Stage) -> Content:
    return _propose(stage)[1]


def _synchronized(stage: Stage) -> Content:
    _, pull = _pull(stage)
    return _push(stage, pull.head.ref, "One more change")[-1]


def _pull_closed(stage: Stage) -> Content:
    world, repository, sender, told = stage
    issue, pull = _pull(stage)
    if told.get("merged", "true") == "true":
        sha = merging.merged(world, repository, issue, sender)
        return pulls.land(world, repository, issue, pull, sender, sha)
    issue = issues.close(world, issue, sender, None)
    repository.issues[issue.number] = issue
    return events.of_issue(world, repository, issue, "closed", sender)


def _reviewed(stage: Stage) -> Content:
    world, repository, _, told = stage
    issue, pull = _pull(stage)
    author = world.enrol(told.get("actor", "hubot"))
    state = told.get("review.state", "approved").upper()
    if state not in reviews.STATES.values():
        known = ", ".join(each.lower() for each in reviews.STATES.values())
        raise UnknownTriggerError(f"a review is one of {known}")
    body = told.get("review.body", "Looks right.")
    review = Review(
        world.serial(), issue.number, author.login, body, state, pull.head.sha, world.now()
    )
    return reviews.submit(world, repository, review, author)


def _checked(stage: Stage) -> Content:
    world, repository, sender, told = stage
    run = CheckRun(
        world.serial(),
        told.get("check_run.name", "build"),
        _sha(stage),
        "in_progress",
        None,
        world.now(),
        None,
        None,
        None,
    )
    return checks.keep(world, repository, run, "created", sender)


def _check_completed(stage: Stage) -> Content:
    world, repository, sender, told = stage
    created = _checked(stage)["check_run"]["id"]
    done = replace(
        repository.checks[created],
        status="completed",
        conclusion=told.get("check_run.conclusion", "success"),
        completed_at_s=world.now(),
    )
    return checks.keep(world, repository, done, "completed", sender)


def _stated(stage: Stage) -> Content:
    world, repository, sender, told = stage
    context, state = told.get("context", "ci/build"), told.get("state", "success")
    status = Status(
        world.serial(), _sha(stage), state, context, None, None, sender.login, world.now()
    )
    return statuses.keep(world, repository, status, sender)


def _starred(stage: Stage) -> Content:
    world, repository, sender, _ = stage
    repository.stars[sender.login] = world.now()
    content = {"action": "created", "starred_at": stamp(world.now())}
    return events.happen(world, repository, "star", sender, content)


def _issue(stage: Stage) -> Issue:
    """The issue that is named, or a new one."""
    world, repository, sender, told = stage
    if "issue.number" not in told:
        made = issues.new_issue(world, repository, sender, "It broke", "It did not before.")
        events.tell_of_issue(world, repository, made, "opened", sender)
        return made
    return _numbered(repository, told["issue.number"], "an issue", pull=False)


def _pull(stage: Stage) -> tuple[Issue, Pull]:
    """The pull request that is named, or a new one."""
    _, repository, _, told = stage
    if "pull_request.number" in told:
        found = _numbered(repository, told["pull_request.number"], "a pull request", pull=True)
    else:
        found = _propose(stage)[0]
    if found.pull is None or found.state != "open":
        raise UnknownTriggerError(f"pull request #{found.number} of {repository} is closed")
    return found, found.pull


def _numbered(repository: Repository, text: str, what: str, *, pull: bool) -> Issue:
    found = repository.issues.get(int(text)) if text.isascii() and text.isdecimal() else None
    if found is None or (pull and found.pull is None):
        raise UnknownTriggerError(f"{repository.full_name} has no {what[2:].strip()} #{text}")
    return found


def _propose(stage: Stage) -> tuple[Issue, Content]:
    world, repository, sender, told = stage
    branch = told.get("pull_request.head.ref", f"change-{len(repository.issues) + 1}")
    title = told.get("pull_request.title", "A change")
    base_ref = repository.default_branch
    base = Side(repository.full_name, base_ref, repository.refs[f"heads/{base_ref}"])
    if f"heads/{branch}" not in repository.refs:
        _push(stage, branch, title)
    head = Side(repository.full_name, branch, repository.refs[f"heads/{branch}"])
    return pulls.propose(world, repository, sender, (head, base), title, told.get("body"))


def _push(stage: Stage, branch: str, message: str) -> tuple[Content, ...]:
    """A commit more on a branch, which begins at the default one when it is new."""
    world, repository, sender, _ = stage
    ref = f"heads/{branch}"
    refs.refuse_name(f"refs/{ref}")
    parent = repository.refs.get(ref) or repository.head
    tree = dict(world.objects.files(parent))
    number = len(world.objects.commits)
    tree[f"notes/{number}.txt"] = world.objects.blob(f"{message}\n".encode())
    parents = (parent,) if parent else ()
    commit = world.objects.commit(tree, parents, message, history.person(world, sender))
    return refs.move(world, repository, ref, commit.sha, sender)


def _sha(stage: Stage) -> str:
    world, repository, _, told = stage
    wanted = told.get("sha", repository.default_branch)
    found = history.resolve(world, repository, wanted)
    if not found:
        raise UnknownTriggerError(f"{repository.full_name} has no commit {wanted!r}")
    return found


_HOW: Mapping[str, Trigger] = {
    "ping": _pinged,
    "issues.opened": _opened,
    "issues.closed": _closed,
    "issues.reopened": _reopened,
    "issues.edited": _edited,
    "issues.labeled": _labeled,
    "issue_comment.created": _commented,
    "push": _pushed,
    "pull_request.opened": _proposed,
    "pull_request.synchronize": _synchronized,
    "pull_request.closed": _pull_closed,
    "pull_request_review.submitted": _reviewed,
    "check_run.created": _checked,
    "check_run.completed": _check_completed,
    "status": _stated,
    "star.created": _starred,
}
_PULL = ("pull_request.title", "pull_request.head.ref")
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "ping": _ALL,
    "issues.opened": (*_ALL, "issue.title", "issue.body", "issue.labels"),
    "issues.closed": (*_ALL, "issue.number"),
    "issues.reopened": (*_ALL, "issue.number"),
    "issues.edited": (*_ALL, "issue.number", "issue.title"),
    "issues.labeled": (*_ALL, "issue.number", "label.name"),
    "issue_comment.created": (*_ALL, "issue.number", "comment.body"),
    "push": (*_ALL, "ref", "message"),
    "pull_request.opened": (*_ALL, *_PULL),
    "pull_request.synchronize": (*_ALL, *_PULL, "pull_request.number"),
    "pull_request.closed": (*_ALL, *_PULL, "pull_request.number", "merged"),
    "pull_request_review.submitted": (
        *_ALL,
        *_PULL,
        "pull_request.number",
        "review.state",
        "review.body",
    ),
    "check_run.created": (*_ALL, "sha", "check_run.name"),
    "check_run.completed": (*_ALL, "sha", "check_run.name", "check_run.conclusion"),
    "status": (*_ALL, "sha", "state", "context"),
    "star.created": _ALL,
}
