"""How alike a provider's field and a model's field are, by their names and by what they hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.fields import FieldSpec

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_GROUPS = (
    "phone mobile msisdn telephone tel cell to",
    "email mail",
    "zip postal postcode zipcode",
    "total amount sum",
    "body text message content",
    "id sid uuid guid gid",
    "url uri link href",
    "created made inserted",
    "updated modified changed",
    "first given forename",
    "last family surname",
    "birthday birthdate dob birth",
    "state province region",
    "status phase",
    "description note comment memo",
    "quantity qty count",
    "locale language lang",
    "organization organisation company org",
    "repository repo",
)
"""Words that providers and applications use for one another. What is not here is only like itself."""
_SAME: Mapping[str, str] = {word: group.split()[0] for group in _GROUPS for word in group.split()}
_LIGHT = frozenset("at on date time datetime number no num value the a is has of name code".split())
_LIGHT_WEIGHT = 0.1
_UNSURE = 0.95
"""What an unknown kind, or one that the wire shows as text, takes off."""
_OTHER_FORM = 0.8
_WIRED = {Kind.DATE, Kind.DATETIME, Kind.TIME, Kind.DURATION, Kind.DECIMAL, Kind.BYTES}


def likeness(
    outer: FieldSpec, inner: FieldSpec, *, prefixes: frozenset[str] = frozenset()
) -> float:
    """From 0, nothing in common, to 1, of one name and kind. `prefixes` are words that say whose field it
    is: the provider's name and the model's."""
    names = {inner.name, inner.alias or inner.name}
    called = words(_last(outer.name))
    best = max(_overlap(called, words(name), prefixes) for name in names)
    return best * _kinds(outer, inner) * _forms(outer, inner)


def words(name: str) -> tuple[str, ...]:
    """The words of a name in any spelling, synonyms made one: `postalCode` and `zip_code` are alike."""
    return tuple(_SAME.get(part.lower(), part.lower()) for part in _PARTS.findall(name))


def _last(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2]


def _overlap(one: tuple[str, ...], other: tuple[str, ...], prefixes: frozenset[str]) -> float:
    """Twice what both have, of all they have, where small words weigh little. Words that say whose it is
    are left out of both, unless nothing would be left."""
    first, second = (frozenset(each) - prefixes or frozenset(each) for each in (one, other))
    heavy = (first | second) - _LIGHT
    weight = {each: 1.0 if each in heavy or not heavy else _LIGHT_WEIGHT for each in first | second}
    whole = sum(weight[each] for each in first) + sum(weight[each] for each in second)
    return 2 * sum(weight[each] for each in first & second) / whole if whole else 0.0


def _kinds(outer: FieldSpec, inner: FieldSpec) -> float:
    known = inner.kind.holds(outer.kind), outer.kind.holds(inner.kind)
    if True in known:
        return 1.0
    if None in known:
        return _UNSURE
    texts = outer.kind is Kind.STRING and inner.kind in _WIRED
    numbers = outer.kind is Kind.INTEGER and inner.kind in (Kind.DECIMAL, Kind.DATETIME)
    return _UNSURE if texts or numbers else 0.0


def _forms(outer: FieldSpec, inner: FieldSpec) -> float:
    both = outer.format and inner.format
    return _OTHER_FORM if both and outer.format != inner.format else 1.0
