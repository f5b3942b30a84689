# SPDX-License-Identifier: Apache-2.0
"""A real house with the things of `access_table` in it, and where each is found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from cocket import standards
from cocket.control.audit import Period, Plan
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.measures.permits import Permit
from cocket.model import (
    BillOfLading,
    CustomsOffice,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    HostStatus,
    Manifest,
    Packaging,
    Party,
    PreviousDocument,
    Reference,
)
from cocket.pipeline import NewResult
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.control.contests import NewContest
from cocket.pipeline.control.questions import NewQuestion
from cocket.pipeline.measures.doubt_views import NewDoubt
from cocket.pipeline.queries.views import QueueFilter
from cocket.pipeline.tracking.guarantees import NewGuarantee
from cocket.pipeline.tracking.views import AlertFilter
from cocket.stores.control.orders import StoredOrder
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.house.access_table import GUARANTEE, KEYS, PEOPLE, SHARED_BILL, THINGS, A, B, C
from tests.houses import envelope, officer
from tests.messages import declaration
from tests.pipeline.tracking.tracked import Tracked, fence

PASSWORD = "seal and cord and wax"
HEAD = officer("supervisor")

#: What is asked for where there is nothing.
NOTHING = "01a21032-dbd8-7236-9320-ac0953c99041"

#: Word → office of the declaration, and number of the importer.
_DECLARED = {"ZQALPHA": (A, "1"), "ZQBRAVO": (B, "2"), "ZQNOWHERE": ("", "3"), "ZQTWICE": (B, "4")}


@dataclass
class Found:
    """The house, and where its things are found.

    Attributes:
        tracked: The house.
        places: Thing → what stands for the names in an address.
        references: References that dossiers are known by.
        keys: Reader → API key.
        audited: Office of each audit proposed.
        alarmed: Alerts (count) by the journey they are of; None for those of none.
    """

    tracked: Any
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    audited: list[str | None] = field(default_factory=list)
    alarmed: dict[str | None, int] = field(default_factory=dict)

    @property
    def house(self) -> Any:
        return self.tracked.house

    def acts(self) -> list[str]:
        """Kinds of everything sealed but looks, their ends and readings of the queue of watchers, in order."""
        with self.tracked.built.stores.database.transaction() as connection:
            rows = connection.execute(
                "select kind from leaf where kind not like 'look%' and kind <> 'watch-seen' order by idx"
            )
            return [row[0] for row in rows]


def furnish(home: Path, **settings: Any) -> Found:
    """Build it: the only place where things come to be.

    Args:
        home: Where.
        settings: Of the house, besides those that it has here.
    """
    given = {"red_per_day": 0, "yellow_per_day": 0, "random_share": 0.0}
    given |= {"requests_per_second": 100_000.0, "requests_per_second_per_address": 100_000.0}
    given |= {"second_person_for": "access overrides"}
    found = Found(Tracked(home, **given | settings))
    listed = b"id,name,kind\n" + b"".join(
        b"%d,%s LOOMS,organisation\n" % (n, w.encode()) for n, w in enumerate(_DECLARED)
    )
    found.house.screening.lists.import_list(officer("analyst"), "own", listed)
    _lodge(found)
    _audit(found)
    _examine(found)
    _permit(found)
    _follow(found)
    found.tracked.built.sign()
    for one in PEOPLE:
        found.house.governance.accounts.put_officer(one.name, one.name, one.role, one.office, PASSWORD)
    for one in KEYS:
        found.keys[one.name] = make_key("key-" + one.name.replace(".", "-"))
        found.house.governance.accounts.add_key(found.keys[one.name], one.name, [one.role], one.senders, one.office)
    _propose(found)
    return found


def _lodge(found: Found) -> None:
    contents: list[tuple[str, str, bytes]] = []
    for word, (office, number) in _DECLARED.items():
        thing = next(name for name, one in THINGS.items() if (one.kind, one.word) == ("message", word))
        contents.append((thing, THINGS[thing].sender, _declared(word, office, number)))
    contents.append(("message of A, sharing", "ACME", _sharing("ZQSHARED", "6", A)))
    contents.append(("message of B, sharing", "BETA", _sharing("ZQSHARED-2", "6", B)))
    contents.append(("message of the manifest", "HOST", _manifest()))
    contents += [(f"message on a bill of {n}", "HOST", _sad(n)) for n in ("A", "B")]
    contents += [
        ("refused message to A", "ACME", _refused("ZQREFUSED", A)),
        ("refused message to B", "BETA", _refused("ZQREJECTED", B)),
        ("unreadable message", "BETA", b"<nothing>ZQGARBAGE</nothing>"),
    ]
    outcomes = {}
    for thing, sender, content in contents:
        role = "host" if sender == "HOST" else "trader"
        by = Principal(id=f"by-{sender}", kind="key", roles=(role,), senders=(sender,))
        (answer,) = found.house.intake.messages.take_many([envelope(content, sender=sender)], principal=by)
        found.places[thing] = {"message_id": answer.id}
        outcomes[thing] = answer.outcome
    refused = {"refused message to A", "refused message to B", "unreadable message"}
    assert {thing for thing, outcome in outcomes.items() if outcome != "accepted"} == refused, outcomes
    found.tracked.built.desk()
    found.places["manifest of A"] = {"manifest_id": found.places["message of the manifest"]["message_id"]}


def _dossier_of(found: Found, message: str) -> str:
    (dossier,) = found.house.queries.records.message(HEAD, found.places[message]["message_id"]).consignment_ids
    return str(dossier)


def _examine(found: Found) -> None:
    """An order on each dossier, results on two, doubts on two, and an order that another office carries out."""
    house, stores = found.house, found.tracked.built.stores
    for name, thing in THINGS.items():
        if thing.kind == "dossier":
            message = next(n for n, one in THINGS.items() if (one.kind, one.word) == ("message", thing.word))
            place = {"consignment_id": _dossier_of(found, message), "item": "1", "result_id": NOTHING}
            found.places[name] = place
            shown = house.queries.records.dossier(HEAD, place["consignment_id"])
            found.references[name] = next(v for k, v in shown.references if k in ("LRN", "SAD", "DOCUMENT", "MRN"))
            if name == "dossier of B, examined at A":
                order = StoredOrder(
                    id=new_id(), consignment=UUID(place["consignment_id"]), lane="yellow", office=A, status="open",
                    created=datetime.now(UTC),
                )  # fmt: skip
                with stores.database.transaction() as connection:
                    stores.orders.order(connection, [order])
            elif name != "dossier of no office":
                house.control.officer_acts.override(
                    HEAD, place["consignment_id"], "red", f"seen by {thing.secret or thing.word}"
                )
            order_shown = house.queries.records.dossier(HEAD, place["consignment_id"]).summary.order
            place["order_id"] = order_shown.id if order_shown else NOTHING
    for name in ("dossier of A", "dossier of B", "dossier of A and B"):
        word = THINGS[name].secret or THINGS[name].word
        note = NewResult(depth="full", found=True, offence="undervaluation", note=f"{word} was cheap")
        result = house.control.officer_acts.record_result(HEAD, found.places[name]["order_id"], note)
        found.places[name]["result_id"] = result.id
        if THINGS[name].secret:
            continue
        doubt = name.replace("dossier", "doubt")
        asked = NewDoubt(item=1, to="the importer", question=f"why {THINGS[doubt].word}", papers=("invoice",),
                         answer_by=date.today() + timedelta(days=30))  # fmt: skip
        view = house.measures.doubts.raise_doubt(HEAD, found.places[name]["consignment_id"], asked)
        found.places[doubt] = {"consignment_id": found.places[name]["consignment_id"], "doubt_id": view.id}
        found.places[doubt]["kind"] = "answered"
        contest, message = name.replace("dossier", "contest"), name.replace("dossier", "message")
        sender = THINGS[contest].sender
        by = Principal(id=f"by-{sender}", kind="key", roles=("trader",), senders=(sender,))
        plea = NewContest(ground="value", words=f"{THINGS[contest].word} was paid")
        lodged = house.control.contests.lodge(by, found.places[message]["message_id"], plea)
        found.places[contest] = {"contest_id": lodged.id}
        question = name.replace("dossier", "question")
        asking = NewQuestion(words=f"what of {THINGS[question].word}?", message=found.places[message]["message_id"])
        found.places[question] = {"question_id": house.control.questions.ask(by, asking).id}


def _propose(found: Found) -> None:
    """A milder lane on a dossier of each of two offices, which waits for a second person."""
    for name in ("A", "B"):
        about, word = found.places[f"dossier of {name}"]["consignment_id"], THINGS[f"proposal of a lane at {name}"].word
        wanted = found.house.control.officer_acts.proposed_override(HEAD, about, "green", f"{word} was seen")
        assert wanted is not None
        one = found.house.governance.second_person.propose(HEAD, wanted, make_key).proposal
        found.places[f"proposal of a lane at {name}"] = {"proposal_id": one.id}


def _permit(found: Found) -> None:
    for name in ("permit of wildlife", "permit of food"):
        thing = THINGS[name]
        view = found.house.measures.permits.register_permit(
            HEAD, Permit(agency=thing.sender, type="C400", number=thing.word)
        )
        found.places[name] = {"permit_id": view.id, "becomes": "suspended"}


def _audit(found: Found) -> None:
    today = datetime.now(UTC).date()
    plan = found.house.control.audits.plan_audits(
        HEAD, Period(today - timedelta(days=30), today + timedelta(days=1)), 200
    )
    found.audited = [line.office for line in plan.proposed]
    for line in plan.proposed:
        name = next((n for n, one in THINGS.items() if (one.kind, one.word) == ("audit", line.trader)), None)
        if name is None:
            continue
        found.house.control.audits.plan_audit(HEAD, line.id, Plan(auditor="officer.hq", begins=today))
        found.house.control.audits.notify_audit(HEAD, line.id)
        view = found.house.control.audits.start_audit(HEAD, line.id)
        first = view.sample[0]
        found.places[name] = {
            "audit_id": line.id, "consignment": first.consignment, "item": str(first.item), "name": "close",
        }  # fmt: skip
    assert {"audit of A", "audit of B"} <= found.places.keys()


def _follow(found: Found) -> None:
    """Two journeys, one of them on a dossier of B; the other's seal is opened without leave."""
    tracked = found.tracked
    for name, number in ((A, 90), (B, 0), (C, 60)):
        found.house.tracking.places.put_geofence(HEAD, fence(name, number))
    far = found.house.tracking.drafts.journey_draft(HEAD, found.places["dossier of B"]["consignment_id"])
    assert far.reference
    usual = {"corridor": None, "places": (), "guarantee_amount": Decimal(5), "guarantee_currency": "EUR"}
    near = tracked.activate(
        reference=far.reference, devices=("dev-2",), departure=A, destination=B, equipment=("ZQROADAB",), **usual
    )
    assert near.consignment == found.places["dossier of B"]["consignment_id"]
    guarantee = NewGuarantee(
        reference=GUARANTEE, type="comprehensive", holder="ZQHOLDER", guarantor="BANK",
        reference_amount=Decimal(100), currency="EUR",
    )  # fmt: skip
    found.house.tracking.guarantees.register_guarantee(HEAD, guarantee)
    other = tracked.activate(reference="ZQROADBC", departure=B, destination=C, guarantee=GUARANTEE, **usual)
    tracked.hear(range(10))
    tracked.hear(range(10, 12), seal=SealPart(n="S1", lock=0))
    found.places["journey from A to B"] = {"journey_id": near.id, "name": "discharge"}
    found.places["journey from B to C"] = {"journey_id": other.id, "name": "discharge"}
    alerts = found.house.tracking.alerts.alerts(HEAD, AlertFilter(state="all", limit=200)).alerts
    names = {near.id: "journey from A to B", other.id: "journey from B to C"}
    found.alarmed = dict(Counter(names.get(one.journey or "") for one in alerts))
    alert = next(one for one in alerts if one.journey == other.id)
    found.places["alert between B and C"] = {"alert_id": alert.id, "name": "acknowledge"}


def _declared(word: str, office: str, number: str) -> bytes:
    content = declaration(f"{word}-REF").replace(b"<ID>XA990000000042<", b"<ID>XA99000000010%d<" % int(number))
    content = content.replace(b"Harbour Brokers", f"{word} Brokers".encode())
    content = content.replace(b"Betania Looms &amp; Co", f"{word} Looms".encode())
    content = content.replace(b"Woven cotton fabric, bleached", f"{word} cloth".encode())
    if not office:
        return re.sub(rb"<DeclarationOfficeID>[^<]*</DeclarationOfficeID>", b"", content)
    return content.replace(b"<DeclarationOfficeID>XAPRT001", b"<DeclarationOfficeID>" + office.encode())


def _sharing(word: str, number: str, office: str) -> bytes:
    """A declaration of goods on the shared bill of lading."""
    return re.sub(rb"KESTBET\d+", SHARED_BILL.encode(), _declared(word, office, number))


def _refused(word: str, office: str) -> bytes:
    """A declaration that is read, and refused for its mass."""
    content = _declared(word, office, "5")
    return content.replace(b">4120.5<", b">no mass<")


def _manifest() -> bytes:
    bills = tuple(
        BillOfLading(
            id=f"TSTB010000{n}", line=n, level="straight", nature_code="23", consignee=Party(name="ZQCARGO TRADING"),
            goods_description="ZQCARGO CARS", packaging=(Packaging(quantity=10, type_code="CT"),),
            gross_mass_kg=Decimal(1000),
        )
        for n in (1, 2)
    )  # fmt: skip
    document = Manifest(
        office=CustomsOffice(code=A), voyage="ST001E", departed=date(2026, 1, 2), arrives=date(2026, 1, 12), bills=bills
    )
    return standards.write(document, "asycuda-awmds")


def _sad(name: str) -> bytes:
    word, office, number = (f"ZQBILL{name}", A, 1) if name == "A" else (f"ZQBILL{name}", B, 2)
    item = GovernmentAgencyGoodsItem(
        sequence=1,
        packaging=(Packaging(quantity=12, type_code="CT"),),
        previous_documents=(PreviousDocument(type_code="705", id=f"TSTB010000{number}"),),
    )
    document = Declaration(
        functional_reference=f"{word}-REF",
        type_code="IM 4",
        flow="import",
        office=CustomsOffice(code=office),
        declarant=Party(id=f"900000{number}", name=f"{word} BROKER"),
        items_declared=1,
        packages_declared=12,
        gross_mass_kg_declared=Decimal(1200),
        shipment=GoodsShipment(importer=Party(id=f"70{number}", name=f"{word} TRADING"), items=(item,)),
        status=HostStatus(registration=f"C {number} 2026-01-14", registered=date(2026, 1, 14)),
        references=(Reference("MANIFEST", "2026 1", A),),
    )
    return standards.write(document, "asycuda-sad")


def seen_by(found: Found, principal: Principal) -> list[str]:
    """Ids of the lines of the whole queue, as this principal has it."""
    return [line.id for line in found.house.queries.records.queue(principal, QueueFilter(state="all", limit=100)).lines]
