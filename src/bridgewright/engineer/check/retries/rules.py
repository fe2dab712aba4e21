"""The rules of the 500s: the bridge asks again, under one key, and every failure is heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.retries import loops, silence
from bridgewright.engineer.check.rule import Place, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Project

RETRY = ".retry "
"""How a manifest is refused whose operation would be sent twice though that is not safe."""


def retried(project: Project) -> Iterator[Place]:
    """Loops and libraries that retry within a package of an integration."""
    for module in project.modules:
        if module.in_package:
            for node, dotted in loops.libraries(module.source):
                line = getattr(node, "lineno", 1)
                yield Place(
                    module.path, line, f"{dotted} asks again, and the bridge does so already"
                )
            for loop in loops.repeating(module.tree):
                yield Place(
                    module.path, loop.lineno, "this loop asks again, and the bridge does so already"
                )


def unsafe(project: Project) -> Iterator[Place]:
    """Manifests that would send again what is not safe to send twice."""
    for each in project.refused:
        if RETRY in each.message:
            yield Place(each.path, each.line, each.message)


def made_anew(project: Project) -> Iterator[Place]:
    """Idempotency keys that differ from one attempt to the next."""
    for module in project.modules:
        if not module.is_test:
            for node in loops.keys_made_anew(module.source):
                yield Place(
                    module.path,
                    node.lineno,
                    "each attempt gets a key of its own here",
                    node.col_offset,
                )


def silent(project: Project) -> Iterator[Place]:
    """Broad handlers in an integration that hand nothing on."""
    for module in project.modules:
        if module.in_package:
            for node in silence.swallowed(module.tree):
                yield Place(
                    module.path,
                    node.lineno,
                    "whatever goes wrong ends here, and nobody hears of it",
                )


RULES = (
    Rule(
        "BW501",
        "Retries are the bridge's",
        Severity.ERROR,
        "The bridge retries what is safe, within the deadline and the budget. A second loop around"
        " it multiplies attempts, knows neither, and sends a POST twice.",
        'Remove it; say `retry = "safe"` or `"keyed"` of the operation in the manifest.',
        retried,
    ),
    Rule(
        "BW502",
        "Only what may happen twice is sent twice",
        Severity.ERROR,
        "An order whose answer was lost may have been placed. Sent again without a key, it is placed twice.",
        'Declare why it may be sent twice (`idempotency`), or say `retry = "never"`.',
        unsafe,
    ),
    Rule(
        "BW503",
        "All attempts share one key",
        Severity.ERROR,
        "An idempotency key says that it is the same request again. Made within what is repeated it"
        " says the opposite, and every attempt takes effect.",
        "Make the key once, before the first attempt, from what the request is about; `keyed(…)` does it.",
        made_anew,
    ),
    Rule(
        "BW504",
        "A failure is heard of",
        Severity.ERROR,
        "Who catches everything and goes on answers as if it had gone well: the caller does not"
        " retry, nobody is told, and nothing is in the dead letters.",
        "Catch the errors that you have an answer for, and let the others go through.",
        silent,
    ),
)
