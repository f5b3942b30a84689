# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from cocket.control import IDENTIFYING, ExaminationResult, Quantity, ReportRow, Seizure, report_rows

RESULT = ExaminationResult(
    consignment="c1",
    office="XA110000",
    officer="officer.a",
    examined=datetime(2026, 11, 2, 23, tzinfo=UTC),
    returned=datetime(2026, 11, 4, 9, tzinfo=UTC),
    depth="full",
    conclusion="irregular",
    offences=("narcotics", "not-declared"),
    seizures=(
        Seizure(
            offence="narcotics",
            goods="cannabis resin",
            quantity=Quantity(Decimal("4.200"), "KGM"),
            concealment="container",
            place="behind the lining of the owner A. Person",
            detection="dog",
            conveyance="vessel",
            conveyance_id="MV PERSON",
            route=("XJABC", "XK", "XL", "XAPTA"),
        ),
    ),
    note="told by A. Person",
)


def test_a_seizure_is_a_row_and_so_is_an_offence_without_one() -> None:
    assert report_rows([("r1", RESULT)]) == (
        ReportRow(
            reference="r1/1",
            kind="seizure",
            date=date(2026, 11, 2),
            office="XA110000",
            offence="narcotics",
            goods="cannabis resin",
            quantity="4.200",
            unit="KGM",
            concealment="container",
            detection="dog",
            conveyance="vessel",
            departure="XJABC",
            via="XK XL",
            destination="XAPTA",
            depth="full",
        ),
        ReportRow(
            reference="r1/2",
            kind="offence",
            date=date(2026, 11, 2),
            office="XA110000",
            offence="not-declared",
            depth="full",
        ),
    )


def test_what_may_lead_to_a_person_is_there_only_if_asked_for() -> None:
    assert "Person" not in str(report_rows([("r1", RESULT)])) and "officer.a" not in str(report_rows([("r1", RESULT)]))
    row = report_rows([("r1", RESULT)], with_identities=True)[0]
    assert [getattr(row, name) for name in IDENTIFYING] == [
        "MV PERSON",
        "behind the lining of the owner A. Person",
        "officer.a",
        "told by A. Person",
    ]


def test_results_without_an_irregularity_give_no_row() -> None:
    clean = msgspec.structs.replace(RESULT, conclusion="conform", offences=(), seizures=())
    unseen = msgspec.structs.replace(clean, conclusion="not-examined", depth="not-examined", examined=None)
    assert report_rows([("r1", clean), ("r2", unseen)]) == ()


def test_a_quantity_is_written_without_an_exponent() -> None:
    tons = msgspec.structs.replace(RESULT.seizures[0], quantity=Quantity(Decimal("2E+3"), "KGM"), route=("XJ",))
    row = report_rows([("r1", msgspec.structs.replace(RESULT, seizures=(tons,)))])[0]
    assert (row.quantity, row.departure, row.via, row.destination) == ("2000", "XJ", None, None)
