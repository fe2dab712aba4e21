"""What a simulated GitHub keeps: frozen values, replaced when something changes, so that any thread may
read them. Instants are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.wire import Content


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody: `kind` is User, Organization or Bot."""

    number: int
    login: str
    kind: str
    made_at_s: float


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository; `color` is six hexadecimal digits."""

    number: int
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a pull request: a branch of a repository (its full name), and where it stands."""

    repository: str
    ref: str
    sha: str


@dataclass(frozen=True, slots=True)
class Pull:
    """What makes an issue a pull request."""

    head: Side
    base: Side
    draft: bool = False
    may_modify: bool = True
    reviewers: tuple[str, ...] = ()
    merged_at_s: float | None = None
    merged_by: str = ""
    merge_sha: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or a pull request, which share their numbers; people are known by their logins."""

    id: int
    number: int
    title: str
    body: str | None = field(repr=False)
    author: str
    made_at_s: float
    changed_at_s: float
    state: str = "open"
    reason: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    locked: bool = False
    lock_reason: str | None = None
    closed_at_s: float | None = None
    closed_by: str = ""
    pull: Pull | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request, which `issue` is the number of."""

    id: int
    issue: int
    author: str
    body: str = field(repr=False)
    made_at_s: float
    changed_at_s: float


@dataclass(frozen=True, slots=True)
class Review:
    """A review of the pull request numbered `pull`; PENDING until it is submitted."""

    id: int
    pull: int
    author: str
    body: str = field(repr=False)
    state: str
    sha: str
    at_s: float | None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What an app found out about a commit."""

    id: int
    name: str
    sha: str
    status: str
    conclusion: str | None
    started_at_s: float
    completed_at_s: float | None
    details_url: str | None
    external_id: str | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """One word on a commit, in a context."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    author: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a repository, or the app, tells of events."""

    number: int
    url: str
    content_type: str
    insecure_ssl: str
    secret: Secret | None
    events: tuple[str, ...]
    active: bool
    made_at_s: float
    changed_at_s: float


@dataclass(frozen=True, slots=True)
class Installation:
    """The app on an account, with what it may do there; `repositories` None is all of them."""

    number: int
    account: str
    permissions: Mapping[str, str]
    made_at_s: float
    repositories: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token of an installation opens, and until when."""

    installation: int
    permissions: Mapping[str, str]
    repositories: frozenset[int] | None
    ends_at_s: float
