# SPDX-License-Identifier: Apache-2.0
"""What happened to a consignment beside its papers, from the sealed records about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.consignment import Entry
from cocket.governance import Resource
from cocket.governance.principal import HOUSE_WIDE
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.ownership import Belonging, of_result
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.contests import contest_entries
from cocket.pipeline.control.host_decisions import host_about
from cocket.pipeline.measures.doubt_views import doubt_entries
from cocket.pipeline.tracking.alert_effects import acts_of
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredHostDecision
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.tracking.alerts import Alerts, StoredAlert
from cocket.tracking.alerts import KINDS

#: Kind of record → sentence. Places are filled from the sealed body.
_SENTENCES = {
    "assessment": "advised {lane}",
    "look": "{who} accessed the {what} for {purpose}",
    "emergency-opened": "{by} opened it in an emergency, case {case}: {reason}",
    "emergency-ended": "{by} ended the access in an emergency",
    "emergency-reviewed": "{reviewer} reviewed the access in an emergency, {outcome}: {words}",
    "override": "{officer} set {lane}: {reason}",
    "release": "{officer} released: {reason}",
    "reopen": "{officer} took the release back",
    "result": "{officer} recorded: {depth}, {outcome}",
    "result-beside": "{officer} kept a second result beside: {depth}, {outcome}",
    "merged": "merged with another dossier",
    "parted": "papers were taken out into dossier {target}",
    "parted-from": "taken out of dossier {source}",
    "agency-hold": "an agency holds the goods",
    "agency-release": "an agency released the goods",
    "hold-note": "reported to the host what agencies hold",
    "permits-reserve": "written off permits, as declared: {outcome}",
    "permits-confirm": "written off permits, as paid: {outcome}",
    "permits-give-back": "returned to permits: {outcome}",
    "payment-advice": "asked to pay {total} {currency}, reference {reference}",
    "payment": "the bank reported a payment under {reference}: {outcome}",
    "write-back": "reported {lane} to the host",
    "journey": "{what}: journey {reference}",
    "journey-arrival": "journey {state} at {office}",
    "track-alert": "{severity} alert on the journey, {what}: {says}",
    "alert-act": "alert {kind} {what}: {note}",
    "alert-call": "{officer} called for alert {kind}",
    "seal-event": "seal {sign}, now {after}",
    "seal-event-refuted": "a change of the seal was refuted by later data",
    "examination-order": "examination ordered at {office}: {says}",
    "guarantee": "guarantee {what}: {why}",
    "allocation": "drawn to examine: {examiner}",
    "take-over": "{examiner} took the order over: {reason}",
    "assignment": "{officer} gave the order to {examiner}",
    "lapse": "the documents were not checked in time; audited after release instead",
}

_CONCLUSIONS = {
    "irregular": "irregularity found",
    "conform": "nothing found",
    "pending": "the laboratory result is pending",
}

#: Codes of what tells the lane, the order or the result: for the offices that advice is for alone.
OF_ADVICE = frozenset(
    (
        "lane", "override", "release", "reopen", "result", "write-back", "examination-order", "allocation", "take-over",
        "assignment", "lapse", "host-lane", "result-beside",
    )
)  # fmt: skip

#: Those of them that tell the lane.
_OF_LANES = frozenset(("lane", "override", "write-back"))

#: Records that hold a result: as they are, or within.
_RESULTS = frozenset(("result", "result-beside"))

#: Actors that are roles of the house, not people.
_MACHINES = {"", SEALED_ASSESSMENT, "tracker"}

_CODES = {"assessment": "lane", "look": "looked"}


def entries_of(
    stores: Stores,
    connection: Connection,
    consignment: UUID,
    where: Belonging,
    may_know: Callable[[Resource], bool],
) -> Iterable[Entry]:
    """Everything sealed about a consignment, and what its host decided (0..n).

    Args:
        stores: The stores.
        connection: The transaction.
        consignment: Dossier.
        where: To which offices it belongs.
        may_know: Whether the reader may know of advice, orders and results that belong there.
    """
    records = [(leaf, msgspec.json.decode(body)) for leaf, body in stores.leaves.records_about(connection, consignment)]
    places = _offices_of(stores, connection, records, (consignment, where))
    found = [_entry(leaf, body) for (leaf, body), at in zip(records, places, strict=True) if may_know(at)]
    host = stores.orders.host_decisions(connection, [consignment]).get(consignment)
    of_doubts = doubt_entries(stores, connection, consignment)
    of_calls = [
        entry for alert in Alerts().all_of_consignments(connection, [consignment]) for entry in _call_entries(alert)
    ]
    return [
        *(entry for entry in found if entry),
        *of_doubts,
        *contest_entries(stores, connection, consignment),
        *of_calls,
        *(_host_entries(host, _heard(stores, connection, host)) if host and may_know(where.advice) else ()),
        *_destroyed(stores, connection, consignment),
    ]


def _destroyed(stores: Stores, connection: Connection, consignment: UUID) -> Iterator[Entry]:
    """That records of accesses of days since the dossier began are gone: else it would look as if nobody had accessed it."""
    line = stores.consignments.line(connection, consignment)
    gone = destroyed_accesses(stores, connection, line.received) if line is not None else None
    if gone is not None:
        yield Entry(
            at=gone.at,
            code="looks-destroyed",
            message="records of accesses up to {day} were destroyed under the retention schedule: {law}",
            arguments={"day": gone.until.isoformat(), "law": "; ".join(gone.laws)},
        )


def _offices_of(
    stores: Stores,
    connection: Connection,
    records: Sequence[tuple[StoredLeaf, dict[str, Any]]],
    dossier: tuple[UUID, Belonging],
) -> list[Resource]:
    """To which offices each of some records about a dossier belongs, oldest first.

    Advice is of the office that it was made for, an act on an order also of the office where that is carried out, and a
    result of the offices that it names. Records that do not say belong where advice belongs today.
    """
    consignment, where = dossier
    order = stores.orders.order_of(connection, [consignment]).get(consignment)
    newest = max((leaf.index for leaf, _ in records if leaf.kind == "assessment"), default=-1)
    offices: tuple[str, ...] | None = None
    places = []
    for leaf, body in records:
        code = _CODES.get(leaf.kind, leaf.kind)
        if leaf.kind == "assessment":
            offices = (body["office"],) if body.get("office") else None
        at_order = (order.office,) if order and order.office and leaf.at >= order.created else ()
        if code not in OF_ADVICE:
            places.append(HOUSE_WIDE)
        elif code in _RESULTS:
            body = body.get("result", body)
            places.append(of_result(body.get("office"), body.get("carried_out_at"), where.order))
        elif code in _OF_LANES:
            is_of_today = offices is None or leaf.index >= newest
            places.append(Resource(offices=(*(offices or ()), *(where.advice.offices if is_of_today else ()))))
        else:
            places.append(Resource(offices=(*(where.advice.offices if offices is None else offices), *at_order)))
    return places


def _entry(leaf: StoredLeaf, body: dict[str, Any]) -> Entry | None:
    sentence = _SENTENCES.get(leaf.kind)
    if leaf.kind == "assessment" and body.get("because"):
        sentence = "advised {lane} again: {because}"
    if leaf.kind == "look" and body.get("emergency"):
        sentence = "{who} accessed the {what} in an emergency, case {case}"
    if sentence is None:
        return None
    if leaf.kind in _RESULTS:
        body = body.get("result", body)
    arguments = {name: str(value) for name, value in body.items() if isinstance(value, str)}
    if leaf.kind in _RESULTS:
        arguments["outcome"] = _CONCLUSIONS.get(body.get("conclusion", ""), "not examined")
    if leaf.kind == "emergency-reviewed":
        arguments["outcome"] = "justified" if body.get("is_justified") else "not justified"
    if leaf.kind == "assignment":
        sentence = "{officer} took the assignment back" if body.get("is_undone") else sentence
        arguments["officer"] = leaf.actor
    if leaf.kind == "allocation":
        arguments.setdefault("examiner", "no one, since all have enough orders or had this declarant too often")
    arguments = {name: value for name, value in arguments.items() if "{" + name + "}" in sentence}
    return Entry(
        at=leaf.at,
        code=_CODES.get(leaf.kind, leaf.kind),
        message=sentence,
        arguments=arguments,
        actor=leaf.actor if leaf.actor not in _MACHINES else None,
        index=leaf.index,
    )


def _call_entries(alert: StoredAlert) -> Iterator[Entry]:
    """What became of an alert about the port call of the manifest; its records are about no one dossier."""
    for act in acts_of(alert) if alert.manifest is not None else ():
        is_ours = act.who in _MACHINES
        says = {"severity": alert.severity, "what": act.what, "says": KINDS[alert.kind][1]}
        yield Entry(
            at=act.at,
            code="track-alert" if is_ours else "alert-act",
            message=_SENTENCES["track-alert" if is_ours else "alert-act"],
            arguments=says if is_ours else {"kind": alert.kind, "what": act.what, "note": act.note},
            actor=None if is_ours else act.who,
        )


def _heard(stores: Stores, connection: Connection, host: StoredHostDecision) -> datetime | None:
    """When the host's newest word on a declaration was sealed; None where nothing sealed says so."""
    records = stores.leaves.records_about(connection, host_about(host.kind, host.value))
    return records[-1][0].at if records else None


def _host_entries(host: StoredHostDecision, heard: datetime | None) -> Iterable[Entry]:
    """What the host says, when it says that it happened; else when it said so, and it is said that this is unknown."""
    epoch = heard or datetime(1970, 1, 1, tzinfo=UTC)
    if host.lane:
        yield Entry(
            at=host.decided or host.returned or epoch,
            code="host-lane",
            message="the host chose {lane}",
            arguments={"lane": host.lane},
        )
    if host.override:
        yield Entry(
            at=host.decided or host.returned or epoch,
            code="host-lane",
            message="an officer of the host set {lane}: {reason}",
            arguments={"lane": host.override, "reason": host.override_reason or "–"},
        )
    if host.is_examined is not None:
        outcome = "not examined" if not host.is_examined else "irregularity found" if host.is_found else "nothing found"
        message = "the host reports: {outcome}" if host.returned else "the host reports, without a day: {outcome}"
        yield Entry(at=host.returned or epoch, code="result", message=message, arguments={"outcome": outcome})
