# SPDX-License-Identifier: Apache-2.0
"""What the HTTP door counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meter:
    """Counts of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "cocket_http_requests", "Requests answered.", ("route", "status"), registry=self._registry
        )
        self._intake = Histogram(
            "cocket_intake_seconds",
            "From the head of a lodging request to its durable answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def answered(self, route: str, status: int) -> None:
        """Count one answer; `route` is a template of ours, never what a caller wrote."""
        self._requests.labels(route, str(status)).inc()

    def taken_in(self, seconds: float) -> None:
        """Count the time of one lodging request."""
        self._intake.observe(seconds)

    def text(self) -> bytes:
        """All counts in the Prometheus text format."""
        return generate_latest(self._registry)
