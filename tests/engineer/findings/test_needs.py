"""What packs know: limits that stand in prose, and what a use of a provider needs of the models."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.catalogue import Catalogue
from bridgewright.engineer.findings.codes import CODES, Severity
from bridgewright.engineer.findings.examining import Order, examine
from bridgewright.engineer.findings.fields import FieldSpec, Kind
from bridgewright.engineer.findings.packs.knowing import known
from bridgewright.engineer.findings.packs.reading import OURS, ours, read
from bridgewright.engineer.findings.packs.words import Confidence, Way
from bridgewright.engineer.manifest.reading import find
from tests.engineer.findings.made import TODAY
from tests.engineer.findings.projects import document, model, project, text, told

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.findings.fields import Model
    from bridgewright.engineer.findings.finding import Examination

SENTENCE = "User model lacks phone_number_verified field needed for Twilio SMS."
HEAD = """\
[integration]
name = "{name}"
title = "{title}"
owner = "team"
models = ["app.models"]
capabilities = {uses}
"""
SMS = """
[operations.send_sms]
call = "POST /2010-04-01/Accounts/{AccountSid}/Messages.json"
timeout_s = 15
"""
PHONE = text("phone", pattern=r"^\+[1-9]\d{1,14}$")
FLAG = FieldSpec("phone_number_verified", Kind.BOOLEAN)
OPT_IN = FieldSpec("sms_opt_in", Kind.BOOLEAN)


def looked(
    root: Path, uses: list[str], more: str, *models: Model, name: str = "twilio", pack: str = ""
) -> Examination:
    folder = root / "integrations" / name
    folder.mkdir(parents=True, exist_ok=True)
    head = HEAD.format(name=name, title=name.capitalize(), uses=uses)
    (folder / "integration.toml").write_text(head + more, "utf-8")
    if pack:
        (folder / "pack.toml").write_text(pack, "utf-8")
    catalogue = Catalogue({each.name: each for each in models})
    return examine(Order(root, find(root), lambda _: catalogue, TODAY, {}))


def sms(root: Path, *models: Model, more: str = "") -> list[str]:
    return told(looked(root, ["twilio.sms.send"], SMS + more, *models))


def test_the_reference_sentence_is_said_of_a_model_without_the_field(tmp_path: Path) -> None:
    assert sms(tmp_path, model(PHONE, OPT_IN)) == [f"DM005 error {SENTENCE}"]


def test_a_model_that_has_what_is_needed_is_none(tmp_path: Path) -> None:
    assert sms(tmp_path, model(PHONE, FLAG, OPT_IN)) == []


@pytest.mark.parametrize("name", ["phone_verified", "isPhoneVerified", "phone_number_verified_at"])
def test_a_field_of_another_usual_name_is_it(tmp_path: Path, name: str) -> None:
    assert sms(tmp_path, model(PHONE, FieldSpec(name, Kind.BOOLEAN), OPT_IN)) == []


def test_a_guard_is_the_flag_whatever_its_name_and_is_lacking_once(tmp_path: Path) -> None:
    mapped = '[map.send_sms.request]\nTo = {from = "Person.tel", guard = "Person.ok"}\n'
    tel, ok = text("tel", format="e164"), FieldSpec("ok", Kind.BOOLEAN)
    person = model(tel, ok, OPT_IN, name="Person")
    assert sms(tmp_path, model(), person, more=mapped) == []
    assert sms(tmp_path, model(), model(tel, OPT_IN, name="Person"), more=mapped) == [
        "DM005 error Person model lacks ok field needed for Twilio SMS."
    ]


def test_what_another_operation_sends_says_nothing_of_the_recipient(tmp_path: Path) -> None:
    calls = """
[operations.call]
call = "POST /2010-04-01/Accounts/{AccountSid}/Calls.json"
timeout_s = 15
[map.call.request]
To = {from = "Desk.line"}
"""
    desk = model(text("line", format="e164"), name="Desk")
    assert sms(tmp_path, model(PHONE, OPT_IN), desk, more=calls) == [f"DM005 error {SENTENCE}"]


def test_a_flag_of_another_kind_and_a_number_of_any_form_are_told(tmp_path: Path) -> None:
    wrong = model(text("phone"), text("phone_number_verified"), OPT_IN)
    assert sms(tmp_path, wrong) == [
        "DM011 warning User.phone_number_verified is not boolean or datetime, as Twilio SMS needs.",
        "DM050 warning User.phone is not bound to E.164, as Twilio SMS needs.",
    ]
    mapped = '[map.send_sms.request]\nTo = {from = "User.phone"}\n'
    assert sms(tmp_path, model(text("phone"), FLAG, OPT_IN), more=mapped) == [
        "DM050 warning User.phone is not bound to E.164, which To of Twilio send_sms needs."
    ]


def test_a_role_that_nobody_has_to_have_is_left_out_and_another_is_undecided(
    tmp_path: Path,
) -> None:
    message = model(text("body"), name="SmsLog")
    assert sms(tmp_path, model(PHONE, FLAG, OPT_IN), message) == [
        "DM005 warning SmsLog model lacks provider_sid field needed for Twilio SMS."
    ]
    [unknown] = looked(tmp_path, ["twilio.sms.send"], SMS, model(name="Thing")).undecided
    assert unknown.why == "no model is the recipient of Twilio SMS: map To"


def test_a_capability_that_no_pack_knows_is_undecided_with_the_nearest(tmp_path: Path) -> None:
    [unknown] = looked(tmp_path, ["twilio.sms.sent"], SMS, model()).undecided
    assert unknown.why == "no pack knows it: did you mean twilio.sms.send?"


def test_a_limit_of_prose_is_held_against_without_any_specification(tmp_path: Path) -> None:
    mapped = '[map.send_sms.request]\nBody = {from = "Note.body"}\n'
    whole = (model(PHONE, FLAG, OPT_IN), model(text("body", max_len=2000), name="Note"))
    found = looked(tmp_path, ["twilio.sms.send"], SMS + mapped, *whole)
    assert told(found) == [
        "DM030 error Note.body may be longer than Body of Twilio send_sms can be (1600)."
    ]
    assert "confirmed 2026-11-23" in found.findings[0].evidence[-1]
    assert found.remarks == ("twilio: no specification is pinned, only packs are held against",)


def test_a_price_that_comes_as_text_is_no_number_without_a_converter(tmp_path: Path) -> None:
    mapped = '[map.send_sms.response]\nprice = {to = "Note.price"}\n'
    note = model(FieldSpec("price", Kind.DECIMAL, nullable=True), name="Note")
    assert sms(tmp_path, model(PHONE, FLAG, OPT_IN), note, more=mapped) == [
        "DM010 error Note.price does not fit price of Twilio send_sms, which is string."
    ]
    converted = mapped.replace('"}', '", via = "decimal"}')
    assert sms(tmp_path, model(PHONE, FLAG, OPT_IN), note, more=converted) == []


STRIPE = """
[operations.pay]
call = "POST /v1/payment_intents"
timeout_s = 15
[map.pay.request]
amount = {from = "Order.total"}
currency = {from = "Order.currency"}
metadata = {from = "Order.labels"}
[map.pay.response]
id = {to = "Order.intent"}
created = {to = "Order.paid_at"}
"""


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (Kind.NUMBER, "DM010 error Order.total is a float, and amount of Stripe pay is money."),
        (
            Kind.DECIMAL,
            "DM051 error Order.total is not in minor units, which amount of Stripe pay is in.",
        ),
        (Kind.INTEGER, ""),
    ],
)
def test_money_is_an_integer_of_minor_units(tmp_path: Path, total: Kind, said: str) -> None:
    order = model(
        FieldSpec("total", total),
        text("currency"),
        FieldSpec("labels", Kind.OBJECT),
        text("intent", max_len=18),
        FieldSpec("paid_at", Kind.DATETIME),
        name="Order",
    )
    lines = told(looked(tmp_path, ["stripe.payments.create"], STRIPE, order, name="stripe"))
    bounds, since = "50 keys of 40, values of 500", "as seconds since 1970"
    always = [
        f"DM053 warning created of Stripe pay is a time {since}, which Order.paid_at is not.",
        "DM060 warning id of Stripe pay (up to 255) may be longer than Order.intent can be.",
        f"DM070 warning Order.labels is not bounded as metadata of Stripe pay is ({bounds}).",
        "DM071 warning Order.labels may have keys with [ or ], which metadata of Stripe pay refuses.",
    ]
    assert set(always) <= set(lines)
    assert said in [*lines, ""]
    assert [each for each in lines if "float" in each or "minor" in each] == [said] * bool(said)


PACK = """
provider = "acme"
[[fields]]
call = "{call}"
field = "name"
max_len = 5
source = "https://docs.acme.example/limits"
as_of = 2026-11-01
confidence = "{confidence}"
"""
ACME = """
[operations.make]
call = "POST /things"
timeout_s = 15
[map.make.request]
name = {from = "User.name"}
"""


@pytest.mark.parametrize(
    ("confidence", "severity"), [("confirmed", "error"), ("recalled", "warning"), ("mined", "note")]
)
def test_a_pack_beside_the_manifest_counts_as_much_as_its_source_is_sure(
    tmp_path: Path, confidence: str, severity: str
) -> None:
    pack = PACK.format(call="POST /things", confidence=confidence)
    user = model(text("name", max_len=6))
    said = "User.name may be longer than name of Acme make can be (5)."
    assert told(looked(tmp_path, [], ACME, user, name="acme", pack=pack)) == [
        f"DM030 {severity} {said}"
    ]
    elsewhere = PACK.format(call="POST /others", confidence=confidence)
    assert told(looked(tmp_path, [], ACME, user, name="acme", pack=elsewhere)) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("as_of = 2026-11-01", "as_of must be the date"),
        ('confidence = "mined"', "must be one of confirmed, recalled, mined"),
        ("max_len = 5", "must be a whole number"),
        ('source = "https://docs.acme.example/limits"', "lacks source"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, wrong: str, why: str
) -> None:
    key = wrong.partition(" ")[0]
    other = "" if key == "source" else f"{key} = 'x'"
    text_ = PACK.format(call="GET /x", confidence="mined").replace(wrong, other)
    (tmp_path / "pack.toml").write_text(text_, "utf-8")
    with pytest.raises(ConfigurationError, match=why) as refused:
        read(tmp_path / "pack.toml", "pack.toml")
    assert refused.value.place.startswith("pack.toml:")


@pytest.mark.parametrize("provider", OURS)
def test_every_row_of_our_packs_has_a_source_and_every_need_a_reason(provider: str) -> None:
    pack = ours(provider)
    assert pack is not None
    assert pack.provider == provider
    for row in pack.rows:
        assert row.source.address
        assert row.source.as_of <= TODAY
    for name, use in pack.capabilities.items():
        assert name.startswith(f"{provider}.")
        assert {need.role for need in use.needs} == set(use.roles)
        for need in use.needs:
            assert need.why
            assert set(need.kinds) <= {kind.value for kind in Kind}


def test_a_row_of_the_call_is_believed_more_than_one_of_every_call() -> None:
    pack = ours("twilio")
    assert pack is not None
    call = "POST /2010-04-01/Accounts/{Sid}/Messages.json"
    assert known([pack], call, Way.REQUEST, "Body").whole("max_len") == 1600
    assert known([pack], call, Way.RESPONSE, "Body").words == {}
    assert known([pack], "GET /x", Way.RESPONSE, "messages[].sid").whole("max_len") == 34
    every = replace(pack.rows[0], call="", max_len=7)
    for rows in ((pack.rows[0], every), (every, pack.rows[0])):
        both = [replace(pack, rows=rows)]
        assert known(both, call, Way.REQUEST, "Body").whole("max_len") == 1600
        assert known(both, "POST /x", Way.REQUEST, "Body").whole("max_len") == 7


def test_every_code_says_what_it_means_and_how_it_is_mended() -> None:
    assert list(CODES) == sorted(CODES)
    for name, code in CODES.items():
        assert (code.name, bool(code.title), bool(code.remedy)) == (name, True, True)
    assert Severity.ERROR.capped(Severity.NOTE) is Severity.NOTE
    assert Severity.NOTE.capped(Severity.WARNING) is Severity.NOTE
    assert list(Confidence) == ["confirmed", "recalled", "mined"]


def test_an_old_pin_is_a_note(tmp_path: Path) -> None:
    project(tmp_path, "", document())
    lock = tmp_path / "integrations" / "acme" / "spec.lock"
    lock.write_text(lock.read_text("utf-8").replace("2026-11-01", "2026-01-01"), "utf-8")
    found = examine(Order(tmp_path, find(tmp_path), lambda _: Catalogue(), TODAY, {}))
    assert told(found) == ["DM095 note the pinned specification of Acme is more than 180 days old."]
