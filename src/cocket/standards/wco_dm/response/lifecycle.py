# SPDX-License-Identifier: Apache-2.0
"""The life of a declaration as customs tells it, one notification after another.

Pure: a state and a response give the next state, or a finding that says why the response cannot follow. Whether a
response is about the declaration in question is for the caller to know, by its MRN or LRN.

Source: UK customs declarations API 3.0, function codes of DMS notifications and the scenarios published with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cocket.findings import Finding
from cocket.model import Response

#: Where a declaration stands: sent to customs; registered there, its goods not yet presented; legally accepted; held
#: for a control; goods free to go while something is still open; all done; goods out of the territory; refused;
#: declared void.
Status = Literal[
    "lodged", "received", "accepted", "controlled", "released", "cleared", "exited", "rejected", "invalidated"
]

_UNSETTLED: tuple[Status, ...] = ("lodged", "received")
_IN_HAND: tuple[Status, ...] = ("accepted", "controlled")
_ALIVE: tuple[Status, ...] = ("received", "accepted", "controlled", "released", "cleared", "exited")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a notification of one function says.

    Attributes:
        name: The name that DMS gives it, without its prefix.
        says: What it says, in words that follow "customs".
        after: Statuses that it can follow (1..n).
        leads_to: Status that it gives; by the status before where that decides; empty if it changes none.
    """

    name: str
    says: str
    after: tuple[Status, ...]
    leads_to: dict[Status, Status] = {}


def _to(status: Status, after: tuple[Status, ...]) -> dict[Status, Status]:
    return dict.fromkeys(after, status)


#: Every notification by its function code.
NOTICES: dict[str, Notice] = {
    "01": Notice(name="ACC", says="accepted the declaration", after=_UNSETTLED, leads_to=_to("accepted", _UNSETTLED)),
    "02": Notice(
        name="RCV",
        says="registered the declaration, a request or the arrival of the goods",
        after=("lodged", *_ALIVE),
        leads_to={"lodged": "received"},
    ),
    "03": Notice(name="REJ", says="rejected the declaration", after=_UNSETTLED, leads_to=_to("rejected", _UNSETTLED)),
    "05": Notice(name="CTL", says="will examine the goods", after=_IN_HAND, leads_to=_to("controlled", _IN_HAND)),
    "06": Notice(
        name="DOC",
        says="asks for documents",
        after=(*_IN_HAND, "released"),
        leads_to=_to("controlled", _IN_HAND),
    ),
    "07": Notice(
        name="RES",
        says="reported the results of its control",
        after=("accepted", "controlled", "released", "cleared", "exited"),
    ),
    "08": Notice(name="ROG", says="released the goods", after=_IN_HAND, leads_to=_to("released", _IN_HAND)),
    "09": Notice(
        name="CLE",
        says="cleared the declaration",
        after=(*_IN_HAND, "released"),
        leads_to=_to("cleared", (*_IN_HAND, "released")),
    ),
    "10": Notice(
        name="INV",
        says="invalidated the declaration",
        after=("received", *_IN_HAND, "released", "cleared"),
        leads_to=_to("invalidated", ("received", *_IN_HAND, "released", "cleared")),
    ),
    "11": Notice(name="REQ", says="answered a request", after=_ALIVE),
    "13": Notice(
        name="TAX",
        says="notified the debt",
        after=("lodged", *_ALIVE),
        leads_to={"lodged": "received"},
    ),
    "14": Notice(name="CPI", says="found the balance insufficient", after=("received", *_IN_HAND, "released")),
    "15": Notice(name="CPR", says="reminds of the insufficient balance", after=("received", *_IN_HAND, "released")),
    "16": Notice(
        name="EOG",
        says="confirmed the exit of the goods",
        after=("released", "cleared"),
        leads_to=_to("exited", ("released", "cleared")),
    ),
    "18": Notice(name="GER", says="waits for the goods to leave", after=("released", "cleared")),
    "51": Notice(name="QRY", says="asks a question", after=(*_IN_HAND, "released")),
}


class Lifecycle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one declaration stands, by what customs has told of it.

    Attributes:
        status: Where it stands.
        version: Version of the declaration that the last notification with a version was about; None before one.
        told: Own references of the notifications that led here, in order (0..n); one that comes again changes nothing.
    """

    status: Status = "lodged"
    version: int | None = None
    told: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow."""
        return self.status in ("rejected", "invalidated")


def advance(state: Lifecycle, response: Response) -> Lifecycle | Finding:
    """Where a declaration stands after one more notification.

    Args:
        state: Where it stood.
        response: The notification; its `further` ones are not looked at, see `replay`.

    Returns:
        The next state, or an error that says why this notification cannot follow; the state is then as it was.

    Source: UK customs declarations API 3.0, DMS notifications.
    """
    reference = response.functional_reference
    if reference is not None and reference in state.told:
        return state
    notice = NOTICES.get(response.function_code or "")
    if notice is None:
        return Finding(
            code="lifecycle-unknown",
            severity="error",
            message="{found} is not a known function of a notification",
            pointer="07B/017",
            expected=", ".join(NOTICES),
            found=(response.function_code or "")[:200] or None,
        )
    if state.status not in notice.after:
        return Finding(
            code="lifecycle-order",
            severity="error",
            message="{notice} states that customs {says}, but the declaration is {found}, not {expected}",
            pointer="07B/017",
            expected=" or ".join(notice.after),
            found=state.status,
            arguments={"notice": f"DMS{notice.name}", "says": notice.says},
        )
    return Lifecycle(
        status=notice.leads_to.get(state.status, state.status),
        version=state.version if response.declaration_version is None else response.declaration_version,
        told=state.told if reference is None else (*state.told, reference),
    )


def replay(responses: Iterable[Response], state: Lifecycle | None = None) -> tuple[Lifecycle, tuple[Finding, ...]]:
    """Where a declaration stands after several notifications, those that cannot follow left out.

    Args:
        responses: Notifications in the order they were sent, with their further ones (0..n).
        state: Where it stood before; None for a declaration just lodged.

    Returns:
        The last state, and an error for each notification that could not follow (0..n).

    Source: UK customs declarations API 3.0, DMS notifications.
    """
    state = state or Lifecycle()
    findings = []
    for response in responses:
        for each in (response, *response.further):
            after = advance(state, each)
            if isinstance(after, Finding):
                findings.append(after)
            else:
                state = after
    return state, tuple(findings)
