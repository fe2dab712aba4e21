"""The page that says what each tool found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.check import scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from proofs.check.corpus import Sample
    from proofs.check.scores import Score

HEAD = """# Check, beside ruff and bandit

Written by `{command}` on {date}; do not edit. {samples} samples in `proofs/check/corpus`, each written from
the documentation of what it uses, before the rules: {defects} with a defect, {clean} without. A third was
held out, by the digest of its id: nobody looked at its results while rules were written.

`check` has found a defect when a rule *of its family* objects to the sample; ruff and bandit when they say
anything of it at all. Precision: of the samples that a tool objects to, the share that has a defect. What
`check` could not decide is counted apart, and is neither found nor flagged.

Their authors are ours: whoever wrote the corpus knew which rules there would be, and wrote those of the
400s to 800s. It measures how rules generalise to samples they were not tried on, not how they would do on
code of strangers.

{facts}

"""


def page(head: str, samples: Sequence[Sample], told: Mapping[str, set[str]]) -> str:
    """All of it: the whole, the third that was held out, and each family."""
    held = [each for each in samples if each.held_out]
    families = list(dict.fromkeys(each.family for each in samples))
    parts = [
        head,
        _table("Whole", {name: scores.score(samples, ids) for name, ids in told.items()}),
        _table("Held out", {name: scores.score(held, ids) for name, ids in told.items()}),
        "## Families\n",
        _families(samples, families, told),
        "## Families, held out\n",
        _families(held, families, told),
    ]
    return "\n".join(parts)


def _table(title: str, rows: Mapping[str, Score]) -> str:
    lines = [
        f"## {title}\n",
        "| tool | defects | found | recall | clean | flagged | precision |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {row.defects} | {row.found} | {_share(row.recall)} | {row.clean} | {row.flagged} |"
        f" {_share(row.precision)} |"
        for name, row in rows.items()
    ]
    return "\n".join([*lines, ""])


def _families(
    samples: Iterable[Sample], families: Iterable[str], told: Mapping[str, set[str]]
) -> str:
    lines = [
        f"| family | defects | clean | {' | '.join(f'{name}: found, flagged' for name in told)} |",
        f"| --- | ---: | ---: |{' ---: |' * len(told)}",
    ]
    listed = list(samples)
    for family in families:
        mine = [each for each in listed if each.family == family]
        rows = [scores.score(mine, ids) for ids in told.values()]
        if mine:
            cells = " | ".join(f"{row.found}, {row.flagged}" for row in rows)
            lines.append(f"| {family} | {rows[0].defects} | {rows[0].clean} | {cells} |")
    return "\n".join([*lines, ""])


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
