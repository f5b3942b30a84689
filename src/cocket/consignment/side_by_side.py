# SPDX-License-Identifier: Apache-2.0
"""The papers of a dossier side by side: one row a field, who said it first, and who says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cocket.consignment import agreement
from cocket.consignment.comparison import other_consignees, sides_that_disagree
from cocket.consignment.sides import Sides, Voice, as_number
from cocket.consignment.statement import Statement
from cocket.model import Party


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value on one paper.

    Attributes:
        text: The value as text; None where the paper does not say.
        differs: Whether it disagrees with what was said before; never so of the paper that said it first.
    """

    text: str | None = None
    differs: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One field over all papers of a dossier.

    Attributes:
        name: Stable name of the field.
        label: English label, the key for translation.
        cells: One a paper, in the order of `Dossier.papers`.
        first: Place in `cells` of the paper that said it first, by `Paper.said` (0-based), of those that hold before all
            others; None if no paper says it.
    """

    name: str
    label: str
    cells: tuple[Cell, ...]
    first: int | None = None

    @property
    def differs(self) -> bool:
        """Whether any paper disagrees."""
        return any(cell.differs for cell in self.cells)


class _Field(msgspec.Struct, frozen=True):
    """How a field is shown; `same` compares words and parties paper by paper too."""

    name: str
    label: str
    text: Callable[[Statement], str | None]
    same: Callable[[Any, Any], bool | None] | None = None


def rows(every: Sequence[Voice], two: Sides) -> tuple[Row, ...]:
    """Fields side by side.

    Args:
        every: All papers in index order.
        two: The same papers by side.

    Returns:
        A row for each field that any paper states, in reading order. Papers that do not hold show their values, but
        are not compared.
    """
    order = sorted(range(len(every)), key=lambda n: every[n].paper.said)
    made = (_row(field, every, two, order) for field in _FIELDS)
    return tuple(row for row in made if row.first is not None)


def contradictions(one: Statement, other: Statement) -> tuple[str, ...]:
    """What speaks against two papers being of one consignment, though they bear one number.

    Goods, commodity codes, parties and containers are compared. Quantities are not: parts of a consignment have others.

    Returns:
        Labels of what differs, if at least two of them do and none of what both state agrees (0, 2..5).
    """
    verdicts = {
        "goods": agreement.same_goods(one.goods, other.goods),
        "HS codes": agreement.same_codes(one.hs_codes, other.hs_codes),
        "consignee": agreement.same_party(one.consignee, other.consignee),
        "consignor": agreement.same_party(one.consignor, other.consignor),
        "containers": bool({*one.equipment} & {*other.equipment}) if one.equipment and other.equipment else None,
    }
    differ = tuple(label for label, same in verdicts.items() if same is False)
    return differ if len(differ) > 1 and True not in verdicts.values() else ()


def text_of(name: str, says: Statement) -> str | None:
    """What a statement says of a field, as people read it; None where it does not say.

    Args:
        name: Name of the field, as in `Row`.
        says: The statement.
    """
    return next(field.text(says) for field in _FIELDS if field.name == name)


def _row(field: _Field, every: Sequence[Voice], two: Sides, order: Sequence[int]) -> Row:
    texts = [field.text(voice.says) for voice in every]
    stated = [n for n in order if texts[n] is not None]
    holding = [n for n in stated if every[n].paper.speaks]
    strays = _strays(field, every, two, holding)
    cells = tuple(Cell(text=text, differs=n in strays) for n, text in enumerate(texts))
    return Row(name=field.name, label=field.label, cells=cells, first=next(iter(holding or stated), None))


def _strays(field: _Field, every: Sequence[Voice], two: Sides, holding: Sequence[int]) -> set[int]:
    """Places of the papers that disagree, among those that hold and state the field.

    Args:
        field: The field.
        every: All papers in index order.
        two: The same papers by side.
        holding: Places of the papers that hold and state the field, in the order in which they were said.

    Returns:
        Of each two that disagree the one that was said later, so never the first of all.
    """
    strays: set[int] = set()
    if field.same is not None and holding:
        first = getattr(every[holding[0]].says, field.name)
        strays |= {n for n in holding[1:] if field.same(first, getattr(every[n].says, field.name)) is False}
    against = [(two.declarations, getattr(two, side)) for side in sides_that_disagree(two, field.name)]
    if field.name == "consignee":
        against += [((mine,), (theirs,)) for mine, theirs in other_consignees(two)]
    for mine, theirs in against:
        earlier, later = _places(holding, every, mine), _places(holding, every, theirs)
        if earlier and later:
            if holding.index(earlier[0]) > holding.index(later[0]):
                earlier, later = later, earlier
            strays.update(later)
    return strays


def _places(holding: Sequence[int], every: Sequence[Voice], side: Sequence[Voice]) -> list[int]:
    """Which of the places are of a side, in their order."""
    papers = {(voice.paper.index, voice.paper.part) for voice in side}
    return [n for n in holding if (every[n].paper.index, every[n].paper.part) in papers]


def _list(values: Sequence[str], between: str = ", ") -> str | None:
    return between.join(values) or None


def _count(value: int | None) -> str | None:
    return None if value is None else str(value)


def _who(party: Party | None) -> str | None:
    return (party.name or party.id) if party else None


def _money(one: Statement) -> str | None:
    return None if one.value is None else f"{one.value.currency or ''} {one.value.value:f}".strip()


def _quantities(one: Statement) -> str | None:
    return _list([f"{as_number(quantity)} {unit}" for unit, quantity in one.quantities])


_FIELDS = (
    _Field("goods", "goods", lambda s: _list(s.goods, "; "), agreement.same_goods),
    _Field("packages", "packages", lambda s: _count(s.packages)),
    _Field("gross_mass_kg", "gross kg", lambda s: as_number(s.gross_mass_kg)),
    _Field("quantities", "quantity", _quantities),
    _Field("hs_codes", "HS codes", lambda s: _list(s.hs_codes)),
    _Field("origins", "origin", lambda s: _list(s.origins)),
    _Field("consignee", "consignee", lambda s: _who(s.consignee), agreement.same_party),
    _Field("consignor", "consignor", lambda s: _who(s.consignor), agreement.same_party),
    _Field("equipment", "containers", lambda s: _list(s.equipment)),
    _Field("seals", "seals", lambda s: _list(s.seals)),
    _Field("value", "value", _money),
)
