"""Which model is asked: by the environment, or else by the agent's definition.

Files of the working tree have no say in where a key goes: what the wright works on is not trusted, and
so neither `bridgewright.toml` nor a definition can name a URL, a proxy or a certificate here. A definition
may name a model of a known provider, which is asked at that provider's own address, by that provider's
own key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.engineer.models.prices import read
from bridgewright.engineer.models.providers import Dialect, Place, Provider, known
from bridgewright.settings.forms import wrong_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.models.prices import Prices

MODEL = "BRIDGEWRIGHT_MODEL"
URL = "BRIDGEWRIGHT_MODEL_URL"
KEY = "BRIDGEWRIGHT_MODEL_KEY"
DIALECT = "BRIDGEWRIGHT_MODEL_DIALECT"
PRICES = "BRIDGEWRIGHT_MODEL_PRICES"
PROXY = "BRIDGEWRIGHT_MODEL_PROXY"
CA_FILE = "BRIDGEWRIGHT_MODEL_CA_FILE"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_SHOWN = 120
_AS = "provider/model, such as anthropic/claude-sonnet-4-5"
_DEFINITION = "the definition's model"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One model and everything that it takes to ask it. `instead_of` is the model that the definition
    named, where another one is asked, and `because` says why."""

    provider: str
    model: str
    place: Place
    key: Secret | None = None
    limit_word: str = "max_tokens"
    prices: Prices | None = None
    proxy: str | None = None
    ca_file: Path | None = None
    instead_of: str = ""
    because: str = ""

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


def chosen(environ: Mapping[str, str], wanted: str = "") -> Chosen:
    """The model that `BRIDGEWRIGHT_MODEL` names, or else the one that a definition wants.

    `BRIDGEWRIGHT_MODEL=provider/model` wins always. The key is `BRIDGEWRIGHT_MODEL_KEY`, or what stands in
    the provider's own variable; `BRIDGEWRIGHT_MODEL_URL` and `_DIALECT` (openai, anthropic) say where and how
    for a provider that is not known, or for a gateway: these three go with `BRIDGEWRIGHT_MODEL` only.
    `_PRICES` says what a million tokens cost, `_PROXY` and `_CA_FILE` how to get there. Raises
    `ConfigurationError`, which lists all that is missing and how to set it, and never shows a key.
    """
    named, wanted = environ.get(MODEL, "").strip(), wanted.strip()
    providers = known()
    if not named and (not wanted or _gone(wanted, providers)):
        because = (
            f"{_shown(wanted)} {_gone(wanted, providers)}" if wanted else "no model is configured"
        )
        raise _nothing(because, providers, environ)
    if not named:
        _refuse_orphans(environ)
    text, place = (named, f"variable {MODEL}") if named else (wanted, _DEFINITION)
    provider, model = _split(text, place, providers, environ)
    gone = _gone(text, providers)
    if gone:
        remedy = f"set {MODEL} to a model that is served: {_AS}"
        raise ConfigurationError(f"{_shown(text)} {gone}", place=place, remedy=remedy)
    made = _made(provider, model, environ)
    if named and wanted and wanted != named:
        because = _gone(wanted, providers) or f"{MODEL} names another"
        return replace(made, instead_of=_shown(wanted), because=because)
    return made


def _refuse_orphans(environ: Mapping[str, str]) -> None:
    """A key or a URL of the user's goes with the model that the user names, and with no other."""
    for name in (KEY, URL, DIALECT):
        if environ.get(name, "").strip():
            problem = f"is set, and {MODEL} is not: it says nothing of the definition's model"
            remedy = f"set {MODEL} too ({_AS}), or unset it"
            raise ConfigurationError(problem, place=f"variable {name}", remedy=remedy)


def _made(provider: Provider, model: str, environ: Mapping[str, str]) -> Chosen:
    place = _place(provider, model, environ)
    key = _key(provider, environ)
    missing = []
    if not place.url:
        missing.append(f"{URL} (where the server is: http://127.0.0.1:8000/v1)")
    if key is None and provider.keys:
        missing.append(f"{' or '.join((*provider.keys[:1], KEY))} (the key for {provider.title})")
    if missing:
        problem = f"{provider.name}/{_shown(model)} cannot be asked: {' and '.join(missing)} "
        problem += "is not set" if len(missing) == 1 else "are not set"
        raise ConfigurationError(
            problem, remedy="export it, in your shell and in no file of the project"
        )
    _refuse_url(place.url, f"variable {URL}", keyed=key is not None)
    prices = environ.get(PRICES, "").strip()
    ca_file = environ.get(CA_FILE, "").strip()
    return Chosen(
        provider.name,
        model,
        place,
        key,
        provider.limit_word,
        read(prices, f"variable {PRICES}") if prices else None,
        environ.get(PROXY, "").strip() or None,
        Path(ca_file) if ca_file else None,
    )


def _split(
    text: str, place: str, providers: Mapping[str, Provider], environ: Mapping[str, str]
) -> tuple[Provider, str]:
    name, _, model = text.partition("/")
    if not (name and model) or not text.isprintable() or " " in text:
        problem = f"{_shown(text)!r} names no provider and model"
        raise ConfigurationError(problem, place=place, remedy=f"write {_AS}")
    if name in providers:
        return providers[name], model
    if place == _DEFINITION or not environ.get(URL, "").strip():
        remedy = f"known are {', '.join(providers)}; for another set {MODEL} and {URL}"
        raise ConfigurationError(
            f"there is no provider {_shown(name)!r}", place=place, remedy=remedy
        )
    return Provider(_shown(name), _shown(name), Place(Dialect.OPENAI, ""), ()), model


def _place(provider: Provider, model: str, environ: Mapping[str, str]) -> Place:
    place = provider.place_of(model)
    url, dialect = environ.get(URL, "").strip(), environ.get(DIALECT, "").strip()
    if dialect and dialect not in set(Dialect):
        problem = f"{_shown(dialect)!r} is no dialect"
        remedy = f"known are {', '.join(Dialect)}"
        raise ConfigurationError(problem, place=f"variable {DIALECT}", remedy=remedy)
    if url:
        spoken = Dialect(dialect) if dialect else place.dialect or Dialect.OPENAI
        return Place(spoken, url.rstrip("/"))
    if place.dialect is None:
        problem = f"{provider.title} serves {_shown(model)} in a dialect that is not spoken here"
        raise ConfigurationError(
            problem, remedy="choose another of its models, or another provider"
        )
    return replace(place, dialect=Dialect(dialect)) if dialect else place


def _key(provider: Provider, environ: Mapping[str, str]) -> Secret | None:
    for name in (KEY, *provider.keys):
        value = environ.get(name, "").strip()
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            problem = "holds no key: it has characters that no header may have"
            raise ConfigurationError(problem, place=f"variable {name}", remedy="set it anew")
        if value:
            return Secret(value)
    return None


def _refuse_url(url: str, place: str, *, keyed: bool) -> None:
    wrong = wrong_url(url)
    if wrong is not None:
        raise ConfigurationError(
            wrong, place=place, remedy="give one like https://llm.example.com/v1"
        )
    parts = urlsplit(url)
    if keyed and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        problem = "is not https, and the key would go there for all to read"
        raise ConfigurationError(problem, place=place, remedy="use https, or unset the key")


def _gone(text: str, providers: Mapping[str, Provider]) -> str:
    """Since when a model is served no more; empty for one that may be."""
    name, _, model = text.partition("/")
    gone = providers[name].gone.get(model) if name in providers else None
    return "" if gone is None else f"is served no more since {gone.on} ({gone.source})"


def _nothing(
    because: str, providers: Mapping[str, Provider], environ: Mapping[str, str]
) -> ConfigurationError:
    lines = [f"{because}, and {MODEL} is not set. Choose one of"]
    for provider in providers.values():
        needed = provider.keys[:1] if provider.place.url else (URL,)
        state = [
            f"{name} ({'is' if environ.get(name, '').strip() else 'not'} set)" for name in needed
        ]
        lines.append(
            f"  {MODEL}={provider.name}/MODEL  {' '.join(state) or 'no key'}: {provider.title}"
        )
    lines.append(f"  {MODEL}=ANY/MODEL  {URL}, {KEY}, {DIALECT}: any other endpoint")
    lines.append("and export it in your shell, in no file of the project")
    return ConfigurationError("\n".join(lines), remedy="Every other command works without a model")


def _shown(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + "…"
