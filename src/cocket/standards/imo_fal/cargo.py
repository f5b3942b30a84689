# SPDX-License-Identifier: Apache-2.0
"""Cargo and dangerous goods of a ship ↔ manifests: forms 2 and 7.

Source: FAL Convention, annex, standards 2.3 and 2.8, forms 2 and 7; SOLAS VII/4 and the IMDG Code, 5.4.1, for what is told
of dangerous goods.
"""

from __future__ import annotations

from typing import Any

from cocket.errors import SenderError
from cocket.model import BillOfLading, Document, Manifest, PackageTotals, Packaging, Seal, TransportEquipment
from cocket.standards.imo_fal.call import is_arrival, names, ship, ship_value
from cocket.standards.json_drawing import inside, number, objects, text
from cocket.standards.json_nouns import (
    moment,
    moment_value,
    named,
    party,
    party_value,
    references,
    stated,
    whole,
)


def read_manifest(value: dict[str, Any]) -> Manifest:
    """A form without its consignments as a manifest without bills.

    Args:
        value: The form, right or wrong.

    Source: FAL Convention, forms 2 and 7.
    """
    arrives, at, port = is_arrival(value), moment(value, "at"), text(value, "port")
    arrival = at if arrives else None
    return Manifest(
        voyage=text(value, "voyage"),
        departed=at.date() if at and arrives is False else None,
        arrives=arrival.date() if arrival else None,
        arrival_time=f"{arrival:%H:%M}" if arrival else None,
        issued=moment(value, "prepared"),
        carrier=party(value.get("agent")),
        transport=ship(value),
        departure_place=port if arrives is False else text(value, "lastPort"),
        destination_place=port if arrives else text(value, "nextPort"),
        totals=PackageTotals(bills=whole(value, "consignmentCount")),
        references=references(*((name.kind, name.value) for name in names(value) if name.kind != "LRN")),
    )


def write_manifest(document: Document, form: str) -> dict[str, Any]:
    """A manifest as a form without its consignments: of a ship that arrives, unless only her departure is told.

    Args:
        document: A manifest.
        form: The form, `FAL2` or `FAL7`.

    Raises:
        SenderError: It is none.

    Source: FAL Convention, forms 2 and 7.
    """
    if not isinstance(document, Manifest):
        raise SenderError(f"Form {form} is a manifest.", found=type(document).__name__)
    departs = document.departed is not None and document.arrives is None
    return stated(
        falForm=form,
        prepared=moment_value(document.issued),
        movement="departure" if departs else "arrival",
        visit=next(named(document.references, "DOCUMENT"), None),
        port=document.departure_place if departs else document.destination_place,
        lastPort=None if departs else document.departure_place,
        nextPort=document.destination_place if departs else None,
        agent=party_value(document.carrier),
        consignmentCount=document.totals.bills,
        **(stated(voyage=document.voyage) | ship_value(document.transport)),
    )


def read_consignment(value: dict[str, Any]) -> BillOfLading:
    """A consignment of form 2 as a bill.

    Args:
        value: The consignment, right or wrong.

    Source: FAL Convention, form 2.
    """
    codes = inside(value, "hsCodes")
    listed = isinstance(codes, list) and all(isinstance(each, str) for each in codes)
    return BillOfLading(
        id=text(value, "document"),
        consignor=party(value.get("shipper")),
        consignee=party(value.get("consignee")),
        notify=party(value.get("notify")),
        loading_place=text(value, "loadingPort"),
        unloading_place=text(value, "dischargePort"),
        goods_description=text(value, "description"),
        packaging=_packaging(value),
        gross_mass_kg=number(value, "grossMass"),
        volume_m3=number(value, "volume"),
        hs_codes=tuple(codes) if listed else (),
        equipment=tuple(_container(each) for each in objects(value, "containers") if text(each, "id")),
    )


def write_consignment(bill: BillOfLading) -> dict[str, Any]:
    """A bill as a consignment of form 2.

    Args:
        bill: The bill.

    Source: FAL Convention, form 2.
    """
    return stated(
        document=bill.id,
        loadingPort=bill.loading_place,
        dischargePort=bill.unloading_place,
        **_packages(bill),
        description=bill.goods_description,
        hsCodes=list(bill.hs_codes),
        grossMass=bill.gross_mass_kg,
        volume=bill.volume_m3,
        containers=[
            stated(id=each.id, type=each.type_code, seals=[seal.id for seal in each.seals]) for each in bill.equipment
        ],
        shipper=party_value(bill.consignor),
        consignee=party_value(bill.consignee),
        notify=party_value(bill.notify),
    )


def read_dangerous(value: dict[str, Any]) -> BillOfLading:
    """A line of form 7 as a bill; class and UN number stand among its remarks.

    Args:
        value: The line, right or wrong.

    Source: FAL Convention, form 7; IMDG Code 5.4.1.
    """
    container = text(value, "container")
    said = [text(value, "unNumber"), text(value, "hazardClass"), text(value, "packingGroup")]
    remark = ", ".join(
        f"{what} {each}" for what, each in zip(("UN", "class", "packing group"), said, strict=True) if each
    )
    return BillOfLading(
        id=text(value, "reference"),
        loading_place=text(value, "loadingPort"),
        unloading_place=text(value, "dischargePort"),
        goods_description=text(value, "properShippingName"),
        packaging=_packaging(value),
        gross_mass_kg=number(value, "grossMass"),
        equipment=(TransportEquipment(id=container),) if container else (),
        information=(remark,) if remark else (),
    )


def write_dangerous(bill: BillOfLading) -> dict[str, Any]:
    """A bill as a line of form 7; that its goods are dangerous, and how, is not in a bill.

    Args:
        bill: The bill.

    Source: FAL Convention, form 7.
    """
    return stated(
        reference=bill.id,
        loadingPort=bill.loading_place,
        dischargePort=bill.unloading_place,
        container=bill.equipment[0].id if len(bill.equipment) == 1 else None,
        **_packages(bill),
        properShippingName=bill.goods_description,
        grossMass=bill.gross_mass_kg,
    )


def _packaging(value: dict[str, Any]) -> tuple[Packaging, ...]:
    found = Packaging(
        quantity=whole(value, "packages"), type_code=text(value, "packageKind"), marks=text(value, "marks")
    )
    return () if found == Packaging() else (found,)


def _packages(bill: BillOfLading) -> dict[str, Any]:
    counts = [each.quantity for each in bill.packaging if each.quantity is not None]
    is_one = len(bill.packaging) == 1
    return stated(
        marks="; ".join(each.marks for each in bill.packaging if each.marks) or None,
        packages=sum(counts) if counts else None,
        packageKind=bill.packaging[0].type_code if is_one else None,
    )


def _container(value: dict[str, Any]) -> TransportEquipment:
    seals = inside(value, "seals")
    return TransportEquipment(
        id=text(value, "id") or "",
        type_code=text(value, "type"),
        seals=tuple(Seal(id=each.strip()) for each in seals if isinstance(each, str) and each.strip())
        if isinstance(seals, list)
        else (),
    )
