# SPDX-License-Identifier: Apache-2.0
"""What is told to others as it happens: a small closed catalogue of events, and who may be told which.

An event names a thing by our id, says when something happened to it, and where to ask for it; whoever asks there is asked for
his rights again, and the look is recorded. It never says what is in the thing, what was advised on it, or who acted.

Nothing that a trader is told hangs on a lane. So a trader hears of no release, no order and no hold: when these come may depend on
what was advised. Appointments hang on agencies that know of no lane, and on a calendar that is the same for all, so of these he hears.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

#: Who can subscribe: a trader to his own affairs, a partner under an agreement, the administration to all.
Audience = Literal["trader", "partner", "administration"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)

#: What an event is about.
Thing = Literal["message", "question", "contest", "mandate", "consignment", "appointment", "webhook"]


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event.

    Attributes:
        name: As it stands in `type`.
        thing: What it is about.
        words: What happened, in words.
        audiences: Who may subscribe to it (1..n).
        is_of_sender: Whether it belongs to a sender, and so is told only to who speaks for him.
    """

    name: str
    thing: Thing
    words: str
    audiences: tuple[Audience, ...]
    is_of_sender: bool = True


_ALL: Final[tuple[Audience, ...]] = ("trader", "partner", "administration")
_TRADER: Final[tuple[Audience, ...]] = ("trader", "administration")
_INSIDE: Final[tuple[Audience, ...]] = ("partner", "administration")

RECEIVED: Final = "org.cocket.message.received"
REFUSED: Final = "org.cocket.message.refused"
QUESTION_ASKED: Final = "org.cocket.question.asked"
QUESTION_ANSWERED: Final = "org.cocket.question.answered"
QUESTION_WITHDRAWN: Final = "org.cocket.question.withdrawn"
CONTEST_LODGED: Final = "org.cocket.contest.lodged"
CONTEST_ANSWERED: Final = "org.cocket.contest.answered"
MANDATE_GIVEN: Final = "org.cocket.mandate.given"
MANDATE_REVOKED: Final = "org.cocket.mandate.revoked"
RELEASE_TOLD: Final = "org.cocket.release.told"
HOLD_PLACED: Final = "org.cocket.hold.placed"
HOLD_ENDED: Final = "org.cocket.hold.ended"
APPOINTMENT_SET: Final = "org.cocket.appointment.set"
APPOINTMENT_MOVED: Final = "org.cocket.appointment.moved"
APPOINTMENT_CANCELLED: Final = "org.cocket.appointment.cancelled"
PING: Final = "org.cocket.ping"

#: Every event that there is, but `PING`, which goes to the one subscription that asked for it.
CATALOGUE: Final = (
    EventType(name=RECEIVED, thing="message", words="A message was received and accepted", audiences=_ALL),
    EventType(name=REFUSED, thing="message", words="A message was received and refused", audiences=_ALL),
    EventType(name=QUESTION_ASKED, thing="question", words="A question was asked", audiences=_TRADER),
    EventType(name=QUESTION_ANSWERED, thing="question", words="A question was answered", audiences=_TRADER),
    EventType(name=QUESTION_WITHDRAWN, thing="question", words="A question was withdrawn", audiences=_TRADER),
    EventType(name=CONTEST_LODGED, thing="contest", words="A contest was submitted", audiences=_TRADER),
    EventType(name=CONTEST_ANSWERED, thing="contest", words="A contest was answered", audiences=_TRADER),
    EventType(name=MANDATE_GIVEN, thing="mandate", words="A mandate was given", audiences=_TRADER),
    EventType(name=MANDATE_REVOKED, thing="mandate", words="A mandate was taken back", audiences=_TRADER),
    EventType(
        name=RELEASE_TOLD,
        thing="consignment",
        words="A control order was released",
        audiences=_INSIDE,
        is_of_sender=False,
    ),
    EventType(
        name=HOLD_PLACED,
        thing="consignment",
        words="An agency holds a consignment",
        audiences=_INSIDE,
        is_of_sender=False,
    ),
    EventType(
        name=HOLD_ENDED,
        thing="consignment",
        words="An agency released a consignment",
        audiences=_INSIDE,
        is_of_sender=False,
    ),
    EventType(
        name=APPOINTMENT_SET, thing="appointment", words="An appointment for an examination was set", audiences=_TRADER
    ),
    EventType(name=APPOINTMENT_MOVED, thing="appointment", words="An appointment was moved", audiences=_TRADER),
    EventType(name=APPOINTMENT_CANCELLED, thing="appointment", words="An appointment was cancelled", audiences=_TRADER),
)

#: Name → event.
EVENT_TYPES: Final = {one.name: one for one in CATALOGUE}

#: Names of the events that each can subscribe to.
OFFERED: Final[dict[Audience, tuple[str, ...]]] = {
    audience: tuple(one.name for one in CATALOGUE if audience in one.audiences) for audience in AUDIENCES
}

#: Where each thing is asked for: by traders, and by everybody else; None where there is no such address.
_PLACES: Final[dict[Thing, tuple[str | None, str | None]]] = {
    "message": ("/v1/messages/{id}", "/v1/messages/{id}"),
    "question": ("/v1/own/questions/{id}", "/v1/questions/{id}"),
    "contest": ("/v1/own/contests/{id}", "/v1/contests/{id}"),
    "mandate": ("/v1/own/mandates", None),
    "consignment": (None, "/v1/consignments/{id}"),
    "appointment": ("/v1/own/appointments", "/v1/consignments/{id}/agencies"),
    "webhook": ("/v1/own/webhooks/{id}", "/v1/webhooks/{id}"),
}

#: Name of the collection in `subject`.
_COLLECTIONS: Final[dict[Thing, str]] = {
    "message": "messages",
    "question": "questions",
    "contest": "contests",
    "mandate": "mandates",
    "consignment": "consignments",
    "appointment": "appointments",
    "webhook": "webhooks",
}


def subject_of(thing: Thing, identity: str) -> str:
    """What an event is about, as `subject` says it, such as `messages/0190…`."""
    return f"{_COLLECTIONS[thing]}/{identity}"


def link_of(thing: Thing, identity: str, audience: Audience) -> str | None:
    """Path at the HTTP door where the thing is asked for; None where there is none for this audience."""
    place = _PLACES[thing][0 if audience == "trader" else 1]
    return place.format(id=identity) if place is not None else None
