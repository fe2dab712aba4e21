"""The gate in Redis keeps the contract, leaves nothing behind, and shows no names."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.adapters.gates.redis import RedisGate, arguments_of, script
from bridgewright.certify.contracts.gate import Asker, GateContract, of, units
from bridgewright.core.errors import ConfigurationError, GateUnavailable
from bridgewright.core.model.secret import Secret
from bridgewright.core.model.sharing import US_PER_S, LeaseAsk
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.shared import AHEAD_US, grant
from tests.redis_server import RedisServer, serving
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_US = 3_600 * US_PER_S


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    yield from serving(tmp_path_factory.mktemp("redis"))


@pytest.fixture
def gate(server: RedisServer) -> Iterator[RedisGate]:
    made = RedisGate(server.url, timeout_s=2.0, prefix=f"test:{secrets.token_hex(4)}")
    yield made
    made.close()


class TestRedisGate(GateContract):
    pass


@settings(max_examples=tries(60), deadline=None)
@given(
    limits=st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=3),
    window_s=st.sampled_from([0.5, 1.0, 10.0, 3_600.0]),
    asks=st.lists(
        st.tuples(
            st.integers(-4_000_000, 20_000_000),
            st.sampled_from([1, 1, 2, 7, 400]),
            st.integers(0, 12),
            st.integers(0, 12),
            st.booleans(),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_the_script_decides_as_the_rule_does_whatever_the_clock_does(
    server: RedisServer,
    limits: list[tuple[int, bool]],
    window_s: float,
    asks: list[tuple[int, int, int, int, bool]],
) -> None:
    """The script with its clock written into it, and the rule, over the same asks."""
    quotas = [Quota(limit, window_s, safe=safe) for limit, safe in limits]
    text, name = script("lease"), secrets.token_hex(8)
    keys = [f"{{{name}}}:{which}" for which in ("gate", "meters", "workers")]
    now = 1_800_000_000 * US_PER_S
    stand: dict[str, int] = {}
    with server.client() as client:
        for passed, least, more, spare, cold in asks:
            now += passed
            ask = LeaseAsk(
                name,
                "",
                "w",
                of(*quotas),
                least,
                least + more,
                least + more + spare,
                AHEAD_US,
                cold,
            )
            clock = f"{{'{now // US_PER_S}', '{now % US_PER_S}'}}"
            came = client.eval(
                text.replace("redis.call('TIME')", clock), len(keys), *keys, *arguments_of(ask)
            )
            meant, moved = grant(stand, ask, now, 1)
            stand.update(moved)
            runs = tuple(zip(came[3::2], came[4::2], strict=True))
            assert (runs, came[1]) == (meant.runs, meant.due_us)
        assert {key.decode(): int(tick) for key, tick in client.hgetall(keys[1]).items()} == stand


def test_every_key_expires_and_carries_one_hash_tag(server: RedisServer) -> None:
    gate = RedisGate(server.url, timeout_s=2.0, prefix="tags")
    asker = Asker(gate, of(Quota(100), Quota(10_000, 3_600.0)))
    asker.ask()
    asker.shut(US_PER_S)
    with server.client() as client:
        keys = [key.decode() for key in client.scan_iter("tags:*")]
        assert len(keys) == 3
        assert all(client.pttl(key) > 0 for key in keys)
    assert len({key[key.index("{") : key.index("}") + 1] for key in keys}) == 1
    gate.close()


def test_names_of_accounts_do_not_stand_in_keys_or_values(server: RedisServer) -> None:
    gate = RedisGate(server.url, timeout_s=2.0, prefix="names")
    asker = Asker(gate, of(Quota(100)), account="acct_of_a_customer", scope="api.secret.example\0")
    asker.ask()
    asker.shut(US_PER_S)
    with server.client() as client:
        dumped = b"".join(key + (client.dump(key) or b"") for key in client.scan_iter("names:*"))
    assert dumped
    assert b"acct_of_a_customer" not in dumped
    assert b"secret" not in dumped
    gate.close()


@pytest.mark.slow
@pytest.mark.parametrize("by_us", [-HOUR_US, HOUR_US])
def test_a_server_clock_that_jumps_neither_blocks_nor_gives_more_than_a_burst(
    server: RedisServer, by_us: int
) -> None:
    """Ticks that are moved the other way are what a clock that jumps leaves."""
    gate = RedisGate(server.url, timeout_s=2.0, prefix=f"jump{by_us}")
    asker = Asker(gate, of(Quota(100, 1.0)))
    asker.ask(1, 10, wanted=10)
    with server.client() as client:
        (key,) = client.scan_iter(f"jump{by_us}:*:meters")
        for name, tick in client.hgetall(key).items():
            client.hset(key, name, int(tick) - by_us)
    assert units(asker.ask(1, 100)) <= 10
    deadline = time.monotonic() + 5
    while not asker.ask().runs:
        assert time.monotonic() < deadline
    gate.close()


def test_a_flushed_server_begins_anew_without_a_burst(server: RedisServer) -> None:
    gate = RedisGate(server.url, timeout_s=2.0, prefix="flush")
    asker = Asker(gate, of(Quota(100, 1.0)))
    asker.ask()
    with server.client() as client:
        client.flushall()
        client.script_flush()
    assert units(asker.ask(1, 100)) == 1
    gate.close()


def test_a_server_that_does_not_answer_is_given_up_within_the_timeout(server: RedisServer) -> None:
    gate = RedisGate(server.url, timeout_s=0.05, prefix="frozen")
    asker = Asker(gate)
    asker.ask()
    server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(GateUnavailable):
            asker.ask()
        assert time.monotonic() - began < 1
    finally:
        server.thaw()
    gate.close()


def test_nobody_there_is_told_without_the_address() -> None:
    gate = RedisGate(Secret("redis://:hunter2@127.0.0.1:1/0"), timeout_s=0.2)
    with pytest.raises(GateUnavailable) as caught:
        Asker(gate).ask()
    told = f"{caught.value}{caught.value.__cause__}{gate!r}"
    assert "hunter2" not in told
    assert "127.0.0.1" not in told


def test_a_key_of_another_kind_is_an_outage_and_no_crash(server: RedisServer) -> None:
    gate = RedisGate(server.url, timeout_s=2.0, prefix="kinds")
    asker = Asker(gate, of(Quota(100)))
    asker.ask()
    with server.client() as client:
        (key,) = client.scan_iter("kinds:*:meters")
        client.delete(key)
        client.set(key, "something else")
    with pytest.raises(GateUnavailable):
        asker.ask()
    gate.close()


@pytest.mark.parametrize("url", ["", "localhost", "http://127.0.0.1", "redis://host:port"])
def test_what_is_no_url_of_redis_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[gates\] redis"):
        RedisGate(Secret(url))


@pytest.mark.slow
def test_its_condition_says_what_the_server_does_when_its_memory_is_full(
    server: RedisServer,
) -> None:
    gate = RedisGate(server.url, timeout_s=2.0)
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        assert not gate.condition().forgets
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert gate.condition().forgets
        client.config_set("maxmemory-policy", "noeviction")
    assert gate.condition().latency_s > 0
    gate.close()


@pytest.mark.slow
def test_a_cluster_keeps_an_account_in_one_slot(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    for server in serving(tmp_path_factory.mktemp("cluster"), "--cluster-enabled", "yes"):
        with server.client() as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                pass
        url = Secret(server.url.reveal().replace("redis://", "redis+cluster://"))
        gate = RedisGate(url, timeout_s=2.0)
        asker = Asker(gate, of(Quota(100), Quota(5_000, 60.0)))
        assert units(asker.ask()) == 1
        asker.shut(US_PER_S)
        assert asker.ask().closed_us
        assert gate.condition().maxmemory_policy
        gate.close()
