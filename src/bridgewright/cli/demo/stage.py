"""The demo's folder: settings, secrets and application of its own, so that nothing of the user's
project is read or touched."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.model.secret import Secret
from bridgewright.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.cli.demo.premises import Premises
    from bridgewright.settings import Settings

_BENDING = frozenset({"PYTHONINSPECT", "PYTHONWARNINGS"})
"""Variables that would have our children's Python do something else than their command."""

PROVIDERS = ("stripe", "github")

SETTINGS = """\
# The settings of this demo. Its lease and its backoff are short, so that a day fits in a minute.

[store]
{store}

[sources.stripe]
secret = "file:stripe.secret"

[sources.github]
secret = "file:github.secret"

[connections.stripe]
base_url = "{stripe_url}"
deadline_s = 4
breaker_open_s = 1

[connections.stripe.secrets]
api_key = "file:stripe.key"

[work]
lease_s = {lease_s}
max_attempts = {max_attempts}
backoff_base_s = {backoff_base_s}
backoff_factor = 2
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How the demo's worker waits: its lease, its attempts, and its first backoff at most."""

    lease_s: float
    max_attempts: int
    backoff_base_s: float


@dataclass(frozen=True, slots=True)
class Urls:
    """Where what handlers call is: the shop's books, and Stripe."""

    books: str
    stripe: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with everything a small project has, and the environment its commands run in."""

    folder: Path
    keys: Mapping[str, Secret]
    premises: Premises
    environ: Mapping[str, str] = field(repr=False)

    @property
    def settings_file(self) -> Path:
        """What `BRIDGEWRIGHT_CONFIG` is to name."""
        return self.folder / "bridgewright.toml"

    @property
    def journal(self) -> Path:
        """Where handlers write down what they did."""
        return self.folder / "journal.txt"

    @property
    def breaker(self) -> Path:
        """Where workers write down what becomes of their breaker."""
        return self.folder / "breaker.txt"

    @property
    def begun(self) -> Path:
        """Where workers write down what they begin."""
        return self.folder / "begun.txt"

    def settings(self) -> Settings:
        """The settings, as the commands read them."""
        return load(self.settings_file, {})


@contextmanager
def staged(urls: Urls, patience: Patience, premises: Premises) -> Iterator[Stage]:
    """A fresh temporary folder, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bridgewright-demo-")).resolve()
    try:
        yield _furnish(folder, urls, patience, premises)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnish(folder: Path, urls: Urls, patience: Patience, premises: Premises) -> Stage:
    keys = {provider: Secret(f"whsec_{_random_text()}") for provider in PROVIDERS}
    for provider, key in keys.items():
        _write(folder / f"{provider}.secret", key.reveal())
    _write(folder / "stripe.key", f"sk_test_{secrets.token_hex(12)}")
    for name, secret in premises.secrets().items():
        _write(folder / name, secret.reveal())
    settings = SETTINGS.format(
        store=premises.setting,
        stripe_url=urls.stripe,
        lease_s=patience.lease_s,
        max_attempts=patience.max_attempts,
        backoff_base_s=patience.backoff_base_s,
    )
    _write(folder / "bridgewright.toml", settings)
    _write(folder / "dependency.url", urls.books)
    _write(folder / "breaker.txt", "")
    _write(folder / "begun.txt", "")
    _write(folder / "journal.txt", "")
    _write(folder / "app.py", Path(__file__).with_name("app.py").read_text("utf-8"))
    return Stage(folder, keys, premises, _environ(folder))


def _random_text() -> str:
    return base64.b64encode(secrets.token_bytes(24)).decode()


def _write(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text, "utf-8")


def _environ(folder: Path) -> dict[str, str]:
    """The user's environment without anything that speaks to Bridgewright or bends its Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BRIDGEWRIGHT_")
        and "WEBHOOK_SECRET" not in name
        and name not in _BENDING
    }
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return kept | {
        "BRIDGEWRIGHT_CONFIG": str(folder / "bridgewright.toml"),
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
