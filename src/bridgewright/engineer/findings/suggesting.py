"""Mappings that a manifest may want: provider's fields that nothing maps, each with the model's field
that is most like it. They are offered to be read and pasted; nothing goes by them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.likeness import likeness, words
from bridgewright.engineer.findings.packs.words import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.findings.catalogue import Catalogue
    from bridgewright.engineer.findings.fields import FieldSpec, Model
    from bridgewright.engineer.findings.provider.pinned import Pinned
    from bridgewright.engineer.findings.provider.slice import Side
    from bridgewright.engineer.manifest.words import Manifest

LEAST = 0.85
"""The likeness from which on a pair is offered."""
_NEAR = 0.01
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """A field of an operation or webhook that nothing maps. `attribute` is the model's field that is like
    it ("" when none is), `rivals` are those that are as like. `table` is the manifest's."""

    table: tuple[str, ...]
    field: str
    required: bool
    way: Way
    attribute: str = ""
    score: float = 0.0
    rivals: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of TOML that maps it."""
        word = "from" if self.way is Way.REQUEST else "to"
        key = self.field if _BARE.fullmatch(self.field) else json.dumps(self.field)
        rivals = f", as like: {', '.join(self.rivals)}" if self.rivals else ""
        return f'{key} = {{{word} = "{self.attribute}"}}  # {self.score:.2f}{rivals}'


def offers(manifest: Manifest, pin: Pinned, catalogue: Catalogue) -> tuple[Offer, ...]:
    """What nothing maps, in the order of the manifest and the specification."""
    found = []
    for table, way, side, mapped in _sides(manifest, pin):
        for path, spec in side.fields.items():
            if path not in mapped and path not in side.headers and not path.endswith("[]"):
                found.append(_offer(manifest, catalogue, table, way, path, spec))
    return tuple(found)


def pasted(found: Iterable[Offer], manifest: Manifest) -> Iterator[str]:
    """The offers as TOML, table by table. The head of a table that the manifest has already is a
    comment, for TOML takes no table twice."""
    table: tuple[str, ...] = ()
    for each in found:
        if not each.attribute:
            continue
        if each.table != table:
            if table:
                yield ""
            table = each.table
            yield f"{'# add to ' if _has(manifest, table) else ''}[{headed(table)}]"
        yield each.line


def _sides(
    manifest: Manifest, pin: Pinned
) -> Iterator[tuple[tuple[str, ...], Way, Side, frozenset[str]]]:
    for name, operation in manifest.operations.items():
        for way, rows in ((Way.REQUEST, manifest.requests), (Way.RESPONSE, manifest.responses)):
            side = pin.side(operation.method, operation.path, way)
            mapped = frozenset(each.field for each in rows if each.operation == name)
            if side is not None:
                yield ("map", name, way.value), way, side, mapped
    for source in manifest.sources.values():
        for event in source.events:
            side = pin.webhook(event)
            if side is not None:
                name = f"webhook.{event}"
                kept = (each.field for each in manifest.responses if each.operation == name)
                yield ("map", "webhook", event), Way.RESPONSE, side, frozenset(kept)


def _offer(  # noqa: PLR0913 - a field, and where it stands
    manifest: Manifest,
    catalogue: Catalogue,
    table: tuple[str, ...],
    way: Way,
    path: str,
    spec: FieldSpec,
) -> Offer:
    scored = sorted(_scored(manifest, catalogue, way, path, spec), key=lambda each: -each[0])
    required = spec.required is True
    if not scored:
        return Offer(table, path, required, way)
    best, attribute = scored[0]
    rivals = tuple(name for score, name in scored[1:] if best - score < _NEAR)
    return Offer(table, path, required, way, attribute, round(min(best, 1.0), 2), rivals)


def _scored(
    manifest: Manifest, catalogue: Catalogue, way: Way, path: str, spec: FieldSpec
) -> Iterator[tuple[float, str]]:
    """Fields that are like enough. One of a model that the path or operation names comes first."""
    outer = spec.but(name=path)
    around = frozenset(words(path.rpartition(".")[0]))
    for model in catalogue.models.values():
        named = frozenset(words(model.name))
        prefixes = frozenset(words(manifest.name)) | named
        for inner in model.fields:
            if inner.computed and way is Way.RESPONSE:
                continue
            score = likeness(outer, inner, prefixes=prefixes)
            if score >= LEAST:
                yield score + (2 * _NEAR if named & around else 0), _attribute(model, inner)


def _attribute(model: Model, inner: FieldSpec) -> str:
    return f"{model.name}.{inner.name}"


def headed(table: tuple[str, ...]) -> str:
    """The name of a table as its head has it: `map.webhook."order.paid"`."""
    return ".".join(each if _BARE.fullmatch(each) else json.dumps(each) for each in table)


def _has(manifest: Manifest, table: tuple[str, ...]) -> bool:
    found: Any = manifest.located.content
    for each in table:
        found = found.get(each) if isinstance(found, dict) else None
    return found is not None
