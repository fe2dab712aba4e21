"""What the commands of plans print alike: a plan, how far it is, and who does it."""

from __future__ import annotations

import getpass
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgewright.core.model.fact import PlanExtended
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.planning import Plan, PlanState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.bridge import Bridge
    from bridgewright.cli.screen import Screen
    from bridgewright.core.model.fact import Fact


def actor() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in this container
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def counts(found: Mapping[str, int]) -> str:
    """Counts by name as one line, none left out but zeros."""
    return ", ".join(f"{n} {name}" for name, n in sorted(found.items()) if n)


def tell_plan(screen: Screen, plan: Plan) -> None:
    """A plan as names and values."""
    moved = plan.state not in (PlanState.FREEZING, PlanState.FROZEN)
    causes = counts(plan.by_cause)
    care = plan.caution
    cautions = (
        f"canary {care.canary}" if care.canary is not None else "",
        f"{care.pace_per_s:g} a second" if care.pace_per_s is not None else "",
        f"stop after {care.stop_after}" if care.stop_after is not None else "",
    )
    screen.fields(
        [
            ("plan", plan.id),
            ("verb", plan.verb),
            ("state", plan.state),
            ("why", plan.why),
            ("names", f"{plan.total} ({causes})" if causes else plan.total),
            ("expected", counts(plan.by_prospect)),
            ("put back", plan.put_back if moved else None),
            ("skipped", plan.skipped or None),
            ("failed", plan.failed or None),
            ("remaining", plan.remaining or None),
            ("caution", ", ".join(filter(None, cautions))),
            ("reason", plan.reason),
            ("by", f"{plan.actor} at {as_text(plan.created_at)}"),
            ("hash", plan.content_hash),
        ]
    )


@contextmanager
def freezing(bridge: Bridge) -> Iterator[None]:
    """Say on a terminal how much a plan names by now, while it is being frozen."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only

    with Console(stderr=True).status("freezing") as status:

        def hear(fact: Fact) -> None:
            if isinstance(fact, PlanExtended):
                status.update(f"freezing: {fact.total:,} named")

        bridge.observe(hear)
        yield


@contextmanager
def progress(plan: Plan) -> Iterator[Callable[[Plan], None]]:
    """A bar on a terminal that is not done at once; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _plan: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("putting back", total=plan.total, completed=plan.total - plan.remaining)
        yield lambda now: bar.update(task, completed=now.total - now.remaining)
