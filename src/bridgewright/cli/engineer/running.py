"""What `run` and `resume` have in common: a project, a model, limits, and how a run ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli.engineer import course
from bridgewright.cli.engineer.permitted import PROJECT, rules_of
from bridgewright.cli.screen import note, warn
from bridgewright.core.errors import BridgewrightError, NotFound
from bridgewright.engineer.definition import reading
from bridgewright.engineer.delivery.branch import fetched
from bridgewright.engineer.delivery.ends import DeliveryError
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.hub import place_of
from bridgewright.engineer.delivery.ordering import asked, known_of, url_of
from bridgewright.engineer.delivery.words import Course
from bridgewright.engineer.guidance import skilled
from bridgewright.engineer.guidance.gathering import gathered
from bridgewright.engineer.loop import journal as journals
from bridgewright.engineer.loop import journey
from bridgewright.engineer.loop.asking import issued, prompted
from bridgewright.engineer.loop.conversation import Scene
from bridgewright.engineer.loop.ends import Stopped
from bridgewright.engineer.loop.ground import Ground
from bridgewright.engineer.loop.journal import folder_of, unheard
from bridgewright.engineer.loop.journey import (
    Begun,
    Port,
    refuse_dirty,
    refuse_unknowable,
    set_aside,
)
from bridgewright.engineer.loop.past import past
from bridgewright.engineer.loop.spending import Spending
from bridgewright.engineer.loop.strikes import Strikes
from bridgewright.engineer.loop.turns import Table
from bridgewright.engineer.loop.words import Limits, Phase, Spent
from bridgewright.engineer.models.choice import chosen
from bridgewright.engineer.models.connecting import connected
from bridgewright.engineer.offering.answers import redaction_of
from bridgewright.engineer.planning import keeping
from bridgewright.engineer.sandbox import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import TypeVar

    from bridgewright.cli.screen import Screen
    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.loop.journal import Heard, Journal
    from bridgewright.engineer.loop.words import Outcome, Task
    from bridgewright.engineer.models.choice import Chosen

    F = TypeVar("F", bound=Callable[..., Any])

KEPT = (
    "branch",
    "base",
    "remote",
    "recreate",
    "names",
    "definition",
    "slug",
    "by",
    "bash",
    "insist",
    "no_temperature",
    "only",
)
"""Options that a run keeps to when it is resumed."""
SHAPE = (
    "end (delivered, or why not) and run; of a delivery branch, sha, request (made, changed or kept), number,"
    " url, checks, and steps, tokens, cost, seconds; else problem, remedy and places"
)


def limits(command: F) -> F:
    """How much a run may use."""
    for option in reversed(
        (
            click.option(
                "--steps", type=click.IntRange(1, 10_000), default=Limits().steps, show_default=True,
                metavar="N", help="Questions to the model.",
            ),
            click.option(
                "--tokens", type=click.IntRange(1), default=Limits().tokens, show_default=True,
                metavar="N", help="Tokens, read and written, of all questions together.",
            ),
            click.option(
                "--cost", metavar="AMOUNT",
                help="Money, in the currency of BRIDGEWRIGHT_MODEL_PRICES. [no bound]",
            ),
            click.option(
                "--minutes", type=click.FloatRange(0, 1_440, min_open=True),
                default=Limits().minutes, show_default=True, metavar="N", help="Of the whole run.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def limits_of(given: Mapping[str, Any]) -> Limits:
    """What the options say."""
    cost = None
    if given["cost"] is not None:
        try:
            cost = Decimal(given["cost"])
        except InvalidOperation:
            cost = Decimal(-1)
        if not cost.is_finite() or cost <= 0:
            message = f"{given['cost']!r} is no amount of money above nothing"
            raise click.BadParameter(message, param_hint="--cost")
    return Limits(given["steps"], given["tokens"], cost, given["minutes"])


def ground_of(given: Mapping[str, Any]) -> Ground:
    """The project around the working directory. `ConfigurationError` where there is no sandbox, and nobody
    insisted; asked for at the start, for nothing can be built without."""
    git = opened(Path.cwd())
    if not given["insist"]:
        lack = probe.lack()
        if lack is not None:
            raise lack.error()
    path = None if given["definition"] is None else Path(given["definition"]).resolve()
    base = given["base"] or reading.find(git.root).base
    url_of(git, given["remote"])
    fetched(git, given["remote"], base)
    there = Course(base=base, remote=given["remote"]).upstream
    definition = _definition(git, path, there)
    way = course.of(given, definition)
    own = skilled.skills(git.root)
    return Ground(
        git,
        definition,
        way,
        keeping.find(git.root),
        folder_of(git),
        redaction_of(os.environ),
        rules_of(definition, git.root, _file(git, there, PROJECT)),
        (*own, *skilled.ours(own)),
        tuple(given["names"]),
        path,
        bash=given["bash"],
        insist=given["insist"],
    )


def _definition(git: Git, path: Path | None, upstream: str) -> Definition:
    """The one that is named; else that of the base, as verify takes it: work does not choose its judge."""
    if path is not None:
        return reading.read(path, git.root)

    return reading.found(lambda place: _file(git, upstream, place))


def _file(git: Git, commit: str, path: str) -> bytes | None:
    done = git.run("show", f"{commit}:{path}")
    return None if done.code else done.out.encode("utf-8", "surrogateescape")


def model_of(ground: Ground) -> Chosen:
    """The model that is asked. `ConfigurationError` lists what is missing."""
    wanted = ground.definition.head.get("model")
    made = chosen(os.environ, wanted if isinstance(wanted, str) else "")
    if made.instead_of:
        note(f"the definition's model {made.instead_of} is not asked: {made.because}")
    note(f"model: {made}")
    return made


def port_of(ground: Ground, given: Mapping[str, Any]) -> Port:
    """Where the work is delivered."""
    place = place_of(url_of(ground.git, ground.course.remote), given["slug"])
    return Port(
        lambda: asked(given["by"], place, ground.root, os.environ),
        place,
        lambda manifests: known_of(manifests, os.environ),
        note,
        tuple(given["only"]),
    )


def started(given: Mapping[str, Any], heard: Heard = unheard) -> Outcome:
    """Begin a run and go through with it. `heard` is told of each record of its journal."""
    most = limits_of(given)
    ground = ground_of(given)
    refuse_unknowable(ground.definition)
    made, port = model_of(ground), port_of(ground, given)
    with journals.alone(ground.git):
        refuse_dirty(ground.git, ground.all())
        set_aside(ground, f"before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        task = _task(ground, port, given)
        journal = journals.begun(ground.git, heard)
        journal.write(
            "begun",
            title=task.title,
            text=task.text,
            issue=task.issue,
            author=task.author,
            model=str(made),
            definition=ground.definition.path,
            asked={name: given[name] for name in KEPT} | {"definition": ground.given},
        )
        note(f"run {journal.run}")
        begun = _begun(ground, task)
        plain = given["no_temperature"]
        start = Start(journal, made, most, Spent(), Strikes(), begun, plain)
        return _played(ground, port, start)


def resumed(given: Mapping[str, Any], heard: Heard = unheard) -> Outcome:
    """Go on with the last run of the working tree."""
    most = limits_of(given)
    journal = journals.last(opened(Path.cwd()), heard)
    if journal is None:
        msg = "there was no run of the engineer in this working tree: begin one with engineer run"
        raise NotFound(msg)
    with journals.alone(opened(Path.cwd())):
        journal.mended()
    was = past(journal)
    ground = ground_of(was.asked)
    made, port = model_of(ground), port_of(ground, was.asked)
    with journals.alone(ground.git):
        note(f"run {journal.run}, from phase {was.phase}")
        journal.write("resumed", model=str(made))
        begun = _begun(ground, was.task, Scene(was.phase, was.said, was.refusals))
        strikes = Strikes(was.failures, was.breaches)
        plain = was.asked["no_temperature"]
        start = Start(journal, made, most, was.spent, strikes, begun, plain)
        return _played(ground, port, start)


@dataclass(frozen=True, slots=True)
class Start:
    """With what a run begins, or goes on. `plain` sends no temperature."""

    journal: Journal
    made: Chosen
    most: Limits
    before: Spent
    strikes: Strikes
    begun: Begun
    plain: bool


def _played(ground: Ground, port: Port, start: Start) -> Outcome:
    head, most = ground.definition.head, start.most
    if most.cost is not None and start.made.prices is None:
        warn("--cost bounds nothing: BRIDGEWRIGHT_MODEL_PRICES is not set")
    steps = _number(head, "steps") or _number(head, "maxSteps")
    if steps is not None and 1 <= steps < most.steps - start.before.steps:
        note(f"the definition allows {steps:g} questions at a time")
        most = replace(most, steps=start.before.steps + int(steps))
    temperature = None if start.plain else _number(head, "temperature")
    with connected(start.made) as model:
        spending = Spending(most, start.before, time.monotonic)
        table = Table(model, start.journal, start.strikes, spending, ground.redaction, temperature)
        return journey.run(ground, table, port, start.begun)


def _number(head: Mapping[str, Any], name: str) -> float | None:
    """A number of a definition's head; None, with a warning, for what is none."""
    value = head.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if value is not None:
        warn(f"the definition's {name} is no number, and is passed by")
    return None


def _task(ground: Ground, port: Port, given: Mapping[str, Any]) -> Task:
    if given["issue"] is None:
        return prompted(given["prompt"], ground.redaction)
    anybody = given["from_anybody"]
    with port.hub() as hub:
        return issued(hub, port.place, given["issue"], ground.redaction, anybody=anybody)


def _begun(ground: Ground, task: Task, scene: Scene | None = None) -> Begun:
    found = gathered(ground.root, ground.definition)
    for each in found.remarks:
        warn(each)
    return Begun(task, found, scene or Scene(Phase.SYNC))


def show(screen: Screen, command: str, outcome: Outcome) -> None:
    """How a run ended that brought its work home."""
    done, spent = outcome.delivered, outcome.spent
    told = {
        "run": outcome.run,
        "branch": done.branch,
        "sha": done.sha,
        "request": done.request,
        "number": done.number,
        "url": done.url,
        "steps": spent.steps,
        "tokens": spent.tokens,
        "cost": None if spent.cost is None else str(spent.cost),
        "seconds": round(spent.seconds),
    }
    screen.fields(told.items())
    for each in outcome.checks:
        screen.say(f"verified: {each}")
    screen.answer(command, {"end": "delivered", **told, "checks": list(outcome.checks)})


@contextmanager
def ending(screen: Screen, command: str) -> Generator[None]:
    """An early end becomes a line, an object of JSON, and its own exit code."""
    with course.ending(screen, command):
        try:
            yield
        except Stopped as error:
            click.echo(f"error[{error.code}.{error.end.word}]: {error}", err=True)
            told = {"end": error.end.word, "problem": error.problem, "remedy": error.remedy}
            screen.answer(command, {**told, "places": list(error.places)})
            sys.exit(error.end.code)
        except DeliveryError:
            raise
        except BridgewrightError as error:
            screen.answer(command, {"end": error.code, "problem": str(error)})
            raise
