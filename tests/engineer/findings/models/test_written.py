"""What reading source comes to where it cannot know: unknown, and never wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.findings.fields import Kind, Model
from bridgewright.engineer.findings.models.reading import Way, read
from tests.engineer.findings.models.applications import project, told_otherwise

if TYPE_CHECKING:
    from pathlib import Path

OTHER = """\
import dataclasses
import enum
import typing as t

import pydantic

LENGTH = 20
COMPUTED = sum([20, 30])
Short = t.Annotated[str, pydantic.Field(max_length=LENGTH * 2)]
Long = t.Annotated[str, pydantic.Field(max_length=COMPUTED)]
UserId = t.NewType("UserId", int)
Twice = int
Twice = str
Listed = t.Literal["a", "b"]
Made = enum.Enum("Made", {"A": "a"})


def limit():
    return 7


class Word(str):
    pass


class Sizes(enum.IntEnum):
    SMALL = enum.auto()
    LARGE = enum.auto()


class Open(enum.StrEnum):
    A = enum.auto()

    @classmethod
    def _missing_(cls, value):
        return cls.A


class Nested(pydantic.BaseModel):
    class Kind(enum.StrEnum):
        X = "x"

    kind: Kind


def plain(cls):
    return cls


try:
    import nothing_of_the_kind
except ImportError:
    Fallback = int
else:
    Fallback = str
"""
STRANGE = """\
import dataclasses
import typing as t
from datetime import datetime as time_of

import pydantic
from pydantic import Field as F

from app import other
from app.other import *
from app.other import Short as Brief
from .other import Twice, limit

if t.TYPE_CHECKING:
    from decimal import Decimal as Money


T = t.TypeVar("T")


class Holder(pydantic.BaseModel, t.Generic[T]):
    inner: T


class User(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    brief: Brief
    long: other.Long
    called: t.Annotated[str, F(max_length=limit())]
    given: str = F(**{"max_length": 3})
    key: other.UserId
    twice: Twice
    listed: other.Listed | None
    made: other.Made
    word: other.Word
    sizes: other.Sizes
    several: t.Union["int", str, None] = None
    size: other.Sizes = other.Sizes.SMALL
    open: other.Open
    kind: other.Nested.Kind
    nested: list[other.Nested]
    at: time_of
    pairs: tuple[int, str]
    many: tuple[int, ...] = ()
    anything: t.Any
    either: list[int] | list[str]
    fall: Fallback
    held: Holder[int]
    patterned: str = F(pattern=r"^\\\\+[0-9]+$", validation_alias="fromThere", serialization_alias="toThere")
    chosen: int = F(3, validation_alias=pydantic.AliasChoices("a", "b"))
    _private: int = 3
    constant: t.ClassVar[int] = 3

    @property
    def whole(self) -> int | None:
        return None

    @pydantic.computed_field
    @property
    def shown(self) -> str:
        return ""

    @pydantic.field_validator("key")
    def check(cls, value):
        return value


@other.plain
@dataclasses.dataclass
class Decorated:
    id: int


class Child(User):
    twice: bool = True
    brief: int
"""


def both(root: Path, *names: str) -> dict[str, tuple[Model, Model]]:
    real, static = read(root, names), read(root, names, Way.STATIC)
    assert real.troubles == ()
    assert static.troubles == ()
    by_path = {each.path: each for each in static.models}
    return {each.name: (each, by_path[each.path]) for each in real.models}


@pytest.mark.slow
def test_what_is_read_of_strange_source_is_unknown_or_right(tmp_path: Path) -> None:
    project(tmp_path, app__other=OTHER, app__models=STRANGE)
    for real, static in both(tmp_path, "app.models", "app.other").values():
        found = {each.name: each for each in static.fields}
        assert set(found) == {each.name for each in real.fields}
        for each in real.fields:
            assert told_otherwise(found[each.name], each) == [], found[each.name]


@pytest.mark.slow
def test_names_are_followed_through_modules_aliases_and_products(tmp_path: Path) -> None:
    project(tmp_path, app__other=OTHER, app__models=STRANGE)
    _, static = both(tmp_path, "app.models")["User"]
    found = {each.name: each for each in static.fields}
    assert found["brief"].max_len == 40
    assert found["key"].kind is Kind.INTEGER
    assert found["listed"].enum == ("a", "b")
    assert found["sizes"].enum == ("1", "2")
    assert found["kind"].enum == ("x",)
    assert found["whole"].computed
    assert found["patterned"].alias == "toThere"
    for name in ("long", "called", "given"):
        assert found[name].kind is Kind.STRING
        assert not found[name].knows("max_len")
    for name in ("twice", "made", "word", "fall"):
        assert not found[name].knows("kind")
    assert not found["open"].knows("open_enum")
    assert not found["chosen"].knows("alias")


INCOMPLETE = {
    "a parent that is not there": "from gone import Parent\n\n\n@dataclass\nclass User(Parent):\n",
    "a parent of a library": "import threading\n\n\n@dataclass\nclass User(threading.local):\n",
    "a condition": "@dataclass\nclass User:\n    if __debug__:\n        b: int = 2\n",
    "an unknown decorator": "from gone import more\n\n\n@more\n@dataclass\nclass User:\n",
    "a decorator of its own": "def more(c):\n    return c\n\n\n@more\n@dataclass\nclass User:\n",
    "names that are made": "@dataclass\nclass User:\n    def __getattr__(self, name): ...\n",
    "a name for two": "class P: ...\n\n\nclass P: b = 1\n\n\n@dataclass\nclass User(P):\n",
}


@pytest.mark.parametrize("text", INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_model_whose_fields_may_be_more_says_so(tmp_path: Path, text: str) -> None:
    project(tmp_path, app__models=f"from dataclasses import dataclass\n\n{text}    a: int\n")
    (model,) = [e for e in read(tmp_path, ["app.models"], Way.STATIC).models if e.name == "User"]
    assert not model.complete
    assert model.find("a") is not None


def test_circles_of_imports_parents_and_aliases_end(tmp_path: Path) -> None:
    one = "from app.two import *\nfrom app.two import Deep\nA = B\nB = A\n"
    two = (
        "import dataclasses\nfrom app.one import *\nfrom app.one import A\n\n\nclass Deep(Deep): ...\n\n\n"
        "@dataclasses.dataclass\nclass User:\n    a: A\n    b: 'list[User]'\n    c: Deep\n"
    )
    project(tmp_path, app__one=one, app__two=two)
    (user,) = read(tmp_path, ["app.two:User"], Way.STATIC).models
    assert [each.kind for each in user.fields] == [Kind.UNKNOWN, Kind.ARRAY, Kind.UNKNOWN]
