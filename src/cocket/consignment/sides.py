# SPDX-License-Identifier: Apache-2.0
"""The two sides of a dossier, what was declared and what was billed, and their fields side by side.

Several declarations may share a bill of lading (part shipments): quantities and lists are therefore compared as wholes,
all that was declared against all that was billed. Words and parties are compared paper by paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from cocket.consignment import agreement
from cocket.consignment.paper import Paper, Statement, statement, together
from cocket.model import Party

_FLOW_OF_NATURE = {"22": "export", "23": "import", "24": "transit"}


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The papers that hold today, by who speaks.

    Attributes:
        declarations: Declarations in index order (0..n), those of one flow alone.
        bills: Transport documents in index order (0..n), each number once, as last reported.
        declared: What the declarations say together; None if there are none.
        billed: What the bills say together; None if there are none.
    """

    declarations: tuple[Paper, ...] = ()
    bills: tuple[Paper, ...] = ()
    declared: Statement | None = None
    billed: Statement | None = None


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
    """How a field is shown and compared: `whole` against the other side, else paper by paper; None is never compared."""

    name: str
    label: str
    text: Callable[[Statement], str | None]
    same: Callable[[Any, Any], bool | None] | None
    whole: bool


def sides(papers: Sequence[Paper]) -> Sides:
    """Sort the papers that hold today into the two sides.

    Args:
        papers: All papers in index order.
    """
    speaking = [paper for paper in papers if paper.speaks]
    latest = {paper.bill.id or paper.message_id: paper for paper in speaking if paper.bill}
    bills = tuple(paper for paper in speaking if paper in latest.values())
    declarations = _of_one_flow([paper for paper in speaking if paper.declaration], bills)
    return Sides(
        declarations=declarations,
        bills=bills,
        declared=together(map(statement, declarations)) if declarations else None,
        billed=together(map(statement, bills)) if bills else None,
    )


def rows(papers: Sequence[Paper], two: Sides) -> tuple[Row, ...]:
    """Fields side by side.

    Args:
        papers: All papers in index order.
        two: The same papers by side.

    Returns:
        A row for each field that any paper states, in reading order. Papers that do not hold show their values, but
        are not compared.
    """
    said = tuple(statement(paper) for paper in papers)
    made = (_row(field, papers, said, two) for field in _FIELDS)
    return tuple(row for row in made if row.first is not None)


def _of_one_flow(declarations: list[Paper], bills: tuple[Paper, ...]) -> tuple[Paper, ...]:
    """Goods may be exported, carried in transit and imported under one name; each time all of them are declared."""
    flows = [paper.declaration.flow for paper in declarations if paper.declaration]
    nature = bills[-1].bill.nature_code if bills and bills[-1].bill else None
    wanted = _FLOW_OF_NATURE.get(nature or "", "")
    flow = wanted if wanted in flows else flows[-1] if flows else None
    return tuple(paper for paper, theirs in zip(declarations, flows, strict=True) if theirs == flow)


def _row(field: _Field, papers: Sequence[Paper], said: Sequence[Statement], two: Sides) -> Row:
    texts = [field.text(one) for one in said]
    first = next((n for n, text in enumerate(texts) if text is not None and papers[n].speaks), None)
    if first is None:
        first = next((n for n, text in enumerate(texts) if text is not None), None)
    strays = _strays(field, papers, said, two)
    cells = tuple(Cell(text=text, differs=text is not None and n in strays) for n, text in enumerate(texts))
    return Row(name=field.name, label=field.label, cells=cells, first=first)


def _strays(field: _Field, papers: Sequence[Paper], said: Sequence[Statement], two: Sides) -> set[int]:
    """Places of the papers that disagree with what was said first."""
    if field.same is None:
        return set()
    if field.whole:
        if not two.declared or not two.billed or field.same(*_pair(field, two.declared, two.billed)) is not False:
            return set()
        later = max(two.declarations, two.bills, key=lambda side: side[0].index)
        return {n for n, paper in enumerate(papers) if paper in later}
    speaking = [n for n, paper in enumerate(papers) if paper.speaks and field.text(said[n]) is not None]
    return {n for n in speaking[1:] if field.same(*_pair(field, said[speaking[0]], said[n])) is False}


def _pair(field: _Field, one: Statement, other: Statement) -> tuple[Any, Any]:
    return getattr(one, field.name), getattr(other, field.name)


def _list(values: Sequence[str], between: str = ", ") -> str | None:
    return between.join(values) or None


def _count(value: int | None) -> str | None:
    return None if value is None else str(value)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _who(party: Party | None) -> str | None:
    return (party.name or party.id) if party else None


def _money(one: Statement) -> str | None:
    return None if one.value is None else f"{one.value.currency or ''} {one.value.value:f}".strip()


_FIELDS = (
    _Field("goods", "goods", lambda s: _list(s.goods, "; "), agreement.same_goods, whole=False),
    _Field("packages", "packages", lambda s: _count(s.packages), agreement.same_count, whole=True),
    _Field("gross_mass_kg", "gross kg", lambda s: _number(s.gross_mass_kg), agreement.same_mass, whole=True),
    _Field("hs_codes", "HS codes", lambda s: _list(s.hs_codes), agreement.same_codes, whole=True),
    _Field("origins", "origin", lambda s: _list(s.origins), None, whole=False),
    _Field("consignee", "consignee", lambda s: _who(s.consignee), agreement.same_party, whole=False),
    _Field("consignor", "consignor", lambda s: _who(s.consignor), agreement.same_party, whole=False),
    _Field("equipment", "containers", lambda s: _list(s.equipment), agreement.same_set, whole=True),
    _Field("seals", "seals", lambda s: _list(s.seals), agreement.same_set, whole=True),
    _Field("value", "value", _money, agreement.same_money, whole=True),
)
