"""The simulated providers there are, each imported when it is wanted."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.simulate.simulator import Simulator

_PLACES = {
    "aws": "bridgewright.simulate.aws.simulator:AwsSimulator",
    "github": "bridgewright.simulate.github.simulator:GitHubSimulator",
    "sendgrid": "bridgewright.simulate.sendgrid.simulator:SendGridSimulator",
    "slack": "bridgewright.simulate.slack.simulator:SlackSimulator",
    "stripe": "bridgewright.simulate.stripe.simulator:StripeSimulator",
    "twilio": "bridgewright.simulate.twilio.simulator:TwilioSimulator",
}


class UnknownProviderError(ValueError):
    """Nobody simulates a provider of this name; the text names those who are."""


def names() -> tuple[str, ...]:
    """The providers that are simulated, in alphabetical order."""
    return tuple(sorted(_PLACES))


def simulator(name: str, **options: Any) -> Simulator:
    """A simulator that has not started; `options` are those every one has: clock, faults, slow_s."""
    place = _PLACES.get(name)
    if place is None:
        near = difflib.get_close_matches(name, _PLACES, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownProviderError(
            f"{name!r} is not simulated; those that are: {', '.join(names())}.{hint}"
        )
    module, _, made = place.partition(":")
    found: Simulator = getattr(import_module(module), made)(**options)
    return found
