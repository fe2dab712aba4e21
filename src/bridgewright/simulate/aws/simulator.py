"""AWS on loopback: SQS, S3, SNS, SES, DynamoDB and Secrets Manager by moto, behind our port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from bridgewright.simulate.aws.backend import Backend
from bridgewright.simulate.aws.carrier import Carrier
from bridgewright.simulate.aws.inventory import Inventory
from bridgewright.simulate.aws.operations import Operations, fields_of, region_of
from bridgewright.simulate.aws.refusals import refused, refused_to
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch, Schedule
from bridgewright.simulate.routes import Route, Routes
from bridgewright.simulate.simulator import close_stand, open_stand, refuse_unknown
from bridgewright.simulate.stand import Mood, Stand, Trade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard, Reply

METHODS = ("DELETE", "GET", "HEAD", "POST", "PUT")
TOLD_BY_MOTO = frozenset({"sqs", "email", "email-json", "sms"})
"""Kinds of SNS subscriptions that stay in moto. It would post to others from its own process, with a
made-up signature, to anywhere: we refuse those."""
_HTML = "text/html"
_FAILED = 500


class AwsSimulator:
    """AWS for unmodified boto3: `boto3.client("sqs", endpoint_url=simulator.start())`.

    Any credentials are good, none of them is looked at. Faults and the journal name operations as
    boto3 does: `faults.on("aws.sqs.SendMessage").first(1).lose_response()`. moto runs in a process of
    its own, which takes seconds to start; its time is the wall's, whatever `clock` the faults go by.
    It tells no webhooks, so nothing can be triggered.
    """

    def __init__(
        self, clock: Clock | None = None, *, faults: Faults | None = None, slow_s: float = 1.0
    ) -> None:
        clock = clock or WallClock()
        self._operations = Operations()
        trade = Trade(
            "aws",
            ROUTES,
            self._answer,
            refused,
            Desk(self),
            lambda heard, _match: self._operation(heard),
            refused_to,
        )
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, None, Schedule())
        self._backend = Backend()
        self._regions: dict[str, None] = {}
        self._carrier: Carrier | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the URL, as `endpoint_url` takes it. ConfigurationError without moto."""
        self._carrier = Carrier(self._backend.start())
        try:
            return open_stand(self, port)
        except OSError:
            self._backend.close()
            raise

    def close(self) -> None:
        """Hang up on everybody, and end moto."""
        if self._carrier is not None and self.stand.thread is not None:
            self.stand.thread.run(self._carrier.close())
        close_stand(self)
        self._backend.close()
        self._carrier = None

    def reset(self) -> None:
        """Be as new: no queues, no buckets, the first ids again."""
        self.stand.reset()
        self.dispatch.reset()
        self._backend.reset()
        self._regions.clear()

    def be(
        self,
        mood: Mood,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        after: int = 0,
    ) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds, after=after)

    def state(self) -> Content:
        """The keys of each bucket; and for each region that was asked for, how many messages wait in
        each queue, its topics, its tables and the names of its secrets. No content."""
        if self._carrier is None:
            return {}
        return Inventory(self._backend.url).of(tuple(self._regions))

    @property
    def url(self) -> str:
        """Its base URL, while it is open."""
        return self.stand.url

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """None: AWS tells nobody."""
        return {}

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """UnknownTriggerError, whatever it is."""
        refuse_unknown(self.triggers, event_type, overrides)
        return {}

    def _operation(self, heard: Heard) -> str:
        name, region = self._operations(heard), region_of(heard)
        if name and region:
            self._regions.setdefault(region)
        if name != "sns.Subscribe" or fields_of(heard).get("Protocol") in TOLD_BY_MOTO:
            return name
        return ""

    async def _answer(self, heard: Heard, match: Match[str], linger: Linger) -> Reply:
        del match  # every route is one way to moto
        await linger()
        if self._carrier is None:
            return refused(503)
        reply = await self._carrier.carry(heard)
        media = next((v for name, v in reply.headers if name.lower() == "content-type"), "")
        if reply.status == _FAILED and media.startswith(_HTML):
            return refused_to(heard, 501)  # moto has no such operation, or broke over it
        return reply


ROUTES: Routes[str] = Routes(
    Route(method, path, f"any.{method.lower()}", "moto")
    for path in ("/", "/{path*}")
    for method in METHODS
)
