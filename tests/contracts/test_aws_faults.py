"""boto3 on the engine when AWS, or what stands before it, misbehaves: real SDK, real server."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
)

from bridgewright.connectors.aws.client import (
    CLIENT,
    CallNotSent,
    NotAnAnswer,
    attach,
    owns,
    report_of,
)
from bridgewright.connectors.aws.profile import PROFILE
from bridgewright.core.errors import (
    CallFailed,
    CallRefused,
    ConfigurationError,
    OutcomeUnknown,
    RetryLater,
)
from bridgewright.core.model.call import CallReport, Outcome
from tests.contracts.loopback import Reply, Scene

pytestmark = pytest.mark.slow

KEYS = {
    "aws_access_key_id": "AKIDCANARY",
    "aws_secret_access_key": "canary-secret-31",
    "aws_session_token": "canary-token-32",
    "region_name": "us-east-1",
}
JSON = "application/x-amz-json-1.0"
QUEUE = "http://127.0.0.1/123456789012/q"
MESSAGE = {"QueueUrl": QUEUE, "MessageBody": "canary-body-33"}
SENT = Reply(200, b'{"MessageId": "m-1"}', {"x-amzn-RequestId": "r-1"}, kind=JSON)
NOTHING = Reply(200, b"{}", kind=JSON)
SECRET = Reply(200, b'{"ARN": "arn:s", "Name": "n", "SecretString": "v"}', kind=JSON)
STORED = Reply(200, b"", {"ETag": '"e"', "x-amz-request-id": "r-2"}, kind="")
PUBLISHED = (
    b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
)
READS = {
    "ec2": "describe_instances",
    "lambda": "list_functions",
    "s3": "list_buckets",
    "sns": "list_topics",
    "sqs": "list_queues",
}
HTML = Reply(200, b"<html><body>Sign in</body></html>", kind="text/html")
LOST = Reply(lost=True)
BUSY = Reply(503, b"", kind="")
BROKEN = Reply(500, b'{"__type": "InternalError"}', kind=JSON)


def _client(scene: Scene, service: str, **given: Any) -> Any:
    session = CLIENT.connect(scene.connection({}, {"region": "us-east-1"}))
    return session.client(service, **(KEYS | given))


def _report(error: BaseException) -> CallReport:
    report = report_of(error)
    assert report is not None
    return report


def _throttled(code: str, status: int = 400, text: str = "", **headers: str) -> Reply:
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": text}).encode()
    return Reply(
        status, body, {name.replace("_", "-"): value for name, value in headers.items()}, JSON
    )


def _xml_error(code: str, status: int, extra: str = "", **headers: str) -> Reply:
    body = f"<Error><Code>{code}</Code><Message>no</Message>{extra}</Error>".encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, fields, "application/xml")


# What may have happened is not repeated ------------------------------------------------------------


def test_a_message_whose_answer_got_lost_is_sent_once_and_its_outcome_unknown() -> None:
    with Scene(PROFILE, LOST, SENT) as scene:
        with pytest.raises(ConnectionClosedError) as raised:
            _client(scene, "sqs").send_message(**MESSAGE)
        assert len(scene.received) == 1
    assert isinstance(raised.value.__cause__, OutcomeUnknown)
    assert (_report(raised.value).outcome, _report(raised.value).retry_safe) == (
        Outcome.UNKNOWN,
        False,
    )


def test_a_500_after_a_message_is_botocores_own_error_and_its_outcome_unknown() -> None:
    with Scene(PROFILE, BROKEN, SENT) as scene:
        with pytest.raises(ClientError) as raised:
            _client(scene, "sqs").send_message(**MESSAGE)
        assert len(scene.received) == 1
    assert raised.value.response["Error"]["Code"] == "InternalError"
    assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert _report(raised.value).outcome is Outcome.UNKNOWN
    assert (
        json.loads(json.dumps(raised.value.response))["ResponseMetadata"]["HTTPStatusCode"] == 500
    )


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_retries_that_a_client_asks_for_are_not_made(mode: Any) -> None:
    with Scene(PROFILE, BROKEN) as scene:
        eager = Config(retries={"total_max_attempts": 9, "mode": mode})
        with pytest.raises(ClientError):
            _client(scene, "sqs", config=eager).send_message(**MESSAGE)
        assert len(scene.received) == 1
        with pytest.raises(ClientError) as raised:
            _client(scene, "sqs", config=eager).list_queues()
        assert len(scene.received) == 1 + PROFILE.numbers.max_attempts
    assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 2


# What may be repeated is ---------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [LOST, BUSY, BROKEN, HTML, Reply(cut=True)], ids=str)
def test_a_read_recovers_and_every_attempt_is_signed_afresh(fault: Reply) -> None:
    with Scene(PROFILE, fault, fault, SECRET) as scene:
        secret = _client(scene, "secretsmanager").get_secret_value(SecretId="n")
        assert secret["SecretString"] == "v"
        assert secret["ResponseMetadata"]["RetryAttempts"] == 2
        told = [each.headers["amz-sdk-request"] for each in scene.received]
        assert [each.partition(";")[0] for each in told] == ["attempt=1", "attempt=2", "attempt=3"]
        assert len({each.headers["authorization"] for each in scene.received}) in (1, 2, 3)
        assert len({each.headers["amz-sdk-invocation-id"] for each in scene.received}) == 1


def test_the_same_token_goes_out_at_every_attempt() -> None:
    with Scene(PROFILE, BROKEN, LOST, SECRET) as scene:
        _client(scene, "secretsmanager").create_secret(Name="n", SecretString="v")
        tokens = [json.loads(each.body)["ClientRequestToken"] for each in scene.received]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("given", [{}, {"ClientRequestToken": "a" * 32}])
def test_a_new_call_is_only_safe_with_a_token_of_the_callers_own(given: dict[str, str]) -> None:
    with Scene(PROFILE, BROKEN) as scene, pytest.raises(ClientError) as raised:
        _client(scene, "secretsmanager").create_secret(Name="n", SecretString="v", **given)
    report = _report(raised.value)
    assert report.retry_safe is bool(given)
    assert report.idempotency_key == (given.get("ClientRequestToken") or report.idempotency_key)


def test_a_fifo_queue_recognises_a_repeat() -> None:
    fifo = {**MESSAGE, "QueueUrl": f"{QUEUE}.fifo", "MessageGroupId": "g"}
    with Scene(PROFILE, LOST, SENT) as scene:
        assert _client(scene, "sqs").send_message(**fifo)["MessageId"] == "m-1"
        assert len(scene.received) == 2


def test_an_object_is_put_again_but_not_on_a_condition() -> None:
    put = {"Bucket": "bucket", "Key": "k", "Body": b"v"}
    with Scene(PROFILE, BUSY, STORED) as scene:
        assert _client(scene, "s3").put_object(**put)["ETag"] == '"e"'
        assert len(scene.received) == 2
        assert all("expect" not in each.headers for each in scene.received)
    with Scene(PROFILE, BUSY, STORED) as scene:
        with pytest.raises(ClientError):
            _client(scene, "s3").put_object(**put, IfNoneMatch="*")
        assert len(scene.received) == 1


def test_a_file_is_sent_again_from_its_beginning_and_not_at_all_from_elsewhere() -> None:
    with Scene(PROFILE, BUSY, STORED) as scene:
        _client(scene, "s3").put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"value"))
        first, second = (each.body for each in scene.received)
        assert first == second
        assert b"value" in first
    with Scene(PROFILE, BUSY, STORED) as scene:
        begun = io.BytesIO(b"value")
        begun.seek(1)
        with pytest.raises(ClientError) as raised:
            _client(scene, "s3").put_object(Bucket="bucket", Key="k", Body=begun)
        assert len(scene.received) == 1
    assert "cannot be sent again" in _report(raised.value).attempts[0].rule


def test_an_error_hidden_in_a_200_of_s3_is_one() -> None:
    hidden = _xml_error("InternalError", 200)
    copied = Reply(
        200, b"<CopyObjectResult><ETag>e</ETag></CopyObjectResult>", kind="application/xml"
    )
    copy = {"Bucket": "bucket", "Key": "k", "CopySource": "bucket/old"}
    with Scene(PROFILE, hidden, copied) as scene:
        assert _client(scene, "s3").copy_object(**copy)["CopyObjectResult"]["ETag"] == "e"
        assert len(scene.received) == 2
    with Scene(PROFILE, hidden) as scene, pytest.raises(ClientError, match="InternalError"):
        _client(scene, "s3").copy_object(**copy)


# Too fast ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        _throttled("ThrottlingException"),
        _throttled("RequestThrottled", 403),
        _throttled("ThrottlingException", 503),
        _throttled("TooManyRequestsException", 429),
    ],
    ids=str,
)
def test_what_was_throttled_was_not_done_and_is_sent_again_after_a_second(reply: Reply) -> None:
    with Scene(PROFILE, reply, SENT) as scene:
        assert _client(scene, "sqs").send_message(**MESSAGE)["MessageId"] == "m-1"
        assert len(scene.received) == 2
        assert sum(scene.clock.waited) >= 1


def test_a_throttle_of_the_query_protocol_and_of_s3_is_read_from_xml() -> None:
    throttled = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
    with Scene(
        PROFILE, Reply(400, throttled, kind="text/xml"), Reply(200, PUBLISHED, kind="text/xml")
    ) as scene:
        _client(scene, "sns").publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="x")
        assert len(scene.received) == 2
    with Scene(PROFILE, _xml_error("SlowDown", 503), STORED) as scene:
        _client(scene, "s3").put_object(Bucket="bucket", Key="k", Body=b"")
        assert sum(scene.clock.waited) >= 1


def test_a_wait_in_seconds_is_kept() -> None:
    with Scene(PROFILE, _throttled("ThrottlingException", retry_after="3"), SENT) as scene:
        _client(scene, "sqs").send_message(**MESSAGE)
        assert 3 <= sum(scene.clock.waited) <= 3.3


def test_a_spent_daily_quota_of_mails_is_a_matter_of_hours() -> None:
    mail = {
        "FromEmailAddress": "a@b.example",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": {"Raw": {"Data": b"x"}},
    }
    spent = _throttled("TooManyRequestsException", 429, "Daily message quota exceeded.")
    quick = _throttled("TooManyRequestsException", 429, "Maximum sending rate exceeded.")
    with Scene(PROFILE, quick, SENT) as scene:
        assert _client(scene, "sesv2").send_email(**mail)["MessageId"] == "m-1"
    with Scene(PROFILE, spent, SENT) as scene:
        client = _client(scene, "sesv2")
        with pytest.raises(ClientError) as raised:
            client.send_email(**mail)
        assert _report(raised.value).retry_after_s == 3600
        with pytest.raises(CallNotSent) as kept:
            client.send_email(**mail)
        assert isinstance(kept.value.__cause__, RetryLater)
        assert len(scene.received) == 1
        assert scene.clock.waited == []


# No false success ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        NOTHING,
        Reply(200, b"", kind=JSON),
        Reply(200, b'{"MessageId": "m-', kind=JSON),
        Reply(200, b'["MessageId"]', kind=JSON),
        Reply(200, b'{"portal": "MessageId"}', kind=JSON),
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}, ""),
    ],
    ids=str,
)
def test_what_is_no_answer_of_sqs_is_never_a_message_sent(reply: Reply) -> None:
    with Scene(PROFILE, reply) as scene:
        with pytest.raises(NotAnAnswer) as raised:
            _client(scene, "sqs").send_message(**MESSAGE)
        assert len(scene.received) == 1
    assert isinstance(raised.value, BotoCoreError)
    assert isinstance(raised.value.__cause__, OutcomeUnknown)


@pytest.mark.parametrize(
    "reply",
    [HTML, NOTHING, Reply(200, b"", kind=""), Reply(200, b"<a>b", kind="text/xml")],
    ids=str,
)
@pytest.mark.parametrize(
    ("service", "method", "given"),
    [
        ("sns", "publish", {"TopicArn": "arn:t", "Message": "m"}),
        ("ses", "send_raw_email", {"RawMessage": {"Data": b"x"}}),
        (
            "sqs",
            "send_message_batch",
            {"QueueUrl": QUEUE, "Entries": [{"Id": "1", "MessageBody": "m"}]},
        ),
        ("s3", "put_object", {"Bucket": "bucket", "Key": "k", "Body": b"v"}),
        ("s3", "head_object", {"Bucket": "bucket", "Key": "k"}),
        ("s3", "complete_multipart_upload", {"Bucket": "bucket", "Key": "k", "UploadId": "u"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "n"}),
        ("lambda", "invoke", {"FunctionName": "f"}),
    ],
)
def test_what_is_no_answer_is_no_success_of_any_service(
    service: str, method: str, given: dict[str, Any], reply: Reply
) -> None:
    with Scene(PROFILE, reply) as scene, pytest.raises((NotAnAnswer, ClientError)):
        getattr(_client(scene, service), method)(**given)


def test_a_page_is_no_success_of_an_operation_that_answers_with_nothing() -> None:
    with Scene(PROFILE, HTML) as scene, pytest.raises(NotAnAnswer):
        _client(scene, "cloudwatch").put_metric_data(Namespace="n", MetricData=[])


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("region", [{}, {"x-amz-bucket-region": "eu-west-1"}])
def test_redirects_to_another_host_are_not_followed(status: int, region: dict[str, str]) -> None:
    with Scene(PROFILE, STORED) as other:
        moved = Reply(status, b"", {"Location": f"{other.server.url}/", **region}, "")
        with Scene(PROFILE, moved) as scene:
            with pytest.raises(NotAnAnswer):
                _client(scene, "s3").put_object(Bucket="bucket", Key="k", Body=b"v")
            assert len(scene.received) == (2 if region and status != 308 else 1)
        assert other.received == []


def test_a_bucket_in_another_region_is_asked_there_once() -> None:
    moved = _xml_error("PermanentRedirect", 301, x_amz_bucket_region="eu-west-1")
    with Scene(PROFILE, moved, STORED) as scene:
        _client(scene, "s3").put_object(Bucket="bucket", Key="k", Body=b"v")
        signed = [each.headers["authorization"].split("/")[2] for each in scene.received]
    assert signed == ["us-east-1", "eu-west-1"]


@pytest.mark.parametrize("status", [400, 403, 500, 503])
@pytest.mark.parametrize("service", READS)
def test_a_proxys_error_page_is_an_error_that_repeats_nothing_of_it(
    service: str, status: int
) -> None:
    page = Reply(status, b"<!DOCTYPE html><html><body>canary-page</body></html>", kind="text/html")
    with Scene(PROFILE, page) as scene:
        read = getattr(_client(scene, service), READS[service])
        with pytest.raises(ClientError) as raised:
            read()
    assert raised.value.response["Error"]["Code"] == str(status)
    assert "canary" not in repr(raised.value) + str(raised.value.response)


# Our own no ----------------------------------------------------------------------------------------


def test_where_nobody_listens_the_error_is_botocores_and_its_address_the_hosts() -> None:
    scene = Scene(PROFILE)
    with scene:
        client = _client(scene, "s3")
    with pytest.raises(EndpointConnectionError) as raised:
        client.get_object(Bucket="bucket", Key="canary-key")
    assert isinstance(raised.value.__cause__, CallFailed)
    assert _report(raised.value).outcome is Outcome.NOT_SENT
    assert len(_report(raised.value).attempts) == PROFILE.numbers.max_attempts
    assert "canary" not in str(raised.value) + str(raised.value.__cause__)


def test_an_open_breaker_sends_nothing_and_is_caught_as_a_connection_that_failed() -> None:
    with Scene(PROFILE, BROKEN) as scene:
        client = _client(scene, "sqs")
        for _ in range(PROFILE.numbers.breaker.consecutive):
            with pytest.raises(ClientError):
                client.send_message(**MESSAGE)
        before = len(scene.received)
        with pytest.raises(EndpointConnectionError) as raised:
            client.send_message(**MESSAGE)
        assert len(scene.received) == before
        assert client.list_queues  # another group of operations has a breaker of its own
    assert isinstance(raised.value.__cause__, CallRefused)
    assert _report(raised.value).retry_safe


def test_another_layer_that_asks_for_attempts_gets_none() -> None:
    with Scene(PROFILE, BROKEN) as scene:
        client = _client(scene, "sqs")
        client.meta.events.register("needs-retry.sqs", lambda **_: 0)
        with pytest.raises(ConfigurationError, match="another attempt"):
            client.send_message(**MESSAGE)
        assert len(scene.received) == 1


@pytest.mark.parametrize(
    "config",
    [
        Config(proxies={"http": "http://127.0.0.1:9"}),
        Config(client_cert="cert.pem"),
        Config(retries={"mode": "adaptive"}),
    ],
)
def test_a_client_whose_settings_would_be_lost_is_refused(config: Config) -> None:
    with Scene(PROFILE, SENT) as scene:
        with pytest.raises(ConfigurationError):
            _client(scene, "sqs", config=config).send_message(**MESSAGE)
        with pytest.raises(ConfigurationError):
            attach(boto3.client("sqs", **KEYS, config=config), scene.connection({}))
        assert scene.received == []


# What exists already -------------------------------------------------------------------------------


def test_a_client_that_exists_is_put_on_the_engine_once() -> None:
    with Scene(PROFILE, BROKEN) as scene:
        eager: Any = Config(retries={"total_max_attempts": 9, "mode": "standard"})
        client = boto3.client("sqs", **KEYS, endpoint_url=scene.server.url, config=eager)  # type: ignore[call-overload]
        connection = scene.connection({}, base_url=None)
        assert attach(client, connection) is client
        assert attach(client, connection) is client
        with pytest.raises(ClientError) as raised:
            client.send_message(**MESSAGE)
        assert len(scene.received) == 1
        assert _report(raised.value).outcome is Outcome.UNKNOWN
        with Scene(PROFILE) as other, pytest.raises(ConfigurationError, match="already"):
            attach(client, other.connection({}))


def test_a_session_that_exists_covers_the_clients_and_resources_made_from_it() -> None:
    with Scene(PROFILE, BROKEN) as scene:
        session = boto3.Session(**KEYS)  # type: ignore[arg-type]
        assert attach(session, scene.connection({})) is session
        assert attach(session, scene.connection({})) is session
        queue = session.resource("sqs").Queue(QUEUE)
        assert attach(queue, scene.connection({})) is queue
        for send in (queue.send_message, session.client("sqs").send_message):
            given = {"MessageBody": "m"} if send == queue.send_message else MESSAGE
            with pytest.raises(ClientError):
                send(**given)
        assert len(scene.received) == 2


def test_a_client_of_an_event_loop_is_refused() -> None:
    made = type("AioBaseClient", (BaseClient,), {"__module__": "aiobotocore.client"})
    client = made.__new__(made)
    assert owns(client)
    with Scene(PROFILE) as scene, pytest.raises(ConfigurationError, match="event loop"):
        attach(client, scene.connection({}))


def test_a_certificate_rule_of_a_clients_own_is_refused() -> None:
    with Scene(PROFILE) as scene, pytest.raises(ConfigurationError, match="verify"):
        attach(boto3.client("sqs", **KEYS, verify=False), scene.connection({}))  # type: ignore[call-overload]


# Nothing leaks -------------------------------------------------------------------------------------


def test_no_error_names_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for fault in (
        LOST,
        BROKEN,
        HTML,
        _throttled("ThrottlingException", retry_after="9000"),
    ):
        with Scene(PROFILE, fault) as scene, pytest.raises((ClientError, BotoCoreError)) as raised:
            _client(scene, "sqs").send_message(**MESSAGE)
        error = raised.value
        shown = f"{error!r} {error} {error.__cause__!r} {report_of(error)!r} {vars(error)!r}"
        assert "canary" not in shown.lower()
    assert "canary" not in caplog.text.lower()
