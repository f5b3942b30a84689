# SPDX-License-Identifier: Apache-2.0
"""The same metrics pushed to an OpenTelemetry collector, where the settings name one. Needs the extra `cocket[otel]`.

Source: OpenTelemetry protocol (OTLP) 1.5, metrics over HTTP in protobuf; names and labels are those of `/metrics`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from prometheus_client import Metric

from cocket.errors import SettingsError

#: How often metrics are pushed, and how long one push may take (seconds).
PUSH_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 5


class Pusher:
    """Pushes metrics from a thread of its own until it is closed; a collector that is away costs nobody anything.

    Args:
        endpoint: Address of the collector's metrics, such as `http://127.0.0.1:4318/v1/metrics`.
        service: Name under which the house is known there.
        collect: Gives the metrics as they stand.
        interval_seconds: How often.

    Raises:
        SettingsError: The packages are not installed.
    """

    def __init__(
        self,
        endpoint: str,
        service: str,
        collect: Callable[[], Iterable[Metric]],
        interval_seconds: float = PUSH_SECONDS,
    ) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        except ImportError as error:
            raise SettingsError(
                "COCKET_OTLP_ENDPOINT needs packages that are not installed.", hint="Install cocket[otel]."
            ) from error
        self._exporter = OTLPMetricExporter(endpoint=endpoint, timeout=_PATIENCE_SECONDS)
        self._service = service
        self._collect = collect
        self._interval = interval_seconds
        self._since = time.time_ns()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop pushing."""
        self._is_stopping.set()
        self._exporter.shutdown()
        self._thread.join(2 * _PATIENCE_SECONDS)

    def _run(self) -> None:
        was_well = True
        while not self._is_stopping.wait(self._interval):
            try:
                is_well = bool(self._push())
            except Exception as error:  # noqa: BLE001 - whatever the collector or its packages do, the house goes on
                is_well = False
                if was_well:
                    structlog.get_logger().warning("otlp-failed", error=type(error).__name__)
            was_well = is_well

    def _push(self) -> bool:
        from opentelemetry.sdk.metrics.export import MetricExportResult

        data = metrics_data(self._collect(), self._service, (self._since, time.time_ns()))
        return self._exporter.export(data) is MetricExportResult.SUCCESS


def metrics_data(metrics: Iterable[Metric], service: str, times: tuple[int, int]) -> Any:
    """Metrics as the exporter takes them.

    Args:
        metrics: As Prometheus knows them; histograms keep their buckets as sums of their own, named as at `/metrics`.
        service: Name of the service.
        times: Since when is counted, and now (nanoseconds since 1970).

    Returns:
        `MetricsData` of the OpenTelemetry SDK.
    """
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        Gauge,
        MetricsData,
        NumberDataPoint,
        ResourceMetrics,
        ScopeMetrics,
        Sum,
    )
    from opentelemetry.sdk.metrics.export import Metric as Exported
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    found: dict[str, list[Any]] = {}
    about: dict[str, Metric] = {}
    for metric in metrics:
        for sample in metric.samples:
            about[sample.name] = metric
            point = NumberDataPoint(dict(sample.labels), times[0], times[1], sample.value)
            found.setdefault(sample.name, []).append(point)
    exported = [
        Exported(
            name,
            about[name].documentation,
            "",
            Gauge(points)
            if about[name].type == "gauge"
            else Sum(points, aggregation_temporality=AggregationTemporality.CUMULATIVE, is_monotonic=True),
        )
        for name, points in found.items()
    ]
    scope = ScopeMetrics(InstrumentationScope("cocket"), exported, "")
    return MetricsData([ResourceMetrics(Resource({"service.name": service}), [scope], "")])
