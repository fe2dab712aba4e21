"""`integration.toml` into a `Manifest`: all that is wrong with it at once, each with its line."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.certify.check import Level
from bridgewright.connectors import receiving_names
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.operations import budget, operation
from bridgewright.engineer.manifest.tables import Problems, Table, nearest
from bridgewright.engineer.manifest.words import (
    FILE,
    Auth,
    AuthKind,
    Manifest,
    MapIn,
    MapOut,
    Source,
    Spec,
    Version,
)
from bridgewright.settings import located
from bridgewright.settings.forms import wrong_name, wrong_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_LEVEL = Level.SILVER
DEFAULT_TAG = "Integration"
WEBHOOK = "webhook"
ENVIRONMENT = "env:"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_SECRETS = {AuthKind.NONE: 0, AuthKind.API_KEY: 1, AuthKind.BEARER: 1}
_PAIR = 2
_PASSED_BY = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist"})


def read(path: Path, root: Path | None = None) -> Manifest:
    """The manifest in a file, or in a folder. Messages name it as it lies below `root`, which is the
    working directory unless told. `ConfigurationError` when it is not there, not TOML, or wrong."""
    path = path / FILE if path.is_dir() else path
    return _manifest(located.read(path, _named(path, root or Path.cwd())))


def find(root: Path) -> tuple[Manifest, ...]:
    """Every manifest below a folder, by name; folders of tools and environments are passed by.
    `ConfigurationError` for the first that is wrong, and for two of one name."""
    found: dict[str, Manifest] = {}
    for path in sorted(_files(root)):
        manifest = read(path, root)
        if manifest.name in found:
            raise ConfigurationError(
                f"there is an integration {manifest.name} in {found[manifest.name].located.name} too",
                place=manifest.place("integration", "name"),
                remedy="give one of them another name",
            )
        found[manifest.name] = manifest
    return tuple(found[name] for name in sorted(found))


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if entry.name not in _PASSED_BY:
                yield from _files(entry)
        elif entry.name == FILE:
            yield entry


def _named(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _manifest(source: located.Located) -> Manifest:
    problems = Problems(source)
    top = Table((), source.content, problems)
    about = top.table("integration")
    name = about.text("name", form=_wrong_identifier)
    environment = _environment(top.table("environment"))
    budgets = {word: budget(table) for word, table in top.table("budgets").tables()}
    operations = {
        word: operation(word, table, budgets) for word, table in top.table("operations").tables()
    }
    _names(top.table("operations"))
    sources = {
        word: _source(word, table, environment) for word, table in top.table("sources").tables()
    }
    requests, responses = _maps(top.table("map"), operations, environment)
    manifest = Manifest(
        path=source.path,
        name=name,
        title=about.text("title", name.capitalize()),
        owner=about.text("owner"),
        level=_level(about),
        tag=about.text("tag", DEFAULT_TAG, _wrong_tag),
        capabilities=about.texts("capabilities"),
        models=about.texts("models", _wrong_model),
        connection=about.text("connection", name, wrong_name),
        version=_version(about.table("version")) if "version" in about else None,
        spec=_spec(top.table("spec")) if "spec" in top else None,
        auth=_auth(top.table("auth"), environment),
        environment=environment,
        budgets=budgets,
        operations=operations,
        sources=sources,
        requests=requests,
        responses=responses,
        located=source,
    )
    about.asked.add("version")
    about.close()
    top.asked.add("spec")
    top.close()
    problems.refuse()
    return manifest


def _level(about: Table) -> Level:
    given = about.text("level", DEFAULT_LEVEL.word)
    known = {level.word: level for level in Level}
    if given not in known:
        about.wrong("level", f"must be one of {', '.join(known)}")
    return known.get(given, DEFAULT_LEVEL)


def _version(table: Table) -> Version:
    made = Version(table.text("header", form=_wrong_header), table.text("value"))
    table.close()
    return made


def _spec(table: Table) -> Spec:
    made = Spec(
        table.text("file", form=_wrong_beside), table.text("lock", "spec.lock", _wrong_beside)
    )
    table.close()
    return made


def _environment(table: Table) -> Mapping[str, str]:
    for name in table.content:
        if _VARIABLE.fullmatch(name) is None:
            table.wrong(name, "is no name of a variable: A-Z, 0-9 and _, beginning with a letter")
    return {name: table.text(name) for name in table.content}


def _auth(table: Table, environment: Mapping[str, str]) -> Auth:
    kind = table.choice("kind", AuthKind, AuthKind.NONE)
    made = Auth(
        kind,
        table.text("header", None if kind is AuthKind.API_KEY else "", _wrong_header),
        table.text("token_url", None if kind is AuthKind.OAUTH2 else "", wrong_url),
        table.texts("scopes"),
        _variables(table, "secrets", environment),
    )
    wanted = _SECRETS.get(kind, _PAIR)
    if len(made.secrets) != wanted:
        table.wrong("secrets", f"must name {wanted} of [environment] for {kind}")
    if made.header and kind is not AuthKind.API_KEY:
        table.wrong("header", "belongs to api_key only")
    if (made.token_url or made.scopes) and kind is not AuthKind.OAUTH2:
        table.wrong("token_url" if made.token_url else "scopes", "belongs to oauth2 only")
    table.close()
    return made


def _source(name: str, table: Table, environment: Mapping[str, str]) -> Source:
    known = receiving_names()
    scheme = table.text("scheme")
    if scheme and scheme not in known:
        table.wrong("scheme", "is no scheme that is known", nearest(scheme, list(known)))
    made = Source(name, scheme, _variables(table, "secrets", environment), table.texts("events"))
    table.close()
    return made


def _variables(table: Table, key: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    names = table.texts(key)
    for name in names:
        if name not in environment:
            remedy = (
                f"add {name} to [environment], or correct the name" if _is_variable(name) else ""
            )
            table.wrong(key, "names a variable that [environment] does not have", remedy)
    return names


def _maps(
    table: Table, operations: Mapping[str, object], environment: Mapping[str, str]
) -> tuple[tuple[MapIn, ...], tuple[MapOut, ...]]:
    requests: list[MapIn] = []
    responses: list[MapOut] = []
    for name, inner in table.tables():
        if name == WEBHOOK:
            for event, fields in inner.tables():
                responses += [_map_out(f"{WEBHOOK}.{event}", *each) for each in fields.tables()]
            continue
        if name not in operations:
            table.wrong(name, "is no operation of [operations]")
        into, out = inner.table("request"), inner.table("response")
        requests += [_map_in(name, field, each, environment) for field, each in into.tables()]
        responses += [_map_out(name, field, each) for field, each in out.tables()]
        inner.close()
    return tuple(requests), tuple(responses)


def _map_in(operation: str, field: str, table: Table, environment: Mapping[str, str]) -> MapIn:
    made = MapIn(
        operation,
        field,
        table.text("from", "", _wrong_attribute),
        table.text("const", ""),
        table.text("guard", "", _wrong_attribute),
        table.text("via", ""),
    )
    if bool(made.source) == bool(made.const):
        table.wrong("from", "or const: one of them is needed, and not both")
    variable = made.const.removeprefix(ENVIRONMENT)
    if made.const.startswith(ENVIRONMENT) and variable not in environment:
        table.wrong("const", "names a variable that [environment] does not have")
    table.close()
    return made


def _map_out(operation: str, field: str, table: Table) -> MapOut:
    made = MapOut(operation, field, table.text("to", None, _wrong_attribute), table.text("via", ""))
    table.close()
    return made


def _names(table: Table) -> None:
    for name in table.content:
        problem = _wrong_identifier(name)
        if problem is not None:
            table.wrong(name, problem)


def _is_variable(text: str) -> bool:
    return _VARIABLE.fullmatch(text) is not None


def _wrong_identifier(text: str) -> str | None:
    if re.fullmatch(r"[a-z][a-z0-9_]{0,62}", text) and not keyword.iskeyword(text):
        return None
    return (
        "must be a name in Python: a-z, 0-9 and _, beginning with a letter, and no word of its own"
    )


def _wrong_header(text: str) -> str | None:
    return None if _HEADER.fullmatch(text) else "is no name of a header field"


def _wrong_tag(text: str) -> str | None:
    return None if text.isprintable() and not set("[]") & set(text) else "must be one word or more"


def _wrong_beside(text: str) -> str | None:
    wrong = {"", ".", ".."} & set(text.split("/")) or "\\" in text
    return "must be a file below the manifest's folder" if wrong else None


def _wrong_model(text: str) -> str | None:
    module, _, name = text.partition(":")
    parts = [*module.split("."), *([name] if ":" in text else [])]
    good = all(part.isidentifier() for part in parts)
    return None if good else 'must be a module, or a model in one: "app.models:User"'


def _wrong_attribute(text: str) -> str | None:
    parts = text.split(".")
    good = len(parts) >= _PAIR and all(part.isidentifier() for part in parts)
    return None if good else "must be a model and its field, like User.phone"
