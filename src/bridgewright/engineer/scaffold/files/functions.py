"""`operations.py`: one thin function for each operation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.engineer.scaffold.drafts import Argument, Body, Draft
    from bridgewright.engineer.scaffold.plan import Plan

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_PLACE = re.compile(r"\{([^{}/]+)\}")
_TEXT = re.compile(r"[\w/{}.,:\[\] -]*")

_SEGMENT = '''
def _segment(value: object) -> str:
    """A value as one segment of a path; ValueError for one that would lead elsewhere."""
    text = str(value)
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} is no segment of a path")
    return quote(text, safe="")
'''
_PRESENT = '''
def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, without what was left out."""
    return {name: value for name, value in given.items() if value is not None}
'''
_JOINED = '''
def _joined(values: Sequence[Any] | None) -> str | None:
    """A list as one value."""
    return None if values is None else ",".join(map(str, values))
'''
_TEXT_OF = '''
def _text(value: object) -> str | None:
    """A value as a field of the header has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
'''
_JSON = '''
def _json(body: BaseModel) -> Any:
    """A body as it is sent: what was set, by the provider's names."""
    return body.model_dump(mode="json", by_alias=True, exclude_unset=True)
'''
_FORM = '''
def _form(body: BaseModel) -> dict[str, Any]:
    """A body as a form's fields: what was set, by the provider's names; objects by `name[field]`."""
    return dict(_fields(body.model_dump(mode="json", by_alias=True, exclude_unset=True), ""))


def _fields(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            yield from _fields(value, key)
        elif value is not None:
            yield key, value
'''


def operations_file(plan: Plan) -> str:
    """The module."""
    functions = "\n\n".join(_function(each, plan) for each in plan.drafts)
    rest = "\n".join(_parts(plan, functions))
    return f'''"""What is asked of {plan.title}: one function for each operation. They decide nothing.

Errors are the engine's: CallFailed (it said no), CallRefused (nothing was sent), RetryLater, OutcomeUnknown
(a write may have happened); and {plan.error} for an answer that does not fit.
"""

from __future__ import annotations

{_imports(plan, functions + rest)}

{functions}

{rest}
'''


def _imports(plan: Plan, code: str) -> str:
    lines = []
    kinds = ["TYPE_CHECKING"]
    kinds += [
        name for name in ("Any", "Literal", "TypeVar") if f"{name}[" in code or f" {name}" in code
    ]
    kinds = list(dict.fromkeys([*kinds, *(["TypeVar"] if "_read(" in code else [])]))
    lines.append(f"from typing import {', '.join(kinds)}")
    if "_segment(" in code:
        lines.append("from urllib.parse import quote")
    needs_model = "_read(" in code or "BaseModel" in code
    if needs_model:
        names = ["BaseModel", *(["ValidationError"] if "_read(" in code else [])]
        lines += ["", f"from pydantic import {', '.join(names)}"]
    own = [name for name in ("answered", "asked") if f"{name}." in code]
    if own:
        lines += ["", f"from {plan.package} import {', '.join(own)}"]
    if "_read(" in code:
        lines.append(f"from {plan.package}.client import {plan.error}")
    typing = []
    names = [n for n in ("Iterator", "Mapping", "Sequence") if f"{n}[" in code]
    if names:
        typing += [f"    from collections.abc import {', '.join(names)}", ""]
    if "_read(" in code:
        typing += ["    from httpx2 import Response", ""]
    typing.append("    from bridgewright.connectors.http.client import HttpClient")
    lines += ["", "if TYPE_CHECKING:", *typing]
    if "_read(" in code:
        lines += ["", 'M = TypeVar("M", bound=BaseModel)']
    return "\n".join(lines)


def _parts(plan: Plan, functions: str) -> Iterable[str]:
    for name, text in (
        ("_segment", _SEGMENT),
        ("_present", _PRESENT),
        ("_joined", _JOINED),
        ("_text", _TEXT_OF),
        ("_json", _JSON),
        ("_form", _FORM),
    ):
        if f"{name}(" in functions:
            yield text
    if "_read(" in functions:
        yield _read(plan)


def _read(plan: Plan) -> str:
    return f'''
def _read(model: type[M], answer: Response) -> M:
    """An answer as its model; {plan.error} for one that does not fit, without repeating it."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        wrong = len(error.errors(include_input=False, include_url=False))
    raise {plan.error}(f"the answer is no {{model.__name__}}: {{wrong}} values do not fit")
'''


def _function(draft: Draft, plan: Plan) -> str:
    signature = ["client: HttpClient"]
    named = [f"{each.name}: {each.kind}" for each in draft.required]
    if draft.body is not None and draft.body.required:
        named.append(f"body: asked.{draft.body.model}")
    named += [f"{e.name}: {e.kind} | None = None" for e in draft.arguments if not e.required]
    if draft.body is not None and not draft.body.required:
        named.append(f"body: asked.{draft.body.model} | None = None")
    signature += ["*", *named] if named else []
    returned = f"answered.{draft.answer}" if draft.answer else "None"
    lines = "".join(f"    {each},\n" for each in signature)
    answer = f"return _read(answered.{draft.answer}, answer)" if draft.answer else ""
    return f"""
def {draft.name}(
{lines}) -> {returned}:
    {_docstring(draft)}
    {"answer = " if answer else ""}{_sent(draft, plan)}
    {answer}
"""


def _docstring(draft: Draft) -> str:
    """The call, as the specification has it: a stranger's text, so a literal by `repr` if it is odd."""
    text = f"{draft.call}"
    rooted = ": `root` of what comes back is the value itself." if draft.rooted else "."
    if _TEXT.fullmatch(text):
        return f'"""{text}{rooted}"""'
    return repr(f"{text}{rooted}")


def _sent(draft: Draft, plan: Plan) -> str:
    plain = draft.method in _WITH_BODY or (draft.body is None and draft.method != "HEAD")
    given = [_path(draft)] if plain else [repr(draft.method), _path(draft)]
    found = [each for each in draft.arguments if each.where == "query"]
    if found:
        given.append(f"params={_mapping(found, {}, in_header=False)}")
    found = [each for each in draft.arguments if each.where == "header"]
    fixed = {"Content-Type": draft.body.media} if draft.body and draft.body.media else {}
    if found or fixed:
        given.append(f"headers={_mapping(found, fixed, in_header=True)}")
    if draft.body is not None:
        given.append(_content(draft.body))
    given.append(f"timeout={plan.timeout_s!r}")
    verb = draft.method.lower() if plain else "request"
    return f"client.{verb}({', '.join(given)})"


def _mapping(found: Iterable[Argument], fixed: Mapping[str, str], *, in_header: bool) -> str:
    pairs, optional = [f"{name!r}: {value!r}" for name, value in fixed.items()], False
    for each in found:
        optional = optional or not each.required
        value = each.name
        if each.kind.startswith("Sequence"):
            value = f"_joined({value})" if each.joined or in_header else value
        elif in_header and each.kind != "str":
            value = f"_text({value})"
        pairs.append(f"{each.original!r}: {value}")
    shown = f"{{{', '.join(pairs)}}}"
    return f"_present({shown})" if optional else shown


def _content(body: Body) -> str:
    word, made = ("data", "_form(body)") if body.form else ("json", "_json(body)")
    return f"{word}={made}" if body.required else f"{word}=None if body is None else {made}"


def _path(draft: Draft) -> str:
    names = {each.original: each for each in draft.arguments if each.where == "path"}
    pieces = _PLACE.split(draft.path)
    parts = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            fixed = quote(piece, safe="/:@!$&'()*+,;=-._~%")
            parts += [repr(fixed)] if fixed else []
            continue
        found = names[piece]
        value = f"_joined({found.name})" if found.kind.startswith("Sequence") else found.name
        parts.append(f"_segment({value})")
    if not any(each.startswith("_segment") for each in parts):
        return "".join(parts) or "'/'"
    plain = all(re.fullmatch(r"'[\w/.~:@!$&()*+,;=%-]*'|_segment\(.*\)", each) for each in parts)
    if not plain:
        return " + ".join(parts)
    inside = "".join(f"{{{e}}}" if e.startswith("_segment") else e[1:-1] for e in parts)
    return f'f"{inside}"'
