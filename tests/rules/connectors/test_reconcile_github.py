"""GitHub's lists of deliveries, as its answers may be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.github.reconcile import begin, bring, page
from bridgewright.connectors.github.webhook import WEBHOOK, read
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Response
from bridgewright.core.model.inbound import Delivery, Headers, Readable
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.core.model.reconciling import Listed, Page, Place, Window
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms

HOOK = "repos/octo/hello/hooks/1"
GUID = "0b989ba4-242f-11e5-81e1-c7b6966d2516"
PLACE = Place("https://api.github.com", wanted={"hook": HOOK})
WINDOW = Window(from_seconds(1_800_000_000))
[FIRST] = begin(WINDOW, PLACE)


def row(**values: Any) -> dict[str, Any]:
    made = {"id": 12345678901234567, "guid": GUID, "delivered_at": "2027-01-15T09:00:00.123Z"}
    return made | {"redelivery": False, "event": "issues", "action": "opened"} | values


def paged(content: object, link: str = "") -> Page:
    fields = (("link", link),) if link else ()
    return page(Response(200, fields, json.dumps(content).encode()), FIRST, WINDOW, PLACE)


def listed() -> Listed:
    return paged([row()]).listed[0]


def brought(**values: Any) -> Response:
    payload = {"action": "opened", "issue": {"title": "é"}}
    sent = {"headers": {"X-GitHub-Hook-ID": "1", "User-Agent": "GitHub-Hookshot/1"}}
    whole = row() | {"request": sent | {"payload": payload}} | values
    return Response(200, (), json.dumps(whole).encode())


@pytest.mark.parametrize(
    "hook", [HOOK, "orgs/octo/hooks/22", "app/hook", "repos/o.c-t_o/h.e/hooks/9"]
)
def test_each_kind_of_hook_has_its_list(hook: str) -> None:
    [first] = begin(WINDOW, Place("https://api.github.com", wanted={"hook": hook}))
    assert first.url == f"https://api.github.com/{hook}/deliveries?per_page=100"
    WEBHOOK.scheme([Secret("it is a secret of mine")], Terms(options={"hook": hook}))


@pytest.mark.parametrize(
    "hook",
    [
        "",
        "1",
        "repos/a/b/hooks/x",
        "../../user",
        "repos/a/b/c/hooks/1",
        "app/hook?x=1",
        HOOK + "\n",
    ],
)
def test_what_names_no_hook_is_refused_before_anything_is_asked(hook: str) -> None:
    with pytest.raises(ConfigurationError, match="hook"):
        begin(WINDOW, Place("https://api.github.com", wanted={"hook": hook}))
    with pytest.raises(ConfigurationError, match="hook"):
        WEBHOOK.scheme([Secret("it is a secret of mine")], Terms(options={"hook": hook}))


def test_a_delivery_is_listed_under_its_guid_and_brought_by_its_number() -> None:
    found = listed()
    assert (found.key, found.event_type, found.notice) == (GUID, "issues.opened", None)
    assert found.bring is not None
    assert found.bring.url.endswith(f"/{HOOK}/deliveries/12345678901234567")


def test_what_is_brought_is_what_the_webhook_would_have_been() -> None:
    notice = bring(listed(), brought())
    body = json.dumps({"action": "opened", "issue": {"title": "é"}}).encode()
    fields = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": GUID}
    delivered = read(Delivery("github", Headers.of(fields), body, Moment(0)))
    assert isinstance(delivered, Readable)
    expected = delivered.notices[0]
    assert (notice.key, notice.event_type, notice.event_id, notice.body) == (
        expected.key,
        expected.event_type,
        expected.event_id,
        expected.body,
    )
    assert dict(notice.headers)["x-github-hook-id"] == "1"


def test_only_the_cursor_of_a_link_is_followed() -> None:
    link = (
        '<https://evil.example/x?per_page=100&cursor=v1_abc>; rel="next", <https://x>; rel="prev"'
    )
    following = paged([row()], link).following
    assert following is not None
    assert following.url == f"https://api.github.com/{HOOK}/deliveries?per_page=100&cursor=v1_abc"


def test_paging_ends_with_the_window_and_with_the_list() -> None:
    link = '<https://api.github.com/x?cursor=v1_abc>; rel="next"'
    assert paged([row(delivered_at="2020-01-01T00:00:00Z")], link).following is None
    assert paged([row()]).following is None
    assert paged([], link).following is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        "x",
        None,
        [1],
        [row(id="7")],
        [row(id=True)],
        [row(guid="")],
        [row(guid="a\nb")],
        [row(event=None)],
        [row(delivered_at="soon")],
    ],
)
def test_a_list_that_is_none_of_github_s_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="unlike"):
        paged(content)


@pytest.mark.parametrize(
    "values",
    [
        {"guid": "another"},
        {"request": None},
        {"request": {"payload": None}},
        {"request": {"payload": "text"}},
        {"event": None, "request": {"payload": {"a": float("nan")}}},
    ],
)
def test_a_delivery_that_is_not_the_one_asked_for_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unlike|JSON"):
        bring(listed(), brought(**values))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_page_or_a_value_error(body: bytes) -> None:
    response = Response(200, (), body)
    try:
        found: object = page(response, FIRST, WINDOW, PLACE)
    except ValueError:
        found = None
    assert found is None or isinstance(found, Page)
    with pytest.raises(ValueError, match="unlike"):
        bring(listed(), response)
