# SPDX-License-Identifier: Apache-2.0
"""Lines of files that are no guarantee, and no event."""

from __future__ import annotations

import pytest

from cocket.cli.commands.track.replay import _decoded
from cocket.cli.commands.track.transit import _GUARANTEE
from cocket.errors import UnreadableError
from cocket.measures.tariff.numbers import decode_numbers
from cocket.tracking import TrackingEvent


@pytest.mark.parametrize(
    "line", [b'{"reference":"\xff"}', b'{"reference":"A","reference":"B"}', b"[" * 5000, b"{", b"5"]
)
def test_a_line_that_is_no_guarantee_is_refused_as_ours(line: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode_numbers(line, _GUARANTEE, is_finite=False)


@pytest.mark.parametrize("line", [b'{"id":"\xff"}', b"[" * 5000, b"{"])
def test_a_line_that_is_no_event_is_told_by_its_number(line: bytes) -> None:
    with pytest.raises(UnreadableError, match="Line 2 is not a TrackingEvent"):
        _decoded(b"\n" + line, TrackingEvent)
