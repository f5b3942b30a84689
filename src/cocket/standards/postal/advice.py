# SPDX-License-Identifier: Apache-2.0
"""Lists of postal items told in advance ↔ manifests: a bill for each item, its number the S10 identifier.

Source: WCO–UPU guidelines on the exchange of electronic advance data; UPU M33 (ITMATT), by its public descriptions.
"""

from __future__ import annotations

from typing import Any

from cocket.errors import SenderError
from cocket.model import BillOfLading, CustomsOffice, Document, Manifest, PackageTotals, Party
from cocket.standards.json_drawing import number, objects, text
from cocket.standards.json_nouns import (
    day,
    means,
    means_value,
    moment,
    moment_value,
    money,
    money_value,
    party,
    party_value,
    references,
    stated,
    total,
    whole,
)


def read_list(value: dict[str, Any]) -> Manifest:
    """A message without its items as a manifest without bills.

    Args:
        value: The message, right or wrong.

    Source: WCO–UPU guidelines on the exchange of electronic advance data.
    """
    arrival = moment(value, "arrives")
    sender = text(value, "sender")
    vessel = means(value.get("transport"))
    return Manifest(
        office=CustomsOffice(code=text(value, "office")),
        voyage=vessel.voyage if vessel else None,
        departed=day(value, "dispatch", "departed"),
        arrives=arrival.date() if arrival else None,
        arrival_time=f"{arrival:%H:%M}" if arrival else None,
        issued=moment(value, "prepared"),
        carrier=Party(id=sender) if sender else None,
        transport=vessel,
        departure_place=text(value, "departurePlace"),
        destination_place=text(value, "arrivalPlace"),
        totals=PackageTotals(bills=whole(value, "itemCount"), gross_mass_kg=number(value, "grossMass")),
        references=references(("DOCUMENT", text(value, "dispatch", "id"))),
    )


def write_list(document: Document) -> dict[str, Any]:
    """A manifest as a message without its items.

    Args:
        document: A manifest.

    Raises:
        SenderError: It is none.

    Source: as `read_list`.
    """
    if not isinstance(document, Manifest):
        raise SenderError("A list of postal items is a manifest.", found=type(document).__name__)
    dispatches = [name.value for name in document.references if name.kind == "DOCUMENT"]
    return stated(
        postalMessage="ITMATT",
        prepared=moment_value(document.issued),
        sender=document.carrier.id if document.carrier else None,
        office=document.office.code,
        dispatch=stated(
            id=dispatches[0] if dispatches else None,
            departed=document.departed.isoformat() if document.departed else None,
        ),
        transport=stated(voyage=document.voyage) | means_value(document.transport),
        departurePlace=document.departure_place,
        arrivalPlace=document.destination_place,
        itemCount=document.totals.bills,
        grossMass=document.totals.gross_mass_kg,
    )


def read_entry(value: dict[str, Any]) -> BillOfLading:
    """An item as a bill.

    Args:
        value: The item, right or wrong.

    Source: UPU Convention Regulations, forms CN 22 and CN 23.
    """
    contents = list(objects(value, "contents"))
    words = [said for each in contents if (said := text(each, "description"))]
    codes = [code for each in contents if (code := text(each, "hsCode"))]
    return BillOfLading(
        id=text(value, "itemId"),
        level="straight",
        consignor=party(value.get("sender")),
        consignee=party(value.get("addressee")),
        goods_description="; ".join(words) or None,
        gross_mass_kg=number(value, "grossMass"),
        hs_codes=tuple(dict.fromkeys(codes)),
        customs_value=money(value.get("value")) or total([money(each.get("value")) for each in contents]),
        freight=money(value.get("postage")),
        information=(said,) if (said := text(value, "remarks")) else (),
    )


def write_entry(bill: BillOfLading) -> dict[str, Any]:
    """A bill as an item; what one bill says of several goods becomes one line.

    Args:
        bill: The bill.

    Source: as `read_entry`.
    """
    content = stated(
        description=bill.goods_description,
        value=money_value(bill.customs_value),
        hsCode=bill.hs_codes[0] if len(bill.hs_codes) == 1 else None,
    )
    return stated(
        itemId=bill.id,
        grossMass=bill.gross_mass_kg,
        postage=money_value(bill.freight),
        sender=party_value(bill.consignor),
        addressee=party_value(bill.consignee),
        remarks="; ".join(bill.information) or None,
        contents=[content] if content else [],
    )
