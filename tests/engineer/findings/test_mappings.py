"""What a mapping is held against, and what is said when it does not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.findings.catalogue import Catalogue
from bridgewright.engineer.findings.codes import CODES
from bridgewright.engineer.findings.examining import Order, examine
from bridgewright.engineer.findings.fields import FieldSpec, Kind, Zone
from bridgewright.engineer.manifest.reading import find
from tests.engineer.findings.made import TODAY
from tests.engineer.findings.projects import (
    document,
    examined,
    model,
    optional,
    project,
    text,
    thing,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.findings.fields import Model

SENDS = '[map.make.request]\nname = {from = "User.name"}\n'
KEEPS = '[map.get.response]\nname = {to = "User.name"}\n'


def sent(root: Path, schema: Any, spec: FieldSpec, **form: Any) -> list[str]:
    """What is said when `User.name` goes to a field `name` that is required."""
    wanted = document(thing(("name",), name=schema), **form)
    return told(examined(root, SENDS, wanted, model(replace(spec, name="name"))))


def kept(root: Path, schema: Any, spec: FieldSpec, example: Any = None, **more: Any) -> list[str]:
    """What is said when `User.name` keeps a field `name` that is always there."""
    required = more.get("required", ("name", "id"))
    given = document(None, thing(required, name=schema, id={}), example=example)
    return told(examined(root, KEEPS, given, model(replace(spec, name="name"))))


def test_fields_that_fit_are_none_and_every_check_is_counted(tmp_path: Path) -> None:
    spec = document(
        thing(("name",), name={"type": "string", "maxLength": 10}),
        thing(("name",), name={"type": "string", "maxLength": 10}),
    )
    seen = examined(tmp_path, SENDS + KEEPS, spec, model(text("name", max_len=10)))
    assert told(seen) == []
    assert seen.checks > 8


def test_a_field_that_is_not_there_is_lacking_for_a_request_and_for_what_it_keeps(
    tmp_path: Path,
) -> None:
    spec = document(thing(name={}), thing(name={}))
    assert told(examined(tmp_path, SENDS + KEEPS, spec, model())) == [
        "DM001 error User model lacks name field needed for Acme make.",
        "DM002 warning User model lacks name field that keeps name of Acme get.",
    ]


def test_a_guard_that_is_not_there_is_lacking_too(tmp_path: Path) -> None:
    mapped = '[map.make.request]\nname = {from = "User.name", guard = "User.active"}\n'
    spec = document(thing(name={"type": "string"}))
    assert told(examined(tmp_path, mapped, spec, model(text("name")))) == [
        "DM001 error User model lacks active field needed for Acme make."
    ]


def test_a_mapping_of_a_field_that_the_provider_lacks_is_stale(tmp_path: Path) -> None:
    found = examined(tmp_path, SENDS + KEEPS, document(), model(text("name")))
    assert told(found) == [
        "DM003 error Acme get has no name, which User.name is mapped to.",
        "DM003 error Acme make has no name, which User.name is mapped to.",
    ]


def test_what_the_provider_requires_and_nothing_fills_is_told_nested_or_not(
    tmp_path: Path,
) -> None:
    inner = thing(("street", "zip"), street={}, zip={}, floor={})
    schema = thing(
        ("name", "mail", "home"), name={"type": "string"}, mail={}, home=inner, work=inner
    )
    spec = document(schema)
    assert told(examined(tmp_path, SENDS, spec, model(text("name")))) == [
        "DM004 error Acme make requires home, and nothing fills it.",
        "DM004 error Acme make requires home.street, and nothing fills it.",
        "DM004 error Acme make requires home.zip, and nothing fills it.",
        "DM004 error Acme make requires mail, and nothing fills it.",
    ]
    more = 'mail = {const = "env:ME"}\n"home.street" = {const = "x"}\n"work.zip" = {const = "x"}\n'
    environment = '[environment]\nME = "x"\n'
    found = examined(tmp_path, environment + SENDS + more, spec, model(text("name")))
    assert told(found) == [
        "DM004 error Acme make requires home.zip, and nothing fills it.",
        "DM004 error Acme make requires work.street, and nothing fills it.",
    ]


def test_headers_that_the_client_sends_by_itself_need_no_mapping(tmp_path: Path) -> None:
    spec = document(thing(name={"type": "string"}))
    spec["paths"]["/things"]["post"]["parameters"] = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("X-Key", "Authorization", "Other")
    ]
    auth = '[auth]\nkind = "api_key"\nheader = "X-Key"\nsecrets = ["K"]\n[environment]\nK = "k"\n'
    assert told(examined(tmp_path, auth + SENDS, spec, model(text("name")))) == [
        "DM004 error Acme make requires Other, and nothing fills it."
    ]


@pytest.mark.parametrize(
    ("schema", "spec", "said"),
    [
        ({"type": "string"}, FieldSpec("", Kind.INTEGER), "which is string"),
        ({"type": "integer"}, text(""), "which is integer"),
        ({"type": "integer"}, FieldSpec("", Kind.NUMBER), "which is integer"),
        ({"type": "boolean"}, text(""), "which is boolean"),
        ({"type": "object"}, text(""), "which is object"),
        (
            {"type": "array", "items": {"type": "integer"}},
            FieldSpec("", Kind.ARRAY, items=text("")),
            "which is array",
        ),
    ],
)
def test_a_kind_that_does_not_fit_is_told_and_settled_by_a_converter(
    tmp_path: Path, schema: Any, spec: FieldSpec, said: str
) -> None:
    assert sent(tmp_path, schema, spec) == [
        f"DM010 error User.name does not fit name of Acme make, {said}."
    ]
    converted = SENDS.replace('"User.name"', '"User.name", via = "as_text"')
    wanted = document(thing(("name",), name=schema))
    assert told(examined(tmp_path, converted, wanted, model(replace(spec, name="name")))) == []


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "number"}, Kind.INTEGER),
        ({"type": "number"}, Kind.DECIMAL),
        ({"type": "string", "format": "date-time"}, Kind.DATETIME),
        ({"type": "string"}, Kind.DATETIME),
        ({"type": ["string", "null"]}, Kind.STRING),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, Kind.STRING),
        ({}, Kind.OBJECT),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, Kind.STRING),
        ({"type": ["string", "integer"]}, Kind.INTEGER),
    ],
)
def test_a_kind_that_fits_is_none(tmp_path: Path, schema: Any, kind: Kind) -> None:
    assert sent(tmp_path, schema, FieldSpec("", kind)) == []


def test_a_kind_that_is_one_of_several_is_undecided_when_it_comes(tmp_path: Path) -> None:
    given = document(None, thing(("name",), name={"type": ["string", "integer"]}))
    [unknown] = examined(tmp_path, KEEPS, given, model(text("name"))).undecided
    assert unknown.why == "name of Acme get is of no kind that is known"


def test_a_form_takes_every_scalar_as_text(tmp_path: Path) -> None:
    form = "application/x-www-form-urlencoded"
    assert sent(tmp_path, {"type": "string"}, FieldSpec("", Kind.INTEGER), kind=form) == []


@pytest.mark.parametrize("kind", [Kind.ANY, Kind.UNKNOWN])
def test_a_kind_that_is_not_known_is_undecided_and_no_pass(tmp_path: Path, kind: Kind) -> None:
    spec = document(thing(name={"type": "string"}))
    found = examined(tmp_path, SENDS, spec, model(FieldSpec("name", kind)))
    [unknown] = found.undecided
    assert unknown.why == "User.name is of no kind that is known"


@pytest.mark.parametrize(
    ("facet", "changed"),
    [
        ("length", {"unknown": frozenset({"max_len"})}),
        ("values", {"unknown": frozenset({"enum"})}),
        ("nullability", {"nullable": None}),
        ("default", {"required": None}),
    ],
)
def test_what_a_model_does_not_tell_is_undecided_and_no_pass(
    tmp_path: Path, facet: str, changed: Any
) -> None:
    spec = document(thing(("name",), name={"type": "string", "maxLength": 9, "enum": ["a"]}))
    found = examined(tmp_path, SENDS, spec, model(text("name", **changed)))
    whys = [each.why for each in found.undecided]
    assert f"the {facet} of User.name could not be read" in whys


def test_a_model_that_could_not_be_read_whole_lacks_nothing_for_certain(tmp_path: Path) -> None:
    partly = replace(model(), complete=False)
    found = examined(tmp_path, SENDS, document(thing(name={})), partly)
    assert [each.why for each in found.undecided] == [
        "not all of User could be read, and name is not in what was"
    ]


def test_a_field_inside_a_field_is_found_through_its_model(tmp_path: Path) -> None:
    mapped = '[map.make.request]\nname = {from = "Order.buyer.name"}\n'
    spec = document(thing(("name",), name={"type": "string", "maxLength": 3}))
    buyer = FieldSpec("buyer", Kind.OBJECT, model="app.models:User")
    order = model(buyer, name="Order")
    assert told(examined(tmp_path, mapped, spec, order, model(text("name", max_len=3)))) == []
    assert told(examined(tmp_path, mapped, spec, order, model(text("name", max_len=4)))) == [
        "DM030 error Order.buyer.name may be longer than name of Acme make can be (3)."
    ]
    assert told(examined(tmp_path, mapped, spec, order, model())) == [
        "DM001 error User model lacks name field needed for Acme make."
    ]
    [unknown] = examined(tmp_path, mapped, spec, order).undecided
    assert unknown.why == "buyer is app.models:User, which `models` does not name"


def test_personal_data_is_told_of_where_bodies_are_logged(tmp_path: Path) -> None:
    schema = {"type": "string", "x-twilio": {"pii": {"handling": "standard"}}}
    assert sent(tmp_path, schema, text("")) == []
    (tmp_path / "bridgewright.toml").write_text("[connections.acme]\nlog_bodies = true\n", "utf-8")
    assert sent(tmp_path, schema, text("")) == [
        "DM080 warning name of Acme make is about a person, and its connection logs bodies."
    ]
    assert sent(tmp_path, {"type": "string"}, text("")) == []


def test_a_computed_field_keeps_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path, {"type": "string"}, text("", computed=True)) == [
        "DM002 warning User.name is computed, and cannot keep name of Acme get."
    ]


def test_null_goes_only_where_null_is_taken(tmp_path: Path) -> None:
    schema = {"type": "string"}
    assert sent(tmp_path, schema, optional(text(""))) == [
        "DM020 error User.name may be null, and Acme make requires name."
    ]
    assert sent(tmp_path, {"type": "string", "nullable": True}, optional(text(""))) == []
    assert sent(tmp_path, schema, text("", required=False)) == [
        "DM021 warning User.name may be absent, and Acme make requires name."
    ]


def test_what_comes_may_be_null_and_examples_make_it_worse_or_milder(tmp_path: Path) -> None:
    schema = {"type": ["string", "null"]}
    said = "name of Acme get may be null, and User.name may not."
    assert kept(tmp_path, schema, text("")) == [f"DM020 error {said}"]
    assert kept(tmp_path, schema, text(""), {"name": None}) == [f"DM020 error {said}"]
    assert kept(tmp_path, schema, text(""), {"name": "x"}) == [f"DM020 warning {said}"]
    assert kept(tmp_path, {"type": "string"}, text(""), {"name": None}) == [f"DM020 error {said}"]
    assert kept(tmp_path, schema, optional(text("")), {"name": None}) == []
    for other in ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"enum": ["a", None]}):
        assert f"DM020 error {said}" in kept(tmp_path, other, text(""))


def test_what_may_be_absent_is_a_note_where_a_schema_requires_nothing_at_all(
    tmp_path: Path,
) -> None:
    schema = {"type": "string"}
    said = "name of Acme get may be absent, and User.name is required."
    assert kept(tmp_path, schema, text(""), required=("id",)) == [f"DM021 error {said}"]
    assert kept(tmp_path, schema, text(""), required=()) == [f"DM021 note {said}"]
    assert kept(tmp_path, schema, text(""), {"id": 1}, required=()) == [f"DM021 error {said}"]
    assert kept(tmp_path, schema, text("", required=False), required=()) == []


def test_lengths_are_held_against_each_other_in_both_directions(tmp_path: Path) -> None:
    short = {"type": "string", "maxLength": 18}
    out = "User.name may be longer than name of Acme make can be (18)."
    assert sent(tmp_path, short, text("", max_len=19)) == [f"DM030 error {out}"]
    assert sent(tmp_path, short, text("")) == [f"DM030 warning {out}"]
    assert sent(tmp_path, short, text("", max_len=18)) == []
    back = "name of Acme get (up to 18) may be longer than User.name can be."
    assert kept(tmp_path, short, text("", max_len=17)) == [f"DM030 error {back}"]
    assert kept(tmp_path, short, text("", max_len=18)) == []
    assert kept(tmp_path, {"type": "string"}, text("", max_len=3), {"name": "long"}) == [
        "DM030 error name of Acme get may be longer than User.name can be."
    ]


def test_truncating_settles_the_length_and_nothing_else(tmp_path: Path) -> None:
    mapped = SENDS.replace('"User.name"', '"User.name", via = "truncate"')
    spec = document(thing(("name",), name={"type": "string", "maxLength": 3}))
    assert told(examined(tmp_path, mapped, spec, model(text("name")))) == []
    found = told(examined(tmp_path, mapped, spec, model(FieldSpec("name", Kind.INTEGER))))
    assert [each[:5] for each in found] == ["DM010"]


def test_an_id_has_to_fit_whole_and_to_tell_case(tmp_path: Path) -> None:
    spec = document(None, thing(("id",), id={"type": "string", "maxLength": 255}))
    mapped = '[map.get.response]\nid = {to = "User.ref"}\n'
    column = text("ref", max_len=18, collation="utf8mb4_general_ci")
    assert told(examined(tmp_path, mapped, spec, model(column))) == [
        "DM060 error User.ref does not tell case, and id of Acme get does.",
        "DM060 error id of Acme get (up to 255) may be longer than User.ref can be.",
    ]
    binary = text("ref", max_len=255, collation="utf8mb4_bin")
    assert told(examined(tmp_path, mapped, spec, model(binary))) == []


def test_an_integer_needs_the_bits_that_it_may_have(tmp_path: Path) -> None:
    narrow = FieldSpec("", Kind.INTEGER, bits=32)
    wide = {"type": "integer", "format": "int64"}
    assert kept(tmp_path, wide, narrow) == [
        "DM031 error name of Acme get (64 bits) may be wider than User.name."
    ]
    assert kept(tmp_path, wide, replace(narrow, bits=64)) == []
    assert kept(tmp_path, {"type": "integer"}, narrow) == []
    assert kept(tmp_path, {"type": "integer"}, narrow, {"name": 2**31}) == [
        "DM031 error name of Acme get may be wider than User.name."
    ]
    assert sent(tmp_path, {"type": "integer", "format": "int32"}, replace(narrow, bits=64)) == [
        "DM031 error User.name may be wider than name of Acme make (32 bits)."
    ]


def test_decimal_places_are_kept(tmp_path: Path) -> None:
    schema = {"type": "number", "multipleOf": 0.001}
    assert kept(tmp_path, schema, FieldSpec("", Kind.DECIMAL, precision=10, scale=2)) == [
        "DM032 error name of Acme get may have more decimal places than User.name."
    ]
    assert kept(tmp_path, schema, FieldSpec("", Kind.DECIMAL, precision=10, scale=3)) == []


def test_every_value_of_one_enumeration_is_one_of_the_other(tmp_path: Path) -> None:
    schema = {"type": "string", "enum": ["queued", "sent", "failed"]}
    assert kept(tmp_path, schema, text("", enum=("queued",))) == [
        "DM040 error User.name does not cover failed, sent of name of Acme get."
    ]
    assert sent(tmp_path, schema, text("", enum=("queued", "lost"))) == [
        "DM040 error name of Acme make does not cover lost of User.name."
    ]
    assert sent(tmp_path, schema, text("")) == [
        "DM041 warning User.name may be any text, and name of Acme make takes only some."
    ]
    assert kept(tmp_path, {"type": "string"}, text("", enum=("a",))) == [
        "DM041 warning name of Acme get may be any text, and User.name takes only some."
    ]
    assert kept(tmp_path, schema, text("", enum=("queued",), open_enum=True)) == []


def test_a_time_keeps_its_zone_and_its_form(tmp_path: Path) -> None:
    schema = {"type": "string", "format": "date-time"}
    naive = FieldSpec("", Kind.DATETIME, zone=Zone.NAIVE)
    assert kept(tmp_path, schema, naive) == [
        "DM052 warning User.name has no time zone, and name of Acme get has one."
    ]
    aware = replace(naive, zone=Zone.AWARE)
    assert kept(tmp_path, schema, aware) == []
    assert kept(tmp_path, {"type": "string", "format": "date-time-rfc-2822"}, aware) == [
        "DM053 warning name of Acme get is a time as RFC 2822 has it, which User.name is not."
    ]


def test_a_webhook_is_held_against_its_schema(tmp_path: Path) -> None:
    spec = document(None, thing(("name",), name={"type": "string", "maxLength": 9}))
    for event in ("thing.made", "thing-made"):
        mapped = f'[map.webhook."{event}"]\nname = {{to = "User.name"}}\n'
        assert told(examined(tmp_path, mapped, spec, model(text("name", max_len=3)))) == [
            f"DM030 error name of Acme webhook {event} (up to 9) may be longer than User.name can be."
        ]


def test_a_constant_is_a_value_that_the_provider_takes(tmp_path: Path) -> None:
    spec = document(thing(("name",), name={"type": "string", "enum": ["a", "b"]}))
    mapped = '[map.make.request]\nname = {const = "c"}\n'
    assert told(examined(tmp_path, mapped, spec)) == [
        "DM040 error the constant of name is no value that Acme make takes."
    ]
    assert told(examined(tmp_path, mapped.replace('"c"', '"a"'), spec)) == []


@pytest.mark.parametrize(
    ("models", "why"),
    [
        ((), "there is no model User where `models` of the manifest says"),
        ((model(text("name"), name="Person"),), "there is no model User"),
    ],
)
def test_a_model_that_is_not_there_is_undecided(
    tmp_path: Path, models: tuple[Model, ...], why: str
) -> None:
    [unknown] = examined(tmp_path, SENDS, document(thing(name={})), *models).undecided
    assert unknown.why.startswith(why)
    assert str(unknown.place) == "integrations/acme/integration.toml:18"


def test_models_that_could_not_be_read_are_undecided(tmp_path: Path) -> None:
    trouble = (("app.models", "cannot be imported: ImportError"),)
    found = examined(tmp_path, "", document(), troubles=trouble)
    assert [each.what for each in found.undecided] == ["app.models"]


@pytest.mark.parametrize(
    ("lock", "why"),
    [('sha256 = "0"\n', "is not the file that spec.lock was written for"), ("[", "")],
)
def test_a_slice_that_is_not_the_pinned_one_is_undecided(
    tmp_path: Path, lock: str, why: str
) -> None:
    project(tmp_path, SENDS, document(thing(name={})), lock)
    order = Order(tmp_path, find(tmp_path), lambda _: Catalogue(), TODAY, {})
    [unknown] = examine(order).undecided
    assert why in unknown.why


def test_an_operation_that_the_slice_lacks_is_undecided(tmp_path: Path) -> None:
    spec = document()
    del spec["paths"]["/things"]
    [unknown] = examined(tmp_path, SENDS, spec, model(text("name"))).undecided
    assert unknown.why == "the pinned specification has no make"


def test_what_nobody_maps_is_said_and_is_no_finding(tmp_path: Path) -> None:
    found = examined(tmp_path, "", document(thing(("name",), name={})))
    assert (told(found), found.remarks) == ([], ("acme: nothing is mapped for get, make",))


def test_a_newer_specification_is_told_of_where_a_mapping_touches_it(tmp_path: Path) -> None:
    old = thing(("name",), name={"type": "string", "enum": ["a"]}, other={"type": "string"})
    person = model(optional(text("name", enum=("a", "b"), open_enum=True)))

    def newer(**properties: Any) -> list[str]:
        later = document(None, thing(("name",), **properties))
        return told(examined(tmp_path, KEEPS, document(None, old), person, newer=later))

    same = {"type": "string", "enum": ["a"]}
    where = "in the provider's newer specification."
    assert newer(name=same, new={"type": "string"}) == []
    assert newer() == [f"DM091 error name of Acme get is gone {where}"]
    assert newer(name={"type": "integer", "enum": ["a"]}) == [
        f"DM092 error name of Acme get is integer {where}"
    ]
    assert newer(name={"type": "string", "enum": ["a", "b"]}) == [
        f"DM093 warning name of Acme get may be b {where}"
    ]
    assert newer(name={**same, "nullable": True}) == [
        f"DM094 warning name of Acme get may be null {where}"
    ]


SCHEMAS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 99),
        st.text(max_size=4),
        st.sampled_from(["string", "array", "object", "integer", "null", "#/paths", "#/x", "date"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                "type properties required items allOf anyOf oneOf enum const format nullable"
                " maxLength multipleOf $ref additionalProperties name readOnly example x-twilio".split()
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


@given(SCHEMAS, SCHEMAS)
def test_any_document_ends_in_findings_or_doubt_and_never_in_an_exception(
    tmp_path_factory: pytest.TempPathFactory, request_schema: Any, response_schema: Any
) -> None:
    root = tmp_path_factory.mktemp("project")
    spec = document()
    spec["paths"]["/things"]["post"]["requestBody"] = {
        "content": {"application/json": {"schema": request_schema}}
    }
    answer = {"content": {"application/json": {"schema": response_schema, "example": SENDS}}}
    spec["paths"]["/things/{id}"]["get"]["responses"] = {"200": answer}
    found = examined(root, SENDS + KEEPS, spec, model(text("name")))
    assert {each.code for each in found.findings} <= set(CODES)
    assert examined(root, SENDS + KEEPS, spec, model(text("name"))) == found
