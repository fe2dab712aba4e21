"""The declared simulator agrees with a model of a shelf of parcels, whatever is asked of it in what order."""

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
    rule,
    run_state_machine_as_test,
)

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.declared.simulator import DeclaredSimulator
from tests.contracts.parcels import document
from tests.tries import tries

STATES = ("new", "sent", "delivered")
A_DAY_S = 86_400
OURS = frozenset({"id", "created_at"})
new_parcels = st.fixed_dictionaries(
    {"weight_g": st.integers(1, 9)},
    optional={"state": st.sampled_from(STATES), "to": st.none() | st.text("ab", max_size=3)},
)


class Shelf(RuleBasedStateMachine):
    """Parcels, each as the model says it must be by now."""

    parcels: Bundle[str] = Bundle("parcels")

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock(1_800_000_000.0)
        self.simulator = DeclaredSimulator(document(), self.clock)
        self.client = httpx2.Client(
            base_url=self.simulator.start(), headers={"authorization": "Bearer t"}
        )
        self.there: dict[str, dict[str, Any]] = {}
        self.keys = itertools.count(1)

    def teardown(self) -> None:
        self.client.close()
        self.simulator.close()

    def _made(self, asked: dict[str, Any], made: dict[str, Any]) -> str:
        assert {name: made[name] for name in made if name not in OURS} == {"state": "new"} | asked
        assert made["id"] not in self.there
        self.there[made["id"]] = made
        return str(made["id"])

    @rule(target=parcels, asked=new_parcels)
    def make(self, asked: dict[str, Any]) -> str:
        answer = self.client.post("/parcels", json=asked)
        assert answer.status_code == 201
        return self._made(asked, answer.json())

    @rule(target=parcels, asked=new_parcels, other=new_parcels, waits=st.booleans())
    def make_under_a_key(self, asked: dict[str, Any], other: dict[str, Any], *, waits: bool) -> str:
        key = {"idempotency-key": f"key-{next(self.keys)}"}
        first, again = (self.client.post("/parcels", json=asked, headers=key) for _ in range(2))
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        mismatch = self.client.post("/parcels", json=other, headers=key)
        assert mismatch.status_code == (first.status_code if asked == other else 422)
        made = self._made(asked, first.json())
        if waits:
            self.clock.advance(A_DAY_S)
            anew = self.client.post("/parcels", json=asked, headers=key).json()
            self._made(asked, anew)
        return made

    @rule(target=parcels, asked=new_parcels, keyed=st.booleans())
    def make_and_hear_nothing(self, asked: dict[str, Any], *, keyed: bool) -> str:
        key = {"idempotency-key": f"key-{next(self.keys)}"} if keyed else {}
        self.simulator.stand.faults.on("parcels.createParcel").first(1).lose_response()
        with pytest.raises(httpx2.RemoteProtocolError):
            self.client.post("/parcels", json=asked, headers=key)
        self.simulator.stand.faults.clear()
        again = self.client.post("/parcels", json=asked, headers=key).json()
        made = self._made(asked, again)
        if not keyed:
            held = self.simulator.state()["/parcels"]
            [lost] = set(held) - set(self.there)
            self._made(asked, self.client.get(f"/parcels/{lost}").json())
        return made

    @rule(
        asked=st.sampled_from([{}, {"weight_g": 0}, {"weight_g": 1, "x": 1}, {"weight_g": "1"}, []])
    )
    def make_nothing(self, asked: Any) -> None:
        assert self.client.post("/parcels", json=asked).status_code == 422

    @rule(parcel=parcels, state=st.sampled_from(STATES))
    def change(self, parcel: str, state: str) -> None:
        answer = self.client.patch(f"/parcels/{parcel}", json={"state": state})
        assert answer.status_code == (200 if parcel in self.there else 404)
        if parcel in self.there:
            self.there[parcel] = self.there[parcel] | {"state": state}
            assert answer.json() == self.there[parcel]

    @rule(parcel=parcels, asked=new_parcels)
    def replace(self, parcel: str, asked: dict[str, Any]) -> None:
        answer = self.client.put(f"/parcels/{parcel}", json=asked)
        assert answer.status_code == (200 if parcel in self.there else 404)
        if parcel in self.there:
            kept = {name: self.there[parcel][name] for name in OURS}
            self.there[parcel] = kept | {"state": "new"} | asked
            assert answer.json() == self.there[parcel]

    @rule(parcel=parcels)
    def take_away(self, parcel: str) -> None:
        answer = self.client.delete(f"/parcels/{parcel}")
        assert answer.status_code == (204 if parcel in self.there else 404)
        self.there.pop(parcel, None)

    @rule(parcel=parcels)
    def read(self, parcel: str) -> None:
        answer = self.client.get(f"/parcels/{parcel}")
        assert answer.status_code == (200 if parcel in self.there else 404)
        if parcel in self.there:
            assert answer.json() == self.there[parcel]

    @rule(seconds=st.integers(1, 2 * A_DAY_S))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def begin_again(self) -> None:
        self.simulator.reset()
        self.there.clear()

    def _listed(self, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.client.get("/parcels", params={"limit": 2, **filters, **cursor}).json()
            found += page["items"]
            if page["next_cursor"] is None:
                assert page["total"] == len(found)
                return found
            cursor = {"cursor": page["next_cursor"]}

    @invariant()
    def lists_hold_everything_once_in_the_order_it_was_made(self) -> None:
        assert self._listed() == sorted(self.there.values(), key=_id)
        sent = [each for each in self.there.values() if each["state"] == "sent"]
        assert self._listed(state="sent") == sorted(sent, key=_id)
        assert set(self.simulator.state().get("/parcels", {})) == set(self.there)


def _id(parcel: dict[str, Any]) -> str:
    return str(parcel["id"])


@pytest.mark.slow
def test_the_simulator_and_the_model_agree() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Shelf, settings=settings(max_examples=tries(100), deadline=None, stateful_step_count=30)
    )
