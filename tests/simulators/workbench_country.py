# SPDX-License-Identifier: Apache-2.0
"""What the simulated house knows: a morning at a small port, every name made up.

Papers are held against each other, and dossiers told, by the rooms of the product itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from cocket import standards
from cocket.codes import EquipmentNumber
from cocket.consignment import Dossier, Entry, Paper, derive
from cocket.control import tasks_of
from cocket.model import (
    Amount,
    BillOfLading,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    Origin,
    Packaging,
    Party,
    Reference,
    Seal,
    TransportEquipment,
    ValuationCharges,
)
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.views import AdviceView, ConsignmentView, OrderView
from cocket.pipeline.queries import timeline as history
from cocket.pipeline.queries.records import _dossier_view
from cocket.pipeline.queries.views import DossierView, MessageView
from cocket.stores.control.orders import StoredHostDecision
from tests.messages import declaration
from tests.simulators.workbench_reasons import JUDGED

NOW = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)

#: What the trader's declarations contain: a wrong total, and words that would hide or run if a page let them.
CONTENT = (
    declaration("26XJ0004431")
    .replace(b">120</TotalPackageQuantity>", b">118</TotalPackageQuantity>")
    .replace(b"cotton fabric, bleached", "cotton fabric \u202e<![CDATA[<script>alert(1)</script>]]>".encode())
)


class Shipment(msgspec.Struct, frozen=True):
    """One consignment as its papers have it.

    Attributes:
        kind: Name it is best known by: `BL` has a manifest and a SAD, `SAD` a SAD alone, `LRN` a WCO declaration alone.
        number: That name.
        office: Customs office.
        trader: Importer; None if the papers do not say.
        goods: In words.
        hs: Commodity code.
        origin: Country.
        packages: Count.
        gross_kg: Gross mass.
        boxes: Containers (count).
        value: Currency and amount; None if not stated.
        minutes: How long ago the declaration came.
    """

    kind: str
    number: str
    office: str
    trader: str | None
    goods: str
    hs: str
    origin: str
    packages: int
    gross_kg: str
    boxes: int
    value: str | None
    minutes: int


_TABLE = (
    ("BL", "TSTB0100007", "PTA1", "ACME TRADING", "used cars, 1 800 cm³", "87032319", "XB", 48, "4005.4", 2, "USD 41200.00", 175),
    ("BL", "TSTB0100031", "PTA1", "BLUE REEF IMPORTS", "machine parts", "84879090", "XC", 212, "18950.0", 1, "USD 18950.00", 201),
    ("SAD", "PTA1/2026/I/4417", "PTA1", "KESTREL & SONS", "cigarette paper, rolls", "48131000", "XD", 640, "7120.5", 1, "EUR 22310.50", 96),
    ("LRN", "26XJ0004431", "PTA1", "HARBOUR LIGHT STORES", "footwear, sports", "64041190", "XE", 3900, "41200.0", 3, "USD 96020.00", 64),
    ("BL", "TSTB0100112", "PTA1", "NORTHWIND COMMERCE", "ceramic tiles", "69072100", "XF", 96, "98400.0", 4, "USD 51777.25", 252),
    ("BL", "TSTB0100058", "PTA1", "PACIFIC ORCHARD", "apples, fresh", "08081080", "XG", 2016, "39820.0", 2, "NZD 38400.00", 41),
    ("SAD", "PTA1/2026/I/4423", "PTA1", "ACME TRADING", "tyres, retreaded", "40121100", "XB", 410, "3690.0", 1, "USD 12600.00", 23),
    ("BL", "TSTB0100090", "PTA1", "TALL PALM HARDWARE", "hand tools", "82055900", "XC", 1120, "14300.0", 1, "CNY 184000.00", 310),
    ("LRN", "26XJ0004450", "PTA1", "MERIDIAN PHARMACY", "vitamins, tablets", "29362900", "XF", 60, "410.2", 0, "EUR 8120.40", 18),
    ("BL", "TSTB0100121", "PTA1", "SALT & STONE", "marble slabs", "68022100", "XF", 44, "46100.0", 2, "USD 27800.00", 133),
    ("SAD", "PTA1/2026/I/4430", "PTA1", None, "household effects", "98030000", "XG", 81, "2240.0", 1, None, 88),
    ("BL", "TSTB0100140", "PTA2", "LANTERN TEXTILES", "cotton fabric, dyed", "52083290", "XC", 720, "22900.0", 2, "USD 63450.00", 55),
    ("BL", "TSTB0100077", "PTA1", "GREENSTONE FARMS", "fertiliser, bagged", "31021000", "XH", 2880, "144000.0", 6, "USD 112900.00", 402),
    ("LRN", "26XJ0004462", "PTA1", "QUAYSIDE BOOKS", "printed books", "49019900", "XF", 30, "512.0", 0, "GBP 4410.00", 12),
    ("BL", "TSTB0100149", "PTA2", "OPEN SKY AVIATION", "aircraft parts", "88073000", "XG", 9, "1210.8", 0, "USD 250400.00", 36),
    ("SAD", "PTA1/2026/I/4441", "PTA1", "RIVERBEND MILL", "wheat flour", "11010000", "XH", 8000, "201600.0", 8, "USD 89000.00", 71),
    ("BL", "TSTB0100160", "PTA2", "HOLLOW BAY FISHING", "outboard motors", "84072100", "XC", 36, "2520.0", 1, "USD 33100.00", 29),
    ("SAD", "PTA1/2026/I/4445", "PTA1", "CORAL OPTICS", "spectacle lenses", "90014090", "XC", 12, "96.4", 0, "JPY 1240000", 7),
)  # fmt: skip
_MORNING = tuple(Shipment(*row) for row in _TABLE)

#: What the manifest has otherwise than the declaration, by consignment.
_BILLED: dict[int, dict[str, str]] = {
    0: {"goods": "auto parts", "packages": "49", "seal": "A10117"},
    5: {"gross_kg": "41760.0"},
}


def consignments() -> list[ConsignmentView]:
    """The queue of the morning, most urgent first."""
    return [_summary(place) for place in range(len(_MORNING))]


def messages(consignment: ConsignmentView) -> tuple[MessageView, ...]:
    """The papers of a consignment, oldest first; the SAD of the first one was amended."""
    return tuple(_message(consignment.id, paper) for paper in _papers(_place(consignment)))


def papers_in(consignment: ConsignmentView) -> tuple[Paper, ...]:
    """The papers of a consignment with what they say, oldest first."""
    return _papers(_place(consignment))


def dossier_of(consignment: ConsignmentView, happened: Iterable[Entry]) -> DossierView:
    """The dossier, derived as the product derives it."""
    place = _place(consignment)
    events = [*_sealed(consignment, place), *happened]
    return _dossier_view(derive(_papers(place), events), consignment, messages(consignment))


def happening(kind: str, at: datetime, index: int | None = None, actor: str | None = None, **arguments: str) -> Entry:
    """Something sealed about a consignment, in the words of the product."""
    return Entry(
        at=at,
        code=history._CODES.get(kind, kind),
        message=history._SENTENCES[kind],
        arguments=arguments,
        actor=actor,
        index=index,
    )


def _place(consignment: ConsignmentView) -> int:
    return int(consignment.id.removeprefix("consignment-"))


def _summary(place: int) -> ConsignmentView:
    papers = _papers(place)
    dossier: Dossier = derive(papers)
    judged, value = JUDGED[place], dossier.value
    advice = judged.advice(place, dossier.received + timedelta(seconds=1), papers[-1])
    is_examined = judged.lane in ("red", "yellow")
    return ConsignmentView(
        id=f"consignment-{place}",
        title=dossier.title,
        office=dossier.office,
        trader=dossier.trader,
        goods=dossier.goods,
        equipment=len(dossier.equipment),
        value=f"{value.currency} {value.value:f}" if value else None,
        received=dossier.received,
        order=OrderView(
            id=f"order-{place}",
            lane=judged.lane,
            status="open",
            created=dossier.received,
            look_for=_tasks(judged.is_drawn, advice),
        )
        if is_examined
        else None,
        advice=advice,
    )


def _tasks(is_drawn: bool, advice: AdviceView) -> tuple[ReasonView, ...]:
    kind = advice.head.suspicion.kind if advice.head and advice.head.suspicion and not is_drawn else None
    return tuple(ReasonView(code=one.code, message=one.message) for one in tasks_of(kind, has_containers=True))


def _papers(place: int) -> list[Paper]:
    shipment, at = _MORNING[place], NOW - timedelta(minutes=_MORNING[place].minutes)
    declared = _declared(shipment, at.date())
    if shipment.kind == "LRN":
        return [_paper(place, "wco", at, 0, declared, sender="XJ700217", standard="wco-dm")]
    sad = [_paper(place, "sad", at, 1, declared)]
    if place == 0:
        earlier = _declared(msgspec.structs.replace(shipment, packages=47, value="USD 39800.00"), at.date())
        sad = [
            _paper(place, "sad", at - timedelta(hours=2), 1, earlier, standing="superseded"),
            _paper(place, "sad-2", at, 2, declared, function="amendment", version=2),
        ]
    if shipment.kind == "SAD":
        return sad
    manifest, came = _manifest(shipment, _BILLED.get(place, {}), at), at - timedelta(days=4, hours=3)
    return [_paper(place, "awmds", came, 0, manifest, standard="asycuda-awmds", part=1), *sad]


def _paper(place: int, name: str, at: datetime, step: int, document: Declaration | Manifest, **more: object) -> Paper:
    known = {"sender": "asycuda-host", "standard": "asycuda-sad", **more}
    return Paper(
        message_id=f"consignment-{place}-{name}",
        index=600 + place * 20 + step * 7,
        received=at,
        document=document,
        **known,  # type: ignore[arg-type]
    )


def _boxes(shipment: Shipment, last_seal: str | None = None) -> tuple[TransportEquipment, ...]:
    """Containers with valid numbers and a seal each; the last one's as told."""
    serials = range(int(shipment.number[-4:]) * 10, int(shipment.number[-4:]) * 10 + shipment.boxes)
    digits = (EquipmentNumber.parse(f"TSTU{serial:06}0").expected_check_digit for serial in serials)  # type: ignore[union-attr]
    seals = [f"A1{serial:04}" for serial in serials]
    seals[-1:] = [last_seal or seal for seal in seals[-1:]]
    return tuple(
        TransportEquipment(id=f"TSTU{serial:06}{digit}", seals=(Seal(id=seal),))
        for serial, digit, seal in zip(serials, digits, seals, strict=True)
    )


def _names(shipment: Shipment) -> tuple[Reference, ...]:
    known = {"SAD": (Reference("SAD", shipment.number),), "LRN": (Reference("LRN", shipment.number),)}
    registration = f"{shipment.office}/2026/I/44{shipment.number[-2:]}"
    billed = (Reference("BL", shipment.number), Reference("SAD", registration))
    return (*known.get(shipment.kind, billed), Reference("INVOICE", "EH-2611-07"))


def _declared(shipment: Shipment, day: date) -> Declaration:
    currency, _, amount = (shipment.value or "").partition(" ")
    item = GovernmentAgencyGoodsItem(
        commodity=Commodity(description=shipment.goods, classifications=(Classification(id=shipment.hs),)),
        packaging=(Packaging(quantity=shipment.packages),),
        origins=(Origin(country_code=shipment.origin),),
    )
    names = _names(shipment)
    registered = HostStatus(registered=day, registration=" ".join(names[-2].value.split("/")[2:]))
    return Declaration(
        flow="import",
        office=CustomsOffice(code=shipment.office),
        packages_declared=shipment.packages,
        gross_mass_kg_declared=Decimal(shipment.gross_kg),
        shipment=GoodsShipment(
            importer=Party(name=shipment.trader) if shipment.trader else None,
            consignor=Party(name="EXPORT HOUSE ONE"),
            items=(item,),
            equipment=_boxes(shipment),
        ),
        valuation=ValuationCharges(invoice=Amount(Decimal(amount), currency) if amount else None),
        status=None if shipment.kind == "LRN" else registered,
        references=names,
    )


def _manifest(shipment: Shipment, billed: dict[str, str], at: datetime) -> Manifest:
    bill = BillOfLading(
        id=shipment.number,
        nature_code="23",
        consignee=Party(name=shipment.trader),
        consignor=Party(name="EXPORT HOUSE ONE"),
        loading_place="XBBRV",
        unloading_place="XJPTA",
        goods_description=billed.get("goods", shipment.goods).upper(),
        packaging=(Packaging(quantity=int(billed.get("packages", shipment.packages))),),
        gross_mass_kg=Decimal(billed.get("gross_kg", shipment.gross_kg)),
        equipment=_boxes(shipment, billed.get("seal")),
    )
    return Manifest(
        office=CustomsOffice(code=shipment.office),
        departed=(at - timedelta(days=9)).date(),
        arrives=at.date(),
        bills=(bill,),
        references=(Reference("MANIFEST", "2026 117"),),
    )


def _message(consignment_id: str, paper: Paper) -> MessageView:
    names = {name.kind: name.value for name in paper.names}
    return MessageView(
        id=paper.message_id,
        index=paper.index,
        version=paper.version,
        standard=paper.standard,
        reference=names.get("MANIFEST") or names.get("SAD") or names.get("LRN"),
        outcome="accepted",
        function=paper.function,
        sender=paper.sender,
        received=paper.received,
        proof_state="sealed" if paper.version > 1 else "in-head",
        findings=standards.read(CONTENT).findings if paper.standard == "wco-dm" else (),
        consignment_ids=(consignment_id,),
    )


def _sealed(consignment: ConsignmentView, place: int) -> list[Entry]:
    """Our advice, what the host chose, and three looks."""
    advice = consignment.advice
    if advice is None:
        return []
    entries = [happening("assessment", advice.made, advice.index, lane=advice.lane)]
    if advice.host_lane:
        decided = advice.made + timedelta(minutes=1)
        host = StoredHostDecision(kind="SAD", value=consignment.title, lane=advice.host_lane, decided=decided)
        entries += history._host_entries(host, None)
    for step, who in enumerate(("analyst.b", "officer.a", "officer.a")):
        at = advice.made + timedelta(minutes=20 + step * 11)
        entries.append(happening("look", at, 1201 + step, who, who=who, what="dossier", purpose="control"))
    return entries
