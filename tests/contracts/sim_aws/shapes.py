"""What may be asked of AWS by botocore's own description of its services, and whether an answer is as that
description says. AWS publishes no OpenAPI document; this is what its SDKs are made from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.validate import ParamValidator
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, Shape

DEEPEST = 3
LONGEST = 12
MANY = 3
_LEAST, _MOST = -2, 20
_DAYS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def asked(operation: OperationModel, known: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of an operation. Members that `known` names are mostly what is there already."""
    if operation.input_shape is None:
        return st.just({})
    return _structure(operation.input_shape, known, 0)


def wrong(operation: OperationModel, answer: Mapping[str, Any]) -> str:
    """What of an answer is not as described: a member that is needed and missing, or of another type.

    Not the least that a number may be: AWS itself tells of 0 changes of a table where it describes 1 or
    more.
    """
    told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    shape = operation.output_shape
    if shape is None:
        return "" if not told else f"it answers nothing, and there is {sorted(told)}"
    streamed = {name for name, each in shape.members.items() if each.serialization.get("streaming")}
    streamed |= {operation.get_streaming_output().name} if operation.has_streaming_output else set()
    payload = shape.serialization.get("payload")
    kept = {name: value for name, value in told.items() if name not in streamed | {payload}}
    report = ParamValidator().validate(kept, shape)
    found = str(report.generate_report()).split("\n") if report.has_errors() else []
    return "\n".join(line for line in found if "valid min value" not in line)


def _structure(
    shape: Any, known: Mapping[str, Any], depth: int
) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: _member(name, each, known, depth + 1) for name, each in shape.members.items()}
    if getattr(shape, "is_tagged_union", False) or shape.name == "AttributeValue":
        chosen = sorted(members) if depth < DEEPEST else ["S"]
        return st.sampled_from(chosen).flatmap(
            lambda name: st.fixed_dictionaries({name: members[name]})
        )
    needed = {name: members[name] for name in shape.required_members}
    others = {} if depth > DEEPEST else {n: s for n, s in members.items() if n not in needed}
    few = (
        st.lists(st.sampled_from(sorted(others)), max_size=MANY, unique=True)
        if others
        else st.just([])
    )
    return few.flatmap(
        lambda names: st.fixed_dictionaries(needed | {name: others[name] for name in names})
    )


def _member(
    name: str, shape: Shape, known: Mapping[str, Any], depth: int
) -> st.SearchStrategy[Any]:
    if name in known and isinstance(known[name], str | int) == (shape.type_name in _SCALARS):
        return st.one_of(st.just(known[name]), st.just(known[name]), _value(shape, known, depth))
    return st.deferred(lambda: _value(shape, known, depth))


def _value(shape: Any, known: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if shape.type_name == "structure":
        return _structure(shape, known, depth)
    if shape.type_name in _SCALARS:
        return st.sampled_from(sorted(shape.enum)) if getattr(shape, "enum", ()) else _sized(shape)
    many = 0 if depth > DEEPEST else MANY
    least = int(shape.metadata.get("min", 0))
    if shape.type_name == "list":
        inner = _member(shape.member.name, shape.member, known, depth + 1)
        return st.lists(inner, min_size=least, max_size=max(least, many))
    keys = _value(shape.key, known, depth + 1)
    return st.dictionaries(keys, _member("", shape.value, known, depth + 1), max_size=many)


def _sized(shape: Any) -> st.SearchStrategy[Any]:
    least = int(shape.metadata.get("min", 0))
    if shape.type_name == "string":
        return st.text("abc-_.7ü", min_size=least, max_size=max(least, LONGEST))
    if shape.type_name == "blob":
        return st.binary(min_size=least, max_size=max(least, LONGEST))
    return _SCALARS[shape.type_name]


_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(),
    "blob": st.binary(),
    "integer": st.integers(_LEAST, _MOST),
    "long": st.integers(_LEAST, _MOST),
    "float": st.floats(_LEAST, _MOST),
    "double": st.floats(_LEAST, _MOST),
    "boolean": st.booleans(),
    "timestamp": _DAYS,
}
