"""Types as both ways of reading find them, and what they say of a field.

An imported class has type objects, a source file has expressions; each is made a `Form`, and from there
on there is one rule for both. What could not be read is said to be so, and nothing is made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bridgewright.engineer.findings.fields import FieldSpec, Kind, Where, Zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Facets = Mapping[str, Any]

Perhaps: TypeAlias = "bool | None"
"""Yes, no, or nobody knows."""
UNREAD: Final = "\0unread"
"""The value of a facet that is there and could not be read."""
NULL, UNION, LITERAL, ENUM, MODEL = "None", "typing.Union", "typing.Literal", "enum", "model"
WRAPPERS = frozenset("Required NotRequired ReadOnly Final ClassVar Mapped InitVar".split())
"""What is written around a type, and is none of its own."""
ELEMENT = "[]"
"""The name of the elements of an array, and of the values of an object."""
LIMITS = frozenset(
    "min_len max_len pattern enum open_enum format precision scale bits items model".split()
)
_MINOR = ("_cents", "_cent", "_pence", "_minor", "_minor_units")
_UNITS = {"_s": "s", "_seconds": "s", "_secs": "s", "_ms": "ms", "_millis": "ms"}
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Form:
    """A type: its canonical name (`str`, `decimal.Decimal`, `typing.Union`), what it is made of, the
    values of a literal or an enum, and what is noted on it. "" is one that could not be read."""

    name: str
    args: tuple[Form, ...] = ()
    values: tuple[str | int | float | bool | None, ...] = ()
    marks: Facets = field(default_factory=dict)

    def marked(self, marks: Facets) -> Form:
        """The same with more noted on it; the newer note holds."""
        return Form(self.name, self.args, self.values, {**self.marks, **marks}) if marks else self


NOBODY = Form("")
OTHER = Form("?")
"""A class that nothing is known of, but that its values are not null."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A field as it was found: its type, whether it has to be given (None: unknown), what is noted on
    it besides its type, and the line it stands in."""

    name: str
    form: Form
    required: bool | None = True
    marks: Facets = field(default_factory=dict)
    where: Where = field(default_factory=Where)


def described(raw: Raw) -> FieldSpec:
    """The field, from what was found of it."""
    spec = noted(spec_of(raw.form), {"unit": unit_of(raw.name), **raw.marks})
    required = None if raw.required is None else raw.required and not spec.computed
    return spec.but(name=raw.name, required=required, where=raw.where)


def unit_of(name: str) -> str | None:
    """What the name of an amount or a length of time says it is counted in."""
    plain = name.lower()
    if plain.endswith(_MINOR):
        return "minor"
    return next((unit for ending, unit in _UNITS.items() if plain.endswith(ending)), None)


def spec_of(form: Form) -> FieldSpec:
    """A nameless field of that type."""
    members = list(_members(form))
    real = [each for each in members if each.name != NULL]
    if not members:
        spec = FieldSpec("", Kind.UNKNOWN, nullable=None)
    elif not real:
        spec = FieldSpec("", Kind.NULL)
    else:
        spec = _together([_single(each) for each in real])
    unsure = any(not each.name for each in members)
    null = True if len(real) < len(members) else None if unsure else spec.nullable
    return noted(
        spec.but(nullable=null), form.marks if form.name == UNION or form.name in WRAPPERS else {}
    )


def _members(form: Form) -> Iterator[Form]:
    if form.name == UNION or (form.name in WRAPPERS and form.args):
        for each in form.args:
            yield from _members(each)
    elif form.name == LITERAL and None in form.values:
        rest = tuple(value for value in form.values if value is not None)
        yield Form(NULL)
        if rest:
            yield Form(LITERAL, (), rest, form.marks)
    else:
        yield form


def _together(specs: list[FieldSpec]) -> FieldSpec:
    """What is true of every member of a union."""
    first, *others = specs
    if not others or all(each == first for each in others):
        return first
    kinds = {each.kind for each in specs}
    nullable = (
        None if any(each.nullable is None for each in specs) else any(e.nullable for e in specs)
    )
    if Kind.UNKNOWN in kinds:
        return FieldSpec("", Kind.UNKNOWN, nullable=nullable)
    if len(kinds) > 1:
        return FieldSpec("", Kind.ANY, nullable=nullable)
    listed = [each for each in specs if each.enum]
    if listed and len(listed) < len(specs):
        return _open(listed, [each for each in specs if not each.enum], nullable)
    if len(listed) == len(specs) and not any(each.unknown for each in specs):
        values = dict.fromkeys(value for each in specs for value in each.enum)
        return FieldSpec("", first.kind, nullable=nullable, enum=tuple(values))
    differing = {
        facet
        for facet in (*LIMITS, "zone")
        if len({getattr(each, facet) for each in specs}) > 1
        or any(facet in e.unknown for e in specs)
    }
    blank = FieldSpec("")
    same = {facet: getattr(blank, facet) for facet in differing}
    return first.but(nullable=nullable, unknown=frozenset(differing - {"zone"}), **same)


def _open(listed: list[FieldSpec], others: list[FieldSpec], nullable: Perhaps) -> FieldSpec:
    """Known values beside all the others: `Literal["a"] | str`."""
    values = dict.fromkeys(value for each in listed for value in each.enum)
    return _together(others).but(nullable=nullable, enum=tuple(values), open_enum=True)


def _single(form: Form) -> FieldSpec:
    if form.name in (LITERAL, ENUM):
        spec = _listed(form.values)
    elif form.name == MODEL:
        spec = FieldSpec("", Kind.OBJECT, model=str(form.values[0]))
    elif form.name in _ARRAYS:
        spec = _array(form)
    elif form.name in _OBJECTS:
        items = _element(form.args[1]) if len(form.args) == _PAIR else None
        spec = FieldSpec("", Kind.OBJECT, items=items)
    elif form.name in _SCALARS:
        spec = FieldSpec("", **_SCALARS[form.name])
    else:
        spec = FieldSpec("", Kind.UNKNOWN, nullable=None if not form.name else False)
    return noted(spec, form.marks)


def _array(form: Form) -> FieldSpec:
    args = tuple(each for each in form.args if each.name != "...")
    if form.name == "tuple" and form.args and len(args) == len(form.args):
        return FieldSpec("", Kind.ARRAY, min_len=len(args), max_len=len(args))
    return FieldSpec("", Kind.ARRAY, items=_element(args[0]) if args else None)


def _element(form: Form) -> FieldSpec:
    return spec_of(form).but(name=ELEMENT)


def _listed(values: tuple[str | int | float | bool | None, ...]) -> FieldSpec:
    words = tuple(dict.fromkeys(wire_word(value) for value in values))
    kinds = {_SORTS.get(type(value), Kind.UNKNOWN) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else Kind.ANY if kinds else Kind.UNKNOWN
    return FieldSpec("", kind, enum=words)


def wire_word(value: object) -> str:
    """A value of an enum as JSON shows it, a string without its quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def noted(spec: FieldSpec, marks: Facets) -> FieldSpec:
    """The field with facets set; those that could not be read become unknown."""
    changes: dict[str, Any] = {}
    unread = set(spec.unknown)
    for facet, value in marks.items():
        if value is not UNREAD and value != UNREAD:
            unread.discard(facet)
            changes[facet] = value
        elif facet in ("required", "nullable"):
            changes[facet] = None
        elif facet in ("kind", "zone"):
            changes[facet] = Kind.UNKNOWN if facet == "kind" else Zone.UNKNOWN
        else:
            unread.add(facet)
    return spec.but(**changes, unknown=frozenset(unread))


def unread(facets: Iterable[str]) -> Facets:
    """Marks that say of facets that they are there and could not be read."""
    return dict.fromkeys(facets, UNREAD)


_SORTS: Mapping[type, Kind] = {
    str: Kind.STRING,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    bytes: Kind.BYTES,
}
_ARRAYS = frozenset(
    "list tuple set frozenset collections.deque collections.abc.Sequence collections.abc.Iterable"
    " collections.abc.MutableSequence collections.abc.Collection collections.abc.Set"
    " collections.abc.MutableSet".split()
)
_OBJECTS = frozenset(
    "dict collections.OrderedDict collections.defaultdict collections.abc.Mapping"
    " collections.abc.MutableMapping".split()
)


def _text(form: str | None) -> Facets:
    return {"kind": Kind.STRING, "format": form}


_SCALARS: Mapping[str, Facets] = {
    "str": {"kind": Kind.STRING},
    "int": {"kind": Kind.INTEGER},
    "float": {"kind": Kind.NUMBER},
    "bool": {"kind": Kind.BOOLEAN},
    "bytes": {"kind": Kind.BYTES},
    "bytearray": {"kind": Kind.BYTES},
    "object": {"kind": Kind.ANY, "nullable": None},
    "typing.Any": {"kind": Kind.ANY, "nullable": None},
    "decimal.Decimal": {"kind": Kind.DECIMAL},
    "datetime.date": {"kind": Kind.DATE},
    "datetime.datetime": {"kind": Kind.DATETIME},
    "datetime.time": {"kind": Kind.TIME},
    "datetime.timedelta": {"kind": Kind.DURATION},
    "uuid.UUID": _text("uuid"),
    "ipaddress.IPv4Address": _text("ipv4"),
    "ipaddress.IPv6Address": _text("ipv6"),
    "pathlib.Path": _text(None),
    "pydantic.AwareDatetime": {"kind": Kind.DATETIME, "zone": Zone.AWARE},
    "pydantic.NaiveDatetime": {"kind": Kind.DATETIME, "zone": Zone.NAIVE},
    "pydantic.PastDatetime": {"kind": Kind.DATETIME},
    "pydantic.FutureDatetime": {"kind": Kind.DATETIME},
    "pydantic.PastDate": {"kind": Kind.DATE},
    "pydantic.FutureDate": {"kind": Kind.DATE},
    "pydantic.EmailStr": _text("email"),
    "pydantic.SecretStr": _text(None),
    "pydantic.SecretBytes": {"kind": Kind.BYTES},
    "pydantic.AnyUrl": _text("uri"),
    "pydantic.AnyHttpUrl": _text("uri"),
    "pydantic.HttpUrl": {**_text("uri"), "max_len": 2083},
}
KNOWN = frozenset(_SCALARS) | _ARRAYS | _OBJECTS
"""Names of types that something is known of."""
