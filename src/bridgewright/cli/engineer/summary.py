"""A verdict as a page: what the summary of a job in a GitHub workflow shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.cli.screen import clean
from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_ROWS = 100
"""Rows of a table."""
MOST_CHARS = 300
"""Characters of a cell. GitHub shows no page of more than 1 MiB; the longest that can be made is shorter."""
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_NOTHING = Redaction()


def summary(record: Mapping[str, Any]) -> str:
    """Markdown from the JSON of `engineer verify`. What others wrote is text in it and nothing else: no
    markup, no link, no picture, and nothing that looks like a secret."""
    about = f"{_cell(record['branch'])} at {_cell(record['head'][:10])}"
    parts = [f"## bridgewright verify: {_cell(record['verdict'])}", f"{about}."]
    parts += _table(
        ("Refused because", "Where", "What", "How to mend it"),
        [(e["reason"], e["place"], e["what"], e["mend"]) for e in record["refusals"]],
    )
    parts += _table(
        ("Check", "Standing", "Told"),
        [(e["name"], e["standing"], e["told"]) for e in record["checks"]],
    )
    parts += _table(
        ("Criterion", "Standing", "Line"),
        [(e["name"], e["standing"], str(e["line"])) for e in record["criteria"]],
    )
    return "\n\n".join(parts) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    shown = rows[:MOST_ROWS]
    yield "\n".join([_row(columns), _row("---" for _ in columns), *map(_cells, shown)])
    if len(rows) > len(shown):
        yield f"And {len(rows) - len(shown)} more, which the log has."


def _cells(row: Iterable[str]) -> str:
    return _row(_cell(each) for each in row)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """One line without a secret, in which every mark of Markdown and of HTML stands for itself."""
    plain = clean(redacted(text, _NOTHING, named=True))
    cut = f"{plain[:MOST_CHARS]}…" if len(plain) > MOST_CHARS else plain
    return _PUNCTUATION.sub(r"\\\1", cut)
