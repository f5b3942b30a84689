# SPDX-License-Identifier: Apache-2.0
"""Recorded tracks in JSON and CSV: what they say of a seal is read, and what is not understood is never silent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.simulation.tracks.attack_folders import write_attacks
from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import read
from cocket.tracking.events import SEAL_UNREAD, Alarm, SealReading
from cocket.tracking.judge import judge

RECEIVED = datetime(2026, 5, 4, 8, tzinfo=UTC)
WHOLE = {"number": "KE1", "lock": "locked", "strap": "intact", "case": "closed"}


def of_json(**said: Any) -> TrackingEvent:
    row = {"device": "d", "time": "2026-05-04T07:00:00Z", "lat": 1.0, "lon": 36.0, **said}
    return read("json", json.dumps(row).encode(), received_at=RECEIVED)[0]


def of_csv(**said: str) -> TrackingEvent:
    row = {"device": "d", "time": "2026-05-04T07:00:00Z", "lat": "1.0", "lon": "36.0", **said}
    return read("csv", f"{';'.join(row)}\n{';'.join(row.values())}\n".encode(), received_at=RECEIVED)[0]


def of_query(**said: Any) -> TrackingEvent:
    """The same by a query of the OsmAnd protocol."""
    row = {"id": "d", "timestamp": "2026-05-04T07:00:00Z", "lat": 1.0, "lon": 36.0, **said}
    return read("osmand", f"/?{urlencode(row, doseq=True)}".encode(), received_at=RECEIVED)[0]


def of_telephone(**extras: Any) -> TrackingEvent:
    """The same by the JSON of telephones."""
    place = {"timestamp": "2026-05-04T07:00:00Z", "coords": {"latitude": 1.0, "longitude": 36.0}, "extras": extras}
    return read("osmand", json.dumps({"device_id": "d", "location": place}).encode(), received_at=RECEIVED)[0]


def kinds(*events: TrackingEvent) -> set[str]:
    return {one.kind for one in judge(events)}


def test_the_fields_of_an_attack_are_read() -> None:
    event = of_json(
        seal="KE1", lock="unlocked", strap="cut", case="open", door="open", alarms=["tampering", "rope-cut"]
    )
    assert event.seal == SealReading(number="KE1", lock="unlocked", strap="cut", case="opened")
    assert (event.door, event.alarms, event.attributes) == ("open", ("rope-cut", "tampering"), {})
    assert (
        of_csv(seal="KE1", lock="unlocked", strap="cut", case="opened", door="open", alarms="tampering rope-cut").seal
        == event.seal
    )


@pytest.mark.parametrize(
    "said",
    [
        {"seal": {"strap": "cut"}},
        {"seal": {"number": "KE1", "lock": "locked", "strapState": "CUT"}},
        {"sealStrap": "cut"},
        {"Seal Strap": "severed"},
        {"strapCut": True},
        {"seal": "cut"},
        {"sealState": "broken"},
        {"seal_condition": 4},
        {"tamperAlarm": True},
        {"alarm": "ropeCut"},
        {"alarms": "Tampering,lowBattery"},
        {"attributes": {"alarm": "tampering"}},
        {"case": "open"},
        {"lock": "unlocked"},
        {"bolt": "open"},
        {"seal": {"locked": False}},
        {"lock": "locked", "strap": "cut", "seal_state": "locked"},
    ],
)
def test_a_breach_is_read_however_its_column_is_called(said: dict[str, Any]) -> None:
    event = of_json(**said)
    assert {"seal-tampered", "seal-opened"} & kinds(of_json(seal=WHOLE, time="2026-05-04T06:00:00Z"), event)
    assert SEAL_UNREAD not in event.doubts


@pytest.mark.parametrize(
    "said",
    [
        {"strap": "cut"},
        {"seal": "KE1", "lock": "locked", "strapState": "CUT"},
        {"sealStrap": "cut"},
        {"strapCut": "true"},
        {"seal": "cut"},
        {"seal_condition": 4},
        {"alarm": "ropeCut"},
        {"alarms": "tampering,low-battery"},
        {"lock": "unlocked"},
        {"isLocked": "false"},
        {"case": "opened"},
    ],
)
def test_a_breach_is_read_in_a_query_and_in_what_a_telephone_adds(said: dict[str, Any]) -> None:
    for of in (of_query, of_telephone):
        event = of(**said)
        assert {"seal-tampered", "seal-opened"} & kinds(of_json(seal=WHOLE, time="2026-05-04T06:00:00Z"), event)
        assert not event.doubts


def test_a_query_says_the_same_of_a_seal_as_a_track() -> None:
    said = {"seal": "KE1", "lock": "locked", "strap": "intact", "case": "closed", "door": "closed", "light": "3"}
    for of in (of_query, of_telephone):
        event, track = of(**said, driver="A"), of_json(**said, driver="A")
        assert (event.seal, event.door, event.light_lux) == (track.seal, track.door, track.light_lux)
        assert event.attributes == {"driver": "A"}
        assert kinds(event) == set()
        assert SEAL_UNREAD in of(strap="durchtrennt").doubts
        assert SEAL_UNREAD in of(boltPosition="half").doubts
    assert of_telephone(seal={"number": "KE1", "strap": "cut"}).seal == SealReading(number="KE1", strap="cut")
    second = of_query(strap=["intact", "cut"])
    assert (second.doubts, second.attributes) == ((SEAL_UNREAD,), {"strap": "cut"})


def test_an_alarm_of_a_telephone_is_read_and_kept_as_it_is_written() -> None:
    place = {"timestamp": "2026-05-04T07:00:00Z", "coords": {"latitude": 1.0, "longitude": 36.0}, "alarm": "tampering"}
    (event,) = read("osmand", json.dumps({"device_id": "d", "location": place}).encode(), received_at=RECEIVED)
    assert (event.alarms, event.attributes) == (("tampering",), {"alarmText": "tampering"})


def test_what_is_whole_raises_nothing() -> None:
    events = [
        of_json(seal="KE1", lock=True, strap="intact", case="closed", sealed=True, tamper="no", alarms=[], door=0)
    ]
    events.append(
        of_csv(seal="KE1", lock="locked", strap="intact", case="closed", door="closed", alarms="", tamper="0")
    )
    assert kinds(*events) == set()
    assert all(not event.doubts and not event.attributes for event in events)
    assert of_json(seal=["KE1"]).attributes  # kept, not lost


@pytest.mark.parametrize(
    "said",
    [
        {"boltPosition": "half"},
        {"lock": "7"},
        {"strap": "durchtrennt"},
        {"cargo": "unlocked"},
        {"alarms": ["lock-forced-open"]},
        {"seal": True},
        {"padlock": 3},
        {"door": "maybe"},
        {"light": "flicker"},
    ],
)
def test_what_looks_like_a_seal_and_is_not_understood_is_told(said: dict[str, Any]) -> None:
    event = of_json(**said)
    assert SEAL_UNREAD in event.doubts
    assert event.attributes
    assert kinds(event) == {"seal-not-understood"}


@pytest.mark.parametrize(
    "said", [{"driver": "A"}, {"seal_type": "H"}, {"ignition": True}, {"trafficNote": "open road"}]
)
def test_other_columns_are_attributes_and_raise_nothing(said: dict[str, Any]) -> None:
    event = of_json(**said)
    assert event.attributes == said
    assert kinds(event) == set()


def test_a_replay_says_what_it_did_not_understand(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    rows = [{"device": "d", "time": "2026-05-04T07:00:00Z", "lat": 1, "lon": 36, "driver": "A", "boltPosition": "half"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = CliRunner().invoke(app, ["track", "replay", str(file), "--json"])
    assert "2 columns were not understood: boltPosition, driver." in said.stderr
    assert "Warning: 1 messages state something of a seal" in said.stderr
    assert json.loads(said.stdout.splitlines()[0])["columns_not_understood"] == ["boltPosition", "driver"]


def test_the_messages_of_a_folder_of_attacks_are_judged_as_they_stand(tmp_path: Path) -> None:
    write_attacks(tmp_path, 7, 1, ["seal-cut"])
    for name in ("messages.ndjson", "messages.csv"):
        folder = tmp_path / "seal-cut"
        said = CliRunner().invoke(
            app, ["track", "replay", str(folder / name), "--journey", str(folder / "plan.json"), "--json"]
        )
        told = [json.loads(line) for line in said.stdout.splitlines()]
        assert ("seal-tampered", "red") in {(one["code"], one["alert"]["severity"]) for one in told}
        assert "understood" not in said.stderr


QUIET = frozenset(
    {
        "acceleration",
        "accident",
        "braking",
        "cornering",
        "fall-down",
        "fatigue-driving",
        "fault",
        "fuel-leak",
        "general",
        "geofence",
    }
    | {
        "geofence-enter",
        "geofence-exit",
        "humidity",
        "idle",
        "lane-change",
        "low-battery",
        "low-power",
        "movement",
        "overspeed",
    }
    | {"parking", "shock", "temperature", "tilt", "vibration"}
)


@pytest.mark.parametrize("alarm", get_args(Alarm))
def test_alarms_that_raise_nothing_are_those_that_the_page_names(alarm: str) -> None:
    page = (Path(__file__).parents[2] / "docs/explanation/tracking/journeys-and-alerts.md").read_text()
    named = page.split("raise nothing by themselves")[1].split("\n")[0]
    assert (f"`{alarm}`" in named) == (alarm in QUIET)
    whole = of_json(seal=WHOLE, time="2026-05-04T06:00:00Z")
    found = {(one.kind, one.severity) for one in judge([whole, of_json(seal=WHOLE, alarms=[alarm])])}
    if alarm in QUIET:
        assert found == set()
    if alarm in ("gps-antenna-cut", "sos", "tow"):
        assert found == {("device-alarm", "amber")}
