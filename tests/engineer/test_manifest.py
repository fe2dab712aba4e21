"""What `integration.toml` may say, what it becomes, and how it is told what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.check import Level
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.reading import find, read
from bridgewright.engineer.manifest.words import (
    AuthKind,
    Idempotency,
    MapIn,
    MapOut,
    Retry,
    Sameness,
    Timeouts,
)

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
[integration]
name = "acme"
owner = "team-payments"
level = "gold"
capabilities = ["acme.orders.create"]
models = ["app.models:User"]
version = {header = "Acme-Version", value = "2026-01-01"}

[spec]
file = "spec.json"

[auth]
kind = "api_key"
header = "X-Api-Key"
secrets = ["ACME_API_KEY"]

[environment]
ACME_API_KEY = "The key of the account."
ACME_WEBHOOK_SECRET = "Signs webhooks."
ACME_ACCOUNT = "Whose orders they are."

[budgets.orders]
rate_per_s = 10
burst = 20

[operations.create_order]
call = "POST /orders"
timeout_s = {connect = 3.0, read = 10, total = 15.0}
idempotency = "key:Idempotency-Key"
retry = "keyed"
budget = "orders"

[operations.list_orders]
call = "GET /orders"
timeout_s = 5
pages = {most = 100, token = "page_token"}

[operations.note]
call = "PATCH /orders/{id}"
timeout_s = 5

[sources.acme]
scheme = "standard"
secrets = ["ACME_WEBHOOK_SECRET"]
events = ["order.paid"]

[map.create_order.request]
customer = {from = "User.acme_id", guard = "User.active"}
account = {const = "env:ACME_ACCOUNT"}

[map.create_order.response]
id = {to = "Order.acme_id", via = "text"}

[map.webhook."order.paid"]
id = {to = "Order.acme_id"}
"""


def written(folder: Path, text: str = WHOLE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "integration.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read(written(folder, text), folder)
    return str(refused.value)


def test_everything_that_it_says_becomes_a_value(tmp_path: Path) -> None:
    made = read(written(tmp_path), tmp_path)
    assert (made.name, made.title, made.owner, made.level) == (
        "acme",
        "Acme",
        "team-payments",
        Level.GOLD,
    )
    assert (made.tag, made.connection, made.folder) == ("Integration", "acme", tmp_path)
    assert made.spec is not None
    assert (made.spec.file, made.spec.lock) == ("spec.json", "spec.lock")
    assert (made.auth.kind, made.auth.secrets) == (AuthKind.API_KEY, ("ACME_API_KEY",))
    create, listed, note = (
        made.operations[each] for each in ("create_order", "list_orders", "note")
    )
    assert create.timeout == Timeouts(15.0, 3.0, 10.0)
    assert create.idempotency == Idempotency(Sameness.KEY, "Idempotency-Key")
    assert (create.call, create.retry, create.budget) == ("POST /orders", Retry.KEYED, "orders")
    assert made.budgets["orders"].burst == 20
    assert listed.pages is not None
    assert (listed.retry, listed.pages.most) == (Retry.SAFE, 100)
    assert (note.retry, note.idempotency.kind) == (Retry.NEVER, Sameness.NONE)
    assert made.requests == (
        MapIn("create_order", "customer", "User.acme_id", guard="User.active"),
        MapIn("create_order", "account", const="env:ACME_ACCOUNT"),
    )
    assert made.responses == (
        MapOut("create_order", "id", "Order.acme_id", "text"),
        MapOut("webhook.order.paid", "id", "Order.acme_id"),
    )
    assert made.sources["acme"].events == ("order.paid",)
    assert made.place("operations", "note", "retry") == "integration.toml:38"


WRONG = [
    ('owner = "team-payments"', "", 1, "lacks owner"),
    ('level = "gold"', 'level = "platinum"', 4, "must be one of bronze, silver, gold"),
    ('name = "acme"', 'name = "class"', 2, "must be a name in Python"),
    ('["app.models:User"]', '["app models"]', 6, "must be a module"),
    ('file = "spec.json"', 'file = "../spec.json"', 10, "below the manifest's folder"),
    ('header = "X-Api-Key"', 'header = "X Api"', 14, "is no name of a header field"),
    ('["ACME_API_KEY"]', '["ACME_KEY"]', 15, "a variable that [environment] does not have"),
    ('["ACME_API_KEY"]', "[]", 15, "must name 1 of [environment] for api_key"),
    ("rate_per_s = 10", "", 24, "needs rate_per_s beside it"),
    ("rate_per_s = 10", "rate_per_s = inf", 23, "must be finite"),
    ('"POST /orders"', '"SEND /orders"', 27, "must be a method and a path"),
    (", total = 15.0}", "}", 28, "total is missing"),
    ("total = 15.0}", "total = 4}", 28, "is less than one of its parts"),
    ("timeout_s = 5\npages", "pages", 33, "timeout_s is missing"),
    ('"key:Idempotency-Key"', '"none"', 30, "needs an idempotency key"),
    ('budget = "orders"', 'budget = "other"', 31, "is none of [budgets]"),
    ("pages = {most = 100, ", "pages = {", 36, "a list that never ends must end"),
    ('scheme = "standard"', 'scheme = "standrad"', 43, "did you mean standard?"),
    ('{const = "env:ACME_ACCOUNT"}', "{}", 49, "one of them is needed"),
    ('{const = "env:ACME_ACCOUNT"}', '{const = "env:OTHER"}', 49, "does not have"),
    ('{to = "Order.acme_id", via', '{to = "Order", via', 52, "a model and its field"),
    ("[map.create_order.response]", "[map.make_order.response]", 51, "no operation"),
    ("burst = 20", "burst = 20\nspeed = 3", 25, "speed is not known here"),
]


@pytest.mark.parametrize(("good", "bad", "line", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, good: str, bad: str, line: int, told: str
) -> None:
    assert WHOLE.count(good) == 1
    message = refusal(tmp_path, WHOLE.replace(good, bad))
    assert told in message
    assert f"integration.toml:{line}:" in message


def test_a_write_that_nothing_makes_safe_may_not_be_sent_again(tmp_path: Path) -> None:
    unsafe = WHOLE.replace('"PATCH /orders/{id}"', '"PATCH /orders/{id}"\nretry = "safe"')
    assert "a PATCH sent twice may be done twice" in refusal(tmp_path, unsafe)


def test_all_that_is_wrong_is_told_at_once_and_by_line(tmp_path: Path) -> None:
    bad = WHOLE.replace('"team-payments"', '""').replace("burst = 20", "burst = 0")
    message = refusal(tmp_path, bad)
    assert "2 things are wrong" in message
    assert message.index("integration.toml:3:") < message.index("integration.toml:24:")


def test_a_secret_in_the_wrong_place_is_never_repeated(tmp_path: Path) -> None:
    secret = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    for good in ('["ACME_API_KEY"]', '"X-Api-Key"', '"standard"', '"key:Idempotency-Key"'):
        bad = f'["{secret}"]' if good.startswith("[") else f'"{secret} "'
        assert secret not in refusal(tmp_path, WHOLE.replace(good, bad))


def test_manifests_are_found_by_name_and_two_of_one_name_refused(tmp_path: Path) -> None:
    written(tmp_path / "integrations" / "acme")
    written(tmp_path / "b", WHOLE.replace('name = "acme"', 'name = "beta"'))
    written(tmp_path / ".venv" / "lib")
    assert [each.name for each in find(tmp_path)] == ["acme", "beta"]
    written(tmp_path / "c")
    with pytest.raises(ConfigurationError, match="there is an integration acme in c"):
        find(tmp_path)


def refused(path: Path) -> str | None:
    try:
        read(path)
    except ConfigurationError as error:
        return str(error)
    return None


@given(data=st.data())
def test_whatever_stands_in_a_place_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = WHOLE.splitlines()
    n = data.draw(st.sampled_from([i for i, line in enumerate(lines) if " = " in line]))
    value = data.draw(
        st.sampled_from(["0", "-1", "true", '""', "[]", "{}", "[[1]]", "1e400", '"x"'])
    )
    lines[n] = f"{lines[n].partition(' = ')[0]} = {value}"
    path = written(tmp_path_factory.mktemp("any"), "\n".join(lines))
    assert "integration.toml" in (refused(path) or "integration.toml")
