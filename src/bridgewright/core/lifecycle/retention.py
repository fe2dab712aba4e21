"""How long finished items are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LATEST_MEMORY_S = 30 * 86_400.0
"""How long it is remembered when a resource was last handled: an event that comes later than that after
a newer one is handled as if there had been none."""


def over(
    finished: Iterable[tuple[int, str | None, int]], keep_s: Mapping[str, float], now: Moment
) -> list[int]:
    """Of finished items (number, source, when they ended), those whose source keeps them no longer. A
    source that says nothing keeps them for ever. One whose payload is gone already is not kept."""
    return [
        item_id
        for item_id, source, settled_at in finished
        if source is None
        or (source in keep_s and seconds_between(Moment(settled_at), now) > keep_s[source])
    ]
