# SPDX-License-Identifier: Apache-2.0
"""Numbers that are given again, lodged through the real interfaces: what a number joins depends on when."""

from __future__ import annotations

from pathlib import Path

from cocket.governance import Principal
from cocket.pipeline.consignment.key_days import ensure_key_days, fill_key_days
from cocket.pipeline.operations.row_audit import RowAudit
from tests.houses import Built, build, envelope, officer

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "asycuda-awmds" / "awappend.xml"
AWB = b"61800000011"
HOST = Principal(id="host", kind="key", roles=("host",), senders=("ACME",))


def flight(day: bytes, *, number: bytes = AWB, voyage: bytes = b"OS114E") -> bytes:
    """A manifest of one bill, of a flight that left on this day."""
    text = SAMPLE.read_bytes().replace(b"2026-03-12", day).replace(b"OWNB2600415", number)
    return text.replace(b"OS114E", voyage)


def filed(built: Built, content: bytes) -> str:
    """The dossier of the one bill of a manifest, once it is worked off."""
    (answer,) = built.house.intake.messages.take_many([envelope(content)], principal=HOST)
    assert answer.outcome == "accepted"
    built.desk()
    (dossier,) = built.house.queries.records.message(officer("supervisor"), answer.id).consignment_ids
    return dossier


def differences(built: Built) -> list[str]:
    audit = RowAudit(built.stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    return [f"{one.table} {one.id}" for one in audit.differences()]


def test_an_air_waybill_number_of_last_year_joins_nothing_and_one_of_last_month_does(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    first = filed(built, flight(b"2025-03-12"))
    again = filed(built, flight(b"2026-11-12", voyage=b"OS2"))
    late = filed(built, flight(b"2025-04-20", voyage=b"OS3"))
    assert first != again
    assert late == first
    assert differences(built) == []


def test_a_bill_between_two_uses_that_is_near_both_makes_them_one(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    first, second = (filed(built, flight(day, voyage=day)) for day in (b"2026-01-01", b"2026-09-01"))
    assert first != second
    assert filed(built, flight(b"2026-05-01", voyage=b"OS4")) == first
    with built.stores.database.transaction() as connection:
        row = connection.execute(
            "select first_day, last_day from consignment_key where value = %s", (AWB.decode(),)
        ).fetchall()
    assert [[day.isoformat() for day in days] for days in row] == [["2026-01-01", "2026-09-01"]]
    assert differences(built) == []


def test_dossiers_of_before_are_not_parted_and_get_the_days_of_their_papers(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    first = filed(built, flight(b"2025-03-12"))
    with built.stores.database.transaction() as connection:  # a database of before
        connection.execute("update consignment_key set first_day = null, last_day = null")
    joined = filed(built, flight(b"2026-11-12", voyage=b"OS2"))
    assert joined == first  # without days time does not part them, and what was joined stays joined
    ensure_key_days(built.settings, built.dsn)
    assert differences(built) == []
    assert filed(built, flight(b"2026-01-12", voyage=b"OS3")) == first
    assert fill_key_days(built.stores) == 1


def test_a_day_that_another_hand_changed_is_found_and_set_right(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    dossier = filed(built, flight(b"2026-03-12"))
    with built.stores.database.transaction() as connection:
        connection.execute("update consignment_key set last_day = '2027-03-12' where value = %s", (AWB.decode(),))
    assert differences(built) == [f"consignment_key BL {AWB.decode()} {dossier}"]
