"""Each rule as a page: why, how to mend it, and an example both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.examples import example

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.engineer.check.rule import Rule

NOTE = "<!-- Written by tools/reference.py from the rules: change them there. -->"


def page(rule: Rule) -> str:
    """The page of a rule, in Markdown."""
    bad, good = example(rule.code)
    parts = [
        f"# {rule.code}: {rule.title}",
        NOTE,
        f"{rule.severity.value.capitalize()}. {rule.why}",
        f"**To mend it:** {rule.mend}",
        "## Objected to",
        *_files(bad),
        "## Not objected to",
        *_files(good),
        "## When it is right all the same",
        f'Say why, and until when, on its line: `# bw: ignore[{rule.code}] reason="…" until=2027-01-01`.',
    ]
    return "\n\n".join(parts) + "\n"


def index(rules: Iterable[Rule]) -> str:
    """All rules in one table, and the tree of their pages."""
    listed = list(rules)
    rows = [
        f"| [{each.code}]({each.code}.md) | {each.title} | {each.severity} |" for each in listed
    ]
    tree = "\n".join(["```{toctree}", ":hidden:", "", *(each.code for each in listed), "```"])
    table = "\n".join(["| rule | what | |", "|---|---|---|", *rows])
    return f"# Rules of check\n\n{NOTE}\n\n{table}\n\n{tree}\n"


def _files(files: Mapping[str, str]) -> Iterable[str]:
    for name, text in files.items():
        yield f"`{name}`"
        # Not tagged as Python: the Python of our pages is run by their tests, and this is to be read.
        yield f"```text\n{text.strip()}\n```"
