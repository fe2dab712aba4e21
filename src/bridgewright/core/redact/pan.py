"""Card numbers in text: Luhn *and* issuer range *and* length.

Luhn alone takes one in ten of all timestamps and order numbers for a card. With the ranges of the
issuers it is none of the timestamps in milliseconds and about one in a thousand snowflake ids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_DIGITS = 12
MOST_DIGITS = 19

ISSUER_DIGITS = 6

_NONE: frozenset[int] = frozenset()
_ANY = frozenset(range(16, 20))
_RANGES: tuple[tuple[int, int, frozenset[int]], ...] = (
    (400_000, 499_999, frozenset({13, 16, 19})),  # Visa
    (510_000, 559_999, frozenset({16})),  # Mastercard
    (222_100, 272_099, frozenset({16})),  # Mastercard, since 2017
    (340_000, 349_999, frozenset({15})),  # American Express
    (370_000, 379_999, frozenset({15})),
    (300_000, 305_999, frozenset({14, 16})),  # Diners Club
    (309_500, 309_599, frozenset({14, 16})),
    (360_000, 369_999, frozenset({14, 16, 19})),
    (380_000, 399_999, frozenset({14, 16, 19})),
    (601_100, 601_199, _ANY),  # Discover
    (644_000, 659_999, _ANY),
    (620_000, 629_999, _ANY),  # UnionPay
    (810_000, 817_199, _ANY),
    (352_800, 358_999, _ANY),  # JCB
    (220_000, 220_499, _ANY),  # Mir
    (508_500, 508_999, frozenset({16})),  # RuPay
    (606_985, 607_984, frozenset({16})),
    (608_001, 608_500, frozenset({16})),
    (817_200, 820_199, frozenset({16})),
    (979_200, 979_289, frozenset({16})),  # Troy
    (506_099, 506_198, frozenset({16, 18, 19})),  # Verve
    *(
        (prefix * 100, prefix * 100 + 99, frozenset(range(12, 20)))  # Maestro
        for prefix in (5018, 5020, 5038, 5612, 5893, 6304, 6390, 6759, 6761, 6762, 6763)
    ),
)
"""First six digits from and to, and the lengths in use: the ranges that payment networks publish, wide
rather than exact, and disjoint."""

_CHAIN = re.compile(r"[0-9]++(?:[ \-.][0-9]++)*+")
_GROUP = re.compile(r"[0-9]++")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_card(digits: str) -> bool:
    """Whether a text of digits is the number of a payment card."""
    return len(digits) in _lengths(digits) and _passes_luhn(digits)


def _lengths(digits: str) -> frozenset[int]:
    """How long a card that begins so may be; nothing when no issuer's does."""
    issuer = int(digits[:ISSUER_DIGITS])
    return next((sizes for low, high, sizes in _RANGES if low <= issuer <= high), _NONE)


def _passes_luhn(digits: str) -> bool:
    total = sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Where cards are, and their digits: in one run, or in groups set off by a space, a hyphen or a
    dot. A card that follows a date or an amount is found among the groups."""
    for chain in _CHAIN.finditer(text):
        if chain.end() - chain.start() < LEAST_DIGITS:
            continue
        groups = list(_GROUP.finditer(text, chain.start(), chain.end()))
        first = 0
        while first < len(groups):
            last = _card_from(groups, first)
            if last is None:
                first += 1
                continue
            digits = "".join(group.group() for group in groups[first : last + 1])
            yield groups[first].start(), groups[last].end(), digits
            first = last + 1


def _card_from(groups: list[re.Match[str]], first: int) -> int | None:
    """The last group of the card that begins with group `first`, if one does."""
    digits = groups[first].group()
    if digits[0] in "017" or len(digits) > MOST_DIGITS:
        return None
    lengths, last = _NONE, first
    while len(digits) <= MOST_DIGITS:
        if not lengths and len(digits) >= ISSUER_DIGITS:
            lengths = _lengths(digits)
            if not lengths:
                return None
        if len(digits) in lengths and _passes_luhn(digits):
            return last
        last += 1
        if last == len(groups):
            return None
        digits += groups[last].group()
    return None
