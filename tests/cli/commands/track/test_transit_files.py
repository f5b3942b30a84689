# SPDX-License-Identifier: Apache-2.0
"""Lines of files that are no guarantee, and no event."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.cli.commands.track.replay import _decoded
from cocket.cli.commands.track.transit import _new
from cocket.errors import SettingsError, UnreadableError
from cocket.tracking import TrackingEvent


@pytest.mark.parametrize("line", [b'{"reference":"\xff"}', b'{"reference":"A","reference":"B"}', b"[" * 5000, b"{"])
def test_a_line_that_is_no_guarantee_is_told_by_its_number(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "bonds.ndjson"
    file.write_bytes(b"\n" + line + b"\n")
    with pytest.raises(UnreadableError, match="Line 2 is not a guarantee; nothing was registered"):
        _new(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        _new(tmp_path / "none.ndjson")


@pytest.mark.parametrize("line", [b'{"id":"\xff"}', b"[" * 5000, b"{"])
def test_a_line_that_is_no_event_is_told_by_its_number(line: bytes) -> None:
    with pytest.raises(UnreadableError, match="Line 2 is not a TrackingEvent"):
        _decoded(b"\n" + line, TrackingEvent)
