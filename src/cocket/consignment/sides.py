# SPDX-License-Identifier: Apache-2.0
"""The sides of a dossier: what was declared, billed, invoiced and packed, by the papers that hold today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from cocket.consignment.paper import Paper, statement
from cocket.consignment.statement import Statement, alone, together
from cocket.model import Party

_FLOW_OF_NATURE = {"22": "export", "23": "import", "24": "transit"}


class Voice(msgspec.Struct, frozen=True):
    """A paper with what it says, worked out once.

    Attributes:
        paper: The paper.
        says: What it says of the goods.
    """

    paper: Paper
    says: Statement


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The papers that hold today, by who speaks.

    Attributes:
        declarations: Declarations in index order (0..n), those of one flow alone.
        bills: Transport documents in index order (0..n), each number once, as last reported.
        declared: What the declarations say together; None if there are none.
        billed: What the bills say together; None if there are none.
        invoices: Invoices and credit notes in index order (0..n), each number of a seller once, as last sent.
        packing_lists: Packing lists and despatch advices in index order (0..n), each number of a sender once.
        invoiced: What the invoices say together, credit notes taken off their value; None if there is no invoice.
        packed: What the packing lists say together, despatch advices only if there is none; None if there are none.
    """

    declarations: tuple[Voice, ...] = ()
    bills: tuple[Voice, ...] = ()
    declared: Statement | None = None
    billed: Statement | None = None
    invoices: tuple[Voice, ...] = ()
    packing_lists: tuple[Voice, ...] = ()
    invoiced: Statement | None = None
    packed: Statement | None = None


def voices(papers: Iterable[Paper]) -> tuple[Voice, ...]:
    """Let each paper say what it says, oldest first.

    Args:
        papers: All papers, in any order.
    """
    in_order = sorted(papers, key=lambda paper: (paper.index, paper.part))
    return tuple(Voice(paper, statement(paper)) for paper in in_order)


def sides(every: Sequence[Voice]) -> Sides:
    """Sort the papers that hold today into the two sides.

    Args:
        every: All papers in index order.
    """
    speaking = [voice for voice in every if voice.paper.speaks]
    if len(speaking) == 1 and speaking[0].paper.declaration:  # nearly every dossier, when it is opened
        return Sides(declarations=tuple(speaking), declared=alone(speaking[0].says))
    latest = {voice.paper.bill.id or voice.paper.message_id: voice for voice in speaking if voice.paper.bill}
    bills = tuple(sorted(latest.values(), key=lambda voice: voice.paper.index))
    declarations = _of_one_flow([voice for voice in speaking if voice.paper.declaration], bills)
    invoices = _latest((v.paper.invoice.seller, v.paper.invoice.number, v) for v in speaking if v.paper.invoice)
    lists = _latest(
        (v.paper.packing_list.consignor, v.paper.packing_list.number, v) for v in speaking if v.paper.packing_list
    )
    return Sides(
        declarations=declarations,
        bills=bills,
        invoices=invoices,
        packing_lists=lists,
        invoiced=_invoiced(invoices),
        packed=_packed(lists),
        declared=together(voice.says for voice in _told_once(declarations)) if declarations else None,
        billed=together(voice.says for voice in bills) if bills else None,
    )


def as_number(value: Decimal | None) -> str | None:
    """A number as people write it, without an exponent or trailing noughts; None stays None."""
    return None if value is None else f"{value.normalize():f}"


def _latest(told: Iterable[tuple[Party | None, str | None, Voice]]) -> tuple[Voice, ...]:
    """Papers by who numbered them, each as it came last."""
    found = {
        ((party.id or party.name) if party else None, number or voice.paper.message_id): voice
        for party, number, voice in told
    }
    return tuple(sorted(found.values(), key=lambda voice: voice.paper.index))


def _invoiced(invoices: Sequence[Voice]) -> Statement | None:
    """What the invoices come to; a credit note changes what was paid, not what was sent."""
    billed = [voice.says for voice in invoices if voice.paper.invoice and voice.paper.invoice.kind == "invoice"]
    if not billed:
        return None
    whole = together(billed)
    return msgspec.structs.replace(whole, value=together(voice.says for voice in invoices).value)


def _packed(lists: Sequence[Voice]) -> Statement | None:
    """A despatch advice tells of the same goods as the packing list."""
    own = [v for v in lists if v.paper.packing_list and v.paper.packing_list.kind == "packing-list"]
    return together(voice.says for voice in own or lists) if lists else None


def _of_one_flow(declarations: list[Voice], bills: tuple[Voice, ...]) -> tuple[Voice, ...]:
    """Goods may be exported, carried in transit and imported under one name; each time all of them are declared."""
    flows = [voice.paper.declaration.flow for voice in declarations if voice.paper.declaration]
    nature = bills[-1].paper.bill.nature_code if bills and bills[-1].paper.bill else None
    wanted = _FLOW_OF_NATURE.get(nature or "", "")
    likely = [flow for flow in flows if flow != "cargo-report"] or flows  # goods announced are declared later
    flow = wanted if wanted in flows else likely[-1] if likely else None
    return tuple(voice for voice, theirs in zip(declarations, flows, strict=True) if theirs == flow)


def _told_once(declarations: tuple[Voice, ...]) -> tuple[Voice, ...]:
    """Part shipments add up; but what a host registered and what its traders sent themselves are the same goods."""
    of_the_host = tuple(voice for voice in declarations if voice.paper.declaration and voice.paper.declaration.status)
    return of_the_host or declarations
