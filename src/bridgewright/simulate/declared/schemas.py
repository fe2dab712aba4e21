"""The schemas of a document: whether a value fits one, and the smallest value that does."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.declared.patterns import LONGEST_TEXT, is_tame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.simulate.declared.paper import Paper
    from bridgewright.simulate.wire import Content

MOST_PROBLEMS = 10
"""How many problems of one value are told."""
LONGEST_TOLD = 80
FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")
_AS_GIVEN = frozenset({"example", "examples", "default", "enum", "const"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "schemas"})


class Way(StrEnum):
    """Which way a value goes: a reader's properties are no part of what is asked, a writer's none of
    what is answered."""

    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value, and where in it: a JSON pointer, "" for the whole."""

    place: str
    what: str


class Schemas:
    """Validates by `jsonschema` and by nothing else; patterns that could take for ever are not tried,
    and are named in `untried`. ConfigurationError when it is not installed."""

    def __init__(self, paper: Paper) -> None:
        try:
            import jsonschema  # type: ignore[import-untyped]  # noqa: PLC0415 - an optional dependency
            import referencing.jsonschema  # noqa: PLC0415 - comes with it
        except ImportError:
            raise ConfigurationError(
                "a provider declared by an OpenAPI document needs jsonschema, which is not installed",
                remedy="pip install 'jsonschema>=4.23'",
            ) from None
        self.untried: list[str] = []
        self._paper = paper
        self._checker = jsonschema.FormatChecker(formats=FORMATS)
        self._checker.checks("date-time")(_is_instant)
        pattern = {"pattern": _pattern}
        self._make = jsonschema.validators.extend(jsonschema.Draft202012Validator, pattern)
        draft = referencing.jsonschema.DRAFT202012
        registry: Any = referencing.Registry()
        for way in Way:
            whole = _Dialect(paper, way, self.untried).of(copy.deepcopy(paper.content), "")
            registry = registry.with_resource(_urn(way), draft.create_resource(whole))
        self.untried = sorted(set(self.untried))
        self._registry = registry
        self._made: dict[tuple[str, Way], Any] = {}

    def problems(self, pointer: str, value: object, way: Way) -> tuple[Problem, ...]:
        """What keeps a value from fitting the schema at a pointer; nothing when it fits."""
        if self._paper.follow(pointer)[1] is None:
            return ()  # nothing is declared
        key = (pointer, way)
        if key not in self._made:
            reference = {"$ref": f"{_urn(way)}#{quote(pointer)}"}
            made = self._make(reference, registry=self._registry, format_checker=self._checker)
            self._made[key] = made
        try:
            errors = islice(self._made[key].iter_errors(value), MOST_PROBLEMS)
            return tuple(sorted(map(_problem, errors), key=lambda each: each.place))
        except RecursionError:
            return (Problem("", "is nested deeper than can be checked"),)
        except Exception as error:  # noqa: BLE001 - a stranger's schema breaks in many ways
            return (
                Problem("", f"cannot be checked: its schema is broken ({type(error).__name__})"),
            )


class _Dialect:
    """Rewrites a document so that its schemas are JSON Schema 2020-12 for one way: OpenAPI 3.0's
    `nullable` and its exclusive bounds, and what only goes the other way is not required."""

    def __init__(self, paper: Paper, way: Way, untried: list[str]) -> None:
        self._paper = paper
        self._other = "readOnly" if way is Way.ASKED else "writeOnly"
        self._untried = untried

    def of(self, node: Any, at: str, *, names: bool = False) -> Any:
        if isinstance(node, list):
            return [self.of(each, at) for each in node]
        if not isinstance(node, dict):
            return node
        if not names:
            self._rewrite(node, at)
        return {
            key: value
            if not names and (key in _AS_GIVEN or key.startswith("x-"))
            else self.of(value, f"{at}/{key}", names=not names and key in _NAMED)
            for key, value in node.items()
        }

    def _rewrite(self, node: Content, at: str) -> None:
        if isinstance(node.get("pattern"), str) and not is_tame(node["pattern"]):
            self._untried.append(f"{at}/pattern")
            del node["pattern"]
        if isinstance(node.get("patternProperties"), dict):
            tame = {k: v for k, v in node["patternProperties"].items() if is_tame(k)}
            self._untried += [f"{at}/{k}" for k in node["patternProperties"] if k not in tame]
            node["patternProperties"] = tame
        required, properties = node.get("required"), node.get("properties")
        if isinstance(required, list) and isinstance(properties, dict):
            node["required"] = [n for n in required if not self._goes_other(properties.get(n))]
        if not self._paper.is_modern:
            _modernise(node)

    def _goes_other(self, schema: Any) -> bool:
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            _, schema = self._paper.follow(schema["$ref"][1:])
        return isinstance(schema, dict) and schema.get(self._other) is True


def _modernise(node: Content) -> None:
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if isinstance(node.get(exclusive), bool) and node.pop(exclusive) and bound in node:
            node[exclusive] = node.pop(bound)
    if node.pop("nullable", None) is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]


def _pattern(validator: Any, pattern: str, value: object, schema: object) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415 - an optional dependency

    del validator, schema
    if isinstance(value, str) and len(value) <= LONGEST_TEXT and not re.search(pattern, value):
        yield ValidationError("does not match")


def _problem(error: Any) -> Problem:
    place = "".join(
        f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in error.absolute_path
    )
    wanted = error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in wanted if name not in error.instance]
            what = f"needs {', '.join(map(str, missing))}"
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            what = f"is to be {' or '.join(map(str, kinds))}"
        case "additionalProperties" | "unevaluatedProperties":
            what = "has a property that is not declared"
        case "oneOf" | "anyOf":
            what = f"fits none of {len(wanted)} forms, or too many"
        case "enum":
            what = f"is to be one of {str(wanted)[:LONGEST_TOLD]}"
        case None:
            what = "is not allowed"
        case _:
            what = f"breaks {error.validator} {str(wanted)[:LONGEST_TOLD]}"
    return Problem(place, what)


def _is_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _urn(way: Way) -> str:
    return f"urn:bridgewright:{way}"
