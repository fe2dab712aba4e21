"""A deadline is kept where the context got lost: thread pools, executors, the threads of an upload."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError

from bridgewright import Bridge, deadline, outcome_of
from bridgewright.settings import Settings, StoreSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OWN_S = 0.6
"""The connection's own deadline."""
PATIENCE_S = 8.0
"""Far beyond every deadline here, and far below what an SDK waits by itself."""


@pytest.fixture
def silent() -> Iterator[str]:
    """A provider that takes requests and never says a word."""
    with FaultServer(faults=(Fault.SILENT,)) as server:
        yield server.url(Fault.SILENT)


@pytest.fixture
def bridge(tmp_path: Path, silent: str) -> Iterator[Bridge]:
    (tmp_path / "key").write_text("sk_test_of_contexts")
    named = {"base_url": silent, "deadline_s": OWN_S, "max_attempts": 1}
    key = {"api_key": References(("file:key",), tmp_path)}
    made = Bridge(
        Settings(
            store=StoreSettings(tmp_path / "contexts.db"),
            connections=(
                ConnectionSettings("stripe", secrets=key, **named),  # type: ignore[arg-type]
                ConnectionSettings("aws", options={"region": "eu-west-1"}, **named),  # type: ignore[arg-type]
            ),
        )
    )
    yield made
    made.close()


def ends(call: Callable[[], Any]) -> float:
    """How long a call that cannot succeed takes to say so."""
    began = time.monotonic()
    with pytest.raises(Exception, match="deadline") as caught:
        call()
    assert outcome_of(caught.value) is not None
    return time.monotonic() - began


def test_a_narrower_deadline_holds_in_its_own_context(bridge: Bridge) -> None:
    stripe = bridge.connect("stripe")
    with deadline(0.1):
        assert ends(stripe.v1.customers.list) < OWN_S
    assert OWN_S * 0.9 <= ends(stripe.v1.customers.list) < PATIENCE_S


def test_a_thread_pool_loses_the_context_and_keeps_the_connections_deadline(
    bridge: Bridge,
) -> None:
    stripe = bridge.connect("stripe")
    with deadline(0.1), ThreadPoolExecutor(4) as pool:
        began = [pool.submit(ends, stripe.v1.customers.list) for _ in range(4)]
        assert all(OWN_S * 0.9 <= each.result(PATIENCE_S) < PATIENCE_S for each in began)


def test_an_executor_of_a_loop_loses_it_too_and_to_thread_carries_it(bridge: Bridge) -> None:
    stripe = bridge.connect("stripe")

    def listing() -> float:
        return ends(stripe.v1.customers.list)

    async def scenario() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        with deadline(0.1):
            lost = await loop.run_in_executor(None, listing)
            carried = await asyncio.to_thread(listing)
        return lost, carried

    lost, carried = asyncio.run(scenario())
    assert OWN_S * 0.9 <= lost < PATIENCE_S
    assert carried < OWN_S


@pytest.mark.slow
@pytest.mark.parametrize("size", [1_000, 9_000_000])
def test_an_upload_by_threads_of_its_own_ends(bridge: Bridge, tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(bytes(size))
    session = bridge.connect("aws")
    s3 = session.client("s3", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")
    began = time.monotonic()
    with pytest.raises((S3UploadFailedError, BotoCoreError)) as caught:
        s3.upload_file(str(tmp_path / "file"), "bucket", "key")
    assert time.monotonic() - began < PATIENCE_S
    assert outcome_of(caught.value) is not None or "deadline" in str(caught.value)
