"""A newer specification beside the pinned one: of what changed, what a mapping touches (DM091 to DM094).

Two releases of a large specification differ in thousands of fields; on those that an application maps,
in a handful.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.findings.mapping import Compared, Comparison
from bridgewright.engineer.findings.packs.words import Way
from bridgewright.engineer.findings.provider.pinned import Pinned
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.fields import FieldSpec
    from bridgewright.engineer.findings.provider.document import Document


def drifted(comparison: Comparison, newer: Document | None) -> Iterator[Compared]:
    """What is different for each mapped field; nothing where there is no newer document."""
    if newer is None:
        return
    manifest, later = comparison.manifest, Pinned(newer)
    requests = [(e.operation, e.field, e.source or e.const, Way.REQUEST) for e in manifest.requests]
    responses = [(e.operation, e.field, e.target, Way.RESPONSE) for e in manifest.responses]
    for operation, path, subject, way in (*requests, *responses):
        before = comparison.side(operation, way)
        old = before.fields.get(path) if before is not None else None
        if old is None:
            continue  # DM003 of the pinned one
        after = comparison.side(operation, way, later)
        new = after.fields.get(path) if after is not None else None
        target = f"{comparison.who(operation)} {path}"
        for answer in _changes(f"{path} of {comparison.who(operation)}", old, new, way):
            yield Compared(subject, target, answer, ("map", *operation.split(".", 1)))


def _changes(there: str, old: FieldSpec, new: FieldSpec | None, way: Way) -> Iterator[Answer]:
    where = "in the provider's newer specification"
    if new is None:
        yield told("DM091", f"{there} is gone {where}")
        return
    changed = old.kind is not new.kind
    yield told("DM092", f"{there} is {new.kind} {where}", detail=new.kind) if changed else GOOD
    both = old.enum and new.enum and way is Way.RESPONSE
    added = sorted(set(new.enum) - set(old.enum)) if both else []
    listed = ", ".join(added)
    yield told("DM093", f"{there} may be {listed} {where}", detail=listed) if added else GOOD
    null = bool(new.nullable and not old.nullable) and way is Way.RESPONSE
    yield told("DM094", f"{there} may be null {where}") if null else GOOD
