"""A project made small: one integration with a manifest and a pinned slice, and models beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.catalogue import Catalogue
from bridgewright.engineer.findings.examining import Order, examine
from bridgewright.engineer.findings.fields import FieldSpec, Kind, Model, ModelKind
from bridgewright.engineer.findings.provider.document import Document
from bridgewright.engineer.manifest.reading import find
from tests.engineer.findings.made import TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.engineer.findings.finding import Examination

HEAD = """\
[integration]
name = "acme"
owner = "team"
models = ["app.models"]

[operations.make]
call = "POST /things"
timeout_s = 5

[operations.get]
call = "GET /things/{id}"
timeout_s = 5
"""
SPEC_TABLE = '\n[spec]\nfile = "spec.json"\n'


def document(
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    *,
    kind: str = "application/json",
    example: Any = None,
) -> dict[str, Any]:
    """An OpenAPI document with `POST /things` and `GET /things/{id}`."""
    media: dict[str, Any] = {"schema": response or {"type": "object"}}
    if example is not None:
        media["example"] = example
    answer = {"200": {"description": "good", "content": {"application/json": media}}}
    body = {"required": True, "content": {kind: {"schema": request or {"type": "object"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "paths": {
            "/things": {"post": {"requestBody": body, "responses": answer}},
            "/things/{id}": {
                "get": {
                    "parameters": [{"name": "id", "in": "path", "required": True}],
                    "responses": answer,
                }
            },
        },
        "webhooks": {
            "thing.made": {
                "post": {"requestBody": {"content": {"application/json": media}}, "responses": {}}
            }
        },
    }


def thing(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """The schema of an object."""
    return {"type": "object", "required": list(required), "properties": properties}


def model(*fields: FieldSpec, name: str = "User") -> Model:
    return Model(name, "app.models", ModelKind.DATACLASS, fields)


def text(name: str, **more: Any) -> FieldSpec:
    return FieldSpec(name, Kind.STRING, **more)


def project(root: Path, manifest: str, spec: Mapping[str, Any] | None, lock: str = "") -> None:
    """Write the integration."""
    folder = root / "integrations" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    head = HEAD + (SPEC_TABLE if spec is not None else "")
    (folder / "integration.toml").write_text(f"{head}\n{manifest}", "utf-8")
    if spec is not None:
        content = json.dumps(spec).encode()
        (folder / "spec.json").write_bytes(content)
        hashed = f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        (folder / "spec.lock").write_text(lock or f"{hashed}taken_on = 2026-11-01\n", "utf-8")


def examined(
    root: Path,
    manifest: str,
    spec: Mapping[str, Any] | None = None,
    *models: Model,
    newer: Mapping[str, Any] | None = None,
    troubles: tuple[tuple[str, str], ...] = (),
) -> Examination:
    """Write it, and look."""
    project(root, manifest, spec)
    catalogue = Catalogue({each.name: each for each in models}, troubles)
    later = {"acme": Document("newer.json", dict(newer))} if newer is not None else {}
    return examine(Order(root, find(root), lambda _: catalogue, TODAY, later))


def told(examination: Examination) -> list[str]:
    """Codes and sentences; nothing may be undecided."""
    assert examination.undecided == ()
    return [f"{each.code} {each.severity} {each.sentence}" for each in examination.findings]


def optional(spec: FieldSpec) -> FieldSpec:
    return replace(spec, required=False, nullable=True)
