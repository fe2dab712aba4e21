"""What each library says in a way of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.findings.fields import FieldSpec, Kind, ModelKind, Zone
from bridgewright.engineer.findings.models.reading import Way, read
from tests.engineer.findings.models.applications import fields_of, project

if TYPE_CHECKING:
    from pathlib import Path

USERS = {
    ModelKind.PYDANTIC: "import pydantic\n\n\nclass User(pydantic.BaseModel):\n    phone: str\n",
    ModelKind.DATACLASS: "import dataclasses\n\n\n@dataclasses.dataclass\nclass User:\n    phone: str\n",
    ModelKind.ATTRS: "import attr\n\n\n@attr.s(auto_attribs=True)\nclass User:\n    phone: str\n",
    ModelKind.MSGSPEC: "import msgspec\n\n\nclass User(msgspec.Struct):\n    phone: str\n",
    ModelKind.TYPED_DICT: "import typing\n\nUser = typing.TypedDict('User', {'phone': str})\n",
    ModelKind.SQLALCHEMY: (
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base()"
        "\n\n\nclass User(Base):\n    __tablename__ = 'users'\n"
        "    phone = sa.Column(sa.String, primary_key=True)\n"
    ),
    ModelKind.DJANGO: (
        "from django.db import models\n\n\nclass User(models.Model):\n"
        "    phone = models.TextField(primary_key=True)\n"
    ),
}


@pytest.mark.parametrize("kind", USERS)
@pytest.mark.parametrize("way", Way)
def test_a_user_without_a_field_is_seen_to_be_whole_in_every_kind(
    tmp_path: Path, kind: ModelKind, way: Way
) -> None:
    project(tmp_path, shop__models=USERS[kind])
    (user,) = read(tmp_path, ["shop.models:User"], way).models
    assert user.kind is kind
    assert user.complete
    unique = kind in (ModelKind.SQLALCHEMY, ModelKind.DJANGO)
    assert user.fields == (FieldSpec("phone", Kind.STRING, unique=unique),)
    assert user.find("phone_number_verified") is None
    assert user.where.file == "shop/models.py"


def both(root: Path, model: str = "Thing") -> list[dict[str, FieldSpec]]:
    return [fields_of(read(root, ["shop.models"], way), model) for way in Way]


@pytest.mark.slow
def test_a_typed_dict_reads_its_marks_where_annotations_are_text(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom typing import NotRequired, Required, TypedDict\n\n\n"
        "class Most(TypedDict, total=False):\n    a: Required[str]\n    b: int\n\n\n"
        "class Thing(Most):\n    c: NotRequired[str | None]\n    d: list[Thing]\n"
    )
    project(tmp_path, shop__models=text)
    for fields in both(tmp_path):
        required = [name for name, each in fields.items() if each.required]
        assert required == ["a", "d"]
        assert fields["c"].nullable
        assert fields["d"].items is not None
        assert fields["d"].items.model == "shop.models:Thing"


@pytest.mark.slow
def test_an_enum_in_a_column_is_its_names_unless_it_is_told_to_take_values(tmp_path: Path) -> None:
    text = """\
import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Base(DeclarativeBase):
    type_annotation_map = {datetime: sa.DateTime(timezone=True)}


class Other(Base):
    __tablename__ = "others"
    one: Mapped[int] = mapped_column(primary_key=True)
    two: Mapped[int] = mapped_column(primary_key=True)


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    names: Mapped[Color]
    values = sa.Column(sa.Enum(Color, values_callable=lambda it: [one.value for one in it]))
    words = sa.Column(sa.Enum("x", "y", name="words"), nullable=False, server_default="x")
    at: Mapped[datetime]
    plain: Mapped[datetime | None] = mapped_column(sa.DateTime)
    email: Mapped[str] = mapped_column(sa.String(40, collation="NOCASE"), unique=True)
    others: Mapped[list[Other]] = relationship(viewonly=True)

    @property
    def label(self) -> str:
        return ""
"""
    project(tmp_path, shop__models=text)
    for fields in both(tmp_path):
        assert fields["id"] == FieldSpec("id", Kind.INTEGER, required=False, bits=64, unique=True)
        assert fields["names"].enum == ("RED", "BLUE")
        assert fields["values"].enum == ("r", "b")
        assert fields["values"].nullable
        assert fields["words"] == FieldSpec("words", Kind.STRING, required=False, enum=("x", "y"))
        assert fields["at"].zone is Zone.AWARE
        assert fields["plain"].zone is Zone.NAIVE
        assert (fields["email"].max_len, fields["email"].collation) == (40, "NOCASE")
        assert fields["email"].unique
        assert fields["others"].kind is Kind.ARRAY
        assert fields["label"].computed
    for fields in both(tmp_path, "Other"):
        assert [each.required for each in fields.values()] == [True, True]
        assert not fields["one"].unique


@pytest.mark.slow
def test_a_mapped_class_may_name_one_that_nobody_imported(tmp_path: Path) -> None:
    text = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase): ...


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("others.id"))
    other: Mapped["Elsewhere"] = relationship()
"""
    project(tmp_path, shop__models=text)
    for fields in both(tmp_path):
        assert fields["other"].kind is Kind.UNKNOWN
        assert fields["other_id"].kind is Kind.UNKNOWN
        assert fields["other_id"].required


@pytest.mark.slow
def test_django_says_choices_lengths_and_what_is_filled_by_itself(tmp_path: Path) -> None:
    text = """\
from django.db import models


class Status(models.TextChoices):
    NEW = "new", "New"
    OLD = "old"


class Stamped(models.Model):
    made_at = models.DateTimeField(auto_now_add=True)
    dropped = models.TextField()

    class Meta:
        abstract = True


class Thing(Stamped):
    SIZES = [("Small", [("s", "S"), ("m", "M")]), ("l", "L")]
    status = models.CharField(max_length=3, choices=Status.choices, default=Status.NEW)
    size = models.CharField(max_length=1, choices=SIZES)
    email = models.EmailField(blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    dropped = None
    count = models.PositiveSmallIntegerField()
    total = models.DecimalField(max_digits=8, decimal_places=2)

    @property
    def label(self):
        return ""
"""
    project(tmp_path, shop__models=text)
    for fields in both(tmp_path):
        assert not fields.keys() & {"SIZES", "dropped"}
        assert fields["made_at"] == FieldSpec(
            "made_at", Kind.DATETIME, required=False, zone=Zone.AWARE
        )
        assert fields["status"].enum == ("new", "old")
        assert fields["size"].enum == ("s", "m", "l")
        assert fields["email"].max_len == 254
        assert not fields["email"].required
        assert fields["parent"].model == "shop.models:Thing"
        assert fields["parent_id"].nullable
        assert fields["count"].bits == 16
        assert (fields["total"].precision, fields["total"].scale) == (8, 2)
        assert fields["label"].kind is Kind.UNKNOWN
        assert fields["id"].kind is Kind.INTEGER
        assert not fields["id"].required


@pytest.mark.slow
def test_attrs_and_msgspec_name_their_fields_on_the_wire(tmp_path: Path) -> None:
    text = """\
import attrs
import msgspec
from attrs import validators


@attrs.define
class Other:
    _hidden: int
    named: str = attrs.field(alias="naming", validator=validators.in_(["a", "b"]))
    made = attrs.field(validator=validators.instance_of(int))

    @made.default
    def _make(self):
        return 1


class Thing(msgspec.Struct, rename="camel"):
    first_name: str | msgspec.UnsetType = msgspec.UNSET
    named: int = msgspec.field(default=1, name="NAMED")
"""
    project(tmp_path, shop__models=text)
    for fields in both(tmp_path):
        assert fields["first_name"].alias == "firstName"
        assert not fields["first_name"].nullable
        assert not fields["first_name"].required
        assert fields["named"].alias == "NAMED"
    for fields in both(tmp_path, "Other"):
        assert fields["named"].alias == "naming"
        assert fields["named"].enum == ("a", "b")
        assert fields["made"].kind is Kind.INTEGER
        assert not fields["made"].required
        assert "_hidden" not in fields
