"""What of GitHub can be sent from the outbox: every write of githubkit's REST methods, by its own path,
its body checked by githubkit's own models. GitHub knows no key by which it recognises a repeat."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from githubkit import GitHub
from githubkit.compat import type_validate_python
from pydantic import ValidationError

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.outbound import Outbound, never, short
from bridgewright.core.policy.arguments import refuse_names, refuse_types, unknown_operation

if TYPE_CHECKING:
    from bridgewright.core.model.outbound import Arguments, Attempted

_KNOWN = (
    "issues.create issues.create_comment issues.add_labels pulls.create pulls.create_review"
    " checks.create repos.create_commit_status repos.create_dispatch_event repos.create_release"
    " actions.create_workflow_dispatch"
).split()
_READS = ("get", "list", "check_", "download_", "async_")
_SCHEMAS = ("githubkit_schemas.latest", "githubkit.versions.latest")
"""Where githubkit keeps its models: since 0.15 in a package of their own."""
_OURS = frozenset({"headers", "stream", "data", "kwargs"})
_BODY = re.compile(r"\w+BodyType\b")
_KINDS = {"str": str, "int": int, "bool": bool}
_TWO_STEPS = 2


@dataclass(frozen=True, slots=True)
class Method:
    """One method of `github.rest`: its path's parts with their kinds, and the model of its body."""

    steps: tuple[str, ...]
    in_path: dict[str, Any]
    required: tuple[str, ...]
    model: Any

    def check(self, arguments: Arguments) -> None:
        """Refuse what the path lacks, and what the body's model does not take."""
        operation = f"github.{'.'.join(self.steps)}"
        body = {name: value for name, value in arguments.items() if name not in self.in_path}
        known = {*self.in_path, *(_fields(self.model) or body)}
        refuse_names(operation, arguments, known, self.required)
        refuse_types(operation, arguments, self.in_path)
        if self.model is None:
            return
        try:
            type_validate_python(self.model, body)
        except ValidationError as error:
            # Their text quotes values: only the places are told.
            found = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
            problem = f"{operation}: its body is wrong at {', '.join(found)}"
            raise ConfigurationError(
                problem, remedy="give what GitHub's documentation asks for"
            ) from None

    def __call__(self, attempted: Attempted) -> Any:
        """Make the call."""
        found: Any = attempted.client.rest
        for step in self.steps:
            found = getattr(found, step)
        return found(**attempted.arguments)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """GitHub's operations."""

    def find(self, name: str) -> Outbound:
        """The write that `github.rest` has under this path."""
        method = _method(name)
        if method is None:
            hint = ", or any write of github.rest by its path"
            raise unknown_operation(f"github.{name}", (f"github.{each}" for each in _KNOWN), hint)
        return Outbound(name, method.check, never, method, _result)


def _result(response: Any) -> str:
    found = response.json()
    kept = found.get("node_id") or found.get("id") if isinstance(found, dict) else ""
    return short(kept)


def _fields(model: Any) -> tuple[str, ...]:
    """The names of a body's fields; none for one that has several shapes."""
    fields = getattr(model, "model_fields", None)
    if not isinstance(fields, dict):
        return ()
    return tuple(each.alias or name for name, each in fields.items())


@functools.cache
def _client() -> GitHub[Any]:
    """A client to look at: it makes no call."""
    return GitHub("to look at")


@functools.lru_cache(maxsize=512)
def _method(name: str) -> Method | None:
    steps = tuple(name.split("."))
    if len(steps) != _TWO_STEPS or steps[1].startswith(("_", *_READS)):
        return None
    if not all(step.isidentifier() and not step.startswith("_") for step in steps):
        return None
    found = getattr(getattr(_client().rest, steps[0], None), steps[1], None)
    if not inspect.ismethod(found):
        return None
    parameters = inspect.signature(found).parameters
    path = {n: p for n, p in parameters.items() if n not in _OURS}
    hints = {n: _KINDS.get(str(p.annotation), object) for n, p in path.items()}
    required = tuple(n for n, p in path.items() if p.default is inspect.Parameter.empty)
    return Method(steps, hints, required, _model(parameters.get("data")))


def _model(data: inspect.Parameter | None) -> Any:
    """The model of a body, which githubkit names as its typed mapping without the last word."""
    named = None if data is None else _BODY.search(str(data.annotation))
    if named is None:
        return None
    return getattr(_models(), named.group().removesuffix("Type"), None)


def _models() -> Any:
    package = _SCHEMAS[0] if importlib.util.find_spec("githubkit_schemas") else _SCHEMAS[1]
    return importlib.import_module(f"{package}.models")


OUTBOX = Catalogue()
