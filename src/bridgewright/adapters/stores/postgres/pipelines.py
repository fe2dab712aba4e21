"""Statements sent without waiting for the answers of those before them.

A transaction of the writer's is a dozen statements, and the decisions in it need the rows of three or
four. The others are sent and looked at later: each wait is a round trip, and two turns of the scheduler.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pipelined(connection: psycopg.Connection, *, wanted: bool) -> Iterator[psycopg.Pipeline | None]:
    """A pipeline that ends with this block; None where it is not wanted, or where the client's library
    is too old for one (libpq 13). Leaving the block waits for all answers and raises the first error.

    When the block raises, what is still on its way is waited for and not looked at: its errors quote
    rows, and psycopg would log them.
    """
    if not (wanted and psycopg.Pipeline.is_supported()):
        yield None
        return
    failure: BaseException | None = None
    try:
        with connection.pipeline() as pipeline:
            try:
                yield pipeline
            except BaseException as error:  # noqa: BLE001 - raised again below, when the pipeline is empty
                failure = error
                with suppress(psycopg.Error):
                    pipeline.sync()
    except psycopg.Error:
        if failure is None:
            raise
    if failure is not None:
        raise failure
