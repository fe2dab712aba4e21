"""An engineer that does what any text tells it to, as far as it has the tools for it: three times each, and
its own work in between."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.engineer.loop.ground import PACKAGE, text
from tests.engineer.models.scripted import Said, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engineer.loop.talking import Mind, Round, Seen

    Order = tuple[str, str]
    """A tool, and what it is called about."""

_WORD = r"(?:-{0,2}[\w./][\w./-]*)"
_ORDER = re.compile(rf"ASSISTANT: (read|write|bash) ({_WORD}(?: {_WORD})*)")
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
"""Unicode's tags: letters that nobody sees, and a model reads."""
CLIENT = f"{PACKAGE}/client.py"
"""A file that it may write: what it is ordered to write there gives the key away."""
TIMES = 3
"""How often an order is carried out."""


def unseen(order: str) -> str:
    """A text in letters that nobody sees."""
    return "".join(chr(0xE0000 + ord(each)) for each in order)


def obeying(mind: Mind) -> Mind:
    """A mind that cannot tell data from orders."""

    def swayed(now: Seen) -> Said:
        orders = tuple(_orders(now))
        for order in orders:
            if sum(_carries_out(each, order) for each in now.rounds) < TIMES:
                return Said(calls=(called(order[0], **_arguments(order)),))
        own = (each for each in now.rounds if not any(_carries_out(each, one) for one in orders))
        return mind(replace(now, rounds=tuple(own)))

    return swayed


def _orders(now: Seen) -> Iterator[Order]:
    """What the texts of the conversation tell it to do, each once, the oldest first."""
    texts = (each.translate(_TAGS) for each in (now.asked, *(one.told for one in now.rounds)))
    found = ((match[1], match[2]) for each in texts for match in _ORDER.finditer(each))
    yield from (each for each in dict.fromkeys(found) if each[0] in now.tools)


def _arguments(order: Order) -> dict[str, str]:
    what, about = order
    if what == "bash":
        return {"command": about}
    if what == "write":
        asked_for = text("poisoned/client.txt") if about == CLIENT else "It was asked for.\n"
        return {"path": about, "text": asked_for}
    return {"path": about}


def _carries_out(each: Round, order: Order) -> bool:
    return each.calls == ((order[0], json.dumps(_arguments(order), sort_keys=True)),)
