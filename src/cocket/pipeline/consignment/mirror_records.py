# SPDX-License-Identifier: Apache-2.0
"""Records of a partner's trade: which agreement they are given under, what of them is kept, and by what names they are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper, declaration_day
from cocket.governance.agreements import Agreement, standing_on
from cocket.governance.disclosure import exchanged
from cocket.mirror import TradeRecord, blocks_of, record_of
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.partner_agreements import AgreementOverError, newest_agreements, over_words, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kind of the document that a record of a partner is kept as, and of the sealed statement of one exchange.
RECORD: Final = "mirror-record"
EXCHANGE: Final = "mirror-exchange"

#: What is exchanged, of `cocket.governance.agreements.EXCHANGES`.
MIRROR: Final = "mirror"
PRIVATE: Final = "private-join"

#: Kind of the document of a run in which identifiers are matched in private.
PRIVATE_RUN: Final = "private-run"

#: What records are used for; the agreement must name it.
CONTROL: Final = "control"
ANALYSIS: Final = "analysis"

#: Why a declaration of ours, or of a partner, is not a record.
NO_TRADE: Final = "no-trade"
NO_DAY: Final = "no-day"

#: Why a record of ours is not given to a partner.
WITH_ANOTHER: Final = "with-another-country"

#: Dossiers whose papers are read at once.
_AT_ONCE: Final = 500

#: Name under which records of a country are found.
_OF: Final = "MIRROR-OF"
_BLOCK: Final = "MIRROR-BLOCK"


class KeptRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of a partner as it is kept; also its sealed record.

    Attributes:
        name: By which it is known here: country, flow and reference.
        country: Of the partner.
        agreement: Under which it was given.
        version: Version of that agreement.
        exchange: The exchange in which it came.
        record: What the agreement lets be kept of it.
        is_withdrawn: Whether the partner took it back.
        unnamed: Fields that were kept and are left out as it is used, since the agreement names them no more (0..n); never kept.
    """

    name: str
    country: str
    agreement: str
    version: int
    exchange: str
    record: TradeRecord
    is_withdrawn: bool = False
    unnamed: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """How its file stands."""
        return "withdrawn" if self.is_withdrawn else "kept"


class MirrorExchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One exchange with a partner, as it is sealed and counted under the agreement.

    Attributes:
        id: Its id.
        agreement: The agreement.
        version: Version of it.
        country: Of the partner.
        direction: Whether records were given to us or by us, or identifiers were matched in private.
        digest: SHA-256 of what was exchanged, hexadecimal; empty where nothing was that could be read again.
        fields: Fields that the agreement lets be used (1..n).
        taken: Records kept for the first time, or given (count).
        changed: Records that took the place of an earlier one (count).
        repeated: Records that said what was known (count).
        withdrawn: Records that the partner took back (count).
        left_out: Why a record was not kept → records (count).
        by: Who did it.
        at: When, UTC.
    """

    id: str
    agreement: str
    version: int
    country: str
    direction: str
    digest: str = ""
    fields: tuple[str, ...] = ()
    taken: int = 0
    changed: int = 0
    repeated: int = 0
    withdrawn: int = 0
    left_out: dict[str, int] = {}
    by: str
    at: datetime


def agreement_for(
    stores: Stores, connection: Connection, exchange: str, country: str, senders: Collection[str] | None = None
) -> Agreement:
    """The agreement under which records are exchanged with a country today.

    Args:
        stores: The stores.
        connection: The transaction.
        exchange: `mirror` or `private-join`.
        country: Of the partner, ISO 3166 alpha-2; empty for any.
        senders: Senders of whom one must be the other party's; None where nobody's key is asked about.

    Raises:
        AgreementOverError: None is in force; without one nothing is exchanged.
    """
    today = today_of(stores)
    named = [
        one
        for one in newest_agreements(stores, connection).values()
        if exchange in one.exchanges
        and country in ("", one.country)
        and (senders is None or set(senders) & set(one.senders))
    ]
    holding = [one for one in named if standing_on(one, today) == "in-force"]
    if not holding:
        over = max(named, key=lambda one: one.begins, default=None)
        why = f" {over_words(over, today)}" if over else ""
        raise AgreementOverError(
            f"There is no agreement in force under which records of trade are exchanged with {country or 'this partner'}.{why}",
            found=country or None,
            hint="Add one that names the exchange: cocket agreements add FILE.",
        )
    return max(holding, key=lambda one: (one.begins, one.name))


def usable(stores: Stores, connection: Connection, purpose: str) -> dict[str, Agreement]:
    """Agreements in force under which records may be used for a purpose today, by name."""
    today = today_of(stores)
    return {
        one.name: one
        for one in newest_agreements(stores, connection).values()
        if MIRROR in one.exchanges and purpose in one.purposes and standing_on(one, today) == "in-force"
    }


def allowed(agreement: Agreement, record: TradeRecord) -> TradeRecord:
    """What an agreement lets be used of a record, field by field."""
    fields = agreement.exchanges[MIRROR]
    lines = tuple(exchanged(MIRROR, fields, line) for line in record.lines)
    return msgspec.structs.replace(exchanged(MIRROR, fields, record), lines=lines)


def unnamed_fields(agreement: Agreement, record: TradeRecord) -> tuple[str, ...]:
    """Fields that a kept record has and that the agreement names no more, sorted (0..n)."""
    rest = allowed(agreement, record)
    found = {
        name for name in record.__struct_fields__ if name != "lines" and getattr(record, name) != getattr(rest, name)
    }
    for one, other in zip(record.lines, rest.lines, strict=True):
        found |= {name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)}
    return tuple(sorted(found))


def names_of(kept: KeptRecord) -> set[tuple[str, str]]:
    """Every name by which a kept record is found; none once it was withdrawn, but its country."""
    if kept.is_withdrawn:
        return {(_OF, kept.country)}
    return {(_OF, kept.country), *lookups_of(kept.record, kept.record.flow)}


def lookups_of(record: TradeRecord, flow: str) -> set[tuple[str, str]]:
    """Names under which records of a flow are looked for that may be the counterpart of a record."""
    found = {(f"MIRROR-{kind}", f"{flow} {value}"[:_LONGEST]) for kind, value in record.names}
    return found | {(_BLOCK, f"{flow} {block}"[:_LONGEST]) for block in blocks_of(record)}


_LONGEST: Final = 600


def counterparts(
    stores: Stores, connection: Connection, records: Iterable[TradeRecord], agreements: Mapping[str, Agreement]
) -> dict[str, KeptRecord]:
    """Kept records that may be the counterpart of some of ours, by name, of these agreements alone, with what these name today (0..n)."""
    wanted = {
        name for record in records for name in lookups_of(record, "export" if record.flow == "import" else "import")
    }
    files = stores.case_files.found_by(connection, RECORD, wanted) if wanted else {}
    found = (kept for several in files.values() for kept in map(kept_in, several))
    return {
        one.name: as_named(agreements[one.agreement], one)
        for one in found
        if one.agreement in agreements and not one.is_withdrawn
    }


def records_of_country(
    stores: Stores, connection: Connection, country: str, agreements: Mapping[str, Agreement]
) -> tuple[KeptRecord, ...]:
    """Every record kept of a partner, by name, of these agreements alone, with what these name today (0..n)."""
    files = stores.case_files.found_by(connection, RECORD, [(_OF, country)]).get((_OF, country), [])
    kept = (one for one in map(kept_in, files) if one.agreement in agreements and not one.is_withdrawn)
    return tuple(sorted((as_named(agreements[one.agreement], one) for one in kept), key=lambda one: one.name))


class RecordsReach:
    """Days that a partner's records of exports cover, read again only when records have changed.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: dict[str, tuple[object, tuple[date, date] | None]] = {}

    def days(self, connection: Connection, agreement: Agreement) -> tuple[date, date] | None:
        """First and last day; None where there is no record of an export.

        Args:
            connection: The transaction.
            agreement: Under which they are used.
        """
        files = self._stores.case_files
        mark = files.states(connection, RECORD), files.last_changed(connection, RECORD, ("kept", "withdrawn"))
        known = self._known.get(agreement.name)
        if known is None or known[0] != mark:
            kept = records_of_country(self._stores, connection, agreement.country, {agreement.name: agreement})
            days = [one.record.day for one in kept if one.record.flow == "export"]
            known = self._known[agreement.name] = (mark, (min(days), max(days)) if days else None)
        return known[1]


def as_named(agreement: Agreement, kept: KeptRecord) -> KeptRecord:
    """A kept record as it is used: with the fields that the agreement names today, whatever it named when they were kept."""
    return msgspec.structs.replace(
        kept, record=allowed(agreement, kept.record), unnamed=unnamed_fields(agreement, kept.record)
    )


def kept_in(file: StoredCaseFile) -> KeptRecord:
    """The record that a file holds."""
    return read_body(file, KeptRecord)


class OwnDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration that stands in a dossier, as our side's record of a trade.

    Attributes:
        consignment: The dossier.
        message: Our id of the message that declares it.
        record: The record; None where it is none. Of the dossier's first declaration the id is the dossier's, of each further one
            the dossier's and the place at which it came: it stays what it is when others come or are cancelled.
        day: Its day; None if none can be read.
        left_out: Why it is no record; empty where it is one.
    """

    consignment: UUID
    message: str
    record: TradeRecord | None = None
    day: date | None = None
    left_out: str = ""


def dossier_of(record: str) -> str:
    """The dossier of a record of ours, by the record's id."""
    return record.partition("/")[0]


def own_declarations(consignment: UUID, papers: Iterable[Paper]) -> tuple[OwnDeclaration, ...]:
    """Every declaration that stands in a dossier, in the order in which the first version of each came (0..n).

    A dossier has several where a number was used again, or where a shipment is declared in parts. Versions of one declaration share
    the sender's number or that of customs; the newest that stands speaks. What another standard tells of the very same goods, as a
    host's copy of a trader's declaration does, is no other declaration.
    """
    versions: list[tuple[set[str], list[Paper]]] = []
    for paper in papers:
        if paper.declaration is None or paper.standing == "refused":
            continue
        told = paper.declaration
        numbers = {f"{told.flow} {one.strip().upper()}" for one in (told.id, told.functional_reference) if one}
        for known, several in versions:
            if known & numbers or _is_copy(paper, several[-1]):
                known |= numbers
                several.append(paper)
                break
        else:
            versions.append((numbers, [paper]))
    found = []
    for place, (_, several) in enumerate(versions):
        speaking = [paper for paper in several if paper.speaks]
        if speaking:
            name = str(consignment) if place == 0 else f"{consignment}/{several[0].index}-{several[0].part}"
            found.append(_own(consignment, speaking[-1], name))
    return tuple(found)


def _is_copy(paper: Paper, other: Paper) -> bool:
    """Whether two papers of different standards declare the very same goods."""
    if paper.standard == other.standard or not (told := _goods_of(paper)):
        return False
    return told == _goods_of(other)


def _goods_of(paper: Paper) -> tuple[object, ...]:
    """What a paper declares, without words and values, which standards write apart; nothing where no mass is stated."""
    record = record_of(paper.declaration, "", date.min) if paper.declaration is not None else None
    if record is None or record.mass_kg is None:
        return ()
    lines = tuple((one.hs, one.net_kg, one.gross_kg, one.packages, one.origin) for one in record.lines)
    return (record.flow, *lines)


def _own(consignment: UUID, paper: Paper, name: str) -> OwnDeclaration:
    declaration = paper.declaration
    day = declaration_day(declaration, paper.received) if declaration is not None else None
    record = record_of(declaration, name, day.day) if declaration is not None and day is not None else None
    left_out = "" if record is not None else NO_DAY if day is None else NO_TRADE
    return OwnDeclaration(
        consignment=consignment,
        message=paper.message_id,
        record=record,
        day=day.day if day is not None else None,
        left_out=left_out,
    )


def own_records(consignment: UUID, papers: Iterable[Paper]) -> tuple[TradeRecord, ...]:
    """A dossier as our side's records of a trade, one for each import or export that stands in it and has a day (0..n)."""
    return tuple(one.record for one in own_declarations(consignment, papers) if one.record is not None)


def declared_to(
    stores: Stores, connection: Connection, country: str, first: date, last: date
) -> tuple[list[OwnDeclaration], Counter[str]]:
    """Our imports and exports of some days that are not stated to be with another country, by record, and why others are left out.

    Args:
        stores: The stores.
        connection: The transaction.
        country: Of the partner, ISO 3166 alpha-2.
        first: First day.
        last: Last day.

    Returns:
        Declarations that are records (0..n), and of the others by why they are none, or are not with the country (count).
    """
    ids, undated = stores.consignments.declared_between(connection, first, last)
    found: list[OwnDeclaration] = []
    left_out: Counter[str] = Counter({NO_DAY: undated} if undated else {})
    for start in range(0, len(ids), _AT_ONCE):
        for consignment, papers in papers_of(stores, connection, ids[start : start + _AT_ONCE]).items():
            for one in own_declarations(consignment, papers):
                if one.day is not None and not first <= one.day <= last:
                    continue
                if one.record is None:
                    left_out[one.left_out] += 1
                elif one.record.country not in (None, country):
                    left_out[WITH_ANOTHER] += 1
                else:
                    found.append(one)
    return sorted(found, key=lambda one: one.record.id if one.record else ""), left_out


def record_name(country: str, record: TradeRecord) -> str:
    """The name under which a record of a partner is kept: the same declaration given again takes its place."""
    return f"{country} {record.flow} {record.reference or record.id}"[:300]
