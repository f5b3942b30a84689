# SPDX-License-Identifier: Apache-2.0
"""Rows of dossiers: what of them is protected, how they are read, and to which offices they belong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected
from cocket.stores.control import orders


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the queue shows of one consignment, and what the queue is sorted by.

    Lane, score and assessment are those the assessment worker wrote; None where the row does not agree with its sealed record.
    `office` is the one that advice is for, `offices` every one that its papers name. `declared_on` is the day of its declaration,
    `declared_by` what that day is; these two are written with a line, and read by what counts alone.
    """

    id: UUID
    title: str
    office: str | None
    trader: str | None
    goods: str | None
    equipment: int
    value: str | None
    received: datetime
    is_declared: bool
    is_cancelled: bool
    lane: str | None = None
    score: float | None = None
    assessment: UUID | None = None
    offices: tuple[str, ...] = ()
    declared_on: date | None = None
    declared_by: str | None = None


class Offices(msgspec.Struct, frozen=True, kw_only=True):
    """The offices of a dossier, as far as its rows agree with what the house wrote.

    Attributes:
        every: Of all its papers and orders (0..n).
        advised: Those that advice is for: of the newest declaration, and where its order is carried out (0..2).
        ordered: Those that its order is for: where it is carried out, and of the newest declaration if it is about that
            (0..2).
    """

    every: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()


#: What the queue shows of a dossier, and, written apart from it, what was advised. Neither covers when it was made.
LINES = Protected(
    table="consignment",
    key=("id",),
    columns=(
        "id",
        "title",
        "office",
        "trader",
        "goods",
        "equipment",
        "value",
        "received",
        "is_declared",
        "is_cancelled",
    ),
    mac="line_mac",
    about="id",
    empty={"title": "", "office": None, "trader": None, "goods": None, "is_declared": False, "is_cancelled": False},
)
ADVICE = Protected(
    table="consignment",
    key=("id",),
    columns=("id", "lane", "score", "assessment", "merged_into"),
    floats=("score",),
    about="id",
    empty={"lane": None, "score": None, "assessment": None, "merged_into": None},
)

#: Every office that the papers of a dossier name; nothing where it was last derived before these were kept.
OFFICES = Protected(
    table="consignment",
    key=("id",),
    columns=("id", "offices"),
    mac="offices_mac",
    about="id",
    empty={"offices": []},
)


#: Where a dossier stands in the order of work; nothing where it was last assessed before this was kept.
RANKS = Protected(
    table="consignment",
    key=("id",),
    columns=("id", "work_band", "work_worth", "work_stake", "work_due"),
    mac="work_mac",
    floats=("work_worth",),
    about="id",
    empty={"work_band": None, "work_worth": None, "work_stake": None, "work_due": None},
)


#: The day of the declaration, by which figures go; nothing where no day can be read.
DAYS = Protected(
    table="consignment",
    key=("id",),
    columns=("id", "declared_on", "declared_by"),
    mac="day_mac",
    about="id",
    empty={"declared_on": None, "declared_by": None},
)


#: Columns of a line, of advice and of offices with their MACs, for queries that know their tables by these names.
LINE = ", ".join(f"c.{name}" for name in (*LINES.columns, LINES.mac, *ADVICE.columns, ADVICE.mac))
OF_ADVICE = ", ".join((*ADVICE.columns, ADVICE.mac))
OF_OFFICES = ", ".join(
    (
        *(
            f"c.{name}"
            for name in (*LINES.columns, LINES.mac, *OFFICES.columns, OFFICES.mac, *ADVICE.columns, ADVICE.mac)
        ),
        orders.columns_of(orders.ORDERS, "o"),
    )
)


def read_offices(connection: Connection, row: Sequence[Any]) -> Offices:
    """Offices of a dossier from a row of `OF_OFFICES`, as far as it agrees with what the house wrote."""
    macs, first = connection.row_macs, len(LINES.columns) + 1
    second = first + len(OFFICES.columns) + 1
    line = macs.believed(connection, LINES, [row[:first]])
    papers = macs.believed(connection, OFFICES, [row[first:second]])
    third = second + len(ADVICE.columns) + 1
    advice = [one[ADVICE.columns.index("assessment")] for one in macs.believed(connection, ADVICE, [row[second:third]])]
    order = [
        orders.StoredOrder(**dict(zip(orders.ORDERS.columns, one, strict=True)))
        for one in macs.believed(connection, orders.ORDERS, [row[third:]] if row[third] else [])
    ]
    at_order = [one.office for one in order]
    own = [one for one in order if one.consignment == row[0]]
    of_paper = [one[LINES.columns.index("office")] for one in line]
    newest = next(iter(advice), None)
    current = [one for one in own if one.status == "open" or not (newest and one.record and one.record < newest)]
    advised = [*of_paper, *(one.office for one in current)]
    ordered = [one.office for one in own] + (of_paper if current or not any(one.office for one in own) else [])
    return Offices(
        every=_once(*advised, *at_order, *(name for one in papers for name in one[1])),
        advised=_once(*advised),
        ordered=_once(*ordered),
    )


def joined(one: Offices, other: Offices) -> Offices:
    """The offices of both."""
    return Offices(
        every=_once(*one.every, *other.every),
        advised=_once(*one.advised, *other.advised),
        ordered=_once(*one.ordered, *other.ordered),
    )


def _once(*offices: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(office for office in offices if office))


def read_line(connection: Connection, row: Sequence[object]) -> Line:
    """A line, without what does not agree with its sealed record."""
    parts = len(LINES.columns) + 1
    macs, names = connection.row_macs, Line.__struct_fields__
    fields = dict(zip(LINES.columns, row, strict=False))
    if not macs.believed(connection, LINES, [row[:parts]]):
        fields |= {"title": "", "office": None, "trader": None, "goods": None, "value": None, "is_cancelled": False}
    advised = macs.believed(connection, ADVICE, [row[parts:]])
    advice = dict(zip(ADVICE.columns, advised[0], strict=True)) if advised else {}
    return Line(**{name: value for name, value in (fields | advice).items() if name in names})  # type: ignore[arg-type]
