"""What a source tells its provider's rules: options, secret ones by reference, and its public URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings import InboxSettings, Settings, load

if TYPE_CHECKING:
    from pathlib import Path

ENVIRON = {"META_APP_SECRET": "an app secret", "TOKEN": "a verify token", "OPENS": "made-up"}


def loaded(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "bridgewright.toml"
    file.write_text(text)
    return load(file, ENVIRON | environ)


META = '[sources.meta]\nsecret = "env:META_APP_SECRET"\n'
PLAID = '[sources.plaid]\nsecret = "env:OPENS"\n'


def test_a_secret_option_is_given_by_reference(tmp_path: Path) -> None:
    text = META + '[sources.meta.options]\nverify_token = "env:TOKEN"\n'
    [source] = loaded(tmp_path, text).sources
    assert source.option_secrets == {"verify_token": Secret("a verify token")}
    assert "a verify token" not in repr(source)


def test_a_secret_option_that_is_the_secret_itself_is_refused_and_not_repeated(
    tmp_path: Path,
) -> None:
    text = META + '[sources.meta.options]\nverify_token = "a verify token"\n'
    with pytest.raises(ConfigurationError, match=r"options\.verify_token") as caught:
        loaded(tmp_path, text)
    assert "a verify token" not in str(caught.value)


def test_an_option_stands_in_its_own_variable_too(tmp_path: Path) -> None:
    [source] = loaded(tmp_path, PLAID, PLAID_CLIENT_ID="5e9f0a1b2c3d4e5f6a7b8c9d").sources
    assert source.options == {"client_id": "5e9f0a1b2c3d4e5f6a7b8c9d"}


def test_a_variable_of_ours_sets_an_option(tmp_path: Path) -> None:
    name = "BRIDGEWRIGHT_SOURCES_PLAID_OPTIONS_CLIENT_ID"
    [source] = loaded(tmp_path, PLAID, **{name: "0011"}).sources
    assert source.options == {"client_id": "0011"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (META + '[sources.meta.options]\ncolour = "red"\n', "meta has no option 'colour'"),
        (PLAID, "plaid needs the option client_id"),
        (META + "[sources.meta.options]\nverify_token = 7\n", "verify_token"),
    ],
)
def test_options_that_are_unknown_or_missing_are_refused_at_the_start(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        loaded(tmp_path, text)


def test_the_public_url_of_a_source_is_its_own_or_that_of_the_inbox(tmp_path: Path) -> None:
    base = '[inbox]\npublic_url = "https://hooks.example.com/in/"\n'
    source = '[sources.square]\nsecret = "env:TOKEN"\n'
    settings = loaded(tmp_path, base + source)
    [square] = settings.sources
    assert square.terms(settings.inbox).public_url == "https://hooks.example.com/in/square"
    assert square.terms(InboxSettings()).public_url == ""
    own = loaded(tmp_path, base + source + 'public_url = "https://a.example/x"\n')
    assert own.sources[0].terms(own.inbox).public_url == "https://a.example/x"


@pytest.mark.parametrize(
    "text",
    [
        '{source}public_url = "https://hooks.example.com/in/pubsub"\n',
        '[inbox]\npublic_url = "https://hooks.example.com/in"\n{source}',
        '{source}[sources.pubsub.options]\naudience = "https://hooks.example.com"\n',
    ],
)
def test_a_scheme_is_tried_with_the_url_that_it_will_have(text: str, tmp_path: Path) -> None:
    source = '[sources.pubsub]\nsecret = "env:ACCOUNT"\n'
    account = {"ACCOUNT": "pusher@my-project.iam.gserviceaccount.com"}
    [found] = loaded(tmp_path, text.format(source=source), **account).sources
    assert found.provider == "pubsub"
    with pytest.raises(ConfigurationError, match="no audience"):
        loaded(tmp_path, source, **account)


@pytest.mark.parametrize("hops", ["10.0.0.1/8", "everybody", "10.0.0.0/8,"])
def test_hops_that_are_no_networks_are_refused(hops: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"inbox\.trusted_hops"):
        loaded(tmp_path, f'[inbox]\ntrusted_hops = "{hops}"\n')
