"""The official SendGrid client on the engine: real SDK, real server."""

from __future__ import annotations

import copy
import json
import logging
import traceback
from typing import Any
from urllib.error import URLError

import pytest
import python_http_client  # type: ignore[import-untyped]
from python_http_client import exceptions
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]
from sendgrid.helpers.mail import Mail  # type: ignore[import-untyped]

from bridgewright.bridge.outgoing import outcome_of
from bridgewright.connectors.sendgrid.client import CLIENT, BridgeClient, report_of
from bridgewright.connectors.sendgrid.profile import PROFILE
from bridgewright.core.errors import CallRefused, ConfigurationError, OutcomeUnknown, RetryLater
from bridgewright.core.model.call import Outcome
from tests.contracts.loopback import Reply, Scene
from tests.house import pages
from tests.house.tree import ROOT

KEY = "SG.canary-key-77aa"
ADDRESS = "canary-address@example.com"
SECRETS = {"api_key": KEY}
MAIL = Mail("from@example.com", ADDRESS, "Subject", plain_text_content="canary-text-13")
TAKEN = Reply(202, b"", {"X-Message-Id": "mid-1"}, kind="")
EMPTY = Reply(204, b"", kind="")
FOUND = Reply(200, b'{"result": []}')
HTML = b"<html>Sign in</html>"


def _client(scene: Scene, secrets: dict[str, str] | None = None, **options: str) -> Any:
    return CLIENT.connect(scene.connection(secrets or SECRETS, options))


def _outcome(error: BaseException) -> Outcome:
    report = report_of(error)
    assert report is not None
    return report.outcome


def test_mail_is_sent_as_the_sdk_would_send_it() -> None:
    with Scene(PROFILE, TAKEN) as scene:
        client = _client(scene)
        assert isinstance(client, SendGridAPIClient)
        response = client.send(MAIL)
    assert (response.status_code, response.body) == (202, b"")
    assert response.headers["X-Message-Id"] == response.headers["x-message-id"] == "mid-1"
    assert response.to_dict is None
    [request] = scene.received
    assert (request.method, request.path) == ("POST", "/v3/mail/send")
    assert json.loads(request.body) == MAIL.get()
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("sendgrid/")


def test_what_the_sandbox_answers_is_a_success() -> None:
    mail = {**MAIL.get(), "mail_settings": {"sandbox_mode": {"enable": True}}}
    with Scene(PROFILE, Reply(200, b"", kind="")) as scene:
        assert _client(scene).send(mail).status_code == 200


def test_paths_versions_queries_and_every_method_work_as_before() -> None:
    with Scene(PROFILE, FOUND) as scene:
        client = _client(scene).client
        client.suppression.bounces._(ADDRESS).get()
        client.templates.get(query_params={"generations": "dynamic", "page_size": 2})
        client._("templates/t1/versions").post(request_body={"name": "v"})
        client.user.profile.patch(request_body={"city": "Ü"})
        client.marketing.contacts.put(request_body={"contacts": []})
        client.version(4).scopes.get()
        client.asm.groups._(7).delete()
    assert [(each.method, each.path) for each in scene.received] == [
        ("GET", f"/v3/suppression/bounces/{ADDRESS}"),
        ("GET", "/v3/templates?generations=dynamic&page_size=2"),
        ("POST", "/v3/templates/t1/versions"),
        ("PATCH", "/v3/user/profile"),
        ("PUT", "/v3/marketing/contacts"),
        ("GET", "/v4/scopes"),
        ("DELETE", "/v4/asm/groups/7"),
    ]
    assert json.loads(scene.received[3].body) == {"city": "Ü"}


def test_headers_of_one_call_are_that_calls_alone() -> None:
    with Scene(PROFILE, FOUND) as scene:
        client = _client(scene).client
        client.templates.get(request_headers={"On-Behalf-Of": "somebody"})
        client.templates.get()
        client.templates.post(request_body="a,b", request_headers={"Content-Type": "text/csv"})
        client.templates.post(request_body={"a": 1})
    first, second, third, fourth = scene.received
    assert first.headers["on-behalf-of"] == "somebody"
    assert "on-behalf-of" not in second.headers
    assert (third.headers["content-type"], third.body) == ("text/csv", b"a,b")
    assert (fourth.headers["content-type"], fourth.body) == ("application/json", b'{"a": 1}')


def test_headers_set_on_the_client_are_every_calls() -> None:
    with Scene(PROFILE, FOUND) as scene:
        client = _client(scene, subuser="sub-1")
        client.client.request_headers["X-Mine"] = "1"
        client.client.templates.get()
        client.reset_request_headers()
        client.client.templates.get()
    assert [each.headers.get("x-mine") for each in scene.received] == ["1", None]
    assert [each.headers["on-behalf-of"] for each in scene.received] == ["sub-1", "sub-1"]


def test_changing_the_residency_keeps_the_bridge() -> None:
    with Scene(PROFILE, TAKEN) as scene:
        client = _client(scene)
        client.set_sendgrid_data_residency("eu")
        assert client.host == "https://api.eu.sendgrid.com"
        client.send(MAIL)
        with pytest.raises(ValueError, match="region"):
            client.set_sendgrid_data_residency("mars")
    assert len(scene.received) == 1


def test_a_region_of_the_connection_is_where_mail_goes() -> None:
    scene = Scene(PROFILE)
    with scene:
        client = CLIENT.connect(scene.connection(SECRETS, {"region": "eu"}, base_url=None))
        assert client.client.host == "https://api.eu.sendgrid.com"
        client.set_sendgrid_data_residency("global")
        assert client.client.host == "https://api.sendgrid.com"
        with pytest.raises(ConfigurationError, match="region"):
            _client(scene, region="mars")


@pytest.mark.parametrize("key", ["", " ", "SG.a b", "SG.a\n", "SG.ü"])
def test_a_key_that_is_none_is_refused_and_the_variable_named(key: str) -> None:
    with Scene(PROFILE) as scene, pytest.raises(ConfigurationError, match="SENDGRID_API_KEY"):
        _client(scene, {"api_key": key})


def test_a_client_without_a_key_is_not_attached_and_never_sends_one_called_none() -> None:
    with Scene(PROFILE, TAKEN) as scene:
        keyless = SendGridAPIClient("")
        keyless.auth = "Bearer None"
        with pytest.raises(ConfigurationError, match="SENDGRID_API_KEY"):
            CLIENT.attach(keyless, scene.connection({}))
        client = _client(scene)
        client.client.request_headers["Authorization"] = "Bearer None"
        with pytest.raises(ConfigurationError, match="SENDGRID_API_KEY"):
            client.send(MAIL)
    assert scene.received == []


def test_an_attached_client_keeps_its_host_and_headers_and_goes_through_the_bridge() -> None:
    with Scene(PROFILE, TAKEN) as scene:
        client = SendGridAPIClient(KEY, host=scene.server.url, impersonate_subuser="sub-2")
        client.client.request_headers["X-Mine"] = "1"
        assert CLIENT.attach(client, scene.connection({}, base_url=None)) is client
        assert isinstance(client.client.mail.send, BridgeClient)
        client.send(MAIL)
    [request] = scene.received
    assert (request.headers["on-behalf-of"], request.headers["x-mine"]) == ("sub-2", "1")
    assert len(scene.facts) == 2


def test_options_of_the_connection_hold_for_an_attached_client_too() -> None:
    with Scene(PROFILE, TAKEN) as scene:
        client = SendGridAPIClient(KEY)
        CLIENT.attach(client, scene.connection({}, {"subuser": "sub-3", "region": "eu"}))
        assert client.host == "https://api.eu.sendgrid.com"
        client.send(MAIL)
        client.reset_request_headers()
        client.send(MAIL)
    assert [each.headers["on-behalf-of"] for each in scene.received] == ["sub-3", "sub-3"]


def test_a_client_that_was_changed_is_not_attached() -> None:
    class Own(python_http_client.Client):  # type: ignore[misc]
        """Somebody's own."""

    with Scene(PROFILE) as scene:
        client = SendGridAPIClient(KEY)
        client.client = Own(host="https://api.sendgrid.com")
        with pytest.raises(ConfigurationError, match="Own"):
            CLIENT.attach(client, scene.connection({}))
        with pytest.raises(ConfigurationError, match="already"):
            CLIENT.attach(_client(scene), scene.connection({}))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, exceptions.BadRequestsError),
        (401, exceptions.UnauthorizedError),
        (413, exceptions.PayloadTooLargeError),
        (422, exceptions.HTTPError),
    ],
)
def test_an_error_keeps_its_type_and_gains_a_report(status: int, kind: type) -> None:
    body = json.dumps({"errors": [{"message": "no", "field": "from"}]}).encode()
    reply = Reply(status, body, {"X-Request-Id": "r-9"})
    with Scene(PROFILE, reply) as scene, pytest.raises(exceptions.HTTPError) as caught:
        _client(scene).send(MAIL)
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.to_dict["errors"][0]["field"]) == (status, "from")
    assert error.headers["x-request-id"] == "r-9"
    assert str(error).startswith(f"HTTP Error {status}: ")
    report = report_of(error)
    assert report is not None
    assert (report.outcome, report.request_id) == (Outcome.REJECTED, "r-9")
    assert report.operation == "mail.send.post"


def test_too_many_requests_was_not_processed_and_is_sent_again_when_asked() -> None:
    with Scene(PROFILE, Reply(429, b"{}", {"Retry-After": "3"}), TAKEN) as scene:
        assert _client(scene).send(MAIL).status_code == 202
    assert len(scene.received) == 2
    assert sum(scene.clock.waited) >= 3


def test_a_wait_beyond_the_deadline_ends_at_once_and_says_how_long() -> None:
    busy = Reply(429, b"{}", {"Retry-After": "3600"})
    with Scene(PROFILE, busy) as scene, pytest.raises(exceptions.TooManyRequestsError) as caught:
        _client(scene).send(MAIL)
    assert isinstance(caught.value.__cause__, RetryLater)
    assert caught.value.__cause__.after_s >= 3600
    assert (len(scene.received), scene.clock.waited) == (1, [])


@pytest.mark.parametrize("reply", [Reply(500, b""), Reply(503, b"", {"Retry-After": "1"})])
def test_mail_that_may_be_on_its_way_is_not_sent_again(reply: Reply) -> None:
    with Scene(PROFILE, reply) as scene, pytest.raises(exceptions.HTTPError) as caught:
        _client(scene).send(MAIL)
    assert caught.value.status_code == reply.status
    assert isinstance(caught.value.__cause__, OutcomeUnknown)
    assert (len(scene.received), _outcome(caught.value)) == (1, Outcome.UNKNOWN)


@pytest.mark.parametrize("reply", [Reply(lost=True), Reply(202, b"{", cut=True)])
def test_a_lost_answer_is_what_urllib_raises_and_the_mail_is_not_sent_again(reply: Reply) -> None:
    with Scene(PROFILE, reply) as scene, pytest.raises(URLError) as caught:
        _client(scene).send(MAIL)
    assert isinstance(caught.value.__cause__, OutcomeUnknown)
    assert (len(scene.received), _outcome(caught.value)) == (1, Outcome.UNKNOWN)


def test_reading_and_searching_get_over_two_failures() -> None:
    down = Reply(503, b"", kind="")
    with Scene(PROFILE, down, down, FOUND) as scene:
        assert _client(scene).client.templates.get().to_dict == {"result": []}
    assert len(scene.received) == 3
    with Scene(PROFILE, down, Reply(lost=True), FOUND) as scene:
        query = {"query": "first_name = 'x'"}
        assert _client(scene).client.marketing.contacts.search.post(request_body=query).body
    assert len(scene.received) == 3


def test_a_deletion_is_sent_again_when_its_answer_is_lost() -> None:
    with Scene(PROFILE, Reply(lost=True), EMPTY) as scene:
        assert _client(scene).client.suppression.blocks._(ADDRESS).delete().status_code == 204
    assert len(scene.received) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, HTML, kind="text/html"),
        Reply(202, HTML, kind="text/html"),
        Reply(202, HTML, kind="application/json"),
        Reply(200, b"", kind=""),
        Reply(204, b"", kind=""),
        Reply(302, b"", {"Location": "https://elsewhere.example/"}, kind=""),
        Reply(307, b"", {"Location": "https://elsewhere.example/"}, kind=""),
    ],
    ids=lambda reply: f"{reply.status}-{reply.kind or 'none'}-{len(reply.body)}",
)
def test_what_is_no_answer_of_sendgrid_is_no_success(reply: Reply) -> None:
    with Scene(PROFILE, reply) as scene, pytest.raises(URLError) as caught:
        _client(scene).send(MAIL)
    expected = Outcome.REJECTED if reply.status == 307 else Outcome.UNKNOWN
    assert (len(scene.received), _outcome(caught.value)) == (1, expected)


@pytest.mark.parametrize("body", [b"", b"{", HTML])
def test_reading_what_is_no_json_is_no_success(body: bytes) -> None:
    with Scene(PROFILE, Reply(200, body)) as scene, pytest.raises(URLError):
        _client(scene).client.templates.get()


def test_nobody_there_and_an_open_breaker_are_what_urllib_raises_for_it() -> None:
    scene = Scene(PROFILE)
    address = scene.server.url
    with scene:
        pass
    client = CLIENT.connect(scene.connection(SECRETS, base_url=address))
    with pytest.raises(URLError) as caught:
        client.send(MAIL)
    assert _outcome(caught.value) is Outcome.NOT_SENT
    for _ in range(PROFILE.numbers.breaker.consecutive):
        with pytest.raises(OSError, match="sendgrid") as caught:
            client.send(MAIL)
    assert isinstance(caught.value.__cause__, CallRefused)


@pytest.mark.slow
def test_nothing_secret_or_personal_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for reply in (TAKEN, Reply(401, b'{"errors": []}'), Reply(lost=True), Reply(200, HTML)):
        with Scene(PROFILE, reply) as scene:
            client = _client(scene)
            told += [repr(client), repr(client.client), repr(client.client.mail.send)]
            for ask in (
                lambda client=client: client.send(MAIL),
                lambda client=client: client.client.suppression.bounces._(ADDRESS).get(),
            ):
                try:
                    ask()
                except (exceptions.HTTPError, URLError) as error:
                    told += [repr(error), str(error), *traceback.format_exception(error)]
            told += [repr(fact) for fact in scene.facts]
    text = "\n".join((*told, caplog.text))
    for canary in (KEY, ADDRESS, "canary-text-13"):
        assert canary not in text


def test_a_client_can_be_copied_and_still_sends() -> None:
    with Scene(PROFILE, FOUND) as scene:
        copied = copy.copy(_client(scene).client)
        copied.templates.get()
        assert not hasattr(copied, "__deepcopy__")
    assert len(scene.received) == 1


def test_a_report_is_found_on_an_error_and_on_what_it_caused_and_nowhere_else() -> None:
    with Scene(PROFILE, Reply(404, b"{}")) as scene:
        client = _client(scene)
        with pytest.raises(exceptions.NotFoundError) as caught:
            client.send(MAIL)
    wrapped = RuntimeError("mine")
    wrapped.__cause__ = caught.value
    assert report_of(wrapped) is None
    assert outcome_of(wrapped) == report_of(caught.value)
    assert report_of(RuntimeError("none")) is None
    assert CLIENT.owns(client)
    assert not CLIENT.owns(client.client)
    assert CLIENT.connect_async is None


def test_what_the_documentation_shows_works() -> None:
    page = pages.program((ROOT / "docs/connectors/sendgrid.md").read_text(encoding="utf-8"))
    shown_there: dict[str, Any] = {}
    exec(page, shown_there)  # noqa: S102 - the page's own program
    confirm, find_sent = shown_there["confirm"], shown_there["find_sent"]
    given = ("from@example.com", ADDRESS, 17)
    refused = Reply(400, b'{"errors": [{"message": "no"}]}')
    known = Reply(200, b'{"messages": [{"msg_id": "mid-1.x"}]}')
    with Scene(PROFILE, TAKEN, refused, Reply(lost=True), known) as scene:
        client = _client(scene)
        assert confirm(client, *given) == "mid-1"
        assert confirm(client, *given) is Outcome.REJECTED
        assert confirm(client, *given) is Outcome.UNKNOWN
        assert find_sent(client, ADDRESS, "Your order") == [{"msg_id": "mid-1.x"}]
    assert json.loads(scene.received[0].body)["custom_args"] == {"order": "17"}
    assert len(scene.received) == 4
