"""Kinds, forms and units: whether a value of one is a value of the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.fields import Kind, Zone
from bridgewright.engineer.findings.packs.words import Meaning
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, Doubt, Pair, told, unread

if TYPE_CHECKING:
    from bridgewright.engineer.findings.fields import FieldSpec

_WIDER = {
    (Kind.INTEGER, Kind.NUMBER),
    (Kind.INTEGER, Kind.DECIMAL),
    (Kind.NUMBER, Kind.DECIMAL),
    (Kind.DECIMAL, Kind.NUMBER),
    (Kind.DATE, Kind.STRING),
    (Kind.DATETIME, Kind.STRING),
    (Kind.TIME, Kind.STRING),
}
"""A value of the first is one of the second, or is written as one without being asked."""
_SCALARS = {Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL, Kind.BOOLEAN, Kind.STRING}
_FORMS = {Meaning.RFC2822: "as RFC 2822 has it", Meaning.EPOCH_S: "as seconds since 1970"}
_PHONE_NAMES = re.compile(r"(?i)phone|msisdn|e\.?164")
_E164 = re.compile(r"\^?\\?\[?\+")
_MINOR_NAMES = re.compile(r"(?i)(?:^|_)(?:cents|minor|pence|minor_units)(?:_|$)")
_WIRE = {"date-time-rfc-2822": Meaning.RFC2822, "unix-time": Meaning.EPOCH_S}
_TIMES = {Kind.DATETIME, Kind.DATE, Kind.TIME}


def kind(pair: Pair) -> Answer:
    """DM010: the kinds fit, a float is never money."""
    inner, outer = pair.inner, pair.outer
    if pair.known.meaning is Meaning.MINOR_UNITS and inner.kind is Kind.NUMBER:
        source = pair.known.source("meaning")
        return told("DM010", f"{pair.subject} is a float, and {pair.there} is money", source=source)
    if wire_form(pair) is not None or (outer.kind is Kind.ANY and pair.sending):
        return GOOD
    if pair.sending and any(_fit(inner, outer.but(kind=e), form=pair.form) for e in pair.choices):
        return GOOD
    unknown = [f"{n} is of no kind that is known" for n, s in _named(pair) if _vague(s)]
    if unknown:
        return Doubt("; ".join(unknown))
    if pair.known.meaning is Meaning.DECIMAL_TEXT:
        outer = outer.but(kind=Kind.STRING)
    first, second = (inner, outer) if pair.sending else (outer, inner)
    if _fit(first, second, form=pair.form and pair.sending):
        return GOOD
    what = f"{pair.subject} does not fit {pair.there}, which is {outer.kind}"
    return told("DM010", what, f"{pair.subject} is {inner.kind}", detail=outer.kind)


def _named(pair: Pair) -> tuple[tuple[str, FieldSpec], ...]:
    return ((pair.subject, pair.inner), (pair.there, pair.outer))


def _vague(spec: FieldSpec) -> bool:
    return spec.kind in (Kind.ANY, Kind.UNKNOWN)


def _fit(first: FieldSpec, second: FieldSpec, *, form: bool) -> bool:
    if first.kind is second.kind:
        if first.kind is Kind.ARRAY and first.items is not None and second.items is not None:
            vague = _vague(first.items) or _vague(second.items)
            return vague or _fit(first.items, second.items, form=form)
        return True
    if (first.kind, second.kind) in _WIDER:
        return True
    return form and first.kind in _SCALARS and second.kind in _SCALARS


def wire_form(pair: Pair) -> Answer:
    """DM053: a time is written as the provider writes it."""
    meaning = pair.known.meaning
    meaning = _WIRE.get(pair.outer.format or "", meaning)
    if meaning not in _FORMS or pair.inner.kind not in _TIMES:
        return None
    what = f"{pair.there} is a time {_FORMS[meaning]}, which {pair.subject} is not"
    return told("DM053", what, source=pair.known.source("meaning"))


def zone(pair: Pair) -> Answer:
    """DM052: a time keeps its zone. What does not say whether it has one passes: most do not say."""
    if not (pair.inner.kind is Kind.DATETIME is pair.outer.kind):
        return None
    if pair.inner.zone is not Zone.NAIVE:
        return GOOD
    return told("DM052", f"{pair.subject} has no time zone, and {pair.there} has one")


def money(pair: Pair) -> Answer:
    """DM051: amounts are counted in the same unit. Of an integer the name tells, where it does."""
    if pair.known.meaning is not Meaning.MINOR_UNITS or pair.inner.kind is Kind.NUMBER:
        return None
    if pair.inner.kind is Kind.INTEGER and pair.inner.unit in (None, "minor"):
        return GOOD
    if pair.inner.unit == "minor" or _MINOR_NAMES.search(pair.inner.name):
        return GOOD
    what = f"{pair.subject} is not in minor units, which {pair.there} is in"
    evidence = f"{pair.subject} is {pair.inner.kind}"
    return told("DM051", what, evidence, source=pair.known.source("meaning"))


def phone(pair: Pair) -> Answer:
    """DM050: a number that is called is in E.164, and the model says so."""
    if pair.known.meaning is not Meaning.PHONE or not pair.sending:
        return None
    if is_phone(pair.inner):
        return GOOD
    if not pair.inner.knows("pattern"):
        return unread(pair, "pattern")
    what = f"{pair.subject} is not bound to E.164, which {pair.there} needs"
    return told("DM050", what, severity=Severity.WARNING, source=pair.known.source("meaning"))


def is_phone(spec: FieldSpec) -> bool:
    """Whether a field says that it holds E.164: by its format, or by a pattern that asks for the plus."""
    if spec.format is not None and _PHONE_NAMES.search(spec.format):
        return True
    return spec.pattern is not None and _E164.match(spec.pattern) is not None
