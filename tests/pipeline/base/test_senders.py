# SPDX-License-Identifier: Apache-2.0
"""When something is tried again, whatever the clock said before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cocket.pipeline.base.senders import is_due, pause_after

PAUSES = (timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("failures", range(1, 6))
@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
def test_a_pause_is_kept_to_its_end_and_not_beyond(failures: int, draw: float) -> None:
    again = NOW + pause_after(PAUSES, failures - 1, lambda: draw)
    assert not is_due(again, NOW, PAUSES, failures) and not is_due(again, NOW, PAUSES)
    assert is_due(again, again, PAUSES, failures)


@pytest.mark.parametrize(("failures", "ahead"), [(1, 10), (2, 600), (3, 7200), (9, 7200), (None, 7200)])
def test_a_moment_that_no_pause_can_have_set_does_not_hold(failures: int | None, ahead: int) -> None:
    assert is_due(NOW + timedelta(seconds=ahead), NOW, PAUSES, failures)


def test_where_nothing_failed_it_is_due() -> None:
    assert is_due(None, NOW, PAUSES)
