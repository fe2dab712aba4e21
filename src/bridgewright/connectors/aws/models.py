"""An operation as botocore's model has it, in our words. Reads the model, imports nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridgewright.connectors.aws.answers import Expected
from bridgewright.connectors.aws.operations import Described

NEEDED = {
    "events.PutEvents": ("Entries", "FailedEntryCount"),
    "firehose.PutRecord": ("RecordId",),
    "firehose.PutRecordBatch": ("RequestResponses",),
    "kinesis.PutRecord": ("SequenceNumber",),
    "kinesis.PutRecords": ("Records",),
    "s3.CompleteMultipartUpload": ("ETag",),
    "s3.CopyObject": ("ETag",),
    "s3.CreateMultipartUpload": ("UploadId",),
    "s3.UploadPartCopy": ("ETag",),
    "secretsmanager.CreateSecret": ("ARN", "Name"),
    "secretsmanager.GetSecretValue": ("ARN", "Name"),
    "secretsmanager.PutSecretValue": ("ARN", "Name"),
    "ses.SendBulkTemplatedEmail": ("Status",),
    "sesv2.SendBulkEmail": ("BulkEmailEntryResults",),
    "sesv2.SendEmail": ("MessageId",),
    "sns.Publish": ("MessageId",),
    "sns.PublishBatch": ("Successful", "Failed"),
    "sqs.SendMessage": ("MessageId",),
    "sqs.SendMessageBatch": ("Successful", "Failed"),
    "stepfunctions.StartExecution": ("executionArn",),
}
"""Members of which a good answer has one, where the model requires none of them."""

HEADERS = {
    "s3.GetObject": ("etag", "last-modified"),
    "s3.HeadObject": ("etag", "last-modified"),
    "s3.PutObject": ("etag",),
    "s3.UploadPart": ("etag",),
}
"""Fields of which a good answer has one."""

_OUTSIDE = ("header", "headers", "statusCode")
_REST = ("rest-json", "rest-xml")
_OPAQUE = ("blob", "string")


@dataclass(frozen=True, slots=True)
class Known:
    """One operation of one service: how it is named and repeated, and what it answers with."""

    described: Described
    expected: Expected
    streamed: bool


def known(model: Any) -> Known:
    """What botocore's `OperationModel` says."""
    service = model.service_model
    protocol = service.resolved_protocol
    raw = getattr(model, "_operation_model", {})  # its marks that botocore keeps to itself
    described = Described(
        service.service_name,
        model.name,
        model.http.get("method", "POST"),
        rest=protocol in _REST,
        readonly=raw.get("readonly") is True,
        idempotent=raw.get("idempotent") is True,
        tokens=tuple(model.idempotent_members),
    )
    streamed = bool(model.has_streaming_output or model.has_event_stream_output)
    return Known(described, _expected(model, protocol, described.title, streamed), streamed)


def _expected(model: Any, protocol: str, title: str, streamed: bool) -> Expected:  # noqa: FBT001 - one of the model's facts
    headers = HEADERS.get(title, ())
    shape = _payload(model.output_shape)
    if streamed or (shape is not None and shape.type_name in _OPAQUE):
        return Expected(protocol, headers=headers, free=True)
    if shape is None or shape.type_name != "structure":
        return Expected(protocol, headers=headers, needed=NEEDED.get(title, ()))
    inside = {
        name: member.serialization.get("name", name)
        for name, member in shape.members.items()
        if member.serialization.get("location") not in _OUTSIDE
    }
    required = tuple(inside[name] for name in shape.required_members if name in inside)
    return Expected(
        protocol,
        frozenset(inside.values()),
        needed=NEEDED.get(title, required),
        headers=headers,
    )


def _payload(shape: Any) -> Any:
    """The shape that makes the body: the output's own, or the member that is the whole of it."""
    name = None if shape is None else shape.serialization.get("payload")
    return shape if name is None else shape.members[name]
