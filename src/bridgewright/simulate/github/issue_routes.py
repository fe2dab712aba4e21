"""The operations on issues, pull requests and what hangs on them."""

from __future__ import annotations

from bridgewright.simulate.github import comments, issues, labels, pulls, reviews, shapes
from bridgewright.simulate.github.route import PAGES, route
from bridgewright.simulate.github.schema import listed

_READ, _WRITE, _TRIAGE = (
    f"issues|pull_requests:{each}" for each in ("read", "write", "write:push")
)
_SEE, _PROPOSE, _LAND = "pull_requests:read", "pull_requests:write", "contents:write:push"
_ASK = "pull_requests:write:push"
_ISSUE, _ON = "issues/{issue_number}", "issues/{issue_number}/labels"
_PULL = "pulls/{pull_number}"
_WANTED = (
    f"{PAGES} state:open|closed|all labels:string sort:created|updated|comments"
    " direction:asc|desc since:string assignee:string creator:string mentioned:string"
    " milestone:string"
)
_LISTED = (
    f"{PAGES} state:open|closed|all head:string base:string direction:asc|desc"
    " sort:created|updated|popularity|long-running"
)
_SINCE = f"{PAGES} since:string"
_ALL = f"{_SINCE} sort:created|updated direction:asc|desc"
_LABELS = listed(shapes.LABEL)

ISSUES = (
    route(
        "POST issues",
        "issues.create",
        issues.create,
        shapes.ISSUE,
        status=201,
        body=shapes.ASKED_ISSUE,
        needs="issues:write",
        creates=True,
    ),
    route(
        "GET issues",
        "issues.list_for_repo",
        issues.list_for_repo,
        listed(shapes.ISSUE),
        query=_WANTED,
        needs="issues:read",
    ),
    route(
        "GET issues/comments",
        "issues.list_comments_for_repo",
        comments.list_comments_for_repo,
        listed(shapes.COMMENT),
        query=_ALL,
        needs=_READ,
    ),
    route(
        "GET issues/comments/{comment_id}",
        "issues.get_comment",
        comments.get_comment,
        shapes.COMMENT,
        needs=_READ,
    ),
    route(
        "PATCH issues/comments/{comment_id}",
        "issues.update_comment",
        comments.update_comment,
        shapes.COMMENT,
        body=shapes.ASKED_BODY,
        needs=_WRITE,
    ),
    route(
        "DELETE issues/comments/{comment_id}",
        "issues.delete_comment",
        comments.delete_comment,
        status=204,
        needs=_WRITE,
    ),
    route(f"GET {_ISSUE}", "issues.get", issues.get, shapes.ISSUE, needs=_READ),
    route(
        f"PATCH {_ISSUE}",
        "issues.update",
        issues.update,
        shapes.ISSUE,
        body=shapes.CHANGED_ISSUE,
        needs=_WRITE,
    ),
    route(
        f"PUT {_ISSUE}/lock",
        "issues.lock",
        issues.lock,
        status=204,
        body=shapes.LOCKING,
        needs=_TRIAGE,
    ),
    route(f"DELETE {_ISSUE}/lock", "issues.unlock", issues.unlock, status=204, needs=_TRIAGE),
    route(
        f"POST {_ISSUE}/assignees",
        "issues.add_assignees",
        issues.add_assignees,
        shapes.ISSUE,
        status=201,
        body=shapes.PEOPLE,
        needs=_TRIAGE,
    ),
    route(
        f"DELETE {_ISSUE}/assignees",
        "issues.remove_assignees",
        issues.remove_assignees,
        shapes.ISSUE,
        body=shapes.PEOPLE,
        needs=_TRIAGE,
    ),
    route(
        f"POST {_ISSUE}/comments",
        "issues.create_comment",
        comments.create_comment,
        shapes.COMMENT,
        status=201,
        body=shapes.ASKED_BODY,
        needs=_WRITE,
        creates=True,
    ),
    route(
        f"GET {_ISSUE}/comments",
        "issues.list_comments",
        comments.list_comments,
        listed(shapes.COMMENT),
        query=_SINCE,
        needs=_READ,
    ),
    route(
        f"GET {_ON}",
        "issues.list_labels_on_issue",
        labels.list_labels_on_issue,
        _LABELS,
        query=PAGES,
        needs=_READ,
    ),
    route(
        f"POST {_ON}",
        "issues.add_labels",
        labels.add_labels,
        _LABELS,
        body=shapes.ASKED_LABELS,
        needs=_TRIAGE,
    ),
    route(
        f"PUT {_ON}",
        "issues.set_labels",
        labels.set_labels,
        _LABELS,
        body=shapes.ASKED_LABELS,
        needs=_TRIAGE,
    ),
    route(
        f"DELETE {_ON}",
        "issues.remove_all_labels",
        labels.remove_all_labels,
        status=204,
        needs=_TRIAGE,
    ),
    route(
        f"DELETE {_ON}/{{name}}",
        "issues.remove_label",
        labels.remove_label,
        _LABELS,
        needs=_TRIAGE,
    ),
    route(
        "POST labels",
        "issues.create_label",
        labels.create_label,
        shapes.LABEL,
        status=201,
        body=shapes.ASKED_LABEL,
        needs=_TRIAGE,
        creates=True,
    ),
    route(
        "GET labels",
        "issues.list_labels_for_repo",
        labels.list_labels_for_repo,
        _LABELS,
        query=PAGES,
        needs=_READ,
    ),
    route("GET labels/{name}", "issues.get_label", labels.get_label, shapes.LABEL, needs=_READ),
    route(
        "PATCH labels/{name}",
        "issues.update_label",
        labels.update_label,
        shapes.LABEL,
        body=shapes.CHANGED_LABEL,
        needs=_TRIAGE,
    ),
    route(
        "DELETE labels/{name}",
        "issues.delete_label",
        labels.delete_label,
        status=204,
        needs=_TRIAGE,
    ),
)

PULLS = (
    route(
        "POST pulls",
        "pulls.create",
        pulls.create,
        shapes.FULL_PULL,
        status=201,
        body=shapes.ASKED_PULL,
        needs=_PROPOSE,
        creates=True,
    ),
    route(
        "GET pulls",
        "pulls.list",
        pulls.list_pulls,
        listed(shapes.PULL),
        query=_LISTED,
        needs=_SEE,
    ),
    route(f"GET {_PULL}", "pulls.get", pulls.get, shapes.FULL_PULL, needs=_SEE),
    route(
        f"PATCH {_PULL}",
        "pulls.update",
        pulls.update,
        shapes.FULL_PULL,
        body=shapes.CHANGED_PULL,
        needs=_PROPOSE,
    ),
    route(
        f"GET {_PULL}/commits",
        "pulls.list_commits",
        pulls.list_commits,
        listed(shapes.COMMIT),
        query=PAGES,
        needs=_SEE,
    ),
    route(
        f"GET {_PULL}/files",
        "pulls.list_files",
        pulls.list_files,
        listed(shapes.FILE),
        query=PAGES,
        needs=_SEE,
    ),
    route(
        f"GET {_PULL}/merge",
        "pulls.check_if_merged",
        pulls.check_if_merged,
        status=204,
        needs=_SEE,
    ),
    route(
        f"PUT {_PULL}/merge",
        "pulls.merge",
        pulls.merge,
        shapes.MERGED,
        body=shapes.MERGING,
        needs=_LAND,
    ),
    route(
        f"GET {_PULL}/requested_reviewers",
        "pulls.list_requested_reviewers",
        reviews.list_requested_reviewers,
        shapes.REVIEWERS,
        needs=_SEE,
    ),
    route(
        f"POST {_PULL}/requested_reviewers",
        "pulls.request_reviewers",
        reviews.request_reviewers,
        shapes.PULL,
        status=201,
        body=shapes.ASKED_REVIEWERS,
        needs=_ASK,
    ),
    route(
        f"DELETE {_PULL}/requested_reviewers",
        "pulls.remove_requested_reviewers",
        reviews.remove_requested_reviewers,
        shapes.PULL,
        body=shapes.DROPPED_REVIEWERS,
        needs=_ASK,
    ),
    route(
        f"POST {_PULL}/reviews",
        "pulls.create_review",
        reviews.create_review,
        shapes.REVIEW,
        body=shapes.ASKED_REVIEW,
        needs=_PROPOSE,
        creates=True,
    ),
    route(
        f"GET {_PULL}/reviews",
        "pulls.list_reviews",
        reviews.list_reviews,
        listed(shapes.REVIEW),
        query=PAGES,
        needs=_SEE,
    ),
    route(
        f"GET {_PULL}/reviews/{{review_id}}",
        "pulls.get_review",
        reviews.get_review,
        shapes.REVIEW,
        needs=_SEE,
    ),
    route(
        f"POST {_PULL}/reviews/{{review_id}}/events",
        "pulls.submit_review",
        reviews.submit_review,
        shapes.REVIEW,
        body=shapes.SUBMITTED_REVIEW,
        needs=_PROPOSE,
        creates=True,
    ),
)
