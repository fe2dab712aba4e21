"""GitHub's GraphQL, as much of it as `gh` asks for about pull requests, and its way to say "too fast"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.simulate.github import graph, queries
from bridgewright.simulate.github.ask import anonymous
from bridgewright.simulate.github.trouble import refused, said

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.wire import Reply

_LIMITED = re.compile(r"\s*(?:query\s*\w*\s*)?\{\s*limited\s*\}\s*")


def ask_graphql(ask: Ask) -> Reply:
    """`POST /graphql`: pull requests of a repository, asked for and made; `{ limited }` is refused as if
    it came too fast. What is not in `graph` is answered 501."""
    if anonymous(ask.caller):
        raise refused(401, "This endpoint requires you to be authenticated.")
    document = ask.body["query"]
    if _LIMITED.fullmatch(document):
        trouble = {"type": "RATE_LIMITED", "message": "API rate limit exceeded"}
        return said({"errors": [trouble]})
    query = queries.read(document, ask.body.get("variables"), ask.body.get("operationName"))
    told = graph.Told(query)
    data = told.shown(graph.roots(ask)[query.kind], query.inside)
    return said({"data": data, **({"errors": told.errors} if told.errors else {})})
