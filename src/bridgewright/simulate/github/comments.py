"""Comments on issues and pull requests.

https://docs.github.com/rest/issues/comments, as known 2026-11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import cards, events, issues
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Comment
from bridgewright.simulate.github.trouble import invalid, not_found, refused, said
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account, Issue
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content


def add(
    world: World, repository: Repository, issue: Issue, sender: Account, body: str
) -> tuple[Comment, Content]:
    """A new comment, and the payload of `issue_comment.created`."""
    _refuse_body(body)
    now = world.now()
    made = Comment(world.serial(), issue.number, sender.login, body, now, now)
    repository.comments[made.id] = made
    issue = replace(issue, changed_at_s=now)
    repository.issues[issue.number] = issue
    return made, tell(world, repository, made, "created", sender)


def tell(
    world: World,
    repository: Repository,
    comment: Comment,
    action: str,
    sender: Account,
    **more: object,
) -> Content:
    """Tell what happened to a comment; the payload."""
    content = {
        "action": action,
        "issue": cards.issue(world, repository, repository.issues[comment.issue]),
        "comment": cards.comment(world, repository, comment),
        **more,
    }
    return events.happen(world, repository, "issue_comment", sender, content)


def create_comment(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/issues/{issue_number}/comments`."""
    repository, issue = issues.one(ask)
    if issue.locked and not ask.can_push:
        raise refused(403, "Unable to create comment because issue is locked.")
    made, _ = add(ask.world, repository, issue, ask.me, ask.body["body"])
    shown = cards.comment(ask.world, repository, made)
    return said(shown, 201, ("location", shown["url"]))


def list_comments(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}/comments`, the oldest first."""
    repository, issue = issues.one(ask)
    found = [each for each in repository.comments.values() if each.issue == issue.number]
    return _page(ask, repository, found)


def list_comments_for_repo(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues/comments`."""
    repository = ask.repository
    found = list(repository.comments.values())
    if ask.query.get("sort") == "updated":
        found.sort(key=lambda each: each.changed_at_s)
    if ask.query.get("direction") == "desc" and "sort" in ask.query:
        found.reverse()
    return _page(ask, repository, found)


def get_comment(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    repository, comment = _one(ask)
    return said(cards.comment(ask.world, repository, comment))


def update_comment(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    repository, comment = _mine(ask)
    _refuse_body(ask.body["body"])
    changed = replace(comment, body=ask.body["body"], changed_at_s=ask.world.now())
    repository.comments[comment.id] = changed
    if changed.body != comment.body:
        was = {"body": {"from": comment.body}}
        tell(ask.world, repository, changed, "edited", ask.me, changes=was)
    return said(cards.comment(ask.world, repository, changed))


def delete_comment(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}`."""
    repository, comment = _mine(ask)
    del repository.comments[comment.id]
    tell(ask.world, repository, comment, "deleted", ask.me)
    return Reply(204)


def _page(ask: Ask, repository: Repository, found: list[Comment]) -> Reply:
    since_s = ask.instant("since") or 0.0
    kept = [each for each in found if each.changed_at_s >= since_s]
    return page(ask, kept, lambda each: cards.comment(ask.world, repository, each))


def _one(ask: Ask) -> tuple[Repository, Comment]:
    repository = ask.repository
    found = repository.comments.get(ask.number("comment_id"))
    if found is None:
        raise not_found()
    return repository, found


def _mine(ask: Ask) -> tuple[Repository, Comment]:
    repository, comment = _one(ask)
    if not ask.can_push and comment.author != ask.caller.login:
        raise refused(403, "Must have admin rights to Repository.")
    return repository, comment


def _refuse_body(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(body) > issues.LONGEST_BODY:
        text = f"body is too long (maximum is {issues.LONGEST_BODY} characters)"
        raise invalid("IssueComment", "body", "custom", text)
