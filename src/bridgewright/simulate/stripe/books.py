"""What one Stripe account holds: its objects, newest last, and lists of them as the API pages them."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

from bridgewright.simulate.stripe.trouble import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bridgewright.simulate.wire import Content

MOST = 100
ORDINARY = 10
KINDS: Mapping[str, tuple[str, int]] = {
    "ch": ("charge", 24),
    "cs": ("checkout.session", 58),
    "cus": ("customer", 14),
    "du": ("dispute", 24),
    "evt": ("event", 24),
    "ii": ("invoiceitem", 24),
    "il": ("line_item", 24),
    "in": ("invoice", 24),
    "inpay": ("invoice_payment", 24),
    "li": ("item", 24),
    "pi": ("payment_intent", 24),
    "pm": ("payment_method", 24),
    "price": ("price", 24),
    "prod": ("product", 14),
    "re": ("refund", 24),
    "si": ("subscription_item", 14),
    "sub": ("subscription", 24),
    "we": ("webhook_endpoint", 24),
}
"""What an object is by the prefix of its id, and how long the rest of the id is."""
_SPOKEN = {"payment_intent": "payment_intent", "payment_method": "PaymentMethod"}
_BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


class Books:
    """The objects of one account, by their ids; ids are numbered, so that a run can be repeated.

    What is deleted is no longer listed; a customer's id still answers that it was deleted.
    """

    def __init__(self, now: Callable[[], float], serial: Iterator[int] | None = None) -> None:
        self._now = now
        self._serial = serial or itertools.count(1)
        self._kept: dict[str, dict[str, Content]] = {prefix: {} for prefix in KINDS}

    def mint(self, prefix: str) -> str:
        """A new id."""
        live = "test_" if prefix == "cs" else ""
        return f"{prefix}_{live}{next(self._serial):0{KINDS[prefix][1]}}"

    def add(self, prefix: str, **content: object) -> Content:
        """A new object of the kind that the prefix of its id stands for."""
        name = str(content.get("id") or self.mint(prefix))
        frame = {"id": name, "object": KINDS[prefix][0], "created": int(self._now())}
        made = self._kept[prefix][name] = frame | {"livemode": False} | content
        return made

    def get(self, prefix: str, name: str, param: str = "id", *, deleted: bool = False) -> Content:
        """An object by its id; ProblemError, as Stripe words it, when it is not there. A `deleted`
        one only for who asks for it."""
        found = self._kept[prefix].get(name)
        if found is None or (found.get("deleted") and not deleted):
            kind = KINDS[prefix][0]
            raise missing(_SPOKEN.get(kind, kind), name, param)
        return found

    def find(self, name: str) -> Content | None:
        """Whatever has that id."""
        for prefix in (name.rpartition("_")[0], name.partition("_")[0]):
            if prefix in self._kept:
                return self._kept[prefix].get(name)
        return None

    def drop(self, prefix: str, name: str, *, known: bool = False) -> Content:
        """Delete an object; a `known` one is remembered as deleted. What is answered."""
        stub = {"id": name, "object": KINDS[prefix][0], "deleted": True}
        if known:
            self._kept[prefix][name] = stub
        else:
            del self._kept[prefix][name]
        return dict(stub)

    def whole(self) -> Content:
        """Every object, by its id."""
        return {name: each for kind in tuple(self._kept.values()) for name, each in kind.items()}

    def all(self, prefix: str) -> tuple[Content, ...]:
        """Every object of a kind, newest first; readable from any thread while requests are carried out."""
        kept = tuple(self._kept[prefix].values())
        return tuple(each for each in reversed(kept) if "deleted" not in each)

    def page(
        self,
        prefix: str,
        asked: Content,
        url: str,
        filters: tuple[str, ...] = (),
        wanted: Callable[[Content], bool] = lambda _each: True,
    ) -> Content:
        """One page of a list: `limit`, `starting_after`, `ending_before`, `created` and `filters`."""
        sought = [(name, asked[name]) for name in filters if name in asked]
        found = (
            each
            for each in reversed(tuple(self._kept[prefix].values()))
            if "deleted" not in each
            and within(each["created"], asked.get("created"))
            and all(each.get(name) == value for name, value in sought)
            and wanted(each)
        )
        return paged(found, asked, url)


def paged(found: Iterable[Content], asked: Content, url: str) -> Content:
    """One page of what was found; no more of it is looked at than the page needs."""
    limit = asked.get("limit", ORDINARY)
    rest = iter(found)
    if "ending_before" in asked:
        before = list(_until(rest, asked, "ending_before"))
        shown, more = before[-limit:], len(before) > limit
    else:
        if "starting_after" in asked:
            deque(_until(rest, asked, "starting_after"), maxlen=0)
        after = list(itertools.islice(rest, limit + 1))
        shown, more = after[:limit], len(after) > limit
    return {"object": "list", "data": shown, "has_more": more, "url": url}


def within(at_s: int, asked: object) -> bool:
    """Whether an instant is the one asked for, or between the bounds asked for."""
    if asked is None:
        return True
    if not isinstance(asked, dict):
        return at_s == asked
    return all(_BOUNDS[bound](at_s, limit) for bound, limit in asked.items())


def _until(rest: Iterator[Content], asked: Content, param: str) -> Iterator[Content]:
    """What comes before the object that a parameter names; ProblemError when it does not come."""
    for each in rest:
        if each["id"] == asked[param]:
            return
        yield each
    raise missing("object", asked[param], param)
