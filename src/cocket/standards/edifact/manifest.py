# SPDX-License-Identifier: Apache-2.0
"""A cargo report (CUSCAR) ↔ a manifest with its bills.

A bill is a consignment (CNI) with the reference that names its transport document. Containers stand in a list of
their own and goods name theirs (SGP); in the manifest they stand with the bills. Where goods are in several entries,
mass and words of the bill are put together from them, and what the entries say is kept beside it.

Source: UN/EDIFACT CUSCAR, D.95B to D.24A, data segment clarification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from msgspec import structs

from cocket.model import BillOfLading, Extension, Manifest, Reference, TransportEquipment
from cocket.standards.edifact.fields import (
    ARRIVAL,
    BILL,
    CONSIGNMENT,
    EQUIPMENT,
    GOODS,
    MANIFEST,
    TRANSPORT_DOCUMENTS,
)
from cocket.standards.edifact.mapping import Target, write_fields
from cocket.standards.edifact.nodes import Node, laid_out, lay_back, left_of, own_left, safe
from cocket.standards.edifact.references import references_of
from cocket.standards.edifact.taking import Leaf, reader_of

_ENTRIES = re.compile(r"GID\[\d+\]/(?:MEA|FTX|CST)")
_SPLITS = re.compile(r"GID\[\d+\]/SGP\[\d+\]/1\.1")
_BY_CODE = {code: qualifier for qualifier, (code, _) in TRANSPORT_DOCUMENTS.items()}
_DOCUMENTS = tuple(f"RFF{{{name}}}" for name in TRANSPORT_DOCUMENTS)
_CONTAINER = "EQD{CN *}"
#: The code of a cargo manifest as a document (UNCL 1001).
_CARGO_MANIFEST = "785"

_manifest = reader_of((*MANIFEST, ARRIVAL))
_bill = reader_of(BILL)
_consignment = reader_of(CONSIGNMENT)
_goods_of = reader_of(GOODS)
_goods_seen = reader_of(GOODS, is_taking=False)
_packages = reader_of((Leaf("packages", ("2.1",), "whole"),))
_container_fields = reader_of(EQUIPMENT)


def read_manifest(root: Node, bills: tuple[BillOfLading, ...] | None = None) -> Manifest:
    """A manifest from a message.

    Args:
        root: Its segments.
        bills: Its bills, if they have been read and taken out of it; None to read them.

    Returns:
        The manifest; what has no place in the model is in the extensions of manifest and bills.

    Source: UN/EDIFACT CUSCAR.
    """
    if bills is None:
        consignments = root.each("CNI")
        bills = tuple(read_bill(node, root, is_only=len(consignments) == 1) for node in consignments)
    fields = _manifest(root)
    arrives = fields.pop("arrives", None)
    if isinstance(arrives, datetime):
        fields["arrives"] = arrives.date()
        fields["arrival_time"] = f"{arrives:%H:%M}" if arrives.time() != time() else None
    message = root.first("BGM")
    number = message.take(2) if message else ""
    own = (Reference("MANIFEST", number),) if number else ()
    return Manifest(
        **fields,
        bills=bills,
        references=tuple(dict.fromkeys((*own, *references_of(root)))),
        extensions=tuple(left_of(root, but=frozenset(("CNI", "UNT")))),
    )


def read_bill(node: Node, root: Node, *, is_only: bool) -> BillOfLading:
    """One bill of a manifest.

    Args:
        node: Its consignment.
        root: The message, for the containers.
        is_only: Whether it is the only one, so that a container no goods name is its.

    Source: UN/EDIFACT CUSCAR, groups of CNI, RFF and GID.
    """
    fields = _bill(node)
    found = next((each for name in _DOCUMENTS if (each := node.first(name))), None)
    main = found or node
    if found is not None:
        fields["id"] = found.take(1, 2) or None
        fields["type_code"], fields["level"] = TRANSPORT_DOCUMENTS[found.get(1)]
        found.claim()
    else:
        fields["id"] = node.get(2, 1) or None  # it is left there, which tells the writer where it stood
    fields |= {"master_id": _master(node, found), "unique_reference": _named(node, "UCN")}
    fields |= _consignment(main)
    entries = main.each("GID")
    fields |= _goods(main, entries)
    fields["equipment"] = tuple(_equipment(node, entries, root, is_only=is_only))
    node.claim()
    return BillOfLading(**fields, extensions=tuple(sorted([*own_left(node, ""), *left_of(node)], key=_path)))


def _path(extension: Extension) -> str:
    return extension.path


def _master(node: Node, found: Node | None) -> str | None:
    for name in ("MB", "MWB"):
        other = node.first(f"RFF{{{name}}}")
        if other is not None and other is not found:
            return other.take(1, 2) or None
    return None


def _named(node: Node, qualifier: str) -> str | None:
    other = node.first(f"RFF{{{qualifier}}}")
    return (other.take(1, 2) or None) if other else None


def _goods(main: Node, entries: list[Node]) -> dict[str, Any]:
    """Mass, volume, words and codes of the goods: read of one entry, put together of several."""
    if len(entries) == 1:
        fields = _goods_of(main)
        code = entries[0].first("CST")
        if code is not None and code.get(2, 1):
            fields["hs_codes"] = (code.take(2, 1),)
        return fields
    each = [_peeked(entry) for entry in entries]
    masses = [one.get("gross_mass_kg") for one in each]
    whole = bool(masses) and None not in masses
    words = [one["goods_description"] for one in each if one.get("goods_description")]
    codes = [code.get(2, 1) for entry in entries for code in entry.each("CST") if code.get(2, 1)]
    return {
        "gross_mass_kg": sum((mass for mass in masses if mass is not None), Decimal()) if whole else None,
        "goods_description": "; ".join(words) or None,
        "hs_codes": tuple(dict.fromkeys(codes)),
    }


def _peeked(entry: Node) -> dict[str, Any]:
    """What one of several entries says, which is left where it stands."""
    alone = Node("", [])
    alone.kids = {"GID": [entry]}
    return _goods_seen(alone)


def _equipment(node: Node, entries: list[Node], root: Node, *, is_only: bool) -> Iterable[TransportEquipment]:
    """The containers of a bill: those its goods name, those that stand among them, all if it is the only bill."""
    splits = [split for entry in entries for split in entry.each("SGP")]
    is_taken = len(entries) == 1 and _are_plain(splits, root)
    given: set[str] = set()
    for split in splits:
        number = split.get(1, 1)
        listed = root.first(f"EQD{{CN {safe(number)}}}")
        if listed is None or number in given:
            continue
        given.add(number)
        container = _container(listed, number)
        if is_taken:
            split.mark(1, 1)
            packages = _packages(split).get("packages")
            container = structs.replace(container, packages=packages)
        yield container
    for each in node.walk():
        if each.tag == "EQD" and each.get(1) == "CN" and (number := each.get(2, 1)) and number not in given:
            given.add(number)
            yield _container(each.copy(), number)
    for each in root.each(_CONTAINER) if is_only else ():
        if (number := each.get(2, 1)) not in given:
            given.add(number)
            yield _container(each, number)


def _are_plain(splits: list[Node], root: Node) -> bool:
    """Whether each names another container of the list, so that they can be made anew from the containers."""
    numbers = [split.get(1, 1) for split in splits]
    is_listed = all(number and root.first(f"EQD{{CN {safe(number)}}}") for number in numbers)
    return is_listed and len(set(numbers)) == len(numbers)


def _container(node: Node, number: str) -> TransportEquipment:
    node.claim()
    fields = _container_fields(node)
    return TransportEquipment(**(fields | {"id": number}))


# Writing ---------------------------------------------------------------------------------------------------------------


def write_manifest(target: Target, manifest: Manifest) -> None:
    """Put a manifest into a message.

    Args:
        target: The message.
        manifest: What to write.

    Source: UN/EDIFACT CUSCAR.
    """
    number = next((each.value for each in manifest.references if each.kind == "MANIFEST" and not each.issuer), None)
    begin = target.kid("BGM").node
    begin.put(2, 1, number or "")
    if target.kept is None or target.kept.first("UNH") is None:
        begin.put(1, 1, _CARGO_MANIFEST)
    write_fields(target, manifest, MANIFEST)
    if manifest.arrives:
        write_fields(target, _Arrival(manifest), (ARRIVAL,))
    given: set[str] = set()
    is_air = manifest.transport is not None and manifest.transport.mode_code == "4"
    for place, bill in enumerate(manifest.bills, 1):
        for each in bill.equipment:
            if each.id not in given and not _is_among(each.id, bill):
                given.add(each.id)
                write_fields(target.kid(f"EQD{{CN {safe(each.id)}}}"), each, EQUIPMENT)
        around = target.kid("CNI", place)
        _write_bill(around._replace(kept=laid_out(bill.extensions)), bill, is_air=is_air)


def _is_among(number: str, bill: BillOfLading) -> bool:
    """Whether a container stands among the goods themselves, and is laid back there."""
    return any(f".EQD{{CN {safe(number)}}}" in each.path for each in bill.extensions)


class _Arrival:
    """Day and time of arrival as one field."""

    def __init__(self, manifest: Manifest) -> None:
        hour = manifest.arrival_time or ""
        is_time = re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", hour)
        self.arrives = datetime.fromisoformat(f"{manifest.arrives}T{hour if is_time else '00:00'}")


def _write_bill(target: Target, bill: BillOfLading, *, is_air: bool) -> None:
    write_fields(target, bill, BILL)
    main, prefix = target, ""
    is_unnamed = bill.type_code is None and (bill.id is None or any(each.path == "2.1" for each in bill.extensions))
    if not is_unnamed:
        qualifier = _BY_CODE.get(bill.type_code or "") or _named_as(bill.level, is_air=is_air)
        main, prefix = target.kid(f"RFF{{{qualifier}}}"), f"RFF{{{qualifier}}}[1]/"
        main.node.put(1, 2, bill.id or "")
        master = "MWB" if qualifier in ("AWB", "HWB") else "MB"
        for name, number in ((master, bill.master_id), ("UCN", bill.unique_reference)):
            if number:
                target.kid(f"RFF{{{name}}}").node.put(1, 2, number)
    write_fields(main, bill, CONSIGNMENT)
    paths = [each.path.removeprefix(prefix) for each in bill.extensions if each.path.startswith(prefix)]
    if len(bill.packaging) < _SEVERAL or not any(map(_ENTRIES.match, paths)):
        write_fields(main, bill, GOODS)
        if bill.hs_codes and main is not target:
            main.kid("GID/CST").node.put(2, 1, bill.hs_codes[0])
    if main is not target and not any(map(_SPLITS.match, paths)):
        among = [each for each in bill.equipment if not _is_among(each.id, bill)]
        for place, each in enumerate(among, 1):
            split = main.kid("GID/SGP", place).node
            split.put(1, 1, each.id)
            if each.packages is not None:
                split.put(2, 1, str(each.packages))
    lay_back(target.node, bill.extensions)


_SEVERAL = 2


def _named_as(level: str | None, *, is_air: bool) -> str:
    """Kind of reference for a transport document that does not say its own."""
    if is_air:
        return {"house": "HWB", "master": "MWB"}.get(level or "", "AWB")
    return {"house": "BH", "master": "MB"}.get(level or "", "BM")
