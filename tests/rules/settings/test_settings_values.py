"""What is right is read: file, environment, convention, and values made in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings import (
    ForwardSettings,
    ServeSettings,
    Settings,
    SourceSettings,
    StoreSettings,
    WorkSettings,
    load,
)
from bridgewright.settings.described import Kind
from bridgewright.settings.forms import wrong_networks, wrong_url
from bridgewright.settings.gates import OUTAGES, wrong_outage, wrong_redis
from bridgewright.settings.reference import Row, rows

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"
FIXED = [row for row in rows() if "NAME" not in row.table]
PLAIN = [row for row in FIXED if row.described.setting.kind is not Kind.SECRET]


def value_of(row: Row) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one exit for each kind
    setting = row.described.setting
    match setting.kind:
        case Kind.WHOLE:
            assert setting.least is not None
            assert setting.most is not None
            return st.integers(int(setting.least), int(setting.most))
        case Kind.NUMBER:
            assert setting.least is not None
            assert setting.most is not None
            return st.integers(int(setting.least) + 1, int(setting.most)).map(float)
        case Kind.FLAG:
            return st.booleans()
        case _ if setting.form is wrong_url:
            return st.integers(1, 99).map(lambda number: f"https://host-{number}.example.com/in")
        case _ if setting.form is wrong_networks:
            return st.integers(0, 255).map(lambda number: f"10.{number}.0.0/16, fd00::/8")
        case _ if setting.form is wrong_redis:
            return st.integers(0, 15).map(
                lambda number: f"rediss://cache.example.com:6379/{number}"
            )
        case _ if setting.form is wrong_outage:
            return st.sampled_from(OUTAGES)
        case _:
            return st.from_regex(r"[a-z0-9.-]{1,20}[a-z]", fullmatch=True)


def held(settings: Settings, row: Row) -> Any:
    found = getattr(getattr(settings, row.table), row.described.key)
    return found.name if isinstance(found, Path) else found


@given(data=st.data())
@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.variable)
@pytest.mark.slow
def test_a_file_sets_every_setting_and_its_variable_wins(
    row: Row, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    in_file, in_variable = data.draw(value_of(row)), data.draw(value_of(row))
    file = tmp_path_factory.getbasetemp() / "one-setting.toml"
    file.write_text(f"[{row.table}]\n{row.described.key} = {json.dumps(in_file)}\n")
    assert held(load(file, {}), row) == in_file
    text = in_variable if isinstance(in_variable, str) else json.dumps(in_variable)
    assert held(load(file, {row.variable: text}), row) == in_variable


def test_every_setting_of_a_source_can_be_a_variable_alone() -> None:
    start = "BRIDGEWRIGHT_SOURCES_MY_SHOP_"
    settings = load(
        None,
        {
            "A": KEY,
            "B": OTHER,
            f"{start}PROVIDER": "stripe",
            f"{start}PATH": "/shop",
            f"{start}SECRETS": "env:A, env:B",
            f"{start}TOLERANCE_S": "60",
            f"{start}MAX_BODY_BYTES": "2048",
            f"{start}DEDUPE_HORIZON_S": "3600",
            f"{start}MAX_ATTEMPTS": "3",
            f"{start}FORWARD_URL": "http://127.0.0.1:1/x",
            f"{start}FORWARD_SECRETS": "env:A, env:B",
            f"{start}FORWARD_ALLOW": "127.0.0.1",
            f"{start}FORWARD_TIMEOUT_S": "1.5",
        },
    )
    assert settings.sources == (
        SourceSettings(
            "my_shop",
            provider="stripe",
            path="/shop",
            secrets=(Secret(KEY), Secret(OTHER)),
            tolerance_s=60.0,
            max_body_bytes=2048,
            dedupe_horizon_s=3600.0,
            max_attempts=3,
            forward=ForwardSettings(
                "http://127.0.0.1:1/x", (Secret(KEY), Secret(OTHER)), "127.0.0.1", 1.5
            ),
        ),
    )


def test_a_variable_reaches_the_source_whose_name_it_fits(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[sources.my-shop]\nprovider = 'stripe'\nsecret = 'env:A'\npath = '/a'\n")
    settings = load(file, {"A": KEY, "BRIDGEWRIGHT_SOURCES_MY_SHOP_PATH": "/b"})
    assert [(source.name, source.path) for source in settings.sources] == [("my-shop", "/b")]


def test_a_variable_for_secret_wins_over_secrets_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[sources.stripe]\nsecrets = ['env:A']\n")
    environ = {"A": KEY, "B": OTHER, "BRIDGEWRIGHT_SOURCES_STRIPE_SECRET": "env:B"}
    assert load(file, environ).sources[0].secrets == (Secret(OTHER),)


def test_without_a_file_each_provider_whose_variable_is_set_is_a_source(tmp_path: Path) -> None:
    environ = {"STRIPE_WEBHOOK_SECRET": KEY, "GITHUB_WEBHOOK_SECRET": "x", "PATH": "/bin"}
    empty = tmp_path / "bridgewright.toml"
    empty.write_text("")
    sources = {source.name: source for source in load(empty, environ).sources}
    assert set(sources) == {"stripe", "github"}
    assert sources["stripe"].path == "/stripe"
    assert load(empty, {}).sources == ()


def test_the_previous_key_is_accepted_beside_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[sources.stripe]\n")
    environ = {"STRIPE_WEBHOOK_SECRET": KEY, "STRIPE_WEBHOOK_SECRET_PREVIOUS": OTHER}
    assert load(file, environ).sources[0].secrets == (Secret(KEY), Secret(OTHER))
    environ["STRIPE_WEBHOOK_SECRET_PREVIOUS"] = ""
    assert load(file, environ).sources[0].secrets == (Secret(KEY),)


def test_relative_paths_in_a_file_start_at_its_folder(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\npath = 'x.db'\n[sources.stripe]\nsecret = 'file:key'\n")
    settings = load(file, {})
    assert settings.store.path == tmp_path / "x.db"
    assert settings.sources[0].secrets == (Secret(KEY),)
    assert load(file, {"BRIDGEWRIGHT_STORE": "x.db"}).store.path == Path("x.db")


URL = "postgresql://app:hunter2@db.internal:6432/shop?sslmode=require"


def test_a_url_in_the_variable_of_the_store_is_a_shared_store(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\npath = 'x.db'\n")
    store = load(file, {"BRIDGEWRIGHT_STORE": URL}).store
    assert store.url == Secret(URL)
    assert (store.name, store.shown, store.pooled) == (
        "shop at db.internal",
        "shop at db.internal",
        False,
    )
    assert "hunter2" not in repr(store)


def test_the_url_of_the_store_is_a_reference_and_may_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\nurl = 'env:DATABASE_URL'\npooled = true\n")
    settings = load(file, {"DATABASE_URL": URL})
    assert (settings.store.url, settings.store.pooled) == (Secret(URL), True)
    file.write_text("[store]\npath = 'postgresql://app@db.internal/shop'\n")
    assert load(file, {}).store.url == Secret("postgresql://app@db.internal/shop")
    (tmp_path / "url").write_text(f"{URL}\n")
    file.write_text("[store]\nurl = 'file:url'\n")
    assert load(file, {}).store.url == Secret(URL)


def test_a_variable_of_the_store_wins_over_the_file_whatever_it_names(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\nurl = 'env:DATABASE_URL'\n")
    environ = {"DATABASE_URL": URL, "BRIDGEWRIGHT_STORE": "x.db"}
    store = load(file, environ).store
    assert (store.url, store.path) == (None, Path("x.db"))
    file.write_text("[store]\npath = 'x.db'\n")
    environ = {"DATABASE_URL": URL, "BRIDGEWRIGHT_STORE_URL": "env:DATABASE_URL"}
    assert load(file, environ).store.url == Secret(URL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"path = '{URL}'", "holds a password"),
        (f"url = '{URL}'", "holds a secret itself"),
        ("url = 'env:NOWHERE'", "NOWHERE"),
        ("url = 'env:MYSQL'", "must begin with postgresql://"),
        ("path = 'mysql://app@db/shop'", "must be the path of a file"),
        ("path = 'postgresql://app@db:port/shop'", "is not a URL"),
    ],
)
def test_what_names_no_store_is_refused_and_no_password_is_repeated(
    text: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text(f"[store]\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        load(file, {"MYSQL": "mysql://app:hunter2@db/shop"})
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "bridgewright.toml:2" in str(caught.value)


def test_looking_at_the_store_needs_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\npath = 'x.db'\n[sources.stripe]\n")
    settings = load(file, {}, with_sources=False)
    assert settings.store.path == tmp_path / "x.db"
    assert settings.sources == ()


def test_values_made_in_python_have_the_same_defaults_and_bounds() -> None:
    assert SourceSettings("shop", secrets=(Secret("x"),)).path == "/shop"
    with pytest.raises(ConfigurationError, match="concurrency is 0: allowed is 1 to 1000"):
        WorkSettings(concurrency=0)
    with pytest.raises(ConfigurationError, match="port is 65536"):
        ServeSettings(port=65_536)
    with pytest.raises(ConfigurationError, match="no secret"):
        SourceSettings("shop")
    with pytest.raises(ConfigurationError, match="must begin with"):
        SourceSettings("shop", path="shop", secrets=(Secret("x"),))
    with pytest.raises(ConfigurationError, match="names a host"):
        ForwardSettings("http://", (Secret("x"),))
    with pytest.raises(ConfigurationError, match="must be the path of a file"):
        StoreSettings(Path("postgresql://x/y"))
    twin = SourceSettings("shop", secrets=(Secret("x"),))
    with pytest.raises(ConfigurationError, match="two sources"):
        Settings(sources=(twin, twin))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.variable)
def test_every_setting_says_what_it_is_for_and_has_bounds_and_a_default(row: Row) -> None:
    setting = row.described.setting
    assert len(setting.what) > 20
    assert row.described.default_shown()
    if setting.kind in {Kind.WHOLE, Kind.NUMBER}:
        assert setting.least is not None
        assert setting.most is not None
        assert (row.described.key.endswith("_s") and not row.described.key.endswith("_per_s")) == (
            setting.unit == "seconds"
        )
    if not setting.default_text:
        assert setting.why, "a default needs a reason"
