"""`webhooks.py`: the events that are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.plan import Hook, Plan


def webhooks_file(plan: Plan, hook: Hook) -> str:
    """The module."""
    return f'''"""What {plan.title} tells of by webhooks.

The inbox verifies each delivery by the scheme {hook.scheme} before anything of it is parsed, and keeps
it; the worker hands it over, at least once. What is done about it is the application's to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright import Bridge, Event

SOURCE = {plan.name!r}
EVENTS = {hook.events!r}


def hand_over(bridge: Bridge, handler: Callable[[Event], None]) -> None:
    """Have the worker call `handler` with each of EVENTS; what it does must bear being done twice."""
    for event_type in EVENTS:
        bridge.on(SOURCE, event_type)(handler)
'''
