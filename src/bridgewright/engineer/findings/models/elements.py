"""Elements of a column that is an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.findings.models.forms import ELEMENT, OTHER, noted, spec_of

if TYPE_CHECKING:
    from bridgewright.engineer.findings.fields import FieldSpec
    from bridgewright.engineer.findings.models.forms import Facets


def element_of(facets: Facets) -> FieldSpec:
    """An element of an array of such a type: whether it may be null, no database says."""
    return noted(spec_of(OTHER), {**facets, "nullable": None}).but(name=ELEMENT)
