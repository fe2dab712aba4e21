"""Secrets kept in AWS Secrets Manager. Needs the extra `aws` (boto3)."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

TTL_S = 300.0
"""How long a secret is kept in memory: five minutes, in which AWS charges and throttles nothing."""

TIMEOUT_S = 5.0


class AwsSecrets:
    """A vault that asks AWS Secrets Manager: `Bridge.from_env(vaults={"aws": AwsSecrets()})`.

    A reference `aws:prod/stripe` is a secret that is one text, `aws:prod/stripe#secret_key` the
    field `secret_key` of one that is JSON. `client` is a boto3 client of `secretsmanager`; without
    one it is made of the environment's credentials and region, at the first use. Answers are kept for
    `ttl_s` seconds (0 asks every time). Asked when settings are read and when a connection is made,
    not for each call: a changed key is used by those who connect after that.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._ttl_s = ttl_s
        self._clock = clock
        self._kept: dict[str, tuple[float, Secret]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"AwsSecrets({len(self._kept)} kept)"

    def fetch(self, rest: str) -> Secret:
        """The secret `name` or `name#field`; `ConfigurationError` when there is none, or it is not
        ours to read."""
        name, _, field = rest.partition("#")
        with self._lock:  # those who come together ask once
            kept = self._kept.get(name)
            if kept is None or self._clock() - kept[0] >= self._ttl_s:
                kept = self._clock(), self._asked(name)
                self._kept[name] = kept
        return _field_of(kept[1], name, field) if field else kept[1]

    def _asked(self, name: str) -> Secret:
        client = self._made()
        try:
            answer = client.get_secret_value(SecretId=name)
        except Exception as error:  # noqa: BLE001 - whatever boto3 raises: its text may hold what AWS answered
            response = getattr(error, "response", None) or {}
            code = response.get("Error", {}).get("Code") or type(error).__name__
            problem = f"AWS Secrets Manager did not give {name!r}: {code}"
            raise ConfigurationError(problem, remedy="check its name, region and policy") from None
        text = answer.get("SecretString")
        if not isinstance(text, str) or not text.strip():
            problem = f"the secret {name!r} holds no text"
            raise ConfigurationError(problem, remedy="store it as a string, not as binary")
        return Secret(text.strip())

    def _made(self) -> Any:
        if self._client is None:
            try:
                import boto3  # noqa: PLC0415 - an extra
                from botocore.config import Config  # noqa: PLC0415
            except ModuleNotFoundError:
                problem = "secrets in AWS Secrets Manager need boto3, which is not installed"
                remedy = "pip install 'bridgewright[aws]'"
                raise ConfigurationError(problem, remedy=remedy) from None
            config = Config(
                connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries={"total_max_attempts": 3}
            )
            self._client = boto3.client("secretsmanager", config=config)
        return self._client


def _field_of(secret: Secret, name: str, field: str) -> Secret:
    try:
        value = json.loads(secret.reveal())
    except ValueError:
        value = None
    found = value.get(field) if isinstance(value, dict) else None
    if not isinstance(found, str) or not found:
        problem = f"the secret {name!r} has no field {field!r} that is a text"
        raise ConfigurationError(problem, remedy="the part after # names a field of a JSON object")
    return Secret(found)
