"""What an order is made of: the message that fits, the secrets that must not leave, where it goes."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.redaction import known
from bridgewright.engineer.delivery import gh
from bridgewright.engineer.delivery.api import TOKENS, connected
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import name as git_name
from bridgewright.engineer.delivery.message import message
from bridgewright.engineer.delivery.package import SECRET_NAMES, secrets_of

if TYPE_CHECKING:
    import re
    from collections.abc import Generator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.hub import Hub, Place
    from bridgewright.engineer.delivery.message import Message
    from bridgewright.engineer.manifest.words import Manifest


def url_of(git: Git, remote: str) -> str:
    """As it is written down: what `insteadOf` makes of it is not GitHub's any more."""
    done = git.run("config", "--get", f"remote.{git_name(remote, 'remote')}.url")
    if done.code:
        raise ConfigurationError(
            f"there is no remote {remote}", remedy=f"git remote add {remote} URL"
        )
    return done.text


def messages(
    manifests: Sequence[Manifest], scope: str, what: str = "", kind: str = ""
) -> tuple[Message, Message]:
    """What is said of a new integration, and of one that the base has already."""
    titles = ", ".join(each.title for each in manifests)
    return (
        message(kind or "feat", scope, what or f"add {titles}"),
        message(kind or "fix", scope, what or f"update {titles}"),
    )


def marker_of(root: Path, manifest: Manifest) -> str:
    """The file by which a base shows that it has an integration."""
    return manifest.path.resolve().relative_to(root.resolve()).as_posix()


def known_of(manifests: Sequence[Manifest], environ: Mapping[str, str]) -> re.Pattern[str] | None:
    """Finds the secrets that the integrations read, and those of the delivery itself, by their values."""
    names = {name for each in manifests for name in secrets_of(each)} | set(SECRET_NAMES)
    return known([Secret(environ[name]) for name in sorted(names) if environ.get(name)])


@contextmanager
def asked(by: str, place: Place, folder: Path, environ: Mapping[str, str]) -> Generator[Hub]:
    """Who asks GitHub: `gh`, our connector (`api`), or whichever of the two can (`auto`)."""
    hub: AbstractContextManager[Hub]
    if by == "gh" or (by == "auto" and gh.is_there()):
        hub = nullcontext(gh.Gh(place, folder))
    elif by == "api" or any(environ.get(name) for name in TOKENS):
        hub = connected()
    else:
        raise DeliveryError(
            End.NO_GH,
            "there is no gh, and no token for GitHub's API",
            remedy="install gh (cli.github.com) and gh auth login, or set GITHUB_TOKEN",
        )
    with hub as asked_:
        yield asked_
