"""The rules of the 700s: what the manifest must say, and what it says that code must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.declared import pages, variables
from bridgewright.engineer.check.retries.rules import RETRY
from bridgewright.engineer.check.rule import Place, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Project
    from bridgewright.engineer.manifest.words import Manifest


def refused(project: Project) -> Iterator[Place]:
    """Manifests that say something that cannot be."""
    for each in project.refused:
        if RETRY not in each.message:
            yield Place(each.path, each.line, each.message)


def unlimited(project: Project) -> Iterator[Place]:
    """Operations without a budget."""
    for manifest in project.manifests:
        for name, operation in manifest.operations.items():
            if not operation.budget:
                line = manifest.line("operations", name)
                yield Place(
                    _path(project, manifest), line, f"nothing limits how often {name} is called"
                )


def endless(project: Project) -> Iterator[Place]:
    """Walks over pages that only the provider can end."""
    for module in project.modules:
        if module.in_package:
            for loop in pages.endless(module.tree):
                yield Place(
                    module.path,
                    loop.lineno,
                    "this walk over pages ends only when the provider ends it",
                )


def unversioned(project: Project) -> Iterator[Place]:
    """Integrations that take whatever version of the API there is. A pinned specification is one, too."""
    for manifest in project.manifests:
        if manifest.operations and manifest.version is None and manifest.spec is None:
            line = manifest.line("integration")
            yield Place(
                _path(project, manifest),
                line,
                f"{manifest.name} does not say which version it speaks",
            )


def undeclared(project: Project) -> Iterator[Place]:
    """Variables of the environment that an integration reads and does not declare."""
    for module in project.modules:
        if module.in_package and module.manifest is not None:
            for name, node in variables.read(module.source):
                if name not in module.manifest.environment:
                    line = getattr(node, "lineno", 1)
                    yield Place(
                        module.path, line, f"{name} is read here, and is not in [environment]"
                    )


def _path(project: Project, manifest: Manifest) -> str:
    return project.relative(manifest.path.resolve())


RULES = (
    Rule(
        "BW701",
        "Every operation has a budget",
        Severity.WARNING,
        "Without one, a loop of ours is their outage, and their 429 is ours.",
        'Name a budget of [budgets]: `budget = "orders"`.',
        unlimited,
    ),
    Rule(
        "BW702",
        "A walk over pages ends by itself",
        Severity.ERROR,
        "A provider that names the same page twice, or always one more, is asked for ever: it happens.",
        "Count pages, or remember tokens and stop at one that comes again; declare `pages` of the operation.",
        endless,
    ),
    Rule(
        "BW703",
        "The version of the API is pinned",
        Severity.WARNING,
        "Otherwise the provider decides when your integration meets the next one.",
        "Say `version = {header = …, value = …}` of the integration, or pin a specification.",
        unversioned,
    ),
    Rule(
        "BW704",
        "Every variable is declared",
        Severity.ERROR,
        "Who deploys it reads [environment], and learns of any other variable when it is missing at night.",
        "Add it to [environment], with a sentence that says what it is.",
        undeclared,
    ),
    Rule(
        "BW700",
        "The manifest is good",
        Severity.ERROR,
        "Runtime, checks and findings read it; what is wrong in it is wrong in all of them.",
        "Do what the message says.",
        refused,
    ),
)
