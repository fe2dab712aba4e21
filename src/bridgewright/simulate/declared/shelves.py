"""The things that a declared provider keeps, by collection, and what its operations do to them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.declared.examples import UnmadeError, instant
from bridgewright.simulate.declared.operations import Kind
from bridgewright.simulate.declared.refusals import UNPROCESSABLE, RefusedError, Wrong, unmade
from bridgewright.simulate.declared.schemas import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.declared.asking import Asked
    from bridgewright.simulate.declared.examples import Maker
    from bridgewright.simulate.declared.operations import Operation, Resource
    from bridgewright.simulate.declared.schemas import Schemas
    from bridgewright.simulate.wire import Content

ORDINARY, MOST = 20, 1_000
"""Items of a page where neither request nor schema says how many, and at most."""
_BORN = frozenset({"created", "created_at", "createdat", "creation_time", "date_created"})
_MOVED = frozenset(
    {"updated", "updated_at", "updatedat", "modified", "modified_at", "date_updated"}
)
_LIMITS = ("limit", "per_page", "page_size", "pageSize", "perPage")
_OFFSETS = ("offset", "skip")
_CURSORS = ("cursor", "page_token", "pageToken", "after", "starting_after", "next_token")
_NEXT = frozenset(
    {"next_cursor", "nextcursor", "next_page_token", "nextpagetoken", "cursor", "next_token"}
)
_TOTALS = frozenset({"total", "total_count", "totalcount", "total_items"})
_PLACE = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What things are made and judged by."""

    schemas: Schemas
    maker: Maker
    now: Callable[[], float]


class Shelves:
    """Collections of things, each by its id, in the order in which they came."""

    def __init__(self, rules: Rules, resources: dict[str, Resource]) -> None:
        self._rules = rules
        self._resources = resources
        self._things: dict[str, dict[str, Content]] = {}
        self._serial = 0

    def whole(self) -> Content:
        """Everything, by collection and id."""
        return {path: dict(things) for path, things in self._things.items()}

    def carry_out(self, operation: Operation, asked: Asked) -> Any:
        """Do what is asked; the content of the answer, None for an answer without any."""
        resource = operation.resource
        if resource is None or operation.answer is None:
            raise unmade("the document does not say what this does")
        place = self._placed(resource.path, asked)
        things = self._things.setdefault(place, {})
        match operation.kind:
            case Kind.CREATE:
                return self._create(operation, resource, things, asked)
            case Kind.LIST:
                return self._list(operation, resource, things, asked)
            case Kind.GET:
                return self._found(resource, things, asked)
            case Kind.DELETE:
                self._found(resource, things, asked)
                name = asked.path[resource.parameter]
                del things[name]
                self._forget_below(f"{place}/{name}")
                return None
            case _:
                return self._change(operation, resource, things, asked)

    def _placed(self, path: str, asked: Asked) -> str:
        """A collection's path with its parameters in it; 404 when it is inside of what is not there."""
        filled = ""
        for part in path.strip("/").split("/"):
            owner, inside = filled, _PLACE.fullmatch(part)
            value = asked.path.get(inside[1], "") if inside else part
            if inside and self._is_kept(path, part) and value not in self._things.get(owner, {}):
                raise RefusedError(404, f"there is no {inside[1]} of this name")
            filled += f"/{value}"
        return filled

    def _is_kept(self, path: str, part: str) -> bool:
        above = path[: path.index(f"/{part}")]
        owner = self._resources.get(above)
        return owner is not None and part == f"{{{owner.parameter}}}"

    def _found(self, resource: Resource, things: dict[str, Content], asked: Asked) -> Content:
        found = things.get(asked.path.get(resource.parameter, ""))
        if found is None:
            raise RefusedError(404, f"there is no {resource.parameter} of this name")
        return found

    def _create(
        self, operation: Operation, resource: Resource, things: dict[str, Content], asked: Asked
    ) -> Content:
        given = {} if asked.body is None else asked.body
        if not isinstance(given, dict):
            raise unmade("things that are no JSON objects are not kept")
        made = self._stamped(resource, self._own(resource, given), born=True)
        name = str(made[resource.identity])
        if name in things:
            raise RefusedError(409, f"there is a thing with this {resource.identity} already")
        made = self._completed(resource, made)
        self._judge(operation, resource, made)
        things[name] = made
        return made

    def _change(
        self, operation: Operation, resource: Resource, things: dict[str, Content], asked: Asked
    ) -> Content:
        old = self._found(resource, things, asked)
        given = {} if asked.body is None else asked.body
        if not isinstance(given, dict):
            raise unmade("things that are no JSON objects are not kept")
        own = self._own(resource, given)
        own.pop(resource.identity, None)
        if operation.kind is Kind.REPLACE:
            readers = {n: v for n, v in old.items() if n not in self._own(resource, old)}
            made = readers | {resource.identity: old[resource.identity]} | own
        else:
            made = old | own
        made = self._completed(resource, self._stamped(resource, made, born=False))
        problems = self._rules.schemas.problems(resource.schema, made, Way.ANSWERED)
        if problems:
            wrong = [Wrong("body", each.place, each.what) for each in problems]
            raise RefusedError(UNPROCESSABLE, "what became of it would not fit its schema", wrong)
        self._judge(operation, resource, made)
        things[asked.path[resource.parameter]] = made
        return made

    def _own(self, resource: Resource, given: Content) -> Content:
        """Of what is given, what its schema does not say only the provider writes."""
        known, maker = self._rules.maker.properties(resource.schema), self._rules.maker
        return {
            name: value
            for name, value in given.items()
            if name not in known
            or not (
                maker.schema(known[name]).get("readOnly")
                or maker.schema(known[name]).get("writeOnly")
            )
        }

    def _stamped(self, resource: Resource, thing: Content, *, born: bool) -> Content:
        """With an id and instants, where its schema has them."""
        known, made = self._rules.maker.properties(resource.schema), dict(thing)
        if resource.identity not in made:
            made[resource.identity] = self._next(resource, known)
        for name, pointer in known.items():
            word, schema = name.lower(), self._rules.maker.schema(pointer)
            wanted = word in _MOVED or (born and word in _BORN)
            if wanted and (born or name not in thing or word in _MOVED):
                stamp = self._instant(schema)
                if stamp is not None and (
                    schema.get("readOnly") or word in _MOVED or name not in thing
                ):
                    made[name] = stamp
        return made

    def _instant(self, schema: Content) -> Any:
        if schema.get("format") == "date-time":
            return instant(self._rules.now())
        return int(self._rules.now()) if schema.get("type") == "integer" else None

    def _next(self, resource: Resource, known: dict[str, str]) -> Any:
        self._serial += 1
        schema = self._rules.maker.schema(known[resource.identity])
        kind = schema.get("type")
        if kind == "integer" or (isinstance(kind, list) and "integer" in kind):
            return self._serial
        if schema.get("format") == "uuid":
            return f"00000000-0000-4000-8000-{self._serial:012}"
        word = re.sub(r"[^a-z0-9]", "", resource.path.rpartition("/")[2].lower()).rstrip("s")
        return f"{word or 'thing'}_{self._serial:08}"

    def _completed(self, resource: Resource, thing: Content) -> Content:
        """With what its schema requires and nobody gave."""
        try:
            least = self._rules.maker.make(resource.schema)
        except UnmadeError:
            least = {}
        required = set(self._rules.maker.required(resource.schema))
        filled = {
            n: v for n, v in (least if isinstance(least, dict) else {}).items() if n in required
        }
        return filled | thing

    def _judge(self, operation: Operation, resource: Resource, made: Content) -> None:
        """501 for a thing that would not be what the document says it is."""
        answer = operation.answer
        for pointer in {resource.schema, answer.schema if answer else ""} - {""}:
            problems = self._rules.schemas.problems(pointer, made, Way.ANSWERED)
            if problems:
                where = ", ".join(f"{each.place or '/'} {each.what}" for each in problems)
                raise unmade(f"no such thing can be made as the document declares: {where}")

    def _list(
        self, operation: Operation, resource: Resource, things: dict[str, Content], asked: Asked
    ) -> Any:
        query = dict(asked.query)
        limit = _whole(query, _LIMITS, ORDINARY)
        offset, page = _whole(query, _OFFSETS, 0), _whole(query, ("page",), 1)
        cursor = next((query.pop(name) for name in _CURSORS if name in query), None)
        known = self._rules.maker.properties(resource.schema)
        for name in query:
            if name not in known:
                raise unmade(f"what the parameter {name} does is not simulated")
        found = [t for t in things.values() if all(t.get(n) == v for n, v in query.items())]
        limit = min(max(limit, 1), MOST)
        begin = max(0, offset + (page - 1) * limit)
        if cursor is not None:
            begin = _after(found, str(cursor), resource.identity)
        rows = found[begin : begin + limit]
        if not resource.rows:
            return rows
        more = rows[-1:] if begin + limit < len(found) else []
        told = self._frame(operation, len(found), limit, begin, page)
        return told | self._following(operation, resource, more) | {resource.rows: rows}

    def _frame(
        self, operation: Operation, total: int, limit: int, begin: int, page: int
    ) -> Content:
        schema = operation.answer.schema if operation.answer else ""
        try:
            least = self._rules.maker.make(schema)
        except UnmadeError:
            least = {}
        told: Content = least if isinstance(least, dict) else {}
        known = {
            "limit": limit,
            "offset": begin,
            "page": page,
            "page_size": limit,
            "per_page": limit,
        }
        for name in self._rules.maker.properties(schema):
            if name.lower() in _TOTALS:
                told[name] = total
            elif name in known:
                told[name] = known[name]
        return told

    def _following(self, operation: Operation, resource: Resource, more: list[Content]) -> Content:
        schema = operation.answer.schema if operation.answer else ""
        told: Content = {}
        for name, pointer in self._rules.maker.properties(schema).items():
            if name.lower() in {"has_more", "hasmore", "has_next"}:
                told[name] = bool(more)
            elif name.lower() in _NEXT:
                if more:
                    told[name] = _cursor(str(more[0][resource.identity]))
                elif not self._rules.schemas.problems(pointer, None, Way.ANSWERED):
                    told[name] = None
                elif name in self._rules.maker.required(schema):
                    told[name] = ""
        return told

    def _forget_below(self, place: str) -> None:
        for path in [each for each in self._things if each.startswith(f"{place}/")]:
            del self._things[path]


def _whole(query: dict[str, Any], names: tuple[str, ...], otherwise: int) -> int:
    found = [query.pop(name) for name in names if name in query]
    return found[0] if found and isinstance(found[0], int) else otherwise


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(name).encode()).decode()


def _after(found: list[Content], cursor: str, identity: str) -> int:
    """Where the page begins that follows the thing a cursor names: one we gave out, or an id."""
    try:
        name = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError, RecursionError):
        name = cursor
    names = [str(each[identity]) for each in found]
    if name not in names:
        wrong = (Wrong("query", "cursor", "is none that was given out"),)
        raise RefusedError(400, "the request does not fit its declaration", wrong)
    return names.index(name) + 1
