"""Fields and models that are made up, and what every reading of them has to come to."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field

from hypothesis import strategies as st

from bridgewright.engineer.findings.fields import FieldSpec, Kind, Zone


@dataclass(frozen=True, slots=True)
class Drawn:
    """One field: its kind, what limits it, whether it may be null, and whether it has a default."""

    name: str
    kind: Kind
    nullable: bool = False
    default: bool = False
    max_len: int | None = None
    min_len: int | None = None
    precision: int | None = None
    scale: int | None = None
    zone: Zone = Zone.UNKNOWN
    format: str | None = None
    enum: tuple[str, ...] = ()
    named: bool = False
    alias: str | None = None
    optional: int = 0
    items: Drawn | None = None


@dataclass(frozen=True, slots=True)
class DrawnModel:
    """A model; `parent` are the fields that it inherits."""

    name: str
    fields: tuple[Drawn, ...] = ()
    parent: tuple[Drawn, ...] = ()
    expected: dict[str, FieldSpec] = field(default_factory=dict)


def spec(drawn: Drawn, **changes: object) -> FieldSpec:
    """What is known of a field whose library can say all that was drawn."""
    made = FieldSpec(
        drawn.name,
        drawn.kind,
        required=not drawn.default,
        nullable=drawn.nullable,
        min_len=drawn.min_len,
        max_len=drawn.max_len,
        enum=drawn.enum,
        format=drawn.format,
        precision=drawn.precision,
        scale=drawn.scale,
        zone=drawn.zone,
        alias=drawn.alias,
        items=None
        if drawn.items is None
        else spec(drawn.items).but(name="[]", required=True, unit=None),
        unit="minor" if drawn.name.endswith("_cents") else None,
    )
    return made.but(**changes)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROOTS = st.text(_LETTERS, min_size=3, max_size=8).filter(
    lambda text: not keyword.iskeyword(text) and text not in _TAKEN
)
_TAKEN = frozenset(
    "copy json dict schema registry metadata check clean delete save date pk objects model fields"
    " construct validate keys items values update pop get clear int str bool float bytes list set type"
    " any field text".split()
)
NAMES = st.builds(
    lambda root, ending: f"{root}{ending}",
    _ROOTS,
    st.sampled_from(["", "_at", "_cents", "_by", "_x"]),
)
_WORDS = st.lists(
    st.text(_LETTERS, min_size=3, max_size=6).filter(lambda text: not keyword.iskeyword(text)),
    min_size=1,
    max_size=4,
    unique=True,
).map(tuple)
_LIMIT = st.none() | st.integers(3, 200)


@st.composite
def scalars(draw: st.DrawFn, name: str) -> Drawn:
    """A field of one value."""
    kind = draw(st.sampled_from(_SCALARS))
    made: dict[str, object] = {}
    if kind is Kind.STRING:
        sort = draw(st.sampled_from(["plain", "limited", "uuid", "literal", "enum"]))
        if sort == "limited":
            made["max_len"] = draw(st.integers(3, 200))
            made["min_len"] = draw(st.none() | st.integers(1, 3))
        made["format"] = "uuid" if sort == "uuid" else None
        made["enum"] = draw(_WORDS) if sort in ("literal", "enum") else ()
        made["named"] = sort == "enum"
    if kind is Kind.DECIMAL and draw(st.booleans()):
        made["precision"] = draw(st.integers(4, 20))
        made["scale"] = draw(st.integers(0, 4))
    if kind is Kind.DATETIME:
        made["zone"] = draw(st.sampled_from(Zone))
    return Drawn(
        name,
        kind,
        nullable=draw(st.booleans()),
        default=draw(st.booleans()),
        optional=draw(st.integers(0, 1)),
        **made,  # type: ignore[arg-type]
    )


@st.composite
def fields(draw: st.DrawFn, name: str) -> Drawn:
    """A field of one value, or an array of such."""
    made = draw(scalars(name))
    if draw(st.integers(0, 5)):
        return made
    inner = Drawn(name, made.kind, nullable=made.nullable, zone=made.zone, format=made.format)
    return Drawn(name, Kind.ARRAY, default=made.default, max_len=draw(_LIMIT), items=inner)


@st.composite
def models(draw: st.DrawFn, name: str) -> DrawnModel:
    """A model of up to eight fields, some of them its parent's."""
    names = draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    made = tuple(draw(fields(each)) for each in names)
    inherited = draw(st.integers(0, len(made) - 1))
    return DrawnModel(name, made[inherited:], made[:inherited])


_SCALARS = (
    Kind.STRING,
    Kind.STRING,
    Kind.STRING,
    Kind.INTEGER,
    Kind.NUMBER,
    Kind.DECIMAL,
    Kind.BOOLEAN,
    Kind.DATE,
    Kind.DATETIME,
    Kind.TIME,
    Kind.DURATION,
    Kind.BYTES,
)
