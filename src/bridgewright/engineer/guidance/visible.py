"""A text as a person sees it: what has no width and no ink is taken out, for instructions are hidden in it.

A model reads characters that no reviewer sees: a whole sentence fits into Unicode's tags or into variation
selectors behind one letter, and turns of direction show another order than that which is read.
"""

from __future__ import annotations

import re

_PICTURE = (
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_JOINED = "[\u0620-\u070e\u0710-\u077f\u08a0-\u08e1\u08e3-\u0dff]"
"""Letters of scripts that are spelt with joiners: Arabic, Syriac, and those of India."""
_SEEN = "|".join(
    (
        f"(?<={_PICTURE})[\ufe0e\ufe0f]",
        "(?<=[0-9#*])\ufe0f(?=\u20e3)",
        f"(?:(?<={_PICTURE})|(?<={_PICTURE}\ufe0f))\u200d(?={_PICTURE})",
        f"(?<={_JOINED})[\u200c\u200d](?={_JOINED})",
    )
)
"""What is seen in its place: it chooses the picture before it, joins two, or shapes two letters."""
_HIDDEN = (
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls, without tab and what ends a line or a page
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff]"  # and halves of characters, which no wire takes
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), marks of annotations, and controls."""
_EITHER = re.compile(f"({_SEEN})|{_HIDDEN}")


def visible(text: str) -> tuple[str, int]:
    """The text without hidden characters, and how many there were. Emoji and spelling keep theirs. What is
    visible stays as it is, and comes out of a second time as out of the first."""
    kept, _ = _EITHER.subn(lambda found: found[1] or "", text)
    return kept, len(text) - len(kept)
