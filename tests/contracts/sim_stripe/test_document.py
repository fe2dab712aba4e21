"""The simulated Stripe keeps to the OpenAPI document that it gives of itself."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stripe.simulator import ROUTES, StripeSimulator
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = {"Authorization": "Bearer sk_test_document"}
NOT_STRIPES = set(
    "api_key content_type expand headers idempotency_key max_network_retries stripe_account"
    " stripe_context stripe_version".split()
)
"""What the SDK's types of parameters hold beside parameters."""
CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]
PREFIXES = {
    "charges": "ch_",
    "checkout": "cs_",
    "customers": "cus_",
    "disputes": "du_",
    "invoice_items": "ii_",
    "invoices": "in_",
    "payment_intents": "pi_",
    "payment_methods": "pm_",
    "prices": "price_",
    "products": "prod_",
    "refunds": "re_",
    "subscriptions": "sub_",
}
OPERATIONS = sorted({route.operation.partition(".")[0] for route in ROUTES.all})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with StripeSimulator(VirtualClock(1_800_000_000.0)) as simulator:
        url = simulator.start()
        for event_type in simulator.triggers:
            simulator.trigger(event_type, {})
        yield url


def _ids(url: str) -> list[str]:
    [account] = httpx2.get(f"{url}/_sim/state").json().values()
    return sorted(account)


def held(url: str, group: str, whole: int) -> None:
    """Ask each operation of a group for all sorts of things, of objects that exist too."""
    schema = schemathesis.openapi.from_url(f"{url}/_sim/openapi.json")
    ids = _ids(url)
    for result in schema.get_all_operations():
        operation = result.ok()
        if not f"{operation.definition.raw['operationId']}.".startswith(f"{group}."):
            continue

        @settings(max_examples=tries(whole), deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), number=_numbers(len(ids)))
        def asked(case: Any, number: int) -> None:
            prefix = PREFIXES.get(group.partition(".")[0], "")
            if case.path_parameters and number % 4:
                near = [each for each in ids if each.startswith(prefix)]
                case.path_parameters = {"id": near[number % len(near)]}
            response = case.call(headers=KEY)
            case.validate_response(
                response, checks=[*CHECKS, *([not_a_server_error] if _is_ours(response) else [])]
            )

        asked()


def _numbers(most: int) -> Any:
    from hypothesis import strategies as st  # noqa: PLC0415

    return st.integers(0, most - 1)


def _is_ours(response: Any) -> bool:
    return bool(response.status_code != 501)


@pytest.mark.slow
@pytest.mark.parametrize("group", ["refunds.create", "customers.update"])
def test_what_the_document_says_of_the_commonest_operations_is_so(url: str, group: str) -> None:
    held(url, group, 100)


@pytest.mark.slow
@pytest.mark.parametrize("group", OPERATIONS)
def test_what_the_document_says_is_so(url: str, group: str) -> None:
    held(url, group, 50)


def _stripes_own(operation: str) -> set[str] | None:
    """The parameters that the official SDK has for an operation; None where it has no such type."""
    *resources, verb = operation.removeprefix("checkout.").split(".")
    if operation.endswith("sessions.line_items.list"):
        resources, verb = ["sessions"], "list_line_items"
    name = "_".join([*(each.removesuffix("s") for each in resources), verb])
    room = "stripe.params.checkout" if operation.startswith("checkout.") else "stripe.params"
    try:
        module = importlib.import_module(f"{room}._{name}_params")
    except ImportError:
        return None
    typed = getattr(module, name.title().replace("_", "") + "Params")
    return set(typed.__annotations__) - NOT_STRIPES


@pytest.mark.parametrize("route", ROUTES.all, ids=lambda route: route.operation)
def test_no_parameter_of_the_official_sdk_is_called_unknown(route: Any) -> None:
    theirs = _stripes_own(route.operation)
    if theirs is None:
        assert route.operation == "invoices.upcoming"
    elif 200 in route.shape.gives:
        assert theirs <= set(route.handler.takes) | set(route.handler.known)
