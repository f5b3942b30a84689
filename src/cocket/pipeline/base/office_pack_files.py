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


class PackedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a pack: its place, id, the name of its consignment, what its paper form bears, and what it rested on."""

    number: int
    order: str
    title: str
    token: str
    basis: dict[str, str | None]


class TakenResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result that came back.

    Attributes:
        result: As it came first.
        outcome: `recorded` or `beside`.
        came: By the laptop's file or from a paper form.
        words: Why it is kept beside, in words; empty where it is not.
        by: Who handed it in.
        at: When, UTC.
    """

    result: OfficeResult
    outcome: ResultOutcome
    came: Literal["laptop", "paper"]
    words: str = ""
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
        by: Who had it made.
    """

    id: str
    office: str
    made: datetime
    until: datetime
    vkey: str
    orders: tuple[PackedOrder, ...]
    taken: dict[str, TakenResult] = {}
    by: str
