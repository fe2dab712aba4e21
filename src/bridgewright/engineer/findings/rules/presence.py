"""Null and absence, and the values of enumerations: what comes is taken."""

from __future__ import annotations

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.fields import Kind
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, Pair, told


def null(pair: Pair) -> Answer:
    """DM020: what may be null does not go where null is not taken."""
    if pair.sending:
        if not pair.inner.nullable or pair.outer.nullable or not pair.outer.required:
            return GOOD
        return told("DM020", f"{pair.subject} may be null, and {pair.who} requires {pair.path}")
    said = pair.known.words.get("nullable")
    nullable = said[0] is True if said is not None else pair.outer.nullable
    if pair.inner.nullable or not (nullable or pair.seen.null):
        return GOOD
    what = f"{pair.there} may be null, and {pair.subject} may not"
    if pair.seen.null:
        return told("DM020", what, "an example has null")
    if said is not None:
        return told("DM020", what, source=said[1])
    return told("DM020", what, _silence(pair), severity=_by_evidence(pair))


def absent(pair: Pair) -> Answer:
    """DM021: what may be absent does not go where it is required."""
    if pair.sending:
        if pair.inner.required or not pair.outer.required or pair.inner.nullable:
            return GOOD  # null by default is DM020's
        what = f"{pair.subject} may be absent, and {pair.who} requires {pair.path}"
        return told("DM021", what, severity=Severity.WARNING)
    if not pair.inner.required or pair.inner.nullable or not _may_lack(pair):
        return GOOD
    what = f"{pair.there} may be absent, and {pair.subject} is required"
    if pair.seen.absent:
        return told("DM021", what, "an example lacks it")
    return told("DM021", what, _silence(pair), severity=_by_evidence(pair))


def _may_lack(pair: Pair) -> bool:
    return not pair.outer.required or pair.seen.absent


def _by_evidence(pair: Pair) -> Severity:
    """A schema that requires nothing at all says nothing by not requiring this; an example that has a
    value makes it less likely that one has none."""
    if not pair.strict:
        return Severity.NOTE
    return Severity.WARNING if pair.seen.count else Severity.ERROR


def _silence(pair: Pair) -> str:
    return "" if pair.strict else "the schema requires nothing at all"


def values(pair: Pair) -> Answer:
    """DM040 and DM041: every value of one enumeration is one of the other."""
    inner, outer = pair.inner, pair.outer
    first, second = (inner, outer) if pair.sending else (outer, inner)
    if not second.enum or second.open_enum:
        return None
    if first.enum:
        missing = sorted(set(first.enum) - set(second.enum))
        if not missing:
            return GOOD
        lacking, giving = (pair.there, pair.subject) if pair.sending else (pair.subject, pair.there)
        listed = ", ".join(missing)
        return told("DM040", f"{lacking} does not cover {listed} of {giving}", detail=listed)
    if first.kind is not Kind.STRING:
        return None
    open_, closed = (pair.subject, pair.there) if pair.sending else (pair.there, pair.subject)
    return told("DM041", f"{open_} may be any text, and {closed} takes only some")
