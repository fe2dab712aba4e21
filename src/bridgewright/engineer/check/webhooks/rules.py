"""The rules of the 400s: a webhook is verified first, in constant time, on every way, and handled later."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from bridgewright.engineer.check.rule import Place, Rule, Severity, Verdict
from bridgewright.engineer.check.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.engineer.check.project import Project
    from bridgewright.engineer.check.source import Source
    from bridgewright.engineer.check.webhooks.endpoints import Seen

    Look = Callable[[Source, frozenset[str]], Iterator[Seen]]


def _everywhere(look: Look) -> Callable[[Project], Iterator[Place]]:
    def check(project: Project) -> Iterator[Place]:
        for module in project.modules:
            if not module.is_test:
                for seen in look(module.source, project.names):
                    yield _place(module.path, seen)

    return check


def _place(path: str, seen: Seen) -> Place:
    node = seen.node
    verdict = Verdict.UNKNOWN if seen.undecided else Verdict.PROBLEM
    line = node.lineno if isinstance(node, ast.expr | ast.stmt) else 1
    column = node.col_offset if isinstance(node, ast.expr | ast.stmt) else 0
    return Place(path, line, seen.message, column, verdict)


RULES = (
    Rule(
        "BW401",
        "A webhook is verified",
        Severity.ERROR,
        "Everybody can send a request to an address that is public. Without a signature, whoever"
        " guesses the address may say that an order was paid.",
        "Receive it with a source of the bridge, or verify the signature of the raw body first.",
        _everywhere(endpoints.unverified),
    ),
    Rule(
        "BW402",
        "Signatures are compared in constant time",
        Severity.ERROR,
        "An operator ends at the first character that differs, and so tells a stranger by its time"
        " how much of a forged signature is right (docs.python.org/3/library/hmac.html, read"
        " 2026-11).",
        "Compare with `hmac.compare_digest`; several signatures one by one, all of them.",
        _everywhere(lambda source, _names: endpoints.unequal(source)),
    ),
    Rule(
        "BW403",
        "There is no way past the verification",
        Severity.ERROR,
        "A check that runs only when a header or a secret is there is left out by leaving out the"
        " header, or by a deployment that forgot the secret; one whose result is ignored is no"
        " check.",
        "Refuse when the header or the secret is missing, and let the result of the check decide.",
        _everywhere(endpoints.conditional),
    ),
    Rule(
        "BW404",
        "Nothing is parsed before it is verified",
        Severity.ERROR,
        "A parser works for a stranger before anybody knows whose body it is; and what is written"
        " again from what was parsed is not, byte for byte, what was signed.",
        "Read the raw bytes, verify them, and parse them then.",
        _everywhere(endpoints.parsed_early),
    ),
    Rule(
        "BW405",
        "A signed time is compared with the clock",
        Severity.WARNING,
        "A delivery that somebody recorded is genuine for ever, unless it is refused when it is"
        " old: five minutes is what providers recommend.",
        "Refuse what is older than five minutes; do not switch the tolerance of a library off.",
        _everywhere(lambda source, _names: endpoints.ageless(source)),
    ),
    Rule(
        "BW406",
        "A webhook is answered before it is worked on",
        Severity.WARNING,
        "Providers wait a few seconds and then send it again: who calls somebody else first is sent"
        " it twice, and loses it when it is stopped in between.",
        "Store it, answer, and let a worker do the rest.",
        _everywhere(endpoints.working),
    ),
)
