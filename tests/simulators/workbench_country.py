# SPDX-License-Identifier: Apache-2.0
"""What the simulated house knows: a morning at a small port, every name made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cocket.findings import Finding
from cocket.pipeline.views import (
    AdviceView,
    Cell,
    ConsignmentView,
    DossierView,
    MessageView,
    OrderView,
    PaperRow,
    ReasonView,
    TimelineEntry,
)

NOW = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)

_UNDER_PEERS = ReasonView(
    code="value-under-peers",
    message="Unit value {share} under that of {count} similar items",
    arguments={"share": "60 %", "count": "212"},
    weight=1.92,
    source="WTO Customs Valuation Agreement, Article 17",
)
_PERMIT = ReasonView(
    code="permit-missing",
    message="Permit {kind} is needed for {code} and not declared",
    arguments={"kind": "import licence", "code": "8703.23"},
    weight=1.31,
    source="National tariff, note 4 to chapter 87",
)
_NEW_IMPORTER = ReasonView(
    code="importer-new",
    message="Importer first seen {days} days ago",
    arguments={"days": "9"},
    weight=0.74,
    source="WCO Risk Management Compendium, volume 2",
)
_PAPERS = ReasonView(
    code="papers-disagree",
    message="{count} fields differ between manifest and declarations",
    arguments={"count": "3"},
    weight=0.61,
)
_ROUTE = ReasonView(
    code="route-unusual",
    message="Came by way of {port}, which {share} of like goods do",
    arguments={"port": "XZBRV", "share": "2 %"},
    weight=0.42,
)
_LIGHT = ReasonView(
    code="mass-per-package",
    message="{mass} kg a package, where {usual} kg is usual",
    arguments={"mass": "1.9", "usual": "11.4"},
    weight=0.88,
)
_ORIGIN = ReasonView(
    code="origin-claimed",
    message="Origin {origin} claimed for a preference without a certificate",
    arguments={"origin": "XB"},
    weight=1.12,
    source="WCO Revised Kyoto Convention, Specific Annex K",
)
_CLEAN = ReasonView(
    code="trader-record",
    message="{count} examinations of this trader found nothing",
    arguments={"count": "14"},
    weight=-0.8,
)
_CODE = ReasonView(
    code="description-and-code",
    message="The words “{words}” seldom go with code {code}",
    arguments={"words": "machine parts", "code": "8708.99"},
    weight=0.93,
)

#: Title, trader, goods, containers, value, minutes ago, our lane, host's lane, score, drawn, reasons.
_MORNING = (
    ("B/L TSTB0100007", "ACME TRADING", "used cars, 1 800 cm³", 2, "USD 41200.00", 175, "red", "green", 0.91, False,
     (_UNDER_PEERS, _PERMIT, _NEW_IMPORTER, _PAPERS, _ROUTE, _CLEAN)),
    ("B/L TSTB0100031", "BLUE REEF IMPORTS", "machine parts", 1, "USD 18950.00", 201, "red", "yellow", 0.84, False,
     (_CODE, _LIGHT, _UNDER_PEERS)),
    ("SAD PTA1 I 2026 4417", "KESTREL & SONS", "cigarette paper, rolls", 1, "EUR 22310.50", 96, "red", "red", 0.79, False,
     (_ORIGIN, _NEW_IMPORTER)),
    ("LRN 26XJ0004431", "HARBOUR LIGHT STORES", "footwear, sports", 3, "USD 96020.00", 64, "red", "green", 0.77, False,
     (_LIGHT, _UNDER_PEERS)),
    ("B/L TSTB0100112", "NORTHWIND COMMERCE", "ceramic tiles", 4, "USD 51777.25", 252, "red", "blue", 0.18, True, ()),
    ("B/L TSTB0100058", "PACIFIC ORCHARD", "apples, fresh", 2, "NZD 38400.00", 41, "red", "green", 0.71, False,
     (_PAPERS, _ORIGIN)),
    ("SAD PTA1 I 2026 4423", "ACME TRADING", "tyres, retreaded", 1, "USD 12600.00", 23, "red", "yellow", 0.69, False,
     (_CODE, _PERMIT)),
    ("B/L TSTB0100090", "TALL PALM HARDWARE", "hand tools", 1, "CNY 184000.00", 310, "yellow", "green", 0.55, False,
     (_ORIGIN, _CLEAN)),
    ("LRN 26XJ0004450", "MERIDIAN PHARMACY", "vitamins, tablets", 0, "EUR 8120.40", 18, "yellow", "yellow", 0.52, False,
     (_PERMIT,)),
    ("B/L TSTB0100121", "SALT & STONE", "marble slabs", 2, "USD 27800.00", 133, "yellow", "blue", 0.49, False,
     (_LIGHT, _ROUTE)),
    ("SAD PTA1 I 2026 4430", None, "household effects", 1, None, 88, "yellow", "red", None, False, (_NEW_IMPORTER,)),
    ("B/L TSTB0100140", "LANTERN TEXTILES", "cotton fabric, dyed", 2, "USD 63450.00", 55, "yellow", "green", 0.12, True, (_CLEAN,)),
    ("B/L TSTB0100077", "GREENSTONE FARMS", "fertiliser, bagged", 6, "USD 112900.00", 402, "blue", "green", 0.33, False, (_ROUTE,)),
    ("LRN 26XJ0004462", "QUAYSIDE BOOKS", "printed books", 0, "GBP 4410.00", 12, "blue", "blue", 0.31, False, (_NEW_IMPORTER,)),
    ("B/L TSTB0100149", "OPEN SKY AVIATION", "aircraft parts", 0, "USD 250400.00", 36, "blue", "yellow", 0.29, False, (_CODE, _CLEAN)),
    ("SAD PTA1 I 2026 4441", "RIVERBEND MILL", "wheat flour", 8, "USD 89000.00", 71, "green", "green", 0.08, False, (_CLEAN,)),
    ("B/L TSTB0100160", "HOLLOW BAY FISHING", "outboard motors", 1, "USD 33100.00", 29, "green", "green", 0.11, False, ()),
    ("SAD PTA1 I 2026 4445", "CORAL OPTICS", "spectacle lenses", 0, "JPY 1240000", 7, "green", None, 0.06, False, ()),
)  # fmt: skip

_ROWS = (
    ("goods", "goods", ("auto parts", "used cars", "used cars, 1 800 cm³", "used cars"), "--dd"),
    ("commodity", "HS codes", (None, "8703.23", None, "8703.23"), "----"),
    ("packages", "packages", ("49", "49", "48", "49"), "--d-"),
    ("gross_mass_kg", "gross kg", ("4005.4", "4005.4", None, "4005.4"), "----"),
    ("containers", "containers", ("TSTU1234565, TSTU7654321", "TSTU1234565, TSTU7654321", None, "TSTU1234565, TSTU7654321"), "----"),
    ("seals", "seals", ("A10022, A10023", None, None, "A10022, A10023"), "----"),
    ("consignor", "consignor", ("EXPORT HOUSE ONE", "EXPORT HOUSE ONE", "EXPORT HOUSE ONE", "EXPORT HOUSE ONE"), "----"),
    ("consignee", "consignee", ("ACME TRADING", "ACME TRADING", "ACME TRADING", "ACME TRADING"), "----"),
    ("origin", "origin", (None, "XB", "XB", "XB"), "----"),
    ("loading", "place of loading", ("XZBRV", "XZBRV", None, "XZBRV"), "----"),
    ("value", "value", (None, "USD 41200.00", "USD 47850.00", "USD 41200.00"), "--d-"),
    ("terms", "terms of delivery", (None, "CIF XJPTA", "CIF XJPTA", "CIF XJPTA"), "----"),
    ("procedure", "procedure", (None, "4000", None, "4000"), "----"),
)  # fmt: skip

FINDINGS = (
    Finding(
        code="packages-differ",
        severity="error",
        message="The declaration counts {found} packages, the manifest {expected}",
        expected="49",
        found="48",
        pointer="42A/67A[1]/68A[1]/93A[1]/144",
    ),
    Finding(
        code="goods-description-differs",
        severity="warning",
        message="The manifest says “{expected}”, the declaration “{found}”",
        expected="auto parts",
        found="used cars",
        pointer="42A/67A[1]/68A[1]/23A[1]/137",
    ),
)


def consignments() -> list[ConsignmentView]:
    """The queue of the morning, most urgent first."""
    return [_consignment(place, *line) for place, line in enumerate(_MORNING)]


def _consignment(place, title, trader, goods, equipment, value, minutes, lane, host, score, drawn, reasons):  # type: ignore[no-untyped-def]
    received = NOW - timedelta(minutes=minutes)
    order = (
        OrderView(id=f"order-{place}", lane=lane, status="open", look_for=reasons[:3])
        if lane in {"red", "yellow"}
        else None
    )
    return ConsignmentView(
        id=f"consignment-{place}",
        title=title,
        office="PTA2" if place % 5 == 3 else "PTA1",
        trader=trader,
        goods=goods,
        equipment=equipment,
        value=value,
        received=received,
        order=order,
        advice=AdviceView(
            assessment_id=f"assessment-{place}",
            index=1040 + place * 7,
            made=received + timedelta(seconds=1),
            lane=lane,
            score=score,
            is_random=drawn,
            propensity=0.02 if drawn else 0.97,
            is_degraded=score is None,
            reasons=reasons,
            features={
                "value_ratio": 0.402,
                "importer_days": 9.0,
                "papers_differ": 3.0,
                "mass_per_package": 81.743,
                "route_share": 0.02,
                "hit_rate_trader": None,
            },
            model_version=None if score is None else "2026-11-18",
            rules_version="2026-11-20",
            host_lane=host,
        ),
    )


def messages(consignment: ConsignmentView) -> tuple[MessageView, ...]:
    """The papers of a consignment: the first one has four, the others two."""
    at = consignment.received
    kinds = (
        ("awmds", "asycuda-awmds", "TST26/0117", "original", 1, at - timedelta(days=4, hours=3)),
        ("sad", "asycuda-sad", "PTA1 I 2026 4402", "original", 1, at - timedelta(hours=5)),
        ("wco", "wco-dm", "26XJ0004402", "original", 1, at - timedelta(hours=5)),
        ("sad-2", "asycuda-sad", "PTA1 I 2026 4402", "amendment", 2, at),
    )
    chosen = kinds if consignment.id == "consignment-0" else kinds[:2]
    return tuple(
        MessageView(
            id=f"{consignment.id}-{name}",
            index=700 + place * 31,
            version=version,
            standard=standard,
            reference=reference,
            outcome="accepted",
            function=function,
            sender="asycuda-host" if name != "wco" else "acme-trading",
            received=received,
            proof_state="sealed" if name == "sad-2" else "in-head",
            findings=FINDINGS if name == "wco" else (),
            consignment_ids=(consignment.id,),
        )
        for place, (name, standard, reference, function, version, received) in enumerate(chosen)
    )


def dossier_of(consignment: ConsignmentView, more: list[TimelineEntry]) -> DossierView:
    """The dossier: the first consignment's papers disagree, the others' agree."""
    papers = messages(consignment)
    is_first = consignment.id == "consignment-0"
    rows = tuple(
        PaperRow(
            name=name,
            label=label,
            cells=tuple(
                Cell(text=text, differs=is_first and mark == "d")
                for text, mark in zip(texts[: len(papers)], marks, strict=False)
            ),
        )
        for name, label, texts, marks in (_ROWS if is_first else _ROWS[2:6])
    )
    return DossierView(
        summary=consignment,
        references=(
            ("UCR", "6XJTST0100007"),
            ("HBL", consignment.title.removeprefix("B/L ")),
            ("SAD", "PTA1 I 2026 4402"),
            ("MANIFEST", "TST26/0117"),
            ("EQUIPMENT", "TSTU1234565"),
            ("EQUIPMENT", "TSTU7654321"),
        ),
        papers=papers,
        rows=rows,
        findings=FINDINGS if is_first else (),
        timeline=tuple(sorted((*_timeline(consignment, papers), *more), key=lambda entry: entry.at)),
    )


def _timeline(consignment: ConsignmentView, papers: tuple[MessageView, ...]) -> list[TimelineEntry]:
    entries = [_lodged(paper) for paper in papers]
    entries.append(_day("departed", "departed from {place}", consignment.received - timedelta(days=9), place="XZBRV"))
    entries.append(_day("arrives", "arrival at {place}", consignment.received, place="XJPTA"))
    advice = consignment.advice
    if advice is None:
        return entries
    at = advice.made
    entries.append(
        TimelineEntry(at=at, code="lane", message="advised {lane}", arguments={"lane": advice.lane}, index=advice.index)
    )
    if advice.host_lane:
        chosen = {"lane": advice.host_lane}
        decided = at + timedelta(minutes=1)
        entries.append(TimelineEntry(at=decided, code="host-lane", message="the host chose {lane}", arguments=chosen))
    for place, name in enumerate(("analyst.b", "officer.a", "officer.a")):
        looked = at + timedelta(minutes=20 + place * 11)
        who = {"who": name, "what": "dossier"}
        sentence = "{who} looked at the {what}"
        entries.append(
            TimelineEntry(at=looked, code="looked", message=sentence, arguments=who, actor=name, index=1201 + place)
        )
    return entries


def _lodged(paper: MessageView) -> TimelineEntry:
    is_amended = paper.function == "amendment"
    return TimelineEntry(
        at=paper.received,
        code="amended" if is_amended else "message-accepted",
        message="amended by {sender}, version {version}" if is_amended else "{standard} received from {sender}",
        arguments={"standard": paper.standard or "–", "sender": paper.sender, "version": str(paper.version)},
        actor=paper.sender,
        index=paper.index,
        message_id=paper.id,
    )


def _day(code: str, message: str, when: datetime, **arguments: str) -> TimelineEntry:
    midnight = when.replace(hour=0, minute=0, second=0)
    return TimelineEntry(at=midnight, code=code, message=message, arguments=arguments, is_day=True)
