"""Log records of a process that stays up: lines for a person, or JSON lines for a program."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime


class Lines(logging.Formatter):
    """Time, level and words on one line; a traceback, where there is one, below it."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        text = f"{_time(record)} {record.levelname.lower():<7} {record.getMessage()}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return text


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and the fact where the record is of one."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        shown: dict[str, object] = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fact = getattr(record, "fact", None)
        if is_dataclass(fact) and not isinstance(fact, type):
            shown["fact"] = {"name": type(fact).__name__, **_told(asdict(fact))}
        if record.exc_info:
            shown["traceback"] = self.formatException(record.exc_info)
        return json.dumps(shown, ensure_ascii=False, default=str)


def _told(fact: dict[str, object]) -> dict[str, object]:
    """A fact's fields for programs: what is not there is left out, headers are read by name. The
    value of a header that is withheld is null."""
    shown = {name: value for name, value in fact.items() if value not in (None, "", ())}
    for name in ("request_headers", "response_headers"):
        pairs = shown.get(name)
        if isinstance(pairs, tuple):
            by_name: dict[str, object] = {}
            for key, value in pairs:
                by_name[key] = f"{by_name[key]}, {value}" if by_name.get(key) else value
            shown[name] = by_name
    return shown


def keep_records(*, as_json: bool, verbose: bool) -> None:
    """Print the records of Bridgewright and of its server to standard error.

    Other loggers are left as the application has set them up.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else Lines())
    for name, level in (
        ("bridgewright", logging.DEBUG if verbose else logging.INFO),
        ("uvicorn", logging.INFO if verbose else logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = False
        logger.addHandler(handler)


def _time(record: logging.LogRecord) -> str:
    when = datetime.fromtimestamp(record.created, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
