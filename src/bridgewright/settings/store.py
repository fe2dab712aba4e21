"""Where items are kept: a file beside the application, or a database that many machines share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings.described import Kind, refuse_wrong, setting
from bridgewright.settings.forms import is_store_url, wrong_store
from bridgewright.settings.references import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.ports import Vault
    from bridgewright.settings.gathering import Gathered, Given


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where items are kept. Each commit is on disk before it is acknowledged: that is no setting.

    `url` is a secret, for it may hold a password; where it is given, `path` counts for nothing.
    """

    path: Path = setting(
        Path("bridgewright.db"),
        Kind.PATH,
        "The SQLite database, made when it does not exist. A relative path in the file starts at the"
        " file's folder, in the environment at the working directory. `postgresql://user@host/database`"
        " is taken as `url` is; a password belongs into the variable, not into the file.",
        why="a store beside the application needs nothing installed and no rights",
        example="/var/lib/bridgewright/bridgewright.db",
        form=wrong_store,
    )
    url: Secret | None = setting(
        None,
        Kind.SECRET,
        "The PostgreSQL database that several processes and machines share, by reference to a"
        " connection string of libpq's. What the string leaves out, libpq's own variables say (PGHOST,"
        " PGPASSWORD, PGSSLMODE). Needs `bridgewright[postgres]`.",
        default_text="none: the SQLite database at `path`",
        example="env:DATABASE_URL",
    )
    pooled: bool = setting(
        False,  # noqa: FBT003 - the default
        Kind.FLAG,
        "Whether the URL leads to a proxy that pools transactions (PgBouncer). Nothing is prepared then,"
        " and workers look for new work five times a second, for no notice comes through one.",
        why="prepared statements save a third of the server's work",
    )

    def __post_init__(self) -> None:
        refuse_wrong(self, but=frozenset({"url"}))

    @property
    def name(self) -> str:
        """The store in messages and pages: a file's name, or a database at a host; no secret."""
        if self.url is None:
            return self.path.name
        parts = urlsplit(self.url.reveal())
        return f"{parts.path.lstrip('/') or 'postgres'} at {parts.hostname or 'the local socket'}"

    @property
    def shown(self) -> str:
        """Where the store is: a file's path, or a database at a host; no secret."""
        return str(self.path) if self.url is None else self.name


def make_store(
    gathered: Gathered, environ: Mapping[str, str], vaults: Mapping[str, Vault]
) -> StoreSettings:
    """The store; what is wrong with it is noted in `gathered`.

    Of `url` and `path` one counts: a variable wins over the file, and `url` over `path`.
    """
    given = gathered.of(("store",))
    path, url = given.get("path"), given.get("url")
    pooled = given["pooled"].value if "pooled" in given else False
    meant = next((one for one in (url, path) if one is not None and _is_variable(one)), url or path)
    if meant is None:
        return StoreSettings(pooled=pooled)
    try:
        shared = _referred(meant, environ, vaults) if meant is url else _shared(meant)
    except ConfigurationError as error:
        gathered.refuse(f"the store's URL {error.problem}", meant.place, error.remedy)
        return StoreSettings()
    if shared is not None:
        return StoreSettings(url=shared, pooled=pooled)
    return StoreSettings(meant.folder / meant.value, pooled=pooled)


def _referred(url: Given, environ: Mapping[str, str], vaults: Mapping[str, Vault]) -> Secret:
    found = resolve(url.value, environ, url.folder, vaults)
    if not is_store_url(found.reveal()):
        problem = "must begin with postgresql://, and what it refers to does not"
        raise ConfigurationError(problem)
    return found


def _shared(path: Given) -> Secret | None:
    """The URL that stands where a path could, None where a path does."""
    if not is_store_url(path.value):
        return None
    if not _is_variable(path) and urlsplit(path.value).password:
        problem = "holds a password, which does not belong into a file"
        remedy = 'keep it in a variable, and refer to that: url = "env:DATABASE_URL"'
        raise ConfigurationError(problem, remedy=remedy)
    return Secret(path.value)


def _is_variable(given: Given) -> bool:
    return given.place.startswith("variable ")
