"""What every simulated provider offers whoever operates it: a test, a person, a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.dispatch import Dispatch
    from bridgewright.simulate.stand import Stand
    from bridgewright.simulate.wire import Content


class Simulator(Protocol):
    """A provider on loopback. `stand` serves it, `dispatch` tells its webhooks."""

    stand: Stand[Any]
    dispatch: Dispatch

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The events that `trigger` can make happen, each with the paths it can be told values for."""
        ...

    def start(self, port: int = 0) -> str:
        """Open for business; the base URL of its API."""
        ...

    def close(self) -> None:
        """Hang up on everybody."""
        ...

    def state(self) -> Content:
        """Everything it holds, as JSON, without a secret."""
        ...

    def reset(self) -> None:
        """Be as new: no objects, no endpoints, no journal, the first ids again."""
        ...

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Make something happen, with all that belongs to it; the event as its webhook carries it.

        UnknownTriggerError for an event that is none of `triggers`, or a path it has no value at.
        """
        ...


def open_stand(simulator: Simulator, port: int) -> str:
    """Open a simulator's port, and begin to send its webhooks; the URL."""
    url = simulator.stand.start(port)
    if simulator.stand.thread is not None:
        simulator.dispatch.open(simulator.stand.thread)
    return url


def close_stand(simulator: Simulator) -> None:
    """Send no more webhooks, hang up on everybody."""
    simulator.dispatch.close()
    simulator.stand.close()


class UnknownTriggerError(ValueError):
    """Nothing of this name can be made to happen, or nothing has this place; the text lists what can."""


def refuse_unknown(
    triggers: Mapping[str, tuple[str, ...]], event_type: str, overrides: Mapping[str, str]
) -> None:
    """UnknownTriggerError for what a provider cannot make happen: nothing is ignored in silence."""
    if event_type not in triggers:
        raise UnknownTriggerError(
            f"{event_type!r} cannot be triggered; what can: {', '.join(sorted(triggers))}"
        )
    unknown = sorted(set(overrides) - set(triggers[event_type]))
    if unknown:
        raise UnknownTriggerError(
            f"{event_type} has no {', '.join(map(repr, unknown))}; it takes"
            f" {', '.join(sorted(triggers[event_type])) or 'nothing'}"
        )
