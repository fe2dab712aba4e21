"""The settings of one source. Each field carries its unit, bounds, default and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.placing import wrong_place
from bridgewright.core.signing import freshness
from bridgewright.core.signing.webhook import Terms
from bridgewright.settings.control import (
    wrong_after_death,
    wrong_order,
    wrong_patterns,
    wrong_priority,
    wrong_staleness,
)
from bridgewright.settings.described import Kind, refuse_wrong, setting
from bridgewright.settings.forms import wrong_name, wrong_path, wrong_url
from bridgewright.settings.references import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.secret import Secret
    from bridgewright.settings.forwarding import ForwardSettings
    from bridgewright.settings.values import InboxSettings

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One inbound endpoint.

    `name` is the table's own name. `provider` and `path` follow from it when they are empty;
    `tolerance_s`, `max_body_bytes` and `max_attempts` left None are the provider's and the
    worker's own. `key_names` are the references of `secrets`, in their order; numbers where none are
    given. `spare_keys`, by reference, are not accepted: they only serve to explain rejections.
    """

    name: str
    provider: str = setting(
        "",
        Kind.TEXT,
        "Whose webhooks these are: a connector by name.",
        default_text="the source's name",
        example="stripe",
        form=wrong_name,
    )
    path: str = setting(
        "",
        Kind.TEXT,
        "Where deliveries come in, below the mount point (`/webhooks` under `bridgewright serve`)."
        " No two sources may share one.",
        default_text='"/" and the source\'s name',
        example="/stripe",
        form=wrong_path,
    )
    secrets: tuple[Secret, ...] = setting(
        (),
        Kind.SECRETS,
        "The keys deliveries are verified with, by reference (`env:NAME`, `file:PATH`); any one of"
        " them may have signed, so that a key can be changed without losing a delivery. One alone"
        " may be given as `secret`.",
        default_text="the provider's own variable, and the same with _PREVIOUS if it is set",
        example="env:STRIPE_WEBHOOK_SECRET",
        also="secret",
    )
    tolerance_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How old, or how far in the future, a signed time may be. For schemes that sign a time.",
        default_text="the scheme's own: 300 where it signs a time",
        why="longer gives a stranger who saw a delivery more time to send it again",
        unit="seconds",
        least=freshness.SMALLEST_TOLERANCE_S,
        most=freshness.LARGEST_TOLERANCE_S,
    )
    max_body_bytes: int | None = setting(
        None,
        Kind.WHOLE,
        "Larger deliveries are turned away with 413 before anything is computed over them.",
        default_text="the provider's published maximum, or 1048576 (1 MiB) where none is known",
        unit="bytes",
        least=1_024,
        most=268_435_456,
    )
    dedupe_horizon_s: float = setting(
        7 * _DAY_S,
        Kind.NUMBER,
        "How long a delivery that comes again is recognised as a duplicate.",
        why="7 days, more than twice the 3 days that the most patient provider repeats one; below"
        " an hour even ordinary retries would pass as new",
        unit="seconds",
        least=3_600,
        most=90 * _DAY_S,
    )
    max_attempts: int | None = setting(
        None,
        Kind.WHOLE,
        "Attempts before an item of this source is a dead letter, the first included.",
        default_text="`max_attempts` of `[work]`",
        least=1,
        most=100,
    )
    public_url: str | None = setting(
        None,
        Kind.TEXT,
        "The URL that the provider was given for this source, without query: for schemes that sign"
        " it (Twilio, Square, HubSpot).",
        default_text="`public_url` of `[inbox]` and the source's path; where that is empty too, the"
        " URL as the request says it came",
        example="https://hooks.example.com/webhooks/twilio",
        form=wrong_url,
    )
    allow_unchecked: bool = setting(
        default=False,
        kind=Kind.FLAG,
        what="Use a scheme whose rules were checked against nothing but memory.",
        why="what is not checked may be wrong, in either direction: the catalogue says which are",
    )
    refetch: bool = setting(
        default=False,
        kind=Kind.FLAG,
        what="Mark this source's events `unproven`, with the operation of the provider that proves"
        " them: for sources whose signature binds too little of what it comes with.",
        why="most signatures cover the body, and need no second look",
    )
    longest_gap_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long this source may be silent. Beyond it a fact says so, once; another its end.",
        default_text="any length: some providers have nothing to say for weeks",
        why="a webhook that was switched off looks like a quiet day; only you know how quiet one can be",
        unit="seconds",
        least=60,
        most=90 * _DAY_S,
    )
    order: str = setting(
        "none",
        Kind.TEXT,
        "Of which events one runs at a time, the oldest first: those that hold the same at this place of"
        " their JSON (`data.object.customer`, `form:CallSid`, `header:NAME`); `connector` takes the"
        " places that the connector knows; `none` orders nothing.",
        why="most handlers do not mind, and order makes one slow event hold up those behind it",
        example="data.object.customer",
        form=wrong_order,
    )
    order_after_death: str = setting(
        "block",
        Kind.TEXT,
        "What becomes of the events behind a dead letter of their key: `block` has them wait until a"
        " person redrives or cancels it, `pass` goes on.",
        why="who asks for order seldom wants the second step of a thing whose first has failed",
        example="pass",
        form=wrong_after_death,
    )
    stale: str = setting(
        "handle",
        Kind.TEXT,
        "What becomes of an event that is older than one already handled for the same resource:"
        " `handle`, `flag` (`event.stale` is true), or `skip` (done without its handler).",
        why="only your handler knows whether an old event still matters",
        example="skip",
        form=wrong_staleness,
    )
    resource: str | None = setting(
        None,
        Kind.TEXT,
        "The place that says what an event tells of, for `stale`.",
        default_text="the places that the connector knows",
        example="data.object.id",
        form=wrong_place,
    )
    priority: str = setting(
        "normal",
        Kind.TEXT,
        "`high` has this source's events claimed before those of normal priority; one place in eight"
        " goes to a normal one all the same.",
        why="priority helps only where few have it",
        example="high",
        form=wrong_priority,
    )
    high_types: str | None = setting(
        None,
        Kind.TEXT,
        "Event types of high priority, divided by commas; `*` stands for anything.",
        default_text="none",
        example="charge.dispute.*, invoice.payment_failed",
        form=wrong_patterns,
    )
    concurrency: int | None = setting(
        None,
        Kind.WHOLE,
        "Attempts of this source that one worker runs at once.",
        default_text="`concurrency` of `[work]`",
        least=1,
        most=1_000,
    )
    rate_per_s: float | None = setting(
        None,
        Kind.NUMBER,
        "Attempts of this source that one worker begins in a second, evenly spaced.",
        default_text="as many as there are",
        unit="per second",
        least=0.001,
        most=10_000,
    )
    retention_days: float | None = setting(
        None,
        Kind.NUMBER,
        "How long items that ended well, or were cancelled, are kept, payload and all. What is waiting,"
        " leased or dead is never forgotten.",
        default_text="for ever",
        why="what is gone cannot be replayed: forgetting is a decision of yours",
        unit="days",
        least=0.01,
        most=3_650,
    )
    options: Mapping[str, str] = field(default_factory=dict)
    option_secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    forward: ForwardSettings | None = None
    key_names: tuple[str, ...] = field(default=(), compare=False)
    spare_keys: Mapping[str, Secret] = field(default_factory=dict, repr=False, compare=False)

    def terms(self, inbox: InboxSettings) -> Terms:
        """What this source tells its scheme beside its keys."""
        base = inbox.public_url
        url = self.public_url or ("" if base is None else base.rstrip("/") + self.path)
        return Terms(self.tolerance_s, url, self.options, self.option_secrets)

    def __post_init__(self) -> None:
        problem = wrong_name(self.name)
        if problem is not None:
            problem = f"the name of a source {problem}"
            raise ConfigurationError(problem, place="SourceSettings")
        object.__setattr__(self, "provider", self.provider or self.name)
        object.__setattr__(self, "path", self.path or f"/{self.name}")
        object.__setattr__(self, "key_names", named(self.name, self.key_names, self.secrets))
        refuse_wrong(self, but=frozenset({"secrets"}))
        if not self.secrets:
            problem = f"source {self.name!r} has no secret: nothing it receives could be verified"
            raise ConfigurationError(problem, place="SourceSettings")
