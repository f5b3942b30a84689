# SPDX-License-Identifier: Apache-2.0
"""Metrics pushed to a collector: what arrives is what `/metrics` says, and a collector that is away harms nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from cocket.api.otlp import Pusher
from cocket.gate import Counting, Meter


class Collector(HTTPServer):
    """A collector that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Takes)
        self.taken: list[ExportMetricsServiceRequest] = []
        self.has_news = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/metrics"


class _Takes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()
        self.server.has_news.set()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_what_arrives_is_what_is_counted(collector: Collector) -> None:
    meter = Meter()
    for _ in range(24):
        meter.answered("/v1/messages", 202)
    meter.taken_in(0.004)
    pusher = Pusher(collector.address, "test.invalid/log", Counting(meter).metrics, 0.01)
    assert collector.has_news.wait(120)
    pusher.close()
    (resource,) = collector.taken[0].resource_metrics
    assert {one.key: one.value.string_value for one in resource.resource.attributes}[
        "service.name"
    ] == "test.invalid/log"
    found = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    (point,) = found["cocket_http_requests_total"].sum.data_points
    assert {one.key: one.value.string_value for one in point.attributes} == {"route": "/v1/messages", "status": "202"}
    assert point.as_double == 24
    assert found["cocket_intake_seconds_count"].sum.data_points[0].as_double == 1


def test_a_collector_that_is_away_ends_nothing(collector: Collector) -> None:
    fails = [ZeroDivisionError("planned")]

    def collect() -> list[object]:
        if fails:
            raise fails.pop()
        return []

    pusher = Pusher(collector.address, "test.invalid/log", collect, 0.01)  # type: ignore[arg-type]
    assert collector.has_news.wait(120)
    pusher.close()
