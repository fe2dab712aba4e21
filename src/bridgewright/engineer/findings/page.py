"""`docs/findings.md`: one bullet for each finding, on a page that others write too.

The page is a way to tell; what is true is in the ledger. Bullets go away in two ways that must not be
mixed up. Another program reads the page and empties it: whoever takes *all* of our bullets has taken
them over, and they are not written again. A person deletes a line: a bullet that is gone while others
of ours still stand comes back, for the way to silence one is to accept it (decision 0029).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.findings.script import Script

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"\s*[-*+]\s+(?:\[[ xX]\]\s+)?(.*)")
_COMMENT, _COMMENT_END = "<!--", "-->"
_MARKUP = str.maketrans("", "", "`*_\\")


class Standing(StrEnum):
    """How a finding stands to the page."""

    NEW = "new"
    """Never written."""
    ADDING = "adding"
    """About to be written: what is found at the next run says whether it was."""
    LISTED = "listed"
    """Written by us."""
    SAID = "said"
    """A line says it that somebody else wrote: it is theirs."""
    TAKEN = "taken"
    """Was on the page, and the page was emptied of all that was ours."""
    LEAVING = "leaving"
    """Was written by us, and is to go away."""
    GONE = "gone"
    """Not on the page, and not to be."""


_OURS = frozenset({Standing.ADDING, Standing.LISTED, Standing.LEAVING})
_EXPECTED = frozenset({Standing.LISTED, Standing.SAID, Standing.LEAVING})


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of the page, and how each bullet stands to it then."""

    script: Script
    standings: Mapping[str, Standing]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def bullet(tag: str, sentence: str) -> str:
    """The line of a finding: `- [Integration] User model lacks …`."""
    return f"- [{tag}] {sentence}"


def edited(script: Script, former: Mapping[str, Standing]) -> Edit:
    """The page with the bullets that belong on it and without those that are leaving. `former` is how
    each bullet, as a line, stood to the page when it was last written; no other line is touched."""
    places, said = _seen(script, former)
    expected = {each for each, standing in former.items() if standing in _EXPECTED}
    emptied = bool(expected) and not any(places.get(each) or each in said for each in expected)
    standings = {
        each: _standing(standing, bool(places.get(each)), each in said, emptied=emptied)
        for each, standing in former.items()
    }
    added = tuple(sorted(e for e, s in standings.items() if s is Standing.ADDING))
    leaving = [each for each, standing in former.items() if standing is Standing.LEAVING]
    gone = frozenset(number for each in leaving for number in places.get(each, ()))
    ours = [n for e, s in former.items() if s in _OURS for n in places.get(e, ())]
    at = max(ours) + 1 if ours else len(script.lines)
    made = script.inserted(at, added) if added else script
    return Edit(
        made.without(gone),  # each of them stands before what was inserted
        {e: Standing.LISTED if s is Standing.ADDING else s for e, s in standings.items()},
        added,
        tuple(sorted(each for each in leaving if places.get(each))),
    )


def _standing(former: Standing, there: bool, said: bool, *, emptied: bool) -> Standing:  # noqa: FBT001
    if former in (Standing.LEAVING, Standing.GONE):
        return Standing.GONE
    if there or said:
        theirs = not there or former in (Standing.NEW, Standing.SAID)
        return Standing.SAID if theirs else Standing.LISTED
    taken = former is Standing.TAKEN or (emptied and former in _EXPECTED)
    return Standing.TAKEN if taken else Standing.ADDING


def _seen(
    script: Script, former: Mapping[str, Standing]
) -> tuple[dict[str, list[int]], frozenset[str]]:
    """On which lines each bullet stands, and which of them a line says in its own way."""
    places: dict[str, list[int]] = {}
    gists = {_gist(each): each for each in former}
    said: set[str] = set()
    for number, text in _prose(script):
        if text in former:
            places.setdefault(text, []).append(number)
        elif _ITEM.fullmatch(text):
            told = _gist(text)
            said.update(each for gist, each in gists.items() if _begins(told, gist))
    return places, frozenset(said)


def _gist(text: str) -> str:
    """A line without what marks it up: `phone` in quotes of code is phone, a ticked box is none."""
    found = _ITEM.fullmatch(text)
    words = (found[1] if found else text).translate(_MARKUP)
    return " ".join(words.split()).casefold().rstrip(".")


def _begins(told: str, gist: str) -> bool:
    """Whether a line says something, and perhaps more after it: a suggestion, who looks into it."""
    return told.startswith(gist) and not told[len(gist) : len(gist) + 1].isalnum()


def _prose(script: Script) -> Iterator[tuple[int, str]]:
    """The lines that are read as they stand: not those in blocks of code and in comments."""
    fence, comment = "", False
    for number, line in enumerate(script.lines):
        if comment:
            comment = _COMMENT_END not in line.text
            continue
        found = _FENCE.match(line.text)
        if fence:
            closes = found is not None and found[1].startswith(fence)
            fence = "" if closes else fence
        elif found is not None:
            fence = found[1]
        elif _COMMENT in line.text:
            comment = _COMMENT_END not in line.text.partition(_COMMENT)[2]
        else:
            yield number, line.text
