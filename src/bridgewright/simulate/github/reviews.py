"""Reviews of pull requests, and who is asked for one.

https://docs.github.com/rest/pulls/reviews and .../review-requests, as known 2026-11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github import accounts, cards, events, pulls
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Review
from bridgewright.simulate.github.trouble import (
    Trouble,
    TroubleError,
    not_found,
    refused,
    said,
    unsimulated,
)

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account, Issue
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content, Reply

STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}
PENDING = "PENDING"


def submit(world: World, repository: Repository, review: Review, sender: Account) -> Content:
    """Keep a review that is finished; the payload of `pull_request_review.submitted`."""
    repository.reviews[review.id] = review
    issue = repository.issues[review.pull]
    if issue.pull is not None and review.author in issue.pull.reviewers:
        rest = tuple(each for each in issue.pull.reviewers if each != review.author)
        issue = replace(issue, pull=replace(issue.pull, reviewers=rest))
        repository.issues[issue.number] = issue
    shown = cards.review(world, repository, review)
    content = {
        "action": "submitted",
        "review": shown | {"state": review.state.lower(), "updated_at": shown["submitted_at"]},
        "pull_request": {} if issue.pull is None else _told(world, repository, issue),
    }
    return events.happen(world, repository, "pull_request_review", sender, content)


def create_review(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews`; pending without an `event`."""
    repository, issue, pull = pulls.one(ask)
    if ask.body.get("comments"):
        raise unsimulated("A review with comments on lines")
    event, body = ask.body.get("event"), ask.body.get("body") or ""
    if event:
        _refuse_event(ask, issue, event, body)
    elif any(_pending_of(ask, each, issue) for each in repository.reviews.values()):
        raise _unprocessable("User can only have one pending review per pull request")
    sha = ask.body.get("commit_id") or pull.head.sha
    if sha not in ask.world.objects.commits:
        raise _unprocessable("The commit_id is not part of the pull request")
    state = STATES[event] if event else PENDING
    at_s = ask.world.now() if event else None
    review = Review(ask.world.serial(), issue.number, ask.me.login, body, state, sha, at_s)
    if event:
        submit(ask.world, repository, review, ask.me)
    else:
        repository.reviews[review.id] = review
    return said(cards.review(ask.world, repository, review))


def submit_review(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events`."""
    repository, issue, review = _one(ask)
    if review.state != PENDING:
        raise _unprocessable("Can not submit a review that is not pending")
    body = ask.body.get("body") or review.body
    event = ask.body["event"]
    _refuse_event(ask, issue, event, body)
    done = replace(review, state=STATES[event], body=body, at_s=ask.world.now())
    submit(ask.world, repository, done, ask.me)
    return said(cards.review(ask.world, repository, done))


def get_review(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}`."""
    repository, _, review = _one(ask)
    return said(cards.review(ask.world, repository, review))


def list_reviews(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews`, the oldest first; what is pending is
    seen by its author alone."""
    repository, issue, _ = pulls.one(ask)
    found = [
        each
        for each in repository.reviews.values()
        if each.pull == issue.number and _seen(ask, each)
    ]
    return page(ask, found, lambda each: cards.review(ask.world, repository, each))


def list_requested_reviewers(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers`."""
    _, _, pull = pulls.one(ask)
    people = [accounts.named(ask.world, each) for each in pull.reviewers]
    return said({"users": people, "teams": []})


def request_reviewers(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers`."""
    repository, issue, pull = pulls.one(ask)
    if ask.body.get("team_reviewers"):
        raise unsimulated("A review that is asked of a team")
    wanted = []
    for login in ask.body.get("reviewers") or ():
        known = ask.world.account(login)
        if known is not None and known.login == issue.author:
            raise refused(422, "Review cannot be requested from pull request author.")
        if known is None or not ask.world.role(known.login, repository):
            text = (
                "Reviews may only be requested from collaborators. One or more of the users or teams"
                f" you specified is not a collaborator of the {repository.full_name} repository."
            )
            raise refused(422, text)
        wanted.append(known.login)
    together = tuple(dict.fromkeys((*pull.reviewers, *wanted)))
    return said(_asked(ask, repository, issue, together), 201)


def remove_requested_reviewers(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers`."""
    repository, issue, pull = pulls.one(ask)
    gone = {str(each).lower() for each in ask.body["reviewers"]}
    kept = tuple(each for each in pull.reviewers if each.lower() not in gone)
    return said(_asked(ask, repository, issue, kept))


def _asked(ask: Ask, repository: Repository, issue: Issue, reviewers: tuple[str, ...]) -> Content:
    pull = issue.pull
    if pull is None:
        raise not_found()
    before = pull.reviewers
    pull = replace(pull, reviewers=reviewers)
    issue = replace(issue, pull=pull, changed_at_s=ask.world.now())
    repository.issues[issue.number] = issue
    for action, more, fewer in (
        ("review_requested", reviewers, before),
        ("review_request_removed", before, reviewers),
    ):
        for login in (each for each in more if each not in fewer):
            who = accounts.named(ask.world, login)
            more_told: dict[str, Any] = {"requested_reviewer": who}
            events.tell_of_issue(ask.world, repository, issue, action, ask.me, **more_told)
    return cards.pull(ask.world, repository, issue, pull)


def _told(world: World, repository: Repository, issue: Issue) -> Content:
    if issue.pull is None:
        raise not_found()
    return cards.pull(world, repository, issue, issue.pull)


def _one(ask: Ask) -> tuple[Repository, Issue, Review]:
    repository, issue, _ = pulls.one(ask)
    found = repository.reviews.get(ask.number("review_id"))
    if found is None or found.pull != issue.number or not _seen(ask, found):
        raise not_found()
    return repository, issue, found


def _seen(ask: Ask, review: Review) -> bool:
    return review.state != PENDING or review.author == ask.caller.login


def _pending_of(ask: Ask, review: Review, issue: Issue) -> bool:
    mine = review.author == ask.caller.login and review.pull == issue.number
    return mine and review.state == PENDING


def _refuse_event(ask: Ask, issue: Issue, event: str, body: str) -> None:
    if event != "COMMENT" and issue.author == ask.caller.login:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise _unprocessable(f"Can not {verb} your own pull request")
    if event != "APPROVE" and not body.strip():
        raise _unprocessable("Body can't be blank")


def _unprocessable(text: str) -> TroubleError:
    told: Any = text
    return TroubleError(Trouble(422, "Unprocessable Entity", (told,)))
