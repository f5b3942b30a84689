# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from typing import Any

from cocket.gate import PAGE_HEADERS, with_headers


def headers_of(*given: tuple[bytes, bytes]) -> dict[bytes, bytes]:
    """The fields of an answer that an application gave with `given`."""
    told: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": given})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        told.append(message)

    asyncio.run(with_headers(app, PAGE_HEADERS)({}, None, send))  # type: ignore[arg-type]
    return dict(told[0]["headers"])


def test_each_answer_forbids_foreign_scripts_frames_and_guessing_of_types() -> None:
    fields = headers_of((b"content-type", b"text/html"))
    policy = fields[b"content-security-policy"].decode().split("; ")
    assert {"default-src 'self'", "frame-ancestors 'none'", "form-action 'self'"} < set(policy)
    assert "unsafe" not in fields[b"content-security-policy"].decode()
    assert fields[b"x-content-type-options"] == b"nosniff"
    assert fields[b"referrer-policy"] == b"no-referrer"


def test_an_answer_is_kept_by_no_cache_unless_it_says_so_itself() -> None:
    assert headers_of()[b"cache-control"] == b"no-store"
    assert headers_of((b"cache-control", b"public"))[b"cache-control"] == b"public"
