# SPDX-License-Identifier: Apache-2.0
"""A thousand devices over TLS at 20,000 messages a second for ten minutes, generator on the same two cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ingress import device_house

SECONDS, RATE = 600.0, 20_000.0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_minutes_of_twenty_thousand_messages_a_second_are_kept_in_time(tmp_path: Path) -> None:
    with device_house(tmp_path, 1000) as house:
        report = house.run(SECONDS, rate=RATE)
        memory, lost = house.memory(), house.lost()
    print(
        f"\n{report.count} of {report.sent} acknowledged, {lost} lost; median {report.wait(0.5) * 1e3:.1f} ms, "
        f"p99 {report.wait(0.99) * 1e3:.1f} ms; {memory:.0f} MB"
    )
    assert report.count == report.sent == int(SECONDS * RATE)
    assert lost == 0
    assert report.wait(0.99) <= 0.1
    assert memory <= 400
