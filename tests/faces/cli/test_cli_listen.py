"""`listen`, in processes of its own: a real server, a real endpoint, and what happens when one goes."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import stripe

from tests.contracts.cluster import Cluster, running
from tests.faces.cli.shop import KEY, Shop, signed, stripe_body
from tests.faces.cli.test_cli_serving import ended, post
from tests.house.tree import ROOT

if TYPE_CHECKING:
    import io
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright import Secret

TOKEN = "a-token-of-these-tests"
SETTINGS = (
    "[store]\npath = 'shop.db'\n[serve]\nlisten_token = 'env:LISTEN_TOKEN'\n"
    "[sources.stripe]\n[sources.github]\n"
)
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as its bytes came."""

    head: bytes
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def event_id(self) -> str:
        return str(json.loads(self.body)["id"])

    def verified(self) -> str:
        """The event's id, once Stripe's own library has verified its signature."""
        event = stripe.Webhook.construct_event(self.body, self.fields["stripe-signature"], KEY)
        return str(event.id)


@dataclass(slots=True)
class Endpoint:
    """A developer's server that reads raw bytes and answers as it is told to: nothing stands between."""

    port: int
    came: SimpleQueue[Arrival] = field(default_factory=SimpleQueue)
    answers: list[int] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def next(self) -> Arrival:
        return self.came.get(timeout=30)

    def all(self) -> list[Arrival]:
        return [self.came.get_nowait() for _ in range(self.came.qsize())]


def _serve(endpoint: Endpoint, listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        endpoint.open.append(connection)
        with connection, suppress(OSError):
            _converse(endpoint, connection)
        endpoint.open.remove(connection)


def _converse(endpoint: Endpoint, connection: socket.socket) -> None:
    held = b""
    while True:
        while HEAD_END not in held:
            piece = connection.recv(65_536)
            if not piece:
                return
            held += piece
        head, _, held = held.partition(HEAD_END)
        length = int(Arrival(head, b"").fields["content-length"])
        while len(held) < length:
            held += connection.recv(65_536)
        endpoint.came.put(Arrival(head, held[:length]))
        held = held[length:]
        status = endpoint.answers.pop(0) if endpoint.answers else 200
        connection.sendall(b"HTTP/1.1 %d x\r\ncontent-length: 0\r\n\r\n" % status)


@contextmanager
def endpoint_at(port: int = 0) -> Iterator[Endpoint]:
    with socket.create_server(("127.0.0.1", port)) as listening:
        endpoint = Endpoint(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(endpoint, listening), daemon=True)
        thread.start()
        yield endpoint
        listening.shutdown(socket.SHUT_RDWR)
        for connection in list(endpoint.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running()


@pytest.fixture
def url(cluster: Cluster) -> Secret:
    return cluster.database()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with endpoint_at() as found:
        yield found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Deployed:
    """A shop whose `serve` stands somewhere, and may be killed and started again."""

    shop: Shop
    port: int
    process: subprocess.Popen[str] | None = None
    shared: dict[str, str] = field(default_factory=dict)
    listening: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def server(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        port = str(self.port)
        self.process = self.shop.start(
            "serve", "--port", port, "--json", "--no-work", **ENVIRON, **self.shared
        )
        assert self.process.stdout is not None
        assert json.loads(self.process.stdout.readline())["command"] == "serve"

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        ended(self.process)

    def receive(self, *numbers: int, event_type: str = "invoice.paid") -> None:
        for number in numbers:
            body = stripe_body(number, event_type)
            assert self.post(body) == 200

    def post(self, body: bytes) -> int:
        return post(f"{self.server}/webhooks/stripe", body, signed("stripe", body))

    def words(self, *more: str) -> list[str]:
        return ["listen", "--source", "stripe", "--server", self.server, *more]

    def listen(
        self, *more: str, stderr: int | None = None, **environ: str
    ) -> subprocess.Popen[str]:
        process = self.shop.start(*self.words(*more), stderr=stderr, **(self.environ | environ))
        self.listening.append(process)
        return process

    def listened(self, *more: str, **environ: str) -> Run:
        """One run to its end."""
        process = self.listen("--until-idle", "--json", *more, **environ)
        out, err = ended(process)
        lines = [json.loads(line) for line in out.splitlines()]
        return Run(process.returncode, lines[:-1], lines[-1] if lines else {}, err)

    @property
    def environ(self) -> dict[str, str]:
        return ENVIRON | {"XDG_STATE_HOME": str(self.shop.folder / "state")}


ENVIRON = {"LISTEN_TOKEN": TOKEN}


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    events: list[dict[str, Any]]
    summary: dict[str, Any]
    err: str


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    found = Deployed(Shop.open(tmp_path, SETTINGS), free_port())
    found.start()
    yield found
    for process in filter(None, [found.process, *found.listening]):
        if process.poll() is None:
            process.kill()
            ended(process)


def line_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def heard(process: subprocess.Popen[str], text: str) -> str:
    """The next line on standard error that holds this text."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(text)


def interrupted(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    process.send_signal(signal.SIGINT)
    out, err = ended(process)
    return process.returncode, out.splitlines(), err


@pytest.mark.slow
def test_what_came_in_is_forwarded_as_it_came_and_stripe_s_library_verifies_it(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    odd = b'{"type": "a.b",\r\n\t"id":"evt_1" , "path": "a\\/b", "u": "\\u00e9\xc3\xa9", "n": 1.0e2}\n '
    assert deployed.post(odd) == 200
    unreadable = b"\x00\xff no JSON at all \r\n"
    assert deployed.post(unreadable) == 200
    run = deployed.listened("--to", endpoint.url, "--since", "1h")
    assert run.code == 0, run.err
    first, second = endpoint.all()
    assert first.body == odd
    assert first.verified() == "evt_1"
    assert second.body == unreadable
    assert [(e["event_id"], e["status"]) for e in run.events] == [("evt_1", 200), (None, 200)]
    assert run.summary["forwarded"] == 2
    assert run.summary["connected"]


@pytest.mark.slow
def test_the_first_run_begins_now_and_the_next_where_it_ended(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    deployed.receive(1)
    assert deployed.listened("--to", endpoint.url).events == []
    deployed.receive(2, 3)  # nobody listens
    run = deployed.listened("--to", endpoint.url)
    assert [arrival.verified() for arrival in endpoint.all()] == ["evt_2", "evt_3"]
    assert run.summary["reached"] == 3
    assert deployed.listened("--to", endpoint.url).events == []


@pytest.mark.slow
def test_an_event_arrives_while_it_listens_and_ctrl_c_ends_it_with_a_summary(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    process = deployed.listen("--to", endpoint.url, "--json")
    heard(process, "signed as stripe signs")
    deployed.receive(1)
    assert endpoint.next().verified() == "evt_1"
    assert line_of(process)["event_id"] == "evt_1"
    code, [summary], err = interrupted(process)
    assert code == 0, err
    assert json.loads(summary)["forwarded"] == 1
    assert "1 forwarded, 0 failed" in err


@pytest.mark.slow
def test_two_names_each_get_everything_and_one_name_twice_is_refused(
    deployed: Deployed, tmp_path: Path
) -> None:
    del tmp_path
    with endpoint_at() as one, endpoint_at() as other:
        first = deployed.listen("--to", one.url, "--json")
        second = deployed.listen("--to", other.url, "--name", "other", "--json")
        for process in (first, second):
            heard(process, "signed as stripe signs")
        deployed.receive(1, 2)
        for endpoint in (one, other):
            assert [endpoint.next().event_id for _ in range(2)] == ["evt_1", "evt_2"]
        twice = deployed.listened("--to", one.url)
        assert twice.code == 2
        assert "give this one a --name" in twice.err


@pytest.mark.slow
def test_types_that_were_not_asked_for_are_passed_over(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    deployed.receive(1, event_type="charge.failed")
    deployed.receive(2, event_type="invoice.voided")
    run = deployed.listened("--to", endpoint.url, "--since", "1h", "--type", "invoice.*")
    assert [arrival.event_id for arrival in endpoint.all()] == ["evt_2"]
    assert run.summary["passed_over"] == 1


@pytest.mark.slow
def test_a_failure_is_shown_and_the_next_one_follows(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    endpoint.answers += [500]
    deployed.receive(1, 2)
    run = deployed.listened("--to", endpoint.url, "--since", "1h")
    assert [event["status"] for event in run.events] == [500, 200]
    assert (run.code, run.summary["failed"], run.summary["reached"]) == (1, 1, 2)


@pytest.mark.slow
def test_where_it_was_told_to_stop_the_event_that_failed_comes_again(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    endpoint.answers += [200, 503]
    deployed.receive(1, 2, 3)
    stopped = deployed.listened("--to", endpoint.url, "--since", "1h", "--stop-on-failure")
    assert (stopped.code, stopped.summary["reached"]) == (1, 1)
    assert "evt_2 failed" in stopped.summary["why"]
    deployed.listened("--to", endpoint.url)
    came = [arrival.event_id for arrival in endpoint.all()]
    assert came == ["evt_1", "evt_2", "evt_2", "evt_3"]


@pytest.mark.slow
def test_an_endpoint_that_is_not_up_yet_is_waited_for(deployed: Deployed) -> None:
    port = free_port()
    deployed.receive(1, 2)
    process = deployed.listen("--to", f"http://127.0.0.1:{port}/", "--since", "1h", "--json")
    heard(process, "nobody listens at --to")
    with endpoint_at(port) as endpoint:
        assert [endpoint.next().event_id for _ in range(2)] == ["evt_1", "evt_2"]
        assert line_of(process)["status"] == 200
        assert line_of(process)["status"] == 200
        assert interrupted(process)[0] == 0


@pytest.mark.slow
def test_an_event_that_still_waits_for_an_endpoint_is_no_success(deployed: Deployed) -> None:
    deployed.receive(1)
    process = deployed.listen("--to", "http://127.0.0.1:1/", "--since", "1h", "--json")
    heard(process, "nobody listens at --to")
    code, [summary], _ = interrupted(process)
    assert code == 1
    assert "invoice.paid evt_1 still waited" in json.loads(summary)["why"]


@pytest.mark.slow
def test_on_a_terminal_one_line_says_how_it_stands(deployed: Deployed, endpoint: Endpoint) -> None:
    shown, terminal = pty.openpty()
    with os.fdopen(shown, "rb", buffering=0) as screen:
        process = deployed.listen("--to", endpoint.url, stderr=terminal, TERM="xterm")
        os.close(terminal)
        until_shown(screen, b"connected, heartbeat")
        deployed.kill()
        until_shown(screen, b"NOT CONNECTED")
        deployed.start()
        until_shown(screen, b"connected again")
        process.kill()
        ended(process)


def until_shown(screen: io.FileIO, text: bytes) -> None:
    seen = b""
    while text not in seen:
        piece = screen.read(4_096)
        assert piece, seen
        seen += piece


@pytest.mark.slow
def test_who_looks_needs_no_endpoint_and_moves_nobody_s_place(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    assert deployed.listened("--to", endpoint.url).code == 0
    body = stripe_body(1)
    deployed.receive(1)
    looked = deployed.listened("--print", "--since", "1h")
    assert [event["event_id"] for event in looked.events] == ["evt_1"]
    assert looked.events[0]["body_base64"]
    deployed.listened("--to", endpoint.url)
    assert [arrival.body for arrival in endpoint.all()] == [body]


@pytest.mark.slow
def test_without_a_key_it_says_that_nothing_is_signed(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    deployed.receive(1)
    arguments = ("--to", endpoint.url, "--since", "1h")
    run = deployed.listened(*arguments, STRIPE_WEBHOOK_SECRET="")
    assert "without a signature" in run.err
    assert "stripe-signature" not in endpoint.next().fields
    run = deployed.listened(*arguments, "--resign-with", "MINE", STRIPE_WEBHOOK_SECRET="", MINE=KEY)
    assert endpoint.next().verified() == "evt_1"
    assert KEY not in run.err
    missing = deployed.listened(*arguments, "--resign-with", "NOBODY")
    assert missing.code == 2
    assert "variable NOBODY is not set" in missing.err


@pytest.mark.slow
def test_nothing_is_lost_or_skipped_while_serve_is_killed_and_comes_back(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    process = deployed.listen("--to", endpoint.url, "--json")
    heard(process, "signed as stripe signs")
    number = 0
    for _ in range(3):
        deployed.receive(number + 1, number + 2)
        deployed.kill()
        heard(process, "NOT CONNECTED")
        deployed.start()
        deployed.receive(number + 3)
        number += 3
        heard(process, "connected again")
    wanted = {f"evt_{n}" for n in range(1, number + 1)}
    came: list[str] = []
    while set(came) != wanted:
        came.append(endpoint.next().verified())
    assert came == [f"evt_{n}" for n in range(1, number + 1)]
    assert interrupted(process)[0] == 0


@pytest.mark.slow
def test_a_listener_that_is_killed_goes_on_where_it_was(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    process = deployed.listen("--to", endpoint.url, "--json")
    heard(process, "signed as stripe signs")
    deployed.receive(1, 2)
    assert [line_of(process)["event_id"] for _ in range(2)] == ["evt_1", "evt_2"]
    process.kill()
    ended(process)
    deployed.receive(3)
    deployed.listened("--to", endpoint.url)
    came = [arrival.event_id for arrival in endpoint.all()]
    assert came in (["evt_1", "evt_2", "evt_3"], ["evt_1", "evt_2", "evt_2", "evt_3"])


@pytest.mark.slow
def test_with_a_store_that_is_shared_nothing_is_skipped_either(
    tmp_path: Path, endpoint: Endpoint, url: Secret
) -> None:
    deployed = Deployed(Shop.open(tmp_path, SETTINGS.replace("path = 'shop.db'", "")), free_port())
    deployed.shared = {"BRIDGEWRIGHT_STORE": url.reveal()}
    deployed.start()
    process = deployed.listen("--to", endpoint.url, "--json")
    heard(process, "signed as stripe signs")
    deployed.receive(1)
    assert endpoint.next().verified() == "evt_1"
    with psycopg.connect(url.reveal()) as slow:
        slow.execute("SELECT nextval('bw_item_id')")
        deployed.receive(2)
        heard(process, "HELD UP")
        assert endpoint.all() == []
        slow.rollback()
    assert endpoint.next().verified() == "evt_2"
    heard(process, "connected again")
    assert interrupted(process)[0] == 0
    deployed.kill()


@pytest.mark.slow
def test_a_server_that_is_stopped_and_answers_nothing_is_told_and_ends_in_failure(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    process = deployed.listen("--to", endpoint.url, "--json", "--heartbeat", "1")
    heard(process, "signed as stripe signs")
    assert deployed.process is not None
    deployed.process.send_signal(signal.SIGSTOP)
    assert "Nothing that comes in reaches you" in heard(process, "NO ANSWER for")
    code, [summary], err = interrupted(process)
    assert code == 1
    assert not json.loads(summary)["connected"]
    assert "it ended while the server was not heard" in err
    deployed.process.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_a_server_that_answers_again_is_heard_again(deployed: Deployed, endpoint: Endpoint) -> None:
    process = deployed.listen("--to", endpoint.url, "--json", "--heartbeat", "1")
    heard(process, "signed as stripe signs")
    assert deployed.process is not None
    deployed.process.send_signal(signal.SIGSTOP)
    heard(process, "NO ANSWER for")
    deployed.process.send_signal(signal.SIGCONT)
    heard(process, "connected again")
    deployed.receive(1)
    assert endpoint.next().event_id == "evt_1"


@pytest.mark.slow
def test_serve_ends_in_order_although_somebody_listens(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    process = deployed.listen("--to", endpoint.url, "--json", "--heartbeat", "25")
    heard(process, "signed as stripe signs")
    assert deployed.process is not None
    deployed.process.send_signal(signal.SIGTERM)
    ended(deployed.process)
    assert deployed.process.returncode == 0
    heard(process, "NOT CONNECTED")
    assert interrupted(process)[0] == 1


@pytest.mark.slow
def test_a_store_that_began_anew_is_noticed(deployed: Deployed, endpoint: Endpoint) -> None:
    deployed.receive(1, 2)
    deployed.listened("--to", endpoint.url)
    deployed.kill()
    for file in deployed.shop.folder.glob("shop.db*"):
        file.unlink()
    deployed.start()
    run = deployed.listened("--to", endpoint.url)
    assert run.code == 2
    assert "it is another" in run.err
    assert deployed.listened("--to", endpoint.url, "--since", "1h").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "environ", "said"),
    [
        (["--to", "http://127.0.0.1:1/"], {"LISTEN_TOKEN": "x" * 22}, "does not take this token"),
        (["--to", "http://127.0.0.1:1/"], {"LISTEN_TOKEN": "short"}, "16 to 512"),
        (["--to", "http://127.0.0.1:1/", "--token", TOKEN], {}, "holds a secret itself"),
        (["--to", "http://example.com/hook"], {}, "leads to another machine"),
        (["--to", "http://127.0.0.1:1/", "--source", "nobody"], {}, "has no source 'nobody'"),
        (["--to", "http://127.0.0.1:1/", "--server", "http://example.com"], {}, "could be read"),
        ([], {}, "look with --print"),
    ],
)
def test_what_cannot_work_is_refused_with_the_next_step(
    deployed: Deployed, more: list[str], environ: dict[str, str], said: str
) -> None:
    run = deployed.listened(*more, **environ)
    assert run.code == 2
    assert said in run.err
    assert TOKEN not in run.err


@pytest.mark.slow
def test_a_server_without_a_token_gives_nothing_away(tmp_path: Path) -> None:
    deployed = Deployed(Shop.open(tmp_path), free_port())
    deployed.start()
    run = deployed.listened("--to", "http://127.0.0.1:1/")
    assert run.code == 2
    assert "set [serve] listen_token there" in run.err
    deployed.kill()


@pytest.mark.slow
def test_neither_token_nor_payload_is_in_what_the_server_logs(
    deployed: Deployed, endpoint: Endpoint
) -> None:
    deployed.receive(1)
    deployed.listened("--to", endpoint.url, "--since", "1h")
    deployed.listened("--to", endpoint.url, LISTEN_TOKEN="x" * 30)
    assert deployed.process is not None
    deployed.process.send_signal(signal.SIGTERM)
    _, err = ended(deployed.process)
    assert TOKEN not in err
    assert "ada@example.org" not in err


def page_commands() -> list[str]:
    """Every command of ours on the page about listening."""
    page = (ROOT / "docs" / "listen.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("bridgewright ")]


@pytest.mark.slow
@pytest.mark.parametrize("line", page_commands())
def test_a_command_of_the_page_works(deployed: Deployed, line: str) -> None:
    _, name, *words = shlex.split(line)
    if name == "serve":
        assert deployed.process is not None  # it runs with these very settings
        assert words == []
        return
    deployed.receive(1)
    with endpoint_at() as endpoint:
        words = [endpoint.url if word == "http://localhost:8000/hook" else word for word in words]
        if "--server" in words:
            del words[words.index("--server") : words.index("--server") + 2]
        run = deployed.listened(*words[2:])
        assert run.code == 0, run.err
        assert len(endpoint.all()) == (1 if "--since" in words and "--to" in words else 0)
