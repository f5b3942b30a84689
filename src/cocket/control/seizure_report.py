# SPDX-License-Identifier: Apache-2.0
"""Seizures and offences as rows for the Customs Enforcement Network, without anybody's personal data.

What is known of CEN from what the WCO publishes: a case tells date, place, goods with quantity, method of concealment
and of detection, conveyance and route, and by rule no name of a person or firm. Its field list is not public, so the
rows below have these contents under names of our own, and are to be mapped by who enters them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

import msgspec

from cocket.control.found import Concealment, Conveyance, Detection, Seizure
from cocket.control.offences import Offence
from cocket.control.results import Depth, ExaminationResult


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One seizure, or one offence without a seizure.

    Attributes:
        reference: Id of the result, with the number of the row in it.
        kind: Whether goods were seized.
        date: Day of the examination, UTC.
        office: Customs office; None if not known.
        offence: Class of the goods or the offence.
        goods: What was seized, in words; None for an offence without a seizure.
        quantity: How much, as decimal text; None if not known.
        unit: Unit of `quantity`; None if not known.
        concealment: Where it was hidden, by kind of place; None if not said.
        detection: How it was detected; None if not said.
        conveyance: What carried it; None if not said.
        departure: Where the route begins; None if not said.
        via: Places between, joined by a blank; None if there are none.
        destination: Where it ends; None if not said.
        depth: How deep the examination was.
        conveyance_id: Ship, flight or number plate; only with identities.
        place: Place of concealment in words; only with identities.
        officer: Who examined; only with identities.
        note: Words for the file; only with identities.
    """

    reference: str
    kind: Literal["seizure", "offence"]
    date: date
    office: str | None
    offence: Offence
    goods: str | None = None
    quantity: str | None = None
    unit: str | None = None
    concealment: Concealment | None = None
    detection: Detection | None = None
    conveyance: Conveyance | None = None
    departure: str | None = None
    via: str | None = None
    destination: str | None = None
    depth: Depth
    conveyance_id: str | None = None
    place: str | None = None
    officer: str | None = None
    note: str | None = None


#: Fields that may lead to a person, and are empty unless identities are asked for.
IDENTIFYING = ("conveyance_id", "place", "officer", "note")


def report_rows(
    results: Iterable[tuple[str, ExaminationResult]], *, with_identities: bool = False
) -> tuple[ReportRow, ...]:
    """Seizures and offences of some results.

    Args:
        results: Id and result, none of which another amends.
        with_identities: Whether to fill the fields that may lead to a person.

    Returns:
        One row a seizure, and one for each offence that led to none, in the order given (0..n). Results without an
        irregularity give none.

    Source: WCO, Customs Enforcement Network, as described on the organisation's public pages; field list not public.
    """
    rows = [row for identity, result in results for row in _rows(identity, result)]
    if with_identities:
        return tuple(rows)
    nothing = dict.fromkeys(IDENTIFYING)
    return tuple(msgspec.structs.replace(row, **nothing) for row in rows)


def _rows(identity: str, result: ExaminationResult) -> Iterator[ReportRow]:
    if result.conclusion != "irregular":
        return
    common = {
        "date": (result.examined or result.returned).date(),
        "office": result.office,
        "depth": result.depth,
        "officer": result.officer,
        "note": result.note,
    }
    seized = {seizure.offence for seizure in result.seizures}
    for number, seizure in enumerate(result.seizures, start=1):
        yield _of_seizure(f"{identity}/{number}", seizure, common)
    others = [offence for offence in result.offences if offence not in seized]
    for number, offence in enumerate(others, start=len(result.seizures) + 1):
        yield ReportRow(reference=f"{identity}/{number}", kind="offence", offence=offence, **common)  # type: ignore[arg-type]


def _of_seizure(reference: str, seizure: Seizure, common: Mapping[str, object]) -> ReportRow:
    route, quantity = seizure.route, seizure.quantity
    return ReportRow(
        reference=reference,
        kind="seizure",
        offence=seizure.offence,
        goods=seizure.goods,
        quantity=f"{quantity.value:f}" if quantity else None,
        unit=quantity.unit if quantity else None,
        concealment=seizure.concealment,
        detection=seizure.detection,
        conveyance=seizure.conveyance,
        departure=route[0] if route else None,
        via=" ".join(route[1:-1]) or None,
        destination=route[-1] if len(route) > 1 else None,
        conveyance_id=seizure.conveyance_id,
        place=seizure.place,
        **common,  # type: ignore[arg-type]
    )
