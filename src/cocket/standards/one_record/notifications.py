# SPDX-License-Identifier: Apache-2.0
"""Subscriptions and notifications of the API: what somebody wants to be told, and what is told.

Source: ONE Record API 2.3: subscriptions, notifications.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.standards.one_record.objects import API, CARGO, XSD, expanded, member, short, text_of, texts_of
from cocket.standards.one_record.tables import ontology

Topic = Literal["LOGISTICS_OBJECT_TYPE", "LOGISTICS_OBJECT_IDENTIFIER"]

#: What can be subscribed to.
EVENTS: Final = ("LOGISTICS_OBJECT_CREATED", "LOGISTICS_OBJECT_UPDATED", "LOGISTICS_EVENT_RECEIVED")

#: What else a notification tells of an object.
_OF_OBJECTS: Final = (*EVENTS, "LOGISTICS_OBJECT_AVAILABLE", "LOGISTICS_OBJECT_ACCESS_GRANTED")
_REQUESTS: Final = ("CHANGE_REQUEST", "ACCESS_DELEGATION_REQUEST", "SUBSCRIPTION_REQUEST", "VERIFICATION_REQUEST")
_STATUSES: Final = ("PENDING", "ACCEPTED", "REJECTED", "FAILED", "REVOKED", "ACKNOWLEDGED")

_TYPE: Final = "application/ld+json"
_LONGEST: Final = 500
_MOST_PROPERTIES: Final = 100


class SubscriptionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to be told.

    Attributes:
        subscriber: Address of who is to be told.
        topic_type: Whether about one object or about a class of them.
        topic: Address of the object, or IRI of the class.
        events: Of what, of `EVENTS` (1..3).
        is_whole: Whether the object is to be sent with the notification.
        until: Until when, UTC; None for as long as it is not revoked.
    """

    subscriber: str
    topic_type: Topic
    topic: str
    events: tuple[str, ...]
    is_whole: bool = False
    until: datetime | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notification as it came.

    Attributes:
        event: What happened.
        object: Address of the object; empty where it names none.
        object_type: Its class, as an IRI; empty where it names none.
        request: Address of the request that led to it; empty where it names none.
        changed: Properties that changed (0..100).
    """

    event: str
    object: str = ""
    object_type: str = ""
    request: str = ""
    changed: tuple[str, ...] = ()


def read_subscription(value: Mapping[str, Any], now: datetime) -> SubscriptionTerms:
    """What a subscription asks for.

    Raises:
        SenderError: It is none, names a topic that there cannot be, no event, or a time that is over.

    Source: ONE Record API 2.3, `Subscription`.
    """
    if not _is(value, "Subscription"):
        raise _wrong("The body is not a subscription.", "@type: Subscription")
    topic_type = require_topic(
        text_of(member(value, f"{API}hasTopicType")), topic := text_of(member(value, f"{API}hasTopic"))
    )
    events = tuple(dict.fromkeys(short(one) for one in texts_of(member(value, f"{API}includeSubscriptionEventType"))))
    if not events or set(events) - set(EVENTS):
        raise _wrong("The subscription lacks a type of event that exists.", ", ".join(EVENTS))
    subscribers = texts_of(member(value, f"{API}hasSubscriber"))
    if len(subscribers) != 1 or len(subscribers[0]) > _LONGEST:
        raise _wrong("The subscription names not one subscriber.", "hasSubscriber")
    kinds = [one.partition(";")[0].strip().lower() for one in texts_of(member(value, f"{API}hasContentType"))]
    if kinds and _TYPE not in kinds:
        raise _wrong("Notifications are sent in JSON-LD alone.", _TYPE)
    return SubscriptionTerms(
        subscriber=subscribers[0],
        topic_type=topic_type,
        topic=topic if topic_type == "LOGISTICS_OBJECT_IDENTIFIER" else expanded(topic, value.get("@context")),
        events=events,
        is_whole=text_of(member(value, f"{API}sendLogisticsObjectBody")).lower() in ("true", "1"),
        until=_until(text_of(member(value, f"{API}expiresAt")), now),
    )


def require_topic(topic_type: str, topic: str) -> Topic:
    """The kind of a topic that there can be.

    Raises:
        SenderError: The kind is not known, the topic is missing, or a class that the data model has not.

    Source: ONE Record API 2.3, `TopicType`.
    """
    kind = short(topic_type)
    if not topic or len(topic) > _LONGEST:
        raise _wrong("The topic is missing.", "topic")
    if kind == "LOGISTICS_OBJECT_IDENTIFIER":
        if not topic.startswith(("https://", "http://")) or not topic.isprintable() or " " in topic:
            raise _wrong("The topic is not the address of an object.", "an address")
        return "LOGISTICS_OBJECT_IDENTIFIER"
    if kind != "LOGISTICS_OBJECT_TYPE":
        raise _wrong("There is no such type of topic.", "LOGISTICS_OBJECT_TYPE or LOGISTICS_OBJECT_IDENTIFIER")
    if short(topic) not in ontology() or expanded(topic, None) != f"{CARGO}{short(topic)}":
        raise _wrong("The data model has no such class.", f"{CARGO}Waybill")
    return "LOGISTICS_OBJECT_TYPE"


def classes_above(kind: str) -> tuple[str, ...]:
    """A class and those above it, as IRIs (1..n).

    Source: ONE Record data model 3.3.
    """
    known = ontology().get(short(kind))
    return tuple(f"{CARGO}{one}" for one in sorted(known.above)) if known is not None else (kind,)


def write_subscription(terms: SubscriptionTerms) -> dict[str, Any]:
    """A subscription as it is posted or offered.

    Source: ONE Record API 2.3, `Subscription`.
    """
    return {
        "@type": f"{API}Subscription",
        f"{API}hasContentType": _TYPE,
        f"{API}hasSubscriber": {"@id": terms.subscriber},
        f"{API}hasTopicType": {"@id": f"{API}{terms.topic_type}"},
        f"{API}hasTopic": _uri(terms.topic),
        f"{API}includeSubscriptionEventType": [{"@id": f"{API}{one}"} for one in terms.events],
        f"{API}sendLogisticsObjectBody": terms.is_whole,
        f"{API}notifyRequestStatusChange": False,
    }


def write_notification(
    told: Told, *, events: tuple[str, ...] = (), whole: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A notification as it is sent.

    Args:
        told: What it tells.
        events: Addresses of events of the object that were received (0..n).
        whole: The object itself, where the subscription asks for it.

    Source: ONE Record API 2.3, `Notification`.
    """
    made: dict[str, Any] = {"@type": f"{API}Notification", f"{API}hasEventType": {"@id": f"{API}{told.event}"}}
    if told.object:
        made[f"{API}hasLogisticsObject"] = dict(whole) if whole is not None else {"@id": told.object}
        made[f"{API}hasLogisticsObjectType"] = _uri(told.object_type)
    if told.request:
        made[f"{API}isTriggeredBy"] = {"@id": told.request}
    if told.changed:
        made[f"{API}hasChangedProperty"] = [_uri(one) for one in told.changed]
    if events:
        made[f"{API}hasLogisticsEvent"] = [{"@id": one} for one in events]
    return made


def read_notification(value: Any) -> Told:
    """What a notification tells; the object that it brings is not read, since its holder is asked for it.

    Raises:
        SenderError: It is none, or tells what the API does not know.

    Source: ONE Record API 2.3, `Notification`.
    """
    if not isinstance(value, dict) or not _is(value, "Notification"):
        raise SenderError(
            "The body is not a notification.", code="one-record-notification", expected="@type: Notification"
        )
    event = short(text_of(member(value, f"{API}hasEventType")))
    of_requests = {f"{one}_{status}" for one in _REQUESTS for status in _STATUSES}
    if event not in _OF_OBJECTS and event not in of_requests:
        raise SenderError(
            "There is no such kind of notification.", code="one-record-notification", found=event[:60] or None
        )
    where = text_of(_named(member(value, f"{API}hasLogisticsObject")))
    request = text_of(_named(member(value, f"{API}isTriggeredBy")))
    if (event in _OF_OBJECTS and not where) or max(len(where), len(request)) > _LONGEST:
        raise SenderError(
            "The notification lacks its object.", code="one-record-notification", expected="hasLogisticsObject"
        )
    changed = tuple(one[:200] for one in texts_of(member(value, f"{API}hasChangedProperty"))[:_MOST_PROPERTIES])
    kind = text_of(member(value, f"{API}hasLogisticsObjectType"))[:200]
    return Told(event=event, object=where, object_type=kind, request=request, changed=changed)


def _named(value: Any) -> Any:
    """An object by its address alone, the first of several."""
    value = value[0] if isinstance(value, list) and value else value
    return value.get("@id") if isinstance(value, dict) and isinstance(value.get("@id"), str) else None


def _is(value: Mapping[str, Any], name: str) -> bool:
    told = value.get("@type")
    return name in {short(one) for one in (told if isinstance(told, list) else [told]) if isinstance(one, str)}


def _until(told: str, now: datetime) -> datetime | None:
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError as error:
        raise _wrong("expiresAt is not a time.", "such as 2027-01-01T00:00:00Z") from error
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if at <= now:
        raise _wrong("The subscription is over before it begins.", "expiresAt in the future")
    return at


def _uri(text: str) -> dict[str, str]:
    return {"@type": f"{XSD}anyURI", "@value": text}


def _wrong(words: str, expected: str) -> SenderError:
    return SenderError(words, code="one-record-subscription", expected=expected)
