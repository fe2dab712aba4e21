"""What the column types of SQLAlchemy and the fields of Django say of a value.

Widths are those that the databases give: SQLAlchemy's `Integer` has 32 bits, and so has Django's
`IntegerField` ("values from -2147483648 to 2147483647 are safe in all databases supported by Django",
its model field reference, read 2026-11-29).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import Kind, Zone
from bridgewright.engineer.findings.models.forms import UNREAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.models.forms import Facets

UNTOLD: Facets = {"kind": Kind.UNKNOWN}


def column_facets(name: str, given: Mapping[str, Any]) -> Facets:
    """The facets of a column type of SQLAlchemy by its name, and by what it was made with: `length`,
    `precision`, `scale`, `asdecimal`, `timezone`, `collation`, `enums`, `items`."""
    kind = COLUMNS.get(name)
    if kind is None:
        return UNTOLD
    facets: dict[str, Any] = {"kind": kind}
    if kind in (Kind.STRING, Kind.BYTES):
        _take(facets, given, length="max_len", collation="collation")
        if name in _UUIDS:
            facets |= {"format": "uuid", "max_len": None}
        if name == "CITEXT":
            facets["collation"] = "citext"
    if name in ENUMS:
        facets |= {"max_len": None, "enum": given.get("enums", UNREAD)}
    if kind is Kind.INTEGER:
        facets["bits"] = _BITS.get(name)
    if kind in (Kind.DECIMAL, Kind.NUMBER):
        facets |= _numeric(kind, given)
    if kind in (Kind.DATETIME, Kind.TIME):
        facets["zone"] = _zone(given.get("timezone", False))
    if kind is Kind.ARRAY:
        facets["items"] = given.get("items", UNREAD)
    return facets


def _numeric(kind: Kind, given: Mapping[str, Any]) -> Facets:
    exact = given.get("asdecimal", kind is Kind.DECIMAL)
    if exact == UNREAD:
        return UNTOLD
    facets: dict[str, Any] = {"kind": Kind.DECIMAL if exact else Kind.NUMBER}
    if exact and kind is Kind.DECIMAL:
        _take(facets, given, precision="precision", scale="scale")
    return facets


def _zone(timezone: Any) -> Any:
    if timezone == UNREAD:
        return UNREAD
    return Zone.AWARE if timezone else Zone.NAIVE


def _take(facets: dict[str, Any], given: Mapping[str, Any], **names: str) -> None:
    for name, facet in names.items():
        if given.get(name) is not None:
            facets[facet] = given[name]


def django_facets(name: str, given: Mapping[str, Any]) -> Facets:
    """The facets of a field of Django by the name of its class, and by its arguments: `max_length`,
    `max_digits`, `decimal_places`, `db_collation`, `enums`; `use_tz` is the setting, or unread."""
    if name not in DJANGO:
        return UNTOLD
    kind = DJANGO[name]
    facets: dict[str, Any] = {"kind": kind, "format": _FORMATS.get(name), "bits": _BITS.get(name)}
    longest = given.get("max_length")
    if kind in (Kind.STRING, Kind.BYTES) and name not in _NO_LENGTH:
        facets["max_len"] = _LENGTHS.get(name) if longest is None else longest
    if kind is Kind.DECIMAL:
        _take(facets, given, max_digits="precision", decimal_places="scale")
    if name == "DateTimeField":
        facets["zone"] = _zone(given.get("use_tz", UNREAD))
    _take(facets, given, db_collation="collation", enums="enum")
    return facets


_NO_LENGTH = frozenset({"TextField", "UUIDField"})
"""A length of the first is for forms only, and the second has its own."""
ENUMS = frozenset({"Enum", "ENUM"})
_UUIDS = frozenset({"Uuid", "UUID", "UNIQUEIDENTIFIER"})
_STRINGS = "String VARCHAR NVARCHAR CHAR NCHAR Unicode Text TEXT CLOB UnicodeText CITEXT Enum ENUM"
_BITS: Mapping[str, int] = {
    **dict.fromkeys("Integer INTEGER INT".split(), 32),
    **dict.fromkeys("SmallInteger SMALLINT".split(), 16),
    **dict.fromkeys("BigInteger BIGINT".split(), 64),
    **dict.fromkeys("IntegerField PositiveIntegerField AutoField".split(), 32),
    **dict.fromkeys("SmallIntegerField PositiveSmallIntegerField SmallAutoField".split(), 16),
    **dict.fromkeys("BigIntegerField PositiveBigIntegerField BigAutoField".split(), 64),
    "TINYINT": 8,
    "MEDIUMINT": 24,
}
COLUMNS: Mapping[str, Kind] = {
    **dict.fromkeys(_STRINGS.split(), Kind.STRING),
    **dict.fromkeys(_UUIDS, Kind.STRING),
    **{name: Kind.INTEGER for name in _BITS if not name.endswith("Field")},
    **dict.fromkeys("Numeric NUMERIC DECIMAL".split(), Kind.DECIMAL),
    **dict.fromkeys("Float FLOAT REAL Double DOUBLE DOUBLE_PRECISION".split(), Kind.NUMBER),
    **dict.fromkeys("Boolean BOOLEAN".split(), Kind.BOOLEAN),
    **dict.fromkeys("Date DATE".split(), Kind.DATE),
    **dict.fromkeys("DateTime DATETIME TIMESTAMP".split(), Kind.DATETIME),
    **dict.fromkeys("Time TIME".split(), Kind.TIME),
    **dict.fromkeys("Interval INTERVAL".split(), Kind.DURATION),
    **dict.fromkeys("LargeBinary BLOB BINARY VARBINARY BYTEA".split(), Kind.BYTES),
    **dict.fromkeys("JSON JSONB".split(), Kind.ANY),
    "ARRAY": Kind.ARRAY,
}
"""Column types by name; those in capitals are SQL's and the dialects' own."""
DJANGO: Mapping[str, Kind] = {
    **{name: Kind.INTEGER for name in _BITS if name.endswith("Field")},
    **dict.fromkeys("CharField TextField EmailField URLField SlugField".split(), Kind.STRING),
    **dict.fromkeys("UUIDField GenericIPAddressField FilePathField".split(), Kind.STRING),
    **dict.fromkeys("FileField ImageField".split(), Kind.STRING),
    "BooleanField": Kind.BOOLEAN,
    "DecimalField": Kind.DECIMAL,
    "FloatField": Kind.NUMBER,
    "DateField": Kind.DATE,
    "DateTimeField": Kind.DATETIME,
    "TimeField": Kind.TIME,
    "DurationField": Kind.DURATION,
    "BinaryField": Kind.BYTES,
    "JSONField": Kind.ANY,
}
"""Fields of Django by the name of their class."""
_FORMATS = {"EmailField": "email", "URLField": "uri", "UUIDField": "uuid"}
_LENGTHS = {
    "EmailField": 254,
    "URLField": 200,
    "SlugField": 50,
    "GenericIPAddressField": 39,
    "FilePathField": 100,
    "FileField": 100,
    "ImageField": 100,
}
