# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.api import Api
from cocket.api.admin import build_admin
from cocket.gate import Bounds, Counting, Meter
from tests.api.conftest import Keys, lodging
from tests.simulators.doors import Reply, open_door, send

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "http.md"


@pytest.fixture(scope="module")
def doors(house: Any) -> Iterator[tuple[int, int]]:
    """Ports of the HTTP door and of the operator's side of it."""
    meter = Meter()
    api = Api(house, meter)
    with open_door(api) as port, open_door(build_admin(api.rest, Counting(meter).text), Bounds(body_bytes=0)) as admin:
        yield port, admin


def get(port: int, path: str) -> Reply:
    (reply,) = send(port, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    return reply


def test_requests_are_counted_by_route_and_status_without_what_callers_wrote(
    doors: tuple[int, int], keys: Keys
) -> None:
    port, admin = doors
    send(port, lodging(keys.trader, b"<counted/>"))
    send(port, lodging(keys.trader, b"uncounted"))
    key = f"Host: a\r\nAuthorization: Bearer {keys.trader}\r\n\r\n"
    send(port, f"GET /v1/messages/secret-id HTTP/1.1\r\n{key}".encode())
    send(port, f"GET /v1/no-such-path HTTP/1.1\r\n{key}".encode())
    text = get(admin, "/metrics").body.decode()
    assert 'cocket_http_requests_total{route="/v1/messages",status="202"} 1.0' in text
    assert 'cocket_http_requests_total{route="/v1/messages",status="400"} 1.0' in text
    assert 'cocket_http_requests_total{route="/v1/messages/{message_id}",status="404"} 1.0' in text
    assert 'cocket_http_requests_total{route="none",status="404"} 1.0' in text
    assert "cocket_intake_seconds_count 2.0" in text
    assert "secret-id" not in text
    assert "no-such-path" not in text


def test_every_reference_in_the_description_leads_somewhere(doors: tuple[int, int]) -> None:
    document = get(doors[1], "/openapi.json").json
    schemas = document["components"]["schemas"]
    names = re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', get(doors[1], "/openapi.json").body.decode())
    assert set(names) <= set(schemas)
    assert "post" in document["paths"]["/v1/messages"]
    assert document["paths"]["/v1/control-orders/{order_id}/results"]["post"]["requestBody"]


def test_the_page_lists_every_operation_and_runs_no_script(doors: tuple[int, int]) -> None:
    page = get(doors[1], "/docs")
    text = page.body.decode()
    for path in get(doors[1], "/openapi.json").json["paths"]:
        assert f" {path}</h2>" in text
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert get(doors[1], "/docs.css").status == 200


def test_the_reference_documents_every_route(doors: tuple[int, int]) -> None:
    reference = REFERENCE.read_text("utf-8")
    operations = [(method, path) for path, of in get(doors[1], "/openapi.json").json["paths"].items() for method in of]
    shown = {
        f"{method.upper()} {re.sub(r'{name}', '…', re.sub(r'{[a-z]+_id}', '{id}', path))}`"
        for method, path in operations
        if method != "head"
    }
    assert {route for route in shown if route not in reference} == set()
