# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that heed the way: dossiers whose goods gave an alert are taken out again, and it goes with the case."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.consignment.papers import newest_messages
from cocket.pipeline.tracking.alert_effects import ALERT
from cocket.stores.tracking.alerts import Alerts, StoredAlert
from cocket.tracking.alerts import KINDS

#: Reasons for closing an alert after which it no longer speaks against the goods.
_ANSWERED = frozenset({"false-alarm", "explained"})


def reassess_alerted(turn: Batch, context: Context) -> Batch:
    """Step: take out again dossiers of whose goods an alert was told, withdrawn or closed."""
    told = records_in(turn, context, (ALERT, "examination-order", "alert-act"))
    if not told:
        return turn
    concerned = {_consignment(body) for _, body in told}
    alerts = Alerts().consignments_of(context.connection, {alert for _, body in told if (alert := _alert(body))})
    wanted = sorted((concerned | alerts) - {None} - set(turn.touched), key=str)
    return replace(
        turn, touched={**turn.touched, **newest_messages(context.stores, context.connection, filter(None, wanted))}
    )


def attach_alerts(turn: Batch, context: Context) -> Batch:
    """Step: let red alerts from the way go with the case they concern."""
    cases = dict(turn.cases)
    told: dict[UUID, list[StoredAlert]] = {}
    known = turn.known_before(cases)
    for alert in Alerts().of_consignments(context.connection, known) if known else ():
        if alert.severity == "red" and alert.reason not in _ANSWERED and alert.consignment is not None:
            told.setdefault(alert.consignment, []).append(alert)
    for consignment, alerts in told.items():
        says = tuple(dict.fromkeys(KINDS[alert.kind][1] for alert in alerts))
        cases[consignment] = msgspec.structs.replace(cases[consignment], alerts=says)
    return replace(turn, cases=cases, alerts={one: tuple(several) for one, several in told.items()})


def _consignment(body: bytes) -> UUID | None:
    name = msgspec.json.decode(body).get("consignment")
    return UUID(name) if name else None


def _alert(body: bytes) -> str | None:
    """The alert that was told of, or that an officer acted on."""
    told = msgspec.json.decode(body)
    alert = told.get("alert")
    return alert if isinstance(alert, str) else told.get("id")
