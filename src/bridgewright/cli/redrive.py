"""`bridgewright redrive`: put dead letters back, by a plan that is looked at first."""

from __future__ import annotations

import getpass
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.operation import PlanState, Selection
from bridgewright.engine.operate import MAX_PLAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.bridge import Bridge
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.operation import Plan

DEFAULT_LIMIT = 1_000


@click.command(
    epilog="JSON: plan (a plan), applied (whether this command put it back). Redrive never runs a"
    " handler: what is put back waits for a worker."
)
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@options.source
@options.event_type
@options.cause
@options.since
@options.until
@click.option("--all", "every", is_flag=True, help="Every dead letter, without a condition.")
@options.limit(DEFAULT_LIMIT, MAX_PLAN)
@click.option("--reason", metavar="TEXT", help="Why it will work now; kept for good.")
@click.option("--plan", "plan_id", type=int, metavar="N", help="Show this plan, or apply it.")
@click.option("--apply", is_flag=True, help="Put back what the plan names.")
@options.as_json
def redrive(  # noqa: PLR0913 - one parameter an option
    *,
    ids: tuple[int, ...],
    source: str | None,
    event_type: str | None,
    cause: str | None,
    since: Moment | None,
    until: Moment | None,
    every: bool,
    limit: int,
    reason: str | None,
    plan_id: int | None,
    apply: bool,
    as_json: bool,
) -> None:
    """Put dead letters back to work: same item, fresh attempts, recorded reason.

    Without --apply nothing moves: the dead letters that match now are frozen into a plan, and the
    plan is printed. `--plan N` shows it again, `--plan N --apply` puts back exactly what it names.
    --apply beside a selection does both at once.
    """
    selection = options.selection(
        ids=ids, source=source, event_type=event_type, cause=cause, since=since, until=until
    )
    wish = _Wish(selection, reason, limit, every=every)
    wish.check(plan_id)
    with operator() as bridge:
        plan = wish.freeze(bridge) if plan_id is None else bridge.plan(plan_id)
        if apply:
            plan = _put_back(bridge, plan)
    screen = Screen(as_json)
    _show(screen, plan)
    screen.answer("redrive", {"plan": shapes.PLAN.of(plan), "applied": apply})
    if plan_id is None and plan.total == limit:
        warn(f"the plan is full at --limit {limit}: more may match")
    if plan.state is PlanState.FROZEN and plan.total:
        note(f"nothing has moved. Put it back: bridgewright redrive --plan {plan.id} --apply")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line asked to put back."""

    selection: Selection
    reason: str | None
    limit: int
    every: bool

    def check(self, plan_id: int | None) -> None:
        chosen = self.selection != Selection()
        if plan_id is not None:
            if chosen or self.every or self.reason is not None:
                message = "--plan names what is put back already: give no selection and no reason"
                raise click.UsageError(message)
        elif self.every and chosen:
            message = "--all is every dead letter: leave the conditions out, or --all"
            raise click.UsageError(message)
        elif not chosen and not self.every:
            message = "say which dead letters: numbers, a condition such as --source, or --all"
            raise click.UsageError(message)
        elif not (self.reason or "").strip():
            message = "--reason is missing: say why it will work now; it is kept for good"
            raise click.UsageError(message)

    def freeze(self, bridge: Bridge) -> Plan:
        reason = self.reason or ""
        plan = bridge.redrive(self.selection, reason=reason, actor=_actor(), limit=self.limit)
        named = len(set(self.selection.ids))
        if named > plan.total:
            warn(f"{named - plan.total} of the {named} items named are no dead letters that match")
        return plan


def _put_back(bridge: Bridge, plan: Plan) -> Plan:
    plan = bridge.approve(plan.id, actor=_actor())
    with _progress(plan) as show:
        while plan.state is not PlanState.FINISHED:
            plan = bridge.advance(plan.id)
            show(plan)
    return plan


@contextmanager
def _progress(plan: Plan) -> Iterator[Callable[[Plan], None]]:
    """A bar on a terminal that is not done at once; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _plan: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(
            "putting back", total=plan.total, completed=plan.total - plan.remaining
        )
        yield lambda now: progress.update(task, completed=now.total - now.remaining)


def _show(screen: Screen, plan: Plan) -> None:
    causes = ", ".join(f"{n} {cause}" for cause, n in sorted(plan.by_cause.items()))
    screen.fields(
        [
            ("plan", plan.id),
            ("state", plan.state),
            ("dead letters", f"{plan.total} ({causes})" if causes else plan.total),
            ("put back", plan.put_back if plan.state is not PlanState.FROZEN else None),
            ("skipped", plan.skipped or None),
            ("remaining", plan.remaining or None),
            ("reason", plan.reason),
            ("by", f"{plan.actor} at {as_text(plan.created_at)}"),
        ]
    )


def _actor() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in this container
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
