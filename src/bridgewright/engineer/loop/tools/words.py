"""A tool of the model, and what it may be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.redact.values import redacted, without_keys
from bridgewright.engineer.guidance.visible import visible
from bridgewright.engineer.loop.words import Breach, Result
from bridgewright.engineer.models.words import Tool as Offered
from bridgewright.engineer.offering.tool import NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.errors import BridgewrightError
    from bridgewright.core.redact.redaction import Redaction

MOST_CHARS = 48_000
"""Of one answer: some 12,000 tokens."""
MOST_GIVEN_CHARS = 200_000
"""Of one text that a model gives: no module of an integration is as long."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that a tool is given: `kind` is string, integer or array (of strings)."""

    name: str
    told: str
    kind: str = "string"
    needed: bool = True

    def schema(self) -> dict[str, Any]:
        """As a model is told of it."""
        made: dict[str, Any] = {"type": self.kind, "description": self.told}
        return made | ({"items": {"type": "string"}} if self.kind == "array" else {})

    def refuse(self, value: object) -> None:
        """`ConfigurationError` for a value that is not of its kind."""
        fits = {
            "string": isinstance(value, str)
            and len(value) <= MOST_GIVEN_CHARS
            and "\0" not in value,
            "integer": isinstance(value, int) and not isinstance(value, bool) and value > 0,
            "array": isinstance(value, list)
            and all(isinstance(each, str) for each in cast("list[object]", value)),
        }
        if not fits[self.kind]:
            what = {
                "string": "a text",
                "integer": "a whole number from 1",
                "array": "a list of texts",
            }
            raise ConfigurationError(
                f"must be {what[self.kind]}", place=self.name, remedy=f"it is: {self.told}"
            )


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. `schema` is set where the arguments are another's to check; else they are `arguments`."""

    name: str
    told: str
    do: Callable[[Mapping[str, Any]], Result] = field(repr=False)
    arguments: tuple[Argument, ...] = ()
    schema: Mapping[str, Any] | None = field(default=None, repr=False)

    def offered(self) -> Offered:
        """As a model is told of it."""
        own = {
            "type": "object",
            "properties": {each.name: each.schema() for each in self.arguments},
            "required": [each.name for each in self.arguments if each.needed],
            "additionalProperties": False,
        }
        return Offered(self.name, self.told, self.schema or own)

    def call(self, given: Mapping[str, Any]) -> Result:
        """What it answers. `BridgewrightError` for a call that cannot be carried out."""
        if self.schema is None:
            self._refuse(given)
        return self.do(given)

    def _refuse(self, given: Mapping[str, Any]) -> None:
        known = {each.name: each for each in self.arguments}
        for name, value in given.items():
            if name not in known:
                raise ConfigurationError(
                    f"takes no {name[:80]!a}",
                    place=self.name,
                    remedy=f"it takes: {', '.join(known) or 'nothing'}",
                )
            known[name].refuse(value)
        for each in self.arguments:
            if each.needed and each.name not in given:
                raise ConfigurationError(
                    f"{each.name} is missing", place=self.name, remedy=f"it is: {each.told}"
                )


def strayed(why: str) -> Result:
    """A call that nobody may make, and why."""
    return Result(f"refused: {why}", failed=True, breach=Breach.STRAYED)


def leaked(why: str) -> Result:
    """A call that would have written a secret down."""
    return Result(f"refused: {why}", failed=True, breach=Breach.LEAKED)


def failure(error: BridgewrightError) -> Result:
    """A call that could not be carried out, and why, in our own words and without a secret."""
    return Result(f"error[{error.code}]: {without_keys(str(error))}", failed=True)


def source(text: str, redaction: Redaction) -> str:
    """Text of the project as a model reads it: as it is, without secrets and what cannot be seen."""
    if redaction.known is not None:
        text = redaction.known.sub("****", text)
    return without_keys(visible(text)[0])


def output(text: str, redaction: Redaction) -> str:
    """What a program printed, without secrets and personal data."""
    return redacted(visible(text)[0], redaction, named=True)


def marked(name: str, text: str) -> str:
    """A text of somebody else's, between marks that nobody who wrote a part of it could know."""
    mark = token_hex(6)
    kept = shortened(text)
    return f"{name}. Between the marks: {NOTE}.\n<data {mark}>\n{kept}\n</data {mark}>"


def shortened(text: str, most: int = MOST_CHARS) -> str:
    """Its beginning and its end, where it is too long."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
