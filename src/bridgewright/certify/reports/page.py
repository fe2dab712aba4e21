"""A certificate as one page of HTML: no scripts, nothing fetched, readable in light and dark."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from bridgewright.certify.reports.words import MARKS, preface, verdict

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate, Result

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d5d9de; --quiet: #57606a;
  --ok: #1a6b32; --fail: #b3261e; --vacuous: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #14171a; --line: #3a4047;
  --quiet: #a3abb5; --ok: #6fd08c; --fail: #ff8a80; --vacuous: #f0c060; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--quiet); }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td p { margin: 0; color: var(--quiet); } ul { margin: .2rem 0 0; padding-left: 1.2rem; }
.ok { color: var(--ok); } .fail { color: var(--fail); font-weight: 600; }
.vacuous { color: var(--vacuous); font-weight: 600; } .n, .unplayed { color: var(--quiet); }
"""


def page(certificate: Certificate) -> str:
    """The whole page; everything in it is escaped."""
    title = f"{certificate.target}: {verdict(certificate)}"
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n"
        for name, value in preface(certificate)
        if value
    )
    families = "".join(
        f"<h2>{escape(family)}</h2>\n{_table(tuple(results))}"
        for family, results in groupby(
            certificate.results, key=lambda each: each.check.family.value
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<dl>\n{facts}</dl>\n{families}</body>\n</html>\n"
    )


def _table(results: tuple[Result, ...]) -> str:
    rows = "".join(_row(each) for each in results)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("code", "level", "result", "check"))
    return f"<table>\n<tr>{head}</tr>\n{rows}</table>\n"


def _row(result: Result) -> str:
    check, mark = result.check, MARKS[result.status]
    why = "".join(f"<li>{escape(line)}</li>" for line in result.why)
    listed = f"<ul>{why}</ul>" if why else ""
    return (
        f"<tr><td>{escape(check.code)}</td><td>{escape(check.level.word)}</td>"
        f'<td class="{escape(mark.partition("/")[0])}">{escape(mark)}</td>'
        f"<td>{escape(check.title)}<p>{escape(check.meaning)}</p>{listed}</td></tr>\n"
    )
