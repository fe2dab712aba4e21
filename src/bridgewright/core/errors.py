"""Every error of the product, on one screen, ordered by who must act.

Each class has a stable `code`, which logs, JSON output and documentation use; the message says what
happened, why, and the next step.
"""

from __future__ import annotations

from typing import ClassVar

A_YEAR_S = 31_536_000


class BridgewrightError(Exception):
    """The root of the tree: catch it to catch everything Bridgewright raises on purpose."""

    code: ClassVar[str] = "bridgewright"


class ConfigurationError(BridgewrightError):
    """You must act: a setting, a handler or a command is wrong. Nothing was started.

    `place` is the file and line, or the variable, that has to change.
    """

    code: ClassVar[str] = "configuration"

    def __init__(self, problem: str, *, place: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.place = place
        self.remedy = remedy
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}. {remedy}" if remedy else text)


class NotFound(BridgewrightError):
    """You must act: the item, plan or rejection you named does not exist in this store."""

    code: ClassVar[str] = "not_found"


class Refused(BridgewrightError):
    """Our own rule says no: the state of the item or plan does not allow what was asked."""

    code: ClassVar[str] = "refused"


class StoreError(BridgewrightError):
    """The store did not do it: nothing was written, nothing was acknowledged. Ask again later."""

    code: ClassVar[str] = "store"


class StoreBusy(StoreError):
    """The store's queue is full, or another process held it too long."""

    code: ClassVar[str] = "store_busy"


class StoreClosed(StoreError):
    """The store was closed, and the operation came after."""

    code: ClassVar[str] = "store_closed"


class StoreOutdated(StoreError):
    """The store's schema is older or newer than this release works with: `bridgewright migrate`."""

    code: ClassVar[str] = "store_outdated"


class PermanentFailure(BridgewrightError):
    """Raised by a handler: trying again cannot help; bury the item now, with cause `permanent`.

    The text is kept with the dead letter and shown to operators: put no personal data in it.
    """

    code: ClassVar[str] = "permanent_failure"


class RetryLater(BridgewrightError):
    """Raised by a handler: try again no sooner than `after_s` seconds from now (0 or more).

    The attempt counts. The text is kept with the item and shown to operators.
    """

    code: ClassVar[str] = "retry_later"

    def __init__(self, after_s: float, reason: str = "") -> None:
        if not 0 <= after_s <= A_YEAR_S:  # also refuses NaN
            msg = f"RetryLater(after_s={after_s!r}): use seconds from 0 to 31536000 (a year)"
            raise ValueError(msg)
        self.after_s = after_s
        super().__init__(reason or f"retry in {after_s:g} s")


class ForwardRefused(BridgewrightError):
    """The target of a forward answered other than 2xx, or not at all; the attempt failed and another
    one follows, as for any handler."""

    code: ClassVar[str] = "forward_refused"
