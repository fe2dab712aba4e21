"""A run from its beginning to its end: sync, plan, execute, feedback, deliver.

Each phase begins with what git and the files say, and ends when what has to be so is so. Nothing of it is
taken from the journal but the task, what was used, and where to begin: so a run that was killed goes on from
wherever it was, and comes to one commit and one pull request.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import BridgewrightError, ConfigurationError, Refused
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.delivery import body
from bridgewright.engineer.delivery.branch import synchronised
from bridgewright.engineer.delivery.candidate import candidate
from bridgewright.engineer.delivery.ends import DeliveryError
from bridgewright.engineer.delivery.ends import End as DeliveryEnd
from bridgewright.engineer.delivery.journey import deliver
from bridgewright.engineer.delivery.ordering import marker_of
from bridgewright.engineer.delivery.package import paths_of
from bridgewright.engineer.delivery.words import Edge
from bridgewright.engineer.loop import conversation, posts
from bridgewright.engineer.loop.conversation import Scene
from bridgewright.engineer.loop.ends import Stopped
from bridgewright.engineer.loop.ground import is_inside
from bridgewright.engineer.loop.journal import folder_of
from bridgewright.engineer.loop.proving import Judged, judged
from bridgewright.engineer.loop.reporting import reported
from bridgewright.engineer.loop.tools.catalogue import tools_of
from bridgewright.engineer.loop.tools.words import leaked, output
from bridgewright.engineer.loop.turns import Play, played
from bridgewright.engineer.loop.words import Outcome, Phase
from bridgewright.engineer.planning import keeping
from bridgewright.engineer.planning.words import Evidence, Kind, Status
from bridgewright.engineer.verify.evidence import about

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.hub import Hub, Place
    from bridgewright.engineer.delivery.words import Delivered, Order, Step
    from bridgewright.engineer.guidance.words import Guidance
    from bridgewright.engineer.loop.ground import Ground
    from bridgewright.engineer.loop.turns import Table
    from bridgewright.engineer.loop.words import Task
    from bridgewright.engineer.manifest.words import Manifest

_NEXT = {
    Phase.SYNC: Phase.PLAN,
    Phase.PLAN: Phase.EXECUTE,
    Phase.EXECUTE: Phase.FEEDBACK,
    Phase.FEEDBACK: Phase.DELIVER,
}
_ORDER = tuple(Phase)
_EVIDENCE = {
    Phase.SYNC: (Kind.CHECK, "branch"),
    Phase.PLAN: (Kind.CHECK, "paths"),
    Phase.FEEDBACK: (Kind.CHECK, "findings"),
    Phase.DELIVER: (Kind.CHECK, "secrets"),
}
"""What shows that a phase is complete, but for the work itself, which its manifest shows."""
_MOST_SAID = 2_000
_GOAL = re.compile(r"Bring .+ to a pull request that verify accepts")


@dataclass(frozen=True, slots=True)
class Port:
    """Where a run delivers. `hub` opens the way to GitHub, `known` finds secrets by their value, `tell` hears
    of what is done, `only` are the checks that verify makes, all of them where it is empty."""

    hub: Callable[[], AbstractContextManager[Hub]]
    place: Place
    known: Callable[[tuple[Manifest, ...]], re.Pattern[str] | None]
    tell: Callable[[str], None]
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a run begins: with which task, and if it is resumed, at which phase and with what was said."""

    task: Task
    guidance: Guidance
    scene: Scene = field(default=Scene(Phase.SYNC))


def refuse_dirty(git: Git, manifests: tuple[Manifest, ...]) -> None:
    """`DeliveryError` when an integration has changes that were not committed: they would be delivered in the
    name of a run that did not make them."""
    places = paths_of(git.root, manifests)
    listed = git.names("diff", "--name-only", "--no-renames", "-z", "HEAD")
    new = git.names("ls-files", "-z", "--others", "--exclude-standard")
    dirty = [each for each in (*listed, *new) if is_inside(each, places)]
    if dirty:
        raise DeliveryError(
            DeliveryEnd.IN_THE_WAY,
            "integrations have changes that are not committed",
            remedy="commit or stash them; what an earlier run left goes on with: engineer resume",
            places=dirty,
        )


def set_aside(ground: Ground, name: str) -> None:
    """Put the plan of an earlier run away. `Refused` for a plan of somebody else's."""
    files = ground.plan
    if not files.plan.exists():
        return
    if _GOAL.fullmatch(keeping.read(files).goal) is None:
        msg = f"{files.plan.name} is there already, and of no run: close it and move it away"
        raise Refused(msg)
    _put_away(ground, name)


def _put_away(ground: Ground, name: str) -> None:
    for each in (ground.plan.plan, ground.plan.notes):
        if each.exists():
            shutil.move(each, folder_of(ground.git) / f"{name}.{each.name}")


def refuse_unknowable(definition: Definition) -> None:
    """`ConfigurationError` for a criterion of which nobody here can find out whether it is met: no work would
    ever be accepted."""
    for clause in definition.criteria:
        if not about(clause):
            raise ConfigurationError(
                f"nobody here can find out whether {clause.name!r} is met, so no work would be accepted",
                place=definition.place(clause),
                remedy="take it out, or say it in words of what verify looks at (docs/verify.md)",
            )


def run(ground: Ground, table: Table, port: Port, begun: Begun) -> Outcome:
    """Go from phase to phase until the work is delivered. `Stopped` and `DeliveryError` for every other end;
    each is in the journal, too."""
    try:
        return _Run(ground, table, port, begun).run()
    except BridgewrightError as error:
        word = error.end.word if isinstance(error, (Stopped, DeliveryError)) else error.code
        told = redacted(str(error), ground.redaction, named=True)[:_MOST_SAID]
        table.journal.write("stopped", end=word, problem=told)
        raise


class _Run:
    __slots__ = ("_begun", "_ground", "_port", "_refusals", "_said", "_table", "_verdict")

    def __init__(self, ground: Ground, table: Table, port: Port, begun: Begun) -> None:
        self._ground = ground
        self._table = table
        self._port = port
        self._begun = begun
        self._said = dict(begun.scene.said)
        self._refusals = begun.scene.refusals
        self._verdict = Judged(kept=False, tree="")

    def run(self) -> Outcome:
        self._sync()
        phase: Phase = self._begun.scene.phase
        phase = _NEXT[phase] if phase is Phase.SYNC else phase
        while True:
            self._enter(phase)
            given = played(self._table, self._play(phase))
            self._say(phase, given)
            if phase is not Phase.DELIVER:
                phase = _NEXT[phase]
                continue
            outcome = self._delivered(given)
            if outcome is not None:
                return outcome
            phase = Phase.EXECUTE

    def _sync(self) -> None:
        self._enter(Phase.SYNC)
        synchronised(self._ground.git, self._ground.course, self._stepped)
        files = self._ground.plan
        if not files.plan.exists():
            task = self._begun.task
            number = f"issue #{task.issue}" if task.issue is not None else "what was asked for"
            keeping.start(files, f"Bring {number} to a pull request that verify accepts")
            source = f"the task, {number}"
            text = output(f"{task.title}\n\n{task.text}", self._ground.redaction)
            keeping.note(files, text, source, f"{datetime.now(UTC):%Y-%m-%d}")

    def _enter(self, phase: Phase) -> None:
        self._port.tell(f"phase {phase}")
        self._table.journal.write("phase", phase=phase)
        if phase is not Phase.SYNC:
            self._mark(phase)

    def _mark(self, current: Phase) -> None:
        """The plan's phases as they are: those before it complete, those after it pending."""
        at = _ORDER.index(current)
        known = {each.number: each for each in keeping.read(self._ground.plan).phases}
        for number, phase in enumerate(_ORDER):
            status = Status.COMPLETE if number < at else Status.PENDING
            if number == at:
                status = Status.IN_PROGRESS
            if number + 1 in known and known[number + 1].status is not status:
                shown = self._shown(phase) if status is Status.COMPLETE else ()
                keeping.advance(self._ground.plan, str(number + 1), status, shown)

    def _shown(self, phase: Phase) -> tuple[Evidence, ...]:
        if phase is Phase.EXECUTE:
            root, own = self._ground.root, self._ground.own()
            return tuple(Evidence(Kind.FILE, marker_of(root, each)) for each in own)
        return (Evidence(*_EVIDENCE[phase]),)

    def _play(self, phase: Phase) -> Play:
        ground = self._ground
        scene = Scene(phase, tuple(self._said.items()), self._refusals)
        return Play(
            phase,
            tools_of(ground, phase),
            conversation.rules(ground),
            conversation.opening(ground, self._begun.task, self._begun.guidance, scene),
            lambda left: conversation.now(ground, scene, left),
            lambda given: posts.wanting(ground, phase, given),
        )

    def _say(self, phase: Phase, given: Mapping[str, Any]) -> None:
        said = _plain(output(str(given["said"]), self._ground.redaction))[:_MOST_SAID]
        self._said[phase] = said
        self._table.journal.write("done", phase=phase, said=said)

    def _delivered(self, given: Mapping[str, Any]) -> Outcome | None:
        """The end of a run, or None when the work is refused and there is more to do."""
        reported(self._ground)
        self._close()
        try:
            sha = candidate(self._ground.git, self._order(given, ()))
        except DeliveryError as error:
            if error.end is not DeliveryEnd.LEAKED:
                raise
            told = (str(error),)
            self._table.strikes.failed("deliver", "a secret", leaked(str(error)))
            self._refused(("leaked-key",), told)
            return None
        tree = self._ground.git.do("rev-parse", f"{sha}^{{tree}}")
        verdict = self._verdict if self._verdict.tree == tree else self._verified(sha)
        if not verdict.kept:
            self._refused(verdict.reasons, verdict.told)
            return None
        return self._sent(given, verdict)

    def _close(self) -> None:
        """The plan as it is when all is done but the sending, which verify looks at."""
        for number, phase in enumerate(_ORDER, start=1):
            keeping.advance(self._ground.plan, str(number), Status.COMPLETE, self._shown(phase))

    def _verified(self, sha: str) -> Judged:
        self._port.tell("verify: this takes minutes")
        self._table.journal.write("verifying", sha=sha)
        self._verdict = found = judged(self._ground, sha, self._port.only)
        self._table.journal.write(
            "verified", kept=found.kept, reasons=found.reasons, refusals=found.told, tree=found.tree
        )
        return found

    def _refused(self, reasons: tuple[str, ...], told: tuple[str, ...]) -> None:
        self._port.tell(f"refused: {', '.join(dict.fromkeys(reasons))}")
        self._refusals = told
        self._table.strikes.refused(reasons, told)

    def _sent(self, given: Mapping[str, Any], verdict: Judged) -> Outcome:
        order = self._order(given, verdict.checks)
        ground, port = self._ground, self._port
        with port.hub() as hub:
            done = deliver(ground.git, hub, port.place, order, self._stepped, self._judge(verdict))
        return self._over(done, verdict)

    def _over(self, done: Delivered, verdict: Judged) -> Outcome:
        journal = self._table.journal
        journal.write("delivered", sha=done.sha, number=done.number, url=done.url)
        _put_away(self._ground, journal.run)
        return Outcome(done, self._table.spending.spent, verdict.checks, journal.run)

    def _judge(self, verdict: Judged) -> Callable[[str], None]:
        """Takes a commit whose files are those that were verified; one with a newer base is verified anew."""

        def judge(sha: str) -> None:
            if self._ground.git.do("rev-parse", f"{sha}^{{tree}}") == verdict.tree:
                return
            again = self._verified(sha)
            if not again.kept:
                raise DeliveryError(
                    DeliveryEnd.UNVERIFIED,
                    "with the base as it is now, verify refuses the work",
                    remedy="go on with: bridgewright engineer resume",
                    places=again.told,
                )

        return judge

    def _order(self, given: Mapping[str, Any], checks: tuple[str, ...]) -> Order:
        ground, task = self._ground, self._begun.task
        own = ground.own()
        found = [body.findings(ground.root / ground.definition.findings, each.tag) for each in own]
        lines = None if None in found else dict.fromkeys(x for each in found for x in each or ())
        said = _plain(output(str(given["said"]), ground.redaction))[:_MOST_SAID]
        verified = ("", "Verified, check by check:", *(f"- {each}" for each in checks))
        intro = "\n".join((said, *(verified if checks else ())))
        closes = () if task.issue is None else (task.issue,)
        text = body.text_of(own, (), lines, closes, intro)
        return posts.order_of(ground, str(given["what"]), text, self._port.known(own))

    def _stepped(self, step: Step, edge: Edge) -> None:
        if edge is Edge.BEFORE:
            self._port.tell(f"{step.value} …")
        self._table.journal.write("step", step=step, edge=edge)


def _plain(text: str) -> str:
    """Without what commands a terminal; line ends stay."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
