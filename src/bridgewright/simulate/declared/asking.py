"""What a declared operation takes: credentials, parameters and a body, each held against its schema."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bridgewright.simulate.declared.refusals import UNPROCESSABLE, RefusedError, Wrong, unmade
from bridgewright.simulate.declared.schemas import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.declared.examples import Maker
    from bridgewright.simulate.declared.paper import Paper
    from bridgewright.simulate.declared.schemas import Schemas
    from bridgewright.simulate.wire import Content, Heard

FORM = "application/x-www-form-urlencoded"
IDEMPOTENCY = "idempotency-key"
_UNREAD = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI says are to be ignored."""
_TRUE = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `slot` is what its path calls it here."""

    name: str
    where: str
    pointer: str
    required: bool
    style: str
    explode: bool
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks, once it is known to be well formed."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = field(repr=False)
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """The rules of one operation."""

    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, str]
    body_needed: bool
    security: tuple[tuple[tuple[str, str, str], ...], ...]
    statuses: frozenset[str]

    def read(self, schemas: Schemas, maker: Maker, heard: Heard, names: Mapping[str, str]) -> Asked:
        """What is asked; RefusedError that names every place that is wrong."""
        if self.security and not any(_carried(heard, needed) for needed in self.security):
            raise RefusedError(401, "the credentials that the operation declares are not there")
        reader = _Reader(schemas, maker, heard, names)
        values = {each: reader.value(each) for each in self.parameters}
        if reader.wrong:
            raise RefusedError(400, "the request does not fit its declaration", reader.wrong)
        body = self._body(schemas, maker, heard)
        return Asked(
            {p.name: str(names.get(p.slot, "")) for p in self.parameters if p.where == "path"},
            {p.name: v for p, v in values.items() if p.where == "query" and v is not None},
            body,
            next((heard.header(IDEMPOTENCY) for p in self.parameters if _is_key(p)), None),
        )

    def _body(self, schemas: Schemas, maker: Maker, heard: Heard) -> Any:
        if not heard.body:
            if self.body_needed:
                missing = (Wrong("body", "", "is needed"),)
                raise RefusedError(400, "the request does not fit its declaration", missing)
            return None
        if not self.bodies:
            return None
        media = (heard.header("content-type") or "").partition(";")[0].strip().lower()
        pointer = _of_media(self.bodies, media)
        if pointer is None:
            taken = ", ".join(sorted(self.bodies))
            raise RefusedError(415, f"the operation takes {taken}")
        body = _parsed(maker, pointer, media, heard.body)
        problems = schemas.problems(pointer, body, Way.ASKED)
        if problems:
            status = (
                400 if {"400"} & self.statuses and "422" not in self.statuses else UNPROCESSABLE
            )
            wrong = [Wrong("body", each.place, each.what) for each in problems]
            raise RefusedError(status, "the body does not fit its schema", wrong)
        return body


class _Reader:
    """Reads the parameters of one request, and collects what is wrong with them."""

    def __init__(
        self, schemas: Schemas, maker: Maker, heard: Heard, names: Mapping[str, str]
    ) -> None:
        self.wrong: list[Wrong] = []
        self._schemas = schemas
        self._maker = maker
        self._heard = heard
        self._names = names
        self._query = parse_qs(urlsplit(heard.target).query, keep_blank_values=True)

    def value(self, parameter: Parameter) -> Any:
        """What a request says of one parameter; None for nothing."""
        texts = self._texts(parameter)
        if texts is None:
            if parameter.required:
                self.wrong.append(Wrong(parameter.where, parameter.name, "is needed"))
            return None
        value = self._typed(parameter, texts)
        for each in self._schemas.problems(parameter.pointer, value, Way.ASKED):
            place = f"{parameter.name}{each.place}"
            self.wrong.append(Wrong(parameter.where, place, each.what))
        return value

    def _texts(self, parameter: Parameter) -> list[str] | None:
        match parameter.where:
            case "path":
                found = self._names.get(parameter.slot)
            case "header":
                found = self._heard.header(parameter.name.lower())
            case "cookie":
                found = _cookie(self._heard, parameter.name)
            case _:
                if parameter.style != "form" and any(
                    name.startswith(f"{parameter.name}[") or name == parameter.name
                    for name in self._query
                ):
                    raise unmade(
                        f"the style {parameter.style} of {parameter.name} is not simulated"
                    )
                return self._query.get(parameter.name)
        return None if found is None else [found]

    def _typed(self, parameter: Parameter, texts: list[str]) -> Any:
        schema = self._maker.schema(parameter.pointer)
        if "array" in _kinds(schema):
            split = parameter.where != "query" or not parameter.explode
            parts = [p for text in texts for p in (text.split(",") if split else [text])]
            items = self._maker.schema(f"{parameter.pointer}/items")
            return [typed(items, part) for part in parts]
        if "object" in _kinds(schema):
            raise unmade(f"{parameter.name} is an object in a parameter, which is not simulated")
        return typed(schema, texts[-1])


def typed(schema: Content, text: str) -> Any:
    """A text as the type that its schema gives; the text itself where it is none of that."""
    kinds = _kinds(schema)
    if "boolean" in kinds and text in _TRUE:
        return _TRUE[text]
    if kinds & {"integer", "number"} and len(text) <= 100:  # noqa: PLR2004 - of a number
        try:
            number = json.loads(text)
        except ValueError:
            number = text
        if isinstance(number, int | float) and not isinstance(number, bool):
            return number
    return None if "null" in kinds and text in {"", "null"} and "string" not in kinds else text


def parameters_of(
    paper: Paper, item: str, operation: str, slots: Mapping[str, str]
) -> tuple[Parameter, ...]:
    """The parameters of an operation, and of its path where it does not say otherwise."""
    found: dict[tuple[str, str], Parameter] = {}
    for place in (item, operation):
        _, declared = paper.child(place, "parameters")
        for index in range(len(declared) if isinstance(declared, list) else 0):
            pointer, each = paper.child(place, "parameters", index)
            if not isinstance(each, dict):
                continue
            name, where = str(each.get("name", "")), str(each.get("in", ""))
            if where == "header" and name.lower() in _UNREAD:
                continue
            style = str(each.get("style", "form" if where in {"query", "cookie"} else "simple"))
            found[name, where] = Parameter(
                name,
                where,
                f"{pointer}/schema" if "schema" in each else f"{pointer}/unwritten",
                where == "path" or each.get("required") is True,
                style,
                bool(each.get("explode", style == "form")),
                slots.get(name, ""),
            )
    return tuple(found.values())


def security_of(paper: Paper, operation: Content) -> tuple[tuple[tuple[str, str, str], ...], ...]:
    """Alternatives of what a request has to carry: for each, all of `(kind, place, name)`."""
    wanted = operation.get("security", paper.content.get("security")) or []
    alternatives = []
    for needed in wanted if isinstance(wanted, list) else []:
        carried = []
        for name in needed if isinstance(needed, dict) else {}:
            _, scheme = paper.child(paper.at("components", "securitySchemes"), name)
            scheme = scheme if isinstance(scheme, dict) else {}
            kind = (
                str(scheme.get("scheme", "bearer")) if scheme.get("type") != "apiKey" else "apiKey"
            )
            carried.append((kind.lower(), str(scheme.get("in", "")), str(scheme.get("name", ""))))
        alternatives.append(tuple(carried))
    return tuple(alternatives)


def _carried(heard: Heard, needed: tuple[tuple[str, str, str], ...]) -> bool:
    return all(_has(heard, *each) for each in needed)


def _has(heard: Heard, kind: str, place: str, name: str) -> bool:
    if kind == "apikey":
        if place == "header":
            return bool(heard.header(name.lower()))
        return bool(heard.query.get(name) if place == "query" else _cookie(heard, name))
    scheme, _, given = (heard.header("authorization") or "").partition(" ")
    return scheme.lower() == kind and bool(given.strip())


def _cookie(heard: Heard, name: str) -> str | None:
    pairs = (part.strip().partition("=") for part in (heard.header("cookie") or "").split(";"))
    return next((value for key, _, value in pairs if key == name), None)


def _of_media(bodies: Mapping[str, str], media: str) -> str | None:
    """The schema of a content type: the very one, or a range that it is in."""
    kinds = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((bodies[kind] for kind in kinds if kind in bodies), None)


def _parsed(maker: Maker, pointer: str, media: str, body: bytes) -> Any:
    if media == FORM:
        fields = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
        known = maker.properties(pointer)
        return {
            name: [typed(maker.schema(f"{known[name]}/items"), v) for v in values]
            if "array" in _kinds(maker.schema(known.get(name, "/nowhere")))
            else typed(maker.schema(known.get(name, "/nowhere")), values[-1])
            for name, values in fields.items()
        }
    if media != "application/json" and not media.endswith("+json"):
        raise unmade(f"bodies of {media or 'no content type'} are not simulated")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        wrong = (Wrong("body", "", "is no JSON"),)
        raise RefusedError(400, "the body cannot be read", wrong) from None


def _kinds(schema: Content) -> set[str]:
    kind = schema.get("type")
    return {k for k in kind if isinstance(k, str)} if isinstance(kind, list) else {str(kind)}


def _is_key(parameter: Parameter) -> bool:
    return parameter.where == "header" and parameter.name.lower() == IDEMPOTENCY
