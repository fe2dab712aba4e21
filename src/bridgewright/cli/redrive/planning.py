"""`bridgewright redrive plan | show | ls`: freeze a plan, and look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator
from bridgewright.cli.redrive.telling import actor, freezing, tell_plan
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanState, Prospect

if TYPE_CHECKING:
    from bridgewright.bridge import Bridge
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.planning import Plan

MOST_PLANS = 1_000


@click.group()
def redrive() -> None:
    """Put dead letters back to work, or handle done items again, by a plan that is frozen first.

    `plan` freezes one and moves nothing; `run` lets workers put back exactly what it names.
    """


@redrive.command(
    epilog="JSON: plan (a plan), sample (list of planned: a few of each prospect). A redrive never runs"
    " a handler: what is put back waits for a worker."
)
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@options.source
@options.event_type
@options.cause
@options.problem
@options.since
@options.until
@click.option("--all", "every", is_flag=True, help="Every one of them, without a condition.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="At most so many, the oldest first."
)
@click.option("--reason", metavar="TEXT", help="Why it will work now; kept for good.")
@click.option(
    "--replay", is_flag=True, help="Name done items, to be handled again as new items, instead."
)
@options.as_json
def plan(  # noqa: PLR0913 - one parameter an option
    *,
    ids: tuple[int, ...],
    source: str | None,
    event_type: str | None,
    cause: str | None,
    problem: str | None,
    since: Moment | None,
    until: Moment | None,
    every: bool,
    limit: int | None,
    reason: str | None,
    replay: bool,
    as_json: bool,
) -> None:
    """Freeze a plan that names the dead letters matching now, and say what is expected of them.

    Nothing moves, and nothing that dies or comes later gets into the plan.
    """
    selection = options.selection(
        ids=ids,
        source=source,
        event_type=event_type,
        cause=cause,
        since=since,
        until=until,
        problem=problem,
    )
    _refuse_unclear(selection, reason, every=every)
    with operator() as bridge, freezing(bridge):
        made = bridge.redrive.plan(
            selection, reason=reason or "", actor=actor(), limit=limit, replay=replay
        )
        _tell(Screen(as_json), "redrive plan", bridge, made)
    _warn_of_the_rest(made, selection, limit)


def _refuse_unclear(selection: Selection, reason: str | None, *, every: bool) -> None:
    chosen = selection != Selection()
    if every and chosen:
        message = "--all is every dead letter: leave the conditions out, or --all"
        raise click.UsageError(message)
    if not chosen and not every:
        message = "say which dead letters: numbers, a condition such as --source, or --all"
        raise click.UsageError(message)
    if not (reason or "").strip():
        message = "--reason is missing: say why it will work now; it is kept for good"
        raise click.UsageError(message)


def _warn_of_the_rest(made: Plan, selection: Selection, limit: int | None) -> None:
    named = len(set(selection.ids))
    if named > made.total:
        warn(f"{named - made.total} of the {named} items named do not match and are left out")
    if limit is not None and made.total == limit:
        warn(f"the plan is full at --limit {limit}: more may match")


def _tell(screen: Screen, command: str, bridge: Bridge, found: Plan) -> None:
    sample = bridge.redrive.sample(found.id)
    tell_plan(screen, found)
    if sample:
        screen.say()
        screen.table(
            ("ITEM", "SOURCE", "TYPE", "PROSPECT", "FATE", "STATE", "RUNS AS"),
            (
                (r.item_id, r.source, r.event_type, r.prospect, r.fate, r.state, r.runs_as)
                for r in sample
            ),
        )
    rows = [shapes.PLANNED.of(row) for row in sample]
    screen.answer(command, {"plan": shapes.PLAN.of(found), "sample": rows})
    if found.state is PlanState.FROZEN and found.by_prospect.get(Prospect.WILL_RUN):
        note(
            f"nothing has moved. Put it back: bridgewright redrive run {found.id}"
            f" --yes --expect-count {found.total}"
        )
    if found.state is PlanState.PAUSED:
        note(f"let it go on: bridgewright redrive resume {found.id}")


@redrive.command(epilog="JSON: plan (a plan), sample (list of planned: a few of each prospect).")
@click.argument("plan_id", metavar="PLAN", type=int)
@options.as_json
def show(*, plan_id: int, as_json: bool) -> None:
    """Show a plan: what it names, how far it is, and a few of its items."""
    with operator() as bridge:
        _tell(Screen(as_json), "redrive show", bridge, bridge.redrive.show(plan_id))


@redrive.command(epilog="JSON: plans (list of plan).")
@click.option("--open", "open_only", is_flag=True, help="Only those that workers carry on now.")
@options.limit(50, MOST_PLANS)
@options.as_json
def ls(*, open_only: bool, limit: int, as_json: bool) -> None:
    """List plans, newest first."""
    screen = Screen(as_json)
    with operator() as bridge:
        rows = bridge.redrive.ls(open_only=open_only, limit=limit)
    screen.table(
        ("PLAN", "VERB", "STATE", "NAMED", "PUT BACK", "SKIPPED", "FAILED", "MADE", "BY", "REASON"),
        (
            (p.id, p.verb, p.state, p.total, p.put_back, p.skipped, p.failed, *_made(p))
            for p in rows
        ),
    )
    if not rows:
        note("there is no plan")
    screen.answer("redrive ls", {"plans": [shapes.PLAN.of(row) for row in rows]})


def _made(plan: Plan) -> tuple[str, str, str]:
    return as_text(plan.created_at), plan.actor, plan.reason
