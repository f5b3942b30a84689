# SPDX-License-Identifier: Apache-2.0
"""Indicators that speak before arrival, from manifest facts alone.

Each is a function named after its code. Its first paragraph is the sentence for the analyst, with places for the values
it yields; it yields nothing where the manifest does not say. One hit is no suspicion: it is a reason to look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal

from cocket.codes import EquipmentNumber
from cocket.consignment.manifest_control.scene import Scene, address_key, fold, party_key
from cocket.consignment.manifest_control.stock import count_of
from cocket.consignment.paper import equipment_name
from cocket.consignment.sides import as_number
from cocket.model import BillOfLading, Party, TransportEquipment

Values = dict[str, str]
Indicator = Callable[[Scene], Iterable[Values]]

#: Words that do not tell what the goods are, in the languages of manifests; the rest of a text decides.
# fmt: off
_VAGUE = frozenset((
    "ACCESSORIES", "ALL", "AND", "APPLIANCES", "ARTICLES", "ASSORTED", "BOXES", "CARGO", "CARTONS", "CASES", "CHEMICALS",
    "CONSOL", "CONSOLIDATED", "CONSOLIDATION", "CONTAINER", "CONTAIN", "CTNS", "DIVERS", "DIVERSES", "EFFECTS",
    "ELECTRONICS", "EQUIPMENT", "FAK", "FOODSTUFF", "FOODSTUFFS", "FREIGHT", "GENERAL", "GENERALES", "GIFT", "GIFTS", "GOODS",
    "HOUSEHOLD", "IRON", "ITEMS", "KIND", "KINDS", "LOAD", "MACHINERY", "MACHINES", "MARCHANDISES", "MERCHANDISE", "MIXED",
    "MERCANCIAS", "OF", "OTHER", "PACKAGES", "PALLETS", "PARTS", "PCS", "PERSONAL", "PIECES", "PIPES", "PKGS",
    "PLASTIC", "PRODUCTS", "SAID", "SAMPLE", "SAMPLES", "SPARE", "SPARES", "STC", "SUNDRIES", "SUNDRY", "SUPPLIES",
    "TO", "TOOLS", "USED", "VARIOUS", "WARES",
))
_FORWARDERS = frozenset((
    "CARGO", "CONSOLIDATORS", "COURIER", "EXPEDITION", "EXPRESS", "FORWARDER", "FORWARDERS", "FORWARDING", "FREIGHT",
    "LOGISTIC", "LOGISTICA", "LOGISTICS", "LOGISTIQUE", "NVOCC", "SHIPPING", "SPEDITION", "TRANSITAIRE", "TRANSITARIO",
))
# fmt: on
_TO_ORDER = re.compile(r"\bTO (THE )?ORDER\b|\bA L ORDRE\b|\bA LA ORDEN\b|^ORDER$")
_PAID_BY = re.compile(r"\bFREIGHT (?:IS )?(?:PRE ?)?PAID BY (.+)")

#: UNCL 4237: who pays the freight is neither shipper nor consignee, or was not known at departure.
_THIRD_PARTY_PAYS = {"A": "payable elsewhere", "B": "third party to pay"}

_EMPTY = frozenset(("ETY", "MT", "EMPTY", "E", "4", "0/0"))

#: Kinds of package that people carry (UN Recommendation 21) → most they weigh, kg.
_CARRIED = {"BG": 1500, "BX": 500, "CT": 200, "PK": 1000, "PC": 5000, "PA": 200, "EN": 50, "BO": 100}
_CARRIED_LEAST_KG = Decimal("0.02")

#: Most a freight container may weigh with its goods, kg.
_HEAVIEST_KG = Decimal(36_000)
_HAS_NO_SEAL = frozenset(("P", "LCL"))


def consignee_missing(scene: Scene) -> Iterator[Values]:
    """No consignee is named.

    Source: WCO SAFE Framework, pillar 1, standard 6, advance electronic information (consignee).
    """
    if party_key(scene.bill.consignee) is None:
        yield {}


def consignee_to_order(scene: Scene) -> Iterator[Values]:
    """The goods are to order: nobody is named who will receive them.

    Source: WCO SAFE Framework, pillar 1, standard 6 (consignee; for a bill to order the party to notify stands in).
    """
    if _is_to_order(scene.bill.consignee):
        yield {}


def consignee_new(scene: Scene) -> Iterator[Values]:
    """{consignee} has received nothing before, as far as is known here.

    Source: practice of targeting (unknown or first-time parties); the WCO's own list is for its members and was not read.
    """
    consignee = party_key(scene.bill.consignee)
    known = scene.known.consignees
    if consignee and known is not None and consignee not in known and not _is_to_order(scene.bill.consignee):
        yield {"consignee": _words(scene.bill.consignee)}


def consignee_is_forwarder(scene: Scene) -> Iterator[Values]:
    """{consignee} forwards goods for others, and no house bill tells for whom.

    Source: WCO SAFE Framework, pillar 1, standard 6: the consignee is the party to which the goods are consigned, not its agent.
    """
    name = fold((scene.bill.consignee.name if scene.bill.consignee else None) or "")
    if scene.bill.level != "master" and _FORWARDERS & set(name.split()) and not _has_houses(scene):
        yield {"consignee": _words(scene.bill.consignee)}


def address_shared(scene: Scene) -> Iterator[Values]:
    """{consignee} has the address of {others}.

    Source: practice of targeting (shared addresses of unlike companies); the WCO's own list is for its members and was not read.
    """
    address, name = address_key(scene.bill.consignee), party_key(scene.bill.consignee)
    others = scene.addresses.get(address, frozenset()) - {name} if address and name else frozenset()
    if others:
        yield {"consignee": _words(scene.bill.consignee), "others": ", ".join(sorted(filter(None, others))[:3])}


def goods_vague(scene: Scene) -> Iterator[Values]:
    """The words {goods} do not tell what the goods are.

    Source: WCO SAFE Framework, guidance on acceptable and unacceptable goods descriptions.
    """
    words = [word for word in fold(scene.bill.goods_description or "").split() if not word.isdigit() and len(word) > 1]
    if words and set(words) <= _VAGUE and not scene.bill.hs_codes:
        yield {"goods": " ".join((scene.bill.goods_description or "").split())[:80]}


def goods_missing(scene: Scene) -> Iterator[Values]:
    """The goods are not described.

    Source: WCO SAFE Framework, pillar 1, standard 6, advance electronic information (description of goods).
    """
    is_empty = bool(scene.bill.equipment) and all(_is_empty(unit) for unit in scene.bill.equipment)
    if not fold(scene.bill.goods_description or "") and not scene.bill.hs_codes and not is_empty:
        yield {}


def package_weight_odd(scene: Scene) -> Iterator[Values]:
    """Each of {packages} packages {kind} would weigh {mass} kg.

    Source: our own bounds, wide on purpose: what people can lift in packages of these kinds (UNECE Recommendation 21).
    """
    packages, mass = count_of(scene.bill.packaging), scene.bill.gross_mass_kg
    kinds = {(one.type_code or "").upper() for one in scene.bill.packaging}
    if not packages or not mass or len(kinds) != 1:
        return
    kind, each = kinds.pop(), mass / packages
    if kind in _CARRIED and not _CARRIED_LEAST_KG <= each <= _CARRIED[kind]:
        yield {"packages": str(packages), "kind": kind, "mass": as_number(round(each, 3)) or "0"}


def container_overweight(scene: Scene) -> Iterator[Values]:
    """Container {container} would weigh {mass} kg, more than a container may.

    Source: ISO 668:2020, maximum gross mass 36,000 kg.
    """
    for unit in scene.bill.equipment:
        mass = (unit.gross_mass_kg or Decimal(0)) + (unit.tare_mass_kg or Decimal(0))
        if mass > _HEAVIEST_KG:
            yield {"container": unit.id, "mass": as_number(mass) or ""}


def bill_heavier_than_containers(scene: Scene) -> Iterator[Values]:
    """The bill weighs {mass} kg, the goods in its containers {sum} kg.

    Source: WCO Data Model, gross mass of the consignment and of its transport equipment.
    """
    masses = [unit.gross_mass_kg for unit in scene.bill.equipment]
    bill = scene.bill.gross_mass_kg
    if not masses or bill is None or None in masses:
        return
    total = sum((mass or Decimal(0) for mass in masses), Decimal(0))
    if abs(total - bill) > max(Decimal(10), bill / 20) and total:
        yield {"mass": as_number(bill) or "0", "sum": as_number(total) or "0"}


def empty_with_weight(scene: Scene) -> Iterator[Values]:
    """Container {container} is declared empty, but has {what}.

    Source: UNODC-WCO Container Control Programme (empty containers); UNCL 8169, full or empty.
    """
    for unit in scene.bill.equipment:
        if _is_empty(unit) and (unit.gross_mass_kg or unit.packages):
            yield {
                "container": unit.id,
                "what": f"{as_number(unit.gross_mass_kg)} kg" if unit.gross_mass_kg else f"{unit.packages} packages",
            }


def seal_missing(scene: Scene) -> Iterator[Values]:
    """Container {container} is loaded, and no seal is stated.

    Source: WCO SAFE Framework, pillar 1, seal integrity programme; standard 6 (seal number).
    """
    for unit in scene.bill.equipment:
        if (
            not unit.seals
            and not scene.bill.seals
            and not _is_empty(unit)
            and (unit.fullness_code or "").upper() not in _HAS_NO_SEAL
        ):
            yield {"container": unit.id}


def container_number_wrong(scene: Scene) -> Iterator[Values]:
    """{container} is not a number that a container can have: its check digit should be {digit}.

    Source: ISO 6346:2022, annex A.
    """
    for unit in scene.bill.equipment:
        number = EquipmentNumber.parse(unit.id)
        if number is not None and not number.check_digit_ok:
            yield {"container": unit.id, "digit": str(number.expected_check_digit)}


def route_turns_back(scene: Scene) -> Iterator[Values]:
    """The goods come from {loading} and go back to {delivery} by way of {through}.

    Source: practice of targeting (illogical routing); the WCO's own list is for its members and was not read.
    """
    loading, delivery = scene.bill.loading_place, scene.bill.delivery_place or scene.bill.unloading_place
    through = scene.manifest.destination_place or scene.bill.unloading_place
    is_passing = scene.bill.nature_code in ("24", "28")
    if is_passing and loading and delivery and loading[:2].upper() == delivery[:2].upper():
        yield {"loading": loading, "delivery": delivery, "through": through or "here"}


def transhipped_to_here(scene: Scene) -> Iterator[Values]:
    """The goods are said to be transhipped, but their journey ends here, at {delivery}.

    Source: Revised Kyoto Convention, specific annex E, chapter 2 (transhipment: from one importing to one exporting
    means of transport).
    """
    bill, here = scene.bill, scene.manifest.destination_place
    end = bill.delivery_place or bill.unloading_place
    if bill.nature_code == "28" and here and end and end.upper() == here.upper():
        yield {"delivery": end}


def freight_paid_by_third_party(scene: Scene) -> Iterator[Values]:
    """The freight is paid by somebody who neither sends nor receives the goods: {payer}.

    Source: UNCL 4237, payment arrangement (A payable elsewhere, B third party to pay); WCO SAFE Framework, pillar 1, standard 6
    (method of payment of transport charges).
    """
    bill = scene.bill
    code = (bill.freight_payment_code or "").strip().upper()
    if code in _THIRD_PARTY_PAYS:
        yield {"payer": _THIRD_PARTY_PAYS[code]}
        return
    for remark in bill.information:
        named = _PAID_BY.search(fold(remark))
        own = [fold(party.name) for party in (bill.consignor, bill.consignee) if party and party.name]
        is_role = named is not None and named[1].split()[0] in ("SHIPPER", "CONSIGNEE", "CONSIGNOR", "RECEIVER")
        if named and not is_role and not any(name in named[1] or named[1] in name for name in own):
            yield {"payer": named[1].title()[:80]}


def manifest_handed_in_late(scene: Scene) -> Iterator[Values]:
    """The manifest came {when}; {asked} hours before arrival are asked for.

    Source: WCO SAFE Framework, pillar 1, standard 6, time limits (containerised sea cargo 24 hours before loading at the port of
    departure; others before arrival); the number of hours is national law.
    """
    arrives, received, asked = scene.manifest.arrives, scene.known.received, scene.known.notice_hours
    if arrives is None or received is None or asked is None:
        return
    moment = datetime.combine(arrives, _clock(scene.manifest.arrival_time), UTC)
    hours = (moment - received).total_seconds() / 3600
    if hours < asked:
        yield {
            "when": f"{hours:.0f} hours before arrival" if hours >= 1 else "at arrival or after it",
            "asked": str(asked),
        }


def amended_after_loading(scene: Scene) -> Iterator[Values]:
    """After departure the bill was changed: {what}.

    Source: WCO SAFE Framework, pillar 1, standard 6 (amendments of advance data).
    """
    departed, amended, before = scene.manifest.departed, scene.known.amended, scene.before
    if scene.known.earlier is None or departed is None or amended is None or amended.date() <= departed:
        return
    changed = ["the bill was added"] if before is None else list(_changes(before, scene.bill))
    if changed:
        yield {"what": ", ".join(changed)}


#: Every indicator with its points, in the order in which they are told; an analyst may set other points.
INDICATORS: tuple[tuple[Indicator, int], ...] = (
    (empty_with_weight, 4),
    (route_turns_back, 4),
    (transhipped_to_here, 3),
    (amended_after_loading, 3),
    (freight_paid_by_third_party, 3),
    (container_overweight, 3),
    (goods_missing, 3),
    (goods_vague, 3),
    (consignee_missing, 3),
    (consignee_to_order, 2),
    (consignee_new, 2),
    (consignee_is_forwarder, 2),
    (address_shared, 2),
    (seal_missing, 2),
    (container_number_wrong, 2),
    (package_weight_odd, 2),
    (bill_heavier_than_containers, 1),
    (manifest_handed_in_late, 1),
)


def _changes(before: BillOfLading, now: BillOfLading) -> Iterator[str]:
    if party_key(before.consignee) != party_key(now.consignee):
        yield "consignee"
    if party_key(before.consignor) != party_key(now.consignor):
        yield "consignor"
    if fold(before.goods_description or "") != fold(now.goods_description or ""):
        yield "goods"
    if count_of(before.packaging) != count_of(now.packaging) or before.gross_mass_kg != now.gross_mass_kg:
        yield "quantities"
    if {equipment_name(u.id) for u in before.equipment} != {equipment_name(u.id) for u in now.equipment}:
        yield "containers"
    if {(u.id, s.id) for u in before.equipment for s in u.seals} != {
        (u.id, s.id) for u in now.equipment for s in u.seals
    }:
        yield "seals"


def _is_to_order(party: Party | None) -> bool:
    return bool(party and _TO_ORDER.search(fold(party.name or "")))


def _is_empty(unit: TransportEquipment) -> bool:
    return (unit.fullness_code or "").strip().upper() in _EMPTY


def _has_houses(scene: Scene) -> bool:
    own = scene.bill.id
    return own is not None and any(bill.master_id == own for bill in scene.manifest.bills)


def _words(party: Party | None) -> str:
    return ((party.name or party.id or "") if party else "")[:80]


def _clock(text: str | None) -> time:
    try:
        return time.fromisoformat((text or "").strip()[:5])
    except ValueError:
        return time.max
