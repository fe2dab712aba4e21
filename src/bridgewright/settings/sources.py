"""The sources: those that file or environment speak of, or else those whose secret is at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import Moment
from bridgewright.core.signing.webhook import Checked, Terms
from bridgewright.settings import reference
from bridgewright.settings.control import placing_of
from bridgewright.settings.forwarding import ForwardSettings, refuse_too_many
from bridgewright.settings.references import from_variable, resolve
from bridgewright.settings.source import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Vault
    from bridgewright.core.signing.webhook import Webhook
    from bridgewright.settings.gathering import Gathered, Given

PREVIOUS = "_PREVIOUS"
"""Added to a provider's variable: the key it had before, accepted while the change goes round."""
ENV = "env:"
_ENDINGS = (PREVIOUS, "_OLD", "_NEW", "_NEXT", "_TEST", "_LIVE", "_SANDBOX", "_PRODUCTION")
_MODES = frozenset({"TEST", "LIVE", "SANDBOX", "PRODUCTION"})


def spare_keys(
    webhook: Webhook, names: tuple[str, ...], environ: Mapping[str, str]
) -> dict[str, Secret]:
    """Keys at hand that a source does not accept, by reference: in variables beside its own, the key
    before or after, the test key beside the live one. Nothing is verified by them."""
    own = [name.removeprefix(ENV) for name in names if name.startswith(ENV)]
    found = {}
    for variable in dict.fromkeys((*own, webhook.secret_variable)):
        for near in _near(variable):
            if ENV + near not in names and environ.get(near, "").strip():
                found[ENV + near] = from_variable(near, environ)
    return found


def _near(variable: str) -> list[str]:
    """The names under which people keep other keys of the same kind."""
    words = variable.split("_")
    places = [place for place, word in enumerate(words) if word in _MODES]
    changed = [
        "_".join((*words[:place], mode, *words[place + 1 :])) for place in places for mode in _MODES
    ]
    bare = next(
        (variable.removesuffix(ending) for ending in _ENDINGS if variable.endswith(ending)), ""
    )
    near = [variable, *changed, *(variable + ending for ending in _ENDINGS)]
    near += [bare, *(bare + ending for ending in _ENDINGS)] if bare else []
    return sorted(dict.fromkeys(near))


def make_sources(
    gathered: Gathered, environ: Mapping[str, str], vaults: Mapping[str, Vault]
) -> tuple[SourceSettings, ...]:
    """Every source; what is wrong with one is noted in `gathered` and leaves it out."""
    names = gathered.names(reference.SOURCES)
    if not names:
        return tuple(_by_convention(gathered, environ))
    made = [_Making(gathered, environ, name, vaults).source() for name in names]
    sources = tuple(source for source in made if source is not None)
    _refuse_shared(sources, gathered)
    return sources


def _by_convention(gathered: Gathered, environ: Mapping[str, str]) -> list[SourceSettings]:
    found = []
    for provider in connectors.receiving_names():
        variable = connectors.webhook(provider).secret_variable
        if variable in environ:
            made = _Making(gathered, environ, provider).source()
            found += [made] if made is not None else []
    return found


def _refuse_shared(sources: tuple[SourceSettings, ...], gathered: Gathered) -> None:
    holders: dict[str, str] = {}
    variables: dict[str, str] = {}
    for source in sources:
        table = (reference.SOURCES, source.name)
        given = gathered.of(table).get("path")
        place = gathered.place(table) if given is None else given.place
        holder = holders.setdefault(source.path, source.name)
        if holder != source.name:
            problem = f"sources {holder} and {source.name} share the path {source.path}"
            gathered.refuse(problem, place, "give each its own")
        twin = variables.setdefault(reference.as_variable(source.name), source.name)
        if twin != source.name:
            problem = f"sources {twin} and {source.name} have the same name as variables"
            gathered.refuse(problem, gathered.place(table), "rename one")


class _Making:
    """One source in the making."""

    def __init__(
        self,
        gathered: Gathered,
        environ: Mapping[str, str],
        name: str,
        vaults: Mapping[str, Vault] | None = None,
    ) -> None:
        self.vaults = vaults
        self.gathered = gathered
        self.environ = environ
        self.name = name
        self.table = (reference.SOURCES, name)
        self.given = gathered.of(self.table)

    def source(self) -> SourceSettings | None:
        before = len(self.gathered.problems)
        if {(*self.table, "provider"), (*self.table, "secrets")} & self.gathered.refused:
            return None
        webhook = self._webhook()
        if webhook is None:
            return None
        self._refuse_unchecked(webhook)
        options, hidden = self._options(webhook)
        names, secrets = self._secrets(webhook, Terms(None, self._public_url(), options, hidden))
        forward = self._forward()
        if len(self.gathered.problems) > before:
            return None
        values: dict[str, Any] = {key: given.value for key, given in self.given.items()}
        values |= {"secrets": secrets, "forward": forward}
        values |= {"options": options, "option_secrets": hidden, "key_names": names}
        values |= {"spare_keys": spare_keys(webhook, names, self.environ)}
        try:
            source = SourceSettings(self.name, **values)
            placing_of(source)
        except ConfigurationError as error:
            self._refuse(error, self.gathered.place(self.table))
            return None
        return source

    def _webhook(self) -> Webhook | None:
        given = self.given.get("provider")
        try:
            return connectors.webhook(self.name if given is None else given.value)
        except ConfigurationError as error:
            place = self.gathered.place(self.table) if given is None else given.place
            remedy = error.remedy
            if given is None:
                remedy = f"{remedy}; or say which it is: provider = …" if remedy else ""
            self._refuse(ConfigurationError(error.problem, remedy=remedy), place)
            return None

    def _public_url(self) -> str:
        """The URL that the provider was given, as the source will have it."""
        own, path = self.given.get("public_url"), self.given.get("path")
        if own is not None:
            return str(own.value)
        base = self.gathered.of(("inbox",)).get("public_url")
        if base is None:
            return ""
        return f"{base.value}".rstrip("/") + (f"/{self.name}" if path is None else str(path.value))

    def _refuse_unchecked(self, webhook: Webhook) -> None:
        given = self.given.get("allow_unchecked")
        if webhook.facts.checked is not Checked.NOT or (given is not None and given.value):
            return
        problem = f"the scheme of {webhook.provider} was checked against {Checked.NOT}"
        remedy = "set allow_unchecked = true on this source, and try it with a real delivery first"
        self.gathered.refuse(problem, self.gathered.place(self.table), remedy)

    def _options(self, webhook: Webhook) -> tuple[dict[str, str], dict[str, Secret]]:
        """The options that were given, or stand in their variables; secret ones resolved."""
        plain: dict[str, str] = {}
        hidden: dict[str, Secret] = {}
        table = (*self.table, reference.OPTIONS)
        given = self.gathered.of(table)
        secret = {option.name for option in webhook.options if option.secret}
        for name, one in given.items():
            if name not in secret:
                plain[name] = one.value
                continue
            try:
                (hidden[name],) = self._referred(one, f"{reference.OPTIONS}.{name}")
            except ConfigurationError as error:
                self._refuse(error, one.place)
        for option in webhook.options:
            if option.name in given or not self.environ.get(option.variable, "").strip():
                continue
            if option.secret:
                hidden[option.name] = from_variable(option.variable, self.environ)
            else:
                plain[option.name] = self.environ[option.variable].strip()
        return plain, hidden

    def _secrets(
        self, webhook: Webhook, terms: Terms
    ) -> tuple[tuple[str, ...], tuple[Secret, ...]]:
        """The keys, by their references and as they are."""
        given = self.given.get("secrets")
        place = self.gathered.place(self.table) if given is None else given.place
        place = place or f"variable {webhook.secret_variable}"
        tolerance = self.given.get("tolerance_s")
        try:
            if given is None:
                names, secrets = self._conventional(webhook)
            else:
                names, secrets = given.value, self._referred(given)
            webhook.scheme(secrets, terms)
            if webhook.greet is not None:
                webhook.greet(secrets, terms)
            if webhook.reader is not None:
                webhook.reader(terms)
            if tolerance is not None:
                place = tolerance.place
                webhook.scheme(secrets, replace(terms, tolerance_s=tolerance.value))
        except ConfigurationError as error:
            self._refuse(error, place)
            return (), ()
        return names, secrets

    def _conventional(self, webhook: Webhook) -> tuple[tuple[str, ...], tuple[Secret, ...]]:
        name = webhook.secret_variable
        try:
            secrets: tuple[Secret, ...] = (from_variable(name, self.environ),)
        except ConfigurationError as error:
            problem = f"source {self.name} has no secret: {error.problem}"
            remedy = f'set {name}, or name another with secret = "env:NAME"'
            raise ConfigurationError(problem, remedy=remedy) from None
        if not self.environ.get(name + PREVIOUS, "").strip():
            return (ENV + name,), secrets
        secrets += (from_variable(name + PREVIOUS, self.environ),)
        return (ENV + name, ENV + name + PREVIOUS), secrets

    def _referred(self, given: Given, key: str = "secrets") -> tuple[Secret, ...]:
        references = given.value if isinstance(given.value, tuple) else (given.value,)
        try:
            return tuple(
                resolve(one, self.environ, given.folder, self.vaults) for one in references
            )
        except ConfigurationError as error:
            problem = f"{'.'.join(self.table)}.{key}: {error.problem}"
            raise ConfigurationError(problem, remedy=error.remedy) from None

    def _forward(self) -> ForwardSettings | None:
        table = (*self.table, reference.FORWARD)
        given = self.gathered.of(table)
        if not given and table not in self.gathered.tables:
            return None
        if {(*table, key) for key in ("url", "secrets", "allow")} & self.gathered.refused:
            return None
        for key, name in (("url", "url"), ("secrets", "secret")):
            if key not in given:
                problem = f"{'.'.join(table)} has no {name}"
                remedy = 'set url = "http://…" and secret = "env:NAME"'
                self.gathered.refuse(problem, self.gathered.place(table), remedy)
                return None
        place = given["secrets"].place
        try:
            secrets = self._referred(given["secrets"], f"{reference.FORWARD}.secrets")
            # Whatever can sign can be a sender's key; the public half of one cannot.
            connectors.webhook("standard").sign(secrets, b"", message_id="probe", at=Moment(0))
            refuse_too_many(secrets)
            place = given["url"].place
            values = {key: one.value for key, one in given.items()} | {"secrets": secrets}
            return ForwardSettings(**values)
        except ConfigurationError as error:
            self._refuse(error, place)
            return None

    def _refuse(self, error: ConfigurationError, place: str) -> None:
        self.gathered.refuse(error.problem, place, error.remedy)
