"""Reading an array of events: each with exactly the text that came, and a notice of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Readable
from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.inbound import Delivery, Envelope, Notice

MAX_ITEMS = 10_000
"""More events than any provider puts into one delivery."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")

Item = tuple[dict[str, Any], bytes]
"""An event, and the text of it."""


def items(body: bytes) -> list[Item] | str:
    """The objects of the JSON array in `body`, or why there are none, quoting nothing of it."""
    try:
        return _items(body.decode())
    except UnicodeDecodeError:
        return "the body is not UTF-8"
    except json.JSONDecodeError as error:
        return f"the body is not JSON: {error.msg} at character {error.pos}"
    except ValueError:  # sys.set_int_max_str_digits
        return "the body holds a number with too many digits"
    except RecursionError:
        return "the body is nested too deep"


def _items(text: str) -> list[Item] | str:
    found: list[Item] = []
    place = _after_space(text, 0)
    if text[place : place + 1] != "[":
        return "the body is not a JSON array"
    place = _after_space(text, place + 1)
    while text[place : place + 1] != "]" or found:
        value, end = _DECODER.raw_decode(text, place)
        if not isinstance(value, dict):
            return f"event {len(found) + 1} of the batch is not an object"
        found.append((value, text[place:end].encode()))
        if len(found) > MAX_ITEMS:
            return f"the batch holds more than {MAX_ITEMS} events"
        place = _after_space(text, end)
        if text[place : place + 1] != ",":
            break
        place = _after_space(text, place + 1)
    if text[place : place + 1] != "]" or _after_space(text, place + 1) != len(text):
        return f"the body is not JSON: the array does not end at character {place}"
    return found or "the batch is empty"


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


def read_batch(
    delivery: Delivery,
    notice: Callable[[dict[str, Any], bytes], Notice | None],
    allowed: tuple[bytes, ...],
) -> Envelope:
    """One notice for each event of an array, or the delivery as it came when one of them is none."""
    found = items(delivery.body)
    if isinstance(found, str):
        return envelope.unreadable(delivery, found, allowed)
    notices = [notice(value, text) for value, text in found]
    whole = tuple(each for each in notices if each is not None)
    if len(whole) < len(notices):
        why = "an event of the batch has no usable type"
        return envelope.unreadable(delivery, why, allowed)
    return Readable(whole)
