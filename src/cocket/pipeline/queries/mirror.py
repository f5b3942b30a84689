# SPDX-License-Identifier: Apache-2.0
"""Records of a partner's trade taken in and given, and the asymmetry of a month.

Nothing is exchanged without an agreement in force that names the exchange; what it does not name is neither used nor kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from cocket.consignment import declaration_day
from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.mirror import (
    Asymmetry,
    Compared,
    Matched,
    TradeRecord,
    asymmetry_of,
    differences_of,
    match,
    record_of,
)
from cocket.mirror.files import looks_like_records, read_records
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
        first = month.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        around = first - timedelta(days=_AROUND), last + timedelta(days=_AROUND)
        country, today = country.strip().upper(), today_of(self._stores)
        with self._stores.database.transaction() as connection:
            agreements = {
                name: one for name, one in usable(self._stores, connection, ANALYSIS).items() if one.country == country
            }
            agreement = (
                agreements[max(agreements)] if agreements else agreement_for(self._stores, connection, MIRROR, country)
            )
            kept = records_of_country(self._stores, connection, country, agreements)
            theirs = [one.record for one in kept if around[0] <= one.record.day <= around[1]]
            own, left_out = declared_to(self._stores, connection, country, *around)
            ours = [one.record for one in own if one.record is not None]
            every = statements_of(self._stores, connection, EXCHANGE, MirrorExchange)
            made = sum(one.country == country for _, one in every)
            self._access.seal(connection, self._access.record(principal, "mirror", (f"{country} {first:%Y-%m}",)))
        own_country = agreement.own_country or None
        months = first, last
        one, is_one = self._side(_of(theirs, "export"), _of(ours, "import"), (country, own_country), months, today)
        two, is_two = self._side(
            _of(ours, "export"), _of(theirs, "import"), (own_country, country), months, today, is_ours_export=True
        )
        return MirrorReport(
            country=country,
            agreement=agreement.name,
            month=first,
            day=today,
            imports=one,
            exports=two,
            is_doubtful=(is_one, is_two),
            exchanges=made,
            undated=left_out[NO_DAY],
            unnamed=tuple(sorted({name for one in kept for name in one.unnamed})),
        )

    def _side(
        self,
        exports: Sequence[TradeRecord],
        imports: Sequence[TradeRecord],
        countries: tuple[str | None, str | None],
        month: tuple[date, date],
        today: date,
        *,
        is_ours_export: bool = False,
    ) -> tuple[Asymmetry, bool]:
        exchange = exchange_of(self._stores.settings)
        matched: Matched = match(exports, imports, countries, today)
        by_id = {one.id: one for one in (*exports, *imports)}
        compared: dict[int, Compared] = {
            place: differences_of(one, by_id, today, exchange, is_ours_export=is_ours_export)
            for place, one in enumerate(matched.matches)
        }
        of_month = [[one for one in side if month[0] <= one.day <= month[1]] for side in (exports, imports)]
        return asymmetry_of(of_month[0], of_month[1], matched, compared, exchange), matched.is_doubtful

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
