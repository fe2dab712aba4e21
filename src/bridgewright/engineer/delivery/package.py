"""What belongs to an integration: the files that are delivered, the variables that hold its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.words import AuthKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bridgewright.engineer.manifest.words import Manifest

LEDGER = ".integrations/findings.json"
"""What was reported already, whoever empties the file of findings."""
SETTINGS = "bridgewright.toml"
"""Where its connection and its webhooks are configured."""
SECRET_NAMES = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PRIVATE_KEY")
"""Variables whose values never leave either: what the delivery itself is authorised by."""
_BESIDE = (
    "tests/integrations/{name}",
    "tests/integrations/test_{name}.py",
    "tests/{name}",
    "tests/test_{name}.py",
    "docs/integrations/{name}.md",
)
"""Where its tests and its page are, when they are not in the package."""


def paths_of(
    root: Path, manifests: Iterable[Manifest], more: Iterable[str] = ()
) -> tuple[str, ...]:
    """The package of each, its tests and page beside it, what makes the folders above it packages, the
    settings that its connection is in, the findings and their ledger, and `more`; all relative to the
    top of the working tree. `ConfigurationError` for a package that is outside it."""
    found: list[str] = []
    for manifest in manifests:
        folder = manifest.folder.resolve()
        if root.resolve() not in folder.parents:
            raise ConfigurationError(
                f"the integration {manifest.name} is not inside the working tree",
                place=manifest.place("integration"),
                remedy="an integration.toml at the top of a project makes no package: move it into one",
            )
        inside = folder.relative_to(root.resolve())
        found.append(inside.as_posix())
        found += [(above / "__init__.py").as_posix() for above in inside.parents[:-1]]
        found += [path.format(name=manifest.name) for path in _BESIDE]
    return tuple(dict.fromkeys((*found, SETTINGS, LEDGER, *more)))


def secrets_of(manifest: Manifest) -> tuple[str, ...]:
    """The variables that hold secrets: not the name or id that stands before one."""
    auth = manifest.auth
    pair = auth.kind in {AuthKind.BASIC, AuthKind.OAUTH2}
    own = auth.secrets[1:] if pair else auth.secrets
    return (*own, *(name for each in manifest.sources.values() for name in each.secrets))
