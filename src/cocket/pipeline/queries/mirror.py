# SPDX-License-Identifier: Apache-2.0
"""Records of a partner's trade taken in and given, and the asymmetry of a month.

Nothing is exchanged without an agreement in force that names the exchange; what it does not name is neither used nor kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final, Literal

import msgspec

from cocket.consignment import declaration_day
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.mirror import (
    Asymmetry,
    Compared,
    Difference,
    Exchange,
    Matched,
    TradeRecord,
    asymmetry_of,
    differences_of,
    match,
    record_of,
)
from cocket.mirror.files import looks_like_records, read_records
from cocket.mirror.records import TradeFlow
from cocket.model import Declaration, Reading
from cocket.pipeline.base.access import Service, Subject
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.partner_agreements import today_of
from cocket.pipeline.base.partner_looks import GivenFor, partner_of, purpose_under, seal_looks_of_partner
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_matching import exchange_of
from cocket.pipeline.consignment.mirror_records import (
    ANALYSIS,
    EXCHANGE,
    MIRROR,
    NO_DAY,
    NO_TRADE,
    RECORD,
    KeptRecord,
    MirrorExchange,
    agreement_for,
    allowed,
    declared_to,
    dossier_of,
    names_of,
    record_name,
    records_of_country,
    usable,
)
from cocket.standards import read
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Records of the months around one that is reported, so that a counterpart in another month is found (days).
_AROUND: Final = 120

#: Why a declaration is not kept as a record.
NOT_READ: Final = "not-read"
NO_DECLARATION: Final = "no-declaration"


class MirrorReport(msgspec.Struct, frozen=True, kw_only=True):
    """A month of trade with a partner, from both sides.

    Attributes:
        country: Of the partner.
        agreement: Under which its records are used.
        month: First day of the month.
        day: The day on which it was made, in the zone of the administration.
        imports: Their exports against our imports.
        exports: Our exports against their imports.
        is_doubtful: Whether hardly any record met another, so that nothing is told as missing: of our imports, of our exports.
        exchanges: Exchanges under agreements with the partner so far (count).
        undated: Our declarations left out because no day can be read (count).
        unnamed: Fields of kept records that are not used, since the agreement names them no more, sorted (0..n).
    """

    country: str
    agreement: str
    month: date
    day: date
    imports: Asymmetry
    exports: Asymmetry
    is_doubtful: tuple[bool, bool] = (False, False)
    exchanges: int = 0
    undated: int = 0
    unnamed: tuple[str, ...] = ()


Side = Literal["imports", "exports"]
Wanted = Literal["differing", "missing", "waits", "unclear", "not-expected"]


class MirrorFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which shipments of a month are listed.

    Attributes:
        side: Their exports against our imports, or our exports against their imports.
        state: Shipments that differ, or records without counterpart in some state.
        flow: Of records without counterpart those of one flow; None for both.
        offset: How many to leave out at the start (count).
        limit: How many to give at most (count).
    """

    side: Side = "imports"
    state: Wanted = "differing"
    flow: TradeFlow | None = None
    offset: int = 0
    limit: int = 50


class MirrorShipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One shipment that a month counts.

    Attributes:
        state: How it stands.
        flow: Of a record without counterpart: whether goods left or came; None of shipments of which both sides have records.
        day: Day of its first declaration.
        ours: Our declarations in it, each with its dossier and its number (0..n).
        theirs: Numbers of the partner's records in it (0..n).
        subheadings: Commodity codes, six digits (0..n).
        net_kg: Net mass, of ours where we have a record; None unless every line states it.
        exporter: Name of who sends; None if not stated, or not named by the agreement.
        importer: Name of who gets it, likewise.
        differences: Where the two sides differ (0..n).
        notes: What was assumed, left out, or waits (0..n).
        until: Day until which it waits; None where it does not, or where it waits for records.
    """

    state: Wanted
    flow: TradeFlow | None = None
    day: date
    ours: tuple[tuple[str, str], ...] = ()
    theirs: tuple[str, ...] = ()
    subheadings: tuple[str, ...] = ()
    net_kg: Decimal | None = None
    exporter: str | None = None
    importer: str | None = None
    differences: tuple[Difference, ...] = ()
    notes: tuple[Finding, ...] = ()
    until: date | None = None


class MirrorShipments(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the shipments that a month counts.

    Attributes:
        country: Of the partner.
        month: First day of the month.
        wanted: Which of them.
        shipments: By day (0..limit).
        total: All that the reader may see (count).
        hidden: Those that he may not (count).
    """

    country: str
    month: date
    wanted: MirrorFilter
    shipments: tuple[MirrorShipment, ...]
    total: int
    hidden: int = 0


class _Trade(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a month and of those around it, from both sides, as far as the agreement names them today."""

    country: str
    agreement: Agreement
    first: date
    last: date
    today: date
    kept: tuple[KeptRecord, ...]
    own: tuple[TradeRecord, ...]
    undated: int

    @property
    def name(self) -> str:
        """What a look at it is sealed as."""
        return f"{self.country} {self.first:%Y-%m}"

    def of_month(self, records: Sequence[TradeRecord]) -> list[TradeRecord]:
        """Those of some records that are of the month itself."""
        return [one for one in records if self.first <= one.day <= self.last]


class _Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a trade, matched and compared."""

    exports: list[TradeRecord]
    imports: list[TradeRecord]
    matched: Matched
    compared: dict[int, Compared]
    exchange: Exchange
    is_ours_export: bool

    def asymmetry(self, trade: _Trade) -> Asymmetry:
        """The asymmetry of the month."""
        sides = trade.of_month(self.exports), trade.of_month(self.imports)
        return asymmetry_of(*sides, self.matched, self.compared, self.exchange)

    def shipments(self, trade: _Trade, wanted: MirrorFilter) -> list[MirrorShipment]:
        """Shipments of the month in one state, by day: as many as the asymmetry counts (0..n)."""
        by_id = {one.id: one for one in (*self.exports, *self.imports)}
        of_month = {one.id for side in (self.exports, self.imports) for one in trade.of_month(side)}
        if wanted.state == "differing":
            found = [
                self._shipment([by_id[name] for name in (*one.exports, *one.imports)], self.compared[place])
                for place, one in enumerate(self.matched.matches)
                if self.compared[place].differences and not of_month.isdisjoint((*one.exports, *one.imports))
            ]
        else:
            found = [
                msgspec.structs.replace(
                    self._shipment([by_id[one.record]]),
                    state=wanted.state,
                    flow=by_id[one.record].flow,
                    until=one.until,
                )
                for one in (*self.matched.exports, *self.matched.imports)
                if one.state == wanted.state
                and one.record in of_month
                and wanted.flow in (None, by_id[one.record].flow)
            ]
        return sorted(found, key=lambda one: (one.day, one.ours, one.theirs))

    def _shipment(self, records: Sequence[TradeRecord], compared: Compared | None = None) -> MirrorShipment:
        own_flow = "export" if self.is_ours_export else "import"
        ours = [one for one in records if one.flow == own_flow]
        theirs = [one for one in records if one.flow != own_flow]
        told = ours or theirs
        masses = [one.net_kg for one in told]
        return MirrorShipment(
            state="differing",
            day=min(one.day for one in records),
            ours=tuple((dossier_of(one.id), one.reference) for one in ours),
            theirs=tuple(one.reference or one.id for one in theirs),
            subheadings=tuple(sorted({code for one in told for code in one.subheadings})),
            net_kg=None if None in masses else sum((one for one in masses if one is not None), Decimal()),
            exporter=next((one.exporter for one in told if one.exporter), None),
            importer=next((one.importer for one in told if one.importer), None),
            differences=compared.differences if compared is not None else (),
            notes=compared.notes if compared is not None else (),
        )


class Mirror(Service):
    """Exchange of records of trade with partner administrations.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def give_records(self, principal: Principal, content: bytes, country: str = "") -> MirrorExchange:
        """Take in declarations of a partner as records of its trade.

        Args:
            principal: The partner's key, which speaks for a sender of its agreement, or a supervisor.
            content: Declarations in any standard that is read, one or several; or a file of records (`cocket.mirror.files`).
            country: Of the partner, ISO 3166 alpha-2; needed where no key of a partner tells it.

        Returns:
            What was taken, changed, repeated, withdrawn and left out; sealed before it is returned.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
            SenderError: Nothing in it is a declaration; `findings` say what is wrong with it.
        """
        now = datetime.now(UTC)
        reading = None if looks_like_records(content) else read(content)
        with self._stores.database.transaction() as connection:
            agreement = self._agreement(connection, principal, country.strip().upper())
            if reading is None:
                found = read_records(content, agreement.country)
                kept, left_out = [(allowed(agreement, one), False) for one in found], Counter[str]()
            else:
                kept, left_out = _records(reading, agreement)
            if not kept and not left_out.keys() - {NOT_READ, NO_DECLARATION}:
                findings = reading.findings if reading is not None else ()
                raise SenderError(
                    "This holds no declaration that could be matched.", code="mirror-none", findings=findings
                )
            made = MirrorExchange(
                id=str(new_id()),
                agreement=agreement.name,
                version=agreement.version,
                country=agreement.country,
                direction="in",
                digest=sha256(content).hexdigest(),
                fields=agreement.exchanges[MIRROR],
                left_out=dict(left_out),
                by=principal.id,
                at=now,
            )
            counted, records = self._keep(connection, principal, made, kept)
            made = msgspec.structs.replace(made, **counted)
            self._access.seal(connection, *records, self._stores.sealer.record(EXCHANGE, principal.id, made, at=now))
        return made

    def exchanges(self, principal: Principal) -> tuple[MirrorExchange, ...]:
        """Every exchange with partners, newest first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            found = [one for _, one in statements_of(self._stores, connection, EXCHANGE, MirrorExchange)]
            self._access.seal(connection, self._access.record(principal, "mirror", ("exchanges",)))
        return tuple(reversed(found))

    def own_records(
        self, principal: Principal, country: str, first: date, last: date
    ) -> tuple[MirrorExchange, tuple[TradeRecord, ...], tuple[Subject, ...]]:
        """Our exports to a partner, and imports from it, of some days, with the fields that the agreement names, to be given to it.

        Every declaration that stands is given, of a dossier with several each; what is left out is counted by why.

        Args:
            principal: A supervisor, or the partner itself, which speaks for a sender of its agreement.
            country: Of the partner, ISO 3166 alpha-2.
            first: First day.
            last: Last day.

        Returns:
            The exchange, the records, and of what they are, each with its dossier and declaration: whoever sends them seals the look
            of the partner at each of these.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            agreement = self._agreement(connection, principal, country.strip().upper())
            ours, left_out = declared_to(self._stores, connection, agreement.country, first, last)
            given = tuple(allowed(agreement, one.record) for one in ours if one.record is not None)
            made = MirrorExchange(
                id=str(new_id()),
                agreement=agreement.name,
                version=agreement.version,
                country=agreement.country,
                direction="out",
                digest=sha256(msgspec.json.encode(given)).hexdigest(),
                fields=agreement.exchanges[MIRROR],
                taken=len(given),
                left_out=dict(left_out),
                by=principal.id,
                at=now,
            )
            self._access.seal(connection, self._stores.sealer.record(EXCHANGE, principal.id, made, at=now))
        return (
            made,
            given,
            tuple(Subject(ids=(str(one.consignment), one.message), about=one.consignment) for one in ours),
        )

    def export_records(
        self, principal: Principal, country: str, first: date, last: date, purpose: str = ""
    ) -> tuple[MirrorExchange, tuple[TradeRecord, ...]]:
        """The same for a file; the partner's look at each record is sealed before it returns, as if it had been sent.

        Args:
            principal: A supervisor.
            country: Of the partner, ISO 3166 alpha-2.
            first: First day.
            last: Last day.
            purpose: For what the partner is given them; empty for the first purpose of the agreement.

        Raises:
            AgreementOverError: No agreement in force names the exchange.
            PolicyError: The principal may not, the partner may not have them, or the agreement is not for the purpose.
            StoreError: The looks could not be sealed.
        """
        with self._stores.database.transaction() as connection:
            agreement = self._agreement(connection, principal, country.strip().upper())
        given = GivenFor(purpose=purpose_under(agreement, purpose), case=f"records of {first} to {last}")
        partner_of(self._access, agreement, given)
        made, records, subjects = self.own_records(principal, country, first, last)
        seal_looks_of_partner(self._stores, agreement, given, subjects)
        return made, records

    def report(self, principal: Principal, country: str, month: date) -> MirrorReport:
        """A month of trade with a partner, from both sides; the look is sealed.

        Args:
            principal: Who asks.
            country: Of the partner, ISO 3166 alpha-2.
            month: Any day of the month.

        Raises:
            AgreementOverError: No agreement in force lets the partner's records be used for analysis.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            trade = self._trade(connection, country, month)
            every = statements_of(self._stores, connection, EXCHANGE, MirrorExchange)
            made = sum(one.country == trade.country for _, one in every)
            self._access.seal(connection, self._access.record(principal, "mirror", (trade.name,)))
        one, two = self._side(trade, "imports"), self._side(trade, "exports")
        return MirrorReport(
            country=trade.country,
            agreement=trade.agreement.name,
            month=trade.first,
            day=trade.today,
            imports=one.asymmetry(trade),
            exports=two.asymmetry(trade),
            is_doubtful=(one.matched.is_doubtful, two.matched.is_doubtful),
            exchanges=made,
            undated=trade.undated,
            unnamed=tuple(sorted({name for one in trade.kept for name in one.unnamed})),
        )

    def shipments(self, principal: Principal, country: str, month: date, wanted: MirrorFilter) -> MirrorShipments:
        """Shipments that the report of a month counts, a page of them; the look at each dossier of ours is sealed.

        A shipment is shown where the principal may know what was advised of each dossier of ours in it; others are counted.

        Args:
            principal: Who asks.
            country: Of the partner, ISO 3166 alpha-2.
            month: Any day of the month.
            wanted: Which of them.

        Raises:
            AgreementOverError: No agreement in force lets the partner's records be used for analysis.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "mirror:read", Resource())
        with self._stores.database.transaction() as connection:
            trade = self._trade(connection, country, month)
            found = self._side(trade, wanted.side).shipments(trade, wanted)
            named = {dossier for one in found for dossier, _ in one.ours}
            seen = {str(one) for one in self._access.seen_advice(connection, principal, named)} if named else set()
            shown = [one for one in found if all(dossier in seen for dossier, _ in one.ours)]
            page = shown[wanted.offset : wanted.offset + wanted.limit]
            ids = dict.fromkeys(dossier for one in page for dossier, _ in one.ours)
            subjects = f"{trade.name} {wanted.side} {wanted.state}", *ids
            self._access.seal(connection, self._access.record(principal, "mirror", subjects))
        return MirrorShipments(
            country=trade.country,
            month=trade.first,
            wanted=wanted,
            shipments=tuple(page),
            total=len(shown),
            hidden=len(found) - len(shown),
        )

    def _trade(self, connection: Connection, country: str, month: date) -> _Trade:
        """Records of a month and of those around it, from both sides."""
        first = month.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        around = first - timedelta(days=_AROUND), last + timedelta(days=_AROUND)
        country = country.strip().upper()
        every = usable(self._stores, connection, ANALYSIS)
        agreements = {name: one for name, one in every.items() if one.country == country}
        agreement = (
            agreements[max(agreements)] if agreements else agreement_for(self._stores, connection, MIRROR, country)
        )
        kept = records_of_country(self._stores, connection, country, agreements)
        own, left_out = declared_to(self._stores, connection, country, *around)
        return _Trade(
            country=country,
            agreement=agreement,
            first=first,
            last=last,
            today=today_of(self._stores),
            kept=tuple(one for one in kept if around[0] <= one.record.day <= around[1]),
            own=tuple(one.record for one in own if one.record is not None),
            undated=left_out[NO_DAY],
        )

    def _side(self, trade: _Trade, side: Side) -> _Compared:
        """Exports of one side against imports of the other: theirs against ours, or ours against theirs."""
        theirs, is_ours_export = [one.record for one in trade.kept], side == "exports"
        ours, partner = trade.agreement.own_country or None, trade.country
        exports = _of(trade.own if is_ours_export else theirs, "export")
        imports = _of(theirs if is_ours_export else trade.own, "import")
        matched = match(exports, imports, (ours, partner) if is_ours_export else (partner, ours), trade.today)
        exchange = exchange_of(self._stores.settings)
        by_id = {one.id: one for one in (*exports, *imports)}
        compared = {
            place: differences_of(one, by_id, trade.today, exchange, is_ours_export=is_ours_export)
            for place, one in enumerate(matched.matches)
        }
        return _Compared(
            exports=exports, imports=imports, matched=matched, compared=compared, exchange=exchange,
            is_ours_export=is_ours_export,
        )  # fmt: skip

    def _agreement(self, connection: Connection, principal: Principal, country: str) -> Agreement:
        """The agreement under which this principal may give records today."""
        if principal.kind == "key" and not self._access.may(
            principal, "mirror:give"
        ):  # a partner, of its senders alone
            agreement = agreement_for(self._stores, connection, MIRROR, country, principal.senders)
            sender = next(one for one in principal.senders if one in agreement.senders)
            self._access.require(principal, "mirror:give", Resource(sender=sender))
            return agreement
        self._access.require(principal, "mirror:give", Resource())
        if not country:
            raise SenderError("Name the partner's country.", code="mirror-country")
        return agreement_for(self._stores, connection, MIRROR, country)

    def _keep(
        self,
        connection: Connection,
        principal: Principal,
        made: MirrorExchange,
        records: Sequence[tuple[TradeRecord, bool]],
    ) -> tuple[dict[str, int], list[NewRecord]]:
        counted: Counter[str] = Counter()
        sealed: list[NewRecord] = []
        for record, is_withdrawn in records:
            name = record_name(made.country, record)
            known = self._files.read(connection, RECORD, name, KeptRecord, to_change=True)
            kept = KeptRecord(
                name=name,
                country=made.country,
                agreement=made.agreement,
                version=made.version,
                exchange=made.id,
                record=record,
                is_withdrawn=is_withdrawn,
            )
            if known is not None and _is_same(known, kept):
                counted["repeated"] += 1
                continue
            counted["withdrawn" if is_withdrawn else "changed" if known is not None else "taken"] += 1
            where = Place(state=kept.state, names=tuple(sorted(names_of(kept))))
            new = self._files.write(connection, RECORD, name, (kept, principal.id), where)
            sealed += [new] if new is not None else []
        return dict(counted), sealed


def _is_same(known: KeptRecord, kept: KeptRecord) -> bool:
    return msgspec.structs.replace(known, exchange=kept.exchange) == kept


def _of(records: Sequence[TradeRecord], flow: str) -> list[TradeRecord]:
    return [one for one in records if one.flow == flow]


def _records(reading: Reading, agreement: Agreement) -> tuple[list[tuple[TradeRecord, bool]], Counter[str]]:
    """What the declarations in some bytes are as records, as far as the agreement lets them be used; and what is left out."""
    found: dict[str, tuple[TradeRecord, bool]] = {}
    left_out: Counter[str] = Counter()
    for one in reading.readings:
        declaration = one.document
        if one.outcome != "accepted":
            left_out[NOT_READ] += 1
        elif not isinstance(declaration, Declaration):
            left_out[NO_DECLARATION] += 1
        elif (day := declaration_day(declaration)) is None:
            left_out[NO_DAY] += 1
        elif (record := record_of(declaration, _own_id(agreement, declaration), day.day)) is None:
            left_out[NO_TRADE] += 1
        else:
            found[record.id] = allowed(agreement, record), one.function == "cancellation"
    return list(found.values()), left_out


def _own_id(agreement: Agreement, declaration: Declaration) -> str:
    """The id of a partner's declaration here, the same each time it is given."""
    name = declaration.id or declaration.functional_reference
    if not name:
        name = sha256(msgspec.json.encode(declaration)).hexdigest()[:32]
    return f"{agreement.country} {declaration.flow} {name}"
