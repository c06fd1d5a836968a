"""What the page of metrics makes of Accept headers."""

from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus

import pytest
from prometheus_client import CollectorRegistry, Counter

from polygist.web.pages import Pages, Request

TEXT = "text/plain; version=0.0.4; charset=utf-8"
TEXT_1, OPENMETRICS_1 = "text/plain; version=1.0.0; charset=utf-8", "application/openmetrics-text; version=1.0.0;"
# What Prometheus 3 asks for.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1"
    ";q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.fixture(scope="module")
def pages() -> Pages:
    registry = CollectorRegistry()
    Counter("a", "something", registry=registry)
    return Pages(registry, lambda: True, lambda: True, None)


def asked(pages: Pages, **headers: str) -> Mapping[str, str]:
    """The headers of an answer."""
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    page = pages(Request("/metrics", headers=message))
    assert page.status is HTTPStatus.OK
    return page.headers


def test_a_header_in_parts_is_one(pages: Pages) -> None:
    message = Message()
    message["Accept"] = "text/plain;q=0.1"
    message["Accept"] = "application/openmetrics-text"
    assert pages(Request("/metrics", headers=message)).headers["Content-Type"].startswith(OPENMETRICS_1)


@pytest.mark.parametrize(
    ("accept", "content"),
    [
        *((PROMETHEUS, OPENMETRICS_1 + " charset=utf-8; escaping=allow-utf-8"), ("", TEXT), ("*/*", TEXT)),
        *(("application/json", TEXT), ("image/png, */*;q=0", TEXT)),
        ("application/openmetrics-text;q=0, text/plain", TEXT),
        ("text/plain;q=1, application/openmetrics-text;q=0.1", TEXT),
        ("text/plain;q=0.1, application/openmetrics-text;q=0.2", OPENMETRICS_1),
        ("text/plain, application/openmetrics-text", TEXT),
        ("application/openmetrics-text; version=1.0.0;q=0.5,text/plain;version=0.0.4;q=1", TEXT),
        ("APPLICATION/OpenMetrics-Text", OPENMETRICS_1),
        ('application/openmetrics-text; version="1.0.0"', OPENMETRICS_1),
        ("text/plain;version=1.0.0", TEXT_1),
        ("application/openmetrics-text; version=9.9.9", TEXT),
        ("application/openmetrics-text;version=1.0.0;escaping=zzz", OPENMETRICS_1),
        *(("application/openmetrics-text;version=x", TEXT), ("text/plain;version=1.x.y", TEXT)),
        *(("application/openmetrics-text;q=nan", TEXT), ("application/openmetrics-text;q=1e3", TEXT)),
        *(("\xff;;;,,=", TEXT), ("," * 10_000, TEXT), (";q=" * 10_000, TEXT)),
    ],
)
def test_the_form_that_is_liked_best(pages: Pages, accept: str, content: str) -> None:
    headers = asked(pages, Accept=accept)
    assert headers["Content-Type"].startswith(content)
    assert headers["Vary"] == "Accept, Accept-Encoding"
    assert not any(odd in headers["Content-Type"] for odd in ("zzz", "9.9.9"))


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        *(("gzip", True), ("GZIP", True), ("x-gzip", True), ("*", True), ("identity;q=0, gzip", True)),
        *(("gzip;q=0", False), ("br, gzip;q=0.0", False), ("*;q=0", False), ("gzip;q=0, *", False), ("br", False)),
    ],
)
def test_whether_gzip_is_taken(pages: Pages, accepted: str, compressed: bool) -> None:
    headers = asked(pages, Accept_Encoding=accepted)
    assert ("Content-Encoding" in headers) is compressed
