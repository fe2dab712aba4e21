"""The simulated Stripe agrees with a model of a shop's money, whatever is asked of it in what order."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.tries import tries

CARDS = {
    "pm_card_visa": "succeeded",
    "pm_card_chargeDeclined": "requires_payment_method",
    "pm_card_authenticationRequired": "requires_action",
}
HELD_S = 7 * 86_400


class Shop(RuleBasedStateMachine):
    """Customers, payments and refunds, each as the model says they must be by now."""

    customers: Bundle[str] = Bundle("customers")
    payments: Bundle[str] = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock(1_800_000_000.0)
        self.simulator = StripeSimulator(self.clock)
        self.client = httpx2.Client(
            base_url=self.simulator.start(), headers={"Authorization": "Bearer sk_test_model"}
        )
        self.names: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.paid: dict[str, int] = {}
        self.refunded: dict[str, int] = {}
        self.held_until: dict[str, float] = {}
        self.keys = itertools.count(1)

    def teardown(self) -> None:
        self.client.close()
        self.simulator.close()

    def post(self, path: str, key: str | None = None, **form: Any) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.client.post(f"/v1/{path}", data=form, headers=headers)
        return answer.status_code, answer.json()

    @rule(target=customers, name=st.text("abc", min_size=1, max_size=4), again=st.booleans())
    def make_customer(self, name: str, *, again: bool) -> str:
        key = f"customer-{next(self.keys)}"
        answers = [self.post("customers", key, name=name) for _ in range(1 + again)]
        assert answers[0] == answers[-1]
        made: str = answers[0][1]["id"]
        self.names[made] = name
        return made

    @rule(customer=customers, name=st.text("abc", min_size=1, max_size=4))
    def rename_customer(self, customer: str, name: str) -> None:
        status, _ = self.post(f"customers/{customer}", name=name)
        assert status == (200 if customer in self.names else 404)
        if status == 200:
            self.names[customer] = name

    @rule(customer=customers)
    def delete_customer(self, customer: str) -> None:
        answer = self.client.delete(f"/v1/customers/{customer}")
        known = self.names.pop(customer, None) is not None
        assert answer.status_code == (200 if known else 404)

    @rule(
        target=payments,
        amount=st.integers(50, 5_000),
        card=st.sampled_from(sorted(CARDS)),
        held=st.booleans(),
        again=st.booleans(),
    )
    def pay(self, amount: int, card: str, *, held: bool, again: bool) -> Any:
        form = {"amount": amount, "currency": "eur", "confirm": "true", "payment_method": card}
        form["capture_method"] = "manual" if held else "automatic"
        key = f"payment-{next(self.keys)}"
        answers = [self.post("payment_intents", key, **form) for _ in range(1 + again)]
        assert answers[0] == answers[-1]
        status, content = answers[0]
        payment = content["error"]["payment_intent"] if status == 402 else content
        state = CARDS[card]
        assert status == (402 if state == "requires_payment_method" else 200)
        self._is(payment["id"], "requires_capture" if state == "succeeded" and held else state)
        if self.states[payment["id"]] == "succeeded":
            self.paid[payment["id"]] = amount
        return multiple(payment["id"])

    def _is(self, payment: str, state: str) -> None:
        self.states[payment] = state
        if state == "requires_capture":
            self.held_until[payment] = self.clock.now() + HELD_S

    @rule(payment=payments, amount=st.integers(1, 5_000))
    def capture(self, payment: str, amount: int) -> None:
        asked = self.client.get(f"/v1/payment_intents/{payment}").json()["amount"]
        status, _ = self.post(f"payment_intents/{payment}/capture", amount_to_capture=amount)
        held = self.states[payment] == "requires_capture"
        assert status == (200 if held and amount <= asked else 400)
        if status == 200:
            self.states[payment] = "succeeded"
            self.paid[payment] = amount

    @rule(payment=payments)
    def answer_bank(self, payment: str) -> None:
        if self.states[payment] != "requires_action":
            with pytest.raises(ValueError, match="not possible"):
                self.simulator.authenticate(payment)
            return
        made = self.simulator.authenticate(payment)
        self._is(payment, made["status"])
        if made["status"] == "succeeded":
            self.paid[payment] = made["amount"]
        else:
            assert made["capture_method"] == "manual"

    @rule(payment=payments)
    def cancel(self, payment: str) -> None:
        status, _ = self.post(f"payment_intents/{payment}/cancel")
        over = self.states[payment] in ("succeeded", "canceled")
        assert status == (400 if over else 200)
        if not over:
            self.states[payment] = "canceled"

    @rule(payment=payments, amount=st.integers(1, 5_000))
    def refund(self, payment: str, amount: int) -> None:
        status, _ = self.post("refunds", payment_intent=payment, amount=amount)
        left = self.paid.get(payment, 0) - self.refunded.get(payment, 0)
        assert status == (200 if amount <= left else 400)
        if status == 200:
            self.refunded[payment] = self.refunded.get(payment, 0) + amount

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.clock.advance(days * 86_400)
        for payment, until_s in self.held_until.items():
            if self.states[payment] == "requires_capture" and until_s <= self.clock.now():
                self.states[payment] = "canceled"

    def everything(self, path: str, limit: int) -> list[Any]:
        found: list[Any] = []
        more = True
        while more:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = self.client.get(f"/v1/{path}", params={"limit": limit, **after}).json()
            found += page["data"]
            more = page["has_more"]
        return found

    @invariant()
    def lists_hold_everything_once(self) -> None:
        seen = self.everything("customers", 3)
        assert {each["id"]: each["name"] for each in seen} == self.names
        assert len(seen) == len(self.names)
        assert {each["id"]: each["status"] for each in self.everything("payment_intents", 2)} == (
            self.states
        )

    @invariant()
    def money_adds_up(self) -> None:
        charges = self.simulator.charges()
        assert sum(each["amount_captured"] for each in charges) == sum(self.paid.values())
        refunds = self.everything("refunds", 100)
        assert sum(each["amount"] for each in refunds) == sum(self.refunded.values())


@pytest.mark.slow
def test_the_simulator_and_the_model_agree() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Shop, settings=settings(max_examples=tries(100), deadline=None, stateful_step_count=30)
    )
