# SPDX-License-Identifier: Apache-2.0
"""What the indicators look at before arrival: one bill in its manifest, and what is known from earlier papers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from cocket.consignment.manifest_control.stock import BillKey, lines_of
from cocket.model import BillOfLading, Manifest, Party

_WORD = re.compile(r"[^\W_]+")


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What earlier papers tell; what is None is not known, and its indicators say nothing.

    Attributes:
        received: When the manifest was first handed in, offset known.
        earlier: The manifest as it was first handed in, if it was amended since.
        amended: When it was amended last; None if it never was.
        consignees: Parties that received goods before, by `party_key`.
        names_by_address: Names at each address of earlier papers, both folded.
        notice_hours: Hours before arrival by which a manifest is to be handed in; None if the office asks for none.
    """

    received: datetime | None = None
    earlier: Manifest | None = None
    amended: datetime | None = None
    consignees: frozenset[str] | None = None
    names_by_address: Mapping[str, frozenset[str]] = {}
    notice_hours: int | None = None


class Scene(msgspec.Struct, frozen=True):
    """One bill, as an indicator sees it.

    Attributes:
        bill: The bill.
        manifest: Its manifest.
        known: What earlier papers tell.
        before: The bill as the manifest had it first; None if it was never amended, or did not have it.
        addresses: Names at each address, of this manifest and earlier ones.
    """

    bill: BillOfLading
    manifest: Manifest
    known: Known
    before: BillOfLading | None
    addresses: Mapping[str, frozenset[str]]


def scenes_of(manifest: Manifest, known: Known) -> list[Scene]:
    """Every bill of a manifest as a scene, in order.

    Args:
        manifest: The manifest.
        known: What earlier papers tell.
    """
    earlier = {} if known.earlier is None else _by_key(known.earlier)
    keys = _by_key(manifest)
    addresses = _addresses(manifest.bills, known.names_by_address)
    key_of = {id(bill): key for key, bill in keys.items()}
    return [
        Scene(bill, manifest, known, earlier.get(key_of.get(id(bill), BillKey(""))), addresses)
        for bill in manifest.bills
    ]


def fold(text: str) -> str:
    """Upper case words without accents and punctuation, one blank between them."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain.upper()))


def party_key(party: Party | None) -> str | None:
    """What tells a party from others: its name folded, else its number; None of nobody."""
    if party is None:
        return None
    return fold(party.name or "") or (party.id or "").upper() or None


def address_key(party: Party | None) -> str | None:
    """A party's address folded; None where none is stated, or one too short to be more than a town."""
    if party is None:
        return None
    text = fold(" ".join((*party.address, party.city or "", party.postcode or "")))
    return text if any(c.isdigit() for c in text) and len(text.split()) > 1 else None


def _by_key(manifest: Manifest) -> dict[BillKey, BillOfLading]:
    return {key: manifest.bills[line.part - 1] for key, line in lines_of(manifest).items()}


def _addresses(bills: Iterable[BillOfLading], earlier: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found = {address: set(names) for address, names in earlier.items()}
    for bill in bills:
        address, name = address_key(bill.consignee), party_key(bill.consignee)
        if address and name:
            found.setdefault(address, set()).add(name)
    return {address: frozenset(names) for address, names in found.items()}
