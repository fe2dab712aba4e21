"""What a manifest says of operations and of the limits that they share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.manifest.words import (
    NATURAL_METHODS,
    SAFE_METHODS,
    Budget,
    Idempotency,
    Operation,
    Pages,
    Retry,
    Sameness,
    Timeouts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.manifest.tables import Table

_CALL = re.compile(r"(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (/\S*)")
_KEY = re.compile(r"key:([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64})")


def budget(table: Table) -> Budget:
    """Limits as a table says them; what would limit nothing is wrong."""
    made = Budget(
        table.key[-1],
        table.number("rate_per_s"),
        table.whole("burst"),
        table.whole("concurrency"),
    )
    if made.rate_per_s is None and made.concurrency is None:
        table.wrong(
            "rate_per_s", "or concurrency is needed: a budget without either limits nothing"
        )
    if made.burst is not None and made.rate_per_s is None:
        table.wrong("burst", "needs rate_per_s beside it")
    table.close()
    return made


def operation(name: str, table: Table, budgets: Mapping[str, Budget]) -> Operation:
    """One of `[operations]`. GET, HEAD, OPTIONS, PUT and DELETE are `natural` unless told, and what is
    safe by its method is sent again (`safe`); nothing else is."""
    call = _CALL.fullmatch(table.text("call"))
    if call is None and "call" in table:
        table.wrong("call", "must be a method and a path, like POST /orders/{id}")
    method, path = (call[1], call[2]) if call else ("POST", "/")
    same = _idempotency(table, method)
    default = Retry.SAFE if method in SAFE_METHODS else Retry.NEVER
    made = Operation(
        name,
        method,
        path,
        _timeouts(table),
        same,
        table.choice("retry", Retry, default),
        table.text("budget", ""),
        _pages(table.table("pages")) if "pages" in table else None,
    )
    _agree(table, made, budgets)
    table.asked.add("pages")
    table.close()
    return made


def _agree(table: Table, made: Operation, budgets: Mapping[str, Budget]) -> None:
    same = made.idempotency.kind
    if made.retry is Retry.SAFE and made.method not in SAFE_METHODS and same is Sameness.NONE:
        remedy = 'say why it may be sent twice (idempotency = …), or retry = "never"'
        table.wrong("retry", f"is not safe: a {made.method} sent twice may be done twice", remedy)
    if made.retry is Retry.KEYED and same is not Sameness.KEY:
        remedy = 'name the header that carries the key: idempotency = "key:Idempotency-Key"'
        table.wrong("retry", "by a key needs an idempotency key", remedy)
    if made.budget and made.budget not in budgets:
        table.wrong("budget", "is none of [budgets]", f"add [budgets.{made.budget}], or correct it")


def _idempotency(table: Table, method: str) -> Idempotency:
    natural = Sameness.NATURAL if method in NATURAL_METHODS else Sameness.NONE
    given = table.text("idempotency", natural)
    key = _KEY.fullmatch(given)
    if key is not None:
        return Idempotency(Sameness.KEY, key[1])
    if given in (Sameness.NONE, Sameness.NATURAL, Sameness.PROVIDER):
        return Idempotency(Sameness(given))
    table.wrong("idempotency", "must be none, natural, provider, or key:HEADER")
    return Idempotency()


def _timeouts(table: Table) -> Timeouts:
    given = table.raw("timeout_s")
    if given is None:
        remedy = "add timeout_s = 15.0: every call to somebody else ends"
        table.wrong("timeout_s", "is missing", remedy)
        return Timeouts(1.0)
    if not isinstance(given, dict):
        return Timeouts(table.number("timeout_s") or 1.0)
    parts = table.table("timeout_s")
    total, connect, read = (parts.number(each) for each in ("total", "connect", "read"))
    if total is None:
        parts.wrong("total", "is missing: parts alone do not end a call that drips")
    elif max(connect or 0, read or 0) > total:
        parts.wrong("total", "is less than one of its parts")
    parts.close()
    return Timeouts(total or 1.0, connect, read)


def _pages(table: Table) -> Pages:
    most = table.whole("most")
    if most is None and "most" not in table:
        table.wrong("most", "is missing: a list that never ends must end")
    made = Pages(most or 1, table.text("token", ""))
    table.close()
    return made
