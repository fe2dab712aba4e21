"""The providers of models that are known by name: a table, with its sources, and how it is read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_HERE = "bridgewright.engineer.models"
_TABLE = "providers.toml"


class Dialect(StrEnum):
    """The two ways to ask over the wire."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is asked, and how; `dialect` None for one that neither of ours reaches."""

    dialect: Dialect | None
    url: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A model that is served no more: since when, and who says so."""

    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves models. `keys` are the variables that a key is taken from, the first that is set; none
    where no key is needed. `limit_word` is how the most output tokens are called."""

    name: str
    title: str
    place: Place
    keys: tuple[str, ...]
    limit_word: str = "max_tokens"
    families: Mapping[str, Place] = field(default_factory=dict)
    gone: Mapping[str, Gone] = field(default_factory=dict)

    def place_of(self, model: str) -> Place:
        """Where one of its models is asked."""
        for start, place in self.families.items():
            if model.startswith(start):
                return place
        return self.place


def known() -> dict[str, Provider]:
    """The providers by name, in the order in which they are offered."""
    text = resources.files(_HERE).joinpath(_TABLE).read_text("utf-8")
    return {name: _provider(name, said) for name, said in tomllib.loads(text).items()}


def _provider(name: str, said: Mapping[str, Any]) -> Provider:
    families = said.get("families", {})
    gone = said.get("gone", {})
    return Provider(
        name,
        said["title"],
        _place(said),
        tuple(said["keys"]),
        said.get("limit_word", "max_tokens"),
        {start: _place(place) for start, place in families.items()},
        {model: Gone(each["on"], each["source"]) for model, each in gone.items()},
    )


def _place(said: Mapping[str, Any]) -> Place:
    dialect = said.get("dialect")
    return Place(None if dialect is None else Dialect(dialect), said.get("url", ""))
