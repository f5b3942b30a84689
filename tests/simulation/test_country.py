# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import hashlib
import shutil
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from cocket.codes import EquipmentNumber
from cocket.errors import StoreError
from cocket.model import Declaration, Manifest, Reading
from cocket.risk import facts_of, read_past, replay, train
from cocket.simulation import read_truth, simulate
from cocket.simulation.country import differences_of
from cocket.simulation.papers import sad
from cocket.simulation.people import SCHEMES, settle
from cocket.simulation.trade import trade
from cocket.standards import read
from tests.simulation.conftest import SMALL
from tests.simulation.rehearsal import advise, bills_of, differences


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def readings(folder: Path) -> list[Reading]:
    return [read(path.read_bytes()) for path in sorted(folder.glob("*.xml"))]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(run: Path, tmp_path: Path) -> None:
    simulate(SMALL, tmp_path / "again")
    simulate(msgspec.structs.replace(SMALL, seed=5), tmp_path / "other")
    assert contents(tmp_path / "again") == contents(run)
    shared = contents(tmp_path / "other").items() & contents(run).items()
    assert not shared


def test_the_folder_has_the_shape_that_feeds_and_training_expect(run: Path) -> None:
    assert {path.relative_to(run).parts[0] for path in run.iterdir()} == {"host", "lodge", "history", "truth"}
    tables = {
        "host/selectivity.csv",
        "host/results.csv",
        "lodge/senders.csv",
        "history/results.csv",
        "history/declarations.ndjson",
    }
    assert tables <= set(contents(run))
    assert len(table(run / "host/selectivity.csv")) == len(list((run / "host/sad").iterdir()))
    assert len(table(run / "lodge/senders.csv")) == len(list((run / "lodge").glob("*.xml")))
    assert len((run / "history/declarations.ndjson").read_bytes().splitlines()) == SMALL.history_size


def test_every_paper_is_accepted_without_a_finding(run: Path) -> None:
    for folder, standard in (("host/sad", "asycuda-sad"), ("host/manifest", "asycuda-awmds"), ("lodge", "wco-dm")):
        papers = readings(run / folder)
        assert papers
        for reading in papers:
            assert (reading.standard, reading.outcome, reading.findings) == (standard, "accepted", ())


def test_a_tenth_or_so_is_lodged_directly_by_the_importer_himself(run: Path) -> None:
    lodged = table(run / "lodge/senders.csv")
    assert 0.05 < len(lodged) / SMALL.size < 0.25
    for row in lodged:
        document = read((run / "lodge" / row["file"]).read_bytes()).document
        assert isinstance(document, Declaration) and document.shipment.importer
        assert document.shipment.importer.id == row["sender"]


def test_every_declaration_fits_its_bill_of_lading_but_for_the_planted_differences(run: Path) -> None:
    bills = bills_of(run)
    told: Counter[str] = Counter()
    for reading in (*readings(run / "host/sad"), *readings(run / "lodge")):
        assert isinstance(reading.document, Declaration)
        found = differences(reading.document, bills)
        assert found is not None
        told.update(found)
    _, live = trade(SMALL, settle(SMALL))
    assert told == Counter(code for each in live for code in differences_of(each))
    assert told


def test_every_container_has_a_right_check_digit(run: Path) -> None:
    manifests = [reading.document for reading in readings(run / "host/manifest")]
    units = [unit for m in manifests if isinstance(m, Manifest) for bill in m.bills for unit in bill.equipment]
    assert units
    for unit in units:
        number = EquipmentNumber.parse(unit.id)
        assert number is not None and number.check_digit_ok
        assert unit.seals


def test_facts_are_the_same_before_writing_and_after_reading(run: Path) -> None:
    people = settle(SMALL)
    _, live = trade(SMALL, people)
    by_moment = {each.moment.replace(microsecond=0): each for each in live}
    decided = {(r["office"], r["number"]): r for r in table(run / "host/selectivity.csv")}
    assert decided
    compared = 0
    for reading in readings(run / "host/sad"):
        document = reading.document
        assert isinstance(document, Declaration) and document.id and document.shipment.importer
        number = int(document.id.rpartition("/")[2])
        matches = [
            each for each in by_moment.values()
            if each.importer.id == document.shipment.importer.id
            and facts_of(sad(each, number, people.brokers[each.broker], None), "c", each.moment)
            == msgspec.structs.replace(facts_of(document, "c", each.moment), transport_document=None)
        ]  # fmt: skip
        compared += len(matches) == 1
    assert compared == len(decided)


def test_the_past_is_before_the_live_period_and_some_results_are_still_out(run: Path) -> None:
    past = read_past((run / "history/declarations.ndjson").read_bytes(), (run / "history/results.csv").read_bytes())
    last = past.cases[-1].case.facts.day
    assert any(outcome.returned > last for outcome in past.outcomes.values())
    assert all(outcome.returned > outcome.facts.day for outcome in past.outcomes.values())
    assert {case.lane for case in past.cases} == {"red", "yellow", "blue", "green"}


def test_the_truth_covers_every_declaration_and_stands_in_its_own_folder_only(run: Path) -> None:
    live, history = (read_truth((run / f"truth/{name}.csv").read_bytes()) for name in ("live", "history"))
    assert (len(live), len(history)) == (SMALL.size, SMALL.history_size)
    assert 0.005 < sum(each.is_fraud for each in history.values()) / len(history) < 0.1
    words = [word.encode() for word in (*SCHEMES, "p_bayes", "scheme", "label")]
    assert all(word in (run / "truth/history.csv").read_bytes() for word in words)
    for name in contents(run):
        if not name.startswith("truth/"):
            assert not any(word in (run / name).read_bytes() for word in words), name


def test_training_and_advice_never_open_the_truth(run: Path, tmp_path: Path) -> None:
    def learnt(folder: Path) -> bytes:
        tables = (folder / "history/declarations.ndjson", folder / "history/results.csv")
        return train(read_past(*(path.read_bytes() for path in tables))).to_bytes()

    shutil.copytree(run, tmp_path / "blind", ignore=shutil.ignore_patterns("truth"))
    lies = shutil.copytree(run, tmp_path / "lied-to")
    for path in (lies / "truth").iterdir():
        path.write_text(path.read_text().replace(",0,0.00,", ",1,9.00,x"))
    model, advice = learnt(run), advise(run)
    for folder in (tmp_path / "blind", lies):
        assert learnt(folder) == model
        assert advise(folder) == advice


def test_replaying_the_past_of_a_run_twice_gives_the_same_history(run: Path) -> None:
    tables = ((run / "history/declarations.ndjson").read_bytes(), (run / "history/results.csv").read_bytes())
    assert replay(read_past(*tables)).snapshot() == replay(read_past(*tables)).snapshot()


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(msgspec.structs.replace(SMALL, history_size=600), tmp_path, lambda done, total: told.append((done, total)))
    assert told[-1] == (720, 720)
    assert told == sorted(told)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written"):
        simulate(SMALL, tmp_path / "taken")
