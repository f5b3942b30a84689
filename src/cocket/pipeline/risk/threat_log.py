# SPDX-License-Identifier: Apache-2.0
"""From what the house keeps to the log that threat detectors read: declarations, lanes, looks, results, overrides.

Machines' looks are left out: what a host or a feed reads is an exchange, not a person's curiosity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.model import Declaration, Party, Reading
from cocket.pipeline.base.readings import each_in, reading_of
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.threat_views import ThreatRowView
from cocket.risk import Facts, facts_of
from cocket.risk.threats import Act, Declared, Log, log_of
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import StoredLeaf

#: Leaves looked through at once, at most; beyond, the newest.
MOST_LEAVES: Final = 300_000

_KINDS: Final = ("assessment", "look", "result", "override", "release", "rule")
_WORKED: Final = ("result", "override", "release")
_STEP: Final = 20_000
_PEOPLE: Final = frozenset({"analyst", "officer", "supervisor", "auditor"})
_LOOKS_OF_ONE: Final = frozenset({"dossier", "content"})


class InstanceLog(msgspec.Struct, frozen=True, kw_only=True):
    """What the house keeps of a stretch of time, as a log.

    Attributes:
        log: The log.
        rows: Row → what stands there for people.
        is_cut: Whether the oldest was left out.
    """

    log: Log
    rows: dict[int, ThreatRowView]
    is_cut: bool


def instance_log(stores: Stores, connection: Connection, since: datetime) -> InstanceLog:
    """Everything since a moment that detectors look at.

    Args:
        shelves: The stores.
        connection: The transaction.
        since: From when on, UTC.
    """
    newest = stores.leaves.size(connection) - 1
    begin = stores.leaves.first_since(connection, since)
    first = max(begin, newest + 1 - MOST_LEAVES)
    messages = _messages(stores, connection, first)
    records = stores.leaves.records_between(connection, first, newest, _KINDS)
    reader = _Reader(stores, connection, messages, records)
    return InstanceLog(log=reader.log(), rows=reader.rows, is_cut=first > begin)


def _messages(stores: Stores, connection: Connection, first: int) -> list[StoredMessage]:
    found: list[StoredMessage] = []
    place = first - 1
    while True:
        some, reached = stores.messages.after(connection, place, _STEP)
        found += some
        if reached == place:
            return found
        place = reached


class _Reader:
    """Turns messages and records into rows, numbered as they come."""

    def __init__(
        self,
        stores: Stores,
        connection: Connection,
        messages: Sequence[StoredMessage],
        records: Sequence[tuple[StoredLeaf, bytes]],
    ) -> None:
        self.rows: dict[int, ThreatRowView] = {}
        self._stores, self._connection = stores, connection
        self._messages = messages
        self._records = [(leaf, msgspec.json.decode(body)) for leaf, body in records]
        self._titles: dict[str, tuple[str, str | None]] = {}
        self._lanes: dict[str, str] = {}
        self._traders: dict[str, Facts] = {}
        self._worked = {(leaf.actor, str(body["consignment"])) for leaf, body in self._records if leaf.kind in _WORKED}

    def log(self) -> Log:
        """The log."""
        declared, changes = self._declarations()
        return log_of(declared, [*changes, *self._acts()])

    def _declarations(self) -> tuple[list[Declared], list[Act]]:
        """Versions of declarations, and those that change an earlier one as acts on its consignment."""
        declared: list[Declared] = []
        changes: list[Act] = []
        lanes = {
            (body["message"], body["consignment"]): body["lane"]
            for leaf, body in self._records
            if leaf.kind == "assessment"
        }
        dossiers = self._stores.consignments.of_each_part(self._connection, [one.id for one in self._messages])
        self._read_titles({str(one) for one in dossiers.values()})
        for part, message, reading in self._each():
            document = reading.document if message.outcome == "accepted" else None
            if not isinstance(document, Declaration) and message.function != "cancellation":
                continue
            consignment = dossiers.get((message.id, part))
            facts = None
            if isinstance(document, Declaration):
                facts = facts_of(document, str(consignment), message.received)
                self._traders[str(consignment)] = facts
            who = facts.importer if facts else message.sender
            what = {"amendment": "amend", "cancellation": "cancel"}.get(message.function, "declaration")
            row = self._row(message.received, what, who, str(consignment) if consignment else None)
            declared.append(_declared(row, message, facts, document, lanes.get((str(message.id), str(consignment)))))
            if what != "declaration" and consignment:
                changes.append(
                    Act(row=row, at=message.received, actor=message.sender, kind=what, subject=str(consignment))
                )
        return declared, changes

    def _each(self) -> Iterable[tuple[int, StoredMessage, Reading]]:
        """Every message with the number of its part and what was read in it, those behind others in the same bytes too."""
        for message in self._messages:
            yield from each_in(message, reading_of(message))

    def _acts(self) -> Iterable[Act]:
        for leaf, body in self._records:
            at = leaf.at.astimezone(UTC)
            if leaf.kind == "assessment":
                yield from self._lane(at, body)
            elif leaf.kind == "look":
                yield from self._access_record(at, body)
            elif leaf.kind == "rule":
                yield from self._rule(at, leaf.actor, body)
            else:
                yield self._decision(leaf.kind, leaf.actor, at, body)

    def _lane(self, at: datetime, body: dict[str, Any]) -> Iterable[Act]:
        """The first lane of a consignment is when the work on it came."""
        consignment, is_first = body["consignment"], body["consignment"] not in self._lanes
        self._lanes[consignment] = body["lane"]
        if is_first:
            facts = self._traders.get(consignment)
            row = self._row(at, "lane-set", SEALED_ASSESSMENT, consignment)
            yield Act(
                row=row, at=at, actor=SEALED_ASSESSMENT, kind="lane-set", subject=consignment, lane=body["lane"],
                importer=facts.importer if facts else None, declarant=facts.declarant if facts else None,
                office=self._title(consignment)[1], is_system=True,
            )  # fmt: skip

    def _access_record(self, at: datetime, body: dict[str, Any]) -> Iterable[Act]:
        """A look at one dossier; it is a case's where the consignment is selected, or the looker decided on it."""
        role = next((role for role in body["roles"] if role in _PEOPLE), None)
        if role is None or body["what"] not in _LOOKS_OF_ONE:
            return
        consignment, who = body["subjects"][0], body["who"]
        is_case = (who, consignment) in self._worked
        is_selected = role != "analyst" and self._lanes.get(consignment) in ("red", "yellow")
        row = self._row(at, "view", who, consignment)
        yield Act(
            row=row, at=at, actor=who, kind="view", subject=consignment, is_assigned=is_case or is_selected, role=role
        )

    def _rule(self, at: datetime, actor: str, body: dict[str, Any]) -> Iterable[Act]:
        """A rule of the lab that begins to count, for which its author and another stand, or ceases to."""
        becomes = {"published": "on", "ended": "off"}.get(body["state"])
        if becomes:
            row = self._row(at, "rule-change", actor, None)
            second = body["author"] if becomes == "on" else None
            yield Act(
                row=row, at=at, actor=actor, kind="rule-change", subject=body["rule"]["code"], becomes=becomes,
                second=second,
            )  # fmt: skip

    def _decision(self, kind: str, actor: str, at: datetime, body: dict[str, Any]) -> Act:
        """A result, a lane set instead, or a release without examination, which is the laxest lane there is."""
        consignment = str(body["consignment"])
        was = self._lanes.get(consignment)
        row = self._row(at, kind, actor, consignment)
        if kind == "result":
            found = {"irregular": True, "conform": False}.get(body.get("conclusion", ""))
            return Act(
                row=row, at=at, actor=actor, kind="result", subject=consignment, is_found=found, depth=body.get("depth")
            )
        becomes = "green" if kind == "release" else body.get("lane")
        if becomes:
            self._lanes[consignment] = becomes
        return Act(row=row, at=at, actor=actor, kind="override", subject=consignment, was=was, becomes=becomes)

    def _row(self, at: datetime, what: str, who: str | None, consignment: str | None) -> int:
        row = len(self.rows) + 1
        title = self._title(consignment)[0] if consignment else ""
        self.rows[row] = ThreatRowView(at=at, what=what, who=who, consignment=consignment, title=title)
        return row

    def _title(self, consignment: str) -> tuple[str, str | None]:
        """Title and office of a consignment."""
        if consignment not in self._titles:
            self._read_titles([consignment])
        return self._titles[consignment]

    def _read_titles(self, consignments: Collection[str]) -> None:
        """Read the lines of many consignments at once."""
        lines = self._stores.consignments.lines_of(self._connection, [UUID(one) for one in consignments])
        for one in consignments:
            line = lines.get(UUID(one))
            self._titles[one] = (line.title, line.office) if line else ("", None)


def _declared(row: int, message: StoredMessage, facts: Facts | None, document: object, lane: str | None) -> Declared:
    """One version of a declaration, as far as it tells: the first goods item stands for its code and origin."""
    reference = message.reference or str(message.id)
    if facts is None or not isinstance(document, Declaration):
        return Declared(row=row, at=message.received, reference=reference, is_cancellation=True)
    masses = [item.net_mass_kg or item.gross_mass_kg for item in facts.items]
    known = [mass for mass in masses if mass is not None]
    item = facts.items[0] if facts.items else None
    means, equipment = document.shipment.border_transport, document.shipment.equipment
    return Declared(
        row=row,
        at=message.received,
        reference=reference,
        version=message.version - 1 if message.version else 1,
        is_cancellation=message.function == "cancellation",
        importer=facts.importer,
        declarant=facts.declarant,
        seller=facts.seller,
        consignee=_place(document.shipment.consignee or document.shipment.importer),
        hs=item.hs if item else None,
        origin=item.origin if item else None,
        value=float(facts.value) if facts.value is not None else None,
        mass_kg=sum(known) if known and len(known) == len(masses) else None,
        lane=lane,
        vessel=means.id if means else None,
        equipment=equipment[0].id if equipment else None,
    )


def _place(party: Party | None) -> str | None:
    """A party's address as one text, else its name or number."""
    if party is None:
        return None
    address = " ".join(part for part in (*party.address, party.postcode, party.city) if part)
    return address or party.name or party.id
