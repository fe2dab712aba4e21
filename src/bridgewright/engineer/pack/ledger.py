"""What we wrote into a project, by hash: a file that differs from it was changed by somebody.

One for each host, in the host's own folder. It is meant to be committed: then a colleague's update knows as
much.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.encoded import Encoded, decode
from bridgewright.engineer.pack.words import Host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACES = {
    Host.OPENCODE: ".opencode/bridgewright.json",
    Host.CLAUDE: ".claude/bridgewright.json",
}
_NOTE = "What `bridgewright pack install` wrote here, by SHA-256 of its lines. Do not edit."


def read(path: Path, name: str) -> Mapping[str, str]:
    """Hashes by file; nothing where there is no ledger. `ConfigurationError` for one that is broken."""
    if not path.exists():
        return {}
    try:
        files = json.loads(decode(path.read_bytes(), name).text)["files"]
        return {str(key): str(value) for key, value in files.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise ConfigurationError(
            "is no ledger of ours that can be read",
            place=name,
            remedy="restore it from git, or remove it: files that differ are left then",
        ) from None


def told(known: Mapping[str, str]) -> Encoded:
    """The file that says it."""
    content = {"note": _NOTE, "files": dict(sorted(known.items()))}
    return Encoded(json.dumps(content, indent=2) + "\n")


def hash_of(text: str) -> str:
    """Of the lines of a text: line ends are git's and editors' business."""
    return hashlib.sha256("\n".join(Encoded(text).lines()).encode()).hexdigest()


def hash_of_value(value: object) -> str:
    """Of a value in a file of settings, however it is written."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
