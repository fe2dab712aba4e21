"""What there is in moto, asked as any client asks: names and counts, and no content."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.wire import Content

PATIENCE_S = 30.0
_SCOPE = "AWS4-HMAC-SHA256 Credential=inventory/20261101/{}/{}/aws4_request, SignedHeaders=host, Signature=0"


class Inventory:
    """Looks at every bucket, and at the queues, topics, tables and secrets of some regions."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx2.Client(timeout=PATIENCE_S, verify=False, trust_env=False)

    def of(self, regions: Iterable[str]) -> Content:
        """The keys of each bucket; and by region how many messages wait in each queue, the topics,
        the tables, and the names of the secrets. Of the first account alone, but for buckets."""
        with self._client:
            found: Content = {"s3": self._buckets()}
            for region in regions:
                found[region] = {
                    "sqs": self._queues(region),
                    "sns": self._topics(region),
                    "dynamodb": self._json(region, "dynamodb", "DynamoDB_20120810.ListTables")[
                        "TableNames"
                    ],
                    "secretsmanager": self._secrets(region),
                }
            return found

    def _queues(self, region: str) -> dict[str, int]:
        listed = self._json(region, "sqs", "AmazonSQS.ListQueues").get("QueueUrls", [])
        counts = {}
        for url in listed:
            asked = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
            told = self._json(region, "sqs", "AmazonSQS.GetQueueAttributes", asked)
            waiting = told.get("Attributes", {}).get("ApproximateNumberOfMessages", "0")
            counts[url.rpartition("/")[2]] = int(waiting)
        return counts

    def _secrets(self, region: str) -> list[str]:
        listed = self._json(region, "secretsmanager", "secretsmanager.ListSecrets")
        return [each["Name"] for each in listed["SecretList"]]

    def _topics(self, region: str) -> list[str]:
        form = {"Action": "ListTopics", "Version": "2010-03-31"}
        answer = self._client.post(self._url, data=form, headers=_signed(region, "sns"))
        return re.findall(r"<TopicArn>([^<]+)</TopicArn>", answer.text)

    def _buckets(self) -> dict[str, list[str]]:
        signed = _signed("us-east-1", "s3")
        listed = self._client.get(self._url, headers=signed).text
        kept = {}
        for name in re.findall(r"<Name>([^<]+)</Name>", listed):
            inside = self._client.get(f"{self._url}/{name}?list-type=2", headers=signed).text
            kept[name] = [html.unescape(key) for key in re.findall(r"<Key>([^<]*)</Key>", inside)]
        return kept

    def _json(
        self, region: str, service: str, target: str, asked: Content | None = None
    ) -> Content:
        media = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
        headers = _signed(region, service) | media
        answer = self._client.post(self._url, json=asked or {}, headers=headers)
        content: Content = answer.json()
        return content


def _signed(region: str, service: str) -> dict[str, str]:
    """What moto takes for a signature: it only looks at whom the request is for."""
    return {"authorization": _SCOPE.format(region, service)}
