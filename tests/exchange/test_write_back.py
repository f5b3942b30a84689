# SPDX-License-Identifier: Apache-2.0
"""Telling the host, through the real house."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath

import msgspec
import pytest

from cocket.errors import PolicyError, StoreError
from cocket.governance import Principal
from cocket.measures.permits import Hold
from cocket.pipeline import WriteBackReport
from cocket.pipeline.control import hold_notes, write_back
from tests.feeds.tables import csv_feed
from tests.houses import Built, build, envelope, officer, put_permit_issuers, trader
from tests.messages import declaration
from tests.simulators.host_database import Tables, write_csv

HOST = Principal(id="host:host", kind="key", roles=("host",))
TODAY = datetime.now(UTC).date()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    put_permit_issuers(made, ("FOOD", "N853"))
    yield made
    made.house.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "advice"


def tables(*days: date, hs: str = "87032100") -> Tables:
    """Declarations registered on these days."""
    general = [
        {
            "INSTANCEID": n, "IDE_CUO_COD": "XA110000", "IDE_REG_SER": "C", "IDE_REG_NBR": n, "IDE_REG_DAT": day,
            "DEC_COD": "9000", "DEC_REF_NBR": f"R-{n}",
        }
        for n, day in enumerate(days, start=1)
    ]  # fmt: skip
    items = [{"INSTANCEID": row["INSTANCEID"], "KEY_ITM_NBR": 1, "TAR_HSC_NB1": hs} for row in general]
    return {"SAD_GENERAL_SEGMENT": general, "SAD_ITEM": items}


def lodge(built: Built, tmp_path: Path, told: Tables) -> None:
    report = csv_feed(built.house, write_csv(tmp_path / "csv", told)).once()
    assert not report.refused
    built.desk()


def files(target: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, inode and time of change of each file: a file written anew is another one."""
    return {
        str(path.relative_to(target)): (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
        for path in target.rglob("*")
        if path.is_file()
    }


def records(built: Built) -> list[write_back.SealedWriteBack]:
    return [msgspec.json.decode(body, type=write_back.SealedWriteBack) for body in built.bodies("write-back")]


def test_the_host_finds_our_lane_under_its_own_key_and_the_book_has_its_digest(
    built: Built, target: Path, tmp_path: Path
) -> None:
    lodge(built, tmp_path, tables(TODAY, TODAY))
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(written=2)
    path = f"XA110000/{TODAY.year}/C-1.csv"
    content = files(target)[path][0]
    (line,) = csv.DictReader(content.decode().splitlines())
    with built.stores.database.transaction() as connection:
        lanes = dict(connection.execute("select message::text, lane from assessment").fetchall())
    assert line["lane"] == lanes[line["message_id"]]
    assert sha256(content).hexdigest() in [record.sha256 for record in records(built)]


def test_nothing_is_told_unless_asked(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY))
    assert not target.exists()
    assert records(built) == []


def test_where_nothing_changed_nothing_is_touched(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY, TODAY))
    built.house.control.write_back.write_back(target, HOST)
    before = files(target)
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport()
    assert files(target) == before
    assert len(records(built)) == 2


def test_advice_given_again_and_the_same_is_not_told_again(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY))
    built.house.control.write_back.write_back(target, HOST)
    before = files(target)
    _give_again(built)
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(unchanged=1)
    assert files(target) == before
    assert len(records(built)) == 1


def test_what_changed_is_told_again_and_the_rest_is_not(built: Built, target: Path, tmp_path: Path) -> None:
    told = tables(TODAY, TODAY)
    lodge(built, tmp_path, told)
    built.house.control.write_back.write_back(target, HOST)
    before = files(target)
    told["SAD_ITEM"][0]["TAR_HSC_NB1"] = "22030000"
    lodge(built, tmp_path, told)
    assert built.house.control.write_back.write_back(target, HOST).written == 1
    after = files(target)
    assert [name for name in before if before[name] != after[name]] == [f"XA110000/{TODAY.year}/C-1.csv"]
    assert len(records(built)) == 3


def test_what_the_host_took_away_is_not_put_there_again(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY))
    built.house.control.write_back.write_back(target, HOST)
    next(target.rglob("*.csv")).unlink()
    _give_again(built)
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(unchanged=1)
    assert files(target) == {}


def test_the_record_is_sealed_before_the_file_appears_and_a_round_broken_off_is_made_up_for(
    built: Built, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, tmp_path, tables(TODAY, TODAY))
    put = write_back.put_below

    def fail_at_the_second(folder: Path, place: PurePosixPath, content: bytes) -> None:
        assert str(folder / place) in [record.file for record in records(built)]
        if files(target):
            raise StoreError("The disk is full.")
        put(folder, place, content)

    with monkeypatch.context() as patched:
        patched.setattr(write_back, "put_below", fail_at_the_second)
        with pytest.raises(StoreError):
            built.house.control.write_back.write_back(target, HOST)
    assert len(files(target)) == 1
    assert built.house.control.write_back.write_back(target, HOST).written == 1
    assert len(files(target)) == 2
    assert len(records(built)) == 2
    _give_again(built)
    next(target.rglob("*.csv")).unlink()
    assert built.house.control.write_back.write_back(target, HOST).written == 0


def hold(built: Built, dossier: str, *, is_held: bool = True, item: int | None = None) -> None:
    word = Hold(agency="FOOD", item=item, is_held=is_held, reason="smells", law="Food Act, s. 4")
    built.house.measures.permits.agency_hold(officer("supervisor"), dossier, word)


def test_the_host_is_told_who_holds_what_and_when_it_ends_and_no_file_of_advice_changes(
    built: Built, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge(built, tmp_path, tables(TODAY, TODAY))
    tell = built.house.control.write_back.write_back
    assert tell(target, HOST) == WriteBackReport(written=2)
    before = files(target)
    dossier = built.house.queries.records.find(officer("supervisor"), "R-1")[0].id
    hold(built, dossier)
    hold(built, dossier, item=1)
    assert tell(target, HOST) == WriteBackReport(holds=1)
    name = f"XA110000/{TODAY.year}/C-1.holds.csv"
    told = list(csv.DictReader(files(target)[name][0].decode().splitlines()))
    assert [(one["agency"], one["item"], one["state"], one["law"]) for one in told] == [
        ("FOOD", "", "held", "Food Act, s. 4"),
        ("FOOD", "1", "held", "Food Act, s. 4"),
    ]
    assert (told[0]["office"], told[0]["serial"], told[0]["number"]) == ("XA110000", "C", "1")
    assert not {"lane", "reasons", "score"} & set(told[0])
    assert {one: seen for one, seen in files(target).items() if one != name} == before
    assert tell(target, HOST) == WriteBackReport()
    (target / name).unlink()  # the host took it away
    assert tell(target, HOST) == WriteBackReport()
    hold(built, dossier, is_held=False)
    with monkeypatch.context() as patched:
        patched.setattr(hold_notes, "put_below", _disk_full)
        with pytest.raises(StoreError):
            tell(target, HOST)
    assert tell(target, HOST) == WriteBackReport(holds=1), "sealed before, put down now"
    told = list(csv.DictReader(files(target)[name][0].decode().splitlines()))
    assert [one["state"] for one in told] == ["released", "released"], "a release of all is of each item"
    notes = [msgspec.json.decode(body, type=hold_notes.SealedHoldNote) for body in built.bodies("hold-note")]
    assert [one.held_by for one in notes] == [("FOOD",), ()]
    assert notes[-1].sha256 == sha256(files(target)[name][0]).hexdigest()


def test_of_goods_that_the_host_has_not_registered_it_is_told_once_it_has(
    built: Built, target: Path, tmp_path: Path
) -> None:
    built.house.intake.messages.take_many([envelope(declaration("R-1"))], principal=trader("ACME"))
    built.desk()
    dossier = built.house.queries.records.find(officer("supervisor"), "R-1")[0].id
    hold(built, dossier)
    assert built.house.control.write_back.write_back(target, HOST).holds == 0 and files(target) == {}
    assert built.house.control.write_back.write_back(target, officer("supervisor")).holds == 0


def _disk_full(*_: object) -> None:
    raise StoreError("The disk is full.")


def test_advice_on_history_is_never_told_as_if_it_came_in_time(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY - timedelta(days=3), TODAY - timedelta(days=4), date(2025, 2, 1)))
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(written=1, kept=2)


def test_what_the_host_has_examined_already_is_not_advised_on(built: Built, target: Path, tmp_path: Path) -> None:
    told = tables(TODAY, TODAY)
    told["INSP_ACT_TAB"] = [{"INSTANCEID": 1, "ACT_TYP": "full", "ACT_RET_DAT": datetime.now(UTC) - timedelta(hours=1)}]
    told["INSP_ACT_EXAM"] = [{"INSTANCEID": 1, "FRD_COD": "07", "AMT": 5}]
    lodge(built, tmp_path, told)
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(written=1, kept=1)
    assert list(files(target)) == [f"XA110000/{TODAY.year}/C-2.csv"]


def test_what_the_host_has_not_registered_has_no_key_to_be_told_under(
    built: Built, target: Path, tmp_path: Path
) -> None:
    told = tables(TODAY)
    del told["SAD_GENERAL_SEGMENT"][0]["IDE_REG_NBR"]
    lodge(built, tmp_path, told)
    assert built.house.control.write_back.write_back(target, HOST) == WriteBackReport(kept=1)


@pytest.mark.parametrize("principal", [trader("host"), Principal(id="feed:host", kind="key", roles=("feed",))])
def test_nobody_but_the_host_is_told(built: Built, target: Path, tmp_path: Path, principal: Principal) -> None:
    lodge(built, tmp_path, tables(TODAY))
    with pytest.raises(PolicyError):
        built.house.control.write_back.write_back(target, principal)
    assert not target.exists()
    assert records(built) == []


def test_another_folder_is_told_from_the_beginning(built: Built, target: Path, tmp_path: Path) -> None:
    lodge(built, tmp_path, tables(TODAY))
    built.house.control.write_back.write_back(target, HOST)
    assert built.house.control.write_back.write_back(tmp_path / "other", HOST).written == 1


def test_more_advice_than_one_round_takes_is_told_to_the_last(
    built: Built, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_back, "_BATCH", 2)
    lodge(built, tmp_path, tables(*[TODAY] * 5))
    assert built.house.control.write_back.write_back(target, HOST).written == 5
    assert len(files(target)) == 5


def _give_again(built: Built) -> None:
    """Make the desk advise once more on everything, with the same words."""
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            "select distinct on (a.consignment) a.id, a.consignment, a.message from assessment a order by a.consignment, a.made desc"
        ).fetchall()
        fresh = []
        for old, consignment, _ in rows:
            body = msgspec.json.decode(built.stores.leaves.body(connection, old) or b"")
            record = built.stores.sealer.record("assessment", "desk", body, about=consignment)
            before = built.stores.orders.assessments(connection, [old])[old]
            again = msgspec.structs.replace(before, id=record.leaf.record, made=datetime.now(UTC))
            built.stores.orders.add_assessments(connection, [again])
            fresh.append(record)
        built.stores.leaves.append_records(connection, fresh)


def test_a_link_in_the_way_is_told_and_all_other_advice_is_written(built: Built, target: Path, tmp_path: Path) -> None:
    """Whoever may write into the folder cannot lead a file out of it, nor keep other files from being written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.csv").write_text("as it was", "utf-8")
    told = tables(TODAY, TODAY, TODAY)
    told["SAD_GENERAL_SEGMENT"][0]["IDE_CUO_COD"] = "XA990000"
    lodge(built, tmp_path, told)
    target.mkdir()
    (target / "XA990000").symlink_to(outside, target_is_directory=True)
    (target / "XA110000" / str(TODAY.year)).mkdir(parents=True)
    (target / "XA110000" / str(TODAY.year) / "C-2.csv").symlink_to(outside / "keep.csv")
    for _ in range(2):
        with pytest.raises(StoreError, match="a link is in the way") as caught:
            built.house.control.write_back.write_back(target, HOST)
        assert caught.value.code == "write-back"
    assert [path.name for path in outside.iterdir()] == ["keep.csv"]
    assert (outside / "keep.csv").read_text("utf-8") == "as it was"
    written = target / "XA110000" / str(TODAY.year)
    assert sorted(path.name for path in written.iterdir() if not path.is_symlink()) == ["C-2.csv", "C-3.csv"]
    (target / "XA990000").unlink()
    assert built.house.control.write_back.write_back(target, HOST).written == 1
    assert (target / "XA990000" / str(TODAY.year) / "C-1.csv").is_file()
    assert built.house.control.write_back.write_back(target, HOST).written == 0
