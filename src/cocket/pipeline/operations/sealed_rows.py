# SPDX-License-Identifier: Apache-2.0
"""What each derived row must say, by sealed records alone: they are gone through in the order of the book.

One small function for each kind of record, as the acts that seal them are small. What no record tells, such as the
office of an order that nobody moved, is left out of a shadow and so not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from cocket.consignment import keys
from cocket.control.agency_words import AGENCY_FILE
from cocket.control.allocation import Allocation
from cocket.control.appointments import APPOINTMENT, SLOT, Appointment, Slot, state_of_appointment, state_of_slot
from cocket.control.self_assessment import SELF_ASSESSMENT, SelfAssessment
from cocket.control.standing import Standing as TraderStanding
from cocket.governance.contest import Contest
from cocket.governance.question import Question
from cocket.measures.payments import PaymentAdvice
from cocket.measures.permits import PermitName, Taken
from cocket.measures.valuation import Doubt, state_of
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.agency_holds import HOLD
from cocket.pipeline.base.continuous_access import LOOK_ENDED, AccessEnded
from cocket.pipeline.base.gateway_files import BATCH, GATEWAY, HELD
from cocket.pipeline.base.notices import PREFERENCES, Preferences
from cocket.pipeline.base.office_pack_files import PACK
from cocket.pipeline.base.outage_files import OUTAGE
from cocket.pipeline.base.partner_agreements import AGREEMENT
from cocket.pipeline.base.pilot_protocols import ANSWER, LOOK, PILOT
from cocket.pipeline.base.pilot_protocols import state_of as state_of_pilot
from cocket.pipeline.base.policies import POLICY_DRAFT, POLICY_VERSION
from cocket.pipeline.base.proposals import KIND as PROPOSAL
from cocket.pipeline.base.proposals import state_in as proposal_state
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.set_aside import CLOSED, RETRY, SET_ASIDE, WORKED, SealedSetAside
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION
from cocket.pipeline.consignment.linking import Merged
from cocket.pipeline.consignment.mirror_records import PRIVATE_RUN, RECORD, KeptRecord
from cocket.pipeline.consignment.outcomes import AuditStep, HostRow, read_stored
from cocket.pipeline.consignment.relinking import PARTED, Parted
from cocket.pipeline.control.advice import SealedAct
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.control.desk_notes import comment_state
from cocket.pipeline.control.host_decisions import draw_reported_by, merged, reported_by
from cocket.pipeline.control.officer_allocation import Assignment, Duty, TakeOver
from cocket.pipeline.control.order_expiry import OrderExpiry
from cocket.pipeline.control.questions import QUESTION
from cocket.pipeline.credentials.credential_files import CONTEXT, ISSUED, KEY, LIST, RECOGNISED, TAKEN
from cocket.pipeline.credentials.self_assessments import SUBMITTED
from cocket.pipeline.credentials.titles import TITLE, FollowedTitle
from cocket.pipeline.governance.acts_for import ACTS_FOR
from cocket.pipeline.governance.decoys import DECOY
from cocket.pipeline.governance.emergency_files import EMERGENCY
from cocket.pipeline.governance.factors import FACTORS
from cocket.pipeline.governance.key_terms import KEY_TERMS
from cocket.pipeline.governance.mandates import MANDATE, Mandate
from cocket.pipeline.governance.sign_in import Grant, SignOut
from cocket.pipeline.governance.watch_views import CASE
from cocket.pipeline.governance.watchers import STAFF
from cocket.pipeline.governance.webhooks import WEBHOOK, Webhook
from cocket.pipeline.measures.doubt_views import SealedStep
from cocket.pipeline.measures.payments import PAYMENT, PAYMENT_ADVICE, SealedPayment, file_id
from cocket.pipeline.measures.permits import SealedHold, SealedPermit, WriteOff, hold_id
from cocket.pipeline.operations.backup_files import Statement as BackupStatement
from cocket.pipeline.operations.legal_holds import LEGAL_HOLD
from cocket.pipeline.risk.hubs import HUB_LIST
from cocket.pipeline.risk.intelligence import IntelligenceHit
from cocket.pipeline.risk.rulebooks import RuleFile
from cocket.pipeline.tracking.alert_effects import ExaminationOrder, GuaranteeAct, SealedAlert
from cocket.pipeline.tracking.alerts import AlertHandled
from cocket.pipeline.tracking.cell_tables import CELL_TABLE
from cocket.pipeline.tracking.device_register import DeviceChange
from cocket.pipeline.tracking.device_stock import CustodyChange
from cocket.pipeline.tracking.enquiries import ENQUIRY
from cocket.pipeline.tracking.guarantees import GUARANTEE_FILE
from cocket.pipeline.tracking.hand_overs import HAND_OVER
from cocket.pipeline.tracking.journeys import JourneyAct
from cocket.pipeline.tracking.on_call import ON_CALL
from cocket.pipeline.tracking.seal_handling import SEAL_HANDLING
from cocket.screening import Cleared
from cocket.stores.consignment.consignments import LANES
from cocket.stores.control.orders import StoredHostDecision, StoredHostDraw
from cocket.stores.governance.people import TEMPORARY
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.measures.permits import permit_id
from cocket.stores.operations.row_audits import RowName, Shadow, plain
from cocket.stores.screening.lists import StoredList
from cocket.trials.lessons.card import USE_CASE, Card
from cocket.trials.lessons.recommendations import RECOMMENDATION, Recommendation
from cocket.trials.lessons.sharing import SHARED, TakenCard
from cocket.trials.lessons.sharing import TAKEN as TAKEN_CARD
from cocket.trials.lessons.year import YEAR_REPORT
from cocket.trials.pilots.protocol import PilotProtocol
from cocket.trials.readiness import READINESS

_EXAMINED = ("red", "yellow")

#: Dossiers of which an assessment was sealed before assessments named the rules that fired: the rows of these rules may be
#: older than any record that names them. No table, so that no row is looked for.
_HITS_UNSEALED = "hits unsealed"


class SealedRows:
    """The shadows of rows while records are gone through.

    Args:
        load: Gives the shadow of a row as it was kept; None if there is none.
        load_about: Gives every shadow kept about a dossier.
        lost: Subject → index of the first assessment of it that nobody can open.
    """

    def __init__(
        self,
        load: Callable[[RowName], Shadow | None],
        load_about: Callable[[str], Mapping[RowName, Shadow]],
        lost: Mapping[str, int] | None = None,
    ) -> None:
        self._load, self._load_about, self._lost = load, load_about, lost or {}
        self.changed: dict[RowName, Shadow | None] = {}

    def take(self, leaf: StoredLeaf, body: bytes) -> None:
        """Take in one sealed record; one that no row rests on changes nothing."""
        if handler := _HANDLERS.get(leaf.kind):
            handler(self, leaf, body)
        elif leaf.kind.startswith("audit-") and leaf.kind != "audit-seed":
            _case_step(self, leaf, body)
        elif leaf.kind.startswith("doubt-"):
            _doubt(self, leaf, body)

    def miss(self, leaf: StoredLeaf, *, is_given_up: bool) -> None:
        """Take in a leaf whose record is gone: how the file stands that it is about is not known, but that there is one is.

        Args:
            leaf: The leaf.
            is_given_up: Whether a sealed record says that what it sealed is lost: then the file may be gone with it.
        """
        name = f"of {leaf.subject}"
        known = self.get("case_file", name)
        if _HANDLERS.get(leaf.kind) in _FILE_HANDLERS and leaf.subject and (known is None or known.leaf <= leaf.index):
            self.put("case_file", name, leaf, kind=leaf.kind, is_given_up=is_given_up)

    def is_first(self, leaf: StoredLeaf) -> bool:
        """Whether no assessment before this one told what it tells for the first time, lost ones among them."""
        return self._lost.get(leaf.subject, leaf.index) >= leaf.index

    def get(self, table: str, identity: str) -> Shadow | None:
        """The shadow of a row; None if no record mentions it."""
        name = table, identity
        return self.changed[name] if name in self.changed else self._load(name)

    def about(self, consignment: str) -> dict[RowName, Shadow]:
        """Every shadow about a dossier."""
        known = {name: one for name, one in self._load_about(consignment).items() if name not in self.changed}
        here = {name: one for name, one in self.changed.items() if one is not None and one.about == consignment}
        return known | here

    def put(self, table: str, identity: str, leaf: StoredLeaf, /, **values: Any) -> None:
        """Let a row be as a record says."""
        told = {name: plain(value) for name, value in values.items()}
        self.changed[(table, identity)] = Shadow(leaf=leaf.index, values=told)

    def change(self, table: str, identity: str, leaf: StoredLeaf, /, **values: Any) -> None:
        """Let columns of a row be as a record says; a row that no record made is left alone."""
        known = self.get(table, identity)
        if known is not None:
            self.put(table, identity, leaf, **(known.values | values))

    def drop(self, table: str, identity: str) -> None:
        """Let there be no such row."""
        self.changed[(table, identity)] = None


def digest_of(content: bytes) -> str:
    """SHA-256 of a body, in hexadecimal."""
    return sha256(content).hexdigest()


def _assessment(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=SealedAdvice)
    score = {} if told.is_degraded else {"score": told.score}
    rows.put(
        "assessment",
        str(leaf.record),
        leaf,
        **{"id": str(leaf.record), "consignment": told.consignment, "message": told.message, **score},
        made=datetime.fromisoformat(told.made),
        lane=told.lane,
        is_random=told.is_random,
        propensity=told.propensity,
    )
    ordered = rows.get("control_order", told.consignment)
    if ordered is not None and ordered.values.get("by_intelligence") == leaf.at.isoformat():
        rows.drop("control_order", told.consignment)  # it was declared already, so the assessment orders
    rows.put(
        "consignment", told.consignment, leaf, lane=told.lane, assessment=str(leaf.record), merged_into=None, **score
    )
    if told.lane in _EXAMINED:
        made = datetime.fromisoformat(told.made)
        _open_order(rows, leaf, told.consignment, told.lane, made)
        if told.order:  # in place of one that had ended
            opened = {"id": told.order, "consignment": told.consignment, "lane": told.lane, "status": "open"}
            since = {"order": told.order, "opened": made, "made_by": str(leaf.record)}
            rows.put("control_order", told.consignment, leaf, **opened, **since)
    if told.hits is None:
        rows.put(_HITS_UNSEALED, told.consignment, leaf)
    for hit in told.hits or ():
        name = f"{told.consignment} {hit.rule} {hit.wording}"
        if rows.get("rule_hit", name) is None:  # the first one stays
            fields: dict[str, Any] = {"consignment": told.consignment, "rule": hit.rule, "wording": hit.wording}
            if rows.is_first(leaf) and rows.get(_HITS_UNSEALED, told.consignment) is None:
                fields |= msgspec.structs.asdict(hit) | {"at": datetime.fromisoformat(told.made)}
            rows.put("rule_hit", name, leaf, **fields)


def _open_order(
    rows: SealedRows, leaf: StoredLeaf, consignment: str, lane: str, opened: datetime | None = None
) -> None:
    """As `Orders.order` does. When it was opened, and by which record it is as it is, is told for setting right alone."""
    earlier = rows.get("control_order", consignment)
    since = {"opened": opened or leaf.at, "made_by": str(leaf.record)}
    if earlier is None:
        rows.put("control_order", consignment, leaf, consignment=consignment, lane=lane, status="open", **since)
    elif earlier.values["status"] == "lapsed":
        rows.change("control_order", consignment, leaf, lane=lane, status="open", **since)
    elif earlier.values["status"] == "open":
        rows.change("control_order", consignment, leaf, lane=lane, made_by=since["made_by"])


def _override(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=SealedAct)
    rows.put(
        "override",
        told.consignment,
        leaf,
        consignment=told.consignment,
        lane=told.lane,
        reason=told.reason,
        officer=told.officer,
        at=leaf.at,
        made_by=str(leaf.record),
    )
    if told.lane in _EXAMINED:
        _open_order(rows, leaf, told.consignment, str(told.lane))


def _release(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=SealedAct)
    _say(rows, leaf, told.consignment, "released" if leaf.kind == "release" else "open")


def _say(rows: SealedRows, leaf: StoredLeaf, consignment: str, status: str) -> None:
    """As `Orders.set_status` does."""
    rows.change("control_order", consignment, leaf, status=status, made_by=str(leaf.record))


def _result(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    result = read_stored(body)
    duty = result.duty_recovered
    rows.put(
        "result",
        str(leaf.record),
        leaf,
        id=str(leaf.record),
        consignment=result.consignment,
        at=result.returned,
        is_examined=result.is_found is not None,
        is_found=result.is_found,
        duty=duty.value if duty else None,
        currency=duty.currency if duty else None,
    )
    order = rows.get("control_order", result.consignment)
    is_of_earlier = order is not None and "id" in order.values and order.values["id"] != result.order
    if result.conclusion != "not-examined" and not is_of_earlier:
        _say(rows, leaf, result.consignment, "done")


def _lapse(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=OrderExpiry)
    _say(rows, leaf, told.consignment, "lapsed")
    rows.change("consignment", told.consignment, leaf, lane=told.instead)


def _examination_order(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=ExaminationOrder)
    _say(rows, leaf, told.consignment, "open")
    _open_order(rows, leaf, told.consignment, told.lane)
    rows.change("control_order", told.consignment, leaf, office=told.office)


def _intelligence_hit(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """Before its declaration comes, a hit alone orders; afterwards the assessment sealed with it does."""
    told = msgspec.json.decode(body, type=IntelligenceHit)
    if told.lane in _EXAMINED and rows.get("consignment", told.consignment) is None:
        _open_order(rows, leaf, told.consignment, str(told.lane))
        rows.change("control_order", told.consignment, leaf, by_intelligence=leaf.at.isoformat())


def _merged(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """As `Consignments.merge` does."""
    told = msgspec.json.decode(body, type=Merged)
    source, target = told.source, told.target
    while (gone_up := rows.get("consignment", target)) is not None and gone_up.values.get("merged_into"):
        target = gone_up.values["merged_into"]
    for (table, identity), shadow in rows.about(source).items():
        if table in ("assessment", "result", "journey", "alert"):
            rows.put(table, identity, leaf, **(shadow.values | {"consignment": target}))
        elif table in ("control_order", "override") and rows.get(table, target) is None:
            rows.put(table, target, leaf, **(shadow.values | {"consignment": target}))
            rows.drop(table, identity)
        elif table == "consignment":
            rows.put(table, identity, leaf, **(shadow.values | {"consignment": target, "merged_into": target}))
    ours, theirs = rows.get("consignment", target), rows.get("consignment", source)
    if theirs is not None:
        rows.put("consignment", target, leaf, **_stricter(ours.values if ours else {}, theirs.values))
    left = theirs.values if theirs is not None else {"lane": None, "score": None, "assessment": None}
    rows.put("consignment", source, leaf, **(left | {"merged_into": target, "consignment": target}))


def _parted(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """As `relink_dossiers` does: what is about papers that went into a dossier of their own goes with them."""
    told = msgspec.json.decode(body, type=Parted)
    moved = [("assessment", one) for one in told.assessments]
    moved += [("journey", one) for one in told.journeys] + [("alert", one) for one in told.alerts]
    moved += [("result", one) for one in told.results]
    for table, identity in moved:
        rows.change(table, identity, leaf, consignment=told.target)
    for address in told.addresses:
        led = {"merged_into": told.target, "consignment": told.target}
        if address == told.target:
            known = rows.get("consignment", address)
            values = {} if known is None else {k: v for k, v in known.values.items() if k != "consignment"}
            rows.put("consignment", address, leaf, **(values | {"merged_into": None}))
        else:
            rows.change("consignment", address, leaf, **led)
    for table, held_by, goes_to in told.handed_over:
        held = rows.get(table, held_by)
        if held is not None:
            rows.put(table, goes_to, leaf, **(held.values | {"consignment": goes_to}))
            rows.drop(table, held_by)
    if told.assessments and told.assessment is not None:
        score = {} if told.score is None else {"score": told.score}
        rows.change("consignment", told.source, leaf, lane=told.lane, assessment=told.assessment, **score)


def _stricter(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    def rank(values: dict[str, Any]) -> int:
        return LANES.index(values["lane"]) if values.get("lane") else len(LANES)

    joined = dict(theirs if rank(theirs) < rank(ours) else ours) | {"merged_into": None}
    joined["assessment"] = ours.get("assessment") or theirs.get("assessment")
    joined.pop("score", None)
    if ours.get("score") is not None:
        joined["score"] = ours["score"]
    elif "score" in theirs and (not ours or "score" in ours):
        joined["score"] = theirs["score"]
    return joined


def _host_row(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    row = msgspec.json.decode(body, type=HostRow)
    for key in keys((row.reference,), "")[:1]:
        identity = f"{key.kind} {key.value}"
        known = rows.get("host_decision", identity)
        earlier = msgspec.convert(known.values, StoredHostDecision, strict=False) if known else None
        said = msgspec.structs.asdict(merged(reported_by(key, row), earlier))
        drawn = msgspec.convert(known.values, StoredHostDraw, strict=False) if known else None
        said |= msgspec.structs.asdict(merged(draw_reported_by(key, row), drawn))
        if row.returned is None and (known is None or "returned" not in known.values):
            del said["returned"]  # rows of before had the moment at which it came, which stands in no record
        rows.put("host_decision", identity, leaf, **said)


def _seed(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body)
    rows.put("draw_seed", told["day"], leaf, day=told["day"], commitment=told["commitment"])


def _officer(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Grant)
    more = _bound(leaf) | ({"secret": told.secret} if told.secret else {})
    rows.put(
        "officer", told.name, leaf, id=told.name, role=told.roles[0], office=told.office, is_disabled=False, **more
    )


def _bound(leaf: StoredLeaf) -> dict[str, Any]:
    """The record that an account rests on from then on; older ones are about no account, and rows do not name them."""
    return {"record": str(leaf.record)} if leaf.subject else {}


def _key(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Grant)
    known = rows.get("api_key", told.name)
    secret = told.secret or (known.values.get("secret") if known else None)
    more = _bound(leaf) | ({"secret": secret} if secret else {})
    given = {"id": told.name, "roles": told.roles, "senders": told.senders, "office": told.office}
    rows.put("api_key", told.name, leaf, is_revoked=False, **given, **more)


def _key_revoked(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Grant)
    rows.change("api_key", told.name, leaf, is_revoked=True, revoked_at=leaf.at, **_bound(leaf))


def _officer_changed(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Grant)
    if leaf.kind != "password":
        is_disabled = leaf.kind == "officer-disabled"
        at = leaf.at if is_disabled else None
        rows.change("officer", told.name, leaf, is_disabled=is_disabled, disabled_at=at, **_bound(leaf))
    elif told.secret:
        rows.change("officer", told.name, leaf, secret=told.secret, **_bound(leaf))


def _set_right(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """An officer or a key whose secret was changed by another hand was shut out."""
    told = msgspec.json.decode(body)
    column = {"officer": "disabled", "api_key": "revoked"}.get(told["table"])
    known = rows.get(told["table"], told["id"])
    if column is not None and known is not None and told["columns"].get(column):
        left = {name: value for name, value in known.values.items() if name != "secret"}
        rows.put(
            told["table"], told["id"], leaf, **(left | {f"is_{column}": True, f"{column}_at": told["columns"][column]})
        )


def _sign_in(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    rows.put("session", str(leaf.record), leaf, record=str(leaf.record), officer=leaf.actor)


def _sign_out(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    rows.drop("session", str(msgspec.json.decode(body, type=SignOut).sign_in))


def _standing(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    state = msgspec.json.decode(body, type=TraderStanding).standing_now
    _file(rows, leaf, body, state)


def _comment(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    _file(rows, leaf, body, comment_state(body))


def _rule(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    _file(rows, leaf, body, msgspec.json.decode(body, type=RuleFile).state)


def _proposal(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    _file(rows, leaf, body, proposal_state(body))


def _case_step(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    _file(rows, leaf, body, msgspec.json.decode(body, type=AuditStep).case.state)


def _intelligence(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    _file(rows, leaf, body, "active")


def _intelligence_end(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    rows.put("case_file", f"of {leaf.subject}", leaf, state="ended")


def _file(rows: SealedRows, leaf: StoredLeaf, body: bytes, state: str) -> None:
    """A file whose body is the record's own, byte for byte; its subject tells which, as the record is about it."""
    rows.put("case_file", f"of {leaf.subject}", leaf, state=state, digest=digest_of(body), body=str(leaf.record))


def _doubt(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """A doubt is its steps: the file holds them all, each record one of them."""
    told = msgspec.json.decode(body, type=SealedStep)
    known = rows.get("case_file", f"of {leaf.subject}")
    doubt = Doubt(id=told.doubt, consignment=told.consignment, item=told.item, indication=told.indication)
    if known is not None:
        doubt = msgspec.json.decode(known.values["json"], type=Doubt)
    elif told.points is not None:
        doubt = msgspec.structs.replace(doubt, points=told.points)
    doubt = msgspec.structs.replace(doubt, steps=(*doubt.steps, told.step))
    text = msgspec.json.encode(doubt)
    is_whole = known.values["is_whole"] if known else told.points is not None or told.indication is None
    digest = {"digest": digest_of(text)} if is_whole else {}  # records of before do not tell the points
    more = {"state": state_of(doubt.steps), "json": text.decode(), "is_whole": is_whole, "trader": told.trader}
    rows.put("case_file", f"of {leaf.subject}", leaf, consignment=told.consignment, **digest, **more)


def _document(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """A document whose body is the record's own; how it stands follows from it."""
    state_of_document = _DOCUMENT_STATES.get(leaf.kind)
    _file(rows, leaf, body, state_of_document(body) if state_of_document is not None else "kept")


#: Kind of document → how its file stands, by its content; others are kept.
_DOCUMENT_STATES: dict[str, Callable[[bytes], str]] = {
    POLICY_DRAFT: lambda body: str(msgspec.json.decode(body).get("state", "draft")),
    GUARANTEE_FILE: lambda body: str(msgspec.json.decode(body)["state"]),
    SEAL_HANDLING: lambda body: str(msgspec.json.decode(body)["condition"]),
    ISSUED: lambda body: str(msgspec.json.decode(body)["state"]),
    HAND_OVER: lambda body: str(msgspec.json.decode(body)["stage"]),
    CASE: lambda body: str(msgspec.json.decode(body)["state"]),
    ENQUIRY: lambda body: str(msgspec.json.decode(body).get("state", "none")),
    SELF_ASSESSMENT: lambda body: msgspec.json.decode(body, type=SelfAssessment).state,
    SUBMITTED: lambda body: msgspec.json.decode(body, type=SelfAssessment).state,
    CELL_TABLE: lambda body: "withdrawn" if msgspec.json.decode(body)["is_withdrawn"] else "in-use",
    HUB_LIST: lambda body: "withdrawn" if msgspec.json.decode(body)["is_withdrawn"] else "in-use",
    TITLE: lambda body: str(msgspec.json.decode(body, type=FollowedTitle).title.standing),
    LEGAL_HOLD: lambda body: str(msgspec.json.decode(body)["state"]),
    CONTEST: lambda body: msgspec.json.decode(body, type=Contest).state,
    QUESTION: lambda body: msgspec.json.decode(body, type=Question).state,
    MANDATE: lambda body: msgspec.json.decode(body, type=Mandate).state,
    WEBHOOK: lambda body: msgspec.json.decode(body, type=Webhook).state,
    LINK_CORRECTION: lambda body: "undone" if msgspec.json.decode(body)["undone_by"] else "standing",
    RECORD: lambda body: msgspec.json.decode(body, type=KeptRecord).state,
    PILOT: lambda body: state_of_pilot(msgspec.json.decode(body, type=PilotProtocol)),
    USE_CASE: lambda body: msgspec.json.decode(body, type=Card).state,
    TAKEN_CARD: lambda body: msgspec.json.decode(body, type=TakenCard).state,
    RECOMMENDATION: lambda body: msgspec.json.decode(body, type=Recommendation).state,
    GATEWAY: lambda body: str(msgspec.json.decode(body).get("state", "active")),
    HELD: lambda body: "settled" if msgspec.json.decode(body).get("settled") else "open",
    APPOINTMENT: lambda body: state_of_appointment(msgspec.json.decode(body, type=Appointment)),
    SLOT: lambda body: state_of_slot(msgspec.json.decode(body, type=Slot)),
    OUTAGE: lambda body: "ended" if msgspec.json.decode(body).get("ends") else "open",
}


def _preferences(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """How an officer wishes to be reached: one file for each officer, whom the record names."""
    officer = msgspec.json.decode(body, type=Preferences).officer
    rows.put("case_file", f"{PREFERENCES} {officer}", leaf, state="kept", digest=digest_of(body), body=str(leaf.record))


def _title_entry(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """The book of a title must be there; that its entries hold together is proved whenever it is read."""
    rows.put("case_file", f"of {leaf.subject}", leaf)


def _allocation(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Allocation)
    name = f"allocation {leaf.subject}"
    rows.put("case_file", name, leaf, examiner=told.examiner, of=told.consignment, draw=str(leaf.record), moves=[])


def _take_over(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=TakeOver)
    moves = _moves(rows, leaf, told.examiner)
    rows.change("case_file", f"allocation {leaf.subject}", leaf, examiner=told.examiner, moves=moves)
    rows.change("control_order", told.consignment, leaf, order=told.order)


def _assignment(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """An order that was never drawn for gets its file by being assigned."""
    told = msgspec.json.decode(body, type=Assignment)
    known = rows.get("case_file", f"allocation {leaf.subject}")
    fields = (known.values if known else {}) | {"examiner": told.examiner, "of": told.consignment}
    rows.put("case_file", f"allocation {leaf.subject}", leaf, **(fields | {"moves": _moves(rows, leaf, told.examiner)}))
    rows.change("control_order", told.consignment, leaf, order=told.order)


def _moves(rows: SealedRows, leaf: StoredLeaf, to: str | None) -> list[list[str | None]]:
    """Every move of an order since its draw, with this one: by what, and to whom."""
    known = rows.get("case_file", f"allocation {leaf.subject}")
    return [*(known.values.get("moves", []) if known else []), [leaf.kind, to]]


def _hold(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=SealedHold)
    identity = str(hold_id(UUID(told.consignment), told.hold))
    state = "held" if told.hold.is_held else "released"
    text = msgspec.json.encode(told.hold)
    fields = {"id": identity, "kind": HOLD, "of": told.consignment, "json": text.decode()}
    rows.put("case_file", identity, leaf, **fields, state=state, digest=digest_of(text))


def _payment(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """An advice of payment, or a payment: the file's body is the record's own."""
    if leaf.kind == PAYMENT_ADVICE:
        asked = msgspec.json.decode(body, type=PaymentAdvice)
        identity, state, consignment = str(file_id(PAYMENT_ADVICE, asked.reference)), "asked", asked.consignment
    else:
        told = msgspec.json.decode(body, type=SealedPayment)
        identity, state, consignment = told.id, told.outcome, told.consignment
    fields = {"id": identity, "kind": leaf.kind, "state": state, "consignment": consignment or None}
    rows.put("case_file", identity, leaf, **fields, digest=digest_of(body), body=str(leaf.record))


def _permit(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    permit = msgspec.json.decode(body, type=SealedPermit).permit
    identity = str(permit_id(permit.name))
    bare = msgspec.json.encode(msgspec.structs.replace(permit, taken=Taken()))
    rows.put(
        "permit",
        identity,
        leaf,
        id=identity,
        agency=permit.agency,
        type=permit.type,
        number=permit.name.number,
        line=permit.line,
        digest=digest_of(bare),
        json=bare.decode(),
        status=permit.status,
        quantity=permit.quantity,
        value=permit.value,
        uses=permit.uses,
    )


def _write_off(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=WriteOff)
    if told.outcome != "changed":
        return
    is_returned = told.act == "give-back"
    rows.put(
        "permit_claim",
        told.declaration,
        leaf,
        declaration=told.declaration,
        version=told.version,
        is_returned=is_returned,
    )
    for use in told.uses:
        name: PermitName = use.draw.permit
        identity = f"{permit_id(name)} {told.declaration} {use.draw.item}"
        rows.put(
            "permit_use",
            identity,
            leaf,
            permit=str(permit_id(name)),
            declaration=told.declaration,
            item=use.draw.item,
            state=use.state,
            quantity=use.draw.quantity,
            value=use.draw.value,
        )


def _journey(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=JourneyAct)
    known = rows.get("journey", told.journey)
    state = "discharged" if told.what == "discharged" else known.values["state"] if known else "under-way"
    guarantee = "none" if told.plan.guarantee_amount is None else "at-stake"
    given = known.values if known else {"guarantee": guarantee, "is_arrived": False}
    text = msgspec.json.encode(told.plan)
    fixed = {"id": told.journey, "reference": told.reference, "state": state}
    if told.what == "discharged":
        fixed |= {"discharged_at": plain(leaf.at), "ended_by": leaf.actor}
    plan: dict[str, Any] = {"plan": digest_of(text), "plan_json": text.decode()}
    plan |= {"departure": told.plan.departure.name, "destination": told.plan.destination.name}
    plan |= {"starts_at": told.plan.starts_at, "time_limit": told.plan.time_limit}
    rows.put("journey", told.journey, leaf, **(given | fixed | plan))
    for device in told.plan.devices if told.what == "activated" else ():
        _hand(rows, leaf, device, "issued", told.reference)


def _hand(rows: SealedRows, leaf: StoredLeaf, device: str, custody: str, holder: str) -> None:
    rows.put("device_standing", device, leaf, device=device, custody=custody, holder=holder)


def _custody(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=CustodyChange)
    _hand(rows, leaf, told.device, told.custody, told.holder)


def _device(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """As `DeviceRegister` does: a new credential lets earlier ones end, and who is revoked has none."""
    told = msgspec.json.decode(body, type=DeviceChange)
    known = rows.get("device", told.device)
    states = {"added": "active", "restored": "active", "suspended": "suspended", "revoked": "revoked"}
    earlier = known.values["held"] if known else []
    values: dict[str, Any] = {"id": told.device, "adapter": told.adapter, "topic": told.topic}
    values |= {"state": states.get(told.act) or (known.values["state"] if known else "active")}
    identity = told.identity or (known.values.get("identity") if known else None)
    values |= {"identity": identity} if identity else {}
    is_credential = told.digest is not None and told.act in ("added", "rotated")
    rows.put("device", told.device, leaf, held=[*earlier, *([told.digest] if is_credential else [])], **values)
    if told.until is not None and told.act in ("rotated", "revoked"):
        for digest in earlier:
            held = rows.get("device_credential", digest)
            ends = held.values["until"] if held else None
            if ends is None or datetime.fromisoformat(ends) > told.until:
                rows.change("device_credential", digest, leaf, until=told.until)
    if is_credential:
        fields = {"digest": told.digest, "device": told.device, "kind": told.kind, "until": None}
        rows.put("device_credential", str(told.digest), leaf, **fields)
    elif told.act == "proof-key":
        algorithm, _, kid = (told.kind or "").partition(" ")
        secret = {} if algorithm == "HS256" else {"material_digest": told.digest}
        fields = {"device": told.device, "kid": kid, "algorithm": algorithm, **secret}
        rows.put("device_proof_key", f"{told.device} {kid}", leaf, **fields)


def _laid_down(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    kind, name, version, act = (msgspec.json.decode(told[one]) for one in ("kind", "name", "version", "act"))
    office = {"office": msgspec.json.decode(told["office"])} if "office" in told else {}
    values = {"kind": kind, "name": name, "version": version, "is_retired": act == "retired"}
    wording = bytes(told["wording"])
    more = {"changed_by": leaf.actor, "digest": digest_of(wording), "wording": wording.decode(), **office}
    rows.put("laid_down", f"{kind} {name} {version}", leaf, **values, **more)


def _backup(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=BackupStatement)
    fields = {"leaves": told.leaves, "size_bytes": told.bytes, "kind": told.kind, "digest": told.manifest}
    rows.put("backup", str(leaf.record), leaf, id=str(leaf.record), **fields)


def _guarantee(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=GuaranteeAct)
    rows.change("journey", told.journey, leaf, guarantee=told.what)


def _arrival(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body)
    is_arrived = told["at"] is not None
    rows.change("journey", told["journey"], leaf, state=told["state"], is_arrived=is_arrived, arrived_at=told["at"])


def _alert(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=SealedAlert)
    known = rows.get("alert", told.id)
    given = known.values if known else {"state": "open", "reason": None}
    fixed = {"id": told.id, "kind": told.alert.kind, "severity": told.severity} if known is None else {}
    sealed = {"is_withdrawn": told.what == "withdrawn", "sealed_in": str(leaf.record)}
    rows.put("alert", told.id, leaf, **(given | fixed | sealed))


def _alert_act(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=AlertHandled)
    known = rows.get("alert", told.alert)
    if known is None:
        return
    if told.what == "there":  # the unit is still out
        return
    rank = ("open", "acknowledged", "assigned", "dispatched", "closed")
    changes = {"state": max(told.what, known.values["state"], key=rank.index)}
    if told.what == "assigned":
        changes["assigned_to"] = told.to
    elif told.what == "dispatched":
        changes["unit"] = told.to
    elif told.what == "closed":
        changes["reason"] = told.reason
    rows.change("alert", told.alert, leaf, **changes)


def _list(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """The version of a list is the digest of its content."""
    told = msgspec.json.decode(body, type=StoredList)
    rows.put("screening_list", told.name, leaf, **msgspec.structs.asdict(told), content_digest=told.version)


def _look(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """A look that lasts stands in the database until its end is sealed."""
    if b'"since"' not in body:
        return
    told = msgspec.json.decode(body, type=AccessRecord)
    if told.since is None:
        return
    identity = f"{told.who} {told.what} {told.purpose}"
    known = rows.get("watch", identity)
    goes_on = known is not None and known.values["began"] == plain(told.since)
    shown: dict[str, Any] = known.values["shown"] if known is not None and goes_on else {}
    shown = dict.fromkeys(told.subjects, plain(leaf.at)) | shown
    fields = {"who": told.who, "what": told.what, "purpose": told.purpose, "roles": told.roles, "began": told.since}
    rows.put("watch", identity, leaf, **fields, shown=dict(sorted(shown.items())))


def _look_ended(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=AccessEnded)
    rows.drop("watch", f"{told.who} {told.what} {told.purpose}")


def _clearance(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Cleared)
    fields = msgspec.structs.asdict(told)
    rows.put("screening_clearance", f"{told.subject} {told.list} {told.entry}", leaf, **fields)


def _confirmation(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Cleared)
    rows.drop("screening_clearance", f"{told.subject} {told.list} {told.entry}")


def _duty(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    told = msgspec.json.decode(body, type=Duty)
    known = rows.get("place", "off-duty")
    off = set(known.values["off_duty"]) if known else set()
    off = off - {told.officer} if told.is_on else off | {told.officer}
    rows.put("place", "off-duty", leaf, off_duty=sorted(off))


def _models(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    rows.put("place", "models-in-use", leaf, value=body)


#: Kinds of records of which each is the whole body of the file of the same kind.
DOCUMENTS = (
    TITLE,
    KEY,
    ISSUED,
    RECOGNISED,
    CONTEXT,
    LIST,
    TAKEN,
    CELL_TABLE,
    HUB_LIST,
    GUARANTEE_FILE,
    SEAL_HANDLING,
    ON_CALL,
    HAND_OVER,
    ENQUIRY,
    FACTORS,
    LEGAL_HOLD,
    AGREEMENT,
    CASE,
    DECOY,
    STAFF,
    POLICY_DRAFT,
    POLICY_VERSION,
    KEY_TERMS,
    ACTS_FOR,
    CONTEST,
    QUESTION,
    MANDATE,
    WEBHOOK,
    EMERGENCY,
    LINK_CORRECTION,
    RECORD,
    PRIVATE_RUN,
    PILOT,
    LOOK,
    ANSWER,
    GATEWAY,
    BATCH,
    HELD,
    OUTAGE,
    PACK,
    APPOINTMENT,
    SLOT,
    AGENCY_FILE,
    SELF_ASSESSMENT,
    SUBMITTED,
    READINESS,
    USE_CASE,
    SHARED,
    TAKEN_CARD,
    RECOMMENDATION,
    YEAR_REPORT,
)

#: What each kind of record does to rows. Those of audits after release, `audit-…`, and of doubts, `doubt-…`, are alike.
#: Kind of record → how a thing set aside stands by it.
_ASIDE_STATES = {SET_ASIDE: "waiting", RETRY: "retrying", WORKED: "worked", CLOSED: "closed"}

#: Kinds of records by which things are set aside.
ASIDE_KINDS = tuple(_ASIDE_STATES)


def _set_aside(rows: SealedRows, leaf: StoredLeaf, body: bytes) -> None:
    """Why it was set aside is told by the record of that alone; the others say why an officer acted."""
    told = msgspec.json.decode(body, type=SealedSetAside)
    values = msgspec.structs.asdict(told)
    del values["content"], values["reason"]
    values |= {"state": _ASIDE_STATES[leaf.kind], "record": str(leaf.record)}
    known = rows.get("set_aside", told.id)
    if leaf.kind == SET_ASIDE:
        values["reason"] = told.reason
    elif known is not None and "reason" in known.values and known.values["code"] == told.code:
        values["reason"] = known.values["reason"]
    rows.changed[("set_aside", told.id)] = Shadow(
        leaf=leaf.index, values={name: plain(one) for name, one in values.items()}
    )


_HANDLERS: dict[str, Callable[[SealedRows, StoredLeaf, bytes], None]] = {
    "assessment": _assessment,
    "override": _override,
    "release": _release,
    "reopen": _release,
    "result": _result,
    "lapse": _lapse,
    "examination-order": _examination_order,
    "intelligence-hit": _intelligence_hit,
    "merged": _merged,
    PARTED: _parted,
    "host-lane": _host_row,
    "host-result": _host_row,
    "draw-seed": _seed,
    "officer": _officer,
    TEMPORARY: _officer,
    "officer-disabled": _officer_changed,
    "officer-enabled": _officer_changed,
    "password": _officer_changed,
    "row-set-right": _set_right,
    "key": _key,
    "key-revoked": _key_revoked,
    "sign-in": _sign_in,
    "sign-out": _sign_out,
    "standing": _standing,
    "rule": _rule,
    PROPOSAL: _proposal,
    "intelligence": _intelligence,
    "intelligence-end": _intelligence_end,
    "allocation": _allocation,
    "take-over": _take_over,
    "assignment": _assignment,
    "comment": _comment,
    "agency-hold": _hold,
    "agency-release": _hold,
    PAYMENT_ADVICE: _payment,
    PAYMENT: _payment,
    "permit": _permit,
    "permits-reserve": _write_off,
    "permits-confirm": _write_off,
    "permits-give-back": _write_off,
    "journey": _journey,
    "guarantee": _guarantee,
    "journey-arrival": _arrival,
    "track-alert": _alert,
    "alert-act": _alert_act,
    "screening-clearance": _clearance,
    "screening-confirmation": _confirmation,
    "duty": _duty,
    "models-in-use": _models,
    "title-entry": _title_entry,
    PREFERENCES: _preferences,
    "device": _device,
    "device-custody": _custody,
    "place": _laid_down,
    "backup": _backup,
    "screening-list": _list,
    "look": _look,
    LOOK_ENDED: _look_ended,
    **dict.fromkeys(_ASIDE_STATES, _set_aside),
    **dict.fromkeys(DOCUMENTS, _document),
}

#: Those by which a file is what its newest record alone says.
_FILE_HANDLERS = (_standing, _rule, _proposal, _comment, _intelligence, _title_entry, _document)
