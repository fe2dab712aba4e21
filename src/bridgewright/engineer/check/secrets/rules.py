"""The rules of the 200s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.rule import Place, Rule, Severity
from bridgewright.engineer.check.secrets import access, channels
from bridgewright.engineer.check.secrets.fallbacks import Fallbacks
from bridgewright.engineer.check.secrets.literals import Literals

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.project import Module, Project


def written(project: Project) -> Iterator[Place]:
    """Secrets in code. One that is a default is told once, as that."""
    tracer = project.tracer
    for module in project.modules:
        defaults = {place.line for place in _defaults(module, tracer)}
        told: set[int] = set()
        for each in Literals(tracer, module).all():
            if each.line not in defaults | told:
                told.add(each.line)
                yield Place(module.path, each.line, each.message, each.column)


def defaults(project: Project) -> Iterator[Place]:
    """Secrets that stand in for missing ones."""
    tracer = project.tracer
    for module in project.modules:
        yield from _defaults(module, tracer)


def _defaults(module: Module, tracer: Tracer) -> Iterator[Place]:
    if not module.is_test:
        for node, name in Fallbacks(tracer, module).all():
            yield _place(module, node, f"{name} has a value when nobody gives one")


def texts(project: Project) -> Iterator[Place]:
    """Secrets that show themselves."""
    for module in project.modules:
        if module.in_package:
            for node, name in access.kept_as_text(module):
                yield _place(
                    module, node, f"{name} is a plain text: repr, logs and tracebacks show it"
                )


def elsewhere(project: Project) -> Iterator[Place]:
    """Secrets that are read all over an integration."""
    tracer = project.tracer
    for module in project.modules:
        if module.in_package:
            for node, name in access.read_elsewhere(module, tracer):
                yield _place(module, node, f"{name} is read here, beside the module of settings")


def open_channels(project: Project) -> Iterator[Place]:
    """Connections that anybody can listen to, or answer."""
    tracer = project.tracer
    for module in project.modules:
        if not module.is_test:
            for node, message in channels.unverified(module, tracer):
                yield _place(module, node, message)
            for node, message in channels.plain(module):
                yield _place(module, node, message)


def addresses(project: Project) -> Iterator[Place]:
    """Secrets in addresses."""
    for module in project.modules:
        if not module.is_test:
            for node, name in channels.in_addresses(module):
                yield _place(module, node, f"{name} is put into an address")


def _place(module: Module, node: ast.AST, message: str) -> Place:
    return Place(module.path, getattr(node, "lineno", 1), message, getattr(node, "col_offset", 0))


RULES = (
    Rule(
        "BW201",
        "No secret is written down",
        Severity.ERROR,
        "Whoever can read the code has it, and so has everybody who ever cloned it.",
        "Revoke it, then read it from the environment or a resolver (`env:NAME`, `vault:…`).",
        written,
    ),
    Rule(
        "BW202",
        "A secret has no default",
        Severity.ERROR,
        "What works without the variable is used without it, in production and by everybody alike.",
        "Read the variable and fail where it is missing, with a message that names it.",
        defaults,
    ),
    Rule(
        "BW203",
        "A secret is no plain text",
        Severity.WARNING,
        "The repr of a value shows its fields, and logs and tracebacks show reprs.",
        "Type it `SecretStr`, or leave it out of the repr (`field(repr=False)`).",
        texts,
    ),
    Rule(
        "BW204",
        "Secrets are read in one place",
        Severity.ERROR,
        "What is read all over cannot be rotated, masked or taken from a vault.",
        "Read it in `settings.py` of the integration, or let the connection's settings resolve it.",
        elsewhere,
    ),
    Rule(
        "BW205",
        "Connections are encrypted and verified",
        Severity.ERROR,
        "Without TLS, or with a certificate that nobody looks at, anybody on the way reads and answers.",
        "Use https, and name your own authority's file (`ca_file`, `verify=`) where it is your own.",
        open_channels,
    ),
    Rule(
        "BW206",
        "No secret is in an address",
        Severity.ERROR,
        "Addresses are kept by logs, proxies, browsers and error messages, all of them in clear.",
        'Send it in a header: `[auth] kind = "api_key"` with `header`.',
        addresses,
    ),
)
