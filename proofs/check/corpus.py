"""The labelled samples: one text file each, with a header and the files of a small project.

A header says `id`, `label` (defect or clean), `family`, the page it was written `from`, and what it `says`;
`==> path` begins a file of the project. `<<name>>` stands for a secret that is made when the project is
written, so that nothing in this repository looks like one. A third of the samples is held out: which, the
digest of their id says, so that nobody chooses.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from proofs.check import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).with_name("corpus")
_HELD_OUT_OF = 3
_HEADER = re.compile(r"# (id|label|family|from|says): (.+)")
_FILE = "==> "
_AROUND = {
    "app/__init__.py": "",
    "integrations/__init__.py": "",
    "integrations/acme/__init__.py": "",
    "integrations/acme/errors.py": 'class AcmeError(Exception):\n    """Acme said no."""\n',
    "integrations/acme/integration.toml": """[integration]
name = "acme"
owner = "team-orders"
models = ["app.models"]
version = {header = "Acme-Version", value = "2026-01-01"}

[environment]
ACME_API_KEY = "The key of the account."
ACME_REGION = "Where the account is."
""",
}


class Label(StrEnum):
    """Whether something is wrong with a sample."""

    DEFECT = "defect"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Sample:
    """One small project, and whether something is wrong with it."""

    id: str
    label: Label
    family: str
    source: str
    says: str
    files: Mapping[str, str]

    @property
    def held_out(self) -> bool:
        """Whether nobody looks at its results before the rules are done."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % _HELD_OUT_OF == 0

    def write(self, root: Path) -> Path:
        """Write the project below `root`, with what every project has around it; returns its folder."""
        folder = root / self.id
        for name, text in {**_AROUND, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(tokens.filled(text, self.id), encoding="utf-8")
        return folder


def samples(folder: Path = FOLDER) -> tuple[Sample, ...]:
    """All of them, by their ids. `ValueError` for one that is not of this form."""
    read = [_sample(path) for path in folder.rglob("*.txt")]
    return tuple(sorted(read, key=lambda sample: sample.id))


def _sample(path: Path) -> Sample:
    header, *parts = path.read_text(encoding="utf-8").split(f"\n{_FILE}")
    said = dict(_HEADER.findall(header))
    if (
        set(said) != {"id", "label", "family", "from", "says"}
        or said["id"] != path.stem
        or not parts
    ):
        raise ValueError(f"{path.name} is no sample: it needs a header of its own name, and files")
    files = {}
    for part in parts:
        name, _, text = part.partition("\n")
        files[name.strip()] = f"{text.rstrip()}\n" if text.strip() else ""
    return Sample(
        said["id"], Label(said["label"]), said["family"], said["from"], said["says"], files
    )
