"""What of AWS can be sent from the outbox: every operation of every service that boto3 knows, checked
against botocore's own model of it: `aws.SERVICE.METHOD`, as on a client (`aws.sqs.send_message`)."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator

from bridgewright.connectors.aws.operations import QUEUED, Described, safety
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Safety
from bridgewright.core.model.outbound import Outbound, short
from bridgewright.core.policy.arguments import refuse_names, unknown_operation

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

    from bridgewright.core.model.outbound import Arguments, Attempted

_KNOWN = (
    "sqs.send_message sqs.send_message_batch sns.publish ses.send_email sesv2.send_email"
    " events.put_events lambda.invoke"
).split()
FIFO_S = 300.0
"""For how long a FIFO queue or topic recognises a deduplication id (Amazon SQS Developer Guide,
"Exactly-once processing", 2026-11-23)."""
_DEDUPLICATION = "MessageDeduplicationId"
_RESULTS = ("MessageId", "id", "Id")


@dataclass(frozen=True, slots=True)
class Method:
    """One operation of one service."""

    service: str
    method: str
    model: OperationModel = field(repr=False)

    @property
    def described(self) -> Described:
        """As the rules of safety want it."""
        http = self.model.http
        return Described(
            self.service,
            self.model.name,
            str(http.get("method", "POST")),
            rest=str(self.model.metadata.get("protocol", "")).startswith("rest"),
            tokens=tuple(self.model.idempotent_members),
        )

    def check(self, arguments: Arguments) -> None:
        """Refuse what the service's model does not describe."""
        shape, operation = self.model.input_shape, f"aws.{self.service}.{self.method}"
        if shape is None:
            refuse_names(operation, arguments, ())
            return
        refuse_names(operation, arguments, tuple(shape.members), tuple(shape.required_members))
        report = ParamValidator().validate(dict(arguments), shape)
        if report.has_errors():
            # What it says first names the place; it may quote values after that.
            kinds = sorted({str(error[0]) for error in report._errors})  # noqa: SLF001 - the text quotes values
            places = sorted({str(error[1]).strip(".") for error in report._errors})  # noqa: SLF001 - as above
            problem = f"{operation}: {', '.join(kinds)} at {', '.join(places)}"
            raise ConfigurationError(problem, remedy="give what boto3's documentation asks for")

    def lifetime_s(self, arguments: Arguments) -> float | None:
        """A FIFO queue recognises a repeat for minutes; what is idempotent may be repeated for ever. How
        long a service remembers a client's token is published for few, and relied upon for none."""
        found = safety(self.described, arguments)
        if found in (Safety.SAFE, Safety.IDEMPOTENT):
            return inf
        return FIFO_S if self._queued(arguments) else None

    def __call__(self, attempted: Attempted) -> Any:
        """Make the call, with the item's key where a queue takes one."""
        given = dict(attempted.arguments)
        if self._queued(given):
            given.setdefault(_DEDUPLICATION, attempted.key)
        return getattr(attempted.client.client(self.service), self.method)(**given)

    def _queued(self, arguments: Arguments) -> bool:
        _, members = QUEUED.get(self.service, (frozenset(), ()))
        shape = self.model.input_shape
        if shape is None or _DEDUPLICATION not in shape.members:
            return False
        return any(str(arguments.get(member) or "").endswith(".fifo") for member in members)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """AWS's operations."""

    def find(self, name: str) -> Outbound:
        """The operation that a client of the service has under this name."""
        service, _, method = name.partition(".")
        found = _method(service, method)
        if found is None:
            hint = ", or aws.SERVICE.METHOD as boto3 names them"
            near = (f"aws.{each}" for each in (*_KNOWN, *_methods(service)))
            raise unknown_operation(f"aws.{name}", near, hint)
        return Outbound(name, found.check, found.lifetime_s, found, _result)


def _result(answer: Any) -> str:
    found = (answer.get(name) for name in _RESULTS)
    return next((short(value) for value in found if value), "")


@functools.cache
def _session() -> botocore.session.Session:
    """A session to look at models with: it has no credentials, and makes no call."""
    return botocore.session.Session()


@functools.lru_cache(maxsize=32)
def _model_of(name: str) -> ServiceModel | None:
    try:
        return _session().get_service_model(name)
    except UnknownServiceError:
        return None


def _methods(service: str) -> tuple[str, ...]:
    model = _model_of(service)
    names = () if model is None else model.operation_names
    return tuple(f"{service}.{xform_name(name)}" for name in names)


@functools.lru_cache(maxsize=512)
def _method(service: str, method: str) -> Method | None:
    model = _model_of(service)
    if model is None:
        return None
    for name in model.operation_names:
        if xform_name(name) == method:
            return Method(service, method, model.operation_model(name))
    return None


OUTBOX = Catalogue()
