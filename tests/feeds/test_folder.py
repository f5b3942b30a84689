# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.errors import PartnerError, SettingsError
from cocket.feeds import FolderFeed, destination_of
from cocket.governance import Principal
from cocket.pipeline import QueueFilter
from tests.houses import Built, build, officer
from tests.messages import declaration

FEED = Principal(id="feed:host", kind="key", roles=("feed",), senders=("host",))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home", max_message_bytes=1_000_000)
    yield made
    made.house.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "export"
    (made / "deep" / "er").mkdir(parents=True)
    return made


def feed(built: Built, folder: Path) -> FolderFeed:
    return FolderFeed(destination_of(built.house), folder, FEED, "host")


def test_files_at_any_depth_are_taken_in_once(built: Built, folder: Path) -> None:
    (folder / "one.xml").write_bytes(declaration("R1"))
    (folder / "deep" / "er" / "two.xml.gz").write_bytes(gzip.compress(declaration("R2")))
    (folder / "notes.txt").write_text("not to us", "utf-8")
    first = feed(built, folder).once()
    assert (first.accepted, first.refused, first.repeats) == (2, 0, 0)
    again = feed(built, folder).once()
    assert (again.accepted, again.unchanged) == (0, 2)


def test_a_changed_file_is_a_new_version_of_its_message(built: Built, folder: Path) -> None:
    file = folder / "one.xml"
    file.write_bytes(declaration("R1"))
    feed(built, folder).once()
    file.write_bytes(declaration("R1", note="changed"))
    assert feed(built, folder).once().accepted == 1
    built.desk()
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    assert [paper.version for paper in built.house.queries.records.dossier(officer(), line.id).papers] == [1, 2]


def test_a_touched_file_with_the_same_content_is_known(built: Built, folder: Path) -> None:
    file = folder / "one.xml"
    file.write_bytes(declaration("R1"))
    feed(built, folder).once()
    os.utime(file, (1, 1))
    assert feed(built, folder).once().repeats == 1


def test_a_bad_file_is_sealed_as_a_refusal_and_stops_nothing(built: Built, folder: Path) -> None:
    (folder / "a.xml").write_bytes(b"<broken")
    (folder / "b.xml").write_bytes(declaration("R1"))
    report = feed(built, folder).once()
    assert (report.accepted, report.refused) == (1, 1)


def test_what_cannot_be_opened_is_told_and_tried_again(built: Built, folder: Path) -> None:
    (folder / "bomb.xml.gz").write_bytes(gzip.compress(b" " * 3_000_000))
    (folder / "torn.xml.gz").write_bytes(gzip.compress(declaration("R1"))[:-20])
    (folder / "big.xml").write_bytes(b" " * 2_000_000)
    report = feed(built, folder).once()
    assert len(report.unreadable) == 3
    (folder / "torn.xml.gz").write_bytes(gzip.compress(declaration("R1")))
    assert feed(built, folder).once().accepted == 1


def test_a_file_name_that_is_not_utf8_is_taken_in(built: Built, folder: Path) -> None:
    name = os.fsdecode(b"decl-\xff\xfe.xml")
    (folder / name).write_bytes(declaration("R1"))
    assert feed(built, folder).once().accepted == 1
    assert feed(built, folder).once().unchanged == 1


def test_host_lanes_and_results_stand_beside_our_advice(built: Built, folder: Path) -> None:
    sad = next(Path(__file__).parents[1].joinpath("samples", "asycuda-sad").rglob("*.xml"))
    (folder / "sad.xml").write_bytes(sad.read_bytes())
    feed(built, folder).once()
    built.desk()
    line = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0]
    names = dict(built.house.queries.records.dossier(officer(), line.id).references)
    key = names["SAD"].split("/")
    row = ",".join(key)
    (folder / "lanes.csv").write_text(f"office,year,serial,number,lane,override\n{row},green,red\n", "utf-8")
    (folder / "results.csv").write_text(
        f"office,year,serial,number,depth,found,duty_recovered,currency\n{row},full,yes,10,XAD\n", "utf-8"
    )
    assert feed(built, folder).once().decisions == 2
    assert feed(built, folder).once().decisions == 0
    advice = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].advice
    assert advice is not None
    assert (advice.host_lane, advice.host_override) == ("green", "red")
    stats = built.house.queries.records.stats(officer("supervisor"))
    assert (stats.host_lanes, stats.examined, stats.found, stats.duty_recovered) == ({"red": 1}, 1, 1, {"XAD": "10"})


def test_nothing_is_written_into_the_hosts_folder(built: Built, folder: Path) -> None:
    (folder / "one.xml").write_bytes(declaration("R1"))
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    feed(built, folder).once()
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_a_folder_that_is_not_there_is_told_and_waited_for(built: Built, tmp_path: Path) -> None:
    watched = feed(built, tmp_path / "none")
    with pytest.raises(PartnerError, match="mounted"):
        watched.once()
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "one.xml").write_bytes(declaration("R1"))
    assert watched.once().accepted == 1


def test_a_file_is_no_folder(built: Built, folder: Path) -> None:
    (folder / "one.xml").write_bytes(declaration("R1"))
    with pytest.raises(SettingsError, match="not a folder"):
        feed(built, folder / "one.xml")
