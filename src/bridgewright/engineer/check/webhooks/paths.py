"""Every way through a function, and whether a signature was verified on it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Scope, last
from bridgewright.engineer.check.webhooks import parsing
from bridgewright.engineer.check.webhooks.trust import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgewright.engineer.check.webhooks.trust import Trust

_ENDS = frozenset({"abort", "exit", "fail", "_exit"})
_ENDING = re.compile(r"_?(?:raise|abort|refuse|reject|deny|forbid|fail)(?:_|$)")
_NOTES = re.compile(r"(?:^|\.)(?:_?log(?:ger|ging)?\.\w+|print)$", re.IGNORECASE)
_MAKES_ANSWERS = re.compile(r"(?:^|\.)(?:jsonify|make_response|dict|str|\w*Response\w*)$")
_REFUSED = range(400, 600)
_REFUSES = re.compile(
    r"Forbidden|Unauthorized|BadRequest|NotAllowed|Denied|Rejected|NotFound|Error$"
)
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class At:
    """How far a way has come. `refused`: a signature was found to be wrong. `implied` are names that
    are true only if one was verified."""

    live: bool = True
    verified: bool = False
    refused: bool = False
    implied: frozenset[str] = frozenset()


DEAD = At(live=False)


@dataclass(frozen=True, slots=True)
class Ways:
    """What was seen on the ways through a function: ends that are good without a verified signature
    (`open`), and bodies that were parsed before one (`early`)."""

    trust: Trust
    answers: bool
    """Whether a false or missing result refuses, as with a function that says whether it is valid."""
    open: list[ast.AST] = field(default_factory=list)
    early: list[ast.AST] = field(default_factory=list)
    verified: list[ast.AST] = field(default_factory=list)

    def walk(self) -> Ways:
        """Go all ways through the function."""
        function = self.trust.function
        ended = self._block(function.body, At(), [])
        if ended.live and not ended.verified and not self.answers:
            self.open.append(function.body[-1])
        return self

    def _block(self, body: Sequence[ast.stmt], at: At, breaks: list[At]) -> At:
        for number, statement in enumerate(body):
            if not at.live or (at.refused and _only_answers(body[number:])):
                return replace(at, live=False)
            acted = at.refused and not _is_note(statement)
            at = self._statement(statement, at, breaks)
            at = replace(at, refused=False) if acted else at
        return at

    def _statement(self, node: ast.stmt, at: At, breaks: list[At]) -> At:
        match node:
            case ast.Return(value=value):
                self._leave(node, value, at)
                return DEAD
            case ast.Raise() | ast.Continue():
                return DEAD
            case ast.Break():
                breaks.append(at)
                return DEAD
            case ast.If(test=test, body=body, orelse=orelse):
                return self._branch(test, body, orelse, at, breaks)
        return self._compound(node, at, breaks)

    def _compound(self, node: ast.stmt, at: At, breaks: list[At]) -> At:
        match node:
            case ast.For(iter=head) | ast.AsyncFor(iter=head):
                return self._loop(node, self._effect(head, at), forever=False)
            case ast.While(test=test):
                forever = isinstance(test, ast.Constant) and bool(test.value)
                return self._loop(node, self._effect(test, at), forever=forever)
            case ast.Try() | ast.TryStar():
                return self._try(node, at, breaks)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    at = self._effect(item.context_expr, at)
                return self._block(body, at, breaks)
            case ast.Match(subject=subject, cases=cases):
                at = self._effect(subject, at)
                return _merged([at, *(self._block(case.body, at, breaks) for case in cases)])
        return self._simple(node, at)

    def _simple(self, node: ast.stmt, at: At) -> At:
        if isinstance(node, Scope):
            return at
        at = self._effect(node, at)
        match node:
            case ast.Expr(value=ast.Call(func=func)) if self._ends(func):
                return DEAD
            case ast.Assert(test=test):
                return self._split(test, at)[0]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                false = isinstance(value, ast.Constant) and not value.value
                true = self._split(value, at)[0]
                implied = at.implied - {name}
                if false or true.verified:
                    implied |= {name}
                return replace(at, implied=implied)
        return at

    def _ends(self, func: ast.expr) -> bool:
        name = last(self.trust.source.dotted(func))
        if name in _ENDS or _ENDING.match(name):
            return True
        own = self.trust.source.local(func)
        return own is not None and isinstance(own.body[-1], ast.Raise) and len(own.body) <= 2  # noqa: PLR2004

    def _branch(
        self,
        test: ast.expr,
        body: Sequence[ast.stmt],
        orelse: Sequence[ast.stmt],
        at: At,
        breaks: list[At],
    ) -> At:
        at = self._effect(test, at)
        true, false = self._split(test, at)
        if _asks_only(test):
            true = replace(true, verified=True)
        return _merged([self._block(body, true, breaks), self._block(orelse, false, breaks)])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, at: At, *, forever: bool) -> At:
        left: list[At] = []
        once = self._block(node.body, at, left)
        through = [] if forever else [self._block(node.orelse, _merged([at, once]), left)]
        return _merged([*through, *left])

    def _try(self, node: ast.Try | ast.TryStar, at: At, breaks: list[At]) -> At:
        done = self._block(node.body, at, breaks)
        done = self._block(node.orelse, done, breaks)
        caught = [self._block(each.body, at, breaks) for each in node.handlers]
        ended = _merged([done, *caught])
        after = self._block(node.finalbody, replace(ended, live=True), breaks)
        return replace(after, live=after.live and ended.live)

    def _effect(self, node: ast.AST, at: At) -> At:
        """What running an expression does: it may parse, and it may verify and raise."""
        for each in _ran(node):
            kind = self.trust.kind(each)
            if kind:
                self.verified.append(each)
            if kind is Kind.RAISES or (
                kind is Kind.EITHER and isinstance(node, ast.Expr | ast.Assign)
            ):
                at = replace(at, verified=True)
            elif not at.verified and parsing.is_parsed(self.trust.source, each):
                self.early.append(each)
        return at

    def _split(self, test: ast.expr, at: At) -> tuple[At, At]:
        """How it stands where an expression is true, and where it is false."""
        good, bad = replace(at, verified=True), replace(at, refused=True)
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                true, false = self._split(operand, at)
                return false, true
            case ast.BoolOp(op=op, values=values):
                return self._joined(op, values, at)
            case ast.Name(id=name) if name in at.implied:
                return good, bad
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self._split(value, at)
            case ast.Compare(ops=[ast.NotEq() | ast.NotIn()]) if self.trust.kind(test):
                return bad, good
        verifies = isinstance(test, ast.Call | ast.Compare) and self._any(test)
        return (good, bad) if verifies else (at, at)

    def _any(self, test: ast.expr) -> bool:
        """Whether an expression is true only if some signature is good: the comparison itself, or `any`
        of several."""
        if self.trust.kind(test) in {Kind.ANSWERS, Kind.EITHER}:
            return True
        match test:
            case ast.Call(func=ast.Name(id="any" | "bool"), args=[arguments]):
                return any(self.trust.kind(each) is Kind.ANSWERS for each in ast.walk(arguments))
        return False

    def _joined(self, op: ast.boolop, values: list[ast.expr], at: At) -> tuple[At, At]:
        parts = [self._split(value, at) for value in values]
        true = [part[0].verified for part in parts]
        false = [part[1].verified for part in parts]
        wrong = replace(at, refused=any(part[0].refused for part in parts))
        other = replace(at, refused=any(part[1].refused for part in parts))
        if isinstance(op, ast.And):
            return replace(wrong, verified=any(true)), replace(other, verified=all(false))
        return replace(wrong, verified=all(true)), replace(other, verified=any(false))

    def _leave(self, node: ast.Return, value: ast.expr | None, at: At) -> None:
        if value is not None:
            at = self._effect(value, at)
        if at.verified or self._refuses(value):
            return
        if self.answers and value is not None and self._split(value, at)[0].verified:
            return
        self.open.append(node)

    def _refuses(self, value: ast.expr | None) -> bool:
        if value is None:
            return self.answers
        if isinstance(value, ast.Constant) and not value.value:
            return self.answers
        return is_refusal(value)


def _only_answers(rest: Sequence[ast.stmt]) -> bool:
    """Whether all that follows a wrong signature is a note in a log and an answer."""
    for statement in rest:
        if isinstance(statement, ast.Return):
            calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
            return all(_MAKES_ANSWERS.search(ast.unparse(each.func)) for each in calls)
        if not _is_note(statement):
            return False
    return False


def _is_note(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func)):
            return _NOTES.search(ast.unparse(func)) is not None
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_refusal(value: ast.expr) -> bool:
    """Whether an answer to a request says no: by its status, or by the name of what makes it."""
    for node in ast.walk(value):
        match node:
            case ast.Constant(value=int() as status) if status in _REFUSED:
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name) if _REFUSES.search(name) or re.search(
                r"HTTP_[45]\d\d", name
            ):
                return True
    return False


def _ran(node: ast.AST) -> Iterable[ast.AST]:
    """The nodes of an expression, those first that run first, as far as that can be told."""
    if isinstance(node, Scope):
        return
    for child in ast.iter_child_nodes(node):
        yield from _ran(child)
    yield node


def _asks_only(test: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Constant) and each.value in _HARMLESS for each in ast.walk(test)
    )


def _merged(ways: Sequence[At]) -> At:
    live = [way for way in ways if way.live]
    if not live:
        return DEAD
    implied = frozenset.intersection(*(way.implied for way in live))
    verified, refused = (
        all(getattr(way, each) for way in live) for each in ("verified", "refused")
    )
    return At(verified=verified, refused=refused, implied=implied)
