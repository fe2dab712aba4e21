"""`bridgewright certify`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.certify.check import Level, Status
from bridgewright.certify.inbound.suite import InboundOrder
from bridgewright.certify.inbound.suite import certify as certified_inbound
from bridgewright.certify.reports.junit import document
from bridgewright.certify.reports.page import page
from bridgewright.certify.reports.records import record
from bridgewright.certify.reports.words import MARKS, preface
from bridgewright.certify.suite import Order
from bridgewright.certify.suite import certify as certified
from bridgewright.certify.target import Function, Program, parse
from bridgewright.cli import options
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen, note
from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.faults.answers import ANSWERS, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.certify.certificate import Certificate
    from bridgewright.simulate.faults.answers import Answer

    Told = Callable[[str, int, int], None]

_SEEDS = 1_000_000
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="Ends with 1 when the level of --level is not reached. JSON: suite, target, seed,"
    " began_at, took_s, level (null for none), whole, terms, versions, and checks, each with code,"
    " family, level, title, status and why.",
)
@click.argument("target", nargs=-1, required=True)
@click.option(
    "--level",
    type=click.Choice([level.word for level in Level]),
    default=Level.BRONZE.word,
    show_default=True,
    help="The level that is asked for.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    metavar="N",
    help="Draw delays, offsets and counts as another run did.",
)
@click.option(
    "--only",
    metavar="CODES",
    default="",
    help="Only these checks (A1,B2) or families (A,X), and what they are paired with. No level then.",
)
@click.option(
    "--answers",
    metavar="WHOSE",
    default="plain",
    show_default=True,
    help=f"Whose good answers the provider gives: {', '.join(sorted(ANSWERS))}, or a JSON file with"
    " `read` and `write`.",
)
@click.option("--no-keys", is_flag=True, help="The provider knows no idempotency keys.")
@click.option(
    "--scheme",
    metavar="NAME",
    default="",
    help="The target receives webhooks that are signed so: stripe, github, standard.",
)
@click.option(
    "--path", metavar="PATH", default="", help="Where an application receives them. [/SCHEME]"
)
@click.option(
    "--secret-env",
    metavar="NAME",
    default="",
    help="The variable of the key, and with _PREVIOUS of the one before. [the provider's own]",
)
@click.option(
    "--effects",
    metavar="PLACE",
    default="",
    help="The file or URL that a running endpoint's effects are in.",
)
@click.option("--session", is_flag=True, help="The program makes many calls in one process.")
@click.option("--traces", is_flag=True, help="The target passes trace context on.")
@click.option(
    "--env", "names", multiple=True, metavar="NAME", help="A variable that the target gets too."
)
@click.option("--junit", type=_FILE, metavar="FILE", help="Write the certificate as JUnit XML too.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the certificate as a page too.")
@options.as_json
def certify(
    target: tuple[str, ...], level: str, junit: Path | None, html: Path | None, **given: Any
) -> None:
    """Try what a client or a webhook endpoint survives, and certify it.

    TARGET is package.module:function (called with an Ask); a program with its arguments (put --
    before them), which reads BASE_URL, OP, SECRET, KEY and DEADLINE_S, does one call and exits with 0
    or not; or with --scheme an ASGI application package.module:app, or the URL of a running
    endpoint. docs/certify.md says what they are asked for and what each check means.
    """
    asked = Level[level.upper()]
    with _progress() as told:
        certificate = _certified(target, given, told)
    screen = Screen(given["as_json"])
    _show(screen, certificate)
    screen.answer("certify", record(certificate))
    if junit is not None:
        junit.write_text(document(certificate), "utf-8")
    if html is not None:
        html.write_text(page(certificate), "utf-8")
    if not _kept(certificate, asked):
        sys.exit(Exit.UNWELL)


def _certified(words: tuple[str, ...], given: dict[str, Any], told: Told) -> Certificate:
    target = parse(words, scheme=given["scheme"], session=given["session"])
    seed = secrets.randbelow(_SEEDS) if given["seed"] is None else given["seed"]
    only = tuple(code for code in given["only"].replace(" ", "").upper().split(",") if code)
    extra = {name: os.environ[name] for name in given["names"] if name in os.environ}
    if isinstance(target, Function | Program):
        order = Order(
            target=target,
            seed=seed,
            answer=_answer(given["answers"]),
            keys=not given["no_keys"],
            traces=given["traces"],
            only=only,
            extra=extra,
        )
        return certified(order, told)
    inbound = InboundOrder(
        target=target,
        scheme=given["scheme"],
        seed=seed,
        path=given["path"],
        secret_variable=given["secret_env"],
        effects=given["effects"],
        only=only,
        extra=extra,
    )
    return certified_inbound(inbound, told)


def _answer(whose: str) -> Answer:
    """How the provider answers on a good day: as one that is known, or as a file says."""
    if whose in ANSWERS:
        return ANSWERS[whose]
    remedy = f"name one of {', '.join(sorted(ANSWERS))}, or a JSON file with `read` and `write`"
    try:
        content = json.loads(Path(whose).read_text("utf-8"))
        return answering(content["read"], content["write"])
    except OSError as error:
        problem = f"there are no answers {whose!r}: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        problem = f"{whose} does not hold a `read` and a `write`"
    raise ConfigurationError(problem, place="--answers", remedy=remedy)


def _kept(certificate: Certificate, asked: Level) -> bool:
    """Whether what was asked for is reached; of a part of the suite, every check is."""
    if certificate.whole:
        return certificate.reaches(asked)
    good = {Status.PASSED, Status.NOT_APPLICABLE}
    return all(each.status in good for each in certificate.results)


@contextmanager
def _progress() -> Iterator[Told]:
    """How far it is, on standard error: a bar on a terminal, else a line for every tenth."""
    if not sys.stderr.isatty():
        yield _tenths()
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and needed on terminals only
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("certify")
        yield lambda what, done, total: bar.update(
            task, completed=done, total=total, description=what
        )


def _tenths() -> Told:
    said = {0}

    def tell(what: str, done: int, total: int) -> None:
        tenth = done * 10 // total
        if tenth not in said:
            said.add(tenth)
            note(f"{done} of {total} trials: {what}")

    return tell


def _show(screen: Screen, certificate: Certificate) -> None:
    rows = [
        (
            each.check.code,
            each.check.level.word,
            MARKS[each.status],
            each.check.title,
            "; ".join(each.why),
        )
        for each in certificate.results
    ]
    screen.table(("check", "level", "result", "what", "why"), rows)
    screen.say()
    screen.fields(preface(certificate))
