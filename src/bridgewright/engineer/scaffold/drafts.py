"""Each chosen operation as the package will have it: what it is called, takes, sends and answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.manifest.words import NATURAL_METHODS, SAFE_METHODS, Retry, Sameness
from bridgewright.engineer.scaffold.names import FIELDS, FUNCTIONS, Names, snake
from bridgewright.engineer.scaffold.papers import shown, unfit
from bridgewright.simulate.declared.asking import FORM, IDEMPOTENCY, parameters_of
from bridgewright.simulate.declared.examples import Maker, UnmadeError
from bridgewright.simulate.declared.operations import answer_of
from bridgewright.simulate.declared.paper import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.scaffold.pruning import Chosen
    from bridgewright.engineer.scaffold.shapes import Shapes
    from bridgewright.simulate.declared.asking import Parameter as Declared
    from bridgewright.simulate.declared.paper import Paper

MOST_CHOICES = 12
"""Values of an enumeration that an argument spells out."""
SAMPLED_AT_S = 1_767_225_600.0
"""The instant of samples, so that the same slice gives the same files: 2026-01-01."""
_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_USUAL = frozenset({"application/json", "*/*", FORM})
_MEDIA = re.compile(r"[\w!#$&^.+*-]{1,100}/[\w!#$&^.+*-]{1,100}")
_PLAIN_STYLES = frozenset({"form", "simple"})


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter as an argument of the function. `joined` lists go into one value, with commas."""

    name: str
    original: str
    where: str
    kind: str
    required: bool
    joined: bool
    sample: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: a model of `asked`, as JSON or as a form. `media` is its content type where
    that is not the usual one. `person` is a field that any
    text may be put into."""

    model: str
    form: bool
    required: bool
    sample: Any = field(repr=False)
    person: str = ""
    media: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One operation. `answer` is a model of `answered`, "" where nothing is answered; `told` is what the
    specification calls it; `good` is how it answers well."""

    name: str
    method: str
    path: str
    told: str
    arguments: tuple[Argument, ...]
    body: Body | None
    answer: str
    rooted: bool
    idempotency: Sameness
    header: str
    retry: Retry
    good: Any = field(repr=False, default=None)

    @property
    def call(self) -> str:
        """As the manifest says it."""
        return f"{self.method} {self.path}"

    @property
    def required(self) -> tuple[Argument, ...]:
        """The arguments that have no default."""
        return tuple(each for each in self.arguments if each.required)


def drafts(
    paper: Paper, chosen: Iterable[Chosen], requests: Shapes, answers: Shapes
) -> tuple[Draft, ...]:
    """Drafts of the chosen operations; their models are made in `requests` and `answers`.

    `ConfigurationError` for an operation that no function can be written for, with the reason.
    """
    names = Names(FUNCTIONS)
    drafting = _Drafting(paper, requests, answers, Maker(paper, lambda: SAMPLED_AT_S))
    return tuple(drafting.draft(each, names) for each in chosen)


@dataclass(frozen=True, slots=True)
class _Drafting:
    paper: Paper
    requests: Shapes
    answers: Shapes
    maker: Maker

    def draft(self, chosen: Chosen, names: Names) -> Draft:
        item, _ = self.paper.child("", "paths", chosen.path)
        place, operation = self.paper.follow(below(item, chosen.method))
        name = names.of(chosen.call, snake(chosen.operation_id or chosen.call))
        declared = parameters_of(self.paper, item, place, {})
        header = next((p.name for p in declared if _is_key(p)), "")
        same, retry = _promise(chosen.method.upper(), header)
        answer, good = self._answer(place, chosen, name)
        return Draft(
            name,
            chosen.method.upper(),
            chosen.path,
            chosen.operation_id or _named(chosen),
            tuple(self._arguments(declared, chosen)),
            self._body(place, operation, chosen, name),
            answer,
            bool(answer) and self.answers.is_root(answer),
            same,
            header if same is Sameness.KEY else "",
            retry,
            good,
        )

    def _arguments(self, declared: Iterable[Declared], chosen: Chosen) -> Iterator[Argument]:
        names = Names(FIELDS)
        in_path = set(re.findall(r"\{([^{}/]+)\}", chosen.path))
        for each in declared:
            if _is_key(each) or (each.where == "path" and each.name not in in_path):
                continue
            schema = self.maker.schema(each.pointer)
            kind = _kind(self.maker, each.pointer)
            odd = each.where == "cookie" or each.style not in _PLAIN_STYLES or not kind
            if odd and not each.required:
                continue
            if odd:
                told = f"{shown(each.name)} of {chosen.call} is an object or a cookie"
                raise unfit(f"{told}, which no function is written for", "choose other operations")
            if each.where == "path":
                in_path.discard(each.name)
            name = names.of(f"{each.where} {each.name}", snake(each.name))
            joined = not (each.where == "query" and each.explode)
            sample = self._sample(each.pointer, chosen) if each.required else None
            if schema.get("type") == "string" and sample == "":
                sample = "text"
            yield Argument(name, each.name, each.where, kind, each.required, joined, sample)
        for missing in sorted(in_path):
            name = names.of(f"path {missing}", snake(missing))
            yield Argument(name, missing, "path", "str", True, True, "text")  # noqa: FBT003 - a row

    def _body(
        self, place: str, operation: dict[str, Any], chosen: Chosen, name: str
    ) -> Body | None:
        if "requestBody" not in operation:
            return None
        where, body = self.paper.child(place, "requestBody")
        content = body.get("content") if isinstance(body, dict) else None
        for media in content if isinstance(content, dict) else {}:
            kind = media.partition(";")[0].strip().lower()
            if not _MEDIA.fullmatch(kind):
                continue
            if kind == "application/json" or kind.endswith("+json") or kind in (FORM, "*/*"):
                pointer = below(where, "content", media, "schema")
                model = self.requests.define(f"{name} body", pointer)
                sample = self._sample(pointer, chosen)
                person = self._person(pointer)
                needed, usual = body.get("required") is True, kind in _USUAL
                return Body(model, kind == FORM, needed, sample, person, "" if usual else kind)
        if body.get("required") is True:
            told = ", ".join(sorted(content)) if isinstance(content, dict) else "nothing"
            raise unfit(f"{chosen.call} takes {shown(told)}, and JSON and forms are written")
        return None

    def _answer(self, place: str, chosen: Chosen, name: str) -> tuple[str, Any]:
        answer = answer_of(self.paper, place, chosen.method)
        if answer is None:
            raise unfit(f"{chosen.call} declares no answer of JSON, and none that is empty")
        if not answer.schema:
            return "", None
        try:
            good = self.maker.make(answer.schema)
        except UnmadeError:
            good = {}
        return self.answers.define(f"{name} answer", answer.schema), good

    def _sample(self, pointer: str, chosen: Chosen) -> Any:
        try:
            return self.maker.make(pointer)
        except UnmadeError as error:
            remedy = "add an example to the specification, or choose other operations"
            raise unfit(
                f"nothing can be made up that {chosen.call} takes: {error}", remedy
            ) from None

    def _person(self, pointer: str) -> str:
        """A field of a body that any text may be put into."""
        for name, place in self.maker.properties(pointer).items():
            schema = self.maker.schema(place)
            bound = {"enum", "const", "format", "pattern", "maxLength"} & set(schema)
            if schema.get("type") == "string" and not bound and not schema.get("readOnly"):
                return name
        return ""


def _promise(method: str, header: str) -> tuple[Sameness, Retry]:
    """What the specification promises of a repeat: by the method (RFC 9110, 9.2.2), or by a key."""
    if method in SAFE_METHODS or method in NATURAL_METHODS:
        return Sameness.NATURAL, Retry.SAFE
    return (Sameness.KEY, Retry.KEYED) if header else (Sameness.NONE, Retry.NEVER)


def _kind(maker: Maker, pointer: str) -> str:
    """The annotation of an argument; "" for what is no plain value, nor a list of them."""
    schema = maker.schema(pointer)
    kinds = schema.get("type")
    kinds = [k for k in (kinds if isinstance(kinds, list) else [kinds]) if k != "null"]
    choices = [each for each in schema.get("enum") or () if each is not None]
    if choices and len(choices) <= MOST_CHOICES and all(isinstance(each, str) for each in choices):
        return f"Literal[{', '.join(map(repr, choices))}]"
    if kinds == ["array"]:
        inner = _kind(maker, below(pointer, "items"))
        return f"Sequence[{inner}]" if inner and not inner.startswith("Sequence") else ""
    if kinds == ["object"]:
        return ""
    found = [_TYPES.get(str(kind), "") for kind in kinds if kind is not None]
    return " | ".join(found) if found and all(found) else "str"


def _is_key(parameter: Declared) -> bool:
    return parameter.where == "header" and parameter.name.lower() == IDEMPOTENCY


def _named(chosen: Chosen) -> str:
    """What the simulator calls an operation without an operationId."""
    return "_".join((chosen.method, *re.findall(r"\w+", chosen.path)))
