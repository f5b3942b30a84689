# SPDX-License-Identifier: Apache-2.0
"""`cocket track` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cocket.cli.commands.track import devices as track
from cocket.errors import SenderError, SettingsError
from tests.tracking.device_messages import MESSAGES, jt600_lock


def say(*words: str, entered: str | None = None) -> tuple[int, list[Any], str]:
    """Exit code, values printed, and what is said on stderr."""
    outer = typer.Typer()
    outer.add_typer(track.app, name="track")
    done = CliRunner().invoke(outer, ["track", *words], input=entered)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_message_of_a_lock_is_shown_under_the_names_of_the_field(tmp_path: Path) -> None:
    file = tmp_path / "locks.ndjson"
    file.write_text(json.dumps({"hex": jt600_lock().hex()}) + "\n\n" + json.dumps({"text": "(7560001234,@JT)"}))
    code, ((event,), nothing), _ = say("decode", "--protocol", "jt600", str(file))
    assert code == 0
    assert nothing is None
    assert (event["time"], event["valid"], event["lat"]) == (
        "2026-11-20 07:15:30.000Z",
        True,
        pytest.approx(-4.039083, abs=1e-5),
    )
    assert event["attributes"]["lock"] is True
    assert event["attributes"]["batteryLevel"] == 87


def test_what_is_entered_is_read_and_an_unreadable_line_is_told() -> None:
    entered = '{"http":"/?id=1&lat=1&lon=2"}\n{"hex":"zz"}\n{}\n[]\n'
    code, values, told = say("decode", "-p", "osmand", "-", entered=entered)
    assert code == 1
    assert values[0][0]["lat"] == 1
    assert values[1:] == [None, None, None]
    assert [line.split(":")[0] for line in told.splitlines()] == ["line 2", "line 3", "line 4"]


def test_a_device_named_at_the_door_can_be_named_here() -> None:
    entered = json.dumps({"hex": MESSAGES["teltonika"][1].hex()})
    code, ((event,),), _ = say("decode", "-p", "teltonika", "--device", "356307042441013", entered=entered)
    assert code == 0
    assert event["attributes"]["ignition"] is True


def test_an_unknown_protocol_is_told() -> None:
    with pytest.raises(SenderError, match="jt999"):
        say("decode", "-p", "jt999", entered="{}")


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        say("decode", "-p", "jt600", "nowhere.ndjson")
