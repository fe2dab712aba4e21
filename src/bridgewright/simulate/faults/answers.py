"""How each provider answers on a good day: as much of its shape as its official SDK and our profile
look at, the same for every request."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.wire import Content, Heard

    Answer = Callable[[Heard], Reply]

HTTP_DATE = "Mon, 23 Nov 2026 07:00:00 +0000"


def plain(heard: Heard) -> Reply:
    """A JSON API without a name."""
    return json_reply({"id": "thing_1", "object": "thing"}, 200 if heard.method == "GET" else 201)


def answering(read: Content, write: Content) -> Answer:
    """An API that answers every GET with the one, and everything else with the other."""

    def answer(heard: Heard) -> Reply:
        if heard.method == "GET":
            return json_reply(read)
        return json_reply(write, 201 if heard.method == "POST" else 200)

    return answer


def stripe(heard: Heard) -> Reply:
    """A customer, or a list of one: https://docs.stripe.com/api/customers, read 2026-11."""
    customer: Content = {
        "id": "cus_Rk8xW2mPq4vN7t",
        "object": "customer",
        "created": 1_790_000_000,
        "livemode": False,
        "metadata": {},
    }
    content = customer
    if heard.method == "GET" and heard.path.endswith("/customers"):
        content = {
            "object": "list",
            "data": [customer],
            "has_more": False,
            "url": "/v1/customers",
        }
    return json_reply(content, request_id="req_7RkM2xWqP4vN8t")


def twilio(heard: Heard) -> Reply:
    """A message, or a list of one: Twilio's Messages resource, read 2026-11."""
    account = heard.path.partition("/Accounts/")[2].partition("/")[0] or "AC" + "0" * 32
    message: Content = {
        "sid": "SM" + "1" * 32,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": "hello",
        "date_created": HTTP_DATE,
        "date_sent": None,
        "date_updated": HTTP_DATE,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+15005550006",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "subresource_uris": {},
        "to": "+15005550009",
        "uri": f"/2010-04-01/Accounts/{account}/Messages/SM{'1' * 32}.json",
    }
    if heard.method == "GET" and heard.path.endswith("/Messages.json"):
        page = {"page": 0, "page_size": 50, "next_page_uri": None, "uri": heard.path}
        return json_reply({"messages": [message], **page})
    return json_reply(message, 201 if heard.method == "POST" else 200)


def sendgrid(heard: Heard) -> Reply:
    """202 without a body for mail, JSON for anything read."""
    if heard.method == "GET":
        return json_reply({"result": [], "_metadata": {"count": 0}})
    return Reply(202, (("x-message-id", "mU3xWqP4vN8tR2k"),))


def sqs(heard: Heard) -> Reply:
    """SendMessage, GetQueueAttributes or ReceiveMessage by the JSON protocol; the digest is what
    botocore checks."""
    _, _, operation = (heard.header("x-amz-target") or "").partition(".")
    if operation == "SendMessage":
        text = json.loads(heard.body)["MessageBody"]
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        return _amazon({"MessageId": "5fea7756-0ea4", "MD5OfMessageBody": digest})
    if operation == "GetQueueAttributes":
        return _amazon({"Attributes": {"ApproximateNumberOfMessages": "0"}})
    return _amazon({"Messages": []})


def _amazon(content: Content) -> Reply:
    headers = (
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amzn-requestid", "d1f3c2a0-7f4e-5c7d"),
    )
    return Reply(200, headers, json.dumps(content).encode())


def s3(heard: Heard) -> Reply:
    """PutObject answers without a body, ListObjectsV2 with an empty list."""
    headers = (("x-amz-request-id", "7B4A1FAF1D3E5C2B"),)
    if heard.method != "GET":
        digest = hashlib.md5(heard.body, usedforsecurity=False).hexdigest()
        return Reply(200, (("etag", f'"{digest}"'), *headers))
    listing = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>parcels</Name>'
        "<Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys>"
        "<IsTruncated>false</IsTruncated></ListBucketResult>"
    )
    return Reply(200, (("content-type", "application/xml"), *headers), listing.encode())


def github(heard: Heard) -> Reply:
    """An issue: https://docs.github.com/rest/issues/issues, read 2026-11."""
    person: Content = {
        "login": "person-1",
        "id": 1,
        "node_id": "U_1",
        "avatar_url": "https://example.org/1.png",
        "gravatar_id": "",
        "type": "User",
        "site_admin": False,
    } | {name: f"https://example.org/{name}" for name in _PERSON_URLS}
    issue: Content = {
        "id": 1,
        "node_id": "I_1",
        "number": 7,
        "state": "open",
        "title": "A parcel is late",
        "user": person,
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": 0,
        "closed_at": None,
        "created_at": "2026-11-23T07:00:00Z",
        "updated_at": "2026-11-23T07:00:00Z",
        "author_association": "OWNER",
    } | {name: f"https://example.org/{name}" for name in _ISSUE_URLS}
    return json_reply(issue, 201 if heard.method == "POST" else 200)


_PERSON_URLS = (
    "url html_url followers_url following_url gists_url starred_url subscriptions_url"
    " organizations_url repos_url events_url received_events_url"
).split()
_ISSUE_URLS = "url repository_url labels_url comments_url events_url html_url timeline_url".split()

ANSWERS: dict[str, Answer] = {
    "plain": plain,
    "stripe": stripe,
    "twilio": twilio,
    "sendgrid": sendgrid,
    "sqs": sqs,
    "s3": s3,
    "github": github,
}
"""By the name that the command line knows them by."""
