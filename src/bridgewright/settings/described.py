"""What one setting is: its kind, bounds, default, and why; stated once, beside the field it fills.

Parsing, the file that `bridgewright init` writes, and the reference page are all made from this.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from dataclasses import Field

    from _typeshed import DataclassInstance

T = TypeVar("T")

_METADATA = "setting"
_SHOWN = 1e15


class Kind(StrEnum):
    """What a setting holds, in the words an error message uses."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXT = "text"
    PATH = "a path"
    SECRET = "a reference to a secret"  # noqa: S105 - the kind, not a secret
    SECRETS = "references to secrets"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    `what` it is for, `why` its default is what it is. `least` and `most` are allowed values.
    `default_text` describes a default that depends on something else. `form` looks at a text and
    says what is wrong with it, or nothing. `also` is a second key for the same thing.
    """

    kind: Kind
    what: str
    why: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    default_text: str = ""
    example: str = ""
    form: Callable[[str], str | None] | None = None
    also: str | None = None

    def problem(self, value: object) -> str | None:
        """What is wrong with `value`, in words that never repeat a text; None when nothing is."""
        match self.kind, value:
            case Kind.WHOLE, int() if not isinstance(value, bool):
                return self._out_of_bounds(value)
            case Kind.NUMBER, int() | float() if not isinstance(value, bool):
                return self._out_of_bounds(value)
            case Kind.FLAG, bool():
                return None
            case ((Kind.TEXT | Kind.PATH | Kind.SECRET), str()):
                return self._malformed(value)
            case Kind.SECRETS, tuple() if value and all(isinstance(one, str) for one in value):
                return next(filter(None, (self._malformed(one) for one in value)), None)
            case _:
                return f"must be {self.kind}, and is {_kind_of(value)}"

    def bounds(self) -> str:
        """The allowed values as text, or ""."""
        match self.least, self.most:
            case None, None:
                return ""
            case least, None:
                return f"{least:.10g} or more"
            case None, most:
                return f"at most {most:.10g}"
            case least, most:
                return f"{least:.10g} to {most:.10g}"

    def _out_of_bounds(self, value: float) -> str | None:
        least = -math.inf if self.least is None else self.least
        most = math.inf if self.most is None else self.most
        if least <= value <= most and abs(value) != math.inf:
            return None
        unit = f" {self.unit}" if self.unit else ""
        shown = f"{value:.10g}" if abs(value) < _SHOWN else "out of reach"
        return f"is {shown}: allowed is {self.bounds()}{unit}"

    def _malformed(self, text: str) -> str | None:
        if not text.strip():
            return "is empty"
        return self.form(text) if self.form is not None else None


@dataclass(frozen=True, slots=True)
class Described:
    """A setting with the key it goes by and its default (None where there is none to show)."""

    key: str
    setting: Setting
    default: Any

    def default_shown(self) -> str:
        """The default as the reference shows it."""
        if self.setting.default_text:
            return self.setting.default_text
        return as_toml(self.default) if self.default is not None else "none"


def setting(  # noqa: PLR0913 - each argument is a column of the reference
    default: T,
    kind: Kind,
    what: str,
    *,
    why: str = "",
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    default_text: str = "",
    example: str = "",
    form: Callable[[str], str | None] | None = None,
    also: str | None = None,
) -> T:
    """A dataclass field that is a setting."""
    described = Setting(
        kind, what, why, unit, least, most, default_text, example, form=form, also=also
    )
    return field(default=default, metadata={_METADATA: described})


def needed(
    kind: Kind,
    what: str,
    *,
    example: str,
    form: Callable[[str], str | None] | None = None,
    also: str | None = None,
) -> Any:
    """A dataclass field that is a setting without a default; its value is not put into a `repr`."""
    described = Setting(
        kind, what, default_text="none; needed", example=example, form=form, also=also
    )
    return field(repr=False, metadata={_METADATA: described})


def described(value_type: type) -> Iterator[Described]:
    """The settings among a dataclass's fields, in their order."""
    for one in fields(value_type):
        found = _setting_of(one)
        if found is not None:
            default = None if one.default is MISSING else one.default
            yield Described(one.name, found, default)


def refuse_wrong(value: DataclassInstance, *, but: frozenset[str] = frozenset()) -> None:
    """Check a value made in Python by the same rules as one read from a file.

    None, where it is the default, means that something else decides. `but` names fields whose type
    differs from what a file holds.
    """
    for one in described(type(value)):
        held = getattr(value, one.key)
        if one.key in but or (held is None and one.default is None):
            continue
        problem = one.setting.problem(str(held) if one.setting.kind is Kind.PATH else held)
        if problem is not None:
            problem = f"{one.key} {problem}"
            raise ConfigurationError(problem, place=type(value).__name__)


def as_toml(value: object) -> str:
    """A default as it stands in a TOML file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return f'"{value}"'


def _setting_of(one: Field[Any]) -> Setting | None:
    found = one.metadata.get(_METADATA)
    return found if isinstance(found, Setting) else None


def _kind_of(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    names |= {dict: "a table", list: "a list", tuple: "a list"}
    return names.get(type(value), "something else")
