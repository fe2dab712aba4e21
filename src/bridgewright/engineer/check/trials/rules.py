"""The rules of the 800s: tests try what goes wrong, and hold nothing that is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.rule import Place, Rule, Severity
from bridgewright.engineer.check.trials import faults, recordings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Project


def untried(project: Project) -> Iterator[Place]:
    """Operations that no test tries with one of the four faults that every client meets."""
    found = [
        each for module in project.modules if module.is_test for each in faults.tests(module.tree)
    ]
    for manifest in project.manifests:
        for name in manifest.operations:
            missing = faults.untried(name, manifest.operations, found)
            if missing:
                path = project.relative(manifest.path.resolve())
                what = f"no test tries {name} with {', '.join(missing)}"
                yield Place(path, manifest.line("operations", name), what)


def unclean(project: Project) -> Iterator[Place]:
    """Files of tests that hold a secret, or a person."""
    for path in project.recordings:
        for line, kind in recordings.leaks(path):
            yield Place(project.relative(path), line, f"a file of tests holds {kind}")


RULES = (
    Rule(
        "BW801",
        "Each operation is tried with what goes wrong",
        Severity.WARNING,
        "A 429, a 5xx, an answer that does not come and one that is cut off happen to every client."
        " What it does then is known to the tests, or to nobody.",
        "Test each operation, by its name, with a 429, a 5xx, a timeout and a malformed body.",
        untried,
    ),
    Rule(
        "BW802",
        "Recordings hold no secret and no person",
        Severity.ERROR,
        "What was recorded from a real account holds its keys and its customers, and is in the"
        " repository for good.",
        "Scrub it, and change the key: it has been seen. Our cassettes are scrubbed as they are written.",
        unclean,
    ),
)
