"""The pinned slice: `spec.json`, and `spec.lock`, which says where it came from and what it is."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bridgewright.engineer.scaffold.toml import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bridgewright.engineer.scaffold.papers import Content, Papers
    from bridgewright.engineer.scaffold.pruning import Chosen

SPEC, LOCK = "spec.json", "spec.lock"


def spec_file(content: Content) -> str:
    """The slice as it is committed: the same for the same content."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def lock_file(papers: Papers, chosen: Iterable[Chosen], spec: str, taken_on: date) -> str:
    """Where a slice was taken from and when, and by what both can be known again."""
    lines = [
        "# What spec.json was taken from. Written by `bridgewright new`; do not edit.",
        f"source = {text(papers.path.name)}",
        f"source_version = {text(str(papers.content['info'].get('version', '')))}",
        f"source_sha256 = {text(papers.sha256())}",
        f"sha256 = {text(hashlib.sha256(spec.encode()).hexdigest())}",
        f"taken_on = {taken_on.isoformat()}",
        "operations = [",
        *(f"  {text(each.call)}," for each in chosen),
        "]",
    ]
    return "\n".join(lines) + "\n"
