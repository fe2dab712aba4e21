"""Packs from their TOML: ours, and the one that may lie beside a manifest."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, TypeVar

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.packs.words import (
    Capability,
    Confidence,
    Meaning,
    Need,
    Pack,
    Role,
    Row,
    Source,
    Way,
)
from bridgewright.engineer.manifest.tables import Problems, Table
from bridgewright.settings import located

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

E = TypeVar("E", bound=StrEnum)

FILE = "pack.toml"
"""What a pack of a project's own is called; it lies beside the manifest."""
OURS = ("github", "sendgrid", "stripe", "twilio")


def ours(provider: str) -> Pack | None:
    """The pack that is shipped for a provider; None where there is none."""
    if provider not in OURS:
        return None
    with as_file(files(__package__) / f"{provider}.toml") as path:
        return read(path, f"{provider}.toml")


def beside(folder: Path, name: str) -> Pack | None:
    """The pack in an integration's own folder; None where there is none."""
    path = folder / FILE
    return read(path, name) if path.is_file() else None


def read(path: Path, name: str) -> Pack:
    """A pack; `ConfigurationError` with everything that is wrong with it, each with its line."""
    source = located.read(path, name)
    problems = Problems(source)
    top = Table((), source.content, problems)
    made = Pack(
        top.text("provider"),
        name,
        tuple(_row(table) for table in _listed(top, "fields")),
        {word: _capability(word, table) for word, table in top.table("capabilities").tables()},
    )
    top.close()
    problems.refuse()
    return made


def _listed(table: Table, name: str) -> Iterator[Table]:
    """The tables of an array: their problems have the line of the array."""
    found = table.raw(name)
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        table.wrong(name, "must be an array of tables")
        return
    for number, each in enumerate(found, 1):
        yield Table((*table.key, name, str(number)), each, table.problems)


def _row(table: Table) -> Row:
    made = Row(
        call=table.text("call", ""),
        way=_word(table, "way", Way),
        field=table.text("field"),
        source=_source(table),
        max_len=table.whole("max_len"),
        bits=table.whole("bits"),
        nullable=_flag(table, "nullable"),
        meaning=_word(table, "meaning", Meaning),
        pii=bool(_flag(table, "pii")),
        most_keys=table.whole("most_keys"),
        key_len=table.whole("key_len"),
        value_len=table.whole("value_len"),
        not_in_keys=table.text("not_in_keys", ""),
    )
    table.close()
    return made


def _capability(name: str, table: Table) -> Capability:
    roles = {word: _role(word, each) for word, each in table.table("roles").tables()}
    needs = tuple(_need(each, roles) for each in _listed(table, "needs"))
    made = Capability(name, table.text("title"), table.text("call", ""), roles, needs)
    table.close()
    return made


def _role(name: str, table: Table) -> Role:
    made = Role(
        name,
        table.text("request", ""),
        table.text("response", ""),
        table.texts("models"),
        bool(_flag(table, "optional")),
    )
    table.close()
    return made


def _need(table: Table, roles: dict[str, Role]) -> Need:
    made = Need(
        role=table.text("role"),
        field=table.text("field"),
        severity=table.choice("severity", Severity, Severity.ERROR),
        source=_source(table),
        also=table.texts("also"),
        kinds=table.texts("kinds"),
        meaning=_word(table, "meaning", Meaning),
        request=table.text("request", ""),
        guard=table.text("guard", ""),
        response=table.text("response", ""),
        why=table.text("why", ""),
    )
    if made.role not in roles:
        table.wrong("role", "is none of the capability's roles")
    table.close()
    return made


def _source(table: Table) -> Source:
    as_of = table.raw("as_of")
    if not isinstance(as_of, date):
        table.wrong("as_of", "must be the date on which the source was read, like 2026-11-23")
        as_of = date.min
    confidence = table.choice("confidence", Confidence, Confidence.RECALLED)
    return Source(table.text("source"), as_of, confidence)


def _word(table: Table, name: str, words: type[E]) -> E | None:
    return table.choice(name, words, next(iter(words))) if name in table else None


def _flag(table: Table, name: str) -> bool | None:
    value = table.raw(name)
    if value is None or isinstance(value, bool):
        return value
    table.wrong(name, "must be true or false")
    return None
