"""What has to be so for a phase to be done, found out by the program: nothing is taken from what is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import BridgewrightError, ConfigurationError
from bridgewright.engineer.delivery.candidate import candidate
from bridgewright.engineer.delivery.ordering import marker_of, messages
from bridgewright.engineer.delivery.package import paths_of
from bridgewright.engineer.delivery.words import Order
from bridgewright.engineer.loop.proving import judged
from bridgewright.engineer.loop.reporting import reported
from bridgewright.engineer.loop.tools.running import tested
from bridgewright.engineer.loop.tools.words import output
from bridgewright.engineer.loop.words import Lack, Phase
from bridgewright.engineer.manifest.reading import find
from bridgewright.engineer.planning import keeping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.engineer.loop.ground import Ground

_QUICK = ("secrets", "rules")
"""Checks of verify that take a second: the others have to wait until the work is to be delivered."""
_MOST_CHARS = 6_000
SCOPE = "integration"


def wanting(ground: Ground, phase: Phase, given: Mapping[str, Any]) -> Lack | None:
    """What is wanting; None for nothing."""
    asked: dict[Phase, Callable[[], Lack | None]] = {
        Phase.PLAN: lambda: _of_plan(ground),
        Phase.EXECUTE: lambda: _of_work(ground),
        Phase.FEEDBACK: lambda: _of_findings(ground),
        Phase.DELIVER: lambda: _of_message(ground, given),
    }
    try:
        return asked[phase]()
    except BridgewrightError as error:
        return Lack(output(str(error), ground.redaction))


def _of_plan(ground: Ground) -> Lack | None:
    if keeping.read(ground.plan).decisions:
        return None
    return Lack("the plan holds no decision: say by `decide` what will be built")


def _of_work(ground: Ground) -> Lack | None:
    find(ground.root)  # a manifest that cannot be read is told of with its line
    own = ground.own()
    if not own or not ground.changed():
        return Lack("no integration was begun or changed: `scaffold` makes one")
    sha = candidate(ground.git, order_of(ground, "change the integration"))
    found = judged(ground, sha, _QUICK)
    if not found.kept:
        return Lack("\n".join(found.told), found.reasons)
    result = tested(ground, ())
    if result.failed:
        return Lack(f"its tests do not pass. {result.text[-_MOST_CHARS:]}")
    return None


def _of_findings(ground: Ground) -> None:
    reported(ground)


def _of_message(ground: Ground, given: Mapping[str, Any]) -> None:
    messages(ground.own(), SCOPE, given["what"])


def order_of(
    ground: Ground, what: str, text: str = "", known: re.Pattern[str] | None = None
) -> Order:
    """What would be delivered, with `text` for the pull request. `ConfigurationError` for nothing."""
    own = ground.own()
    if not own:
        raise ConfigurationError(
            "there is nothing to deliver: no integration was begun or changed",
            remedy="scaffold one, or change one",
        )
    first, again = messages(own, SCOPE, what)
    paths = paths_of(ground.root, own, (ground.definition.findings,))
    marker = marker_of(ground.root, own[0])
    return Order(
        ground.course, paths, first, text, _both(known, ground.redaction.known), again, marker
    )


def _both(one: re.Pattern[str] | None, other: re.Pattern[str] | None) -> re.Pattern[str] | None:
    """What finds what either finds."""
    patterns = [each.pattern for each in (one, other) if each is not None]
    return re.compile("|".join(patterns)) if patterns else None
