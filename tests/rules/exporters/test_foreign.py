"""The records of other people's loggers."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.exporters.foreign import Guard, release, watch
from bridgewright.core.model.secret import Secret
from tests.rules.exporters.test_logs import Kept
from tests.rules.redact.canaries import CARD, HELD

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watcher:
    """Somebody with secrets."""


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Everything that is logged, the root at DEBUG; a guard that knows one secret."""
    root, handler, watcher = logging.getLogger(), Kept(), Watcher()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    watch(watcher, b"key", [Secret(HELD)])
    yield handler.records
    release(watcher)
    root.removeHandler(handler)
    root.setLevel(level)


def texts(records: list[logging.LogRecord]) -> str:
    return "\n".join(logging.Formatter().format(record) for record in records)


def test_records_of_a_library_are_redacted_in_message_arguments_and_traceback(
    records: list[logging.LogRecord],
) -> None:
    logger = logging.getLogger("httpcore.http11")
    logger.debug("send %s", {"Authorization": f"Custom {HELD}", "n": 1})
    logger.info("card %s of %(x)s", CARD)
    try:
        int(HELD)
    except ValueError:
        logger.exception("failed with %r", HELD, stack_info=True)
    text = texts(records)
    assert HELD not in text
    assert CARD not in text
    assert "'Authorization': ****, 'n': 1" in text
    assert "Traceback" in text
    assert "ValueError: invalid literal" in text


def test_a_debug_record_of_an_sdk_is_withheld_and_no_other_of_its_package_follows(
    records: list[logging.LogRecord],
) -> None:
    child = logging.getLogger("botocore.auth")
    child.setLevel(logging.DEBUG)
    logging.getLogger("botocore.parsers").debug("body %s", "Dear Jane, nobody masks this")
    child.debug("CanonicalRequest %s", "x-amz-security-token:abc")
    for name in ("botocore.parsers", "botocore.auth", "botocore.made_later"):
        logging.getLogger(name).debug("body %s", "Dear Jane")
    assert [record.getMessage().partition(" of ")[0] for record in records] == [
        "withheld: debug records"
    ] * 2
    assert not child.isEnabledFor(logging.DEBUG)
    child.setLevel(logging.NOTSET)


def test_a_record_of_anybody_else_passes_as_it_is(records: list[logging.LogRecord]) -> None:
    logging.getLogger("my.shop").debug("order %s", HELD)
    assert records[0].args == (HELD,)


def test_when_nobody_watches_any_more_logging_is_as_it_was_before() -> None:
    factory, logger = logging.getLogRecordFactory(), logging.getLogger("stripe")
    level = logger.level
    one, two = Watcher(), Watcher()
    watch(one, b"key", [Secret(HELD)])
    watch(one, b"key", [Secret(HELD)])
    guard = logging.getLogRecordFactory()
    watch(two, b"key", [])
    assert logging.getLogRecordFactory() is guard
    logger.setLevel(logging.DEBUG)
    logger.debug("payload")
    assert logger.level == logging.INFO
    release(one)
    assert logging.getLogRecordFactory() is guard
    release(two)
    assert logging.getLogRecordFactory() is factory
    assert logger.level == logging.DEBUG
    logger.setLevel(level)


@pytest.mark.slow
def test_a_watcher_that_is_gone_takes_its_secrets_along() -> None:
    watcher = Watcher()
    watch(watcher, b"key", [Secret(HELD)])
    guard = logging.getLogRecordFactory()
    assert isinstance(guard, Guard)
    del watcher
    gc.collect()
    last = Watcher()
    watch(last, b"key", [])
    record = guard("urllib3", logging.INFO, "f", 1, "see %s", (HELD,), None)
    assert HELD in record.getMessage()
    release(last)


def test_a_record_that_cannot_be_formatted_is_withheld(records: list[logging.LogRecord]) -> None:
    logging.getLogger("urllib3").warning("%d", HELD)
    assert records[0].getMessage() == "withheld: it could not be formatted"
