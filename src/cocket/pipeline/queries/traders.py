# SPDX-License-Identifier: Apache-2.0
"""What the house knows of a trader, and the search that leads to traders, containers, goods and words.

A trader is what declarations say of one: nothing here judges a person. Each dossier behind a figure is decided by itself,
so a trader whom a reader's offices do not know is none for him. Results are those that were sealed, and no others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

import msgspec

from cocket.codes import EquipmentNumber
from cocket.consignment import is_ending, search_keys
from cocket.control.audit.trader_year import interval
from cocket.control.standing import Standing
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ownership import Belonging, belongings, of_result
from cocket.pipeline.consignment.marks import value_of
from cocket.pipeline.control.advice import results_of
from cocket.pipeline.control.views import ConsignmentView, ResultView
from cocket.pipeline.credentials.standings import KIND as STANDING
from cocket.pipeline.queries.lines import disclosed_lines
from cocket.risk.suspicion import TraderRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import PARTIES, Mark, Marks, MonthOfOthers, words_query
from cocket.stores.consignment.rows import Line

#: Dossiers of a trader that figures are made of, newest first; of one with more the page says so (count).
MOST: Final = 500

#: Lines of one part of a page, and of a search (count).
_LINES: Final = 25

#: Newest dossiers with an order in whose heads the count of results is looked for (count).
_ADVISED: Final = 5

#: Parties in the picture of the network, and codes of goods to choose from (count).
_RELATED, _CODES = 8, 6

#: Dossiers of others at the same address that are looked at (count).
_AT_ADDRESS: Final = 50

#: How far back unit values are compared (days).
_DAYS: Final = 366

#: Digits of a commodity code by which goods are compared.
_HS6: Final = 6

_SHORTEST_CODE, _LONGEST_CODE = 2, 10


class TraderFound(msgspec.Struct, frozen=True, kw_only=True):
    """A trader that a search found.

    Attributes:
        key: Number, or name without spaces and marks, by which the trader is known here.
        name: Name as last written; None where only the key is known.
        dossiers: In how many of the newest dossiers (count).
    """

    key: str
    name: str | None
    dossiers: int


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found; each part as far as this reader may see it.

    Attributes:
        text: What was looked for.
        named: Consignments that are known by it as a reference, newest first (0..50).
        container: The container that it names, in canonical form; None if it names none. Then `named` is its history.
        code: The commodity code that it begins; None if it is no code.
        goods: Consignments of such goods, newest first (0..25); `has_more_goods` whether there are others.
        traders: Traders of that number or name, those with most dossiers first (0..n).
        lines: Consignments whose reference, trader or goods have these words, newest first (0..25); `has_more` whether
            there are others.
    """

    text: str
    named: tuple[ConsignmentView, ...] = ()
    container: str | None = None
    code: str | None = None
    goods: tuple[ConsignmentView, ...] = ()
    has_more_goods: bool = False
    traders: tuple[TraderFound, ...] = ()
    lines: tuple[ConsignmentView, ...] = ()
    has_more: bool = False


class TraderResult(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed result on a consignment of a trader."""

    consignment: str
    title: str
    result: ResultView


class PricePoint(msgspec.Struct, frozen=True, kw_only=True):
    """What one kg was declared at on a day, national currency, and whether an examination of it found something."""

    day: date
    per_kg: float
    consignment: str
    title: str
    is_irregular: bool


class RelatedParty(msgspec.Struct, frozen=True, kw_only=True):
    """A party that a trader has to do with.

    Attributes:
        key: How it is known here.
        name: Name as last written; None where only the key is known.
        role: `IMPORTER`, `DECLARANT`, `SELLER`, `CARRIER`; `ADDRESS` for an importer at the same address.
        dossiers: Shared consignments, or those of the other at this address (count).
        of: Consignments of the trader that were looked at (count).
        newest: The newest of them, and `title` its name.
        is_strong: Whether it is a fact that only one of them should have.
    """

    key: str
    name: str | None
    role: str
    dossiers: int
    of: int
    newest: str
    title: str
    is_strong: bool = False


class TraderStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An authorisation of a trader: programme, number, how it stands (`valid`, `suspended`, `withdrawn`), and its last day."""

    scheme: str
    number: str
    status: str
    valid_to: date | None


class TraderView(msgspec.Struct, frozen=True, kw_only=True):
    """What declarations and sealed results say of a trader, as far as this reader may see them.

    Attributes:
        key: Number, or name without spaces and marks.
        name: Name as last written; None where only the key is known.
        roles: Parts that it has in them, the most frequent first (1..n).
        declarations: Consignments that it has a part in (count); all figures are of the newest `looked_at` of them.
        looked_at: Consignments behind the figures (count).
        first: Day of the oldest of them.
        last: Day of the newest.
        values: Values for customs by currency, as decimal text; of those that state one.
        examined: Consignments examined, with a sealed result that says whether something was found (count).
        irregular: Of these, with an irregularity (count).
        between: Between which shares the true one lies, nine times in ten (0–1); None where none was examined.
        recovered: Duty recovered by currency, as decimal text.
        open_orders: Consignments with an open control order, newest first (0..n).
        results: Sealed results, newest first (0..n).
        lines: Newest consignments (0..25).
        codes: Commodity codes of six digits that it imports, with consignments of each (count), most first (0..6).
        code: The one whose prices are shown; None if it imports none.
        prices: What one kg of these goods was declared at, oldest first (0..n).
        others: The middle half of what others declared, by month (0..n).
        related: Parties that it has to do with, those with a strong fact first (0..8).
        standings: Its authorisations (0..n).
        record: What results said of it as an importer when one of these was last advised, history included: the count that the
            heads of its dossiers name; None where no advice that this reader may see has one.
        record_at: When that was, UTC.
    """

    key: str
    name: str | None
    roles: tuple[str, ...]
    declarations: int
    looked_at: int
    first: date
    last: date
    values: dict[str, str]
    examined: int
    irregular: int
    between: tuple[float, float] | None
    recovered: dict[str, str]
    open_orders: tuple[ConsignmentView, ...]
    results: tuple[TraderResult, ...]
    lines: tuple[ConsignmentView, ...]
    codes: tuple[tuple[str, int], ...] = ()
    code: str | None = None
    prices: tuple[PricePoint, ...] = ()
    others: tuple[MonthOfOthers, ...] = ()
    related: tuple[RelatedParty, ...] = ()
    standings: tuple[TraderStanding, ...] = ()
    record: TraderRecord | None = None
    record_at: datetime | None = None


class Traders(Service):
    """Looking for what is declared, and for who declares."""

    def search(self, principal: Principal, text: str) -> SearchView:
        """What some typed words lead to: a reference, a container, a commodity code, a trader, or words of a line.

        Raises:
            PolicyError: The principal may not search dossiers.
        """
        self._access.require(principal, "dossier:search")
        offices = self._access.reach(principal)
        keys = search_keys(text)
        named, endings = [key.pair for key in keys], [key.pair for key in keys if is_ending(key)]
        container, code, words = EquipmentNumber.parse(text), _code_in(text), words_query(text)
        with self._stores.database.transaction() as connection:
            marks = Marks()
            found = self._stores.consignments.find(connection, named, endings, offices=offices)
            goods = marks.with_goods(connection, code, offices, _LINES + 1) if code else []
            value = value_of(text)
            parties = marks.parties(connection, words, value, offices, _LINES) if words else []
            spoken = marks.with_words(connection, words, offices, _LINES + 1) if words else []
            view = SearchView(
                text=text,
                named=self._lines(connection, principal, found),
                container=container.canonical if container else None,
                code=code,
                goods=self._lines_of(connection, principal, goods[:_LINES]),
                has_more_goods=len(goods) > _LINES,
                traders=tuple(TraderFound(key=one.value, name=one.name, dossiers=one.dossiers) for one in parties),
                lines=self._lines_of(connection, principal, spoken[:_LINES]),
                has_more=len(spoken) > _LINES,
            )
            ids = dict.fromkeys(one.id for several in (view.named, view.goods, view.lines) for one in several)
            self._access.seal(connection, self._access.record(principal, "search", tuple(ids)))
        return view

    def trader(self, principal: Principal, key: str, code: str | None = None) -> TraderView:
        """What is known of one trader.

        Args:
            principal: Who asks.
            key: Number, or name without spaces and marks.
            code: Commodity code of six digits whose prices are wanted; None for the most frequent.

        Raises:
            NotFoundError: No dossier that this principal may see has such a trader.
            PolicyError: The principal may not search dossiers.
        """
        self._access.require(principal, "dossier:search")
        offices, value = self._access.reach(principal), value_of(key)
        with self._stores.database.transaction() as connection:
            parts, total = Marks().of_value(connection, PARTIES, value, offices, MOST)
            where = belongings(self._stores, connection, list(parts))
            where = {one: of for one, of in where.items() if self._access.may(principal, "dossier:read", of.papers)}
            parts = {one: roles for one, roles in parts.items() if one in where}
            lines = self._stores.consignments.lines_of(connection, list(parts)) if parts else {}
            if not lines:
                raise NotFoundError("There is no such trader.")
            results = self._results(connection, principal, {one: where[one] for one in lines})
            view = self._view(connection, principal, value, (parts, lines, total, results), code)
            subjects = tuple(map(str, lines))
            self._access.seal(connection, self._access.record(principal, "trader", subjects))
        return view

    def _view(
        self,
        connection: Connection,
        principal: Principal,
        value: str,
        of: tuple[dict[UUID, tuple[str, ...]], dict[UUID, Line], int, dict[UUID, list[ResultView]]],
        code: str | None,
    ) -> TraderView:
        parts, lines, total, results = of
        marks = Marks().of_dossiers(connection, list(lines))
        own = [one for one in marks if one.value == value and one.kind in PARTIES]
        roles = Counter(kind for kinds in parts.values() for kind in kinds)
        told = {one: several[0] for one, several in results.items() if several[0].found is not None}
        irregular = {one for one, result in told.items() if result.found}
        orders = self._stores.orders.order_of(connection, list(lines))
        to_do = [lines[one] for one, order in orders.items() if order.status == "open" and one in lines]
        newest = sorted(lines.values(), key=lambda line: line.received, reverse=True)
        opened = self._lines(connection, principal, sorted(to_do, key=lambda line: line.received, reverse=True))
        imported = {one for one, kinds in parts.items() if "IMPORTER" in kinds}
        goods = [one for one in marks if one.kind == "HS" and one.consignment in imported]
        codes = _codes(goods)
        chosen = code if code in dict(codes) else next((one for one, _ in codes), None)
        offices = self._access.reach(principal)
        others: list[MonthOfOthers] = []
        if chosen is not None:
            since = max(one.day for one in goods) - timedelta(days=_DAYS)
            others = Marks().months_of_others(connection, chosen, value, since, offices)
        days = [one.day for one in own]
        ordered = [line for line in newest if line.id in orders and line.id in imported][:_ADVISED]
        record = self._record(connection, principal, ordered)
        return TraderView(
            key=value,
            name=next((one.name for one in sorted(own, key=lambda one: one.day, reverse=True) if one.name), None),
            roles=tuple(kind for kind, _ in roles.most_common()),
            declarations=total,
            looked_at=len(lines),
            first=min(days),
            last=max(days),
            values=_sums(line.value.split() for line in lines.values() if line.value),
            examined=len(told),
            irregular=len(irregular),
            between=_between(record[0] if record else None, (len(irregular), len(told))),
            recovered=_sums([one.currency or "", one.duty_recovered] for one in told.values() if one.duty_recovered),
            open_orders=tuple(one for one in opened if one.order is not None),
            results=tuple(
                TraderResult(consignment=str(one), title=lines[one].title, result=result)
                for one, result in sorted(told.items(), key=lambda pair: pair[1].at, reverse=True)
            ),
            lines=self._lines(connection, principal, newest[:_LINES]),
            codes=codes,
            code=chosen,
            prices=_prices(goods, chosen, lines, irregular),
            others=tuple(others),
            related=self._related(connection, principal, value, marks, lines),
            standings=self._standings(connection, principal, value),
            record=record[0] if record else None,
            record_at=record[1] if record else None,
        )

    def _record(
        self, connection: Connection, principal: Principal, lines: Sequence[Line]
    ) -> tuple[TraderRecord, datetime] | None:
        """The newest count that the head of one of these dossiers names, and when it was made."""
        advised = [one.advice for one in self._lines(connection, principal, lines) if one.advice is not None]
        known = [(one.head.record, one.made) for one in advised if one.head is not None and one.head.record is not None]
        return max(known, key=lambda one: one[1], default=None)

    def _results(
        self, connection: Connection, principal: Principal, where: dict[UUID, Belonging]
    ) -> dict[UUID, list[ResultView]]:
        """Sealed results of these dossiers that this principal may know and that nothing has taken the place of."""
        found = results_of(
            self._stores,
            connection,
            list(where),
            lambda one, result: self._access.may(
                principal, "lane:read", of_result(result.office, result.carried_out_at, where[one].order)
            ),
        )
        standing = {one: [result for result in told if not result.is_amended] for one, told in found.items()}
        return {one: told for one, told in standing.items() if told}

    def _related(
        self, connection: Connection, principal: Principal, value: str, marks: Sequence[Mark], lines: dict[UUID, Line]
    ) -> tuple[RelatedParty, ...]:
        """Importers at the same address, and whoever has another part in the same consignments."""
        imported = {one.consignment for one in marks if one.kind == "IMPORTER" and one.value == value}
        addresses = {one.value for one in marks if one.kind == "ADDRESS" and one.consignment in imported}
        near = Marks().sharing(connection, sorted(addresses), value, self._access.reach(principal), _AT_ADDRESS)
        seen = self._access.seen(connection, principal, [one for one, _, _ in near])
        shared: dict[tuple[str, str], list[tuple[UUID, str | None]]] = {}
        for dossier, key, name in near:
            if dossier in seen:
                shared.setdefault((key, "ADDRESS"), []).append((dossier, name))
        for mark in marks:
            if mark.kind in PARTIES and mark.value != value:
                shared.setdefault((mark.value, mark.kind), []).append((mark.consignment, mark.name))
        order = sorted(shared.items(), key=lambda pair: (pair[0][1] != "ADDRESS", -len(pair[1]), pair[0]))[:_RELATED]
        newest = {one: max(dossiers, key=lambda pair: pair[0]) for one, dossiers in order}
        titles = self._stores.consignments.lines_of(connection, [dossier for dossier, _ in newest.values()])
        return tuple(
            RelatedParty(
                key=key,
                name=next((name for _, name in reversed(dossiers) if name), None),
                role=role,
                dossiers=len({dossier for dossier, _ in dossiers}),
                of=len(lines),
                newest=str(newest[key, role][0]),
                title=titles[newest[key, role][0]].title,
                is_strong=role == "ADDRESS",
            )
            for (key, role), dossiers in order
        )

    def _standings(self, connection: Connection, principal: Principal, value: str) -> tuple[TraderStanding, ...]:
        if not self._access.may(principal, "standing:read"):
            return ()
        files = self._stores.case_files.found_by(connection, STANDING, [("trader", value)]).get(("trader", value), [])
        told = [msgspec.json.decode(file.body, type=Standing) for file in files]
        return tuple(
            TraderStanding(scheme=one.scheme, number=one.number, status=one.standing_now, valid_to=one.valid_to)
            for one in told
        )

    def _lines_of(
        self, connection: Connection, principal: Principal, ids: Sequence[UUID]
    ) -> tuple[ConsignmentView, ...]:
        lines = self._stores.consignments.lines_of(connection, ids) if ids else {}
        return self._lines(connection, principal, [lines[one] for one in ids if one in lines])

    def _lines(
        self, connection: Connection, principal: Principal, lines: Sequence[Line]
    ) -> tuple[ConsignmentView, ...]:
        return disclosed_lines(self._stores, self._access, connection, principal, lines) if lines else ()


def _between(record: TraderRecord | None, here: tuple[int, int]) -> tuple[float, float] | None:
    """Where the true share lies, by the count that heads name, else by the results that are kept here."""
    found, of = (record.irregular, record.results) if record else here
    return interval(found, of) if of else None


def _code_in(text: str) -> str | None:
    """The commodity code that a person may have begun to type, such as `8418.10`; None if it is none."""
    plain = "".join(text.replace(".", " ").split())
    is_code = plain.isascii() and plain.isdigit() and _SHORTEST_CODE <= len(plain) <= _LONGEST_CODE
    return plain if is_code else None


def _codes(goods: Sequence[Mark]) -> tuple[tuple[str, int], ...]:
    found: dict[str, set[UUID]] = {}
    for one in goods:
        found.setdefault(one.value[:_HS6], set()).add(one.consignment)
    return tuple((code, len(ids)) for code, ids in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))[
        :_CODES
    ]


def _prices(
    goods: Sequence[Mark], code: str | None, lines: dict[UUID, Line], irregular: set[UUID]
) -> tuple[PricePoint, ...]:
    found = [
        PricePoint(
            day=one.day,
            per_kg=one.per_kg,
            consignment=str(one.consignment),
            title=lines[one.consignment].title,
            is_irregular=one.consignment in irregular,
        )
        for one in goods
        if code and one.value.startswith(code) and one.per_kg is not None
    ]
    newest = max((one.day for one in found), default=datetime.now(UTC).date())
    return tuple(sorted((one for one in found if one.day >= newest - timedelta(days=_DAYS)), key=lambda one: one.day))


def _sums(pairs: Iterable[Sequence[str]]) -> dict[str, str]:
    """Sums by currency; one that names no currency is under an empty name."""
    sums: dict[str, Decimal] = {}
    for one in pairs:
        *currency, amount = one
        try:
            value = Decimal(amount)
        except InvalidOperation:
            continue
        name = currency[0] if currency else ""
        sums[name] = sums.get(name, Decimal(0)) + value
    return {name: f"{value:f}" for name, value in sorted(sums.items())}
