"""From file and environment to one frozen value, or to everything that is wrong with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings import reference
from bridgewright.settings.connections import make_connections
from bridgewright.settings.control import make_connectors
from bridgewright.settings.gates import GatesSettings
from bridgewright.settings.gathering import Gathered, gather
from bridgewright.settings.located import read
from bridgewright.settings.references import resolve
from bridgewright.settings.sources import make_sources
from bridgewright.settings.store import make_store
from bridgewright.settings.values import (
    InboxSettings,
    ServeSettings,
    Settings,
    WorkSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.ports import Vault
    from bridgewright.settings.located import Located
    from bridgewright.settings.source import SourceSettings

FILE_NAME = "bridgewright.toml"


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of reading the settings: the value, or every reason why there is none."""

    settings: Settings | None
    problems: tuple[ConfigurationError, ...] = ()


def load(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    with_sources: bool = True,
    vaults: Mapping[str, Vault] | None = None,
) -> Settings:
    """Read the settings.

    `path` names the file; without it `BRIDGEWRIGHT_CONFIG` does, and without that
    `bridgewright.toml` in the working directory is read if it is there. Each setting's variable
    wins over the file. `environ` is the process's own environment when None. `with_sources` False
    leaves the sources out, for those who only look at the store and hold no secrets. `vaults` are
    asked for references `NAME:rest`.

    Everything that is wrong is told in one `ConfigurationError`, each with its variable or its file
    and line; no message holds the value of a secret.
    """
    examined = examine(path, environ, with_sources=with_sources, vaults=vaults)
    if examined.settings is None:
        raise _together(examined.problems)
    return examined.settings


def examine(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    with_sources: bool = True,
    vaults: Mapping[str, Vault] | None = None,
) -> Examined:
    """Like `load`, but what is wrong is the result and not raised."""
    environ = os.environ if environ is None else environ
    try:
        file = _file(path, environ)
    except ConfigurationError as error:
        return Examined(None, (error,))
    gathered = gather(file, environ, Path())
    vaults = vaults or {}
    sources = make_sources(gathered, environ, vaults) if with_sources else ()
    serve = _serve(gathered, environ, vaults, with_secrets=with_sources)
    settings = _settings(gathered, file, sources, environ, vaults)
    if settings is None or gathered.problems:
        return Examined(None, tuple(gathered.problems))
    return Examined(replace(settings, serve=serve))


def _file(path: Path | None, environ: Mapping[str, str]) -> Located | None:
    if path is not None:
        return read(path, str(path))
    named = environ.get(reference.CONFIG)
    if named is not None and not named.strip():
        remedy = "give it the path of a file, or unset it"
        problem = "is empty"
        raise ConfigurationError(problem, place=f"variable {reference.CONFIG}", remedy=remedy)
    if named is not None:
        return read(Path(named), named)
    default = Path(FILE_NAME)
    return read(default, FILE_NAME) if default.is_file() else None


def _settings(
    gathered: Gathered,
    file: Located | None,
    sources: tuple[SourceSettings, ...],
    environ: Mapping[str, str],
    vaults: Mapping[str, Vault],
) -> Settings | None:
    store = make_store(gathered, environ, vaults)
    work = WorkSettings(**_values(gathered, "work"))
    inbox = InboxSettings(**_inbox(gathered))
    gates = GatesSettings(**_values(gathered, "gates"), folder=_folder(gathered))
    connections = make_connections(gathered)
    bounds = make_connectors(gathered, reference.CONNECTORS)
    if gathered.problems:
        return None
    origin = file.path if file is not None else None
    return Settings(
        store,
        sources,
        work,
        inbox=inbox,
        origin=origin,
        connections=connections,
        gates=gates,
        vaults=vaults,
        connectors=bounds,
    )


def _serve(
    gathered: Gathered,
    environ: Mapping[str, str],
    vaults: Mapping[str, Vault],
    *,
    with_secrets: bool,
) -> ServeSettings:
    """Where serve listens; who only looks at the store needs no token."""
    values = _values(gathered, "serve")
    given = gathered.of(("serve",)).get("listen_token")
    values.pop("listen_token", None)
    if given is None or not with_secrets:
        return ServeSettings(**values)
    try:
        token = resolve(given.value, environ, given.folder, vaults)
        return ServeSettings(**values, listen_token=token)
    except ConfigurationError as error:
        problem = error.problem.removeprefix("listen_token ")
        gathered.refuse(f"listen_token {problem}", given.place, error.remedy)
        return ServeSettings(**values)


def _folder(gathered: Gathered) -> Path:
    given = gathered.of(("gates",)).get("redis")
    return Path() if given is None else given.folder


def _inbox(gathered: Gathered) -> dict[str, Any]:
    given = gathered.of(("inbox",))
    values = {key: one.value for key, one in given.items()}
    if "ca_file" in values:
        values["ca_file"] = given["ca_file"].folder / values["ca_file"]
    return values


def _values(gathered: Gathered, table: str) -> dict[str, Any]:
    return {key: given.value for key, given in gathered.of((table,)).items()}


def _together(problems: tuple[ConfigurationError, ...]) -> ConfigurationError:
    if len(problems) == 1:
        return problems[0]
    lines = "".join(f"\n  {problem}" for problem in problems)
    return ConfigurationError(f"{len(problems)} settings are wrong:{lines}")
