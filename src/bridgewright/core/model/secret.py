"""A secret that cannot be printed by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn, final


@final
class Secret:
    """Holds one secret value; every way of showing it shows `Secret(****)`.

    `repr`, `str`, formatting, logging and tracebacks print the mask; pickling and copying to JSON
    are refused. The value leaves only by `reveal()`, which is easy to search for.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for the code that signs or sends, never for text a person reads."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"),
            other._value.encode("utf-8", "surrogatepass"),
        )

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        msg = (
            "a Secret is not pickled: pass its reference (env:NAME, file:PATH) and resolve it there"
        )
        raise TypeError(msg)
