"""What one provider's webhook is made of: the form in which connectors hand theirs over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bridgewright.core.model.inbound import (
        Answer,
        Coverage,
        Delivery,
        Fetch,
        Handshake,
        WebhookProfile,
    )
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reader, Scheme


@dataclass(frozen=True, slots=True)
class Option:
    """Something a source tells its provider's rules beside its keys.

    `secret` ones are given by reference, and from the environment variable `variable` when they are
    left out. `needed` ones have no default. `form` says what is wrong with a text, or nothing.
    """

    name: str
    what: str
    secret: bool = False
    needed: bool = False
    example: str = ""
    default_text: str = "none"
    variable: str = ""
    form: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a source tells its scheme beside its keys.

    `tolerance_s` of None is the scheme's own. `public_url` is the URL of this source as the provider
    was given it, without query; empty when nobody configured it. `options` and `secrets` hold what
    was given of the webhook's options.
    """

    tolerance_s: float | None = None
    public_url: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)


PLAIN = Terms()
"""Nothing beside the keys."""


class SchemeMaker(Protocol):
    """Binds keys to a scheme. An unfit key or option is a `ConfigurationError` here, not later."""

    def __call__(self, keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A delivery as its provider sends it: the header fields that sign it, its body (some carry the
    signature inside), and the query of its URL."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    query: bytes = b""


class Signer(Protocol):
    """Signs as the provider does: for simulators, tests, and whoever sends on what came.

    Several keys make several signatures where the scheme can hold them; otherwise the first signs.
    `message_id` names the event where the scheme signs an id, `url` is where the delivery goes, where
    the scheme signs that.
    """

    def __call__(
        self, keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
    ) -> Signed: ...


class Greeting(Protocol):
    """Answers what a provider asks before, or beside, its events. Total functions both."""

    def before(self, delivery: Delivery) -> Answer | None:
        """The answer to what is asked without a signature (a GET included), or None: verify it."""

    def after(self, delivery: Delivery) -> Handshake | None:
        """The answer to a verified delivery that needs our keys or terms, or None: read it."""


class GreetingMaker(Protocol):
    """Binds keys and terms to a greeting."""

    def __call__(self, keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting: ...


class Checked(StrEnum):
    """Against what the rules of a signature were checked. Only memory is NOT: such a scheme works
    for nobody who has not said `allow_unchecked`."""

    LIBRARY = "the vendor's library"
    VECTOR = "a published example"
    DOCUMENTATION = "the vendor's documentation"
    NOT = "nothing but memory"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader of the catalogue wants to know of a provider's webhooks, each a short phrase.

    `sources` name what stands behind the rest, with dates. `how` says how the signature's rules were
    checked. `weak` says why what is signed proves little, empty when the whole body is bound.
    """

    title: str
    coverage: Coverage
    freshness: str
    dedupe: str
    event_type: str
    sources: tuple[str, ...]
    checked: Checked
    how: str
    handshake: str = ""
    batch: str = ""
    answer: str = ""
    deadline: str = ""
    retries: str = ""
    weak: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A provider's inbound half.

    `read` reads a delivery; `reader` makes it of what the source tells, where that decides how.
    `secret_variable` is the conventional environment variable of the first key, `key_what` says
    where to find it; `example_key` has its form and proves nothing, for files that `init` writes.
    `fetch` names the provider's read operation for an event of type, body and
    provider's id, where its signature alone should not be acted on. `signature_fields` are the header
    fields (lower case) that a delivery of this provider's is known by: each may hold its signature or
    token, or, where that stands in the body, is another of its own. Empty where there are none. `order` and
    `resource` are the places (`core.lifecycle.placing`) of what its events are put in order by, and of
    what they tell of: the first that holds something counts. `wrap` makes of one event of a batch, as it
    is stored, the delivery that it would have come in by itself; None where events come alone.
    """

    provider: str
    secret_variable: str
    profile: WebhookProfile
    scheme: SchemeMaker
    read: Reader
    sign: Signer
    facts: Facts
    options: tuple[Option, ...] = ()
    greet: GreetingMaker | None = None
    reader: Callable[[Terms], Reader] | None = None
    fetch: Callable[[str, bytes, str | None], Fetch | None] | None = None
    key_what: str = "the signing secret of the webhook"
    example_key: str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature_fields: tuple[bytes, ...] = ()
    order: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    wrap: Callable[[bytes], bytes] | None = None


def no_options(provider: str, terms: Terms, allowed: Sequence[Option] = ()) -> None:
    """Refuse options that the provider does not have, and the absence of those that are needed."""
    known = {option.name for option in allowed}
    for name in (*terms.options, *terms.secrets):
        if name not in known:
            told = f"it has {', '.join(sorted(known))}" if known else "it has none"
            problem = f"{provider} has no option {name!r}"
            raise ConfigurationError(problem, remedy=f"remove it: {told}")
    for option in allowed:
        if option.needed and option.name not in {*terms.options, *terms.secrets}:
            problem = f"{provider} needs the option {option.name}: {option.what}"
            remedy = f"[sources.{provider}.options] {option.name} = {option.example!r}"
            raise ConfigurationError(problem, remedy=remedy)
        text = terms.options.get(option.name)
        wrong = option.form(text) if option.form is not None and text is not None else None
        if wrong is not None:
            problem = f"the option {option.name} of {provider} {wrong}"
            raise ConfigurationError(problem, remedy=f"for example {option.example}")
