"""boto3 on the engine, at the simulator: the services that people use, as they use them."""

from __future__ import annotations

import io
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ResponseStreamingError, WaiterError

from bridgewright import outcome_of
from bridgewright.connectors.aws.client import Raw, report_of
from bridgewright.connectors.aws.profile import PROFILE
from bridgewright.core.model.call import NS_PER_S, Outcome
from bridgewright.engine.drive.calling import Timing, deadline
from tests.contracts.amazon import KEYS, Amazon, moto, simulated
from tests.contracts.loopback import Loopback, Reply
from tests.house.pages import program
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = 20_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulated() as url:
        yield url


@pytest.fixture
def amazon(server: str) -> Amazon:
    return Amazon(server)


def _client(amazon: Amazon, service: Any) -> Any:
    return amazon.session.client(service, **KEYS)


def _bucket(amazon: Amazon, name: str) -> Any:
    s3 = _client(amazon, "s3")
    s3.create_bucket(Bucket=name)
    return s3


@pytest.mark.slow
def test_objects_are_put_read_listed_and_deleted(amazon: Amazon) -> None:
    s3 = _bucket(amazon, "objects")
    put = s3.put_object(Bucket="objects", Key="k", Body=b"v", Metadata={"a": "b"})
    assert put["ResponseMetadata"]["RetryAttempts"] == 0
    found = s3.get_object(Bucket="objects", Key="k")
    assert (found["Body"].read(), found["Metadata"]) == (b"v", {"a": "b"})
    assert s3.head_object(Bucket="objects", Key="k")["ContentLength"] == 1
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="objects")
    assert [each["Key"] for page in pages for each in page["Contents"]] == ["k"]
    s3.delete_object(Bucket="objects", Key="k")
    with pytest.raises(s3.exceptions.NoSuchKey) as raised:
        s3.get_object(Bucket="objects", Key="k")
    report = outcome_of(raised.value)
    assert report is not None
    assert (report.outcome, report.reason, report.status) == (Outcome.REJECTED, "NoSuchKey", 404)
    assert report.operation == "s3.GetObject"
    assert report.request_id


@pytest.mark.slow
def test_an_objects_own_encoding_is_left_as_it_was_stored(amazon: Amazon) -> None:
    s3 = _bucket(amazon, "encoded")
    s3.put_object(Bucket="encoded", Key="k", Body=b"not gzip at all", ContentEncoding="gzip")
    found = s3.get_object(Bucket="encoded", Key="k")
    assert (found["Body"].read(), found["ContentEncoding"]) == (b"not gzip at all", "gzip")


@pytest.mark.slow
def test_a_large_file_goes_up_and_down_in_parts_from_threads(
    amazon: Amazon, tmp_path: Path
) -> None:
    s3 = _bucket(amazon, "large")
    path = tmp_path / "large"
    path.write_bytes(b"0123456789" * (LARGE // 10))
    amazon.wire.sent.clear()
    with deadline(60):
        s3.upload_file(str(path), "large", "k")
    parts = [each for each, _ in amazon.wire.sent if "partNumber" in each.url]
    assert len(parts) == 3
    s3.download_file("large", "k", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == path.read_bytes()
    longest = max(limits.deadline for _, limits in amazon.wire.sent)
    assert longest <= Timing().ticks() + PROFILE.numbers.deadline_s * NS_PER_S


@pytest.mark.slow
def test_threads_that_lost_the_context_have_a_deadline_all_the_same(amazon: Amazon) -> None:
    sqs = _client(amazon, "sqs")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: sqs.list_queues(), range(8)))
    now = Timing().ticks()
    assert all(limits.deadline <= now + 120 * NS_PER_S for _, limits in amazon.wire.sent)
    assert len(amazon.wire.sent) == 8


@pytest.mark.slow
def test_presigning_sends_nothing_and_its_link_works(amazon: Amazon) -> None:
    s3 = _bucket(amazon, "signed")
    s3.put_object(Bucket="signed", Key="k", Body=b"v")
    before = len(amazon.wire.sent)
    put = s3.generate_presigned_url("put_object", {"Bucket": "signed", "Key": "new"})
    link = s3.generate_presigned_url("get_object", {"Bucket": "signed", "Key": "k"})
    s3.generate_presigned_post("signed", "form")
    assert len(amazon.wire.sent) == before
    assert put.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(link) as answer:  # noqa: S310 - loopback
        assert answer.read() == b"v"


def test_messages_are_sent_received_and_die_in_their_queue(amazon: Amazon) -> None:
    sqs = _client(amazon, "sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = json.dumps({"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 1})
    alive = sqs.create_queue(QueueName="alive", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    sent = sqs.send_message(QueueUrl=alive, MessageBody="m")
    [got] = sqs.receive_message(QueueUrl=alive, VisibilityTimeout=0)["Messages"]
    assert (got["MessageId"], got["Body"]) == (sent["MessageId"], "m")
    assert "Messages" not in sqs.receive_message(QueueUrl=alive, VisibilityTimeout=0)
    [buried] = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert buried["Body"] == "m"
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=buried["ReceiptHandle"])


def test_a_batch_a_fifo_queue_and_a_resource_work(amazon: Amazon) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    queue = amazon.session.resource("sqs", **KEYS).create_queue(  # type: ignore[arg-type]
        QueueName="q.fifo", Attributes=attributes
    )
    entries: Any = [{"Id": each, "MessageBody": each, "MessageGroupId": "g"} for each in "ab"]
    assert len(queue.send_messages(Entries=entries)["Successful"]) == 2
    assert len(queue.receive_messages(MaxNumberOfMessages=10)) >= 1


@pytest.mark.slow
def test_a_topic_takes_messages_and_passes_them_to_its_queue(amazon: Amazon) -> None:
    sns, sqs = _client(amazon, "sns"), _client(amazon, "sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url = sqs.create_queue(QueueName="of-topic")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    [got] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(got["Body"])["Message"] == "hello"
    sns.delete_topic(TopicArn=topic)


@pytest.mark.slow
def test_mails_leave_by_both_versions_of_ses(amazon: Amazon) -> None:
    ses, newer = _client(amazon, "ses"), _client(amazon, "sesv2")
    content = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    to = {"ToAddresses": ["c@d.example"]}
    with pytest.raises(ClientError) as raised:
        ses.send_email(Source="a@b.example", Destination=to, Message=content)
    assert raised.value.response["Error"]["Code"] == "MessageRejected"
    ses.verify_email_identity(EmailAddress="a@b.example")
    assert ses.send_email(Source="a@b.example", Destination=to, Message=content)["MessageId"]
    mail = {"FromEmailAddress": "a@b.example", "Destination": to, "Content": {"Simple": content}}
    assert newer.send_email(**mail)["MessageId"]


@pytest.mark.slow
def test_secrets_are_kept_and_read(amazon: Amazon) -> None:
    secrets = _client(amazon, "secretsmanager")
    secrets.create_secret(Name="n", SecretString="first")
    secrets.put_secret_value(SecretId="n", SecretString="second")
    assert secrets.get_secret_value(SecretId="n")["SecretString"] == "second"
    assert {type(each).__name__ for each in amazon.facts} == {"CallAttempted", "CallEnded"}


@pytest.mark.slow
def test_tables_and_waiters_work(amazon: Amazon) -> None:
    dynamo = amazon.session.resource("dynamodb", **KEYS)  # type: ignore[arg-type]
    table = dynamo.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.put_item(Item={"k": "1", "n": 2})
    assert table.get_item(Key={"k": "1"})["Item"]["n"] == 2
    assert table.scan()["Count"] == 1
    assert _client(amazon, "sts").get_caller_identity()["Account"]


@pytest.mark.slow
def test_services_of_other_protocols_work() -> None:
    with moto() as url:
        amazon = Amazon(url)
        assert _client(amazon, "ec2").describe_vpcs()["Vpcs"]
        assert _client(amazon, "iam").list_users()["Users"] == []
        assert _client(amazon, "route53").list_hosted_zones()["HostedZones"] == []
        assert "Metrics" in _client(amazon, "cloudwatch").list_metrics()
        assert _client(amazon, "events").put_events(
            Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}]
        )


@pytest.mark.slow
def test_what_a_waiter_last_saw_is_reported(amazon: Amazon) -> None:
    s3 = _bucket(amazon, "waiting")
    waiter = s3.get_waiter("object_exists")
    with pytest.raises(WaiterError) as raised:
        waiter.wait(Bucket="waiting", Key="k", WaiterConfig={"MaxAttempts": 1, "Delay": 0})
    report = report_of(raised.value)
    assert report is not None
    assert report.operation == "s3.HeadObject"


def test_the_error_of_an_upload_in_threads_is_reported(amazon: Amazon) -> None:
    s3 = _client(amazon, "s3")
    with pytest.raises(Exception, match="NoSuchBucket") as raised:
        s3.upload_fileobj(io.BytesIO(b"v"), "nowhere", "k")
    report = report_of(raised.value)
    assert report is not None
    assert report.outcome is Outcome.REJECTED


def test_an_object_that_breaks_off_raises_what_botocore_raises() -> None:
    cut = Reply(200, b"x" * 10_000, {"ETag": '"e"'}, cut=True)
    with Loopback(cut) as server:
        found = _client(Amazon(server.url), "s3").get_object(Bucket="bucket", Key="k")
        assert found["Body"].read(8_000) == b"x" * 8_000
        with pytest.raises(ResponseStreamingError):
            found["Body"].read()
        assert len(server.received) == 1


def test_a_stream_is_read_as_far_as_asked_and_closed_once_asked() -> None:
    closed: list[bool] = []
    raw = Raw(iter([b"0123456789" * 500] * 4), lambda: closed.append(True))
    buffer = bytearray(4)
    assert raw.readinto(memoryview(buffer)) == 4
    assert (bytes(buffer), raw.read(2), raw.read(0)) == (b"0123", b"45", b"")
    assert len(b"".join(raw)) == 20_000 - 6
    assert raw.read() == raw.read(1) == b""
    raw.close()
    assert (closed, raw.readable()) == ([True], False)


@pytest.mark.slow
def test_reads_and_writes_of_a_service_share_nothing(amazon: Amazon) -> None:
    sqs = _client(amazon, "sqs")
    sqs.list_queues()
    url = sqs.create_queue(QueueName="known")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    names = {scope.key.group for scope in amazon.caller.scopes()}
    assert names == {"sqs.read", "sqs.write"}


@pytest.mark.slow
def test_the_program_of_the_page_runs(amazon: Amazon, tmp_path: Path) -> None:
    page: dict[str, Any] = {}
    exec(program((ROOT / "docs/connectors/aws.md").read_text(encoding="utf-8")), page)  # noqa: S102
    session = _Keyed(amazon)
    url = session.client("sqs").create_queue(QueueName="page")["QueueUrl"]
    assert page["announce"](session, url, "hello")
    assert page["announce"](session, f"{url}-gone", "hello") is Outcome.REJECTED
    handled: list[str] = []
    page["handle_all"](session, url, handled.append)
    assert handled == ["hello"]
    _bucket(amazon, "page")
    (tmp_path / "file").write_bytes(b"v")
    page["archive"](session, "page", "k", str(tmp_path / "file"))
    with urllib.request.urlopen(page["link"](session, "page", "k")) as answer:  # noqa: S310 - loopback
        assert answer.read() == b"v"


class _Keyed:
    """A session whose credentials are there, as a reader's are."""

    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def client(self, service: str) -> Any:
        return _client(self._amazon, service)
