"""`bridgewright redrive run | pause | resume | abort | report`: what is done with a frozen plan."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options, shapes
from bridgewright.cli.opening import operator
from bridgewright.cli.redrive.telling import actor, counts, progress, tell_plan
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.planning import PlanState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.bridge import Bridge
    from bridgewright.core.model.planning import Plan

MANY = 100
"""More than so many are confirmed by their number: nobody types 4711 without having read it."""
MOST_AUDIT = 10_000

_plan_id = click.argument("plan_id", metavar="PLAN", type=int)
_reason = click.option("--reason", metavar="TEXT", default="", help="Why; kept for good.")


@click.command(
    epilog="JSON: plan (a plan). This command goes as far as caution lets it; workers carry the plan on,"
    " also when this command is killed."
)
@_plan_id
@click.option("--yes", is_flag=True, help="Do not ask; needs --expect-count.")
@click.option(
    "--expect-count",
    type=click.IntRange(0),
    metavar="N",
    help="How many the plan names; refuse otherwise.",
)
@click.option(
    "--canary",
    type=click.IntRange(1),
    metavar="N",
    help="Put N back first; the rest when all are done.",
)
@click.option("--pace", type=float, metavar="R", help="So many become due each second.")
@click.option(
    "--stop-after", type=click.IntRange(1), metavar="K", help="Pause when K of them have failed."
)
@options.as_json
def run(  # noqa: PLR0913 - one parameter an option
    *,
    plan_id: int,
    yes: bool,
    expect_count: int | None,
    canary: int | None,
    pace: float | None,
    stop_after: int | None,
    as_json: bool,
) -> None:
    """Put back what a frozen plan names, and nothing else."""
    if yes and expect_count is None:
        message = "--yes needs --expect-count: the number of items that you have looked at"
        raise click.UsageError(message)
    with operator() as bridge:
        plan = bridge.redrive.show(plan_id)
        if not yes and plan.state is PlanState.FROZEN:
            _confirm(plan)
        plan = bridge.redrive.run(
            plan_id,
            actor=actor(),
            expect_count=plan.total if expect_count is None else expect_count,
            canary=canary,
            pace_per_s=pace,
            stop_after=stop_after,
        )
        plan = _go_on(bridge, plan)
    _tell(Screen(as_json), "redrive run", plan)


def _confirm(plan: Plan) -> None:
    if not sys.stdin.isatty():
        message = f"nobody can be asked here: add --yes --expect-count {plan.total}"
        raise click.UsageError(message)
    tell_plan(Screen(), plan)
    if plan.total > MANY:
        answer = click.prompt(f"Type {plan.total} to put them back", default="", err=True)
        if answer.strip() != str(plan.total):
            raise click.Abort
    else:
        click.confirm(f"Put back {plan.total} items?", abort=True, err=True)


def _go_on(bridge: Bridge, plan: Plan) -> Plan:
    """Advance the plan until it is at its end, or has to wait."""
    with progress(plan) as show:
        before = -1
        while plan.state is PlanState.RUNNING and plan.remaining != before:
            before = plan.remaining
            plan = bridge.redrive.advance(plan.id)
            show(plan)
    return plan


def _tell(screen: Screen, command: str, plan: Plan) -> None:
    tell_plan(screen, plan)
    screen.answer(command, {"plan": shapes.PLAN.of(plan)})
    if plan.state is PlanState.RUNNING:
        note(f"workers carry it on: bridgewright redrive show {plan.id}")
    elif plan.state is PlanState.PAUSED and plan.why:
        warn(f"it paused: {plan.why}")
    elif plan.state is PlanState.FINISHED:
        note(f"what became of them: bridgewright redrive report {plan.id}")


def _steer(command: str, move: Callable[[Bridge], Plan], *, as_json: bool) -> None:
    with operator() as bridge:
        plan = move(bridge)
    _tell(Screen(as_json), f"redrive {command}", plan)


@click.command(epilog="JSON: plan (a plan).")
@_plan_id
@_reason
@options.as_json
def pause(*, plan_id: int, reason: str, as_json: bool) -> None:
    """Put nothing more back until `resume`; what waits already is handled."""
    who = actor()
    _steer(
        "pause",
        lambda bridge: bridge.redrive.pause(plan_id, actor=who, reason=reason),
        as_json=as_json,
    )


@click.command(epilog="JSON: plan (a plan).")
@_plan_id
@_reason
@options.as_json
def resume(*, plan_id: int, reason: str, as_json: bool) -> None:
    """Let a paused plan go on; what failed before counts no more."""
    who = actor()
    _steer(
        "resume",
        lambda bridge: _go_on(bridge, bridge.redrive.resume(plan_id, actor=who, reason=reason)),
        as_json=as_json,
    )


@click.command(epilog="JSON: plan (a plan).")
@_plan_id
@_reason
@options.as_json
def abort(*, plan_id: int, reason: str, as_json: bool) -> None:
    """End a plan for good; what it has not put back stays as it is."""
    who = actor()
    _steer(
        "abort",
        lambda bridge: bridge.redrive.abort(plan_id, actor=who, reason=reason),
        as_json=as_json,
    )


@click.command(
    epilog="JSON: plan (a plan), by_fate and became (how many of each), audit (list of audit)."
)
@_plan_id
@options.limit(20, MOST_AUDIT)
@options.as_json
def report(*, plan_id: int, limit: int, as_json: bool) -> None:
    """What became of the items of a plan, and what was done by it; --limit bounds the audit."""
    screen = Screen(as_json)
    with operator() as bridge:
        found = bridge.redrive.report(plan_id)
        audit = bridge.redrive.audit(plan_id, limit=limit)
    tell_plan(screen, found.plan)
    screen.fields([("turns", counts(found.by_fate)), ("now", counts(found.became))])
    screen.say()
    screen.table(
        ("AT", "ACTOR", "ACTION", "ITEMS", "SKIPPED", "REASON"),
        ((as_text(a.at), a.actor, a.action, a.items, a.skipped, a.reason) for a in audit),
    )
    content = {"by_fate": dict(found.by_fate), "became": dict(found.became)}
    rows = [shapes.AUDIT.of(row) for row in audit]
    screen.answer("redrive report", {"plan": shapes.PLAN.of(found.plan), **content, "audit": rows})
