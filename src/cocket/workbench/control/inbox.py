# SPDX-License-Identifier: Apache-2.0
"""The inbox, the next case, and what officers do with each other's work: assign, comment, put off, keep a view of the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.workbench.base import given
from cocket.workbench.base.filters import query_of, read_filter
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit, consignment_path

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_TAKEN: Final = "cocket-cases"
_MOST_ORDERS: Final = 100

#: Kinds of line in an inbox, in the order in which they are shown.
KINDS: Final = {
    "alert": _("Alerts you are called for"),
    "due": _("With you, by time left"),
    "second": _("Waits for a second person"),
    "contest": _("Contests to answer"),
    "question": _("Questions to answer"),
    "emergency": _("Accesses in an emergency to review"),
    "request": _("Requests for assistance to answer"),
    "assigned": _("Assigned to you"),
    "mention": _("Mentions you"),
    "snoozed": _("Put off"),
}

#: For how long a case can be put off.
SPANS: Final = {
    "1": (_("One hour"), ""),
    "4": (_("Four hours"), ""),
    "morning": (_("Until tomorrow, 08:00"), ""),
    "week": (_("Seven days"), ""),
}


@routes.get("/inbox")
def inbox(visit: SignedIn, inbox: given.Inbox, kind: str = "") -> Response:
    """What waits for this officer."""
    view = inbox.inbox(visit.principal)
    counts = {name: sum(one.kind == name for one in view.items) for name in KINDS}
    counts["alert"] = len(view.alerts)
    counts["second"] = len(view.waiting)
    counts["contest"] = view.contests
    counts["question"] = view.questions
    counts["emergency"] = view.emergencies
    counts["request"] = view.requests
    chosen = kind if kind in KINDS else ""
    return visit.page("control/inbox", view=view, counts=counts, kinds=KINDS, chosen=chosen)


@routes.post("/inbox/{notice_id}/done")
def done(act: Acting, notes: given.DeskNotes, notice_id: str) -> Response:
    """Take a notice off the inbox."""
    notes.dismiss(act.visit.principal, notice_id)
    return act.visit.go("/inbox")


@routes.get("/next")
def next_case(visit: SignedIn, inbox: given.Inbox, after: str = "") -> Response:
    """The case to take up next; how many were taken up so is counted in this browser, so that draws are mixed in."""
    told = visit.cookie(_TAKEN) or "0"
    taken = int(told) % 1000 if told.isascii() and told.isdigit() else 0
    line = inbox.next_case(visit.principal, taken, after or None)
    if line is None:
        return visit.go("/inbox", Toast("no-next"))
    answer = visit.go(consignment_path(line.id))
    visit.set_cookie(answer, _TAKEN, str(taken + 1))
    return answer


@routes.get("/orders/assign")
def assign_form(visit: SignedIn, officer_acts: given.OfficerActs) -> Response:
    """The form to give orders to an examiner; the address names them, each as `order`."""
    return _assign(visit, officer_acts, _orders(visit.request.query_params.getlist("order")))


@routes.post("/orders/assign")
def assign(act: Acting, officer_acts: given.OfficerActs) -> Response:
    """Give them; the toast can take it back for a while."""
    orders, examiner = _orders(act.text("orders").split()), act.text("examiner")
    if not examiner:
        return _assign(act.visit, officer_acts, orders, _("Choose an examiner."))
    try:
        count = officer_acts.assign(act.visit.principal, orders, examiner, act.text("reason"))
    except SenderError as error:
        return _assign(act.visit, officer_acts, orders, str(error))
    undo = f"/orders/take-back?{urlencode({'orders': ' '.join(orders)})}" if count == len(orders) else None
    return act.visit.go(_back_of(act), Toast("assigned", {"count": str(count), "examiner": examiner}, undo=undo))


@routes.post("/orders/take-back")
def take_back(act: Acting, officer_acts: given.OfficerActs) -> Response:
    """Take an assignment back."""
    count = officer_acts.take_back_assignment(
        act.visit.principal, _orders(act.visit.request.query_params.get("orders", "").split())
    )
    return act.visit.go("/queue", Toast("assignment-back", {"count": str(count)}))


@routes.post("/consignments/{consignment_id}/comments")
def comment(act: Acting, notes: given.DeskNotes, consignment_id: str) -> Response:
    """Write a comment; what was written stays where it cannot be recorded."""
    try:
        notes.comment(act.visit.principal, consignment_id, act.text("text"))
    except SenderError as error:
        if error.code == "not-found":
            raise
        return act.visit.page(
            "control/comment",
            consignment_id=consignment_id,
            text=act.text("text"),
            problem=str(error),
            status=_UNPROCESSABLE,
        )
    return act.visit.go(f"{consignment_path(consignment_id)}#talk", Toast("comment"))


@routes.get("/consignments/{consignment_id}/snooze")
def snooze_form(visit: SignedIn, records: given.Records, consignment_id: str) -> Response:
    """The form to put a case off."""
    summary = records.dossier(visit.principal, consignment_id).summary
    return visit.page("control/snooze_form" if visit.is_part else "control/snooze", summary=summary, spans=SPANS)


@routes.post("/consignments/{consignment_id}/snooze")
def snooze(act: Acting, notes: given.DeskNotes, consignment_id: str) -> Response:
    """Put it off; the toast takes it up again."""
    until = _until(act.visit.workbench.now(), act.text("span"), act.visit.workbench.settings.time_zone)
    notes.snooze(act.visit.principal, consignment_id, until)
    return act.visit.go("/inbox", Toast("snoozed", undo=consignment_path(consignment_id, "wake")))


@routes.post("/consignments/{consignment_id}/wake")
def wake(act: Acting, notes: given.DeskNotes, consignment_id: str) -> Response:
    """Take a case up again."""
    notes.wake(act.visit.principal, consignment_id)
    return act.visit.go("/inbox", Toast("awake"))


@routes.post("/queue/views")
def save_view(act: Acting, notes: given.DeskNotes) -> Response:
    """Keep the part of the queue that is shown, under a name."""
    query = query_of(read_filter(act.fields, act.visit.officer.id))
    try:
        notes.save_view(act.visit.principal, act.text("name"), query)
    except SenderError as error:
        return act.visit.page("control/view", query=query, fields=act.fields, problem=str(error), status=_UNPROCESSABLE)
    return act.visit.go(f"/queue{query}", Toast("view-saved"))


@routes.post("/queue/views/{view_id}/remove")
def remove_view(act: Acting, notes: given.DeskNotes, view_id: str) -> Response:
    """Remove a view."""
    notes.drop_view(act.visit.principal, view_id)
    return act.visit.go("/queue", Toast("view-removed"))


def _assign(visit: Visit, officer_acts: given.OfficerActs, orders: list[str], problem: str = "") -> Response:
    if not orders:
        raise SenderError("Choose at least one order.", code="orders-none")
    examiners = officer_acts.examiners_for(visit.principal, orders[0])
    return visit.page(
        "control/assign_form" if visit.is_part else "control/assign",
        orders=orders,
        examiners=examiners,
        problem=problem,
        back=visit.request.query_params.get("back", ""),
        status=_UNPROCESSABLE if problem else 200,
    )


def _orders(named: list[str]) -> list[str]:
    return list(dict.fromkeys(named))[:_MOST_ORDERS]


def _back_of(act: Acting) -> str:
    """The dossier from which an order was assigned; the queue where there were several."""
    consignment = act.text("back")
    return consignment_path(consignment) if consignment else "/queue"


def _until(now: datetime, span: str, zone: str) -> datetime | None:
    """The end of a span; None if it is none that is offered."""
    if span == "morning":
        here = now.astimezone(ZoneInfo(zone))
        return (here + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    hours = {"1": 1, "4": 4, "week": 7 * 24}.get(span)
    return None if hours is None else now + timedelta(hours=hours)


def view_path(query: str) -> str:
    """Address of a saved view."""
    return f"/queue{quote(query, safe='?&=+%')}"
