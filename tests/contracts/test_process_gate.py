"""The gate of one process keeps the contract, and what a clock that jumps does to it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bridgewright.adapters.gates.process import ProcessGate
from bridgewright.certify.contracts.gate import Asker, GateContract, of, units
from bridgewright.core.model.sharing import US_PER_S
from bridgewright.core.policy.numbers import Quota


@dataclass
class Clock:
    """Microseconds as they are set."""

    now: int = 1_800_000_000 * US_PER_S

    def __call__(self) -> int:
        return self.now


class TestProcessGate(GateContract):
    @pytest.fixture
    def gate(self) -> ProcessGate:
        return ProcessGate()


def test_a_clock_set_back_by_a_day_keeps_nobody_waiting_for_longer_than_a_window() -> None:
    clock = Clock()
    asker = Asker(ProcessGate(clock), of(Quota(10, 1.0)))
    asker.ask(1, 10, wanted=10)
    clock.now -= 86_400 * US_PER_S
    waited = 0
    while not units(asker.ask()):
        clock.now += 100_000
        waited += 100_000
        assert waited < 4 * US_PER_S


def test_a_clock_set_back_gives_nothing_away() -> None:
    clock = Clock()
    asker = Asker(ProcessGate(clock), of(Quota(100, 1.0)))
    clock.now += 10 * US_PER_S
    given = units(asker.ask(1, 100))
    clock.now -= 5 * US_PER_S
    given += units(asker.ask(1, 100))
    assert given <= 11


def test_a_clock_set_forward_gives_one_burst_at_most() -> None:
    clock = Clock()
    asker = Asker(ProcessGate(clock), of(Quota(100, 1.0)))
    asker.ask()
    clock.now += 3_600 * US_PER_S
    assert units(asker.ask(1, 100)) <= 10


def test_a_gate_closed_before_its_clock_was_set_back_opens_within_the_hour() -> None:
    clock = Clock()
    asker = Asker(ProcessGate(clock))
    asker.shut(10 * US_PER_S)
    clock.now -= 30 * 86_400 * US_PER_S
    assert asker.ask().closed_us <= 3_600 * US_PER_S
