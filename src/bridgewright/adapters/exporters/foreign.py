"""The records of other people's loggers (SDKs, HTTP libraries): redacted, their payloads withheld.

botocore writes session tokens, signatures and bodies at DEBUG, SendGrid's client its API key, Stripe's
the parameters of requests. They write them through `logging`, where neither a transport nor a filter
on our own loggers sees them. Why a record factory: docs/decisions/0012.
"""

from __future__ import annotations

import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any

from bridgewright.core.redact.redaction import Redaction, redaction
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.core.model.secret import Secret

TALKATIVE = frozenset(
    "stripe botocore boto3 s3transfer aiobotocore python_http_client sendgrid twilio githubkit".split()
)
"""Packages that write payloads or credentials below INFO."""

FAMILIES = TALKATIVE | frozenset(
    "urllib3 httpx httpx2 httpcore httpcore2 h11 h2 hpack aiohttp requests hishel".split()
)
"""Packages whose records are redacted: the SDKs, and what they and we send requests with."""

WITHHELD = (
    "withheld: debug records of %s hold payloads; Bridgewright's own records tell of each call"
)


class Guard:
    """Stands in for the factory of log records, and redacts those of other people's packages.

    `watch` installs it, once a process, whoever else stands there already; `release` takes a
    watcher's secrets away again, and with the last of them the guard. Records of all other loggers
    pass as they are, for a tenth of a microsecond.
    """

    __slots__ = ("_before", "_clamped", "_key", "_lock", "_redaction", "_watchers")

    def __init__(self, before: Callable[..., logging.LogRecord], key: bytes) -> None:
        self._before = before
        self._key = key
        self._lock = threading.Lock()
        self._watchers: weakref.WeakKeyDictionary[object, tuple[Secret, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self._clamped: dict[str, int] = {}
        self._redaction = Redaction(key)

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """The record, redacted if it is of one of the families."""
        record = self._before(*args, **kwargs)
        family = record.name.partition(".")[0]
        if family in FAMILIES and self._watchers:
            if family in TALKATIVE and record.levelno < logging.INFO:
                self._withhold(record)
            else:
                self._redact(record)
        return record

    def add(self, watcher: object, secrets: Iterable[Secret]) -> None:
        """Look for these secrets too, for as long as `watcher` lives."""
        with self._lock:
            self._watchers[watcher] = (*self._watchers.get(watcher, ()), *secrets)
            self._redaction = self._with_all_secrets()

    def drop(self, watcher: object) -> bool:
        """Forget a watcher. True when that was the last: levels are back where they were."""
        with self._lock:
            self._watchers.pop(watcher, None)
            self._redaction = self._with_all_secrets()
            if self._watchers:
                return False
            for name, level in self._clamped.items():
                logging.getLogger(name).setLevel(level)
            self._clamped.clear()
            return True

    @property
    def before(self) -> Callable[..., logging.LogRecord]:
        """The factory that stood here."""
        return self._before

    def _with_all_secrets(self) -> Redaction:
        held = {secret for secrets in self._watchers.values() for secret in secrets}
        return redaction(self._key, (), held)

    def _withhold(self, record: logging.LogRecord) -> None:
        """Withhold this record, and keep its package from making more of the kind."""
        for name in (record.name.partition(".")[0], record.name):
            logger = logging.getLogger(name)
            if logger.isEnabledFor(record.levelno):
                with self._lock:
                    self._clamped.setdefault(name, logger.level)
                logger.setLevel(logging.INFO)
        record.msg, record.args = WITHHELD, (record.name,)
        record.exc_info = record.exc_text = record.stack_info = None

    def _redact(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
            if record.exc_info:
                record.exc_text = _FORMATTER.formatException(record.exc_info)
        except Exception:  # noqa: BLE001 - arguments of others; what cannot be read cannot be redacted
            text, record.exc_text = "withheld: it could not be formatted", None
        record.msg, record.args, record.exc_info = self._without_secrets(text), None, None
        if record.exc_text:
            record.exc_text = self._without_secrets(record.exc_text)
        if record.stack_info:
            record.stack_info = self._without_secrets(record.stack_info)

    def _without_secrets(self, text: str) -> str:
        return redacted(text, self._redaction, named=True)


def watch(watcher: object, key: bytes, secrets: Iterable[Secret]) -> None:
    """Redact the records of other people's loggers from now on; `secrets` wherever they appear.

    Safe to repeat. It lasts until `release(watcher)`, or until `watcher` is gone. `key` is that of
    pseudonyms; the first one holds.
    """
    guard = logging.getLogRecordFactory()
    if not isinstance(guard, Guard):
        guard = Guard(guard, key)
        logging.setLogRecordFactory(guard)
    guard.add(watcher, secrets)


def release(watcher: object) -> None:
    """End what `watch` began. When nobody watches any more, logging is as it was before."""
    guard = logging.getLogRecordFactory()
    if isinstance(guard, Guard) and guard.drop(watcher):
        logging.setLogRecordFactory(guard.before)


_FORMATTER = logging.Formatter()
