# SPDX-License-Identifier: Apache-2.0
"""Records of a partner's trade: which agreement they are given under, what of them is kept, and by what names they are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper, declaration_day
from cocket.governance.agreements import Agreement, standing_on
from cocket.governance.disclosure import exchanged
from cocket.mirror import TradeRecord, blocks_of, record_of
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.partner_agreements import AgreementOverError, newest_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
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
    """

    name: str
    country: str
    agreement: str
    version: int
    exchange: str
    record: TradeRecord
    is_withdrawn: bool = False

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
        why = f": {over.name} {standing_on(over, today).replace('-', ' ')}" if over else ""
        raise AgreementOverError(
            f"There is no agreement in force under which records of trade are exchanged with {country or 'this partner'}{why}.",
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
    stores: Stores, connection: Connection, records: Iterable[TradeRecord], agreements: Collection[str]
) -> dict[str, KeptRecord]:
    """Kept records that may be the counterpart of some of ours, by name, of these agreements alone (0..n)."""
    wanted = {
        name for record in records for name in lookups_of(record, "export" if record.flow == "import" else "import")
    }
    files = stores.case_files.found_by(connection, RECORD, wanted) if wanted else {}
    found = (kept for several in files.values() for kept in map(kept_in, several))
    return {one.name: one for one in found if one.agreement in agreements and not one.is_withdrawn}


def records_of_country(
    stores: Stores, connection: Connection, country: str, agreements: Collection[str]
) -> tuple[KeptRecord, ...]:
    """Every record kept of a partner, by name, of these agreements alone (0..n)."""
    files = stores.case_files.found_by(connection, RECORD, [(_OF, country)]).get((_OF, country), [])
    kept = (kept_in(file) for file in files)
    return tuple(
        sorted((one for one in kept if one.agreement in agreements and not one.is_withdrawn), key=lambda one: one.name)
    )


def kept_in(file: StoredCaseFile) -> KeptRecord:
    """The record that a file holds."""
    return read_body(file, KeptRecord)


def own_record(consignment: UUID, papers: tuple[Paper, ...]) -> TradeRecord | None:
    """A dossier as our side's record of a trade; None where no declaration of an import or export holds, or none has a day."""
    paper = newest_declaration(papers)
    if paper is None or paper.declaration is None:
        return None
    day = declaration_day(paper.declaration, paper.received)
    return record_of(paper.declaration, str(consignment), day.day) if day is not None else None


def record_name(country: str, record: TradeRecord) -> str:
    """The name under which a record of a partner is kept: the same declaration given again takes its place."""
    return f"{country} {record.flow} {record.reference or record.id}"[:300]
