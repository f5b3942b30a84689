# SPDX-License-Identifier: Apache-2.0
"""What papers say of a journey that is to begin, and how dossier and journey know of each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket.consignment import Paper, derive
from cocket.model import (
    Amount,
    BillOfLading,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    Manifest,
    ObligationGuarantee,
    PreviousDocument,
    Reference,
    Seal,
    Transit,
    TransportEquipment,
    TransportMeans,
)
from cocket.pipeline import NotFoundError, QueueFilter
from cocket.pipeline.tracking.journey_drafts import JourneyDraft, draft_of
from tests.houses import envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.tracking.tracked import Tracked, tracked

BOX = TransportEquipment(id="MSKU1234565", seals=(Seal(id="S1"), Seal(id="S2")))
OTHER = TransportEquipment(id="MSKU7654321", seals=(Seal(id="S9"),))
EURO = Amount(Decimal("18500.00"), "EUR")


def office(code: str) -> CustomsOffice:
    return CustomsOffice(code=code)


def declared(**fields: Any) -> Declaration:
    usual: dict[str, Any] = {
        "flow": "transit",
        "office": office("XA000001"),
        "shipment": GoodsShipment(equipment=(BOX,), inland_transport=TransportMeans(mode_code="2")),
        "transit": Transit(destination_office="XA000009", seals=(Seal(id="S2"), Seal(id="S3"))),
        "guarantees": (ObligationGuarantee(amount=EURO),),
        "references": (Reference("MRN", "26XA00000000000157"), Reference("BL", "TSTB0100007")),
    }
    return Declaration(**usual | fields)


def manifest(code: str = "XA000005") -> Manifest:
    bill = BillOfLading(id="TSTB0100007", equipment=(OTHER,))
    return Manifest(office=office(code), bills=(bill,), references=(Reference("MANIFEST", "2026 117"),))


def drafted(*documents: Declaration | Manifest) -> JourneyDraft:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    papers = tuple(
        Paper(message_id=str(n), index=n, received=at + timedelta(hours=n), sender="ACME", document=one)
        for n, one in enumerate(documents)
    )
    return draft_of("consignment-0", derive(papers, ()), papers)


def test_a_transit_declaration_tells_a_journey_in_full() -> None:
    assert drafted(declared()) == JourneyDraft(
        consignment="consignment-0",
        reference="26XA00000000000157",
        equipment=("MSKU1234565",),
        seals=("S1", "S2", "S3"),
        departure="XA000001",
        destination="XA000009",
        mode="rail",
        guarantee=EURO,
    )


def test_what_no_paper_says_stays_open() -> None:
    draft = drafted(
        declared(transit=None, shipment=GoodsShipment(), guarantees=(), references=(Reference("LRN", "L-1"),))
    )
    assert draft == JourneyDraft(consignment="consignment-0", departure="XA000001")


def test_the_number_of_an_earlier_paper_is_not_the_journey_s() -> None:
    earlier = GoodsShipment(previous_documents=(PreviousDocument(id="26XA00000000000157", type_code="N337"),))
    assert drafted(declared(shipment=earlier)).reference == "TSTB0100007"
    billed = GoodsShipment(previous_documents=(PreviousDocument(id="TSTB0100007", type_code="705"),))
    assert drafted(declared(shipment=billed, references=(Reference("BL", "TSTB0100007"),))).reference == "TSTB0100007"


def test_a_name_that_many_dossiers_share_is_not_the_journey_s() -> None:
    shared = (Reference("MANIFEST", "XA210000/MO001E/2026-10-10"), Reference("MUCR", "A:KESTREL117"))
    assert drafted(declared(references=shared)).reference is None


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"flow": "export", "transit": None, "exit_office": office("XA000007")}, ("XA000001", "XA000007")),
        ({"transit": None, "presentation_office": office("XA000003")}, ("XA000001", "XA000003")),
        ({"transit": None, "exit_office": office("XA000001")}, ("XA000001", None)),
        ({"office": CustomsOffice()}, (None, "XA000009")),
    ],
)
def test_offices_are_those_that_the_declaration_names(
    fields: dict[str, Any], ends: tuple[str | None, str | None]
) -> None:
    draft = drafted(declared(**fields))
    assert (draft.departure, draft.destination) == ends


def test_goods_declared_inland_come_from_the_office_of_the_manifest() -> None:
    draft = drafted(manifest(), declared(flow="import", transit=None))
    assert (draft.departure, draft.destination) == ("XA000005", "XA000001")
    assert draft.equipment == ("MSKU1234565",), "the declaration speaks before the transport document"


def test_a_manifest_alone_tells_its_containers_and_its_office() -> None:
    draft = drafted(manifest())
    assert (draft.reference, draft.equipment, draft.seals) == ("TSTB0100007", ("MSKU7654321",), ("S9",))
    assert (draft.departure, draft.destination) == ("XA000005", None)


def test_of_several_guarantees_none_is_taken() -> None:
    several = (ObligationGuarantee(amount=EURO), ObligationGuarantee(amount=EURO), ObligationGuarantee(id="waiver"))
    assert drafted(declared(guarantees=several)).guarantee is None
    assert drafted(declared(guarantees=several[1:])).guarantee == EURO


# In a house
@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


def test_a_journey_begun_from_its_draft_is_found_in_the_dossier(lorry: Tracked) -> None:
    lorry.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    lorry.built.desk()
    (line,) = lorry.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    looks = len(lorry.built.bodies("look"))
    draft = lorry.house.tracking.drafts.journey_draft(officer(), line.id)
    assert len(lorry.built.bodies("look")) == looks + 1
    assert draft.equipment and draft.reference
    assert lorry.house.queries.records.dossier(officer(), line.id).journeys == ()
    begun = lorry.activate(reference=draft.reference, equipment=draft.equipment, seals=draft.seals or ("S1",))
    assert begun.consignment == line.id
    (found,) = lorry.house.queries.records.dossier(officer(), line.id).journeys
    assert (found.id, found.state, found.red) == (begun.id, "under-way", 0)


def test_there_is_no_draft_for_who_may_not_see_the_dossier(lorry: Tracked) -> None:
    lorry.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    lorry.built.desk()
    (line,) = lorry.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    for who, wanted in ((officer("officer", "ELSEWHERE"), line.id), (officer(), "none"), (trader("ACME"), line.id)):
        with pytest.raises(NotFoundError):
            lorry.house.tracking.drafts.journey_draft(who, wanted)
