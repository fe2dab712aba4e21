"""What AWS's operations and answers mean, without botocore."""

from __future__ import annotations

from typing import Any

import pytest

from bridgewright.connectors.aws import answers, bodies
from bridgewright.connectors.aws.answers import Expected
from bridgewright.connectors.aws.operations import Described, group, safety
from bridgewright.connectors.aws.profile import PROFILE, QUOTA_SPENT_FOR_S, classify, understood
from bridgewright.core.model.call import Request, Response, Safety, Verdict
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.policy.verdict import judge_answer
from bridgewright.core.timing.pushback import Form, PushbackRule
from tests.rules.connectors.files import Pipe

NOW = from_seconds(1_800_000_000)
SEND = Described("sqs", "SendMessage", "POST")


def _xml(text: str) -> Response:
    return Response(200, (), text.encode())


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("sqs", "ListQueues"),
        ("sqs", "GetQueueUrl"),
        ("dynamodb", "Query"),
        ("dynamodb", "BatchGetItem"),
        ("ec2", "DescribeInstances"),
        ("sts", "AssumeRole"),
        ("kms", "Decrypt"),
    ],
)
def test_what_changes_nothing_is_safe(service: str, name: str) -> None:
    assert safety(Described(service, name, "POST"), {}) is Safety.SAFE


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("sqs", "SendMessage"),
        ("sns", "Publish"),
        ("ses", "SendEmail"),
        ("sesv2", "SendEmail"),
        ("dynamodb", "UpdateItem"),
        ("kinesis", "PutRecord"),
        ("lambda", "Invoke"),
        ("ec2", "RunInstances"),
        ("cognito-identity", "GetId"),
        ("anything", "Frobnicate"),
    ],
)
def test_what_nothing_speaks_for_is_unsafe(service: str, name: str) -> None:
    assert safety(Described(service, name, "POST"), {}) is Safety.UNSAFE


@pytest.mark.parametrize(
    ("service", "name", "params", "found"),
    [
        ("s3", "PutObject", {}, Safety.IDEMPOTENT),
        ("s3", "PutObject", {"IfNoneMatch": "*"}, Safety.UNSAFE),
        ("s3", "DeleteObject", {}, Safety.IDEMPOTENT),
        ("s3", "PutBucketTagging", {}, Safety.IDEMPOTENT),
        ("s3", "CreateBucket", {}, Safety.UNSAFE),
        ("sqs", "ReceiveMessage", {}, Safety.IDEMPOTENT),
        ("sqs", "DeleteMessage", {}, Safety.IDEMPOTENT),
        ("sqs", "SendMessage", {"QueueUrl": "https://q/1/a.fifo"}, Safety.KEYED),
        ("sqs", "SendMessageBatch", {"QueueUrl": "https://q/1/a.fifo"}, Safety.KEYED),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:x:1:t.fifo"}, Safety.KEYED),
        ("sns", "Publish", {"PhoneNumber": "+15005550006"}, Safety.UNSAFE),
        ("dynamodb", "PutItem", {}, Safety.IDEMPOTENT),
        ("dynamodb", "PutItem", {"ReturnValues": "ALL_OLD"}, Safety.UNSAFE),
        ("dynamodb", "PutItem", {"ConditionExpression": "x"}, Safety.UNSAFE),
    ],
)
def test_what_a_request_asks_decides_too(
    service: str, name: str, params: dict[str, Any], found: Safety
) -> None:
    assert safety(Described(service, name, "POST"), params) is found


def test_the_models_own_marks_count() -> None:
    assert safety(Described("x", "Frobnicate", "POST", readonly=True), {}) is Safety.SAFE
    assert safety(Described("x", "Frobnicate", "POST", idempotent=True), {}) is Safety.IDEMPOTENT
    assert safety(Described("x", "Frobnicate", "GET", rest=True), {}) is Safety.SAFE
    keyed = Described("x", "Frobnicate", "POST", tokens=("Token",))
    assert safety(keyed, {"Token": "t"}) is Safety.KEYED
    assert safety(keyed, {}) is Safety.UNSAFE


def test_reads_writes_and_mails_fail_apart() -> None:
    assert group(SEND, Safety.UNSAFE) == "sqs.write"
    assert group(Described("sqs", "ListQueues", "POST"), Safety.SAFE) == "sqs.read"
    assert group(Described("sesv2", "SendEmail", "POST"), Safety.UNSAFE) == "mail"
    assert group(Described("ses", "GetSendQuota", "POST"), Safety.SAFE) == "ses.read"


def test_a_request_that_comes_without_its_operation_is_unsafe_unless_it_reads() -> None:
    target = (("x-amz-target", "AmazonSQS.SendMessage"),)
    assert classify(Request("POST", "https://sqs.test/", target)).name == "SendMessage"
    assert classify(Request("POST", "https://sqs.test/", target)).safety is Safety.UNSAFE
    assert classify(Request("GET", "https://s3.test/b")).safety is Safety.SAFE


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (
            (),
            b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"}',
            "QueueDoesNotExist",
        ),
        ((), b'{"__type": "ThrottlingException"}', "ThrottlingException"),
        ((("x-amzn-errortype", "ThrottlingException:http://x"),), b"", "ThrottlingException"),
        ((), b"<Error><Code>SlowDown</Code></Error>", "SlowDown"),
        (
            (),
            b"\xa1\x66__type\x78\x23com.amazonaws.dynamo#ThrottledException",
            "ThrottledException",
        ),
        ((), b"", None),
        ((), b"<html>", None),
        ((), b"\xff\x00", None),
    ],
)
def test_a_code_is_found_in_every_protocol(
    headers: tuple[tuple[str, str], ...], body: bytes, code: str | None
) -> None:
    assert answers.code_of(Response(400, headers, body)) == code


@pytest.mark.parametrize("status", [400, 403, 429, 503])
@pytest.mark.parametrize("code", ["ThrottlingException", "SlowDown", "RequestLimitExceeded"])
def test_throttled_means_not_done_under_any_status(status: int, code: str) -> None:
    response = Response(status, (), f'{{"__type":"{code}"}}'.encode())
    operation = classify(Request("POST", "https://sqs.test/"))
    judged = judge_answer(response, operation, Safety.UNSAFE, PROFILE, NOW)
    assert (judged.verdict, judged.again) == (Verdict.THROTTLED, True)


def test_the_wait_that_aws_asks_for_is_in_milliseconds() -> None:
    assert PROFILE.pushback == (PushbackRule("x-amz-retry-after", Form.MILLISECONDS),)


def test_a_limit_of_resources_is_not_a_throttle() -> None:
    response = Response(400, (), b'{"__type":"LimitExceededException"}')
    assert not answers.throttles(response)
    assert answers.should_retry(response) is None


@pytest.mark.parametrize(
    ("protocol", "good", "bad"),
    [
        ("json", b'{"MessageId":"m"}', b'{"MessageId":'),
        ("json", b'{"MessageId":"m"}', b"{}"),
        ("json", b'{"MessageId":"m"}', b"[]"),
        ("json", b'{"MessageId":"m"}', b"[" * 100_000),
        ("rest-json", b'{"MessageId":"m"}', b"<html></html>"),
        ("query", b"<AResponse><MessageId>m</MessageId></AResponse>", b"<AResponse></AResponse>"),
        ("query", b"<AResponse><MessageId>m</MessageId></AResponse>", b"<AResponse><MessageId>"),
        ("ec2", b"<AResponse><MessageId>m</MessageId></AResponse>", b"<html><MessageId></html>"),
        ("rest-xml", b'<?xml version="1.0"?>\n<A x="1"><MessageId/></A>\n', b"<A></A>"),
        ("rest-xml", b"<n:A><MessageId/></n:A>", b"<HTML><MessageId/></HTML>"),
    ],
)
def test_an_answer_has_the_form_of_its_protocol(protocol: str, good: bytes, bad: bytes) -> None:
    expected = Expected(protocol, frozenset({"MessageId"}), needed=("MessageId",))
    assert expected(Response(200, (), good)) is None
    assert expected(Response(200, (), bad)) is not None
    assert expected(Response(200)) is not None


def test_an_object_that_shares_no_member_with_its_operation_is_somebody_elses() -> None:
    expected = Expected("json", frozenset({"Topics", "NextToken"}))
    assert expected(Response(200, (), b"{}")) is None
    assert expected(Response(200, (), b'{"Topics":[],"New":1}')) is None
    assert expected(Response(200, (), b'{"__type":"x"}')) is None
    assert expected(Response(200, (), b'{"login":"please"}')) is not None


def test_cbor_says_its_protocol_and_is_a_map() -> None:
    expected = Expected("smithy-rpc-v2-cbor", frozenset({"Id"}), needed=("Id",))
    headers = (("smithy-protocol", "rpc-v2-cbor"),)
    assert expected(Response(200, headers, b"\xa1\x62Id\x61x")) is None
    for wrong in (
        Response(200, (), b"\xa1\x62Id\x61x"),
        Response(200, headers, b"{}"),
        Response(200, headers),
    ):
        assert expected(wrong) is not None


def test_a_users_own_content_may_be_anything_that_aws_vouches_for() -> None:
    expected = Expected("rest-xml", headers=("etag",), free=True)
    assert expected(Response(200, (("etag", "e"),), b"<html>")) is None
    assert expected(Response(200, (), b"<html>")) is not None


def test_what_hides_in_a_body_is_said_as_http_says_it() -> None:
    hidden = _xml("<?xml version='1.0'?><Error><Code>InternalError</Code></Error>")
    assert understood(hidden, "s3").status == 500
    assert understood(hidden, "sqs") is hidden
    assert understood(_xml("<CopyObjectResult></CopyObjectResult>"), "s3").status == 200
    spent = Response(400, (), b"<Message>Daily message quota exceeded.</Message>")
    assert understood(spent, "ses").header("retry-after") == str(QUOTA_SPENT_FOR_S)
    quick = Response(400, (), b"<Message>Maximum sending rate exceeded.</Message>")
    assert understood(quick, "ses") is quick


@pytest.mark.parametrize("protocol", ["json", "query", "ec2", "rest-xml", "smithy-rpc-v2-cbor"])
def test_a_foreign_error_page_is_not_passed_on(protocol: str) -> None:
    page = Response(403, (), b"<html>who are you</html>")
    assert b"who" not in answers.readable(page, protocol).body
    ours = {"json": b'{"a":1}', "smithy-rpc-v2-cbor": b"\xa0"}.get(protocol, b"<Error></Error>")
    assert answers.readable(Response(403, (), ours), protocol).body == ours


def test_a_file_is_sent_again_only_from_its_beginning() -> None:
    assert bodies.rewindable(None)
    assert bodies.rewindable(b"x")
    assert bodies.rewindable(Pipe(b"abc", seeks=True))
    assert not bodies.rewindable(Pipe(b"abc", seeks=False))
    assert not bodies.rewindable(Pipe(b"abc", seeks=True, at=1))
    assert not bodies.rewindable(object())


def test_a_replayable_body_gives_the_same_bytes_again_and_another_what_is_left() -> None:
    again = bodies.FileBody(Pipe(b"abc", seeks=True), 3, replayable=True)
    assert [b"".join(again.open()) for _ in range(2)] == [b"abc", b"abc"]
    once = bodies.FileBody(Pipe(b"abc", seeks=False), 3, replayable=False)
    assert [b"".join(once.open()) for _ in range(2)] == [b"abc", b""]
