"""Fields that nothing maps, and what a model has that is much like them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.findings.fields import FieldSpec, Kind
from bridgewright.engineer.findings.likeness import likeness, words
from bridgewright.engineer.findings.suggesting import LEAST
from tests.engineer.findings.projects import document, project, thing

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """\
from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass
class User:
    mobile: str
    zip_code: str
    total: float
    made_at: datetime.datetime
    flag: bool = False

    @property
    def initials(self) -> str:
        return ""


@dataclasses.dataclass
class Order:
    acme_id: str
    email: str


@dataclasses.dataclass
class Person:
    email: str
"""


def text(name: str, kind: Kind = Kind.STRING, **more: Any) -> FieldSpec:
    return FieldSpec(name, kind, **more)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("PhoneNumber", "phone"),
        ("msisdn", "mobile"),
        ("postalCode", "zip_code"),
        ("dateCreated", "created_at"),
        ("customer.acme_id", "id"),
        ("lines[].unitPrice", "unit_price"),
        ("HTMLBody", "html_body"),
    ],
)
def test_one_thing_under_two_names_is_alike(outer: str, inner: str) -> None:
    assert likeness(text(outer), text(inner), prefixes=frozenset({"acme"})) >= LEAST


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("phone", "phone_verified"),
        ("first_name", "last_name"),
        ("billing_email", "email"),
        ("amount", "amount_refunded"),
        ("date", "number"),
        ("", "name"),
    ],
)
def test_two_things_with_words_alike_are_not(outer: str, inner: str) -> None:
    assert likeness(text(outer), text(inner)) < LEAST


def test_one_name_of_two_kinds_is_not_alike() -> None:
    assert likeness(text("total"), text("total", Kind.BOOLEAN)) == 0
    assert likeness(text("total"), text("total", Kind.UNKNOWN)) >= LEAST
    assert likeness(text("at", format="date"), text("at", format="uuid")) < LEAST


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_between_none_and_one_and_the_same_both_ways(one: str, other: str) -> None:
    there, back = likeness(text(one), text(other)), likeness(text(other), text(one))
    assert 0 <= there <= 1
    assert there == pytest.approx(back) or "." in one + other
    assert likeness(text(one), text(one)) in (0, pytest.approx(1)) or "." in one


@given(st.lists(st.sampled_from("alpha beta gamma delta".split()), min_size=1, max_size=4))
def test_every_spelling_of_a_name_has_the_same_words(parts: list[str]) -> None:
    camel = parts[0] + "".join(each.title() for each in parts[1:])
    spellings = ["_".join(parts), "-".join(parts), camel, "_".join(parts).upper()]
    assert {words(each) for each in spellings} == {tuple(parts)}


def run(root: Path, *given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgewright", "findings", "map", *given]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=environment
    )


def acme(root: Path, manifest: str = "") -> None:
    spec = document(
        thing(
            ("PhoneNumber",),
            PhoneNumber={"type": "string"},
            postalCode={"type": "string"},
            colour={"type": "string"},
            customer=thing(email={"type": "string"}),
            person=thing(email={"type": "string"}),
            initials={"type": "string"},
        ),
        thing(id={"type": "string"}, initials={"type": "string"}),
    )
    project(root, manifest, spec)
    (root / "app").mkdir()
    (root / "app" / "models.py").write_text(MODELS)


@pytest.mark.slow
def test_what_nothing_maps_is_listed_and_what_is_required_says_so(tmp_path: Path) -> None:
    acme(tmp_path, '[map.make.request]\nPhoneNumber = {from = "User.mobile"}\n')
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "map.make.request  postalCode\n" in done.stdout
    assert "PhoneNumber" not in done.stdout
    assert "map.get.request  id  (required)\n" in done.stdout


@pytest.mark.slow
def test_suggestions_are_toml_that_can_be_pasted(tmp_path: Path) -> None:
    acme(tmp_path)
    done = run(tmp_path, "--suggest")
    assert done.returncode == 0, done.stderr
    offered = tomllib.loads(done.stdout)["map"]
    request = offered["make"]["request"]
    assert request["PhoneNumber"] == {"from": "User.mobile"}
    assert request["postalCode"] == {"from": "User.zip_code"}
    assert request["person.email"] == {"from": "Person.email"}
    assert request["initials"] == {"from": "User.initials"}
    assert "colour" not in request
    assert "as like: Person.email" in done.stdout
    assert offered["make"]["response"] == {"id": {"to": "Order.acme_id"}}
    manifest = tmp_path / "integrations" / "acme" / "integration.toml"
    manifest.write_text(manifest.read_text() + done.stdout)
    assert run(tmp_path).returncode == 0


@pytest.mark.slow
def test_a_table_that_is_there_is_not_begun_again(tmp_path: Path) -> None:
    acme(tmp_path, '[map.make.request]\nPhoneNumber = {from = "User.mobile"}\n')
    done = run(tmp_path, "--suggest", "--static")
    assert "# add to [map.make.request]\n" in done.stdout
    assert "\n[map.make.request]" not in done.stdout
    assert "PhoneNumber" not in done.stdout


@pytest.mark.slow
def test_json_has_each_field_and_what_could_not_be_told(tmp_path: Path) -> None:
    acme(tmp_path)
    (tmp_path / "app" / "models.py").write_text("1 / 0\n")
    done = run(tmp_path, "--suggest", "--json")
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert "it cannot be imported" in json.dumps(answer)
    assert "PhoneNumber" in json.dumps(answer)
