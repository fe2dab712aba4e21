"""The official GitHub client on our engine: githubkit keeps its surface, its types, its exceptions."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from githubkit import GitHub
from githubkit.auth import AppInstallationAuthStrategy, TokenAuthStrategy
from githubkit.exception import RequestFailed
from githubkit.throttling import BaseThrottler, LocalThrottler
from githubkit.utils import UNSET

from bridgewright.connectors.github.calls.credentials import App, Installation, Strategy, Token
from bridgewright.connectors.github.calls.resending import refuse_resending
from bridgewright.connectors.github.calls.transport import CALL, Asker, BridgeTransport
from bridgewright.connectors.github.profile import CALL_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import CallReport
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.connection import ClientMaker, Credential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from githubkit.auth import BaseAuthStrategy
    from githubkit.config import Config

    from bridgewright.engine.call.connection import Connection
    from bridgewright.engine.drive.granted import Credentials

_SETTINGS = "set proxy or ca_file of the connection in its place"


class Unthrottled(BaseThrottler):
    """Lets everything through: the engine's bulkhead waits within the deadline, githubkit's own
    throttler without one."""

    @contextmanager
    def acquire(self, request: httpx.Request) -> Iterator[None]:
        """Nothing to wait for."""
        del request
        yield

    @asynccontextmanager
    async def async_acquire(self, request: httpx.Request) -> AsyncIterator[None]:
        """Nothing to wait for."""
        del request
        yield


def connect(connection: Connection) -> GitHub[Any]:
    """The official client, for threads and for coroutines in one object: `…` and `async_…`."""
    base_url = connection.base_url or CALL_PROFILE.base_url
    transport = BridgeTransport(connection.caller, base_url)
    github = GitHub(
        Strategy(_credentials(connection, base_url)),
        base_url=base_url,
        transport=transport,
        async_transport=transport,
        auto_retry=False,
        http_cache=False,
        follow_redirects=False,
        trust_env=False,
        throttler=Unthrottled(),
    )
    refuse_resending(github)
    return github


def asker(connection: Connection) -> Asker:
    """Calls as whom the connection speaks for, the app included, without a client of the SDK's."""
    base_url = connection.base_url or CALL_PROFILE.base_url
    return Asker(connection.caller, _credentials(connection, base_url))


def attach(github: Any, connection: Connection) -> Any:
    """Put a client that exists on the connection, with the credentials it was made with.

    A token joins its requests below the SDK from now on, and an installation's token is made once for
    all callers. A client with a transport, a proxy or certificates of its own is refused: what they do
    would silently be lost. So is one inside its `with` block, whose HTTP client is made already.
    """
    config: Config = github.config
    _refuse_own(github, config)
    base_url = connection.base_url or str(config.base_url)
    transport = BridgeTransport(connection.caller, base_url)
    github.config = replace(
        config,
        base_url=httpx.URL(base_url if base_url.endswith("/") else f"{base_url}/"),
        transport=transport,
        async_transport=transport,
        auto_retry=None,
        http_cache=False,
        follow_redirects=False,
        trust_env=False,
        throttler=Unthrottled(),
    )
    github.auth = _below(github.auth, base_url)
    refuse_resending(github)
    return github


def owns(thing: object) -> bool:
    """Whether this is a client of githubkit's."""
    return isinstance(thing, GitHub)


def report_of(error: BaseException) -> CallReport | None:
    """The engine's report on an exception of githubkit's, None for one that did not come out of a call.

    `GraphQLFailed` keeps no answer: its call was answered, and what its document did is in its errors.
    """
    if isinstance(error, RequestFailed):
        call = error.response.raw_response.extensions.get(CALL)
        report = None if call is None else call.report
    else:
        wrapped = getattr(error, "exc", error)
        report = getattr(getattr(wrapped, "__cause__", None), "report", None)
    return report if isinstance(report, CallReport) else None


def _credentials(connection: Connection, base_url: str) -> Credentials:
    """The app's, where there is one; else the token."""
    secrets = connection.secrets
    if "app_id" not in secrets:
        return Token(secrets["token"])
    place = f"connection {connection.name}"
    if "private_key" not in secrets:
        problem = "a GitHub App needs its private key: variable GITHUB_PRIVATE_KEY is not set"
        raise ConfigurationError(problem, place=place, remedy="set it to the text of the .pem file")
    app = App(secrets["app_id"].reveal().strip(), _key(secrets["private_key"], place))
    number = connection.account or connection.options.get("installation_id", "")
    if not number:
        return app
    if not (number.isascii() and number.isdigit()):
        problem = "an installation of a GitHub App is a number"
        raise ConfigurationError(problem, place=place, remedy="give installation_id, or account")
    return Installation(app, int(number), base_url)


def _key(key: Secret, place: str) -> Secret:
    """A private key that can sign; variables often hold its lines behind a literal backslash and n."""
    text = key.reveal().replace("\\n", "\n").strip()
    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        problem = "the private key of the GitHub App is no PEM text without a passphrase"
        remedy = "set GITHUB_PRIVATE_KEY to the whole text of the .pem file that GitHub gave you"
        raise ConfigurationError(problem, place=place, remedy=remedy) from None
    return Secret(text)


def _below(auth: BaseAuthStrategy, base_url: str) -> BaseAuthStrategy:
    """The same credentials, kept below the SDK; kinds that make no call of their own stay theirs."""
    if isinstance(auth, TokenAuthStrategy):
        return Strategy(Token(Secret(auth.token)))
    if isinstance(auth, AppInstallationAuthStrategy):
        app = App(
            str(auth.client_id if auth.app_id is None else auth.app_id), Secret(auth.private_key)
        )
        narrowed = {
            "repositories": auth.repositories,
            "repository_ids": auth.repository_ids,
            "permissions": auth.permissions,
        }
        wanted = {name: value for name, value in narrowed.items() if value is not UNSET}
        return Strategy(Installation(app, int(auth.installation_id), base_url, wanted))
    return auth


def _refuse_own(github: GitHub[Any], config: Config) -> None:
    if isinstance(config.transport, BridgeTransport):
        raise _cannot("it is on a bridge already", "attach it once")
    if config.transport is not None or config.async_transport is not None:
        raise _cannot("it has a transport of its own, which would be replaced", "make it without")
    if config.proxy is not None or config.ssl_verify is not True:
        raise _cannot("it has a proxy or certificates of its own", _SETTINGS)
    if type(config.throttler) is not LocalThrottler:
        raise _cannot("it has a throttler of its own, which would be replaced", "make it without")
    for world in ("sync", "async"):
        entered = getattr(github, f"_GitHubCore__{world}_client", None)
        if entered is not None and entered.get() is not None:
            raise _cannot("it is inside its with block", "attach it before")


def _cannot(problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"cannot attach to GitHub: {problem}", remedy=remedy)


CLIENT = ClientMaker(
    provider="github",
    extra="github",
    profile=CALL_PROFILE,
    credentials=(
        Credential("token", ("GITHUB_TOKEN", "GH_TOKEN"), alternatives=("app_id",)),
        Credential("app_id", ("GITHUB_APP_ID",), optional=True),
        Credential("private_key", ("GITHUB_PRIVATE_KEY",), optional=True),
    ),
    connect=connect,
    connect_async=connect,
    attach=attach,
    owns=owns,
    report_of=report_of,
    options=("installation_id",),
    asker=asker,
)
