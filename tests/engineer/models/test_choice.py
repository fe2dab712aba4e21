"""Which model is asked: what the environment says, what a definition wants, and what is missing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.models import choice
from bridgewright.engineer.models.choice import DIALECT, KEY, MODEL, PRICES, URL, chosen
from bridgewright.engineer.models.prices import Prices, read
from bridgewright.engineer.models.providers import Dialect, Place, known
from bridgewright.settings import load
from bridgewright.settings.reference import MODEL_VARIABLES

SECRET = "sk-" + "not-a-key-of-anybody-4711"
RETIRED = "opencode/glm-4.7-free"
REFERENCE = {"OPENCODE_API_KEY": SECRET}


def refused(environ: dict[str, str], wanted: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        chosen(environ, wanted)
    text = str(caught.value)
    assert SECRET not in text
    return text


def test_with_nothing_configured_the_message_lists_what_may_be_set_and_what_is_missing() -> None:
    text = refused({"ZAI_API_KEY": SECRET})
    assert "no model is configured" in text
    for provider in known().values():
        assert f"{MODEL}={provider.name}/MODEL" in text
        assert all(name in text for name in provider.keys[:1])
    assert "ZAI_API_KEY (is set)" in text
    assert "ANTHROPIC_API_KEY (not set)" in text
    assert f"{URL} (not set)" in text


def test_a_retired_model_is_another_one_where_the_user_named_it() -> None:
    made = chosen({MODEL: "zai/glm-5", "ZAI_API_KEY": SECRET}, RETIRED)
    assert (str(made), made.instead_of) == ("zai/glm-5", RETIRED)
    assert "2026-01-23" in made.because
    assert made.place == Place(Dialect.OPENAI, "https://api.z.ai/api/paas/v4")


def test_a_retired_model_is_refused_with_all_that_may_be_set_where_nobody_named_another() -> None:
    text = refused(REFERENCE, RETIRED)
    assert "served no more since 2026-01-23" in text
    assert f"{MODEL} is not set" in text
    assert "OPENCODE_API_KEY (is set)" in text


def test_a_retired_model_that_the_user_names_is_refused_too() -> None:
    text = refused(REFERENCE | {MODEL: RETIRED})
    assert text.startswith(f"variable {MODEL}: {RETIRED} is served no more since 2026-01-23")


def test_the_definition_s_model_is_asked_where_its_provider_s_key_is_there() -> None:
    made = chosen(REFERENCE, "opencode/glm-5")
    assert (str(made), made.instead_of) == ("opencode/glm-5", "")
    assert made.key is not None
    assert made.key.reveal() == SECRET
    assert SECRET not in repr(made)


def test_the_user_s_model_wins_over_the_definition_s() -> None:
    made = chosen(REFERENCE | {MODEL: "ollama/qwen3"}, "opencode/glm-5")
    assert (str(made), made.instead_of) == ("ollama/qwen3", "opencode/glm-5")
    assert made.key is None


@pytest.mark.parametrize("provider", [each for each in known().values() if each.keys])
def test_a_key_that_is_missing_is_named(provider: object) -> None:
    name, key = provider.name, provider.keys[0]  # type: ignore[attr-defined]
    text = refused({MODEL: f"{name}/m"})
    assert f"{key} or {KEY}" in text
    assert "not set" in text


def test_all_that_is_missing_is_told_at_once() -> None:
    text = refused({MODEL: "local/m"})
    assert URL in text
    assert KEY not in text


def test_a_key_of_its_own_goes_before_the_provider_s() -> None:
    made = chosen(REFERENCE | {MODEL: "opencode/m", KEY: "another-key"})
    assert made.key is not None
    assert made.key.reveal() == "another-key"


def test_an_unknown_provider_needs_a_url_and_then_works() -> None:
    assert "there is no provider 'acme'" in refused({MODEL: "acme/m"})
    made = chosen({MODEL: "acme/m/large", URL: "https://llm.acme.example/v1/", KEY: SECRET})
    assert (made.model, made.place) == (
        "m/large",
        Place(Dialect.OPENAI, "https://llm.acme.example/v1"),
    )


def test_a_definition_names_no_provider_that_is_not_known() -> None:
    assert "there is no provider 'evil'" in refused(REFERENCE, "evil/m")


@pytest.mark.parametrize(
    "more", [{KEY: SECRET}, {URL: "https://llm.acme.example/v1"}, {DIALECT: "anthropic"}]
)
def test_what_the_user_set_for_another_model_does_not_go_to_the_definition_s(
    more: dict[str, str],
) -> None:
    [name] = more
    text = refused(REFERENCE | more, "openrouter/free-of-charge")
    assert text.startswith(f"variable {name}: is set, and {MODEL} is not")


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("claude-opus-4-6", Place(Dialect.ANTHROPIC, "https://opencode.ai/zen")),
        ("glm-5", Place(Dialect.OPENAI, "https://opencode.ai/zen/v1")),
    ],
)
def test_a_provider_s_families_are_asked_in_their_own_dialect(model: str, place: Place) -> None:
    assert chosen(REFERENCE | {MODEL: f"opencode/{model}"}).place == place


def test_a_model_that_is_served_in_neither_dialect_is_refused() -> None:
    assert "dialect" in refused(REFERENCE | {MODEL: "opencode/gpt-5.4"})


@pytest.mark.parametrize("text", ["glm", "/glm", "zai/", "zai/a b", "zai/\x1b[2J", "z\nai/m"])
def test_a_name_without_provider_and_model_is_refused_in_one_clean_line(text: str) -> None:
    shown = refused({MODEL: text})
    assert shown.isprintable()


@pytest.mark.parametrize(
    "more",
    [
        {URL: "ftp://x/v1"},
        {URL: "https://user:pw@x/v1"},
        {URL: "http://llm.example.com/v1"},
        {DIALECT: "gemini"},
        {PRICES: "3 15"},
        {PRICES: "input=3"},
        {PRICES: "input=3 output=NaN"},
        {PRICES: "input=-3 output=1"},
        {PRICES: "input=3 output=1 currency=€"},
        {KEY: "two words"},
        {KEY: "schlüssel"},
    ],
)
def test_what_cannot_be_is_refused_by_its_variable(more: dict[str, str]) -> None:
    [name] = more
    text = refused({MODEL: "openai/m", "OPENAI_API_KEY": SECRET} | more)
    assert text.startswith(f"variable {name}: ")


def test_a_key_may_go_in_clear_to_this_machine_only() -> None:
    assert chosen({MODEL: "openai/m", KEY: SECRET, URL: "http://127.0.0.1:8000/v1"}).key is not None


def test_cached_tokens_cost_as_much_as_others_unless_it_is_said() -> None:
    assert read("input=3,output=15", "here") == Prices(Decimal(3), Decimal(15), Decimal(3))


def test_the_other_commands_take_no_offence_at_these_variables() -> None:
    names = {getattr(choice, name) for name in dir(choice) if name.isupper() and name[0] != "_"}
    mine = {name for name in names if isinstance(name, str) and name.startswith("BRIDGEWRIGHT_")}
    assert mine == set(MODEL_VARIABLES)
    load(environ=dict.fromkeys(MODEL_VARIABLES, "x"))


@pytest.mark.slow
@given(named=st.text(max_size=30), wanted=st.text(max_size=30))
def test_any_names_make_a_choice_or_the_one_error(named: str, wanted: str) -> None:
    try:
        made = str(chosen({MODEL: named} | REFERENCE, wanted))
    except ConfigurationError as error:
        made = str(error)
    assert made
    assert SECRET not in made
