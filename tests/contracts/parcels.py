"""The document of a made-up provider with six operations on parcels, and three beside them."""

from __future__ import annotations

from typing import Any

PARCEL = {"$ref": "#/components/schemas/Parcel"}
PROBLEM: dict[str, Any] = {
    "description": "not as it should be",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["status", "detail"],
                "properties": {"status": {"type": "integer"}, "detail": {"type": "string"}},
            }
        }
    },
}
PROBLEMS = dict.fromkeys(("400", "401", "404", "409", "415", "422"), PROBLEM)


def good(status: int, schema: Any = None, **media: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"description": "as asked"}
    if schema is not None:
        told["content"] = {"application/json": {"schema": schema, **media}}
    return {str(status): told, **PROBLEMS}


def body(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def document() -> dict[str, Any]:
    """A new copy."""
    new = {"$ref": "#/components/schemas/NewParcel"}
    listed = {
        "type": "object",
        "required": ["items", "total", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": PARCEL},
            "total": {"type": "integer"},
            "next_cursor": {"type": ["string", "null"]},
        },
    }
    whole = {"type": "integer", "minimum": 1, "maximum": 100}
    queries = [
        {"name": "limit", "in": "query", "schema": whole},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
        {"name": "state", "in": "query", "schema": {"$ref": "#/components/schemas/State"}},
        {"name": "sort", "in": "query", "schema": {"type": "string"}},
    ]
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parcels", "version": "1"},
        "servers": [{"url": "https://api.parcels.example/v1"}],
        "security": [{"bearer": []}, {"key": []}],
        "paths": {
            "/parcels": {
                "post": {
                    "operationId": "createParcel",
                    "parameters": [key],
                    "requestBody": body(new),
                    "responses": good(201, PARCEL),
                },
                "get": {
                    "operationId": "listParcels",
                    "parameters": queries,
                    "responses": good(200, listed),
                },
            },
            "/parcels/{parcel-id}": {
                "parameters": [
                    {
                        "name": "parcel-id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "maxLength": 40},
                    }
                ],
                "get": {"operationId": "getParcel", "responses": good(200, PARCEL)},
                "patch": {
                    "operationId": "updateParcel",
                    "requestBody": body({"$ref": "#/components/schemas/Change"}),
                    "responses": good(200, PARCEL),
                },
                "put": {
                    "operationId": "replaceParcel",
                    "requestBody": body(new),
                    "responses": good(200, PARCEL),
                },
                "delete": {"operationId": "deleteParcel", "responses": good(204)},
            },
            "/rates": {
                "get": {
                    "operationId": "getRates",
                    "security": [],
                    "responses": good(200, {"type": "object"}, example={"EUR": 1}),
                }
            },
            "/health": {
                "get": {
                    "operationId": "health",
                    "security": [{}],
                    "responses": good(
                        200,
                        {
                            "type": "object",
                            "required": ["up"],
                            "properties": {"up": {"const": True}},
                        },
                    ),
                }
            },
            "/labels": {
                "get": {
                    "operationId": "printLabel",
                    "security": [],
                    "responses": {"200": {"description": "", "content": {"application/pdf": {}}}},
                }
            },
        },
        "webhooks": {
            "parcel.delivered": {
                "post": {
                    "requestBody": body(
                        {
                            "type": "object",
                            "required": ["type", "timestamp", "data"],
                            "properties": {
                                "type": {"const": "parcel.delivered"},
                                "timestamp": {"type": "string", "format": "date-time"},
                                "data": PARCEL,
                            },
                        }
                    )
                }
            }
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
            "schemas": {
                "State": {"enum": ["new", "sent", "delivered"]},
                "NewParcel": {
                    "type": "object",
                    "required": ["weight_g"],
                    "additionalProperties": False,
                    "properties": {
                        "weight_g": {"type": "integer", "minimum": 1},
                        "state": {"$ref": "#/components/schemas/State"},
                        "to": {"type": ["string", "null"], "maxLength": 20},
                        "inside": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/NewParcel"},
                            "maxItems": 3,
                        },
                    },
                },
                "Change": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"state": {"$ref": "#/components/schemas/State"}},
                },
                "Parcel": {
                    "type": "object",
                    "required": ["id", "created_at", "weight_g", "state"],
                    "properties": {
                        "id": {"type": "string", "readOnly": True},
                        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
                        "weight_g": {"type": "integer", "minimum": 1},
                        "state": {"$ref": "#/components/schemas/State"},
                        "to": {"type": ["string", "null"]},
                    },
                },
            },
        },
    }
