"""What passed while a cassette records, secrets and all, until it is made fit for the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.cassettes.bodies import unpacked
from bridgewright.simulate.cassettes.exchange import Exchange, asked_of, now_of, told_of
from bridgewright.simulate.cassettes.leaks import Leak
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.simulate.cassettes.placeholders import Placeholders
    from bridgewright.simulate.wire import Heard

_ENCODING = "content-encoding"


@dataclass(frozen=True, slots=True)
class Passed:
    """One exchange as it passed: the `order`-th that arrived, the `turn`-th of its kind."""

    order: int
    turn: int
    heard: Heard = field(repr=False)
    reply: Reply = field(repr=False)
    at_s: float


def exchange_of(passed: Passed, placeholders: Placeholders) -> Exchange:
    """An exchange for the file."""
    return Exchange(
        asked_of(passed.heard, placeholders),
        told_of(passed.reply, placeholders, bodiless=passed.heard.method == "HEAD"),
        passed.turn,
        now_of(passed.at_s),
    )


def plain(reply: Reply) -> Reply:
    """An answer without its compression, where we can take it off: what is compressed can be neither
    reviewed nor searched for secrets."""
    encoding = _encoding(reply)
    body = unpacked(reply.body, encoding) if encoding and reply.body else None
    if body is None:
        return reply
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != _ENCODING)
    return Reply(reply.status, kept, body)


def packed(passed: Iterable[Passed], first: int) -> Iterator[Leak]:
    """Bodies that nobody could look into; `first` is the number of the first exchange in the file."""
    remedy = "Have the client ask for gzip or for no compression"
    for number, each in enumerate(passed, start=first):
        sides = (
            ("request", each.heard.body, each.heard.header(_ENCODING) or ""),
            ("response", each.reply.body, _encoding(each.reply)),
        )
        for side, body, encoding in sides:
            if body and encoding != "aws-chunked" and unpacked(body, encoding) is None:
                kind = f"a body that is compressed ({encoding!r}), in which secrets are not seen"
                yield Leak(f"/exchanges/{number}/{side}/body", kind, remedy)


def _encoding(reply: Reply) -> str:
    return next((value for name, value in reply.headers if name.lower() == _ENCODING), "")
