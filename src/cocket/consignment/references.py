# SPDX-License-Identifier: Apache-2.0
"""From the names on a paper to the keys by which papers find each other.

A *strong* key makes two papers one dossier. A *group* key only finds: a container carries many consignments in its
life, an invoice number is unique to nobody. Why each kind is what it is: `docs/explanation/consignment/dossier.md`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal, get_args

import msgspec

from cocket.codes import EquipmentNumber
from cocket.consignment.agreement import name_key
from cocket.consignment.uses import day_of, is_of_earlier
from cocket.model import (
    BillOfLading,
    CommercialInvoice,
    CustomsNote,
    Declaration,
    Document,
    Manifest,
    Movement,
    PackingList,
    Reading,
    Reference,
    Response,
)
from cocket.model.party import ReferenceKind

#: Kinds of key that join, the surest first; a refused paper is filed by the first it has, and joins nothing.
STRONG = ("MESSAGE", "SAD", "MRN", "UCR", "BL", "INVOICE")

#: A transport document's number shorter than this many letters and digits means something on its manifest only.
SHORTEST = 6

#: ASYCUDA keeps this many characters of a transport document's number.
BILL_LENGTH = 17

#: A declaration that names more transport documents than this is a collective one, and joins none of them.
MOST_BILLS = 20

#: A seller's invoice number shorter than this joins nothing.
SHORTEST_INVOICE = 3

#: Characters of a key; of a longer one the end is replaced by a digest, so that PostgreSQL can index it.
LONGEST = 600

#: Names whose keys are remembered: those of a batch of the assessment worker (count).
_REMEMBERED = 1 << 13

_NO_NAME = frozenset(
    {"", "0", "NA", "NIL", "NONE", "NULL", "TBA", "TBC", "TBN", "UNKNOWN", "VARIOUS", "MANY", "DIVERS"}
)

#: What a row of noughts or crosses is made of.
_FILLING = frozenset("0X")


class LinkKey(msgspec.Struct, frozen=True, order=True):
    """One name in the form in which names are compared.

    Attributes:
        kind: Kind of reference; `UCR` stands for DUCR too, `BL` for HBL, `MASTER` for a master bill as its house bills
            name it, `MESSAGE` for the sender's own reference of a message, `INVOICE` with a stroke for its seller too.
        value: Upper case letters and digits; parts of a compound name are joined by `/`.
        is_strong: Whether sharing it makes two papers one dossier.
    """

    kind: str
    value: str
    is_strong: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Kind and value, the identity of the key."""
        return self.kind, self.value


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What one message says about one consignment: the unit that is linked.

    Attributes:
        role: Whether a declaration speaks, one transport document of a manifest, or a notice about a consignment.
        part: Which part of the message speaks: for a manifest the place of the transport document in `Manifest.bills`
            (1-based), 0 for all else, which speaks whole; parts of further messages in the same bytes count on.
        keys: Keys, sorted, without repeats (0..n). Without a strong one the claim opens a dossier of its own.
        day: What it is about, as `cocket.consignment.uses.day_of` tells; None where no paper tells.
        paper: By which all versions of the paper are known: sender, standard, reference and, of a bill, its line; None if its
            sender gave it no reference.
        earlier: Registrations and movement references that it names as its previous documents (0..n).
        is_partial: Whether it tells only what changes, so that what it does not name still holds.
    """

    role: Literal["declaration", "bill", "notice"]
    part: int = 0
    keys: tuple[LinkKey, ...] = ()
    day: date | None = None
    paper: str | None = None
    earlier: tuple[str, ...] = ()
    is_partial: bool = False

    @property
    def strong(self) -> tuple[LinkKey, ...]:
        """The keys that join (0..n)."""
        return tuple(key for key in self.keys if key.is_strong)


def keys(references: Iterable[Reference], sender: str) -> tuple[LinkKey, ...]:
    """The link keys of the names on one paper.

    Args:
        references: Names as written.
        sender: Who sent the paper; an LRN means nothing without.

    Returns:
        Keys, sorted, without repeats (0..n); names that name nothing (`TBA`, `0000`) give none.
    """
    names = tuple(references)
    manifests = [_compound(name) for name in names if name.kind == "MANIFEST"]
    has_house = any(name.kind == "HBL" and _is_name(_plain(name.value)) for name in names)
    found = {key.pair: key for name in names for key in _keys_of(name, sender, manifests, has_house)}
    return _sorted(_part_collective(found.values()))


def key_of(name: Reference, sender: str) -> LinkKey | None:
    """The link key of one name by itself, as `keys` gives it; of an invoice that of its number, whoever sold.

    Args:
        name: A name as written.
        sender: Who sent the paper; an LRN means nothing without.

    Returns:
        The key; None for a name that names nothing.
    """
    key = next(iter(_keys_of(name, sender, [], False)), None)
    return key if key is None or len(key.value) <= LONGEST else _shortened(key)


def search_keys(text: str, kind: str | None = None) -> tuple[LinkKey, ...]:
    """Every key that a person may mean by a reference typed into a search box.

    Args:
        text: As typed; of a name of several parts its issuer may be left out.
        kind: Kind of reference, or of key, that is meant alone; None for any.

    Returns:
        Keys, sorted (0..n). One of `ENDINGS` also stands for those that end with it after a stroke.
    """
    kinds = [one for one in get_args(ReferenceKind) if kind in (None, one) or (kind, one) == ("MASTER", "BL")]
    found = [key for one in kinds for key in keys((Reference(one, text),), "")]
    found += [LinkKey("MASTER", key.value) for key in found if key.kind == "BL"]
    found = [LinkKey("LRN", key.value[1:]) if key.kind == "LRN" else key for key in found]  # whoever sent it
    if kind in (None, "MESSAGE") and text.strip():
        found.append(LinkKey("MESSAGE", text.strip()))
    return _sorted(key for key in found if kind != "MASTER" or key.kind == "MASTER")


#: Kinds of key that begin with who gave the name, which whoever searches need not know.
ENDINGS = ("LRN", "SAD", "MANIFEST", "MESSAGE")


def is_ending(key: LinkKey) -> bool:
    """Whether a key of a search stands for those that end with it too; one part of a compound name would find too much."""
    return key.kind in ("LRN", "MESSAGE") or (key.kind in ENDINGS and "/" in key.value)


def consignments_of(reading: Reading, sender: str, received: datetime | None = None) -> tuple[Claim, ...]:
    """Part a message into the consignments it speaks of.

    Args:
        reading: What was read; refused ones too.
        sender: Who sent it.
        received: When it came, UTC; None where it was not lodged here, or its day does not matter.

    Returns:
        One claim for a declaration, one per transport document for a manifest, one for a notice (an answer, a movement,
        a paper beside the declaration), none if nothing could be read; those of further messages too. A
        refused message gives claims with at most one strong key, so that it is filed but joins nothing.
    """
    claims = [claim for first, _, one in parts_in(reading) for claim in _claims_of(one, first, sender, received)]
    if reading.outcome == "accepted":
        return tuple(claims)
    return tuple(_without_joining(claim) for claim in claims if claim.strong)


def parts_in(reading: Reading) -> Iterator[tuple[int, int, Reading]]:
    """The messages that came in the same bytes, each with the number of its first part and how many parts it has.

    Args:
        reading: The first, with the others in `further`.

    Yields:
        Number of the first part, count of parts, reading. The first message is part 0 unless it is a manifest, whose
        parts are its bills (1..n); further messages count on.
    """
    following = 1
    for place, one in enumerate(reading.readings):
        if isinstance(one.document, Manifest):
            yield following, len(one.document.bills), one
            following += len(one.document.bills)
        elif place == 0:
            yield 0, 1, one
        else:
            yield following, 1, one
            following += 1


def _claims_of(reading: Reading, first: int, sender: str, received: datetime | None) -> Iterator[Claim]:
    """Claims of one message, whose first part has a number."""
    document, day = reading.document, day_of(reading.document, received)
    if isinstance(document, Manifest):
        for part, bill in enumerate(document.bills, start=first):
            yield msgspec.structs.replace(_claim_of_bill(document, bill, part, reading, sender), day=day)
    elif isinstance(document, Declaration):
        yield msgspec.structs.replace(_claim_of_declaration(document, reading, sender), part=first, day=day)
    elif document is not None:
        yield msgspec.structs.replace(_claim_of_notice(document, reading, sender), part=first, day=day)


def ending_reference(reading: Reading) -> tuple[str, str] | None:
    """Kind and value of the number that a sender's reference is, if it is one that is given again (see `reuse_of`).

    Returns:
        That of a manifest whose reference is its one transport document or begins with its master, and of an invoice or a
        packing list; None for every other paper, whose reference is given once.
    """
    document, reference = reading.document, reading.reference
    if reference is None:
        return None
    if isinstance(document, CommercialInvoice | PackingList):
        pair = ("INVOICE", f"/{_plain(document.number or '')}")
        return pair if len(pair[1]) > SHORTEST_INVOICE else None
    if not isinstance(document, Manifest):
        return None
    single = document.bills[0].id if len(document.bills) == 1 else None
    first = reference.partition("/")[0]
    for number, named in ((single, reference), (document.master_id, first)):
        value = _plain(number or "")[:BILL_LENGTH]
        if len(value) >= SHORTEST and _is_name(value) and value == _plain(named)[:BILL_LENGTH]:
            return "BL", value
    return None


def names_of_declaration(declaration: Declaration) -> tuple[Reference, ...]:
    """Every name on a declaration: its own, its items' and its equipment's, as written (0..n)."""
    shipment = declaration.shipment
    equipment = [unit.id for unit in shipment.equipment]
    equipment += [number for item in shipment.items for number in item.equipment_ids]
    return (
        *declaration.references,
        *(name for item in shipment.items for name in item.references),
        *(Reference("EQUIPMENT", number) for number in dict.fromkeys(equipment)),
    )


def names_of_bill(manifest: Manifest, bill: BillOfLading) -> tuple[Reference, ...]:
    """Every name on one transport document of a manifest, with the manifest's own, as written (0..n)."""
    master = bill.master_id or manifest.master_id
    is_house = bill.level == "house" or (bill.level is None and master is not None)
    names = [Reference("HBL" if is_house else "BL", bill.id)] if bill.id else []
    if is_house and master:
        names.append(Reference("BL", master))
    if bill.unique_reference:
        names.append(Reference("DOCUMENT", bill.unique_reference))
    names += [name for name in manifest.references if name.kind not in ("BL", "HBL")]
    names += _noted(bill.customs_notes)
    return (*names, *(Reference("EQUIPMENT", unit.id) for unit in bill.equipment))


def _noted(notes: tuple[CustomsNote, ...]) -> Iterator[Reference]:
    """Numbers that the notes of an air waybill give it: a UCR, a movement reference.

    A movement reference with a house waybill in the next line is of that house, not of the waybill the notes are on.
    """
    for place, note in enumerate(notes):
        is_of_house = place + 1 < len(notes) and notes[place + 1].subject_code == "HWB"
        if note.text and note.content_code == "U":
            yield Reference("UCR", note.text)
        elif note.text and note.content_code == "M" and not is_of_house:
            yield Reference("MRN", note.text)


def names_of_notice(notice: Document) -> tuple[Reference, ...]:
    """Every name on any other paper, with the equipment that it tells of, as written (0..n)."""
    units = notice.equipment if isinstance(notice, Response | Movement | CommercialInvoice) else ()
    equipment = [unit.id for unit in units]
    told = notice.movements if isinstance(notice, Movement) else ()
    equipment += [unit.id for movement in told for unit in movement.equipment]
    return (
        *notice.references,
        *(name for movement in told for name in movement.references),
        *(Reference("EQUIPMENT", number) for number in dict.fromkeys(equipment)),
    )


def _claim_of_declaration(declaration: Declaration, reading: Reading, sender: str) -> Claim:
    seller = _seller(declaration)
    names = names_of_declaration(declaration)
    found = [_only_finding(key) for key in keys((_of_seller(name, seller) for name in names), sender)]
    if is_of_earlier(declaration):
        found = [_not_joining_earlier(key, _plain(declaration.id or "")) for key in found]
    if reading.reference:
        found.append(_own(reading, sender))
    return Claim(
        role="declaration",
        keys=_sorted(found),
        paper=_own(reading, sender).value if reading.reference else None,
        earlier=_earlier(declaration, found),
        is_partial=bool(declaration.amendments),
    )


def _earlier(declaration: Declaration, found: Iterable[LinkKey]) -> tuple[str, ...]:
    """Registrations and movement references among some keys that a declaration names as papers before it, sorted."""
    shipment = declaration.shipment
    of_items = [one for item in shipment.items for one in item.previous_documents]
    before = (*declaration.previous_documents, *shipment.previous_documents, *of_items)
    named = {_plain(one.id) for one in before if one.id}
    numbers = (key.value for key in found if key.kind in ("MRN", "SAD"))
    return tuple(sorted(value for value in numbers if value.replace("/", "") in named))


def _claim_of_notice(notice: Document, reading: Reading, sender: str) -> Claim:
    """A commercial paper without any name that joins is held by its own reference, as a declaration is."""
    found = list(keys(names_of_notice(notice), sender))
    if isinstance(notice, CommercialInvoice | PackingList) and reading.reference:
        found.append(_own(reading, sender))
    paper = _own(reading, sender).value if reading.reference else None
    return Claim(role="notice", keys=_sorted(found), paper=paper)


def _seller(declaration: Declaration) -> str | None:
    """Who gave the numbers of the invoices that a declaration names."""
    shipment = declaration.shipment
    items = (party for item in shipment.items for party in (item.seller, item.consignor))
    parties = (shipment.seller, shipment.exporter, shipment.consignor, *items)
    return next((party.name for party in parties if party and party.name), None)


def _only_finding(key: LinkKey) -> LinkKey:
    """One invoice may be declared in many parts, which must not all join: it finds its declarations, and joins papers."""
    return LinkKey(*key.pair) if key.kind == "INVOICE" else key


def _of_seller(name: Reference, seller: str | None) -> Reference:
    return Reference("INVOICE", name.value, name.issuer or seller) if name.kind == "INVOICE" else name


def _not_joining_earlier(key: LinkKey, own: str) -> LinkKey:
    """Out of a warehouse or other procedure one entry is written off by many declarations, which must not all join."""
    is_earlier = key.kind in ("MRN", "SAD") and key.value.replace("/", "") != own
    return LinkKey(*key.pair) if is_earlier else key


def _claim_of_bill(manifest: Manifest, bill: BillOfLading, part: int, reading: Reading, sender: str) -> Claim:
    found = list(keys(names_of_bill(manifest, bill), sender))
    if reading.reference and not any(key.is_strong for key in found):
        found.append(_own(reading, sender, str(bill.line or part)))
    paper = _own(reading, sender, str(bill.line or part)).value if reading.reference else None
    return Claim(role="bill", part=part, keys=_sorted(found), paper=paper)


def _own(reading: Reading, sender: str, *line: str) -> LinkKey:
    """The message under its sender's own reference, which the book lets nobody use twice; of a later use, under its name."""
    return LinkKey("MESSAGE", "/".join((sender, reading.standard or "", reading.reference or "", *line)), True)


def _without_joining(claim: Claim) -> Claim:
    surest = min(claim.strong, key=lambda key: (STRONG.index(key.kind), key.value))
    return msgspec.structs.replace(claim, keys=(surest,))


def _keys_of(name: Reference, sender: str, manifests: list[str], has_house: bool) -> Iterable[LinkKey]:
    """Keys of one name; nearly always one."""
    if name.kind in ("BL", "HBL") and (manifests or has_house):
        return _made(name, sender, manifests, has_house)
    return _made_alone(name, sender if name.kind == "LRN" else "")


@lru_cache(_REMEMBERED)
def _made_alone(name: Reference, sender: str) -> tuple[LinkKey, ...]:
    """Keys of a name that are the same whatever stands beside it: a dossier asks for those of each again and again."""
    return tuple(_made(name, sender, [], False))


def _made(name: Reference, sender: str, manifests: list[str], has_house: bool) -> Iterator[LinkKey]:
    value = _compound(name) if name.kind in ("SAD", "MANIFEST") else _plain(name.value)
    if not _is_name(value):
        return
    match name.kind:
        case "HBL":
            yield from _bill(value, manifests)
        case "BL" if has_house:
            yield LinkKey("MASTER", value[:BILL_LENGTH])
        case "BL":
            yield from _bill(value, manifests)
        case "UCR" | "DUCR":
            yield LinkKey("UCR", value, len(value) >= SHORTEST)
        case "MRN" | "SAD":
            yield LinkKey(name.kind, value, len(value) >= SHORTEST)
        case "EQUIPMENT":
            number = EquipmentNumber.parse(name.value)
            yield LinkKey("EQUIPMENT", number.canonical if number else value)
        case "LRN":
            yield LinkKey("LRN", f"{sender}/{value}")
        case "INVOICE":
            yield LinkKey("INVOICE", value)
            if (seller := name_key(name.issuer or "")) and len(value) >= SHORTEST_INVOICE:
                yield LinkKey("INVOICE", f"{seller}/{value}", True)
        case _:
            yield LinkKey(name.kind, value)


def _bill(value: str, manifests: list[str]) -> Iterator[LinkKey]:
    """A transport document, on its own if its number can stand alone, else under each name of its manifest."""
    cut = value[:BILL_LENGTH]
    stands_alone = len(cut) >= SHORTEST
    yield LinkKey("BL", cut, stands_alone)
    if not stands_alone:
        yield from (LinkKey("BL", f"{manifest}/{cut}", True) for manifest in manifests)


def _part_collective(found: Iterable[LinkKey]) -> list[LinkKey]:
    """A collective declaration would make one dossier of strangers: its bills only find."""
    every = list(found)
    if sum(key.kind == "BL" and key.is_strong for key in every) <= MOST_BILLS:
        return every
    return [LinkKey(*key.pair) if key.kind == "BL" else key for key in every]


def _plain(text: str) -> str:
    """Letters and digits alone, upper case, compatibility forms resolved."""
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).upper()
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


def _compound(name: Reference) -> str:
    """A name of several parts (office, year, serial, number), parts kept apart, leading zeros gone."""
    parts = [_plain(part).lstrip("0") for part in name.value.replace("/", " ").split()]
    issuer = _plain(name.issuer or "").lstrip("0")
    if issuer and parts[:1] != [issuer]:
        parts.insert(0, issuer)
    return "/".join(part for part in parts if part)


def _is_name(value: str) -> bool:
    """Whether a value names anything: no filler word, no row of noughts or crosses, no long row of one character."""
    marks = set(value)
    return value not in _NO_NAME and not marks <= _FILLING and (len(value) < SHORTEST or len(marks) > 1)


def _sorted(found: Iterable[LinkKey]) -> tuple[LinkKey, ...]:
    short = (key if len(key.value) <= LONGEST else _shortened(key) for key in found)
    return tuple(sorted({key.pair: key for key in short}.values()))


def _shortened(key: LinkKey) -> LinkKey:
    """A key that fits an index: resolving compatibility forms may make eighteen characters of one."""
    digest = sha256(key.value.encode()).hexdigest()
    return msgspec.structs.replace(key, value=f"{key.value[: LONGEST - len(digest) - 1]}/{digest}")
