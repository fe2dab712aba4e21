"""A specification to begin with where there is none: one thing that is made, and looked up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.engineer.scaffold.papers import Papers

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = ("POST /things", "GET /things/{thing_id}")


def write(path: Path, title: str) -> Papers:
    """The specification, in a file of that name."""
    thing = {"$ref": "#/components/schemas/Thing"}
    answered = {"description": "The thing.", "content": {"application/json": {"schema": thing}}}
    wanted = {"application/json": {"schema": {"$ref": "#/components/schemas/NewThing"}}}
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
    by_id = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
    name = {"type": "string", "example": "a thing"}
    content = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "0"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "create_thing",
                    "parameters": [key],
                    "requestBody": {"required": True, "content": wanted},
                    "responses": {"201": answered},
                }
            },
            "/things/{thing_id}": {
                "get": {
                    "operationId": "get_thing",
                    "parameters": [by_id],
                    "responses": {"200": answered},
                }
            },
        },
        "components": {
            "schemas": {
                "NewThing": {"type": "object", "required": ["name"], "properties": {"name": name}},
                "Thing": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "example": "thing_1"}, "name": name},
                },
            }
        },
    }
    path.write_text(json.dumps(content, indent=1), "utf-8")
    return Papers(path, {"": content})
