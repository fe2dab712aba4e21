"""What an operation takes: each parameter's kind and bounds, read as Stripe reads them.

The same description is the operation's JSON Schema. Wordings after https://docs.stripe.com/error-codes
and the API's own answers, as known 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.trouble import invalid, unsupported

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

LONGEST = 5_000
LARGEST = 2**53 - 1
_DIGITS = 16
_KEY, _VALUE, _PAIRS = 40, 500, 50

Read = Callable[[str, Any], Any]
"""Makes a value of what was sent under a name; ProblemError where it is none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: how it is read, and what its schema says. A `clearable` one may be emptied, and is
    None then."""

    read: Read
    schema: Mapping[str, Any]
    needed: bool = False
    clearable: bool = False


Parameters = Mapping[str, Parameter]


def text(*, needed: bool = False, clearable: bool = False, most: int = LONGEST) -> Parameter:
    """A text of 1 to `most` characters."""

    def read(name: str, sent: Any) -> str:
        if not isinstance(sent, str):
            raise invalid("Invalid string: must be a string, not a hash or an array", name)
        if len(sent) > most:
            raise invalid(f"Invalid string: must be at most {most} characters", name)
        return sent

    return Parameter(read, {"type": "string", "maxLength": most}, needed, clearable)


def whole(
    least: int = 0, most: int = LARGEST, *, needed: bool = False, clearable: bool = False
) -> Parameter:
    """A whole number."""

    def read(name: str, sent: Any) -> int:
        digits = sent.removeprefix("-") if isinstance(sent, str) else ""
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
            raise invalid(f"Invalid integer: {_shown(sent)}", name, "parameter_invalid_integer")
        if not least <= int(sent) <= most:
            message = f"This value must be between {least} and {most}."
            raise invalid(message, name, "parameter_invalid_integer")
        return int(sent)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(read, schema, needed, clearable)


def flag() -> Parameter:
    """True or false."""

    def read(name: str, sent: Any) -> bool:
        if sent not in ("true", "false"):
            raise invalid(f"Invalid boolean: {_shown(sent)}", name)
        return bool(sent == "true")

    return Parameter(read, {"type": "boolean"})


def one_of(*choices: str, needed: bool = False, clearable: bool = False) -> Parameter:
    """One of a few words."""

    def read(name: str, sent: Any) -> str:
        if sent not in choices:
            listed = f"{', '.join(choices[:-1])}, or {choices[-1]}" if choices[1:] else choices[0]
            raise invalid(f"Invalid {name}: must be one of {listed}", name)
        return str(sent)

    return Parameter(read, {"type": "string", "enum": [*choices]}, needed, clearable)


def table(parameters: Parameters, *, needed: bool = False, clearable: bool = False) -> Parameter:
    """Parameters within a parameter: `card[number]`."""

    def read(name: str, sent: Any) -> Content:
        if not isinstance(sent, dict):
            raise invalid("Invalid object", name)
        return taken(parameters, sent, within=name)

    return Parameter(read, schema_of(parameters), needed, clearable)


def each(one: Parameter, *, needed: bool = False, clearable: bool = False) -> Parameter:
    """Several of a kind, in their order: `items[0][price]`, `expand[]`."""

    def read(name: str, sent: Any) -> list[Any]:
        if not isinstance(sent, list):
            raise invalid("Invalid array", name)
        return [one.read(f"{name}[{index}]", value) for index, value in enumerate(sent)]

    return Parameter(read, {"type": "array", "items": one.schema}, needed, clearable)


def either(one: Parameter, other: Parameter) -> Parameter:
    """A hash of the one kind, or else the other: `created=7` and `created[gte]=7`."""

    def read(name: str, sent: Any) -> Any:
        return (one if isinstance(sent, dict) else other).read(name, sent)

    return Parameter(read, {"anyOf": [one.schema, other.schema]})


def metadata() -> Parameter:
    """Up to 50 texts by their names. Emptied, or with an empty value, it takes away."""

    def read(name: str, sent: Any) -> Content:
        if not isinstance(sent, dict) or not all(isinstance(value, str) for value in sent.values()):
            raise invalid("Metadata must be a set of key-value pairs", name)
        if len(sent) > _PAIRS:
            raise invalid(f"Metadata can have at most {_PAIRS} keys", name)
        for key, value in sent.items():
            if len(key) > _KEY or len(value) > _VALUE:
                message = f"Metadata keys can have up to {_KEY} characters, values up to {_VALUE}"
                raise invalid(message, f"{name}[{key}]")
        return sent

    schema = {"type": "object", "additionalProperties": {"type": "string", "maxLength": _VALUE}}
    return Parameter(read, schema, clearable=True)


def taken(
    parameters: Parameters,
    sent: Content,
    *,
    known: frozenset[str] = frozenset(),
    within: str = "",
) -> Content:
    """What was sent, each value of its kind. What Stripe takes and is not simulated is in `known`.

    ProblemError for what is missing, wrong or unknown; none of these is kept under a key.
    """
    given: Content = {}
    for name, value in sent.items():
        full = f"{within}[{name}]" if within else name
        parameter = parameters.get(name)
        if parameter is None:
            raise unsupported(full) if name in known else _unknown(full, name, parameters)
        if value != "":
            given[name] = parameter.read(full, value)
        elif parameter.clearable:
            given[name] = None
        else:
            raise _unclearable(full)
    for name, parameter in parameters.items():
        if parameter.needed and given.get(name) is None:
            full = f"{within}[{name}]" if within else name
            raise invalid(f"Missing required param: {full}.", full, "parameter_missing")
    return given


def schema_of(parameters: Parameters) -> Content:
    """The JSON Schema of a hash with these parameters."""
    return {
        "type": "object",
        "properties": {name: each.schema for name, each in parameters.items()},
        "required": [name for name, each in parameters.items() if each.needed],
        "additionalProperties": False,
    }


def _unknown(full: str, name: str, parameters: Parameters) -> Exception:
    near = get_close_matches(name, parameters, 1)
    guess = f". Did you mean {near[0]}?" if near else ""
    return invalid(f"Received unknown parameter: {full}{guess}", full, "parameter_unknown")


def _unclearable(full: str) -> Exception:
    message = (
        f"You passed an empty string for '{full}'. We assume empty values are an attempt to unset a"
        f" field; however '{full}' cannot be unset. You should remove '{full}' from your request or"
        " supply a non-empty value."
    )
    return invalid(message, full, "parameter_invalid_empty")


def _shown(sent: object) -> str:
    return sent if isinstance(sent, str) else "a hash or an array"
