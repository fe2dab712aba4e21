"""boto3, unmodified, against moto behind our port: faults, journal and desk work for AWS as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import httpx2
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.aws import backend
from bridgewright.simulate.aws.operations import Operations
from bridgewright.simulate.aws.simulator import AwsSimulator
from bridgewright.simulate.faults.journal import effects_of
from bridgewright.simulate.faults.rules import Kind
from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.wire import Heard
from tests.contracts.amazon import KEYS
from tests.scripts import boto3 as script

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
SCOPE = "AWS4-HMAC-SHA256 Credential=A/20261101/eu-west-1/{}/aws4_request, SignedHeaders=host"


@pytest.fixture(scope="module")
def served() -> Iterator[AwsSimulator]:
    with AwsSimulator() as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def simulator(served: AwsSimulator) -> AwsSimulator:
    served.reset()
    served.stand.faults.clear()
    return served


def client(simulator: AwsSimulator, service: str, attempts: int = 1) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return boto3.client(service, endpoint_url=simulator.stand.url, config=config, **KEYS)  # type: ignore[call-overload]


def asked(simulator: AwsSimulator) -> list[str]:
    return [each.operation for each in simulator.stand.journal.entries]


def test_the_script_of_a_day_sees_what_it_sees_at_aws(simulator: AwsSimulator) -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIDCANARY",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_REGION": "eu-west-1",
    }
    seen = {each.name: each.seen for each in script.run(simulator.stand.url, environ)}

    assert seen == {
        "sent": "410979d413a4da42e189d9dcf7bcd90a",
        "received": ["parcel 7"],
        "the same": True,
        "deleted": [],
        "unknown": "AWS.SimpleQueueService.NonExistentQueue",
        "listed": ["parcels/7.txt", "parcels/8.txt"],
        "read": "parcels/7.txt",
        "kind": "text/plain",
        "length": 12,
        "nothing": "NoSuchKey",
        "gone": "NoSuchBucket",
    }


def test_a_lost_answer_to_send_message_leaves_two_messages(simulator: AwsSimulator) -> None:
    simulator.stand.faults.on("aws.sqs.SendMessage").first(1).lose_response()
    sqs = client(simulator, "sqs", attempts=3)
    url = sqs.create_queue(QueueName="parcels")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="parcel 7")

    sent = [e for e in simulator.stand.journal.entries if e.operation == "sqs.SendMessage"]
    assert effects_of(sent) == 2, "boto3 asks once more, and nothing says that it is the same"
    assert [each.status for each in sent] == [None, 200]
    assert simulator.state()["us-east-1"]["sqs"] == {"parcels": 2}


def test_an_answer_that_was_refused_before_its_effect_leaves_one(simulator: AwsSimulator) -> None:
    simulator.stand.faults.on("aws.sqs.SendMessage").first(1).status(503)
    sqs = client(simulator, "sqs", attempts=3)
    url = sqs.create_queue(QueueName="parcels")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="parcel 7")
    assert simulator.state()["us-east-1"]["sqs"] == {"parcels": 1}


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sqs", ("list_queues", {}), "ThrottlingException"),
        ("sns", ("list_topics", {}), "ThrottlingException"),
        ("s3", ("list_buckets", {}), "SlowDown"),
        ("dynamodb", ("list_tables", {}), "ThrottlingException"),
        ("ses", ("list_identities", {}), "ThrottlingException"),
        ("sesv2", ("list_email_identities", {}), "ThrottlingException"),
        ("secretsmanager", ("list_secrets", {}), "ThrottlingException"),
    ],
)
def test_a_refusal_is_in_the_words_of_each_protocol(
    simulator: AwsSimulator, service: str, call: tuple[str, dict[str, Any]], code: str
) -> None:
    simulator.be(Mood.THROTTLING)
    with pytest.raises(ClientError) as refused:
        getattr(client(simulator, service), call[0])(**call[1])
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, 429)
    simulator.be(Mood.WELL)
    assert getattr(client(simulator, service), call[0])(**call[1])


def test_objects_pass_through_byte_for_byte_and_faults_strike_their_answers(
    simulator: AwsSimulator,
) -> None:
    s3 = client(simulator, "s3")
    s3.create_bucket(Bucket="parcels")
    body = bytes(range(256)) * 4_096
    s3.put_object(Bucket="parcels", Key="a/ü b+c.bin", Body=body)
    assert s3.get_object(Bucket="parcels", Key="a/ü b+c.bin")["Body"].read() == body
    assert s3.head_object(Bucket="parcels", Key="a/ü b+c.bin")["ContentLength"] == len(body)
    assert simulator.state()["s3"] == {"parcels": ["a/ü b+c.bin"]}

    simulator.stand.faults.on("aws.s3.GetObject").first(1).truncate()
    got = s3.get_object(Bucket="parcels", Key="a/ü b+c.bin")["Body"]
    with pytest.raises(Exception, match=r"IncompleteRead|Connection broken"):
        got.read()
    simulator.stand.faults.on("aws.s3.PutObject").first(1).reset()
    with pytest.raises(Exception, match="Connection"):
        s3.put_object(Bucket="parcels", Key="b", Body=b"b")
    assert simulator.state()["s3"] == {"parcels": ["a/ü b+c.bin"]}


def test_topics_tables_and_mail_are_told_apart_by_their_names(simulator: AwsSimulator) -> None:
    sns, sqs = client(simulator, "sns"), client(simulator, "sqs")
    topic = sns.create_topic(Name="parcels")["TopicArn"]
    queue = sqs.create_queue(QueueName="parcels")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    sns.publish(TopicArn=topic, Message="parcel 7")
    assert simulator.state()["us-east-1"]["sqs"] == {"parcels": 1}

    tables = client(simulator, "dynamodb")
    tables.create_table(
        TableName="parcels",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.put_item(TableName="parcels", Item={"id": {"S": "7"}})
    assert tables.get_item(TableName="parcels", Key={"id": {"S": "7"}})["Item"]
    client(simulator, "ses").verify_email_identity(EmailAddress="shop@example.org")
    mail = client(simulator, "sesv2")
    content: Any = {"Simple": {"Subject": {"Data": "?"}, "Body": {"Text": {"Data": "?"}}}}
    to: Any = {"ToAddresses": ["ada@example.org"]}
    mail.send_email(FromEmailAddress="shop@example.org", Destination=to, Content=content)

    assert asked(simulator) == [
        "sns.CreateTopic",
        "sqs.CreateQueue",
        "sqs.GetQueueAttributes",
        "sns.Subscribe",
        "sns.Publish",
        "dynamodb.CreateTable",
        "dynamodb.PutItem",
        "dynamodb.GetItem",
        "ses.VerifyEmailIdentity",
        "sesv2.SendEmail",
    ]
    assert simulator.state()["us-east-1"]["dynamodb"] == ["parcels"]


def test_a_secret_is_kept_and_its_name_alone_is_in_the_state(simulator: AwsSimulator) -> None:
    vault = client(simulator, "secretsmanager")
    vault.create_secret(Name="prod/hook", SecretString="canary-kept")
    assert vault.get_secret_value(SecretId="prod/hook")["SecretString"] == "canary-kept"
    with pytest.raises(vault.exceptions.ResourceNotFoundException):
        vault.get_secret_value(SecretId="prod/none")
    assert asked(simulator)[-1] == "secretsmanager.GetSecretValue"
    assert simulator.state()["us-east-1"]["secretsmanager"] == ["prod/hook"]
    assert "canary-kept" not in str(simulator.state())


def test_a_presigned_url_is_named_as_what_it_does(simulator: AwsSimulator) -> None:
    s3 = client(simulator, "s3")
    s3.create_bucket(Bucket="parcels")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "parcels", "Key": "7"})
    assert httpx2.put(url, content=b"7").status_code == 200
    assert asked(simulator) == ["s3.CreateBucket", "s3.PutObject"]


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("lambda", "list_functions", {}),
        ("kinesis", "list_streams", {}),
        ("sqs", "cancel_message_move_task", {"TaskHandle": "x"}),
        (
            "sns",
            "subscribe",
            {"TopicArn": "arn:x", "Protocol": "https", "Endpoint": "https://example.org"},
        ),
    ],
)
def test_what_is_not_simulated_is_501_and_not_made_up(
    simulator: AwsSimulator, service: str, call: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(simulator, service), call)(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "nothing is made up" in str(refused.value)


def test_motos_own_door_is_closed(simulator: AwsSimulator) -> None:
    assert httpx2.post(f"{simulator.stand.url}/moto-api/reset").status_code == 501


def test_the_desk_is_there_and_ids_begin_again_after_a_reset(simulator: AwsSimulator) -> None:
    desk = f"{simulator.stand.url}/_sim"

    def sent() -> str:
        sqs = client(simulator, "sqs")
        url = sqs.create_queue(QueueName="parcels")["QueueUrl"]
        return str(sqs.send_message(QueueUrl=url, MessageBody="parcel 7")["MessageId"])

    first = sent()
    assert httpx2.get(f"{desk}/state").json()["us-east-1"]["sqs"] == {"parcels": 1}
    journal = httpx2.get(f"{desk}/journal").json()["requests"]
    assert [each["operation"] for each in journal] == ["sqs.CreateQueue", "sqs.SendMessage"]
    assert "AKIDCANARY" not in str(journal)
    assert httpx2.post(f"{desk}/reset").status_code == 204
    assert sent() == first
    httpx2.post(f"{desk}/faults", json={"kind": "close", "where": "aws.sqs.*"})
    with pytest.raises(ConnectionClosedError):
        sent()


def test_garbage_in_an_answer_is_not_motos(simulator: AwsSimulator) -> None:
    simulator.stand.faults.on("aws.sqs.ListQueues").first(1).answer_with(Kind.HTML)
    assert "QueueUrls" not in client(simulator, "sqs").list_queues()


def test_nothing_can_be_triggered(simulator: AwsSimulator) -> None:
    with pytest.raises(UnknownTriggerError):
        simulator.trigger("sqs.message", {})


def test_without_moto_the_error_says_what_to_install() -> None:
    bare = backend.Backend(needed=("moto", "no_such_module"))
    with pytest.raises(ConfigurationError, match="no_such_module is not installed") as refused:
        bare.start()
    assert "pip install" in str(refused.value)


def heard(method: str, target: str, service: str = "s3", **headers: str) -> Heard:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    signed = ("authorization", SCOPE.format(service))
    return Heard(method, target, (signed, *named), b"", 1, 1, 0.0)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (heard("GET", "/"), "s3.ListBuckets"),
        (heard("GET", "/b"), "s3.ListObjects"),
        (heard("GET", "/b/?list-type=2&prefix=a"), "s3.ListObjectsV2"),
        (heard("GET", "/b?location"), "s3.GetBucketLocation"),
        (heard("PUT", "/b"), "s3.CreateBucket"),
        (heard("PUT", "/b/a/b/c.txt"), "s3.PutObject"),
        (heard("PUT", "/b/k", x_amz_copy_source="/b/o"), "s3.CopyObject"),
        (heard("POST", "/b/k?uploads"), "s3.CreateMultipartUpload"),
        (heard("PUT", "/b/k?partNumber=1&uploadId=u"), "s3.UploadPart"),
        (heard("POST", "/b/k?uploadId=u"), "s3.CompleteMultipartUpload"),
        (heard("DELETE", "/b/k?uploadId=u"), "s3.AbortMultipartUpload"),
        (heard("DELETE", "/b/k"), "s3.DeleteObject"),
        (heard("POST", "/b?delete"), "s3.DeleteObjects"),
        (heard("HEAD", "/b/k"), "s3.HeadObject"),
        (heard("GET", "/k", host="b.localhost:80"), "s3.GetObject"),
        (heard("POST", "/v2/email/outbound-emails", "ses"), "sesv2.SendEmail"),
        (heard("POST", "/?Action=Publish", "sns"), "sns.Publish"),
        (heard("POST", "/", x_amz_target="AmazonSQS.SendMessage"), "sqs.SendMessage"),
        (
            heard("POST", "/", x_amz_target="secretsmanager.GetSecretValue"),
            "secretsmanager.GetSecretValue",
        ),
        (heard("POST", "/", x_amz_target="Logs_20140328.PutLogEvents"), ""),
        (heard("POST", "/", "iam"), ""),
    ],
)
def test_an_operation_is_named_as_boto3_names_it(request_: Heard, name: str) -> None:
    assert Operations()(request_) == name


OPERATIONS = Operations()


@given(
    st.sampled_from(["GET", "PUT", "POST", "HEAD", "DELETE", "PATCH"]),
    st.text(st.characters(max_codepoint=255), max_size=30),
    st.dictionaries(
        st.sampled_from(["authorization", "x-amz-target", "content-type", "host"]),
        st.text(st.characters(max_codepoint=255), max_size=40),
    ),
    st.binary(max_size=30),
)
def test_naming_is_total(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    request = Heard(method, f"/{target}", tuple(headers.items()), body, 1, 1, 0.0)
    assert isinstance(OPERATIONS(request), str)
