# SPDX-License-Identifier: Apache-2.0
"""A source that is a carrier's Track and Trace by DCSA: polled, page after page.

An event that was sent again stands once, as it was updated last; one that was taken back does not stand at all.

Source: DCSA Track and Trace 2.2 (`eventCreatedDateTime:gte`, `Next-Page`), 3.0 beta 1 (`retractedEventID`), 3.0
(`eventUpdatedDateTimeMin`, `Next-Page-Cursor`, `isRetracted`).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from cocket.exchange.source_answers import asked_page, check_number, json_in, malformed
from cocket.exchange.source_client import SourceClient
from cocket.exchange.sources import Fetched, Identifier, Location, Source
from cocket.standards.json import write_json
from cocket.standards.json_shape import time_of

#: Type of identifier → parameter, of both editions.
_PARAMETERS: Final = {
    "equipment": "equipmentReference",
    "transport-document": "transportDocumentReference",
    "booking": "carrierBookingReference",
}
_PAGE: Final = 100


class DcsaSource:
    """Asks a carrier for the events of a container, a document of transport or a booking.

    Options: `version`, `2.2` or `3.0` (unless told otherwise `3.0`); `since`, a time in RFC 3339 from which events are asked for.

    Args:
        source: The source.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._source, self._client = source, client
        self._version = source.options.get("version", "3.0")

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """The question for the events of an identifier; none where Track and Trace has no parameter for it (0..1)."""
        name = _PARAMETERS.get(identifier.type)
        if name is None:
            return ()
        value = identifier.value.strip()
        return (Location(name=f"events?{name}={quote(value, safe='')}", title=value),)

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The events, all pages of them as one message (0..1).

        Raises:
            PartnerError: It was not answered, or not with events of Track and Trace.
        """
        if "events" not in self._source.fields:
            return ()
        is_old = self._version.startswith("2")
        since = self._source.options.get("since", "")
        first = f"{location.name}&limit={_PAGE}"
        if since:
            first += f"&{'eventCreatedDateTime:gte' if is_old else 'eventUpdatedDateTimeMin'}={quote(since, safe='')}"
        events: list[dict[str, Any]] = []
        seen: set[str] = set()
        path: str | None = first
        while path is not None:
            answer = asked_page(self._client, path, {"accept": "application/json", "api-version": self._version}, seen)
            if answer is None:
                break
            events += _events_in(json_in(answer))
            check_number(events)
            path = _following(first, answer.headers, self._client.base_url)
        events = standing(events)
        if not events:
            return ()
        value: Any = events if is_old else {"events": events}
        return (Fetched(content=write_json(value), content_type="application/json", name="events.json"),)


def standing(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events that stand: the newest of each id, without those that were taken back, in the order of their times and ids.

    Source: DCSA Track and Trace 3.0, `eventID`, `isRetracted`; 3.0 beta 1, `retractedEventID`.
    """
    gone = {_member(one, "retractedEventID") for one in events} - {None}
    taken_back: dict[Any, float] = {}
    for one in events:
        if one.get("isRetracted") is True:  # nothing else of it counts, who published it included
            name = one.get("eventID")
            taken_back[name] = max(taken_back.get(name, 0.0), _updated(one) or float("inf"))
    newest: dict[str, dict[str, Any]] = {}
    for place, one in enumerate(events):
        known = newest.get(key := _key(one, place))
        if known is None or _updated(one) >= _updated(known):
            newest[key] = one
    kept = [
        one
        for one in newest.values()
        if one.get("isRetracted") is not True
        and _updated(one) > taken_back.get(_member(one, "eventID"), -1.0)
        and _member(one, "retractedEventID") is None
        and _member(one, "eventID") not in gone
    ]
    return sorted(kept, key=lambda one: (str(_member(one, "eventDateTime")), str(_member(one, "eventID"))))


def _events_in(value: Any) -> list[dict[str, Any]]:
    listed = value.get("events") if isinstance(value, dict) else value
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise malformed("The source sends what are no events of Track and Trace.")
    return listed


def _following(first: str, headers: dict[str, str], base: str) -> str | None:
    """Where the next page is: a cursor beside the first question (3.0), an address or a path (2.2)."""
    cursor = headers.get("next-page-cursor", "").strip()
    if cursor:
        return f"{first}&cursor={quote(cursor, safe='')}"
    where = headers.get("next-page", "").strip().strip("<>")
    if not where:
        return None
    if "://" in where:
        return where
    if where.startswith("/"):
        scheme, _, rest = base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{where}"
    return f"{first}&cursor={quote(where, safe='')}"


def _member(event: dict[str, Any], name: str) -> Any:
    """A member of an event, which in 3.0 beta 1 stands in its metadata or payload."""
    for inner in (event, event.get("metadata"), event.get("payload")):
        if isinstance(inner, dict) and inner.get(name) is not None:
            return inner[name]
    return None


def _key(event: dict[str, Any], place: int) -> str:
    """By what an event is known: its id and who published it; one without an id is itself alone."""
    name = _member(event, "eventID")
    routing = event.get("eventRouting")
    party = routing.get("originatingParty") if isinstance(routing, dict) else None
    code = party.get("partyCode") if isinstance(party, dict) else ""
    return f"{code} {name}" if name is not None else f"at {place}"


def _updated(event: dict[str, Any]) -> float:
    for name in ("eventUpdatedDateTime", "eventCreatedDateTime"):
        at = time_of(_member(event, name))
        if at is not None:
            return at.timestamp()
    return 0.0
