"""What file and environment say, laid over each other: one checked value per key, and its place."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings import reference
from bridgewright.settings.described import Kind, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bridgewright.settings.described import Described
    from bridgewright.settings.located import Key, Located
    from bridgewright.settings.reference import NamedTables

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_VARIABLE = "variable "
_NAME_CHARACTERS = 63


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody gave, and where: `file:line` or a variable. `folder` is what its relative
    paths start from."""

    value: Any = field(repr=False)
    place: str
    folder: Path


@dataclass(slots=True)
class Gathered:
    """All that was given, by key, and all that is wrong with it. What was `refused` is not missing:
    one mistake is told once."""

    given: dict[Key, Given] = field(default_factory=dict)
    tables: dict[Key, str] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)
    problems: list[ConfigurationError] = field(default_factory=list)

    def refuse(self, problem: str, place: str, remedy: str = "") -> None:
        """Note what is wrong and go on: all of it is told at once."""
        self.problems.append(ConfigurationError(problem, place=place, remedy=remedy))

    def of(self, table: Key) -> dict[str, Given]:
        """What was given directly in one table."""
        return {key[-1]: given for key, given in self.given.items() if key[:-1] == table}

    def names(self, tables: str) -> tuple[str, ...]:
        """The sources, or connections, that somebody spoke of, in the order they did."""
        spoken = (*self.tables, *self.given)
        return tuple(dict.fromkeys(key[1] for key in spoken if key[0] == tables and len(key) > 1))

    def place(self, table: Key) -> str:
        """Where a table was given: in the file, or by the variable that made it."""
        if table in self.tables:
            return self.tables[table]
        return next((g.place for k, g in self.given.items() if k[: len(table)] == table), "")


def gather(file: Located | None, environ: Mapping[str, str], here: Path) -> Gathered:
    """Read every setting; the environment wins."""
    gathered = Gathered()
    if file is not None:
        _from_file(file, gathered)
    _from_environment(environ, here, gathered)
    return gathered


def _from_file(file: Located, into: Gathered) -> None:
    for name, value in file.content.items():
        if name in reference.FIXED_TABLES:
            _table((name,), value, reference.FIXED_TABLES[name], file, into)
        elif name in reference.NAMED_TABLES and isinstance(value, dict):
            for named, content in value.items():
                _table((name, named), content, reference.NAMED_TABLES[name].kind, file, into)
        elif name in reference.NAMED_TABLES:
            into.refuse(f"{name} must be a table", file.place((name,)), f"write [{name}.stripe]")
        else:
            tables = [*reference.FIXED_TABLES, *reference.NAMED_TABLES]
            remedy = _nearest(name, tables) or _where_else(name)
            into.refuse(f"unknown setting {_clean(name)}", file.place((name,)), remedy)


def _table(table: Key, content: object, kind: type, file: Located, into: Gathered) -> None:
    place = file.place(table)
    if not isinstance(content, dict):
        into.refuse(f"{_dotted(table)} must be a table", place, f"write [{_dotted(table)}]")
        return
    into.tables[table] = place
    known = reference.keys(kind)
    around = reference.NAMED_TABLES.get(table[0])
    inside = around.inside if around is not None and kind is around.kind else {}
    free = around.free if around is not None and kind is around.kind else {}
    for name, value in content.items():
        key = (*table, name)
        if name in known:
            _keep(key, known[name], value, Given(value, file.place(key), file.path.parent), into)
        elif name in inside:
            _table(key, value, inside[name], file, into)
        elif name in free:
            _free_table(key, value, free[name], file, into)
        else:
            allowed = [*known, *inside, *free]
            remedy = _nearest(name, allowed) or _where_else(name)
            into.refuse(f"unknown setting {_dotted(key)}", file.place(key), remedy)


def _free_table(
    table: Key, content: object, setting: Setting, file: Located, into: Gathered
) -> None:
    """A table whose keys the user names."""
    if not isinstance(content, dict):
        into.refuse(f"{_dotted(table)} must be a table", file.place(table), f"[{_dotted(table)}]")
        return
    for name, value in content.items():
        key = (*table, name)
        given = Given(value, file.place(key), file.path.parent)
        _keep(key, reference.free_key(name, setting), value, given, into)


def _keep(key: Key, one: Described, value: object, at: Given, into: Gathered) -> None:
    if one.setting.kind is Kind.SECRETS:
        value = tuple(value) if isinstance(value, list) else (value,)
    if one.setting.kind is Kind.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**53 else value
    problem = one.setting.problem(value)
    canonical = (*key[:-1], one.key)
    if problem is not None:
        into.refused.add(canonical)
        into.refuse(f"{_dotted(key)} {problem}", at.place, _example(one))
    elif canonical in into.given:
        problem = f"{one.setting.also} and {one.key} are one setting"
        into.refuse(problem, at.place, f"keep this or {into.given[canonical].place}")
    else:
        into.given[canonical] = Given(value, at.place, at.folder)


def _from_environment(environ: Mapping[str, str], here: Path, into: Gathered) -> None:
    fixed = {
        reference.variable((table, one.key)): ((table, one.key), one)
        for table, kind in reference.FIXED_TABLES.items()
        for one in reference.keys(kind).values()
    }
    declared = {tables: into.names(tables) for tables in reference.NAMED_TABLES}
    for name in sorted(environ):
        if not name.startswith(reference.PREFIX) or name in reference.NOT_SETTINGS:
            continue
        found = fixed.get(name) or _named_key(name, declared)
        place = f"{_VARIABLE}{name}"
        if found is None:
            remedy = _nearest(name, [*fixed, *reference.NOT_SETTINGS]) or _ALL_VARIABLES
            into.refuse("is no setting", place, remedy)
            continue
        key, one = found
        if key in into.given and not into.given[key].place.startswith(_VARIABLE):
            del into.given[key]
        value = _parsed(environ[name], one.setting)
        _keep(key, one, value, Given(value, place, here), into)


_ALL_VARIABLES = "see the list of settings (docs/reference/settings.md), or unset it"


def _named_key(name: str, declared: Mapping[str, Iterable[str]]) -> tuple[Key, Described] | None:
    """`BRIDGEWRIGHT_SOURCES_<NAME>_<KEY>`, and the same of connections: what is declared under a
    name that fits, or else something new."""
    for tables, named in reference.NAMED_TABLES.items():
        start = f"{reference.PREFIX}{tables.upper()}_"
        if not name.startswith(start):
            continue
        readings = sorted(_readings(name[len(start) :], named), key=lambda reading: len(reading[0]))
        for spoken, below, one in readings:
            for known in declared[tables]:
                if reference.as_variable(known) == spoken:
                    return (tables, known, *below, one.key), one
        for spoken, below, one in readings:
            if re.fullmatch(r"[A-Z0-9][A-Z0-9_]*", spoken) and len(spoken) <= _NAME_CHARACTERS:
                return (tables, spoken.lower(), *below, one.key), one
    return None


def _readings(rest: str, named: NamedTables) -> Iterator[tuple[str, Key, Described]]:
    kinds: list[tuple[Key, type]] = [((), named.kind)]
    kinds += [((below,), kind) for below, kind in named.inside.items()]
    for below, kind in kinds:
        for key, one in reference.keys(kind).items():
            ending = "_" + reference.as_variable("_".join((*below, key)))
            if rest.endswith(ending) and len(rest) > len(ending):
                yield rest[: -len(ending)], below, one
    for free, setting in named.free.items():
        spoken, found, key = rest.partition(f"_{reference.as_variable(free)}_")
        if found and spoken and key:
            yield spoken, (free,), reference.free_key(key.lower(), setting)


def _parsed(text: str, setting: Setting) -> object:
    """A variable's text as the value a file would hold; what is not one stays text and is refused."""
    words = text.strip()
    match setting.kind:
        case Kind.WHOLE if re.fullmatch(r"[+-]?[0-9]{1,18}", words):
            return int(words)
        case Kind.NUMBER if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", words):
            return float(words)
        case Kind.FLAG if words.lower() in _TRUE | _FALSE:
            return words.lower() in _TRUE
        case Kind.SECRETS:
            return [part for part in re.split(r"[,\s]+", words) if part] or text
        case _:
            return text


def _nearest(name: str, allowed: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def _where_else(name: str) -> str:
    """The table a key belongs in, when it is a key of ours at all."""
    tables = [f"[{row.table}]" for row in reference.rows() if row.described.key == name]
    return f"{name} belongs in {' or '.join(tables)}" if tables else _ALL_KEYS


_ALL_KEYS = "see the list of settings (docs/reference/settings.md), or remove it"


def _example(one: Described) -> str:
    return f"for example {one.setting.example}" if one.setting.example else ""


def _dotted(key: Key) -> str:
    return ".".join(_clean(part) for part in key)


def _clean(name: str) -> str:
    """A key as it may be printed: a control character or a whole page of text is not repeated."""
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return shown if len(shown) <= _NAME_CHARACTERS else shown[:_NAME_CHARACTERS] + "…"
