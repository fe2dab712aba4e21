"""Rules as JSON has them, for the command line and for other processes.

`{"kind": "close", "where": "stripe.refunds.*", "when": {"first": 1}, "phase": "after_effect"}`
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.faults.rules import Kind, Phase, Rule, When, usual_phase

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

_UNWRITTEN = {"only", "until"}
"""Functions, which JSON cannot say."""
_OPTIONAL = {"first": (int, "a whole number or null"), "retry_after": (str, "text or null")}


class UnreadableRuleError(ValueError):
    """A rule that makes no sense; its text says what there is to choose from."""


def rule_of(content: object) -> Rule:
    """The rule that a JSON object words; what it leaves out is as usual."""
    named = _known(content, Rule, "a fault")
    if "kind" not in named:
        raise UnreadableRuleError(f"a fault needs a kind, one of {', '.join(Kind)}")
    kind = _word(Kind, "kind", named.pop("kind"))
    when = When(**_fitting(_known(named.pop("when", {}), When, "when"), When))
    phase = named.pop("phase", None)
    chosen = usual_phase(kind) if phase is None else _word(Phase, "phase", phase)
    return Rule(kind, when=when, phase=chosen, **_fitting(named, Rule))


def content_of(rule: Rule) -> Content:
    """A rule as JSON, without what is as usual; what a function decides is left out."""
    content: Content = {"kind": rule.kind.value, "phase": rule.phase.value}
    when = _unusual(rule.when)
    return content | _unusual(rule) | ({"when": when} if when else {})


def _unusual(thing: Rule | When) -> Content:
    kept = {}
    for each in fields(thing):
        value = getattr(thing, each.name)
        if each.name in _UNWRITTEN | {"kind", "phase", "when"} or value == each.default:
            continue
        kept[each.name] = value
    return kept


def _known(content: object, kind: type, what: str) -> dict[str, Any]:
    names = {each.name for each in fields(kind)} - _UNWRITTEN
    if not isinstance(content, dict):
        raise UnreadableRuleError(f"{what} is a JSON object, with {', '.join(sorted(names))}")
    unknown = sorted(set(content) - names)
    if unknown:
        raise UnreadableRuleError(
            f"{what} has no {', '.join(map(repr, unknown))}; it has {', '.join(sorted(names))}"
        )
    return dict(content)


def _fitting(named: dict[str, Any], kind: type) -> dict[str, Any]:
    """The same, if each is of the type that its default has."""
    for each in fields(kind):
        if each.name not in named or each.default is MISSING:
            continue
        given, usual = named[each.name], each.default
        if each.name in _OPTIONAL:
            allowed, what = _OPTIONAL[each.name]
            fits = given is None or type(given) is allowed
        else:
            what = f"like {usual!r}"
            fits = type(given) is type(usual) or (type(usual) is float and type(given) is int)
        if not fits:
            raise UnreadableRuleError(f"{each.name} is {what}, and not {given!r}")
    for name in ("first", "every"):
        if (named.get(name) or 1) < 1 or named.get(name) == 0:
            raise UnreadableRuleError(f"{name} is 1 or more, and not {named[name]}")
    return named


def _word(words: type[Kind | Phase], name: str, given: object) -> Any:
    try:
        return words(str(given))
    except ValueError:
        raise UnreadableRuleError(
            f"{name} is one of {', '.join(words)}, and not {given!r}"
        ) from None
