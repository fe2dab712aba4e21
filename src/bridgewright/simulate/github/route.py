"""One line of the table of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github.ask import Need, Operation
from bridgewright.simulate.github.schema import schema
from bridgewright.simulate.github.shapes import TROUBLE
from bridgewright.simulate.routes import Route, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.wire import Reply

    Schema = dict[str, Any]

REPO = "/repos/{owner}/{repo}"
PAGES = "per_page:integer page:integer"
_REFUSALS = (400, 401, 403, 404, 405, 409, 415, 422, 501)


def route(  # noqa: PLR0913 - what an operation is made of
    line: str,
    operation: str,
    run: Callable[[Ask], Reply],
    gives: Schema | None = None,
    *,
    status: int = 200,
    also: Mapping[int, Schema | None] | None = None,
    body: Schema | None = None,
    query: str = "",
    needs: str = "",
    creates: bool = False,
    who: str = "any",
) -> Route[Operation]:
    """`line` is the method and the path, below `/repos/{owner}/{repo}` when it does not begin with a
    slash. `needs` is `permission|permission:level:role`, with `:apps` after it where people may not."""
    method, _, path = line.partition(" ")
    if not path.startswith("/"):
        path = f"{REPO}/{path}" if path else REPO
    answers: dict[int, Schema | None] = {status: gives, **(also or {})}
    answers |= dict.fromkeys(_REFUSALS, TROUBLE)
    if method == "GET":
        answers[304] = None
    fields = schema(query)["properties"] if query else {}
    needed = body is not None and bool(body.get("required"))
    shape = Shape(query=fields, body=body, body_needed=needed, gives=answers)
    return Route(method, path, operation, Operation(run, _need(needs), creates, who), shape)


def _need(text: str) -> Need | None:
    if not text:
        return None
    permissions, level, role, apps, *_ = (*text.split(":"), "", "", "")
    if apps not in {"", "apps"}:
        raise ValueError(text)
    return Need(tuple(permissions.split("|")), level, role, apps_only=apps == "apps")
