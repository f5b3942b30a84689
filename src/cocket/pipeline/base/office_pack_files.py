# SPDX-License-Identifier: Apache-2.0
"""Packs of offices as the house keeps them: which orders each took along, and what came back of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.exchange.office_packs import OfficeResult

#: Kind of the documents, and of their sealed records.
PACK: Final = "office-pack"

#: What came of a result: recorded; kept beside, since its order had changed meanwhile; the same as before; another than before;
#: or not recorded.
ResultOutcome = Literal["recorded", "beside", "same", "other", "refused"]

#: How a result came: by the laptop's file, by the code of one result that a laptop printed, or entered from a paper form.
Came = Literal["laptop", "slip", "paper"]


class PackedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a pack: its place, id, the name of its consignment, and what it rested on."""

    number: int
    order: str
    title: str
    basis: dict[str, str | None]


class PackResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one result that was handed in.

    Attributes:
        order: Id of the order; empty where it is not known.
        title: Name of its consignment.
        outcome: What came of it.
        words: Why, in words; empty where it was recorded.
        held_by: Other agencies that hold the goods now, each with its legal basis: a result releases nothing of theirs (0..n).
    """

    order: str
    title: str
    outcome: ResultOutcome
    words: str = ""
    held_by: tuple[tuple[str, str], ...] = ()


class TakenResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result that came back.

    Attributes:
        result: As it came first.
        outcome: `recorded` or `beside`.
        came: How it came.
        words: Why it is kept beside, in words; empty where it is not.
        series: File of the laptop that it came from; empty for a paper form.
        by: Who handed it in.
        at: When, UTC.
    """

    result: OfficeResult
    outcome: ResultOutcome
    came: Came
    words: str = ""
    series: str = ""
    by: str
    at: datetime


class AgainResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result that recorded nothing: its order had one already, or it was refused.

    Attributes:
        order: Id of the order.
        result: As it came.
        outcome: `same` as what came first, `other`, or `refused`.
        came: How it came.
        words: Why it was refused, in words; empty where it was not.
        times: How often (count).
        by: Who handed it in first.
        at: When it came last, UTC.
    """

    order: str
    result: OfficeResult
    outcome: ResultOutcome
    came: Came
    words: str = ""
    times: int = 1
    by: str
    at: datetime


class KeptPack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pack that was given out; also its sealed record. Its content is not kept.

    Attributes:
        id: Its id.
        office: Office that it is for.
        made: When, UTC.
        until: How long it is good, UTC.
        vkey: Key by which its results are signed.
        orders: What it took along (0..200).
        taken: Order → what came back (0..200).
        again: What came and recorded nothing (0..n).
        by: Who had it made.
    """

    id: str
    office: str
    made: datetime
    until: datetime
    vkey: str
    orders: tuple[PackedOrder, ...]
    taken: dict[str, TakenResult] = {}
    again: tuple[AgainResult, ...] = ()
    by: str


class PackBack(msgspec.Struct, frozen=True, kw_only=True):
    """What is back of a pack.

    Attributes:
        recorded: Orders of which a result is recorded (count).
        beside: Orders of which a result is kept beside what stands, and none is recorded by it (count).
        compare: Orders for which another result came besides, to be compared (count).
        refused: Orders that have no result, since what came for them was refused (count).
    """

    recorded: int
    beside: int
    compare: int
    refused: int


def back_of(pack: KeptPack) -> PackBack:
    """What is back of a pack."""
    outcomes = [one.outcome for one in pack.taken.values()]
    return PackBack(
        recorded=outcomes.count("recorded"),
        beside=outcomes.count("beside"),
        compare=len({one.order for one in pack.again if one.outcome == "other"}),
        refused=len({one.order for one in pack.again if one.outcome == "refused"} - pack.taken.keys()),
    )


def pack_line(pack: KeptPack) -> dict[str, object]:
    """A pack as lists of packs name it."""
    return {
        "id": pack.id, "office": pack.office, "made": pack.made, "until": pack.until, "by": pack.by, "orders": len(pack.orders),
        "taken": len(pack.taken), **msgspec.structs.asdict(back_of(pack)),
    }  # fmt: skip


class PackLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came for one order of a pack, by every way: one declaration, and one result or none.

    Attributes:
        number: Its place in the pack (1-based).
        order: Its id.
        title: Name of the consignment.
        consignment: Its id; empty where the order is not there any more.
        declaration: Message of the declaration on which it rested; empty for none.
        gateway: Key of the gateway that brought the declaration; empty where it came over the line.
        taken: The one result; None while none is back.
        again: What came besides, and recorded nothing (0..n).
    """

    number: int
    order: str
    title: str
    consignment: str = ""
    declaration: str = ""
    gateway: str = ""
    taken: TakenResult | None = None
    again: tuple[AgainResult, ...] = ()


class PackStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a pack stands.

    Attributes:
        id: Its id.
        office: Office that it is for.
        made: When, UTC.
        until: How long it is good, UTC.
        by: Who had it made.
        lines: Its orders (0..200).
    """

    id: str
    office: str
    made: datetime
    until: datetime
    by: str
    lines: tuple[PackLine, ...]


class PaperForm(msgspec.Struct, frozen=True, kw_only=True):
    """A paper form that was found by its code.

    Attributes:
        pack: Its pack, with what came back of it already.
        order: Its order.
        held_by: Other agencies that hold the goods now, each with its legal basis (0..n).
    """

    pack: KeptPack
    order: PackedOrder
    held_by: tuple[tuple[str, str], ...] = ()


class FoundForm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper form that was found in a photo.

    Attributes:
        code: As it is read; what it is entered by.
        title: Name of the consignment; empty where the form is not accepted.
        before: What came back of its order before; None for nothing.
        words: Why it is not accepted, in words; empty where it is.
    """

    code: str
    title: str = ""
    before: TakenResult | None = None
    words: str = ""


class PhotoTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a photo of paper forms gave.

    Attributes:
        forms: Forms whose results are to be entered (0..20).
        results: What came of results that a laptop printed as codes (0..20).
        foreign: Other codes in the photo (count).
        unreadable: Codes that are there, but cannot be read (count).
    """

    forms: tuple[FoundForm, ...]
    results: tuple[PackResult, ...]
    foreign: int
    unreadable: int
