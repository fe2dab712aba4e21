"""The operations of a document: what each takes, how it answers well, and which of them keep things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.declared.asking import Asking, parameters_of, security_of
from bridgewright.simulate.routes import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.simulate.declared.examples import Maker
    from bridgewright.simulate.declared.paper import Paper
    from bridgewright.simulate.wire import Content

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
MOST_IN_SEGMENT = 3
"""Parameters of one segment of a path: more could be told apart in too many ways."""
_NAME = re.compile(r"\{([^{}/]+)\}")


class Kind(StrEnum):
    """What an operation does to the things that are kept; FIXED has nothing to do with any."""

    CREATE = "create"
    LIST = "list"
    GET = "get"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Answer:
    """How an operation answers well: its status, where its answer is declared, its content type and
    the pointer to its schema, both "" for an answer without a body."""

    status: int
    pointer: str
    media: str
    schema: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection and its items: `path` is the collection's, `parameter` what an item's path calls
    it, `identity` the property that holds it, `schema` an item's. `rows` is the property of a list
    that holds its items, "" where the list is an array itself."""

    path: str
    parameter: str
    identity: str
    schema: str
    rows: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `rows` and `of` say which resource it is about."""

    kind: Kind
    path: str
    asking: Asking
    answer: Answer | None
    resource: Resource | None


def operations(paper: Paper, maker: Maker) -> Iterator[Route[Operation]]:
    """Every operation as a route; the more concrete paths first, as OpenAPI asks.

    ConfigurationError for two of one name, and for paths that nobody can tell apart."""
    prefix, names = prefix_of(paper), set()
    resources = dict(_resources(paper, maker))
    for path in sorted(paper.content["paths"], key=lambda each: (each.count("{"), each)):
        slots = _slots(path)
        _, declared = paper.child("", "paths", path)
        for method in METHODS:
            operation = declared.get(method) if isinstance(declared, dict) else None
            if not isinstance(operation, dict):
                continue
            name = str(operation.get("operationId") or _named(method, path))
            if name in names:
                raise ConfigurationError(
                    f"two operations of the document are called {name}",
                    remedy="Give each operation an operationId of its own",
                )
            names.add(name)
            made = _operation(paper, path, method, slots, resources)
            written = _NAME.sub(lambda found, s=slots: f"{{{s[found[1]]}}}", path)  # type: ignore[misc]
            yield Route(method.upper(), prefix + written, name, made)


def prefix_of(paper: Paper) -> str:
    """The path of the first server's URL, without a slash at its end; variables by their defaults."""
    _, server = paper.child("", "servers", 0)
    if not isinstance(server, dict):
        return ""
    url = str(server.get("url", ""))
    for name, variable in (server.get("variables") or {}).items():
        default = variable.get("default", "") if isinstance(variable, dict) else ""
        url = url.replace(f"{{{name}}}", str(default))
    path = urlsplit(url).path.rstrip("/")
    return path if path.startswith("/") and "{" not in path else ""


def answer_of(paper: Paper, pointer: str, method: str) -> Answer | None:
    """The good answer that an operation declares: its lowest 2xx, or its default."""
    _, responses = paper.child(pointer, "responses")
    if not isinstance(responses, dict):
        return None
    usual = {"post": 201, "delete": 204}.get(method, 200)
    good = sorted(s for s in responses if re.fullmatch(r"2(\d\d|XX)", s))
    chosen = str(usual) if str(usual) in good else (good or ["default"])[0]
    if chosen not in responses:
        return None
    status = int(chosen) if chosen.isdecimal() else 200
    where, declared = paper.child(pointer, "responses", chosen)
    content = declared.get("content") if isinstance(declared, dict) else None
    for media in content if isinstance(content, dict) else {}:
        if "json" in media or media == "*/*":
            spelled = media.replace("~", "~0").replace("/", "~1")
            written = "application/json" if media == "*/*" else media
            return Answer(status, where, written, f"{where}/content/{spelled}/schema")
    return Answer(status, where, "", "") if not content else None


def _operation(
    paper: Paper,
    path: str,
    method: str,
    slots: Mapping[str, str],
    resources: Mapping[str, Resource],
) -> Operation:
    item, _ = paper.child("", "paths", path)
    pointer = f"{item}/{method}"
    _, declared = paper.follow(pointer)
    where, body = paper.child(pointer, "requestBody")
    body = body if isinstance(body, dict) else {}
    content = body.get("content")
    bodies = {
        media.partition(";")[0].strip().lower(): f"{where}/content/{_spelled(media)}/schema"
        for media in (content if isinstance(content, dict) else {})
    }
    asking = Asking(
        parameters_of(paper, item, pointer, slots),
        bodies,
        body.get("required") is True,
        security_of(paper, declared),
        frozenset(map(str, declared.get("responses") or {})),
    )
    answer = answer_of(paper, pointer, method)
    kind, resource = _role(path, method, resources)
    return Operation(kind, path, asking, answer, resource)


def _role(
    path: str, method: str, resources: Mapping[str, Resource]
) -> tuple[Kind, Resource | None]:
    collection = resources.get(path)
    if collection is not None:
        if method == "post":
            return Kind.CREATE, collection
        if method == "get" and collection.rows is not None:
            return Kind.LIST, collection
    owner, _, last = path.rpartition("/")
    parent = resources.get(owner)
    verbs = {"get": Kind.GET, "patch": Kind.UPDATE, "put": Kind.REPLACE, "delete": Kind.DELETE}
    if parent is not None and last == f"{{{parent.parameter}}}" and method in verbs:
        return verbs[method], parent
    return Kind.FIXED, None


def _resources(paper: Paper, maker: Maker) -> Iterator[tuple[str, Resource]]:
    """Collections with items that can come to be: by POST to the collection, or PUT of an item."""
    paths: Content = paper.content["paths"]
    for path in paths:
        owner, _, last = path.rpartition("/")
        found = _NAME.fullmatch(last)
        if found is None or owner not in paths:
            continue
        item, inside = paper.child("", "paths", path)
        whole, collection = paper.child("", "paths", owner)
        if not isinstance(inside, dict) or not isinstance(collection, dict):
            continue
        schema = _item_schema(paper, maker, whole, item)
        identity = _identity(maker, schema, found[1]) if schema else None
        if identity is not None and "post" in collection:
            rows = _rows(paper, maker, whole)
            yield owner, Resource(owner, found[1], identity, schema, rows)


def _item_schema(paper: Paper, maker: Maker, collection: str, item: str) -> str:
    for place, method in ((item, "get"), (collection, "post"), (item, "patch"), (item, "put")):
        answer = answer_of(paper, f"{place}/{method}", method)
        if answer is not None and answer.schema and maker.properties(answer.schema):
            return answer.schema
    return ""


def _identity(maker: Maker, schema: str, parameter: str) -> str | None:
    """The property of an item that its path names."""
    known = maker.properties(schema)
    return next((name for name in (parameter, "id", "uuid", "sid", "key") if name in known), None)


def _rows(paper: Paper, maker: Maker, collection: str) -> str | None:
    """Where a list holds its items: "" in itself, a property's name, None nowhere."""
    answer = answer_of(paper, f"{collection}/get", "get")
    if answer is None or not answer.schema:
        return None
    if maker.schema(answer.schema).get("type") == "array":
        return ""
    arrays = [
        name
        for name, pointer in maker.properties(answer.schema).items()
        if maker.schema(pointer).get("type") == "array"
    ]
    return arrays[0] if len(arrays) == 1 else None


def _slots(path: str) -> dict[str, str]:
    """What each parameter of a path is called in a route: a word, and each another."""
    names = _NAME.findall(path)
    if any(len(_NAME.findall(part)) > MOST_IN_SEGMENT for part in path.split("/")):
        raise ConfigurationError(
            f"{path[:80]} has more than {MOST_IN_SEGMENT} parameters between two slashes",
            remedy="Put a slash between them",
        )
    slots: dict[str, str] = {}
    for index, name in enumerate(names):
        word = re.sub(r"[^A-Za-z0-9_]", "_", name)
        fits = word.isidentifier() and word not in slots.values()
        slots[name] = word if fits else f"p{index}"
    return slots


def _named(method: str, path: str) -> str:
    words = re.findall(r"\w+", path)
    return "_".join((method, *words))


def _spelled(media: Any) -> str:
    return str(media).replace("~", "~0").replace("/", "~1")
