"""How well a tool did: what it found of the defects, and what it said of clean samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.check.corpus import Label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from proofs.check.corpus import Sample


@dataclass(frozen=True, slots=True)
class Score:
    """Of so many defects so many were found, and of so many clean samples so many were objected to."""

    defects: int
    found: int
    clean: int
    flagged: int

    @property
    def recall(self) -> float | None:
        """Which share of the defects was found; None where there were none."""
        return self.found / self.defects if self.defects else None

    @property
    def precision(self) -> float | None:
        """Which share of the samples that were objected to has a defect; None where there were none."""
        told = self.found + self.flagged
        return self.found / told if told else None


def score(samples: Iterable[Sample], told: Collection[str]) -> Score:
    """The score of a tool that objected to the samples whose ids are in `told`."""
    defects = found = clean = flagged = 0
    for sample in samples:
        if sample.label is Label.DEFECT:
            defects += 1
            found += sample.id in told
        else:
            clean += 1
            flagged += sample.id in told
    return Score(defects, found, clean, flagged)


def wrong(samples: Iterable[Sample], told: Collection[str]) -> tuple[list[str], list[str]]:
    """The ids of the defects that were missed, and of the clean samples that were objected to."""
    listed = tuple(samples)
    return (
        [each.id for each in listed if each.label is Label.DEFECT and each.id not in told],
        [each.id for each in listed if each.label is Label.CLEAN and each.id in told],
    )
