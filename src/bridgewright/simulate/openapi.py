"""The OpenAPI document of a simulated provider: what it really does, and no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.routes import Route, Shape
    from bridgewright.simulate.wire import Content

VERSION = "3.1.0"
_NAME = re.compile(r"\{(\w+)\*?\}")


def document(provider: str, routes: Iterable[Route[Any]]) -> Content:
    """An OpenAPI 3.1 document of these operations; what an operation says nothing about is open."""
    paths: dict[str, Content] = {}
    named: set[str] = set()
    for route in routes:
        path = _NAME.sub(r"{\1}", route.path)
        operation = paths.setdefault(path, {})[route.method.lower()] = _operation(route)
        if route.operation in named:  # one operation, asked for by several methods
            operation["operationId"] = f"{route.operation}.{route.method.lower()}"
        named.add(route.operation)
    info = {"title": f"{provider}, as simulated", "version": "1"}
    return {"openapi": VERSION, "info": info, "paths": paths}


def _operation(route: Route[Any]) -> Content:
    shape = route.shape
    named = [_parameter("path", name, {"type": "string"}) for name in _NAME.findall(route.path)]
    asked = [_parameter("query", name, schema) for name, schema in shape.query.items()]
    operation: Content = {"operationId": route.operation, "responses": _responses(shape)}
    if named or asked:
        operation["parameters"] = named + asked
    if shape.body is not None:
        content = {shape.content_type: {"schema": shape.body}}
        operation["requestBody"] = {"content": content, "required": shape.body_needed}
    return operation


def _parameter(place: str, name: str, schema: Content) -> Content:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _responses(shape: Shape) -> Content:
    told: Content = {}
    for status, schema in shape.gives.items():
        told[str(status)] = {"description": "as the provider answers"}
        if schema is not None:
            told[str(status)]["content"] = {"application/json": {"schema": schema}}
    return told or {"default": {"description": "as the provider answers"}}
