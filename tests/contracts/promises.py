"""Whether a server keeps what its OpenAPI document promises, as schemathesis sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHECKS = [
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def keeps(  # noqa: PLR0913 - what is asked, each by name
    url: str,
    document: dict[str, Any],
    examples: int,
    headers: Mapping[str, str],
    before: Callable[[], object] = lambda: None,
    every: int = 1,
) -> int:
    """Ask every operation so often, or each `every`-th of them; how many were asked. Assertions tell
    which promise was broken.

    501 is no broken promise: a simulator says so where it makes nothing up.
    """
    schema: Any = schemathesis.openapi.from_dict(document)
    count = 0
    for found in list(schema.get_all_operations())[::every]:
        operation = found.ok()
        count += 1

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            before()
            response = case.call(base_url=url, headers=dict(headers))
            if response.status_code == 501:
                return
            case.validate_response(response, checks=[not_a_server_error, *CHECKS])

        ask()
    return count
