"""`bridge.redrive`: plans that put back what failed, in a view that blocks and one that awaits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.effects import Now, ask
from bridgewright.core.model.planning import PlanMove, Verb
from bridgewright.core.recovery import Freeze, ListAudit, ListPlans
from bridgewright.engine import plans
from bridgewright.engine.operate import PAGE

if TYPE_CHECKING:
    from bridgewright.bridge.runtime import Runtime
    from bridgewright.core.effects import Journey
    from bridgewright.core.model.operation import AuditRow, Selection
    from bridgewright.core.model.planning import Plan, PlannedRow, Report


def _planning(  # noqa: PLR0913 - what both views pass on
    runtime: Runtime, selection: Selection, reason: str, actor: str, limit: int | None, verb: Verb
) -> Journey[Plan]:
    now = yield from ask(Now())
    routes = runtime.routes
    own = ((source, pattern) for source in routes.sources() for pattern in routes.patterns(source))
    command = Freeze(selection, reason.strip(), actor, now, limit, verb, tuple(own))
    return (yield from plans.freeze(command, runtime.tell))


class Redrive:
    """The verbs of plans. A plan is frozen first: what it names never changes, whoever does what
    meanwhile. Then a person runs it, and workers put its items back in batches, whatever becomes of
    the process that asked for it."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def plan(
        self,
        selection: Selection,
        *,
        reason: str,
        actor: str,
        limit: int | None = None,
        replay: bool = False,
    ) -> Plan:
        """Freeze a plan that names the dead letters matching `selection` now, the oldest first, at most
        `limit` (default: all of them); with `replay` the done items. Nothing moves: it is the dry run,
        and says what is expected of them (`by_prospect`).

        Raises `ConfigurationError` without a reason, or for a selection that cannot match.
        """
        verb = Verb.REPLAY if replay else Verb.REDRIVE
        return self._runtime.run(_planning(self._runtime, selection, reason, actor, limit, verb))

    def show(self, plan_id: int) -> Plan:
        """One plan as it stands; `NotFound` when there is none."""
        return self._runtime.run(plans.show(plan_id))

    def ls(self, *, open_only: bool = False, limit: int = PAGE) -> tuple[Plan, ...]:
        """Plans, newest first; only those that workers carry on now if `open_only`."""
        return self._runtime.run(ask(ListPlans(open_only, limit)))

    def sample(self, plan_id: int, *, limit: int = plans.SAMPLE) -> tuple[PlannedRow, ...]:
        """Some items that a plan names: the first `limit` of each prospect, and where they stand."""
        return self._runtime.run(plans.sample(plan_id, limit))

    def run(  # noqa: PLR0913 - each a caution of its own
        self,
        plan_id: int,
        *,
        actor: str,
        expect_count: int | None = None,
        canary: int | None = None,
        pace_per_s: float | None = None,
        stop_after: int | None = None,
    ) -> Plan:
        """Let a frozen plan put back what it names: workers do, or `advance()` by hand.

        `expect_count` is how many items you looked at: `Refused` when the plan names another number.
        `canary` (1 or more) puts so many back first, and the rest when all of them are done; a failed
        one pauses the plan. `pace_per_s` (0.001 to 10000) is how many become due each second.
        `stop_after` (1 or more) pauses it when so many have failed an attempt. Default: none of them.
        """
        care = plans.caution(canary, pace_per_s, stop_after)
        return self._runtime.run(
            plans.steer(plan_id, PlanMove.RUN, actor, expect_count=expect_count, care=care)
        )

    def pause(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """Put nothing more back until `resume()`; what waits already is handled."""
        return self._runtime.run(plans.steer(plan_id, PlanMove.PAUSE, actor, reason=reason))

    def resume(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """Let a paused plan go on. What failed before counts no more: somebody has looked at it."""
        return self._runtime.run(plans.steer(plan_id, PlanMove.RESUME, actor, reason=reason))

    def abort(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """End a plan for good; what it has not put back stays as it is."""
        return self._runtime.run(plans.steer(plan_id, PlanMove.ABORT, actor, reason=reason))

    def advance(self, plan_id: int) -> Plan:
        """Give the next items of a running plan their turn, by hand."""
        return self._runtime.run(plans.advance(plan_id, self._runtime.tell))

    def report(self, plan_id: int) -> Report:
        """What became of the items of a plan: by their turn, and where those put back are now."""
        return self._runtime.run(plans.report(plan_id))

    def audit(self, plan_id: int | None = None, *, limit: int = PAGE) -> tuple[AuditRow, ...]:
        """What was done by a plan, or by all: who, when, why, how many; the newest first."""
        return self._runtime.run(ask(ListAudit(plan_id, limit)))


class AsyncRedrive:
    """`Redrive` for coroutines: the same names, awaited."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def plan(
        self,
        selection: Selection,
        *,
        reason: str,
        actor: str,
        limit: int | None = None,
        replay: bool = False,
    ) -> Plan:
        """As `Redrive.plan`, awaited."""
        verb = Verb.REPLAY if replay else Verb.REDRIVE
        return await self._runtime.run_async(
            _planning(self._runtime, selection, reason, actor, limit, verb)
        )

    async def show(self, plan_id: int) -> Plan:
        """As `Redrive.show`, awaited."""
        return await self._runtime.run_async(plans.show(plan_id))

    async def ls(self, *, open_only: bool = False, limit: int = PAGE) -> tuple[Plan, ...]:
        """As `Redrive.ls`, awaited."""
        return await self._runtime.run_async(ask(ListPlans(open_only, limit)))

    async def sample(self, plan_id: int, *, limit: int = plans.SAMPLE) -> tuple[PlannedRow, ...]:
        """As `Redrive.sample`, awaited."""
        return await self._runtime.run_async(plans.sample(plan_id, limit))

    async def run(  # noqa: PLR0913 - as there
        self,
        plan_id: int,
        *,
        actor: str,
        expect_count: int | None = None,
        canary: int | None = None,
        pace_per_s: float | None = None,
        stop_after: int | None = None,
    ) -> Plan:
        """As `Redrive.run`, awaited."""
        care = plans.caution(canary, pace_per_s, stop_after)
        return await self._runtime.run_async(
            plans.steer(plan_id, PlanMove.RUN, actor, expect_count=expect_count, care=care)
        )

    async def pause(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """As `Redrive.pause`, awaited."""
        return await self._runtime.run_async(
            plans.steer(plan_id, PlanMove.PAUSE, actor, reason=reason)
        )

    async def resume(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """As `Redrive.resume`, awaited."""
        return await self._runtime.run_async(
            plans.steer(plan_id, PlanMove.RESUME, actor, reason=reason)
        )

    async def abort(self, plan_id: int, *, actor: str, reason: str = "") -> Plan:
        """As `Redrive.abort`, awaited."""
        return await self._runtime.run_async(
            plans.steer(plan_id, PlanMove.ABORT, actor, reason=reason)
        )

    async def advance(self, plan_id: int) -> Plan:
        """As `Redrive.advance`, awaited."""
        return await self._runtime.run_async(plans.advance(plan_id, self._runtime.tell))

    async def report(self, plan_id: int) -> Report:
        """As `Redrive.report`, awaited."""
        return await self._runtime.run_async(plans.report(plan_id))

    async def audit(self, plan_id: int | None = None, *, limit: int = PAGE) -> tuple[AuditRow, ...]:
        """As `Redrive.audit`, awaited."""
        return await self._runtime.run_async(ask(ListAudit(plan_id, limit)))
