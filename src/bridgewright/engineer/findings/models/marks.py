"""What is noted on a type (`Field(max_length=20)`, `Meta(tz=True)`), as facets of a field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import Zone
from bridgewright.engineer.findings.models.forms import UNREAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.models.forms import Facets

FACETS: Mapping[str, str] = {
    "min_length": "min_len",
    "max_length": "max_len",
    "pattern": "pattern",
    "max_digits": "precision",
    "decimal_places": "scale",
    "tz": "zone",
}
"""Arguments of `pydantic.Field`, `StringConstraints`, `annotated_types` and `msgspec.Meta`, and the
facet that each sets."""
_SPEAKERS = frozenset({"pydantic", "annotated_types", "msgspec"})


def facet_of(argument: str, value: Any) -> Facets:
    """The facet that an argument sets; one that is not given sets none."""
    facet = FACETS.get(argument)
    if facet is None or value is None:
        return {}
    if value == UNREAD:
        return {facet: UNREAD}
    if isinstance(value, re.Pattern):
        return {facet: str(value.pattern)}
    if facet == "zone":
        return {"zone": _zone(value)}
    return {facet: value} if isinstance(value, str if facet == "pattern" else int) else {}


def mark_of(mark: Any) -> Facets:
    """What an object that was noted on a type says of the field."""
    found: dict[str, Any] = {}
    if type(mark).__module__.partition(".")[0] not in _SPEAKERS:
        return found
    for inner in getattr(mark, "metadata", None) or ():
        found |= mark_of(inner)
    for argument in FACETS:
        found |= facet_of(argument, getattr(mark, argument, None))
    return found


def alias_of(*given: Any) -> Facets:
    """The name on the wire: the first that is given. A path or a choice of names is one that cannot be
    told."""
    for each in given:
        if isinstance(each, str) and each:
            return {"alias": each}
        if each is not None and each != "":
            return {"alias": UNREAD}
    return {}


def _zone(value: Any) -> Zone:
    if isinstance(value, bool):
        return Zone.AWARE if value else Zone.NAIVE
    return Zone.AWARE
