# SPDX-License-Identifier: Apache-2.0
"""References that are numbers which end, given again by the same sender."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cocket import standards
from cocket.pipeline import Answer, open_instance
from cocket.pipeline.operations.row_audit import RowAudit
from tests.houses import Built, build, envelope, officer, trader

AIRLINE = trader("AIRLINE")
XFWB = Path(__file__).resolve().parents[2] / "samples" / "cargo-xml-xfwb"

WAYBILL = """FWB/16
618-40000004PVGLHR/T85K{kilos}
FLT/XB123/01
RTG/LHRXB
SHP
NAM/ORIENT WORKS LTD
ADR/1 ROAD
LOC/SHANGHAI
/CN/200000
CNE
NAM/NORTHSEA IMPORTS PLC
ADR/2 ROAD
LOC/LONDON
/GB/E11AA
AGT//1234567
/FAST AGENT
/SHANGHAI
CVD/USD/PP/PP/NVD/NCV/XXX
RTD/1/P85/K{kilos}/CQ/W{kilos}/R1.00/T{kilos}
/NG/BICYCLE TYRES
/2/NH/401150
ISU/{day}/SHANGHAI
REF/PVGFFXB
"""


def waybill(day: str, kilos: int = 1735) -> bytes:
    return WAYBILL.format(day=day, kilos=kilos).encode()


def lodge(built: Built, *contents: bytes, door: str = "api", principal: object = AIRLINE) -> list[Answer]:
    letters = [envelope(content, "AIRLINE", door) for content in contents]
    return list(built.house.intake.messages.take_many(letters, principal=principal))


def dossiers(built: Built, answer: Answer) -> tuple[str, ...]:
    return built.house.queries.records.message(officer("supervisor"), answer.id).consignment_ids


def differences(built: Built) -> list[str]:
    audit = RowAudit(built.stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    return [f"{one.table} {one.id} {one.column} {one.stands} {one.sealed}" for one in audit.differences()]


def references(built: Built) -> list[str]:
    with built.stores.database.transaction() as connection:
        rows = connection.execute("select reference from identity where reference is not null order by 1").fetchall()
    return [reference for (reference,) in rows]


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home")


def test_a_waybill_number_given_again_after_a_year_is_a_paper_of_its_own(built: Built) -> None:
    first, again = (lodge(built, waybill(day))[0] for day in ("01NOV25", "01NOV26"))
    assert (first.outcome, again.outcome) == ("accepted", "accepted")
    assert again.id != first.id
    assert not any(one.code == "reference-conflict" for one in again.findings)
    built.desk()
    (old,), (new,) = dossiers(built, first), dossiers(built, again)
    assert old != new
    view = built.house.queries.records.message(AIRLINE, again.id)
    assert (view.reference, view.version, view.function) == ("618-40000004", 1, "original")
    assert differences(built) == []


def test_the_same_content_again_has_the_same_answer_whichever_use_it_is_of(built: Built) -> None:
    sent = [waybill("01NOV25"), waybill("01NOV26")]
    before = [lodge(built, one)[0] for one in sent]
    after = [lodge(built, one)[0] for one in sent]
    assert [(one.id, one.receipt, one.is_repeat) for one in after] == [(one.id, one.receipt, True) for one in before]


def test_within_the_life_of_the_number_other_content_is_a_conflict_with_its_use(built: Built) -> None:
    lodge(built, waybill("01NOV25"))
    lodge(built, waybill("01NOV26"))
    answers = [lodge(built, waybill(day, 99))[0] for day in ("20DEC25", "20OCT26")]
    assert [one.outcome for one in answers] == ["conflict", "conflict"]
    assert [one.findings[0].found for one in answers] == ["618-40000004"] * 2
    again = lodge(built, waybill("20OCT26", 99))[0]
    assert (again.id, again.outcome, again.findings[0].found) == (answers[1].id, "conflict", "618-40000004")
    assert built.house.queries.records.message(AIRLINE, again.id).reference == "618-40000004"
    built.desk()
    assert differences(built) == []


def test_a_waybill_that_tells_no_day_stays_a_conflict(built: Built) -> None:
    lodge(built, waybill("01NOV25"))
    text = waybill("01NOV26", 99).replace(b"ISU/01NOV26/SHANGHAI\n", b"")
    assert standards.read(text).outcome == "accepted"
    assert lodge(built, text)[0].outcome == "conflict"


def test_uses_in_one_commit_part_too_and_rivals_within_one_use_conflict(built: Built) -> None:
    days = (("01NOV23", 1), ("01NOV26", 2), ("01NOV24", 3), ("03NOV26", 4))
    answers = lodge(built, *(waybill(day, kilos) for day, kilos in days))
    assert [one.outcome for one in answers].count("conflict") == 1
    assert len(references(built)) == 3
    built.desk()
    assert differences(built) == []


def test_of_many_at_once_one_begins_the_new_use(built: Built) -> None:
    lodge(built, waybill("01NOV24"))
    others = [open_instance(built.settings, built.dsn) for _ in range(4)]

    def send(place: int) -> str:
        text = waybill(f"0{1 + place}NOV26", 100 + place)
        letters = [envelope(text, "AIRLINE")]
        return others[place].intake.messages.take_many(letters, principal=AIRLINE)[0].outcome

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(send, range(4)))
    for one in others:
        one.close()
    assert sorted(outcomes) == ["accepted", "conflict", "conflict", "conflict"]
    assert references(built) == ["618-40000004", "618-40000004 ×2"]


def test_of_a_feed_a_later_use_is_a_paper_of_its_own_and_a_changed_file_a_version_of_the_use(built: Built) -> None:
    first, again, changed = (
        lodge(built, waybill(day, kilos), door="feeds")[0]
        for day, kilos in (("01NOV24", 1), ("01NOV26", 2), ("02NOV26", 3))
    )
    views = [built.house.queries.records.message(AIRLINE, one.id) for one in (first, again, changed)]
    assert [(one.function, one.version) for one in views] == [("original", 1), ("original", 1), ("amendment", 2)]
    built.desk()
    assert dossiers(built, again) == dossiers(built, changed) != dossiers(built, first)
    assert differences(built) == []


def test_an_amendment_and_a_cancellation_find_the_use_that_is_meant(built: Built) -> None:
    text = next(one for one in map(Path.read_bytes, sorted(XFWB.glob("*.xml"))) if b">160-12345675<" in one)

    def sent(year: bytes, purpose: bytes) -> Answer:
        content = text.replace(b"2026", year).replace(b"6HK12345678", year[-1:] + b"HK12345678")
        return lodge(built, content.replace(b">Creation<", b">" + purpose + b"<"))[0]

    old, new = sent(b"2024", b"Creation"), sent(b"2026", b"Creation")
    changes = sent(b"2024", b"Update"), sent(b"2026", b"Update"), sent(b"2026", b"Deletion")
    assert [one.outcome for one in (old, new, *changes)] == ["accepted"] * 5
    views = [built.house.queries.records.message(AIRLINE, one.id) for one in (old, new, *changes)]
    assert [one.version for one in views] == [1, 1, 2, 2, 3]
    built.desk()
    places = [dossiers(built, one) for one in (old, new, *changes)]
    assert places[0] == places[2] != places[1] == places[3] == places[4]
    assert differences(built) == []
