"""The rules of the 600s: integrations know providers, and the application knows its business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.layers import decisions, imports
from bridgewright.engineer.check.rule import Place, Rule, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Module, Project
    from bridgewright.engineer.manifest.words import Manifest

_DOMAIN = frozenset({"domain", "models", "entities"})


def upward(project: Project) -> Iterator[Place]:
    """Imports of an integration that lead to the application, to a store or to a web framework."""
    ours = {module.name.partition(".")[0] for module in project.modules if not module.is_test}
    for module in project.modules:
        if not module.in_package or module.manifest is None:
            continue
        package = _package(project, module.manifest)
        for each in _imports(module):
            if not each.name:
                message = "what is imported here is not to be seen before it runs"
                yield Place(module.path, _line(each), message, verdict=Verdict.UNKNOWN)
            elif each.root in imports.STORES_AND_FACES:
                what = f"an integration imports {each.root}: a store or a web framework is not its business"
                yield Place(module.path, _line(each), what)
            elif each.root in ours and not _is_near(each.name, package):
                yield Place(
                    module.path,
                    _line(each),
                    f"an integration imports {each.name} of the application",
                )


def downward(project: Project) -> Iterator[Place]:
    """Imports of SDKs by the domain: by what the manifests call models, and by what is called domain."""
    models = {each.partition(":")[0] for manifest in project.manifests for each in manifest.models}
    for module in project.modules:
        if module.manifest is not None or module.is_test:
            continue
        parts = module.name.split(".")
        is_model = any(module.name == each or module.name.startswith(f"{each}.") for each in models)
        if is_model or not _DOMAIN.isdisjoint(parts):
            for each in _imports(module):
                if each.root in imports.VENDORS:
                    yield Place(
                        module.path,
                        _line(each),
                        f"the domain imports {each.root}, the SDK of a provider",
                    )


def sideways(project: Project) -> Iterator[Place]:
    """Imports of one integration by another."""
    packages = {each.name: _package(project, each) for each in project.manifests}
    for module in project.modules:
        if not module.in_package or module.manifest is None:
            continue
        for each in _imports(module):
            for name, package in packages.items():
                other = name != module.manifest.name
                if other and (each.name == package or each.name.startswith(f"{package}.")):
                    what = f"the integration {module.manifest.name} imports the integration {name}"
                    yield Place(module.path, _line(each), what)


def deciding(project: Project) -> Iterator[Place]:
    """Functions of an integration that look like business."""
    for module in project.modules:
        if module.in_package:
            for function in module.source.functions.values():
                found = list(decisions.signs(function))
                if sum(each.weight for each in found) >= decisions.ENOUGH:
                    told = "; ".join(each.what for each in found[:3])
                    yield Place(
                        module.path, function.lineno, f"{function.name} looks like business: {told}"
                    )


def _imports(module: Module) -> Iterator[imports.Import]:
    return imports.imports(module.tree, module.name, package=module.is_package)


def _line(each: imports.Import) -> int:
    return getattr(each.node, "lineno", 1)


def _package(project: Project, manifest: Manifest) -> str:
    parts = manifest.folder.resolve().relative_to(project.root).parts
    return ".".join(parts[1:] if parts[:1] == ("src",) else parts)


def _is_near(name: str, package: str) -> bool:
    """Whether a module is in the package itself, or in what all integrations share."""
    beside = package.rpartition(".")[0]
    return (
        name == package
        or name.startswith(f"{package}.")
        or bool(beside and name.startswith(beside))
    )


RULES = (
    Rule(
        "BW601",
        "An integration does not know the application",
        Severity.ERROR,
        "A connector that imports models, a store or a web framework changes when they do, cannot"
        " be tested without them, and soon does what the application should.",
        "Take values as parameters and return values; import for annotations under `if TYPE_CHECKING`.",
        upward,
    ),
    Rule(
        "BW602",
        "The domain knows no provider",
        Severity.ERROR,
        "A model that is made of a provider's types is the provider's: it changes with their SDK,"
        " and another provider cannot take their place.",
        "Keep what you need of it in fields of your own; the SDK belongs into the integration.",
        downward,
    ),
    Rule(
        "BW603",
        "Integrations do not know each other",
        Severity.ERROR,
        "One that imports another cannot be removed, certified or replaced alone.",
        "Let the application call both, or move what they share beside them.",
        sideways,
    ),
    Rule(
        "BW604",
        "An integration does, and does not decide",
        Severity.WARNING,
        "When to charge, and how much, are rules of the business. In a connector nobody looks for"
        " them, and they are decided anew by each provider. Signs are counted: this is a guess, and"
        " says so.",
        "Decide in the application, and hand over what is to be done.",
        deciding,
    ),
)
