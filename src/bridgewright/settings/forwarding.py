"""Where events are forwarded to: keys, and the networks that are excepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.network import networks
from bridgewright.core.policy.targets import named, why_refused
from bridgewright.settings.described import Kind, needed, refuse_wrong, setting
from bridgewright.settings.forms import wrong_networks, wrong_url

if TYPE_CHECKING:
    from bridgewright.core.model.network import Network
    from bridgewright.core.model.secret import Secret

MOST_KEYS = 4
"""Two in a rotation, of both kinds where a target moves from one to the other."""


@dataclass(frozen=True, slots=True)
class ForwardSettings:
    """Where a source's events go when an application in another language handles them.

    `url` is not shown by `repr`: it may name what should stay inside.
    """

    url: str = needed(
        Kind.TEXT,
        "Each event is posted here, signed as Standard Webhooks.",
        example="http://127.0.0.1:3000/events",
        form=wrong_url,
    )
    secrets: tuple[Secret, ...] = needed(
        Kind.SECRETS,
        "The keys each event is signed with, by reference: `whsec_` keys, which the target holds too,"
        " sign as `v1`; `whsk_` keys, whose `whpk_` half it holds, as `v1a`. All of them sign, up to"
        " four, so that a key can be changed without losing an event: the new one first, the old one"
        " until the target has the new. One alone may be given as `secret`.",
        example="env:FORWARD_SECRET",
        also="secret",
    )
    allow: str | None = setting(
        None,
        Kind.TEXT,
        "Networks, divided by commas, that events may go to although they are not of the public"
        " internet: loopback, private, link-local and reserved ones are refused otherwise, by every"
        " address that the name in `url` has, at each connection. Addresses of a cloud's metadata are"
        " refused unless they are named alone.",
        default_text="none: only the public internet",
        why="a name can be made to lead to what trusts this machine (SSRF)",
        example="127.0.0.0/8",
        form=wrong_networks,
    )
    timeout_s: float = setting(
        15.0,
        Kind.NUMBER,
        "How long one forwarded request may take.",
        why="the shortest of the timeouts that Standard Webhooks recommends to senders (15 to 30 s)",
        unit="seconds",
        least=0.1,
        most=300,
    )

    def __post_init__(self) -> None:
        refuse_wrong(self, but=frozenset({"secrets"}))
        refuse_too_many(self.secrets)
        address = named(urlsplit(self.url).hostname or "")
        why = None if address is None else why_refused(address, self.allowed)
        if why is not None:
            problem = f"the url of a forward leads to an address {why}, where nothing is sent"
            remedy = f'if it is meant, set allow = "{address}"'
            raise ConfigurationError(problem, place="ForwardSettings", remedy=remedy)

    @property
    def allowed(self) -> tuple[Network, ...]:
        """The networks of `allow`."""
        return networks(self.allow or "")


def refuse_too_many(secrets: tuple[Secret, ...]) -> None:
    """Each key costs every event another signature, and its target another look."""
    if not 1 <= len(secrets) <= MOST_KEYS:
        problem = f"a forward has {len(secrets)} keys, and signs with 1 to {MOST_KEYS}"
        remedy = "keep the key in use, and the one it replaces"
        raise ConfigurationError(problem, place="ForwardSettings", remedy=remedy)
