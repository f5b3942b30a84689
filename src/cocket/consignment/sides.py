# SPDX-License-Identifier: Apache-2.0
"""The sides of a dossier, what was declared, billed, invoiced and packed, and their fields side by side.

Several declarations may share a bill of lading (part shipments): quantities and lists are therefore compared as wholes,
all that was declared against all that was billed. Words and parties are compared paper by paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from cocket.consignment import agreement
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


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value on one paper.

    Attributes:
        text: The value as text; None where the paper does not say.
        differs: Whether it disagrees with what was said first.
    """

    text: str | None = None
    differs: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One field over all papers of a dossier.

    Attributes:
        name: Stable name of the field.
        label: English label, the key for translation.
        cells: One a paper, in the order of `Dossier.papers`.
        first: Place in `cells` of the paper that said it first (0-based); None if no paper says it.
    """

    name: str
    label: str
    cells: tuple[Cell, ...]
    first: int | None = None

    @property
    def differs(self) -> bool:
        """Whether any paper disagrees with the first."""
        return any(cell.differs for cell in self.cells)


class _Field(msgspec.Struct, frozen=True):
    """How a field is shown and compared: `whole` with the other side, else paper by paper; without `same` never."""

    name: str
    label: str
    text: Callable[[Statement], str | None]
    same: Callable[[Any, Any], bool | None] | None
    whole: bool


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


def rows(every: Sequence[Voice], two: Sides) -> tuple[Row, ...]:
    """Fields side by side.

    Args:
        every: All papers in index order.
        two: The same papers by side.

    Returns:
        A row for each field that any paper states, in reading order. Papers that do not hold show their values, but
        are not compared.
    """
    made = (_row(field, every, two) for field in _FIELDS)
    return tuple(row for row in made if row.first is not None)


def text_of(name: str, says: Statement) -> str | None:
    """What a statement says of a field, as people read it; None where it does not say.

    Args:
        name: Name of the field, as in `Row`.
        says: The statement.
    """
    return next(field.text(says) for field in _FIELDS if field.name == name)


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


def _row(field: _Field, every: Sequence[Voice], two: Sides) -> Row:
    texts = [field.text(voice.says) for voice in every]
    stated = [n for n, text in enumerate(texts) if text is not None]
    holding = [n for n in stated if every[n].paper.speaks]
    strays = _strays(field, every, two, holding)
    cells = tuple(Cell(text=text, differs=n in strays) for n, text in enumerate(texts))
    return Row(name=field.name, label=field.label, cells=cells, first=next(iter(holding or stated), None))


def _strays(field: _Field, every: Sequence[Voice], two: Sides, holding: Sequence[int]) -> set[int]:
    """Places of the papers that disagree with what was said first, among those that hold and state the field."""
    if field.same is None or not holding:
        return set()
    if not field.whole:
        first = getattr(every[holding[0]].says, field.name)
        return {n for n in holding[1:] if field.same(first, getattr(every[n].says, field.name)) is False}
    strays: set[int] = set()
    others = ((two.bills, two.billed), (two.invoices, two.invoiced), (two.packing_lists, two.packed))
    for side, said in others:
        if two.declared is None or said is None:
            continue
        if field.same(getattr(two.declared, field.name), getattr(said, field.name)) is False:
            later = max(two.declarations, side, key=lambda voices: voices[0].paper.index)
            strays |= {n for n in holding if every[n] in later}
    return strays


def _list(values: Sequence[str], between: str = ", ") -> str | None:
    return between.join(values) or None


def _count(value: int | None) -> str | None:
    return None if value is None else str(value)


def _who(party: Party | None) -> str | None:
    return (party.name or party.id) if party else None


def _money(one: Statement) -> str | None:
    return None if one.value is None else f"{one.value.currency or ''} {one.value.value:f}".strip()


_FIELDS = (
    _Field("goods", "goods", lambda s: _list(s.goods, "; "), agreement.same_goods, whole=False),
    _Field("packages", "packages", lambda s: _count(s.packages), agreement.same_count, whole=True),
    _Field("gross_mass_kg", "gross kg", lambda s: as_number(s.gross_mass_kg), agreement.same_mass, whole=True),
    _Field("hs_codes", "HS codes", lambda s: _list(s.hs_codes), agreement.same_codes, whole=True),
    _Field("origins", "origin", lambda s: _list(s.origins), None, whole=False),
    _Field("consignee", "consignee", lambda s: _who(s.consignee), agreement.same_party, whole=False),
    _Field("consignor", "consignor", lambda s: _who(s.consignor), agreement.same_party, whole=False),
    _Field("equipment", "containers", lambda s: _list(s.equipment), agreement.same_set, whole=True),
    _Field("seals", "seals", lambda s: _list(s.seals), agreement.same_set, whole=True),
    _Field("value", "value", _money, agreement.same_money, whole=True),
)
