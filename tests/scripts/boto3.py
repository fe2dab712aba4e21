"""A day with boto3: a queue and what goes through it, a bucket and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "boto3"
ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
"""Keys that may make and remove queues and buckets whose names begin with `bridgewright-`."""


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """Play it against a simulator's URL, or against AWS for None; what was seen, without ids."""
    session = boto3.Session(
        environ["AWS_ACCESS_KEY_ID"],
        environ["AWS_SECRET_ACCESS_KEY"],
        environ.get("AWS_SESSION_TOKEN"),
        environ["AWS_REGION"],
    )
    given: Any = {
        "endpoint_url": base_url,
        "config": Config(retries={"mode": "standard", "total_max_attempts": 1}),
    }
    name = f"bridgewright-{environ.get('RUN', '1')}"
    return _queue(session.client("sqs", **given), name) + _bucket(
        session.client("s3", **given), name, environ["AWS_REGION"]
    )


def _queue(sqs: Any, name: str) -> list[Step]:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="parcel 7")
    got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    again = sqs.receive_message(QueueUrl=url)
    steps = [
        Step("sent", sent["MD5OfMessageBody"]),
        Step("received", [each["Body"] for each in got]),
        Step("the same", got[0]["MessageId"] == sent["MessageId"]),
        Step("deleted", again.get("Messages", [])),
        Step("unknown", _refused(lambda: sqs.get_queue_url(QueueName=f"{name}-unheard-of"))),
    ]
    sqs.delete_queue(QueueUrl=url)
    return steps


def _bucket(s3: Any, name: str, region: str) -> list[Step]:
    where: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else where))
    for key in ("parcels/7.txt", "parcels/8.txt", "orders/1.txt"):
        s3.put_object(Bucket=name, Key=key, Body=key.encode(), ContentType="text/plain")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=name, Prefix="parcels/", PaginationConfig={"PageSize": 1}
    )
    got = s3.get_object(Bucket=name, Key="parcels/7.txt")
    steps = [
        Step("listed", [each["Key"] for page in pages for each in page["Contents"]]),
        Step("read", got["Body"].read().decode()),
        Step("kind", got["ContentType"]),
        Step("length", s3.head_object(Bucket=name, Key="orders/1.txt")["ContentLength"]),
        Step("nothing", _refused(lambda: s3.get_object(Bucket=name, Key="parcels/9.txt"))),
    ]
    keys = [{"Key": key} for key in ("parcels/7.txt", "parcels/8.txt", "orders/1.txt")]
    s3.delete_objects(Bucket=name, Delete={"Objects": keys})
    s3.delete_bucket(Bucket=name)
    return [*steps, Step("gone", _refused(lambda: s3.list_objects_v2(Bucket=name)))]


def _refused(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "taken"
