# SPDX-License-Identifier: Apache-2.0
"""A platform of eFTI: data sets of others, given to a gate that it knows, cut to the subsets that the gate names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cocket.standards.efti import cut_to_subsets

TOKEN = "platform-knows-its-gate"


class Platform:
    """What a platform holds, was asked and was told.

    Attributes:
        datasets: Id → data set as XML.
        asked: Questions, as (dataset, subsets, id of the request).
        told: Follow-ups, as (dataset, message).
        failing: Status to answer with instead; 0 for none.
        url: Where it is.
    """

    def __init__(self) -> None:
        self.datasets: dict[str, bytes] = {}
        self.asked: list[tuple[str, tuple[str, ...], str]] = []
        self.told: list[tuple[str, str]] = []
        self.failing = 0
        self.url = ""


@contextmanager
def platform() -> Iterator[Platform]:
    """A platform that answers."""
    held = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = urlsplit(self.path)
            dataset = unquote(at.path.removeprefix("/v0/consignments/"))
            subsets = tuple(parse_qs(at.query).get("subsetId", ()))
            if not self._is_known():
                return
            held.asked.append((dataset, subsets, self.headers.get("x-request-id", "")))
            content = held.datasets.get(dataset)
            self._answer(200 if content is not None else 404, cut_to_subsets(content, subsets) if content else b"")

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            if not self._is_known():
                return
            dataset = unquote(urlsplit(self.path).path.removeprefix("/v0/consignments/").removesuffix("/follow-up"))
            held.told.append((dataset, content.decode()))
            self._answer(200, b"")

        def _is_known(self) -> bool:
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                self._answer(401, b"")
                return False
            if held.failing:
                self._answer(held.failing, b"")
                return False
            return True

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/xml")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
