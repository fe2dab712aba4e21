"""The rules of a head in OpenCode's order, and the last that matches."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.permissions.matching import action, deciding, matches, offered
from bridgewright.engineer.permissions.words import Action, Rule
from tests.engineer.permissions.agents import AROUND, GUARDED, PERMISSIVE, rules_of

letters = st.text("ab*?\\/ .\n", max_size=6)
actions = st.sampled_from(Action)


def plainly(text: str, pattern: str) -> bool:
    """The wildcard by its definition, one character after the other."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(plainly(text[at:], pattern[1:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and plainly(text[1:], pattern[1:])


def slowly(text: str, pattern: str) -> bool:
    """The same, with a last ` *` that may be missing."""
    return plainly(text, pattern) or (pattern.endswith(" *") and plainly(text, pattern[:-2]))


@given(letters, letters)
@example("git", "git *")
@example("git push", "git *")
@example("a\nb", "a*")
@example("a\\b", "a/b")
def test_a_wildcard_is_what_its_definition_says(text: str, pattern: str) -> None:
    plain = (text.replace("\\", "/"), pattern.replace("\\", "/"))
    assert matches(text, pattern) == slowly(*plain)


@given(st.lists(st.tuples(st.sampled_from(("*", "bash", "re*")), letters, actions)), letters)
def test_the_last_rule_that_matches_counts_and_without_one_it_is_asked(
    told: list[tuple[str, str, Action]], text: str
) -> None:
    rules = [Rule(*each) for each in told]
    fitting = [
        rule for rule in rules if matches("bash", rule.permission) and matches(text, rule.pattern)
    ]
    assert deciding(rules, "bash", text) == (fitting[-1] if fitting else None)
    assert action(rules, "bash", text) is (fitting[-1].action if fitting else Action.ASK)


def test_old_tools_come_first_and_a_key_that_both_have_keeps_its_place() -> None:
    own = [str(rule) for rule in rules_of(PERMISSIVE) if rule.origin == "definition"]
    assert own == [
        "edit * allow",
        "bash git * allow",
        "bash * allow",
        "read * allow",
        "grep_search * allow",
    ]


def test_keys_that_are_numbers_come_first_and_home_is_filled_in() -> None:
    head = (
        'permission:\n  bash:\n    "*": ask\n    "10": deny\n    "2": allow\n    "01": allow\n'
        '    "~/x": allow\n    "$HOME/y": deny\n    "a~": deny\n'
    )
    own = [str(rule) for rule in rules_of(head) if rule.origin == "definition"]
    assert own == [
        "bash 2 allow",
        "bash 10 deny",
        "bash * ask",
        "bash 01 allow",
        f"bash {AROUND.home}/x allow",
        f"bash {AROUND.home}/y deny",
        "bash a~ deny",
    ]


def test_the_project_s_rules_stand_between_opencode_s_and_the_definition_s() -> None:
    rules = rules_of(GUARDED, {"bash": {"*": "ask"}, "external_directory": "deny"})
    *first, last = (rule.origin for rule in rules)
    assert first == sorted(first, key=["default", "project", "definition"].index)
    assert last == "default"
    assert action(rules, "external_directory", "/etc/*") is Action.DENY


def test_a_tool_is_hidden_only_by_a_last_rule_that_denies_everything() -> None:
    assert offered(rules_of(GUARDED), "bash")
    hidden = rules_of('permission:\n  bash:\n    "git *": allow\n    "*": deny\n')
    assert not offered(hidden, "bash")
    assert not offered(rules_of("permission:\n  edit: deny\n"), "write")


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("permission:\n  bash: alow\n", "says 'alow' to bash, which is no action"),
        ("permission:\n  - bash\n", "has a `permission` that is no mapping"),
        ('permission:\n  webfetch:\n    "*": deny\n', "says patterns to webfetch"),
        ("tools:\n  bash: 1\n", "says 1 of the tool bash"),
        ("tools: all\n", "has `tools` that are no mapping"),
        ("permission:\n  bash:\n    a: 1\n", "says 1 to bash, which is no action"),
    ],
)
def test_what_is_no_rule_is_refused(head: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=r"agent\.md") as refused:
        rules_of(head)
    assert why in str(refused.value)
