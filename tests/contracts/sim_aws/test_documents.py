"""What is claimed of the simulated AWS answers as botocore's description of it says, whatever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, assume, given, settings

from bridgewright.simulate.aws.simulator import AwsSimulator
from tests.contracts.amazon import KEYS
from tests.contracts.sim_aws.shapes import asked, wrong
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.slow

CLAIMED = {
    "s3": """CreateBucket ListBuckets HeadBucket DeleteBucket PutObject GetObject HeadObject DeleteObject
        DeleteObjects CopyObject ListObjects ListObjectsV2 CreateMultipartUpload UploadPart
        CompleteMultipartUpload AbortMultipartUpload""",
    "sqs": """CreateQueue GetQueueUrl ListQueues SendMessage SendMessageBatch ReceiveMessage DeleteMessage
        DeleteMessageBatch ChangeMessageVisibility GetQueueAttributes SetQueueAttributes
        PurgeQueue DeleteQueue""",
    "sns": """CreateTopic ListTopics Subscribe ListSubscriptionsByTopic Publish PublishBatch Unsubscribe
        DeleteTopic""",
    "dynamodb": """CreateTable DescribeTable ListTables PutItem GetItem UpdateItem DeleteItem Query Scan
        BatchGetItem BatchWriteItem TransactWriteItems DeleteTable""",
    "secretsmanager": "CreateSecret GetSecretValue PutSecretValue DescribeSecret ListSecrets DeleteSecret",
    "ses": "VerifyEmailIdentity SendEmail",
    "sesv2": "SendEmail",
}
OPERATIONS = [(service, name) for service, names in CLAIMED.items() for name in names.split()]
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def simulator() -> Iterator[AwsSimulator]:
    with AwsSimulator() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def clients(simulator: AwsSimulator) -> dict[str, Any]:
    url = simulator.stand.url
    return {
        each: boto3.client(each, endpoint_url=url, config=CONFIG, **KEYS)  # type: ignore[call-overload]
        for each in CLAIMED
    }


@pytest.fixture
def known(simulator: AwsSimulator, clients: dict[str, Any]) -> dict[str, Any]:
    """Something of every kind, so that more than "there is no such thing" is seen; what has it."""
    simulator.reset()
    simulator.stand.faults.clear()
    clients["s3"].create_bucket(Bucket="parcels")
    clients["s3"].put_object(Bucket="parcels", Key="7", Body=b"parcel 7")
    queue = clients["sqs"].create_queue(QueueName="parcels")["QueueUrl"]
    sent = clients["sqs"].send_message(QueueUrl=queue, MessageBody="parcel 7")
    topic = clients["sns"].create_topic(Name="parcels")["TopicArn"]
    clients["dynamodb"].create_table(
        TableName="parcels",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients["dynamodb"].put_item(TableName="parcels", Item={"id": {"S": "7"}})
    clients["secretsmanager"].create_secret(Name="parcels", SecretString="a made-up one")
    clients["ses"].verify_email_identity(EmailAddress="shop@example.org")
    return {
        "Bucket": "parcels",
        "CopySource": "parcels/7",
        "QueueUrl": queue,
        "QueueName": "parcels",
        "MessageId": sent["MessageId"],
        "WaitTimeSeconds": 0,
        "TopicArn": topic,
        "Protocol": "sqs",
        "TableName": "parcels",
        "Key": {"id": {"S": "7"}},
        "Item": {"id": {"S": "7"}},
        "SecretId": "parcels",
        "Name": "parcels",
        "Source": "shop@example.org",
        "FromEmailAddress": "shop@example.org",
    }


def _answered(client: Any, name: str, arguments: Mapping[str, Any]) -> Any:
    method = next(m for m, each in client.meta.method_to_api_mapping.items() if each == name)
    try:
        return getattr(client, method)(**arguments)
    except ClientError as error:
        return error.response
    except (BotoCoreError, ValueError, TypeError, AttributeError):
        return None  # the SDK itself will not send that


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_an_operation_answers_as_the_sdks_description_says(
    clients: dict[str, Any], known: dict[str, Any], service: str, name: str
) -> None:
    client = clients[service]
    operation = client.meta.service_model.operation_model(name)
    seen = set()

    @settings(
        max_examples=tries(20),
        deadline=None,
        database=None,
        derandomize=True,  # what is found depends on moto's version and on no dice
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments=asked(operation, known))
    def ask(arguments: dict[str, Any]) -> None:
        answer = _answered(client, name, arguments | _PINNED.get(name, {}))
        assume(answer is not None)
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        seen.add(status)
        if "Error" in answer:
            assert 300 <= status < 500 or status == 501, answer
            assert answer["Error"]["Code"], answer
        else:
            assert wrong(operation, answer) == ""

    ask()
    assert seen, "the SDK sends some of it"


_PINNED: Mapping[str, Mapping[str, Any]] = {"ReceiveMessage": {"WaitTimeSeconds": 0}}
"""Waiting for messages that never come would be most of what this does."""
