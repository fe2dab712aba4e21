"""What an operation of the API is: what it does, takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.routes import Route, Shape
from bridgewright.simulate.stripe import shapes, takes
from bridgewright.simulate.stripe.expansion import expanded
from bridgewright.simulate.stripe.parameters import schema_of, taken
from bridgewright.simulate.stripe.trouble import ProblemError, unsupported
from bridgewright.simulate.stripe.unsimulated import PARAMETERS

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.stripe.parameters import Parameters
    from bridgewright.simulate.wire import Content

Act = Callable[..., dict[str, object]]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it does to an account, what it takes, and what of Stripe's it does not. One
    that is only there to be refused `reads` nothing."""

    act: Act
    takes: Parameters
    known: frozenset[str] = field(default=frozenset(), repr=False)
    reads: bool = True

    def carry_out(self, account: Account, sent: Content, names: tuple[str, ...]) -> Content:
        """Read what was sent, do it, and put objects where they are asked for.

        ProblemError; `kept` of it says whether it came of the doing, and not of the reading.
        """
        asked = taken(self.takes, sent, known=self.known) if self.reads else {}
        paths = asked.pop("expand", [])
        try:
            return expanded(account, self.act(account, asked, *names), paths)
        except ProblemError as error:
            raise ProblemError(error.begun()) from None


def route(  # noqa: PLR0913 - what makes an operation
    verb: str, path: str, name: str, act: Act, parameters: Parameters, gives: str
) -> Route[Operation]:
    """One that is simulated; what it `gives` is a kind of object, or a list of `[kind]`."""
    allowed = {**takes.EXPAND, **parameters}
    asks = verb != "POST"
    shape = Shape(
        query={key: each.schema for key, each in allowed.items()} if asks else {},  # type: ignore[misc]
        body=None if asks else schema_of(allowed),
        body_needed=any(each.needed for each in allowed.values()) and not asks,
        content_type=FORM,
        gives=shapes.answers(gives),
    )
    known = PARAMETERS.get(name, frozenset())
    return Route(verb, f"/v1/{path}", name, Operation(act, allowed, known), shape)


def one(prefix: str, *, deleted: bool = False) -> Act:
    """Answers one object by its id."""

    def retrieve(account: Account, asked: Content, name: str) -> Content:
        del asked
        return account.books.get(prefix, name, deleted=deleted)

    return retrieve


def listed(prefix: str, path: str, *filters: str) -> Act:
    """Answers a page of a kind."""

    def page(account: Account, asked: Content) -> Content:
        return account.books.page(prefix, asked, f"/v1/{path}", filters)

    return page


def unlisted(verb: str, path: str, name: str) -> Route[Operation]:
    """An operation whose path another one would match: refused by its own name, whatever it takes."""

    def refuse(account: Account, asked: Content) -> Content:
        del account, asked
        raise unsupported(name)

    gives = shapes.answers("")
    operation = Operation(refuse, {}, reads=False)
    return Route(verb, f"/v1/{path}", name, operation, Shape(gives=gives))
