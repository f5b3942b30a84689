# SPDX-License-Identifier: Apache-2.0
"""`cocket track replay` and `cocket track simulate` as a user types them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from functools import reduce
from operator import xor
from pathlib import Path

import msgspec
import pyais
import pytest
import typer
from typer.testing import CliRunner

from cocket.cli import app as cocket
from cocket.cli.commands.track import replay as track_replay
from cocket.errors import CocketError, SettingsError, UnreadableError
from cocket.model import TransportMeans
from tests.pipeline.consignment.test_manifests import bill, manifest
from tests.tracking.making import changed, journey, ride

_CSV = "device,time,lat,lon,door\n" + "".join(
    f"d1,2026-03-02T06:{minute:02}:00Z,0,{30 + minute / 100},{'open' if minute in (20, 21) else 'closed'}\n"
    for minute in range(40)
)
_GPX = (
    '<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    + "".join(f'<trkpt lat="0" lon="{30 + m / 100}"><time>2026-03-02T06:{m:02}:00Z</time></trkpt>' for m in range(40))
    + '<trkpt lat="50" lon="80"><time>2026-03-02T06:41:00Z</time></trkpt></trkseg></trk></gpx>'
)


def say(*words: str) -> tuple[int, str]:
    """Exit code and what is printed."""
    app = typer.Typer()
    app.command("replay")(track_replay.replay)
    app.command("simulate")(track_replay.simulate)
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_a_table_gives_its_alerts_for_people_and_programs(tmp_path: Path) -> None:
    file = tmp_path / "track.csv"
    file.write_text(_CSV)
    code, said = say("replay", str(file))
    assert code == 1
    assert "door-opened" in said
    assert "40 messages of 1 devices: 1 alerts are current." in said
    code, said = say("replay", str(file), "--json")
    (line,) = [json.loads(line) for line in said.splitlines()]
    assert (line["state"], line["code"], len(line["alert"]["events"])) == ("raised", "door-opened", 2)


def test_other_formats_are_read_by_name(tmp_path: Path) -> None:
    track = tmp_path / "track.gpx"
    track.write_text(_GPX)
    assert "position-jump" in say("replay", str(track))[1]
    packed = tmp_path / "track.csv.gz"
    packed.write_bytes(gzip.compress(_CSV.encode()))
    assert say("replay", str(packed))[0] == 1
    nmea = tmp_path / "track.nmea"
    nmea.write_text("$GPRMC,060000.00,A,0000.00,N,03000.00,E,10.0,90.0,020326,,\r\n")
    assert say("replay", str(nmea))[0] == 0


def test_a_journey_adds_what_is_known_and_notices_tell_when(tmp_path: Path) -> None:
    events, route = tmp_path / "events.ndjson", tmp_path / "journey.json"
    late = [msgspec.structs.replace(each, received_at=ride(50)[-1].received_at) for each in ride(50)[10:40]]
    made = changed([*ride(50)[:10], *late, *ride(50)[40:]], range(20, 22), door="open")
    events.write_bytes(b"\n".join(msgspec.json.encode(event) for event in made))
    route.write_bytes(msgspec.json.encode(journey()))
    code, said = say("replay", str(events), "--journey", str(route), "--as-received", "--json")
    assert code == 1
    states = [(line["state"], line["code"]) for line in map(json.loads, said.splitlines())]
    assert ("raised", "silence") in states
    assert ("withdrawn", "silence") in states
    assert ("raised-late", "door-opened") in states
    assert "withdrawn" in say("replay", str(events), "--journey", str(route), "--as-received")[1]


def test_what_came_when_is_told_by_receipt_and_not_made_up(tmp_path: Path) -> None:
    """Neither from when the file is read, nor from the end of a stretch of messages judged together."""
    bare = tmp_path / "track.csv"
    bare.write_text(_CSV)
    with pytest.raises(SettingsError, match="does not say when 40 of its messages"):
        say("replay", str(bare), "--as-received")
    rows = [line.split(",") for line in _CSV.splitlines()]
    made = [f"{rows[0][0]},received,{','.join(rows[0][1:])}"]
    made += [f"{row[0]},{row[1].replace(':00Z', ':20Z')},{','.join(row[1:])}" for row in rows[1:]]
    file = tmp_path / "received.csv"
    file.write_text("\n".join(made) + "\n")
    _, said = say("replay", str(file), "--as-received", "--json")
    first, *_ = map(json.loads, said.splitlines())
    assert (first["state"], first["code"], first["at"]) == ("raised", "door-opened", "2026-03-02T06:20:20Z")


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("absent.csv", None, SettingsError),
        ("track.xyz", b"x", SettingsError),
        ("track.csv", b"no table", CocketError),
        ("track.gpx", b"<html/>", CocketError),
        ("track.csv.gz", b"not packed", SettingsError),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: bytes | None, error: type[CocketError]
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error):
        say("replay", str(file))


def test_a_journey_that_is_none_is_told_by_its_line(tmp_path: Path) -> None:
    file, route = tmp_path / "track.csv", tmp_path / "journey.json"
    file.write_text(_CSV)
    route.write_text('{"id": 1}')
    with pytest.raises(UnreadableError, match="Line 1"):
        say("replay", str(file), "--journey", str(route))


def test_invented_journeys_are_written_with_their_truth_apart(tmp_path: Path) -> None:
    folder = tmp_path / "tracks"
    code, said = say("simulate", "--seed", "3", "--journeys", "2", "--threatened", "1", "--out", str(folder), "--json")
    assert code == 0
    assert json.loads(said)["journeys"] == 24
    code, _ = say("replay", str(folder / "events.ndjson"), "--journey", str(folder / "journeys.ndjson"), "--json")
    assert code == 1
    assert len((folder / "truth" / "truth.ndjson").read_text().splitlines()) == 24
    assert "threat" not in (folder / "events.ndjson").read_text()


def test_invented_journeys_are_judged(tmp_path: Path) -> None:
    code, said = say("simulate", "--evaluate", "--seed", "3", "--journeys", "3", "--threatened", "1")
    assert code == 0
    assert "spoof-jump" in said
    assert "for each 1,000" in said


def test_an_unknown_world_is_told() -> None:
    with pytest.raises(SettingsError, match="no such world"):
        say("simulate", "--regime", "flat")


def test_what_the_clock_tells_is_told_for_a_moment(tmp_path: Path) -> None:
    events, route = tmp_path / "events.ndjson", tmp_path / "journey.json"
    events.write_bytes(msgspec.json.encode(ride(1)[0]))
    route.write_bytes(msgspec.json.encode(journey(devices=("dev-1", "dev-2"))))
    code, said = say("replay", str(events), "--journey", str(route), "--as-of", "2026-03-02T12:00", "--json")
    told = {(line["code"], line["alert"]["subject"]) for line in map(json.loads, said.splitlines())}
    assert code == 1
    assert told == {("silence", "dev-1"), ("silence", "dev-2")}
    assert say("replay", str(events), "--journey", str(route))[0] == 0


def _sentences(east_km: float) -> bytes:
    """A vessel that is heard every four hours for five days, at one distance from Mombasa, with times in tag blocks."""
    lines = []
    for hour in range(0, 120, 4):
        tag = f"c:{int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) + hour * 3600}"
        check = reduce(xor, tag.encode())
        place = {"type": 1, "mmsi": 538001234, "lat": -4.06, "lon": 39.66 + east_km / 111 + hour / 1e4, "second": 0}
        static = {"type": 5, "mmsi": 538001234, "imo": 9074729, "shipname": "STAR TRADER"}
        for message in (place, static):
            lines += [f"\\{tag}*{check:02X}\\{line}" for line in pyais.encode_dict(message, talker_id="AI")]
    return "\r\n".join(lines).encode()


def test_vessels_are_held_against_a_manifest(tmp_path: Path) -> None:
    far, near, paper = tmp_path / "far.ais", tmp_path / "near.ais", tmp_path / "manifest.xml"
    far.write_bytes(_sentences(4_000))
    near.write_bytes(_sentences(10))
    vessel = TransportMeans(id="IMO 9074729", mode_code="1")
    paper.write_bytes(
        manifest(bill("TSTB0100001"), transport=vessel, arrives=date(2026, 3, 3), destination_place="KEMBA")
    )
    port = ("--manifest", str(paper), "--port", "KEMBA=-4.06,39.66,8")
    code, said = say("replay", str(far), *port, "--json")
    (line,) = [line for line in map(json.loads, said.splitlines()) if line["code"] == "port-call-contradicted"]
    assert (code, line["alert"]["fence"], line["alert"]["reference"]) == (1, "KEMBA", "XA110000 ST001E")
    assert line["alert"]["measured"]["away_m"] > 3_900_000
    assert "port-call-contradicted" not in say("replay", str(near), *port)[1]
    with pytest.raises(SettingsError, match="position of KEMBA is not known"):
        say("replay", str(far), "--manifest", str(paper))
    with pytest.raises(SettingsError, match="not a port"):
        say("replay", str(far), "--manifest", str(paper), "--port", "KEMBA=mombasa")
    with pytest.raises(UnreadableError):
        say("replay", str(far), "--manifest", str(far))


def test_a_folder_of_attacks_is_written_and_judged(tmp_path: Path) -> None:
    run = CliRunner().invoke
    where = str(tmp_path / "attacks")
    some = ["--seed", "7", "--journeys", "1", "--kind", "seal-cut", "--kind", "clean"]
    done = run(cocket, ["track", "attacks", where, *some])
    assert done.exit_code == 0, done.output
    assert "2 kinds of 1 journeys" in done.output
    judged = run(cocket, ["track", "replay", where])
    assert judged.exit_code == 0, judged.output
    assert "It holds on 2 of 2 journeys." in judged.output
    file = tmp_path / "attacks" / "seal-cut" / "messages.ndjson"
    file.write_text(file.read_text("utf-8").replace('"strap":"cut"', '"strap":"intact"'))
    missed = run(cocket, ["track", "replay", where, "--json"])
    assert missed.exit_code == 1
    rows = {row["kind"]: row for row in map(json.loads, missed.stdout.splitlines()) if "kind" in row}
    assert (rows["seal-cut"]["raised"], rows["seal-cut"]["holds"], rows["clean"]["holds"]) == (0, 0, 1)
    for words in (["attacks", where, "--kind", "none"], ["replay", str(tmp_path)], ["replay", where, "--as-received"]):
        assert run(cocket, ["track", *words]).exit_code, words
