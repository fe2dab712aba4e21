"""The forwarder: nobody on either side can tell that it is there, until it is told to interfere."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.faults import kinds
from bridgewright.simulate.faults.rules import Faults, Phase
from bridgewright.simulate.forwarder import Forwarder, Traffic
from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.upstream import Upstream
from bridgewright.simulate.wire import Reply
from tests.contracts.amazon import simulated
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.simulate.listener import Conduct
    from bridgewright.simulate.wire import Conversation, Heard

MEGABYTE = 1_048_576


class Provider:
    """A server that keeps what it heard and says `answer`, or conducts itself as it is told."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer = Reply(200, (("content-type", "text/plain"),), b"well")
        self.conduct: Conduct | None = None
        self._thread = LoopThread("provider")
        self._listener = Listener(self._serve)
        self.url = f"http://{HOST}:{self._thread.run(self._listener.start())}"

    def close(self) -> None:
        self._thread.run(self._listener.close())
        self._thread.close()

    async def _serve(self, conversation: Conversation) -> None:
        while True:
            heard = await conversation.hear()
            self.heard.append(heard)
            if self.conduct is not None:
                return await self.conduct(conversation)
            await conversation.say(self.answer.written_to(heard.method))


@pytest.fixture(scope="module")
def shared() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(shared: Provider) -> Provider:
    shared.heard.clear()
    shared.conduct = None
    shared.answer = Reply(200, (("content-type", "text/plain"),), b"well")
    return shared


@pytest.fixture(scope="module")
def through(shared: Provider) -> Iterator[str]:
    with Forwarder(Upstream(shared.url)) as forwarder:
        yield forwarder.url


def asked(url: str, method: str, target: str, body: bytes, headers: dict[str, str]) -> Any:
    """One request with the plainest client there is; status, header fields and body."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


targets = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), max_size=20)


@settings(max_examples=tries(100))
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    targets.filter(lambda text: "#" not in text),
    st.tuples(st.binary(max_size=99), st.binary(max_size=99)),
    st.sampled_from([200, 201, 202, 400, 404, 409, 429, 500, 503]),
)
def test_bytes_pass_both_ways_as_they_are(  # noqa: PLR0913 - both sides, and what passes
    shared: Provider,
    through: str,
    method: str,
    rest: str,
    bodies: tuple[bytes, bytes],
    status: int,
) -> None:
    sent, told = bodies
    shared.conduct = None
    fields = (("Content-Type", "application/x-odd"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    shared.answer = Reply(status, fields, told)
    got = asked(through, method, f"/{rest}", sent, {"x-odd": "\xe9 é", "cookie": "c=3"})
    assert got == (status, [*fields, ("content-length", str(len(told)))], told)
    heard = shared.heard[-1]
    assert (heard.method, heard.target, heard.body) == (method, f"/{rest}", sent)
    assert heard.header("host") == shared.url.removeprefix("http://")
    assert heard.header("x-odd") == "\xe9 é"
    assert heard.header("user-agent") is None


def test_what_is_compressed_stays_compressed(provider: Provider, through: str) -> None:
    packed = gzip.compress(b"well")
    provider.answer = Reply(200, (("content-encoding", "gzip"),), packed)
    assert asked(through, "GET", "/", b"", {"accept-encoding": "gzip"})[2] == packed
    assert provider.heard[0].header("accept-encoding") == "gzip"


def test_fields_of_one_connection_end_with_it(provider: Provider, through: str) -> None:
    provider.answer = Reply(200, (("connection", "x-hop"), ("x-hop", "1"), ("x-stay", "1")), b"")
    named = {"connection": "keep-alive, x-mine", "x-mine": "1", "te": "trailers", "x-stay": "1"}
    _, fields, _ = asked(through, "GET", "/", b"", named)
    assert dict(fields) == {"x-stay": "1", "content-length": "0"}
    heard = dict(provider.heard[0].headers)
    assert "x-mine" not in heard
    assert "te" not in heard
    assert heard["x-stay"] == "1"


@pytest.mark.parametrize("status", [200, 304])
def test_an_answer_to_head_has_its_length_and_no_body(
    provider: Provider, through: str, status: int
) -> None:
    provider.answer = Reply(status, (), b"12345")
    got = asked(through, "HEAD", "/", b"", {})
    assert got == (status, [("content-length", "5")], b"")


def test_a_base_path_of_the_upstream_comes_before_every_target(provider: Provider) -> None:
    with Forwarder(Upstream(f"{provider.url}/api/v2/")) as forwarder:
        asked(forwarder.url, "GET", "/things%2Fa?x=1", b"", {})
        asked(forwarder.url, "GET", "http://elsewhere/things?x=1", b"", {})
    assert [each.target for each in provider.heard] == [
        "/api/v2/things%2Fa?x=1",
        "/api/v2/things?x=1",
    ]


@pytest.mark.parametrize("sized", [True, False])
def test_what_is_larger_than_is_held_passes_in_pieces_whole(
    provider: Provider, *, sized: bool
) -> None:
    pieces, after = [bytes((number,)) * MEGABYTE for number in range(5)], []

    async def conduct(conversation: Conversation) -> None:
        framing = f"content-length: {5 * MEGABYTE}" if sized else "transfer-encoding: chunked"
        await conversation.say(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        for piece in pieces:
            await conversation.say(piece if sized else b"%x\r\n%b\r\n" % (len(piece), piece))
        await conversation.say(b"" if sized else b"0\r\n\r\n")

    async def saw(heard: Heard, reply: Reply) -> None:
        after.append(reply)

    provider.conduct = conduct
    with Forwarder(Upstream(provider.url), Traffic(after=saw, largest_bytes=MEGABYTE)) as forwarder:
        status, _, body = asked(forwarder.url, "GET", "/", b"", {})
    assert (status, body == b"".join(pieces), after) == (200, True, [])
    provider.answer = Reply(200, (), pieces[0] + b"x")
    provider.conduct = None
    whole = Traffic(after=saw, largest_bytes=MEGABYTE, whole=True)
    with Forwarder(Upstream(provider.url), whole) as forwarder:
        status, _, body = asked(forwarder.url, "GET", "/", b"", {})
    assert status == 502
    assert b"over 1048576 bytes" in body


def test_an_answer_that_breaks_off_is_no_whole_answer(provider: Provider, through: str) -> None:
    async def conduct(conversation: Conversation) -> None:
        await conversation.say(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    provider.conduct = conduct
    status, _, body = asked(through, "GET", "/", b"", {})
    assert status == 502
    assert "RemoteProtocolError" in json.loads(body)["error"]["message"]


def test_an_upstream_that_says_nothing_is_a_502_after_the_timeout(provider: Provider) -> None:
    provider.conduct = silence
    with Forwarder(Upstream(provider.url), Traffic(timeout_s=0.05)) as forwarder:
        status, _, body = asked(forwarder.url, "GET", "/", b"", {})
    assert (status, b"ReadTimeout" in body) == (502, True)


async def silence(conversation: Conversation) -> None:
    await conversation.silence()


def test_an_upstream_that_is_not_there_is_a_502_that_says_so() -> None:
    with socket.socket() as nobody:
        nobody.bind((HOST, 0))
        gone = f"http://{HOST}:{nobody.getsockname()[1]}"
        with Forwarder(Upstream(gone)) as forwarder:
            status, _, body = asked(forwarder.url, "GET", "/", b"", {})
    assert status == 502
    assert f"the upstream {gone}: ConnectError" in json.loads(body)["error"]["message"]


def test_a_hook_answers_before_and_changes_after(provider: Provider) -> None:
    async def before(heard: Heard) -> Reply | None:
        return Reply(429) if heard.path == "/busy" else None

    async def after(heard: Heard, reply: Reply) -> Reply | None:
        return (
            Reply(reply.status, reply.headers, reply.body * 2) if heard.path == "/twice" else None
        )

    with Forwarder(Upstream(provider.url), Traffic(before, after)) as forwarder:
        statuses = [asked(forwarder.url, "GET", path, b"", {}) for path in ("/busy", "/twice", "/")]
    assert [(status, body) for status, _, body in statuses] == [
        (429, b""),
        (200, b"wellwell"),
        (200, b"well"),
    ]
    assert [each.path for each in provider.heard] == ["/twice", "/"]


@pytest.mark.slow
def test_forty_clients_at_once_each_get_their_own_answer(provider: Provider, through: str) -> None:
    wrong: list[int] = []

    async def conduct(conversation: Conversation) -> None:
        return None

    def ask(number: int) -> None:
        body = str(number).encode() * 1_000
        answer = requests.post(echo.url, data=body, timeout=60)
        if answer.content != body:
            wrong.append(number)

    async def back(heard: Heard) -> Reply:
        return Reply(200, (), heard.body)

    with (
        Forwarder(None, Traffic(before=back)) as behind,
        Forwarder(Upstream(behind.url)) as echo,
    ):
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.stripe.com", "is not on this machine"),
        ("http://127.0.0.1.nip.io", "is not on this machine"),
        ("http://10.0.0.1", "is not on this machine"),
        ("ftp://127.0.0.1", "is the base URL of an HTTP server"),
        ("127.0.0.1:80", "is the base URL of an HTTP server"),
        ("http://", "is the base URL of an HTTP server"),
        ("http://127.0.0.1/?key=hunter", "is the base URL of an HTTP server"),
        ("http://ada:hunter@127.0.0.1", "holds no credentials"),
    ],
)
def test_an_upstream_that_cannot_be_meant_is_refused(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as refused:
        Upstream(url)
    assert "hunter" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://[::1]:1", "http://127.9.9.9"])
def test_this_machine_is_an_upstream_without_being_asked(url: str) -> None:
    assert Upstream(url).url == url
    assert Upstream("https://api.stripe.com", live=True).live


@pytest.mark.slow
def test_a_fault_in_front_of_aws_strikes_after_the_effect_and_boto3_sees_it_lost() -> None:
    faults = Faults(WallClock())
    faults.on("aws.PUT").first(1).lose_response()

    async def after(heard: Heard, reply: Reply) -> Reply | Conduct | None:
        rule = faults.meet(f"aws.{heard.method}", heard)
        if rule is None or rule.phase is not Phase.AFTER_EFFECT:
            return None

        async def conduct(conversation: Conversation) -> None:
            await kinds.say(conversation, rule, reply, 0.0)

        return conduct

    with simulated() as upstream, Forwarder(Upstream(upstream), Traffic(after=after)) as forwarder:
        s3 = boto3.client(
            "s3",
            endpoint_url=forwarder.url,
            region_name="us-east-1",
            aws_access_key_id="AKIDCANARY",
            aws_secret_access_key="canary-secret-31",
            config=Config(retries={"total_max_attempts": 2, "mode": "standard"}),
        )
        s3.create_bucket(Bucket="shelf")
        names = [each["Name"] for each in s3.list_buckets()["Buckets"]]
        s3.close()
    assert names == ["shelf"]
    assert faults.untouched == ()
