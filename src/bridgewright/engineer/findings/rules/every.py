"""Every rule for a pair of mapped fields, and what a converter settles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.rules import extents, kinds, presence
from bridgewright.engineer.findings.rules.pair import Answer, Pair, unread

if TYPE_CHECKING:
    from collections.abc import Iterator

Rule = Callable[[Pair], Answer]

_RULES: tuple[tuple[Rule, str], ...] = (
    (kinds.kind, ""),
    (kinds.wire_form, ""),
    (kinds.zone, ""),
    (kinds.money, ""),
    (kinds.phone, ""),
    (extents.length, "max_len"),
    (extents.collation, "collation"),
    (extents.width, "bits"),
    (extents.digits, "scale"),
    (presence.values, "enum"),
)
"""Each with what it looks at of the model's field: where that could not be read, nobody can tell."""
_PRESENCE: tuple[tuple[Rule, str], ...] = (
    (presence.null, "nullable"),
    (presence.absent, "required"),
)
"""These look whatever converts: a converter that is given nothing has nothing to convert."""
TRUNCATE = "truncate"
"""The one converter of which it is known what it does: it bounds a length, and nothing else."""


def answers(pair: Pair) -> Iterator[Answer]:
    """What each rule that looks at this pair says. `via` settles what it converts, which of a converter
    with a name of its own is all of kind, form, unit, length and values."""
    for rule, facet in _PRESENCE:
        yield _answer(rule, facet, pair)
    for rule, facet in _RULES:
        if not pair.via or (pair.via == TRUNCATE and rule is not extents.length):
            yield _answer(rule, facet, pair)
    if not pair.via:
        yield from extents.entries(pair)


def _answer(rule: Rule, facet: str, pair: Pair) -> Answer:
    answer = rule(pair)
    if answer is None or not facet or pair.inner.knows(facet):
        return answer
    return unread(pair, facet)
