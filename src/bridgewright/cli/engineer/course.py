"""What `sync` and `deliver` have in common: where they go, and how they end."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bridgewright.engineer.definition.reading import find
from bridgewright.engineer.delivery.ends import DeliveryError
from bridgewright.engineer.delivery.words import REMOTE, Course, Edge, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bridgewright.cli.screen import Screen
    from bridgewright.engineer.definition.words import Definition

    F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Which branch, base and remote."""
    for option in reversed(
        (
            click.option(
                "--branch",
                metavar="NAME",
                help="The branch that all work is done on. [the definition's]",
            ),
            click.option(
                "--base",
                metavar="NAME",
                help="The branch that it is for. [the definition's]",
            ),
            click.option(
                "--remote",
                default=REMOTE,
                show_default=True,
                metavar="NAME",
                help="Where both are pushed to.",
            ),
            click.option(
                "--recreate",
                is_flag=True,
                help="Consent to putting a branch that was merged back to the base, at the remote too.",
            ),
        )
    ):
        command = option(command)
    return command


def course(given: Mapping[str, Any], root: Path) -> Course:
    """What the options say; where they say nothing, the definition of the project at
    `root`, or ours."""
    return of(given, find(root))


def of(given: Mapping[str, Any], definition: Definition) -> Course:
    """The same, of this definition."""
    branch, base = given["branch"] or definition.branch, given["base"] or definition.base
    return Course(branch, base, given["remote"], given["recreate"])


@contextmanager
def ending(screen: Screen, command: str) -> Iterator[None]:
    """An early end of a delivery becomes a line, an object of JSON, and its own exit code."""
    try:
        yield
    except DeliveryError as error:
        click.echo(f"error[{error.code}.{error.end.word}]: {error}", err=True)
        told = {"end": error.end.word, "problem": error.problem, "remedy": error.remedy}
        screen.answer(command, {**told, "places": list(error.places)})
        sys.exit(error.end.code)


def narrated(step: Step, edge: Edge) -> None:
    """Each step that begins, on standard error."""
    if edge is Edge.BEFORE:
        click.echo(f"{step.value} …", err=True)
