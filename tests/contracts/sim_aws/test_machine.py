"""The simulated AWS agrees with a model of what is kept there, whatever is asked of it in what order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bridgewright.simulate.aws.simulator import AwsSimulator
from tests.contracts.amazon import KEYS
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = KEYS["region_name"]
CONFIG = Config(retries={"total_max_attempts": 1})
keys = st.sampled_from(["a", "a/b", "b", "ü + &"])
ids = st.sampled_from(["1", "2", "3"])
texts = st.text("xyz<&", min_size=1, max_size=5)


class Cloud(RuleBasedStateMachine):
    """Objects, messages, items and secrets, each as the model says they must be by now."""

    def __init__(self, simulator: AwsSimulator, clients: Mapping[str, Any]) -> None:
        super().__init__()
        self.simulator = simulator
        self.s3, self.sqs, self.sns = (clients[each] for each in ("s3", "sqs", "sns"))
        self.tables, self.vault = clients["dynamodb"], clients["secretsmanager"]
        simulator.reset()
        simulator.stand.faults.clear()
        self.s3.create_bucket(Bucket="parcels")
        self.queue = self.sqs.create_queue(QueueName="parcels")["QueueUrl"]
        self.topic = self.sns.create_topic(Name="parcels")["TopicArn"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        self.sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        self.tables.create_table(
            TableName="parcels",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.objects: dict[str, bytes] = {}
        self.messages: Counter[str] = Counter()
        self.items: dict[str, str] = {}
        self.secrets: dict[str, str] = {}

    @rule(key=keys, body=st.binary(max_size=9), lost=st.booleans())
    def put_object(self, key: str, body: bytes, *, lost: bool) -> None:
        if lost:
            self.simulator.stand.faults.on("aws.s3.PutObject").first(1).lose_response()
            with pytest.raises(ConnectionClosedError):
                self.s3.put_object(Bucket="parcels", Key=key, Body=body)
            self.simulator.stand.faults.clear()
        else:
            self.s3.put_object(Bucket="parcels", Key=key, Body=body)
        self.objects[key] = body

    @rule(source=keys, copy=keys)
    def copy_object(self, source: str, copy: str) -> None:
        place = {"Bucket": "parcels", "Key": source}
        if source not in self.objects:
            with pytest.raises(ClientError):
                self.s3.copy_object(Bucket="parcels", Key=copy, CopySource=place)
        elif source != copy:  # S3 refuses a copy onto itself that changes nothing
            self.s3.copy_object(Bucket="parcels", Key=copy, CopySource=place)
            self.objects[copy] = self.objects[source]

    @rule(key=keys)
    def get_object(self, key: str) -> None:
        if key in self.objects:
            got = self.s3.get_object(Bucket="parcels", Key=key)["Body"].read()
            assert got == self.objects[key]
        else:
            with pytest.raises(self.s3.exceptions.NoSuchKey):
                self.s3.get_object(Bucket="parcels", Key=key)

    @rule(key=keys)
    def delete_object(self, key: str) -> None:
        self.s3.delete_object(Bucket="parcels", Key=key)  # no error for what is not there
        self.objects.pop(key, None)

    @rule(text=texts, lost=st.booleans())
    def send_message(self, text: str, *, lost: bool) -> None:
        if lost:
            self.simulator.stand.faults.on("aws.sqs.SendMessage").first(1).lose_response()
            with pytest.raises(ConnectionClosedError):
                self.sqs.send_message(QueueUrl=self.queue, MessageBody=text)
            self.simulator.stand.faults.clear()
        else:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=text)
        self.messages[text] += 1

    @rule(text=texts)
    def send_nothing_while_it_is_down(self, text: str) -> None:
        self.simulator.stand.faults.on("aws.sqs.SendMessage").first(1).status(503)
        with pytest.raises(ClientError):
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=text)
        self.simulator.stand.faults.clear()

    @rule(text=texts)
    def publish(self, text: str) -> None:
        self.sns.publish(TopicArn=self.topic, Message=text)
        self.messages[text] += 1

    @rule(take=st.booleans())
    def receive(self, *, take: bool) -> None:
        got = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=0
        ).get("Messages", [])
        bodies = Counter(each["Body"] for each in got)
        assert bodies <= self.messages
        assert bool(bodies) == bool(self.messages.total())
        for each in got if take else ():
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
            self.messages[each["Body"]] -= 1

    @rule(number=ids, text=texts, new=st.booleans())
    def put_item(self, number: str, text: str, *, new: bool) -> None:
        item = {"id": {"S": number}, "text": {"S": text}}
        condition = {"ConditionExpression": "attribute_not_exists(id)"} if new else {}
        if new and number in self.items:
            with pytest.raises(self.tables.exceptions.ConditionalCheckFailedException):
                self.tables.put_item(TableName="parcels", Item=item, **condition)
            return
        self.tables.put_item(TableName="parcels", Item=item, **condition)
        self.items[number] = text

    @rule(number=ids)
    def delete_item(self, number: str) -> None:
        old = self.tables.delete_item(
            TableName="parcels", Key={"id": {"S": number}}, ReturnValues="ALL_OLD"
        )
        assert ("Attributes" in old) == (number in self.items)
        self.items.pop(number, None)

    @rule(name=ids, text=texts)
    def keep_secret(self, name: str, text: str) -> None:
        if name in self.secrets:
            with pytest.raises(self.vault.exceptions.ResourceExistsException):
                self.vault.create_secret(Name=name, SecretString=text)
            self.vault.put_secret_value(SecretId=name, SecretString=text)
        else:
            self.vault.create_secret(Name=name, SecretString=text)
        self.secrets[name] = text

    @rule(name=ids)
    def read_secret(self, name: str) -> None:
        if name in self.secrets:
            assert self.vault.get_secret_value(SecretId=name)["SecretString"] == self.secrets[name]
        else:
            with pytest.raises(self.vault.exceptions.ResourceNotFoundException):
                self.vault.get_secret_value(SecretId=name)

    @invariant()
    def lists_hold_everything_once(self) -> None:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket="parcels", PaginationConfig={"PageSize": 2}
        )
        listed = {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}
        assert listed == {key: len(body) for key, body in self.objects.items()}
        scanned = self.tables.get_paginator("scan").paginate(
            TableName="parcels", PaginationConfig={"PageSize": 2}
        )
        items = [each for page in scanned for each in page["Items"]]
        assert {each["id"]["S"]: each["text"]["S"] for each in items} == self.items
        assert len(items) == len(self.items)

    @invariant()
    def the_desk_tells_what_is_there(self) -> None:
        state = self.simulator.state()
        there = state[REGION]
        assert sorted(state["s3"]["parcels"]) == sorted(self.objects)
        assert there["sqs"] == {"parcels": self.messages.total()}
        assert (there["sns"], there["dynamodb"]) == ([self.topic], ["parcels"])
        assert sorted(there["secretsmanager"]) == sorted(self.secrets)


@pytest.mark.slow
def test_the_simulator_and_the_model_agree() -> None:
    with AwsSimulator() as simulator:
        url = simulator.start()
        clients = {
            each: boto3.client(each, endpoint_url=url, config=CONFIG, **KEYS)  # type: ignore[call-overload]
            for each in ("s3", "sqs", "sns", "dynamodb", "secretsmanager")
        }
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: Cloud(simulator, clients),
            settings=settings(
                max_examples=tries(30),
                deadline=None,
                stateful_step_count=25,
                suppress_health_check=list(HealthCheck),
            ),
        )
