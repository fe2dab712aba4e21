"""The code of this repository keeps the rules, and each rule is seen to object to a bad tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import docstrings, purity, shapes, sizes, tests_of, tree, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Check = Callable[[Path], Iterator[tree.Finding]]
    Plant = Callable[[str, str], Path]

RULES = {
    sizes.oversized: sizes.RULES,
    words.empty_names: words.RULES,
    purity.impure: purity.RULES,
    shapes.misshapen: shapes.RULES,
    docstrings.undescribed: docstrings.RULES,
}
FUTURE = "from __future__ import annotations\n"


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
def test_our_own_code_keeps_the_rule(check: Check) -> None:
    assert tree.settled(check(tree.ROOT), tree.exceptions(), *RULES[check]) == []


def test_a_module_of_401_lines_is_too_long_and_one_of_400_is_not(plant: Plant) -> None:
    plant("long.py", "x = 1\n" * 401)
    root = plant("short.py", "x = 1\n" * 400)
    assert places(sizes.oversized, root) == [("module-size", "src/bridgewright/long.py")]


def test_a_function_of_61_lines_is_too_long_and_its_docstring_does_not_count(plant: Plant) -> None:
    plant("long.py", "def f():\n" + "    x = 1\n" * 60)
    docstring = '    """' + "x\n" * 20 + '    """\n'
    root = plant("short.py", "def g():\n" + docstring + "    x = 1\n" * 59 + SHORT * 30)
    assert places(sizes.oversized, root) == [("function-size", "src/bridgewright/long.py:f")]


def test_a_method_is_measured_as_well(plant: Plant) -> None:
    method = "class C:\n    def f(self):\n" + "        x = 1\n" * 60
    root = plant("long.py", method + SHORT * 30)
    assert places(sizes.oversized, root) == [("function-size", "src/bridgewright/long.py:C.f")]


def test_too_many_functions_over_25_lines_are_seen(plant: Plant) -> None:
    longish = "def f():\n" + "    x = 1\n" * 30
    root = plant("all.py", longish + SHORT * 9)
    assert places(sizes.oversized, root) == []
    root = plant("all.py", longish + SHORT * 8)
    assert places(sizes.oversized, root) == [("ordinary-size", "the whole tree")]


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("utils.py", "", "utils.py"),
        ("x.py", "class RetryManager: ...\n", "x.py:RetryManager"),
        ("x.py", "class C:\n    def load_data(self): ...\n", "x.py:C.load_data"),
        ("x.py", "def http_helper(): ...\n", "x.py:http_helper"),
        ("common/x.py", "", "common"),
    ],
)
def test_a_word_that_says_nothing_is_seen(plant: Plant, path: str, text: str, place: str) -> None:
    assert places(words.empty_names, plant(path, text)) == [("word", f"src/bridgewright/{place}")]


def test_a_word_within_another_word_is_let_be(plant: Plant) -> None:
    root = plant("database.py", "def contextmanager(): ...\nclass Metadata: ...\n")
    assert places(words.empty_names, root) == []


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("core/x.py", "import time\n", "time"),
        ("core/x.py", "def f():\n    import random\n", "random"),
        ("core/model/x.py", "from os import environ\n", "os"),
        ("core/x.py", "from datetime import datetime\nx = datetime.now()\n", "now"),
        ("core/x.py", "import httpx2\n", "httpx2"),
        ("core/signing/x.py", "import cryptography\n", "cryptography"),
        ("engine/receive.py", "import asyncio\n", "asyncio"),
        ("engine/receive.py", "print('here')\n", "print"),
        ("connectors/stripe/webhook.py", "import uuid\n", "uuid"),
    ],
)
def test_a_rule_that_touches_the_world_is_seen(
    plant: Plant, path: str, text: str, name: str
) -> None:
    expected = [("purity", f"src/bridgewright/{path}:{name}")]
    assert places(purity.impure, plant(path, text)) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engine/drive/x.py", "import time\n"),
        ("adapters/x.py", "import threading\n"),
        ("connectors/stripe/client.py", "import stripe\n"),
        ("core/signing/ed25519.py", "import cryptography\n"),
        ("core/x.py", "import json\nfrom datetime import datetime\n"),
    ],
)
def test_a_door_to_the_world_is_let_be(plant: Plant, path: str, text: str) -> None:
    assert places(purity.impure, plant(path, text)) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("@dataclass\nclass C: ...\n", "thawed"),
        ("@dataclass(frozen=True)\nclass C: ...\n", "thawed"),
        ("@dataclasses.dataclass(slots=True)\nclass C: ...\n", "thawed"),
        ("class C(Store): ...\n", "inheritance"),
        ("class C(click.Group): ...\n", "inheritance"),
    ],
)
def test_a_misshapen_class_is_seen(plant: Plant, text: str, rule: str) -> None:
    assert places(shapes.misshapen, plant("x.py", FUTURE + text)) == [
        (rule, "src/bridgewright/x.py:C")
    ]


def test_a_module_without_modern_annotations_is_seen(plant: Plant) -> None:
    root = plant("x.py", "def f(): ...\n")
    assert places(shapes.misshapen, root) == [("annotations", "src/bridgewright/x.py")]


def test_well_shaped_classes_are_let_be(plant: Plant) -> None:
    value = "@dataclass(frozen=True, slots=True)\nclass V(Effect[int]): ...\n"
    root = plant("x.py", FUTURE + value + "class E(StoreError): ...\nclass P(Protocol[T]): ...\n")
    assert places(shapes.misshapen, root) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("def f(): ...\n", "f"),
        ("class C:\n    'Something of its own.'\n    def f(self): ...\n", "C.f"),
        ("class C: ...\n", "C"),
    ],
)
def test_a_public_name_without_a_docstring_is_seen(plant: Plant, text: str, place: str) -> None:
    expected = [("described", f"src/bridgewright/x.py:{place}")]
    assert places(docstrings.undescribed, plant("x.py", text)) == expected


def test_what_no_user_meets_needs_no_docstring(plant: Plant) -> None:
    inner = "def f():\n    'Something of its own.'\n    def g(): ...\n"
    protocol = "class P(Protocol):\n    'Something of its own.'\n    def g(self): ...\n"
    root = plant("x.py", inner + protocol + "def _g(): ...\nclass _C:\n    def g(self): ...\n")
    assert places(docstrings.undescribed, root) == []


def test_a_docstring_that_repeats_the_name_is_seen(plant: Plant) -> None:
    root = plant("x.py", 'def dead_letter():\n    """Returns the dead letters."""\n')
    assert places(docstrings.undescribed, root) == [("echo", "src/bridgewright/x.py:dead_letter")]


def test_an_exception_excuses_one_finding_and_fails_when_nothing_needs_it(plant: Plant) -> None:
    findings = list(sizes.oversized(plant("long.py", "x = 1\n" * 401)))
    key = ("module-size", "src/bridgewright/long.py")
    why = "a table that only grows"
    assert tree.settled(findings, {}, *sizes.RULES) == [str(findings[0])]
    assert tree.settled(findings, {key: why}, *sizes.RULES) == []
    assert tree.settled([], {key: why}, *sizes.RULES) != []
    assert tree.settled(findings, {key: "because"}, *sizes.RULES) != []
    assert tree.settled([], {key: why}, *words.RULES) == []


def test_an_exception_is_from_a_rule_that_exists() -> None:
    rules = {rule for group in RULES.values() for rule in group} | set(tests_of.RULES)
    assert {rule for rule, _ in tree.exceptions()} <= rules


def places(check: Check, root: Path) -> list[tuple[str, str]]:
    return [(found.rule, found.place) for found in check(root)]


SHORT = "def s():\n    x = 1\n"
