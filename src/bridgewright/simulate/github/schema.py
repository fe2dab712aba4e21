"""JSON Schema in one line an object: `schema("id:integer title*:string body:string? labels:[string]")`.

A star is a field that has to be there, a question mark one that may be null, brackets a list, bars a
choice of texts. Whatever else an object holds is open, as it is at GitHub, which ignores what it does
not know. The same schemas are what the simulator's OpenAPI document says and what bodies are held to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github.trouble import Trouble, TroubleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.wire import Content

    Schema = dict[str, Any]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
_ARTICLES = {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}


def schema(text: str, **named: Schema) -> Schema:
    """An object of these fields; a kind that is none of JSON's is one of `named`."""
    properties, needed = {}, []
    for word in text.split():
        name, _, kind = word.partition(":")
        if name.endswith("*"):
            name = name[:-1]
            needed.append(name)
        properties[name] = _kind(kind, named)
    made: Schema = {"type": "object", "properties": properties}
    return made | ({"required": needed} if needed else {})


def listed(item: Schema) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": item}


def choice(*words: str) -> Schema:
    """One of some texts."""
    return {"type": "string", "enum": list(words)}


def hold(body: Content, wanted: Schema) -> None:
    """422, worded as GitHub does, for a body that is not as its schema says."""
    wrong = _wrong(body, wanted, "")
    if wrong:
        raise TroubleError(Trouble(422, f"Invalid request.\n\n{wrong}"))


def _kind(kind: str, named: Mapping[str, Schema]) -> Schema:
    nullable = kind.endswith("?")
    kind = kind.removesuffix("?")
    if kind.startswith("["):
        made = listed(_kind(kind[1:-1], named))
    elif "|" in kind:
        made = choice(*kind.split("|"))
    else:
        made = {"type": kind} if kind in _KINDS else named[kind]
    if not nullable:
        return made
    if "enum" in made:
        return {"type": ["string", "null"], "enum": [*made["enum"], None]}
    if "oneOf" in made:
        return {"oneOf": [*made["oneOf"], {"type": "null"}]}
    return made | {"type": [made["type"], "null"]}


def _wrong(given: Any, wanted: Schema, place: str) -> str:
    kinds = wanted.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "oneOf" in wanted:
        tried = [_wrong(given, each, place) for each in wanted["oneOf"]]
        return "" if "" in tried else tried[0]
    if kinds and not any(_is(given, kind) for kind in kinds):
        told = " or ".join(_ARTICLES.get(kind, f"a {kind}") for kind in kinds)
        return f"For '{place or '/'}', {_quoted(given)} is not {told}."
    if "enum" in wanted and given not in wanted["enum"]:
        options = ", ".join(str(each) for each in wanted["enum"])
        return f"For '{place}', {_quoted(given)} is not a member of [{options}]."
    if isinstance(given, dict):
        return _wrong_in(given, wanted, place)
    if isinstance(given, list):
        inside = (_wrong(each, wanted.get("items", {}), f"{place}/items") for each in given)
        return next(filter(None, inside), "")
    return ""


def _wrong_in(given: Content, wanted: Schema, place: str) -> str:
    missing = [name for name in wanted.get("required", ()) if name not in given]
    if missing:
        return "\n".join(f'"{name}" wasn\'t supplied.' for name in missing)
    properties = wanted.get("properties", {})
    inside = (
        _wrong(given[name], each, f"{place}/properties/{name}".lstrip("/"))
        for name, each in properties.items()
        if name in given
    )
    return next(filter(None, inside), "")


def _is(given: object, kind: str) -> bool:
    if isinstance(given, bool):
        return kind == "boolean"
    return isinstance(given, _KINDS[kind])


def _quoted(given: object) -> str:
    text = "nil" if given is None else f'"{given}"' if isinstance(given, str) else str(given)
    return text[:100]
