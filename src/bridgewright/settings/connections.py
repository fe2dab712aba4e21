"""The connections that file or environment speak of, and the credentials each is made with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.settings import reference
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.settings.references import from_variable, not_a_reference, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Vault
    from bridgewright.engine.call.connection import Credential
    from bridgewright.settings.gathering import Gathered


def make_connections(gathered: Gathered) -> tuple[ConnectionSettings, ...]:
    """Every connection; what is wrong with one is noted in `gathered` and leaves it out."""
    made = (_made(gathered, name) for name in gathered.names(reference.CONNECTIONS))
    return tuple(each for each in made if each is not None)


def _made(gathered: Gathered, name: str) -> ConnectionSettings | None:
    table = (reference.CONNECTIONS, name)
    values: dict[str, Any] = {key: given.value for key, given in gathered.of(table).items()}
    if "ca_file" in values:
        given = gathered.of(table)["ca_file"]
        values["ca_file"] = given.folder / given.value
    values["secrets"] = {
        key: References(given.value, given.folder)
        for key, given in gathered.of((*table, reference.SECRETS)).items()
    }
    values["options"] = {
        key: given.value for key, given in gathered.of((*table, reference.OPTIONS)).items()
    }
    if not _refers(gathered, (*table, reference.SECRETS)):
        return None
    try:
        connectors.refuse_unknown(values.get("provider") or name, calls=True)
        return ConnectionSettings(name, **values)
    except ConfigurationError as error:
        gathered.refuse(error.problem, gathered.place(table), error.remedy)
        return None


def _refers(gathered: Gathered, table: tuple[str, ...]) -> bool:
    """Whether every secret is a reference; one that is not is told, and never repeated."""
    before = len(gathered.problems)
    for name, given in gathered.of(table).items():
        for text in given.value:
            problem = not_a_reference(text)
            if problem is not None:
                where = f"{'.'.join(table)}.{name}: {problem.problem}"
                gathered.refuse(where, given.place, problem.remedy)
    return len(gathered.problems) == before


def credentials(
    connection: ConnectionSettings,
    wanted: Sequence[Credential],
    vaults: Mapping[str, Vault] | None = None,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Secret]:
    """The secrets that a connection is made with, by name: what its settings refer to, or else what
    stands in the provider's own variables.

    Raises `ConfigurationError` for one that is missing, naming the variables that may hold it, and
    for references to credentials that this provider does not have.
    """
    environ = os.environ if environ is None else environ
    place = f"connection {connection.name}"
    names = {each.name for each in wanted}
    for name in connection.secrets:
        if name not in names:
            problem = f"{connection.provider} has no credential {name!r}"
            known = ", ".join(sorted(names)) or "none: it finds its credentials by itself"
            raise ConfigurationError(problem, place=place, remedy=f"known are {known}")
    found = {}
    for each in wanted:
        secret = _looked_up(connection, each, environ, vaults)
        if secret is not None:
            found[each.name] = secret
    for each in wanted:
        if each.name in found or each.optional or found.keys() & set(each.alternatives):
            continue
        problem = f"has no {each.name}: variable {' or '.join(each.variables)} is not set"
        table = f"[connections.{connection.name}.secrets]"
        remedy = f'set it, or refer to another under {table}: {each.name} = "env:NAME"'
        raise ConfigurationError(problem, place=place, remedy=remedy)
    return found


def standing_by(
    connection: ConnectionSettings,
    vaults: Mapping[str, Vault] | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Secret, ...]:
    """The secrets beside the first of each credential, which is the one that is used: they are valid
    while a key is being changed, and must not come to light either. Those that are not to be had
    (the old one is gone already, the new one not there yet) are left out."""
    environ = os.environ if environ is None else environ
    found = []
    for given in connection.secrets.values():
        for text in given.texts[1:]:
            try:
                found.append(resolve(text, environ, given.folder, vaults))
            except ConfigurationError:
                continue
    return tuple(found)


def _looked_up(
    connection: ConnectionSettings,
    wanted: Credential,
    environ: Mapping[str, str],
    vaults: Mapping[str, Vault] | None,
) -> Secret | None:
    given = connection.secrets.get(wanted.name)
    try:
        if given is not None:
            # The first is used; others stand beside it while a key is being changed.
            return resolve(given.texts[0], environ, given.folder, vaults)
        for variable in wanted.variables:
            if environ.get(variable, "").strip():
                return from_variable(variable, environ)
    except ConfigurationError as error:
        place = f"connection {connection.name}, {wanted.name}"
        raise ConfigurationError(error.problem, place=place, remedy=error.remedy) from None
    return None
