"""Diagnosis: which known mistake explains a delivery that did not verify.

The delivery is verified again as if one thing had been otherwise. It is pure, and looks at everything
whatever it finds on its way, so that how long it takes says nothing of what was found. It never asks
for a key, for no stranger should be able to have us fetch one. What it finds is for the operator: it
quotes nothing that was sent, and of a key it names the reference only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Coverage, Reason, Verified
from bridgewright.core.signing import absence, altered, clocks, secret_forms
from bridgewright.core.signing.webhook import PLAIN, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bridgewright.core.model.inbound import Delivery, Rejected
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.webhook import Webhook

MOST_BYTES = 1_048_576
"""The largest body that is verified again: some hundred digests of a larger one take too long."""


@dataclass(frozen=True, slots=True)
class Party:
    """A source as a diagnosis knows it. `key_names` are the references of `keys`, in their order;
    `spares` are keys at hand that it does not accept, by reference: the one before, the test key."""

    source: str
    webhook: Webhook = field(repr=False)
    keys: tuple[Secret, ...] = field(repr=False)
    key_names: tuple[str, ...]
    terms: Terms = field(default=PLAIN, repr=False)
    spares: tuple[tuple[str, Secret], ...] = field(default=(), repr=False)

    def bind(self, keys: Sequence[Secret], terms: Terms | None = None) -> Scheme | None:
        """Its provider's scheme with these keys; None where they do not fit."""
        try:
            return self.webhook.scheme(keys, self.terms if terms is None else terms)
        except ConfigurationError:
            return None

    @property
    def times(self) -> bool:
        """Whether its provider signs a time."""
        return bool(self.webhook.facts.coverage & Coverage.TIME)

    @property
    def named_keys(self) -> Iterator[tuple[str, Secret]]:
        """Its keys by reference, then those it does not accept."""
        yield from zip(self.key_names, self.keys, strict=False)
        yield from self.spares


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else there is: the other sources, the catalogue (each provider's title with the fields
    that its signature stands in), and when each source was last sent something that verified."""

    others: tuple[Party, ...] = ()
    catalogue: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    heard: Mapping[str, Moment] = field(default_factory=dict)


def diagnose(party: Party, delivery: Delivery, rejected: Rejected, around: Surroundings) -> Finding:
    """What explains it, the likeliest first; `Mistake.NONE_KNOWN` when nothing does. Never raises,
    whatever bytes come."""
    again = len(delivery.body) <= MOST_BYTES
    found = [
        _other_source(party, delivery, around) if again else None,
        *_header_rules(party, delivery, rejected, around),
        *(_key_rules(party, delivery, around) if again else ()),
        *(_sent_rules(party, delivery) if again else ()),
    ]
    return next((each for each in found if each is not None), _nothing(delivery))


def _nothing(delivery: Delivery) -> Finding:
    wrong = "none of the known mistakes explains it"
    if len(delivery.body) > MOST_BYTES:
        wrong += f"; a body of more than {MOST_BYTES} bytes is not verified again"
    step = "compare the secret with the provider's; if they are equal, this was not sent by it"
    return Finding(Mistake.NONE_KNOWN, wrong, "", step)


def verified(scheme: Scheme | None, delivery: Delivery, now: Moment) -> Verified | None:
    """What the scheme makes of it, when that is a verification."""
    found = None if scheme is None else scheme.verify(delivery, now)
    return found if isinstance(found, Verified) else None


def _header_rules(
    party: Party, delivery: Delivery, rejected: Rejected, around: Surroundings
) -> Iterator[Finding | None]:
    yield _twice(party, delivery)
    if rejected.reason in {Reason.STALE, Reason.FUTURE}:
        yield _clock(party, delivery, around)
    if rejected.reason is Reason.MISSING:
        yield absence.explained(party.webhook, delivery.headers, around.catalogue)


def _twice(party: Party, delivery: Delivery) -> Finding | None:
    scheme = party.bind(party.keys)
    found = None
    for words, headers in absence.undoubled(delivery.headers):
        alone = replace(delivery, headers=headers)
        if verified(scheme, alone, delivery.received_at) and found is None:
            wrong = "a header field of the signature comes twice"
            step = "find the proxy that adds it again: a field of one name is to come once"
            found = Finding(Mistake.HEADER_TWICE, wrong, words, step)
    return found


def _clock(party: Party, delivery: Delivery, around: Surroundings) -> Finding | None:
    patient = replace(party.terms, tolerance_s=clocks.WINDOW_S)
    scheme = party.bind(party.keys, patient)
    age_s = None
    for shift_s, at in clocks.instants(delivery.received_at):
        seen = verified(scheme, delivery, at)
        if seen is not None and seen.age_s is not None and age_s is None:
            age_s = seen.age_s + shift_s
    times = frozenset(other.source for other in around.others if other.times)
    heard = {name: at for name, at in around.heard.items() if name in times}
    own = around.heard.get(party.source)
    return clocks.explained(age_s, delivery.received_at, own, tuple(heard.values()))


def _key_rules(party: Party, delivery: Delivery, around: Surroundings) -> Iterator[Finding | None]:
    yield _other_key(party, delivery, around)
    yield _secret_form(party, delivery)


def _other_source(party: Party, delivery: Delivery, around: Surroundings) -> Finding | None:
    """Verifies by another provider's rules as a delivery to another source of ours."""
    found = None
    for other in around.others:
        if other.webhook.provider == party.webhook.provider:
            continue
        seen = verified(other.bind(other.keys), delivery, delivery.received_at)
        if seen is not None and found is None:
            wrong = f"it was sent to source {party.source} and is signed for source {other.source}"
            step = f"give {other.webhook.facts.title} the URL of source {other.source}"
            found = Finding(Mistake.OTHER_SOURCE, wrong, f"source {other.source}", step)
    return found


def _other_key(party: Party, delivery: Delivery, around: Surroundings) -> Finding | None:
    """Signed under a key that is at hand and that this source does not accept."""
    candidates = [(name, key, "") for name, key in party.spares]
    for other in around.others:
        if other.webhook.provider == party.webhook.provider:
            candidates += [(name, key, other.source) for name, key in other.named_keys]
    found = None
    for name, key, owner in candidates:
        if key in party.keys:
            continue
        seen = verified(party.bind((key,)), delivery, delivery.received_at)
        if seen is not None and found is None:
            found = _signed_under(party, name, owner)
    return found


def _signed_under(party: Party, name: str, owner: str) -> Finding:
    whose = f" of source {owner}" if owner else ""
    wrong = f"it is signed under another key than this source accepts: {name}{whose}"
    step = f'add "{name}" to secrets of source {party.source}'
    step += f", or give the provider the URL of source {owner}" if owner else ""
    return Finding(Mistake.OTHER_KEY, wrong, f"the key {name}{whose}", step)


def _secret_form(party: Party, delivery: Delivery) -> Finding | None:
    """Signed under what somebody took one of our keys for."""
    scheme = party.bind(party.keys)
    found = None
    for name, key in zip(party.key_names, party.keys, strict=False):
        for words, raw in secret_forms.forms(key.reveal()):
            made = scheme and secret_forms.with_key(scheme, party.bind, raw)
            if verified(made, delivery, delivery.received_at) and found is None:
                wrong = f"the sender takes the secret {name} for another key than we do"
                step = (
                    "have both sides use the secret as the provider's page says: whole or without"
                )
                step += " its prefix, as text or decoded"
                found = Finding(Mistake.SECRET_FORM, wrong, words, step)
    return found


def _sent_rules(party: Party, delivery: Delivery) -> Iterator[Finding | None]:
    own = party.bind(party.keys)
    found = absence.body_gone(delivery)
    for each in _alterations(party, delivery):
        scheme = own
        if each.public_url is not None:
            scheme = party.bind(party.keys, replace(party.terms, public_url=each.public_url))
        if verified(scheme, each.delivery, delivery.received_at) and found is None:
            found = Finding(each.mistake, each.wrong, each.matched, each.step)
    yield found


def _alterations(party: Party, delivery: Delivery) -> Iterator[altered.Altered]:
    if party.webhook.facts.coverage & Coverage.URL:
        yield from altered.urls(delivery, party.terms.public_url)
    yield from altered.bodies(delivery)
