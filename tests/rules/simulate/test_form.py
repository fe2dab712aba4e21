"""Forms unfold as Stripe reads them."""

from __future__ import annotations

import pytest

from bridgewright.simulate.form import nested


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("", {}),
        ("name=A+B&email=a%40b.c", {"name": "A B", "email": "a@b.c"}),
        ("metadata[order]=7&metadata[b]=", {"metadata": {"order": "7", "b": ""}}),
        ("created%5Bgte%5D=3", {"created": {"gte": "3"}}),
        (
            "items[0][price]=p&items[0][n]=2&items[1][price]=q",
            {"items": [{"price": "p", "n": "2"}, {"price": "q"}]},
        ),
        ("expand[]=a&expand[]=b.c", {"expand": ["a", "b.c"]}),
        ("a=1&a[b]=2", {"a": "1"}),
        ("a=1&a=2", {"a": "2"}),
    ],
)
def test_brackets_unfold_into_what_they_nest(form: str, content: object) -> None:
    assert nested(form) == content
