"""What every gate promises: one suite, run over the gate of a process and the one in Redis."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.model.sharing import US_PER_S, LeaseAsk, LeaseGrant
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.shared import AHEAD_US, LONGEST_CLOSED_US, meter

if TYPE_CHECKING:
    from bridgewright.core.model.sharing import SharedMeter
    from bridgewright.core.ports import Gate

HELD_US = 100_000
SLACK_US = 2_000_000
"""What a busy machine may take between two asks of a test that says nothing of how quick they are."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one account and scope of its own."""

    gate: Gate
    meters: tuple[SharedMeter, ...] = ()
    account: str = field(default_factory=lambda: secrets.token_hex(8))
    scope: str = "api.example.com\0"
    worker: str = "worker-1"

    def ask(
        self,
        least: int = 1,
        most: int = 1,
        *,
        wanted: int = 0,
        ahead_us: int = AHEAD_US,
        cold: bool = False,
    ) -> LeaseGrant:
        """Ask for units: `least` or nothing, at most `most`."""
        asked = LeaseAsk(
            self.account,
            self.scope,
            self.worker,
            self.meters,
            least,
            max(wanted, least),
            max(most, least),
            ahead_us,
            cold,
        )
        return self.gate.lease(asked)

    def shut(self, for_us: int) -> None:
        """Close the scope for so many microseconds."""
        self.gate.shut(self.account, self.scope, for_us)


def units(given_: LeaseGrant) -> int:
    """How many units were leased."""
    return sum(count for count, _ in given_.runs)


def of(*quotas: Quota) -> tuple[SharedMeter, ...]:
    """Meters of these quotas."""
    return tuple(meter(quota, "", number, HELD_US) for number, quota in enumerate(quotas))


HOURLY = Quota(60, 3_600.0)
"""A unit a minute: nothing comes in while a test runs."""


class GateContract:
    """A class that inherits this gives a fixture `gate`."""

    def test_the_first_unit_of_a_new_meter_comes_at_once_and_no_burst_with_it(
        self, gate: Gate
    ) -> None:
        given_ = Asker(gate, of(HOURLY)).ask(1, 50)
        assert given_.runs == ((1, 0),)

    def test_what_does_not_fit_is_told_with_when_it_would(self, gate: Gate) -> None:
        asker = Asker(gate, of(HOURLY))
        asker.ask()
        refused = asker.ask()
        assert refused.runs == ()
        interval = asker.meters[0].interval_us
        assert interval - SLACK_US <= refused.due_us <= interval

    def test_what_was_refused_costs_nothing(self, gate: Gate) -> None:
        asker = Asker(gate, of(HOURLY))
        asker.ask()
        first = asker.ask(3, 3).due_us
        second = asker.ask(3, 3).due_us
        assert second <= first

    def test_places_are_booked_ahead_as_far_as_was_asked(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(10, 1.0)))
        runs = asker.ask(1, 100, wanted=100).runs
        interval = asker.meters[0].interval_us
        offsets = [offset for count, offset in runs for _ in range(count)]
        assert offsets == [number * interval for number in range(len(offsets))]
        assert AHEAD_US - interval < offsets[-1] <= AHEAD_US

    def test_what_is_only_spare_is_given_when_it_is_there_now(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(10, 1.0)))
        assert units(asker.ask(1, 100)) == 1
        runs = asker.ask(1, 100).runs
        assert len({offset for _, offset in runs}) == 1

    def test_two_processes_share_one_meter(self, gate: Gate) -> None:
        one = Asker(gate, of(HOURLY))
        other = Asker(gate, one.meters, one.account, worker="worker-2")
        assert units(one.ask()) == 1
        assert units(other.ask()) == 0

    def test_two_accounts_share_nothing(self, gate: Gate) -> None:
        one, other = Asker(gate, of(HOURLY)), Asker(gate, of(HOURLY))
        one.ask()
        assert units(other.ask()) == 1

    def test_several_meters_are_taken_together_or_not_at_all(self, gate: Gate) -> None:
        quick, slow = of(Quota(1_000, 1.0), HOURLY)
        account = secrets.token_hex(8)
        both = Asker(gate, (quick, slow), account)
        assert units(both.ask()) == 1
        assert units(both.ask(500, 500)) == 0
        # Had the quick one been charged, it would say when its half a second is over.
        ((count, offset),) = Asker(gate, (quick,), account).ask().runs
        assert count == 1
        assert offset <= quick.interval_us

    def test_a_request_worth_more_than_the_limit_is_worth_the_limit(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(4, 1.0)))
        given_ = asker.ask(1_000, 1_000)
        assert given_.runs or given_.due_us < 2 * US_PER_S

    def test_a_first_request_of_many_units_comes_in_the_end(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(4, 0.4)))
        deadline = time.monotonic() + 10
        while not asker.ask(4, 4, ahead_us=0).runs:
            assert time.monotonic() < deadline

    def test_without_a_meter_everything_is_given(self, gate: Gate) -> None:
        assert units(Asker(gate).ask(1, 1_000_000)) == 1_000_000

    def test_a_closed_scope_gives_nothing_and_says_for_how_long(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(100)))
        asker.shut(5 * US_PER_S)
        refused = asker.ask()
        assert refused.runs == ()
        assert 5 * US_PER_S - SLACK_US <= refused.closed_us <= 5 * US_PER_S

    def test_other_scopes_of_the_account_stay_open(self, gate: Gate) -> None:
        asker = Asker(gate)
        asker.shut(5 * US_PER_S)
        assert units(Asker(gate, account=asker.account, scope="other").ask()) == 1
        assert units(Asker(gate).ask()) == 1

    def test_a_shorter_pushback_does_not_open_what_a_longer_one_closed(self, gate: Gate) -> None:
        asker = Asker(gate)
        asker.shut(60 * US_PER_S)
        asker.shut(1 * US_PER_S)
        assert asker.ask().closed_us > 50 * US_PER_S

    @pytest.mark.parametrize("nothing", [0, -5])
    def test_a_pushback_of_no_time_closes_nothing(self, gate: Gate, nothing: int) -> None:
        asker = Asker(gate)
        asker.shut(nothing)
        assert asker.ask().closed_us == 0

    def test_nobody_is_kept_away_for_longer_than_an_hour(self, gate: Gate) -> None:
        asker = Asker(gate)
        asker.shut(100 * LONGEST_CLOSED_US)
        assert asker.ask().closed_us <= LONGEST_CLOSED_US

    def test_a_scope_opens_by_itself(self, gate: Gate) -> None:
        asker = Asker(gate)
        asker.shut(30_000)
        deadline = time.monotonic() + 10
        while asker.ask().closed_us:
            assert time.monotonic() < deadline

    def test_a_cold_process_is_given_no_burst(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(1_000, 1.0)))
        _until_burst(asker)
        assert units(asker.ask(1, 100, cold=True)) < 20

    def test_it_counts_the_processes_that_ask(self, gate: Gate) -> None:
        one = Asker(gate)
        for number in range(3):
            other = Asker(gate, account=one.account, worker=f"worker-{number}")
            assert other.ask().workers == number + 1
        assert one.ask().workers == 3

    def test_all_who_were_cut_off_go_back_at_the_same_instant(self, gate: Gate) -> None:
        first = gate.rejoin(5 * US_PER_S)
        second = gate.rejoin(5 * US_PER_S)
        assert first == 5 * US_PER_S
        assert first - SLACK_US <= second <= first

    def test_threads_together_get_what_one_alone_would(self, gate: Gate) -> None:
        asker = Asker(gate, of(Quota(100, 1.0)))
        began = time.monotonic_ns()
        got: list[int] = []

        def take() -> None:
            while time.monotonic_ns() - began < 700_000_000:
                given_ = asker.ask(1, 5)
                got.append(sum(count for count, offset in given_.runs))

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed_us = (time.monotonic_ns() - began) // 1_000
        each = asker.meters[0]
        # Booked at most so far ahead, and never quicker than the interval.
        most = (elapsed_us + AHEAD_US + each.tolerance_us) // each.interval_us + 2
        assert 20 < sum(got) <= most


def _until_burst(asker: Asker) -> None:
    """Wait until there is a burst to be had."""
    each = asker.meters[0]
    ready = time.monotonic_ns() + (each.tolerance_us + each.interval_us) * 1_000
    asker.ask()
    while time.monotonic_ns() < ready:
        pass
