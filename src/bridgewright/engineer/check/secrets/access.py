"""How an integration gets at its secrets: where it reads them, and as what it keeps them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import spelt
from bridgewright.engineer.check.secrets.fallbacks import READS
from bridgewright.engineer.check.secrets.naming import holds_secret, may_hold_secret
from bridgewright.engineer.check.secrets.values import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.project import Module

PLACES = frozenset({"settings", "secrets", "config", "environment", "env"})
"""Modules of an integration that may read its secrets."""
_FILES = frozenset({"dotenv.load_dotenv", "dotenv.dotenv_values", "dotenv.get_key"})
_PAYLOADS = frozenset({"TypedDict", "Protocol", "Enum", "StrEnum"})


def read_elsewhere(module: Module, tracer: Tracer) -> Iterator[tuple[ast.AST, str]]:
    """Secrets that are read from the environment outside of the modules that are there for it, and files
    of them wherever they are read."""
    declared = _declared(module)
    is_place = module.name.rpartition(".")[2] in PLACES
    for node, scope in module.scopes.around.items():
        match node:
            case ast.Call(func=func, args=args):
                names = {spelt(each) for each in tracer.origins(func, scope)}
                if names & _FILES:
                    yield node, "a file of secrets"
                elif names & READS and args and not is_place:
                    yield from _secret(node, text_of(args[0]), declared)
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if not is_place:
                if any(spelt(each) == "os.environ" for each in tracer.origins(value, scope)):
                    yield from _secret(node, text_of(key), declared)
            case _:
                pass


def _secret(
    node: ast.AST, name: str | None, declared: frozenset[str]
) -> Iterator[tuple[ast.AST, str]]:
    if name and (name in declared or holds_secret(name) or may_hold_secret(name)):
        yield node, name


def _declared(module: Module) -> frozenset[str]:
    if module.manifest is None:
        return frozenset()
    sources = (name for each in module.manifest.sources.values() for name in each.secrets)
    return frozenset((*module.manifest.auth.secrets, *sources))


def kept_as_text(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Fields of values that hold a secret as a plain text, which their `repr` shows."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and not _is_payload(node):
            for each in node.body:
                match each:
                    case ast.AnnAssign(
                        target=ast.Name(id=name), annotation=annotation, value=value
                    ):
                        if holds_secret(name) and _is_text(annotation) and not _is_hidden(value):
                            yield each, name
                    case _:
                        pass


def _is_payload(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] in _PAYLOADS for each in node.bases)


def _is_text(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Name(id="str" | "bytes"):
            return True
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _is_text(inner)
        case _:
            pass
    return False


def _is_hidden(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and any(
        each.arg == "repr" and isinstance(each.value, ast.Constant) and each.value.value is False
        for each in value.keywords
    )
