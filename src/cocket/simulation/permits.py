# SPDX-License-Identifier: Apache-2.0
"""Permits of the synthetic country: most traders hold what their goods need and say so, one permit is used up, some say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from random import Random

import msgspec

from cocket.measures.permits import Item, Matrix, Permit, Requirement, items_of, required
from cocket.model import AdditionalDocument, Declaration, GovernmentAgencyGoodsItem, Party

_PRESENTED = 0.88
_ROOM = Decimal("1.25")
_UNIT = "KGM"
_VALID_DAYS = timedelta(days=365)
_ISSUED_BEFORE = timedelta(days=20)


class Licensed(msgspec.Struct, frozen=True, kw_only=True):
    """Declarations with the papers that they present for the agencies.

    Attributes:
        declarations: All declarations, in the order given.
        permits: Permits that the agencies gave (0..n), by name.
        missing: Needs for which nothing is presented (count).
    """

    declarations: tuple[Declaration, ...]
    permits: tuple[Permit, ...]
    missing: int


def present_permits(declarations: Iterable[Declaration], matrix: Matrix, seed: int) -> Licensed:
    """Let the traders present papers for what the matrix asks of their goods.

    Args:
        declarations: Declarations with their day; one without is left as it is.
        matrix: The permit matrix.
        seed: The same seed presents the same papers.

    Returns:
        The declarations with papers. Of the permits that are asked for more than once, the first by name has room for
        its first declaration alone.
    """
    hand = _Hand(matrix, Random(f"{seed}:permits"))
    done = tuple(hand.present(declaration) for declaration in declarations)
    return Licensed(declarations=done, permits=tuple(hand.permits()), missing=hand.missing)


class _Hand:
    """Presents papers, and remembers what is drawn on each permit."""

    def __init__(self, matrix: Matrix, dice: Random) -> None:
        self._matrix, self._dice = matrix, dice
        self._drawn: dict[tuple[str, str], list[Decimal]] = {}
        self._needs: dict[str, Requirement] = {}
        self._first: date | None = None
        self.missing = 0

    def present(self, declaration: Declaration) -> Declaration:
        """The declaration with the papers of its items."""
        day, holder = _day(declaration), _holder(declaration)
        if day is None or holder is None:
            return declaration
        self._first = min(self._first or day, day)
        goods = zip(declaration.shipment.items, items_of(declaration, day), strict=True)
        drawn: dict[tuple[str, str], Decimal] = {}
        items = tuple(self._with_papers(item, asked, (holder, day), drawn) for item, asked in goods)
        for name, quantity in drawn.items():
            self._drawn.setdefault(name, []).append(quantity)
        shipment = msgspec.structs.replace(declaration.shipment, items=items)
        return msgspec.structs.replace(declaration, shipment=shipment)

    def permits(self) -> Iterable[Permit]:
        """The permits that the agencies gave."""
        shared = min((name for name, drawn in self._drawn.items() if len(drawn) > 1), default=None)
        for name, drawn in sorted(self._drawn.items()):
            need, holder = self._needs[name[0]], name[1]
            room = drawn[0] if name == shared else (sum(drawn, Decimal(0)) * _ROOM).quantize(Decimal(1), ROUND_UP)
            first = (self._first or date.min) - _ISSUED_BEFORE
            yield Permit(
                agency=need.agency,
                type=need.papers[0],
                number=_number(need, holder),
                holder=holder,
                codes=need.scope.codes,
                valid_from=first,
                valid_to=first + _VALID_DAYS,
                quantity=room,
                unit=_UNIT,
            )

    def _with_papers(
        self,
        item: GovernmentAgencyGoodsItem,
        asked: Item,
        whose: tuple[str, date],
        drawn: dict[tuple[str, str], Decimal],
    ) -> GovernmentAgencyGoodsItem:
        holder, day = whose
        papers = []
        for need in (
            one.requirement for one in required(asked, self._matrix) if one.is_certain and one.requirement.papers
        ):
            if self._dice.random() >= _PRESENTED:
                self.missing += 1
                continue
            name = (need.code, holder)
            self._needs[need.code] = need
            if need.is_registered:
                drawn[name] = drawn.get(name, Decimal(0)) + asked.quantities.get(_UNIT, Decimal(0))
            number = (
                _number(need, holder)
                if need.is_registered
                else f"{need.code}-{day:%y%m%d}-{self._dice.randrange(10_000):04d}"
            )
            papers.append(
                AdditionalDocument(
                    type_code=need.papers[0], name=need.says.upper(), id=number, issued=day - _ISSUED_BEFORE
                )
            )
        return msgspec.structs.replace(item, documents=(*item.documents, *papers)) if papers else item


def _number(need: Requirement, holder: str) -> str:
    """Number of a trader's permit."""
    return f"{need.agency[:2]}-{need.code}-{holder}"


def _day(declaration: Declaration) -> date | None:
    registered = declaration.status.registered if declaration.status else None
    return registered or (declaration.issued.date() if declaration.issued else None)


def _holder(declaration: Declaration) -> str | None:
    whole = declaration.shipment
    named: tuple[Party | None, ...] = (whole.importer, whole.consignee)
    return next((one.id for one in named if one and one.id), None)
