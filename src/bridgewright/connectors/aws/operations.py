"""What doing an AWS operation twice would do: from botocore's model, and from tables where it is
silent. Sources: README.md.

An operation that nothing speaks for is unsafe: it is never repeated unless AWS said it did nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.call import Safety

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Described:
    """An operation, as its service's model describes it.

    `service` is the name that boto3 knows it by, `rest` whether its protocol means what its HTTP
    methods say. `readonly` and `idempotent` are the model's own marks, `tokens` the members by which
    the service recognises a repeat; botocore mints them once for each call.
    """

    service: str
    name: str
    method: str
    rest: bool = False
    readonly: bool = False
    idempotent: bool = False
    tokens: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """How logs and errors call it: `sqs.SendMessage`."""
        return f"{self.service}.{self.name}"


READS = (
    "BatchGet",
    "Describe",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Select",
)
"""Verbs by which AWS names operations that change nothing."""

NOT_READS = frozenset(
    # They create what they return: an identity, a pool of credits, a purchase.
    "cognito-identity.GetId mturk.ListReviewPolicyResultsForHIT".split()
)

COMPUTE = {
    "kms": frozenset(
        "Decrypt DeriveSharedSecret Encrypt GenerateDataKey GenerateDataKeyPair"
        " GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac"
        " GenerateRandom ReEncrypt Sign Verify VerifyMac".split()
    ),
    "sts": frozenset(
        "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot"
        " DecodeAuthorizationMessage".split()
    ),
}
"""Operations that answer with something new and leave nothing behind."""

IDEMPOTENT = {
    "dynamodb": frozenset({"BatchWriteItem"}),
    "s3": frozenset(
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteBucket"
        " DeleteObject DeleteObjectTagging DeleteObjects PutObject PutObjectAcl PutObjectLegalHold"
        " PutObjectRetention PutObjectTagging UploadPart UploadPartCopy".split()
    ),
    "secretsmanager": frozenset({"DeleteSecret", "RestoreSecret", "TagResource", "UntagResource"}),
    "sns": frozenset(
        "CreateTopic DeleteTopic SetSMSAttributes SetSubscriptionAttributes SetTopicAttributes"
        " Subscribe TagResource Unsubscribe UntagResource".split()
    ),
    "sqs": frozenset(
        "ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue DeleteMessage"
        " DeleteMessageBatch DeleteQueue PurgeQueue ReceiveMessage SetQueueAttributes TagQueue"
        " UntagQueue".split()
    ),
}
"""Operations that have the same effect once or twice, as their documentation says."""

QUEUED = {
    "sns": (frozenset({"Publish", "PublishBatch"}), ("TopicArn", "TargetArn")),
    "sqs": (frozenset({"SendMessage", "SendMessageBatch"}), ("QueueUrl",)),
}
"""Sends that a FIFO queue or topic recognises a repeat of, for 5 minutes; the members naming it."""

CONDITIONS = frozenset(
    "ConditionExpression Expected IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince"
    " IfMatchInitiatedTime IfMatchLastModifiedTime IfMatchSize".split()
)
"""Members that make a write depend on what it finds: a repeat finds its own first effect."""

MAILS = frozenset({"ses", "sesv2"})


def safety(of: Described, params: Mapping[str, object]) -> Safety:
    """What sending this request twice would do. `params` are those the caller gave."""
    if _reads(of):
        return Safety.SAFE
    if of.tokens and all(params.get(token) for token in of.tokens):
        return Safety.KEYED
    if _is_queued(of, params):
        return Safety.KEYED
    if _writes_again(of, params):
        return Safety.IDEMPOTENT
    return Safety.UNSAFE


def group(of: Described, found: Safety) -> str:
    """Operations that fail and are limited together: a service's reads, its writes, its mails.

    Mails stand apart because a spent daily quota closes their gate for hours.
    """
    if of.service in MAILS and of.name.startswith("Send"):
        return "mail"
    return f"{of.service}.{'read' if found is Safety.SAFE else 'write'}"


def _reads(of: Described) -> bool:
    if of.title in NOT_READS:
        return False
    if of.readonly or of.name in COMPUTE.get(of.service, ()):
        return True
    if of.rest and of.method in ("GET", "HEAD"):
        return True
    return of.name.startswith(READS)


def _is_queued(of: Described, params: Mapping[str, object]) -> bool:
    """A FIFO queue takes no message without a deduplication id, given or made of the content."""
    operations, members = QUEUED.get(of.service, (frozenset(), ()))
    if of.name not in operations:
        return False
    return any(str(params.get(member) or "").endswith(".fifo") for member in members)


def _writes_again(of: Described, params: Mapping[str, object]) -> bool:
    if not CONDITIONS.isdisjoint(name for name, value in params.items() if value is not None):
        return False
    if of.service == "dynamodb" and of.name in ("PutItem", "DeleteItem"):
        return params.get("ReturnValues") in (None, "NONE")  # a repeat would return its own write
    if of.name in IDEMPOTENT.get(of.service, ()):
        return True
    if of.service == "s3" and of.name.startswith(("PutBucket", "DeleteBucket")):
        return True
    return of.idempotent
