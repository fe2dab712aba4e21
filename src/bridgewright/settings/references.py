"""Secrets by reference: what may stand in a file, and where the value itself is fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bridgewright.core.ports import Vault

MAX_SECRET_BYTES = 65_536
_SCHEME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
_HOW = 'refer to it: "env:NAME_OF_A_VARIABLE" or "file:/path/to/a/file"'


def not_a_reference(text: str) -> ConfigurationError | None:
    """Why a text cannot refer to a secret; it is not repeated, for it may be one."""
    scheme, colon, rest = text.partition(":")
    if colon and rest and _SCHEME.fullmatch(scheme):
        return None
    return ConfigurationError("holds a secret itself, and may only refer to one", remedy=_HOW)


def resolve(
    reference: str,
    environ: Mapping[str, str],
    folder: Path,
    vaults: Mapping[str, Vault] | None = None,
) -> Secret:
    """The secret that a reference names.

    `env:NAME` is a variable (capitals, digits and underscores), `file:PATH` a file, relative to
    `folder`, `NAME:rest` asks the vault of that name in `vaults`. White space around the value is
    dropped: files and variables gain line ends on their way, and no key has any. Anything else is
    refused, and never repeated: it may be the secret.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        return from_variable(rest, environ)
    if scheme == "file" and rest:
        return _from_file(folder / rest)
    if vaults and scheme in vaults and rest:
        return vaults[scheme].fetch(rest)
    problem = "holds a secret itself, or names a vault that was not handed over"
    names = f" (or {', '.join(f'{name}:…' for name in sorted(vaults))})" if vaults else ""
    raise ConfigurationError(problem, remedy=_HOW + names)


def named(source: str, names: Sequence[str], secrets: Sequence[Secret]) -> tuple[str, ...]:
    """What the keys of a source are known by: their references, or numbers where none are given."""
    if not names:
        return tuple(f"key {number}" for number in range(1, len(secrets) + 1))
    if len(names) != len(secrets):
        problem = f"source {source!r} has {len(secrets)} secrets, and {len(names)} names of keys"
        raise ConfigurationError(problem, place="SourceSettings", remedy="name each, or none")
    return tuple(names)


def from_variable(name: str, environ: Mapping[str, str]) -> Secret:
    """The secret in a variable."""
    if not _VARIABLE.fullmatch(name):
        problem = "env: must be followed by the name of a variable, in capitals"
        raise ConfigurationError(problem, remedy=_HOW)
    value = environ.get(name)
    if value is None:
        problem = f"variable {name} is not set"
        raise ConfigurationError(problem, remedy=f"export {name}")
    if not value.strip():
        problem = f"variable {name} is empty"
        raise ConfigurationError(problem, remedy="give it the secret")
    return Secret(value.strip())


def _from_file(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        problem = f"secret file {path} cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigurationError(problem, remedy="create it, or correct the path") from None
    except ValueError:
        problem = "file: is followed by what cannot be a path"
        raise ConfigurationError(problem) from None
    if len(content) > MAX_SECRET_BYTES:
        problem = f"secret file {path} is larger than any secret (64 KiB)"
        raise ConfigurationError(problem)
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        problem = f"secret file {path} is not UTF-8 text"
        raise ConfigurationError(problem) from None
    if not text:
        problem = f"secret file {path} is empty"
        raise ConfigurationError(problem, remedy="put the secret into it")
    return Secret(text)
