"""What goes wrong beside journeys, and is said without ending one."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def warn(text: str) -> None:
    """Warn. Where warnings are made errors, this one goes where errors of threads go: a journey must
    not end by it."""
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    except RuntimeWarning as error:
        error.__context__ = None  # what the observer raised may quote what it was told
        here = threading.current_thread()
        threading.excepthook(threading.ExceptHookArgs((type(error), error, None, here)))


def report(working: asyncio.Task[None]) -> None:
    """Say at once that a worker beside an application broke down; its items go to others."""
    if not working.cancelled() and (error := working.exception()) is not None:
        message = "the worker beside this application has broken down and claims no more"
        working.get_loop().call_exception_handler({"message": message, "exception": error})
