"""What the outbound half of every connector promises: an official SDK that calls by our engine, and by
nothing else."""

from __future__ import annotations

import logging
import traceback
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.adapters.transports.httpx2 import Httpx2Transport
from bridgewright.certify.contracts.loopback import Clock, Loopback, Reply
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.fact import Fact
    from bridgewright.engine.call.connection import ClientMaker

PUSHBACK_S = 2.0
HTML = Reply(200, b"<html><body>Sign in</body></html>", kind="text/html")


@dataclass(frozen=True, slots=True)
class Use:
    """How a connector is used: what it connects with, a read and a write by its client, each one request,
    and answers that its SDK takes for good.

    `secrets` are by the names of its `Credential`s; `private` holds what of them is nowhere to be seen.
    """

    client: ClientMaker
    read: Callable[[Any], object] = field(repr=False)
    write: Callable[[Any], object] = field(repr=False)
    good_read: Reply = field(default_factory=Reply)
    good_write: Reply = field(default_factory=Reply)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    private: tuple[str, ...] = field(default=(), repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.client.provider


class Stage:
    """One client on one server that answers by a script; pauses take no time, and are noted."""

    def __init__(self, use: Use, server: Loopback, transport: Httpx2Transport) -> None:
        self.server = server
        self.clock = Clock()
        self.facts: list[Fact] = []
        self.use = use
        self.caller = Caller(
            use.client.profile,
            quotas={},
            transport=transport,
            observer=self.facts.append,
            timing=self.clock.timing(),
        )
        held = {name: Secret(text) for name, text in use.secrets.items()}
        self.connection = Connection(
            use.client.provider, "", self.caller, held, server.url, use.options
        )
        self.client = use.client.connect(self.connection)

    def fails(self, do: Callable[[Any], object]) -> tuple[Exception, CallReport]:
        """What the SDK raises, and the engine's report on it."""
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the SDK raises
            do(self.client)
        report = self.use.client.report_of(caught.value)
        assert report is not None, "every exception of the SDK's leads to the engine's report"
        return caught.value, report


@contextmanager
def staged(use: Use, *replies: Reply) -> Iterator[Stage]:
    """A client whose provider answers so; the last answer again and again."""
    with Loopback(*replies) as server, closing(Httpx2Transport()) as transport:
        yield Stage(use, server, transport)


class ConnectorContract:
    """A class that inherits this gives a fixture `use`: how the connector is used."""

    def test_a_read_and_a_write_are_one_request_each(self, use: Use) -> None:
        for do, good in ((use.read, use.good_read), (use.write, use.good_write)):
            with staged(use, good) as stage:
                do(stage.client)
                assert len(stage.server.received) == 1
                assert stage.clock.waited == []

    def test_its_credential_arrives_at_the_provider(self, use: Use) -> None:
        with staged(use, use.good_read) as stage:
            use.read(stage.client)
            [request] = stage.server.received
            assert "authorization" in request.headers or not use.secrets

    def test_the_engine_hears_of_every_call_and_knows_its_operation(self, use: Use) -> None:
        with staged(use, use.good_read) as stage:
            use.read(stage.client)
            told = {type(fact).__name__ for fact in stage.facts}
            assert {"CallAttempted", "CallEnded"} <= told
            assert all(getattr(fact, "operation", "-") for fact in stage.facts)

    def test_a_read_recovers_by_the_engine_and_its_waits(self, use: Use) -> None:
        with staged(use, Reply(503), Reply(lost=True), use.good_read) as stage:
            use.read(stage.client)
            assert len(stage.server.received) == 3
            assert len(stage.clock.waited) == 2

    def test_no_layer_beside_the_engine_tries_again(self, use: Use) -> None:
        with staged(use, Reply(503)) as stage:
            _, report = stage.fails(use.read)
            assert len(report.attempts) == len(stage.server.received)
            assert len(stage.server.received) <= stage.caller.numbers.max_attempts

    def test_a_write_that_may_have_happened_is_repeated_under_its_key_or_not_at_all(
        self, use: Use
    ) -> None:
        with staged(use, Reply(lost=True)) as stage:
            _, report = stage.fails(use.write)
            received, known = stage.server.received, use.client.profile.idempotency
            keys = {each.headers.get(known.header) for each in received} if known else set()
            assert len({each.body for each in received}) == 1
            assert len(received) == 1 or (len(keys) == 1 and None not in keys)
            assert report.outcome is Outcome.UNKNOWN

    def test_retry_after_is_waited_for(self, use: Use) -> None:
        pushed = Reply(429, headers={"Retry-After": f"{PUSHBACK_S:g}"})
        with staged(use, pushed, use.good_read) as stage:
            use.read(stage.client)
            assert sum(stage.clock.waited) >= PUSHBACK_S

    @pytest.mark.parametrize("status", [400, 401, 404, 422])
    def test_a_refusal_is_final_and_is_reported_as_one(self, use: Use, status: int) -> None:
        with staged(use, Reply(status)) as stage:
            _, report = stage.fails(use.write)
            assert len(stage.server.received) == 1
            assert (report.outcome, report.status) == (Outcome.REJECTED, status)

    @pytest.mark.parametrize(
        "reply",
        [HTML, Reply(200, cut=True), Reply(302, headers={"Location": "http://127.0.0.1:9/"})],
    )
    def test_what_is_no_answer_of_the_provider_is_no_success(self, use: Use, reply: Reply) -> None:
        with staged(use, reply) as stage:
            stage.fails(use.write)
            assert {each.method for each in stage.server.received} <= {"POST", "PUT", "PATCH"}

    @pytest.mark.parametrize("status", [400, 401, 500])
    def test_no_secret_is_in_what_an_error_a_fact_or_a_log_shows(
        self, use: Use, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with staged(use, Reply(status)) as stage:
            error, report = stage.fails(use.write)
            shown = [repr(error), str(error), *traceback.format_exception(error), repr(report)]
            shown += [repr(stage.facts), repr(stage.connection), caplog.text]
            assert not [each for each in use.private for text in shown if each in text]
