"""What must not be written down is followed to where it would be; what tells little may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

HEAD = (
    "import json\nimport logging\n\nimport requests\n\nlogger = logging.getLogger(__name__)\n\n\n"
)
ASKED = "def told(user, token, headers, url):\n    got = requests.get(url, timeout=3)\n    {}\n"
SHOWN = (
    "logger.info('%s', got.text)",
    "logger.info('%s', got.json())",
    "logger.info(f'{got.content!r}')",
    "logger.info('got ' + got.text)",
    "logger.info('got {}'.format(got.text))",
    "logger.info('got', extra={'body': got.text})",
    "logger.info('%s', got.text[:200])",
    "logger.info('%s', json.dumps(got.json()))",
    "logger.info('%s', got.json()['customer'])",
    "logger.info('%s', headers)",
    "logger.info('%s', got.headers)",
    "logger.info('%s', dict(got.request.headers))",
    "logger.info('%s', headers['Authorization'])",
    "logger.info('%s', headers.get('Cookie'))",
    "logger.info('%s', token)",
    "logger.info('%s', {'user': user.email})",
    "logger.info('%s', user.phone_number)",
    "print(got.text)",
    "logging.warning('%s', token)",
    "logging.getLogger('shop').error('%s', got.text)",
    "body = got.text; part = body.strip(); logger.info('%s', part)",
    "for line in got.text.splitlines(): logger.info('%s', line)",
    "self = user; self.log.info('%s', token)",
    "logger.bind(a=1).info('%s', token)",
    "shown(got.text)",
    "import os; logger.info('%s', dict(os.environ))",
    "logger.info('%s', locals())",
    "logger.info('%s', user.response_body)",
    "logger.info('%s', same(got.text))",
)
KEPT = (
    "logger.info('%s', got.status_code)",
    "logger.info('%s', got.headers.get('X-Request-Id'))",
    "logger.info('%s', headers['Content-Type'])",
    "logger.info('%d', len(got.text))",
    "logger.info('%s', bool(token))",
    "logger.info('%s', token is None)",
    "logger.info('%s', not token)",
    "logger.info('%s', user.id)",
    "logger.info('%s', got.json()['id'])",
    "logger.info('%s', redacted(got.text))",
    "logger.info('%s', size(got.text))",
    "logger.info('%s', got.elapsed)",
    "import os; logger.info('%s', os.environ.get('REGION'))",
    "logger.info('%s', user.body_size)",
    "logger.info('no answer', exc_info=True)",
    "math.log(token)",
    "body = len(got.text); logger.info('%s', body)",
    "dialog.info(token)",
    "token_count = 3; logger.info('%s', token_count)",
)
AROUND = (
    "\n\ndef shown(what):\n    logger.debug('%s', what)\n\n\ndef same(what):\n    return what.strip()\n"
    "\n\ndef size(what):\n    return len(what)\n"
)


def written(line: str) -> str:
    return f"{HEAD}{ASKED.format(line)}{AROUND}"


@pytest.mark.parametrize("line", SHOWN)
def test_what_must_not_be_shown_is_found(inspected: Inspect, line: str) -> None:
    found = inspected({"app/shop.py": written(line)}, "BW301")
    assert {each.line for each in found} == {written(line).split("\n").index(f"    {line}") + 1}


@pytest.mark.parametrize("line", KEPT)
def test_what_tells_little_is_left_alone(inspected: Inspect, line: str) -> None:
    assert inspected({"app/shop.py": written(line)}, "BW301") == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import logging\nlogging.getLogger('httpx').setLevel('DEBUG')", 1),
        ("import logging\nlogging.getLogger('botocore.parsers').setLevel(10)", 1),
        ("import logging\nlogging.basicConfig(level=logging.DEBUG)", 1),
        (
            "import logging\nfor n in ('urllib3', 'httpx'):\n    logging.getLogger(n).setLevel('DEBUG')",
            2,
        ),
        ("import http.client\nhttp.client.HTTPConnection.debuglevel = 1", 1),
        ("import stripe\nstripe.log = 'debug'", 1),
        ("C = {'loggers': {'urllib3': {'level': 'DEBUG'}}}", 1),
        ("import boto3\nboto3.set_stream_logger('')", 1),
        ("import logging\nlogging.getLogger('app').setLevel('DEBUG')", 0),
        ("import logging\nlogging.getLogger('httpx').setLevel(logging.WARNING)", 0),
        ("C = {'loggers': {'app': {'level': 'DEBUG'}}}", 0),
        ("import boto3\nimport logging\nboto3.set_stream_logger('', logging.WARNING)", 0),
        (
            (
                "import logging\nlogging.basicConfig(level=logging.DEBUG)\n"
                "logging.getLogger('urllib3').setLevel(logging.WARNING)"
            ),
            0,
        ),
    ],
)
def test_the_wire_is_not_logged(inspected: Inspect, text: str, count: int) -> None:
    assert len(inspected({"app/start.py": f"{text}\n"}, "BW303")) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("logger.info('order %s', number)", 0),
        ("logger.info('constant')", 0),
        ("logger.log(20, 'order %s', number)", 0),
        ("logger.info(f'order {number}')", 1),
        ("logger.info('order %s' % number)", 1),
        ("logger.info('order ' + number)", 1),
        ("logger.info('order {}'.format(number))", 1),
        ("logger.log(20, f'order {number}')", 1),
    ],
)
def test_messages_are_constants_in_integrations(inspected: Inspect, line: str, count: int) -> None:
    text = f"import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef told(number):\n    {line}\n"
    files = {"integrations/acme/orders.py": text, "app/orders.py": text}
    assert len(inspected(files, "BW302")) == count
