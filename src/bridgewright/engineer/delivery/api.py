"""GitHub asked by our own connector: the connection `github` of bridgewright.toml and the environment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.bridge import Bridge
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.hub import Answer
from bridgewright.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTION = "github"
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_APP_ID")
"""The variables that the connection may have its credentials from."""


@dataclass(frozen=True, slots=True)
class Api:
    """Asks by a client that is on a bridge: with its deadline, its limits, its log without secrets."""

    client: Any

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """As `Hub.ask`."""
        from githubkit.exception import GitHubException, RequestFailed  # noqa: PLC0415 - an extra

        try:
            response = self.client.request(method, f"/{path}", json=body)
        except RequestFailed as error:
            return _answer(error.response)
        except GitHubException as error:
            reason = error.__cause__ or error
            raise DeliveryError(
                End.UNREACHABLE, f"GitHub did not answer {method}: {type(reason).__name__}"
            ) from error
        return _answer(response)


@contextmanager
def connected() -> Iterator[Api]:
    """The API, for as long as it is needed; `ConfigurationError` without a token or the extra."""
    bridge = Bridge(load(with_sources=False))
    try:
        yield Api(bridge.connect(CONNECTION))
    finally:
        bridge.close()


def _answer(response: Any) -> Answer:
    try:
        content = response.json() if response.content else None
    except ValueError:
        content = None
    return Answer(response.status_code, content)
