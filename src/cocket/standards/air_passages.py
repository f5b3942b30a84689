# SPDX-License-Identifier: Apache-2.0
"""Ways between papers of air cargo, and between these and other papers.

Source: IATA Resolution 600a and 672; IATA Cargo-IMP, FHL; UNCL 1001 for transport documents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from msgspec import structs

from cocket.model import Document, Manifest
from cocket.standards.air import require_air
from cocket.standards.passages import (
    Carried,
    Kind,
    bills_meant,
    declaration_to_manifest,
    manifest_to_declaration,
    manifest_to_entry_summary,
    other_thing,
)


def manifest_to_waybill(document: Document, bill: str | None) -> Carried:
    """One bill of a manifest, alone.

    Args:
        document: A manifest.
        bill: Number of the bill; None if there is only one.

    Returns:
        A manifest with that bill, and the master that the whole names.

    Raises:
        SenderError: There are several bills and none is named, none of that name, or they do not go by air.

    Source: UNCL 1001, 740 and 703: a waybill is of one consignment by air.
    """
    place = bills_meant(document, bill, takes_several=False)[0]
    manifest = cast(Manifest, document)
    require_air(manifest)
    named = manifest.bills[place]
    if manifest.master_id and not named.master_id:
        named = structs.replace(named, master_id=manifest.master_id)
    return Carried(structs.replace(manifest, kind="whole", bills=(named,)), ((place,),))


def declaration_to_waybill(document: Document, bill: str | None) -> Carried:
    """Declared goods, as the air waybill they travel under.

    Args:
        document: A declaration or entry summary.
        bill: Number of the transport document; None if there is only one.

    Raises:
        SenderError: The goods are under several transport documents and none is named, or do not go by air.

    Source: as `declaration_to_manifest`.
    """
    whole = declaration_to_manifest(document, None)
    place = bills_meant(whole.document, bill, takes_several=False)[0]
    rows = whole.rows or ()
    return Carried(manifest_to_waybill(whole.document, bill).document, rows[place : place + 1])


def waybill_to_manifest(document: Document, _: str | None) -> Carried:
    """Air waybills as a manifest of them alone.

    Source: as `manifest_to_waybill`, the other way.
    """
    if not isinstance(document, Manifest):
        raise other_thing(document, "air waybill")
    return Carried(document)


def waybill_to_house_list(document: Document, _: str | None) -> Carried:
    """A house waybill as the list of its master's houses, with it alone.

    Raises:
        SenderError: It is no house waybill.

    Source: IATA Cargo-IMP, FHL: a house waybill is told as a list of one.
    """
    bills = document.bills if isinstance(document, Manifest) else ()
    if not bills or any(bill.level != "house" for bill in bills):
        raise other_thing(document, "house waybill")
    return Carried(structs.replace(cast(Manifest, document), kind="degroupage", master_id=bills[0].master_id))


#: The ways of air cargo, and what goes over each, in words.
AIR_PASSAGES: dict[tuple[Kind, Kind], tuple[Callable[[Document, str | None], Carried], str]] = {
    **dict.fromkeys(
        (("manifest", "air-waybill"), ("house-list", "house-waybill")),
        (manifest_to_waybill, "one bill; name it with `--bill` if there are several"),
    ),
    **dict.fromkeys(
        (("declaration", "air-waybill"), ("entry-summary", "air-waybill")),
        (declaration_to_waybill, "the goods of one transport document"),
    ),
    **dict.fromkeys(
        (("air-waybill", "declaration"), ("house-waybill", "declaration"), ("air-record", "declaration")),
        (manifest_to_declaration, "the waybill as one item"),
    ),
    **dict.fromkeys(
        (("air-waybill", "entry-summary"), ("house-waybill", "entry-summary"), ("house-list", "entry-summary")),
        (manifest_to_entry_summary, "an item for each waybill"),
    ),
    **dict.fromkeys(
        (("air-waybill", "manifest"), ("air-record", "manifest"), ("manifest", "air-record")),
        (waybill_to_manifest, "the waybills only"),
    ),
    **dict.fromkeys(
        (("air-waybill", "air-record"), ("house-waybill", "air-record")),
        (waybill_to_manifest, "everything that both formats support"),
    ),
    **dict.fromkeys(
        (("air-record", "air-waybill"), ("air-record", "house-waybill")),
        (manifest_to_waybill, "one waybill; name it with `--bill` if there are several"),
    ),
    ("house-waybill", "house-list"): (waybill_to_house_list, "the house waybill, as a list of one"),
}
