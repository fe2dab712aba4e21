"""Who imports whom, by which name it is ever written, and what looks like business."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.layers import decisions, imports
from bridgewright.engineer.check.rule import Verdict

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(lambda name: not _is_keyword(name))


def _is_keyword(name: str) -> bool:
    try:
        ast.parse(f"import {name}")
    except SyntaxError:
        return True
    return False


@given(parts=st.lists(NAMES, min_size=2, max_size=5), name=NAMES, level=st.integers(1, 2))
def test_a_relative_import_names_what_python_imports(
    parts: list[str], name: str, level: int
) -> None:
    module = ".".join(parts)
    tree = ast.parse(f"from {'.' * level} import {name}")
    for package in (False, True):
        kept = len(parts) - level + package
        [found] = imports.imports(tree, module, package=package)
        assert found.name == ".".join([*parts[:kept], name]).lstrip(".")


def test_what_is_only_for_type_checkers_is_not_imported() -> None:
    text = "import typing\nif typing.TYPE_CHECKING:\n    import app\nelse:\n    import other\n"
    found = imports.imports(ast.parse(text), "m", package=False)
    assert {each.name for each in found} == {"typing", "other"}


def test_a_name_that_is_made_at_run_time_is_not_decided(inspected: Inspect) -> None:
    text = "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n"
    [found] = inspected({"integrations/acme/plugins.py": text})
    assert (found.code, found.verdict) == ("BW601", Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import app.orders", "BW601"),
        ("def f():\n    from app import orders", "BW601"),
        ("import django.db", "BW601"),
        ("from ..globex import client", "BW603"),
        ("import integrations.globex.client", "BW603"),
        ("from integrations import globex", "BW603"),
        ("from . import errors", ""),
        ("from ..shared import errors", ""),
        ("import httpx2", ""),
    ],
)
def test_an_integration_imports_itself_what_all_share_and_libraries(
    inspected: Inspect, text: str, code: str
) -> None:
    files = {
        "app/orders.py": "",
        "integrations/shared.py": "",
        "integrations/globex/__init__.py": "",
        "integrations/globex/client.py": "",
        "integrations/globex/integration.toml": '[integration]\nname = "globex"\nowner = "us"\n',
        "integrations/acme/client.py": f"{text}\n",
    }
    assert [each.code for each in inspected(files, "BW601", "BW603")] == ([code] if code else [])


def test_tests_of_an_integration_may_import_what_they_like(inspected: Inspect) -> None:
    text = "import flask\n\nimport app.orders\n"
    assert inspected({"integrations/acme/tests/test_it.py": text, "app/orders.py": ""}) == ()


def test_a_package_below_src_is_known_by_the_name_it_is_imported_by(inspected: Inspect) -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/orders.py": "",
        "src/shop/integrations/globex/integration.toml": '[integration]\nname = "globex"\nowner = "us"\n',
        "src/shop/integrations/globex/client.py": "from shop.orders import Order\n",
    }
    [found] = inspected(files, "BW601")
    assert found.path == "src/shop/integrations/globex/client.py"


@pytest.mark.parametrize(
    ("body", "enough"),
    [
        ("if order.status == 'paid' and user.plan == 'gold':\n        pass", True),
        ("if order.status == 'paid':\n        pass", False),
        ("if order.note is not None:\n        pass", False),
        ("if response.status_code == 429 or response.code == 3:\n        pass", False),
        ("session.commit()", True),
        ("Order.objects.create(number=1)", True),
        ("total = order.subtotal * 119 // 100", True),
        ("order.state = 1\n    order.acme_id = 2", True),
        ("half = order.weight * 2 + order.height * 3", False),
    ],
)
def test_signs_of_business_are_counted(body: str, enough: bool) -> None:  # noqa: FBT001
    [function] = ast.parse(f"def send(client, order, user, session, response):\n    {body}\n").body
    assert isinstance(function, ast.FunctionDef)
    weight = sum(each.weight for each in decisions.signs(function))
    assert (weight >= decisions.ENOUGH) is enough
