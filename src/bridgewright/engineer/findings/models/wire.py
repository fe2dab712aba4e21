"""Models as JSON and back: what the process that imports an application tells the one that asked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from bridgewright.engineer.findings.fields import FieldSpec, Kind, Model, ModelKind, Where, Zone


def packed(model: Model) -> dict[str, Any]:
    """A model as JSON can hold it."""
    return {
        "name": model.name,
        "module": model.module,
        "kind": str(model.kind),
        "fields": [_packed(each) for each in model.fields],
        "where": [model.where.file, model.where.line],
        "complete": model.complete,
    }


def unpacked(record: dict[str, Any]) -> Model:
    """The model of such a record."""
    made = {**record, "kind": ModelKind(record["kind"]), "where": Where(*record["where"])}
    return Model(**{**made, "fields": tuple(_unpacked(each) for each in record["fields"])})


def _packed(spec: FieldSpec) -> dict[str, Any]:
    record = {each.name: getattr(spec, each.name) for each in fields(spec)}
    return {
        **record,
        "items": None if spec.items is None else _packed(spec.items),
        "fields": [_packed(each) for each in spec.fields],
        "unknown": sorted(spec.unknown),
        "where": [spec.where.file, spec.where.line],
    }


def _unpacked(record: dict[str, Any]) -> FieldSpec:
    items = record["items"]
    return FieldSpec(
        **{
            **record,
            "kind": Kind(record["kind"]),
            "zone": Zone(record["zone"]),
            "enum": tuple(record["enum"]),
            "items": None if items is None else _unpacked(items),
            "fields": tuple(_unpacked(each) for each in record["fields"]),
            "unknown": frozenset(record["unknown"]),
            "where": Where(*record["where"]),
        }
    )
