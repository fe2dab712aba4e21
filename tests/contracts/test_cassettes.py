"""Cassettes with the clients that people have: recorded once, then played with nobody behind."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import httpx2
import pytest
import requests
import stripe
from botocore.config import Config

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.cassettes.cassette import Cassette, Handling, Mode
from bridgewright.simulate.cassettes.trouble import CassetteError, LeakError, UnmatchedError
from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.wire import Reply, json_reply
from tests.contracts.amazon import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgewright.simulate.wire import Conversation, Heard

    Ask = Callable[[str, str], list[Any]]

KEY = "sk_test_" + "re+corder/key="
ANOTHER = "sk_test_" + "0another+key/of=ci"
MASKED = Handling(masked=("client_secret",))


@contextmanager
def provider(answer: Callable[[Heard], Reply]) -> Iterator[str]:
    """A server of these answers, and its URL."""

    async def conduct(conversation: Conversation) -> None:
        while True:
            heard = await conversation.hear()
            await conversation.say(answer(heard).written_to(heard.method))

    thread = LoopThread("provider")
    listener = Listener(conduct)
    try:
        yield f"http://{HOST}:{thread.run(listener.start())}"
    finally:
        thread.run(listener.close())
        thread.close()


class Counting:
    """Answers `{"n": 1}`, `{"n": 2}`, … with what it heard of the key."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._lock = threading.Lock()

    def __call__(self, heard: Heard) -> Reply:
        with self._lock:
            self.heard.append(heard)
            n = len(self.heard)
        return json_reply({"n": n, "key": heard.header("authorization")}, request_id=f"req_{n}")


def keyed(value: str = KEY) -> dict[str, Secret]:
    return {"stripe.key": Secret(value)}


def by_requests(url: str, key: str) -> list[Any]:
    with requests.Session() as session:
        session.auth = (key, "")
        made = session.post(f"{url}/v1/customers", data={"name": "Ada", "note": key})
        listed = session.get(f"{url}/v1/customers", params={"key": key})
        echo = session.put(f"{url}/echo", json={"key": key, "n": [1, 2.5, None]})
        return [
            (each.status_code, each.content, dict(each.headers)) for each in (made, listed, echo)
        ]


def by_httpx2(url: str, key: str) -> list[Any]:
    with httpx2.Client(base_url=url, headers={"authorization": f"Bearer {key}"}) as client:
        made = client.post("/v1/customers", data={"name": "Ada", "note": key})
        head = client.options("/v1/customers")
        echo = client.patch("/echo?a=1&b=", content=b"\x00\xff" + key.encode())
        return [(each.status_code, each.content, dict(each.headers)) for each in (made, head, echo)]


def by_aiohttp(url: str, key: str) -> list[Any]:
    async def ask() -> list[Any]:
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as session:
            answers = []
            for number in range(3):
                async with session.post(
                    f"{url}/v1/things", json={"i": number, "key": key}
                ) as answer:
                    answers.append((answer.status, await answer.read(), dict(answer.headers)))
            return answers

    return asyncio.run(ask())


def echo(heard: Heard) -> Reply:
    """Gives back all it was told, secrets too, in the ways that services do."""
    seen = {
        "target": heard.target,
        "authorization": heard.header("authorization"),
        "body": heard.body.decode("latin-1"),
        "wrapped": base64.b64encode(heard.body).decode(),
    }
    return json_reply(seen, 201, location="/v1/things?of=" + heard.target.replace("/", "%2F"))


@pytest.mark.slow
@pytest.mark.parametrize("ask", [by_requests, by_httpx2, by_aiohttp])
def test_a_client_gets_what_it_got_when_it_recorded_and_each_test_its_own_key(
    tmp_path: Path, ask: Ask
) -> None:
    path = tmp_path / "tape.json"
    with provider(echo) as upstream:
        with Cassette(path, mode="new", secrets=keyed(), upstream=upstream) as cassette:
            recorded = ask(cassette.url, KEY)
        direct = ask(upstream, ANOTHER)

    with Cassette(path, secrets=keyed()) as cassette:
        assert ask(cassette.url, KEY) == recorded
    with Cassette(path, secrets=keyed(ANOTHER)) as cassette:
        assert ask(cassette.url, ANOTHER) == direct
    text = path.read_text()
    assert KEY not in text
    assert base64.b64encode(f"{KEY}:".encode()).decode()[:-4] not in text
    assert "{{secret:stripe.key" in text


def paid(url: str, key: str) -> list[Any]:
    client = stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)
    customer = client.v1.customers.create({"email": "ada@example.com"})
    made = client.v1.payment_intents.create(
        {
            "amount": 4_900,
            "currency": "eur",
            "customer": customer.id,
            "confirm": True,
            "payment_method": "pm_card_visa",
        }
    )
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(
            {
                "amount": 500,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_chargeDeclined",
            }
        )
    listed = client.v1.charges.list({"customer": customer.id})
    return [customer.to_dict(), made.to_dict(), declined.value.code, [each.id for each in listed]]


@pytest.mark.slow
def test_the_official_stripe_sdk_plays_what_it_recorded_from_our_simulator(tmp_path: Path) -> None:
    path = tmp_path / "stripe.json"
    with (
        StripeSimulator() as simulator,
        Cassette(
            path, mode=Mode.NEW, secrets=keyed(), upstream=simulator.start(), handling=MASKED
        ) as cassette,
    ):
        recorded = paid(cassette.url, KEY)

    with Cassette(path, secrets=keyed(ANOTHER), handling=MASKED) as cassette:
        played = paid(cassette.url, ANOTHER)
        assert cassette.unplayed == ()

    recorded[1]["client_secret"] = played[1]["client_secret"]  # the file has a stand-in for it
    assert played == recorded


def clouds(url: str, secret: str) -> list[Any]:
    options: Any = {
        "endpoint_url": url,
        "region_name": "us-east-1",
        "aws_access_key_id": "AKIDCANARY",
        "aws_secret_access_key": secret,
        "config": Config(retries={"total_max_attempts": 1}),
    }
    s3, sqs, dynamo = (boto3.client(name, **options) for name in ("s3", "sqs", "dynamodb"))
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="a/b c.txt", Body=b"bytes \x00\xff", Metadata={"of": "ada"})
    held = s3.get_object(Bucket="shelf", Key="a/b c.txt")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=queue, MessageBody='{"job": 1}')
    got = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    listed = s3.list_objects_v2(Bucket="shelf")
    tables = dynamo.list_tables()["TableNames"]
    for client in (s3, sqs, dynamo):
        client.close()
    return [
        held["Body"].read(),
        held["Metadata"],
        sent["MessageId"],
        got["Body"],
        [(each["Key"], each["Size"]) for each in listed["Contents"]],
        tables,
    ]


@pytest.mark.slow
def test_boto3_plays_what_it_recorded_from_aws_though_it_signs_with_another_key(
    tmp_path: Path,
) -> None:
    path = tmp_path / "aws.json"
    homed = Handling(homed=True)
    with (
        simulated() as upstream,
        Cassette(
            path,
            mode="new",
            secrets={"aws.secret": Secret("canary-secret-31")},
            upstream=upstream,
            handling=homed,
        ) as cassette,
    ):
        recorded = clouds(cassette.url, "canary-secret-31")

    with Cassette(
        path, secrets={"aws.secret": Secret("another-secret")}, handling=homed
    ) as cassette:
        assert clouds(cassette.url, "another-secret") == recorded
        assert cassette.unplayed == ()
    assert recorded[0] == b"bytes \x00\xff"


def test_an_answer_without_a_body_announces_the_length_it_had(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with (
        provider(echo) as upstream,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        recorded = requests.head(f"{cassette.url}/v1/files", timeout=9).headers
    with Cassette(path) as cassette:
        assert requests.head(f"{cassette.url}/v1/files", timeout=9).headers == recorded
    assert int(recorded["content-length"]) > 0


def test_the_same_request_gets_its_answers_in_the_order_they_were_recorded(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        first = [requests.get(f"{cassette.url}/n", timeout=9).json()["n"] for _ in range(4)]

    with Cassette(path) as cassette:
        again = [requests.get(f"{cassette.url}/n", timeout=9).json()["n"] for _ in range(4)]
    assert first == again == [1, 2, 3, 4]


@pytest.mark.slow
def test_thirty_two_threads_each_get_an_answer_that_nobody_else_gets(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"

    def ask(url: str, number: int) -> tuple[int, int]:
        return number % 4, requests.post(f"{url}/n", json={"of": number % 4}, timeout=30).json()[
            "n"
        ]

    def asked(url: str) -> list[tuple[int, int]]:
        with ThreadPoolExecutor(32) as pool:
            return sorted(pool.map(lambda number: ask(url, number), range(128)))

    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        recorded = asked(cassette.url)
    with Cassette(path) as cassette:
        assert asked(cassette.url) == recorded
    assert sorted(n for _, n in recorded) == list(range(1, 129))
    turns = [each["turn"] for each in json.loads(path.read_text())["exchanges"]]
    assert sorted(turns) == sorted([*range(1, 33)] * 4)


def test_an_unknown_request_gets_501_with_the_nearest_three_and_fails_the_test(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.json"
    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        for name in ("customers", "customer", "charges", "disputes"):
            requests.post(f"{cassette.url}/v1/{name}", json={"amount": 1, "name": "Ada"}, timeout=9)

    cassette = Cassette(path)
    answer = requests.post(
        f"{cassette.start()}/v1/customers", json={"amount": 2, "name": "Ada"}, timeout=9
    )
    assert answer.status_code == 501
    message = answer.json()["error"]["message"]
    with pytest.raises(UnmatchedError) as failed:
        cassette.close()
    assert message.count("POST /v1/") == 4
    assert "disputes" not in message
    assert "asked    /amount: 2" in message
    assert "recorded /amount: 1" in message
    assert "/amount: 2" in str(failed.value)


def test_a_request_asked_once_more_than_recorded_is_an_error_or_repeats_as_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.json"
    with provider(Counting()) as upstream, Cassette(path, mode="new", upstream=upstream) as made:
        requests.get(f"{made.url}/n", timeout=9)

    cassette = Cassette(path)
    url = cassette.start()
    assert [requests.get(f"{url}/n", timeout=9).status_code for _ in range(2)] == [200, 501]
    with pytest.raises(UnmatchedError, match="recorded once, and is asked once more"):
        cassette.close()
    with Cassette(path, handling=Handling(after_last="repeat")) as cassette:
        answers = [requests.get(f"{cassette.url}/n", timeout=9).json()["n"] for _ in range(3)]
    assert answers == [1, 1, 1]


def test_mode_new_plays_what_there_is_and_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    counting = Counting()
    with provider(counting) as upstream:
        for rounds in (1, 2, 3):
            with Cassette(path, mode="new", upstream=upstream) as cassette:
                got = [
                    requests.get(f"{cassette.url}/n", timeout=9).json()["n"] for _ in range(rounds)
                ]
            assert got == list(range(1, rounds + 1))
    assert len(counting.heard) == 3


def test_mode_none_reaches_nobody_and_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    counting = Counting()
    with provider(counting) as upstream:
        with (
            pytest.raises(CassetteError, match="no such cassette"),
            Cassette(path, upstream=upstream),
        ):
            pass
        with Cassette(path, mode="new", upstream=upstream) as cassette:
            requests.get(f"{cassette.url}/n", timeout=9)
        before = path.read_bytes()
        with pytest.raises(UnmatchedError), Cassette(path, upstream=upstream) as cassette:
            requests.get(f"{cassette.url}/other", timeout=9)
    assert len(counting.heard) == 1
    assert path.read_bytes() == before


def fail_with(cassette: Cassette, target: str) -> None:
    """A test that asks and then fails for reasons of its own."""
    with cassette:
        requests.get(cassette.url + target, timeout=9)
        raise ZeroDivisionError


def test_a_test_that_fails_records_nothing_and_is_told_what_was_unmatched(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with provider(Counting()) as upstream:
        with pytest.raises(ZeroDivisionError):
            fail_with(Cassette(path, mode="new", upstream=upstream), "/n")
        assert not path.exists()
        with Cassette(path, mode="new", upstream=upstream) as cassette:
            requests.get(f"{cassette.url}/n", timeout=9)
    with pytest.raises(ZeroDivisionError) as failed:
        fail_with(Cassette(path), "/m")
    assert "GET /m: it was never recorded" in failed.value.__notes__[0]


def test_refresh_records_all_anew_and_reports_what_means_something_else_now(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    shapes = iter(
        [
            json_reply({"id": "cus_1", "created": 1, "address": {"city": "Oslo"}, "tags": ["a"]}),
            json_reply({"data": []}),
            json_reply({"id": "cus_2", "created": "2026", "tags": ["b"], "phone": None}, 201),
            json_reply({"deleted": True}),
        ]
    )
    with provider(lambda _: next(shapes)) as upstream:
        with Cassette(path, mode="new", upstream=upstream) as cassette:
            requests.get(f"{cassette.url}/v1/customers/cus_1", timeout=9)
            requests.get(f"{cassette.url}/v1/customers", timeout=9)
        with Cassette(path, mode="refresh", upstream=upstream) as cassette:
            requests.get(f"{cassette.url}/v1/customers/cus_2", timeout=9)
            requests.delete(f"{cassette.url}/v1/customers/cus_2", timeout=9)

    assert cassette.report is not None
    assert cassette.report.text.splitlines() == [
        "+ DELETE /v1/customers/{}: new in this cassette",
        "- GET /v1/customers: not asked for any more",
        "~ GET /v1/customers/{}",
        "    status 200 is now 201",
        "    + phone",
        "    - address",
        "    ~ created: number is now text",
    ]
    assert "cus_1" not in path.read_text()


def test_a_key_in_an_answer_that_nobody_named_stops_the_file_and_is_not_repeated(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.json"
    leaked = "sk_" + "live_" + "51HunterTwoHunterTwo"
    with (
        provider(lambda _: json_reply({"keys": [{"value": leaked}]})) as upstream,
        pytest.raises(LeakError) as refused,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        assert requests.get(f"{cassette.url}/keys", timeout=9).json()["keys"][0]["value"] == leaked
    assert not path.exists()
    assert leaked not in str(refused.value)
    assert "/exchanges/0/response/body/json/keys/0/value: a secret key of Stripe" in str(
        refused.value
    )


def test_a_compressed_answer_is_kept_readable_and_its_secrets_found(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"

    def answer(heard: Heard) -> Reply:
        body = gzip.compress(
            json.dumps({"key": KEY, "accepts": heard.header("accept-encoding")}).encode()
        )
        return Reply(
            200, (("Content-Type", "application/json"), ("Content-Encoding", "gzip")), body
        )

    with (
        provider(answer) as upstream,
        Cassette(path, mode="new", secrets=keyed(), upstream=upstream) as cassette,
    ):
        recorded = requests.get(f"{cassette.url}/", timeout=9)
    with Cassette(path, secrets=keyed(ANOTHER)) as cassette:
        played = requests.get(f"{cassette.url}/", timeout=9)
    assert recorded.json() == {"key": KEY, "accepts": "identity"}
    assert played.json() == {"key": ANOTHER, "accepts": "identity"}
    assert '"key": "{{secret:stripe.key}}"' in path.read_text()


def test_a_body_that_nobody_can_look_into_is_refused(tmp_path: Path) -> None:
    packed = Reply(200, (("content-encoding", "br"),), b"\x0b\x02\x80hello\x03")
    with (
        provider(lambda _: packed) as upstream,
        pytest.raises(LeakError, match=r"/exchanges/0/response/body: a body that is compressed"),
        Cassette(tmp_path / "tape.json", mode="new", upstream=upstream) as cassette,
    ):
        requests.get(f"{cassette.url}/", stream=True, timeout=9).close()


def test_what_is_volatile_is_not_matched(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    handling = Handling(volatile=("metadata.run", "created", "/v1/runs/{id}"))

    def ask(url: str, run: str) -> list[int]:
        return [
            requests.post(
                f"{url}/v1/jobs?created={run}", data={"a": "1", "metadata[run]": run}, timeout=9
            ),
            requests.post(
                f"{url}/v1/jobs",
                json={"a": [{"created": run}], "metadata": {"run": run}},
                timeout=9,
            ),
            requests.get(f"{url}/v1/runs/{run}", headers={"user-agent": run}, timeout=9),
            requests.post(f"{url}/v1/jobs", headers={"idempotency-key": run}, timeout=9),
        ]

    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream, handling=handling) as cassette,
    ):
        recorded = [each.json() for each in ask(cassette.url, "7")]
    with Cassette(path, handling=handling) as cassette:
        assert [each.json() for each in ask(cassette.url, "8")] == recorded


def test_uploads_match_though_each_has_a_boundary_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"

    def ask(url: str) -> int:
        files = {"file": ("a.txt", b"content", "text/plain")}
        return requests.post(f"{url}/files", files=files, timeout=9).status_code

    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream) as cassette,
    ):
        ask(cassette.url)
    with Cassette(path) as cassette:
        assert ask(cassette.url) == 200


def test_an_upstream_that_is_not_on_this_machine_is_refused_unless_it_is_meant(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.json"
    with pytest.raises(ConfigurationError, match="live=True"):
        Cassette(path, mode="new", upstream="https://api.stripe.com")
    assert Cassette(path, mode="new", upstream="https://api.stripe.com", live=True).url == ""
    with pytest.raises(CassetteError, match="there is no upstream"):
        Cassette(path, mode="refresh")


def test_an_upstream_that_is_gone_fails_the_recording_and_says_so(tmp_path: Path) -> None:
    with provider(Counting()) as upstream:
        gone = upstream
    with (
        pytest.raises(UnmatchedError, match="GET /n: ConnectError"),
        Cassette(tmp_path / "tape.json", mode="new", upstream=gone) as cassette,
    ):
        assert requests.get(f"{cassette.url}/n", timeout=9).status_code == 502


def test_an_old_recording_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with (
        provider(Counting()) as upstream,
        Cassette(path, mode="new", upstream=upstream, now=lambda: 0.0) as cassette,
    ):
        requests.get(f"{cassette.url}/n", timeout=9)
    handling = Handling(max_age_days=30)
    month = 30 * 86_400.0
    with Cassette(path, handling=handling, now=lambda: month):
        pass
    with (
        pytest.warns(UserWarning, match="recorded 31 days ago"),
        Cassette(path, handling=handling, now=lambda: month + 86_400),
    ):
        pass


def test_links_to_the_upstream_lead_to_the_cassette(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"

    def answer(heard: Heard) -> Reply:
        base = f"http://{heard.header('host')}"
        if heard.path == "/2":
            return json_reply({"page": 2})
        link = ("link", f'<{base}/2>; rel="next"')
        return Reply(
            200,
            (link, ("content-type", "application/json")),
            json.dumps({"next": f"{base}/2"}).encode(),
        )

    def walk(url: str) -> list[Any]:
        first = requests.get(f"{url}/1", timeout=9)
        return [
            requests.get(each, timeout=9).json()
            for each in (first.links["next"]["url"], first.json()["next"])
        ]

    handling = Handling(homed=True)
    with (
        provider(answer) as upstream,
        Cassette(path, mode="new", upstream=upstream, handling=handling) as cassette,
    ):
        recorded = walk(cassette.url)
    with Cassette(path, handling=handling) as cassette:
        assert walk(cassette.url) == recorded == [{"page": 2}, {"page": 2}]


def test_the_file_reads_like_the_exchange_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with provider(lambda _: json_reply({"id": "cus_1", "livemode": False})) as upstream:
        with Cassette(
            path, mode="new", secrets=keyed(), upstream=upstream, now=lambda: 1_800_000_000.0
        ) as cassette:
            auth = {"authorization": f"Bearer {KEY}"}
            requests.post(
                f"{cassette.url}/v1/customers?a=%20b", data={"name": "Ada"}, headers=auth, timeout=9
            )
        text = path.read_text().replace(upstream, "http://upstream")
    assert json.loads(text) == {
        "format": "bridgewright-cassette/1",
        "upstream": "http://upstream",
        "exchanges": [
            {
                "request": {
                    "method": "POST",
                    "path": "/v1/customers",
                    "query": ["a= b"],
                    "headers": [
                        "accept: */*",
                        "authorization: Bearer {{secret:stripe.key}}",
                        "content-type: application/x-www-form-urlencoded",
                    ],
                    "body": {"form": ["name=Ada"]},
                },
                "turn": 1,
                "recorded_at": "2027-01-15T08:00:00Z",
                "response": {
                    "status": 200,
                    "headers": ["content-type: application/json"],
                    "body": {"json": {"id": "cus_1", "livemode": False}, "layout": "spaced"},
                },
            }
        ],
    }


def test_two_tests_that_record_one_cassette_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    with provider(Counting()) as upstream:
        first = Cassette(path, mode="new", upstream=upstream)
        second = Cassette(path, mode="new", upstream=upstream)
        for cassette, name in ((first, "a"), (second, "b")):
            requests.get(f"{cassette.start()}/{name}", timeout=9)
        first.close()
        second.close()
    assert [each["request"]["path"] for each in json.loads(path.read_text())["exchanges"]] == [
        "/a",
        "/b",
    ]
