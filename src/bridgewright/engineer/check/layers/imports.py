"""What modules import, absolutely named, and what an integration has no business with."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STORES_AND_FACES = frozenset(
    "alembic bottle celery channels cherrypy connexion django django_ninja falcon fastapi flask"
    " flask_sqlalchemy graphene litestar mongoengine ninja odmantic peewee piccolo pony pyramid quart"
    " rest_framework sanic sqlalchemy sqlmodel starlette strawberry tornado tortoise".split()
)
"""Object-relational mappers and web frameworks, by the names that are imported."""
VENDORS = frozenset(
    "adyen anthropic azure boto3 botocore braintree dropbox github githubkit googleapiclient hubspot intercom"
    " klaviyo mailchimp_marketing mailchimp_transactional mollie msgraph notion_client openai"
    " paypalrestsdk plaid postmarker sendgrid shopify simple_salesforce slack_sdk square stripe telegram"
    " twilio xero_python zenpy".split()
)
"""SDKs of providers."""
_DYNAMIC = frozenset({"importlib.import_module", "import_module", "__import__"})


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module's absolute name, or empty where the name is made while the program runs."""

    name: str
    node: ast.AST

    @property
    def root(self) -> str:
        """The package that it is in."""
        return self.name.partition(".")[0]


def imports(tree: ast.Module, module: str, *, package: bool) -> Iterator[Import]:
    """Everything that a module imports when it runs, wherever in it; what is for type checkers is not
    run. `module` is its own name, `package` whether it is an `__init__`."""
    skipped = {id(each) for node in ast.walk(tree) if _for_types(node) for each in _below(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        match node:
            case ast.Import(names=names):
                yield from (Import(each.name, node) for each in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                start = _absolute(module, name or "", level, package=package)
                for each in names:
                    below = "" if each.name == "*" else each.name
                    yield Import(".".join(filter(None, [start, below])), node)
            case ast.Call(func=func, args=[first, *_]) if ast.unparse(func) in _DYNAMIC:
                literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
                yield Import(str(first.value) if literal else "", node)  # type: ignore[attr-defined]


def _absolute(module: str, name: str, level: int, *, package: bool) -> str:
    if not level:
        return name
    parts = module.split(".")
    kept = parts[: len(parts) - level + (1 if package else 0)]
    return ".".join([*kept, *([name] if name else [])])


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"


def _below(node: ast.AST) -> Iterator[ast.AST]:
    for statement in getattr(node, "body", []):
        yield from ast.walk(statement)
