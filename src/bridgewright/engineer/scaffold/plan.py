"""What an integration is to be: what was asked for, with what its specification says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.manifest.words import Auth, AuthKind, Retry, Sameness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.manifest.words import Version
    from bridgewright.engineer.scaffold.drafts import Draft
    from bridgewright.engineer.scaffold.papers import Content

TIMEOUT_S = 8.0
"""Of a whole call, unless told: shorter than the ten seconds that the engine waits for a byte, so that
an operation's own timeout is what ends it, and a test notices when it is gone."""
RATE_PER_S, CONCURRENCY = 10.0, 10
"""What a provider that publishes no limit is spared."""
CREDENTIALS: dict[AuthKind, tuple[tuple[str, str, str], ...]] = {
    AuthKind.NONE: (),
    AuthKind.API_KEY: (("api_key", "API_KEY", "The key of the account."),),
    AuthKind.BEARER: (("token", "TOKEN", "The token of the account."),),
    AuthKind.BASIC: (
        ("username", "USERNAME", "The name of the account."),
        ("password", "PASSWORD", "Its password."),
    ),
    AuthKind.OAUTH2: (
        ("client_id", "CLIENT_ID", "The name of our client, which tokens are granted to."),
        ("client_secret", "CLIENT_SECRET", "Its secret."),
    ),
}
"""What each kind is made of: the connection's name of it, the end of its variable, and what it is."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Webhooks: how they are signed, the variable of the key, the events that are handed over, each with
    a body that the provider could send."""

    scheme: str
    variable: str
    events: tuple[str, ...]
    samples: tuple[Any, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """One integration. `package` is what it is imported by, `folder` where it lies. `guarded` says that the
    specification wants the credentials that calls are made with, so that its simulator may look for them."""

    name: str
    title: str
    owner: str
    package: str
    folder: str
    base_url: str
    auth: Auth
    drafts: tuple[Draft, ...]
    spec: Content = field(repr=False)
    version: Version | None = None
    hook: Hook | None = None
    timeout_s: float = TIMEOUT_S
    guarded: bool = True

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """Every variable that it reads, and what it holds."""
        rows = zip(self.auth.secrets, CREDENTIALS[self.auth.kind], strict=True)
        found = [(name, what) for name, (_, _, what) in rows]
        if self.hook is not None:
            found.append((self.hook.variable, "The key that webhooks are signed with."))
        return tuple(found)

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """The connection's credentials: what each is called there, and its variable."""
        rows = zip(CREDENTIALS[self.auth.kind], self.auth.secrets, strict=True)
        return tuple((row[0], variable) for row, variable in rows)

    @property
    def key_header(self) -> str:
        """The field that carries idempotency keys, "" where no operation has one."""
        return next((each.header for each in self.drafts if each.header), "")

    @property
    def keyed(self) -> tuple[str, ...]:
        """The operations that carry one."""
        return tuple(e.call for e in self.drafts if e.idempotency is Sameness.KEY)

    @property
    def never(self) -> tuple[Draft, ...]:
        """The operations that are not sent again once they may have happened."""
        return tuple(each for each in self.drafts if each.retry is Retry.NEVER)

    @property
    def error(self) -> str:
        """What the error is called that tells of an answer that does not fit."""
        return f"{''.join(part.capitalize() for part in self.name.split('_'))}AnswerError"


def variables_of(name: str, kind: AuthKind) -> tuple[str, ...]:
    """The names of the variables that hold an integration's credentials."""
    return tuple(f"{name.upper()}_{end}" for _, end, _ in CREDENTIALS[kind])


def first(drafts: Sequence[Draft], methods: frozenset[str]) -> Draft | None:
    """The first operation of one of these methods that answers with something, if there is one."""
    return next((each for each in drafts if each.method in methods and each.answer), None)
