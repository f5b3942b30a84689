# SPDX-License-Identifier: Apache-2.0
"""A repository of EPCIS 2.0 for senders: what they capture is a message like any other, and they read back their own.

A capture goes through the ordinary intake: it has a leaf and a receipt, and reaches dossiers and journeys. Events are given to
nobody but whoever may read the message that they came in; each answer is a look, sealed before it is given.

Policy actions: `message:lodge`, `message:read`, and `webhook:keep-own` for subscriptions.
Source: GS1 EPCIS 2.0 §8.1, §8.2, §12; OpenAPI of the REST bindings.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from cocket import standards
from cocket.errors import SenderError
from cocket.exchange.webhook_calls import check_url
from cocket.findings import Finding, describe
from cocket.governance import Principal, Resource
from cocket.model import Envelope, Movement, Reading
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.readings import each_in, reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.partners.found_events import MOST_READ, Wanted, find_events, place_of, token_of
from cocket.standards.epcis.answering import HOW, asks_for, events_of, ordered, query_document, require_query
from cocket.standards.epcis.schedule import next_run, read_schedule
from cocket.standards.json import parse_json, write_json
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

#: Kinds of sealed documents: a job of capturing, a query with a name, a subscription to one.
JOB: Final = "epcis-capture"
QUERY: Final = "epcis-query"
SUBSCRIPTION: Final = "epcis-subscription"

#: Standards whose messages hold events of EPCIS.
STANDARDS: Final = ("epcis", "epcis-xml")

#: Events of one capture, and of one page (counts).
MOST_EVENTS: Final = 2000
MOST_A_PAGE: Final = 1000
USUAL_PAGE: Final = 30

#: Queries of one sender, and subscriptions to all of them (counts); findings that a job shows (count).
MOST_QUERIES: Final = 50
MOST_SUBSCRIPTIONS: Final = 20
_MOST_ERRORS: Final = 50

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_TOKEN: Final = 200

Behaviour = Literal["rollback", "proceed"]


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is brought to be captured.

    Attributes:
        envelope: The document and what is known around it.
        behaviour: What is done where some of its events are wrong: `rollback` captures none of them, `proceed` the others.
    """

    envelope: Envelope
    behaviour: Behaviour = "rollback"


class CaptureJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a capture; also its sealed record.

    Attributes:
        id: Id of the message that was brought, and of the job.
        sender: For whom.
        behaviour: As asked for.
        created: When it was brought, UTC.
        finished: When all of it was decided, UTC.
        success: Whether every event was captured.
        events: Events that were brought, and that were captured (counts).
        rest: Id of the message that holds the events that were captured where others were wrong; empty for none.
        errors: What is wrong (0..50).
    """

    id: str
    sender: str
    behaviour: Behaviour
    created: datetime
    finished: datetime
    success: bool
    events: tuple[int, int]
    rest: str = ""
    errors: tuple[str, ...] = ()


class NamedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A query with a name; also its sealed record.

    Attributes:
        owner: Sender that it belongs to.
        name: Its name, one of its owner's.
        query: Its parameters, as JSON.
        made: When, UTC.
        state: `kept` or `deleted`.
    """

    owner: str
    name: str
    query: str
    made: datetime
    state: Literal["kept", "deleted"] = "kept"

    @property
    def parameters(self) -> dict[str, Any]:
        """Values by name."""
        found = parse_json(self.query.encode())
        return found if isinstance(found, dict) else {}


class Subscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription to a query; also its sealed record.

    Attributes:
        id: Its id.
        owner: Sender that it belongs to.
        senders: Senders whose events are sent (1..n).
        query: Name of the query.
        dest: Where results are sent.
        token: What results are signed with, encrypted, in base64; empty for none.
        schedule: When it runs, as JSON; empty where each new event is sent.
        reports_empty: Whether an empty result is sent too.
        since: Events recorded from then on, UTC.
        made: When, UTC.
        by: Key that did.
        state: `active`; `disabled` since it failed for too long or its right ended; `ended`.
        reason: Why it is disabled, or customs ended it, in words; empty else.
        after: Leaf index of the last message whose events were sent, or looked at.
        skipped: Events of the message after that one which were sent already (count).
        last: When a result was taken last, UTC; None for never.
        next: When it runs next, UTC; None where each new event is sent.
        attempts: Attempts that failed since (count).
        again: When it is tried again, UTC; None where the last one did not fail.
        problem: What the last attempt met, in words; empty where it went well.
    """

    id: str
    owner: str
    senders: tuple[str, ...]
    query: str
    dest: str
    token: str = ""
    schedule: str = ""
    reports_empty: bool = False
    since: datetime
    made: datetime
    by: str
    state: Literal["active", "disabled", "ended"] = "active"
    reason: str = ""
    after: int
    skipped: int = 0
    last: datetime | None = None
    next: datetime | None = None
    attempts: int = 0
    again: datetime | None = None
    problem: str = ""


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription to make.

    Attributes:
        dest: Where results are to be sent.
        signature_token: What they are to be signed with; empty for none.
        schedule: When it is to run; None where each new event is to be sent.
        stream: Whether each new event is to be sent.
        report_if_empty: Whether an empty result is to be sent too.
        initial_record_time: Events recorded from then on; None for those from now on.
    """

    dest: str
    signature_token: str = ""
    schedule: dict[str, Any] | None = None
    stream: bool = False
    report_if_empty: bool = False
    initial_record_time: datetime | None = None


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events.

    Attributes:
        events: Events in the form of JSON (0..n).
        next: Where the next page begins; empty on the last.
    """

    events: tuple[dict[str, Any], ...]
    next: str = ""


class Epcis(Service):
    """Capturing events, and asking for them.

    Args:
        stores: The stores of this process.
        messages: Takes messages in.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._messages = messages
        self._files = DocumentFiles(stores)

    # Capturing

    def capture(self, principal: Principal, brought: Capture) -> CaptureJob:
        """Capture a document of events.

        Returns:
            The job, which is over: what was taken is on disk, sealed, and will be in the log.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It holds no events, or too many; nothing was taken.
            StoreError: It could not be stored.
        """
        envelope = brought.envelope
        reading = self._read(envelope)
        number = len(_events(reading))
        if not number:
            raise SenderError(
                "The document holds no events.",
                code="epcis-none",
                findings=reading.findings,
                expected="EPCISDocument or EPCISQueryDocument with events",
                found=reading.document.message_name if isinstance(reading.document, Movement) else None,
                hint="Send an EPCISDocument or EPCISQueryDocument with at least one event.",
            )
        if number > MOST_EVENTS:
            raise SenderError(
                "The document holds too many events.",
                code="too-large",
                expected=f"at most {MOST_EVENTS}",
                found=str(number),
            )
        answer = self._messages.take_many([envelope], principal=principal)[0]
        rest, taken = "", number if answer.outcome == "accepted" else 0
        if answer.outcome == "refused" and brought.behaviour == "proceed":
            kept = without_wrong(envelope.content, reading.standard, answer.findings)
            if kept is not None:
                content, taken = kept
                again = msgspec.structs.replace(envelope, content=content)
                second = self._messages.take_many([again], principal=principal)[0]
                rest, taken = (second.id, taken) if second.outcome == "accepted" else ("", 0)
        now = datetime.now(UTC)
        job = CaptureJob(
            id=answer.id,
            sender=envelope.sender,
            behaviour=brought.behaviour,
            created=envelope.received,
            finished=now,
            success=answer.outcome == "accepted",
            events=(number, taken),
            rest=rest,
            errors=tuple(str(describe(one)["message"]) for one in answer.findings if one.severity == "error")[
                :_MOST_ERRORS
            ],
        )
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, JOB, job.id, CaptureJob, to_change=True)
            if known is not None and (known.behaviour, known.rest) == (job.behaviour, job.rest):
                return known  # the same bytes again: the same job
            record = self._files.write(connection, JOB, job.id, (job, principal.id))
            if record is not None:
                self._access.seal(connection, record)
        return job

    def capture_event(self, principal: Principal, envelope: Envelope) -> str:
        """Capture one event; its id.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It is no event, or is wrong; `findings` say how. What was read and refused is kept as such.
        """
        reading = self._read(envelope)
        document = reading.document
        if not isinstance(document, Movement) or document.movements or document.occurred is None:
            raise SenderError("This is not a single event.", code="epcis-no-event", hint="Send documents to /capture.")
        answer = self._messages.take_many([envelope], principal=principal)[0]
        if answer.outcome != "accepted":
            raise SenderError("The event was refused.", code=answer.outcome, findings=answer.findings)
        return str(events_of(document, envelope.received)[0]["eventID"])

    def job(self, principal: Principal, job_id: str) -> CaptureJob:
        """One job of capturing. The look is sealed.

        Raises:
            NotFoundError: There is none of a sender that this principal speaks for.
        """
        wanted = parse_id(job_id)
        with self._stores.database.transaction() as connection:
            found = self._files.read(connection, JOB, str(wanted), CaptureJob) if wanted else None
            if found is None or not self._may_read(principal, found.sender, found.created):
                raise NotFoundError("There is no such capture job.")
            self._access.seal(connection, self._access.record(principal, "movement events", (found.id,)))
        return found

    def jobs(
        self, principal: Principal, after: str = "", limit: int = USUAL_PAGE
    ) -> tuple[tuple[CaptureJob, ...], str]:
        """Jobs of capturing, the last first; and where the next page begins, empty on the last. The look is sealed.

        Raises:
            PolicyError: The principal speaks for nobody.
        """
        before = parse_id(after) if after else None
        found: list[CaptureJob] = []
        with self._stores.database.transaction() as connection:
            senders = self._senders(principal)
            messages = self._stores.messages.of_senders(connection, senders, (before, ""), MOST_READ)
            last = ""
            for message in messages:
                last = str(message.id)
                file = self._stores.case_files.get(connection, file_id(JOB, last))
                if file is not None:
                    found.append(read_body(file, CaptureJob))
                if len(found) >= limit:
                    break
            else:
                last = last if len(messages) == MOST_READ else ""
            if found:
                looked = self._access.record(principal, "movement events", tuple(one.id for one in found))
                self._access.seal(connection, looked)
        return tuple(found), last

    # Asking

    def events(
        self, principal: Principal, query: Mapping[str, Any], page: tuple[str, int] = ("", USUAL_PAGE)
    ) -> EventPage:
        """Events that a query asks for, of messages that this principal may read. The look is sealed.

        Args:
            principal: Who asks.
            query: Values by name.
            page: Where the page begins, empty for the first; and how many events it has at most (count).

        Raises:
            PolicyError: The principal speaks for nobody.
            SenderError: The query is not sound, or asks for an order over more than can be read at once.
        """
        require_query(query)
        after, size = page
        with self._stores.database.transaction() as connection:
            senders = self._senders(principal)
            found, messages = self._page(connection, senders, query, (after, max(1, min(size, MOST_A_PAGE))))
            if found.events:
                self._access.seal(connection, self._access.record(principal, "movement events", messages))
        return found

    def keep_query(self, principal: Principal, name: str, query: Mapping[str, Any]) -> NamedQuery:
        """Keep a query under a name; sealed.

        Raises:
            PolicyError: The principal speaks for nobody.
            SenderError: The name or the query is not sound, the name is taken, or there are too many.
        """
        owner = self._owner(principal)
        if not _NAME.fullmatch(name):
            raise SenderError("The name of the query is not valid.", code="epcis-query-name", found=name[:100])
        require_query(query)
        now = datetime.now(UTC)
        made = NamedQuery(owner=owner, name=name, query=write_json(dict(query)).decode(), made=now)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, QUERY)
            known = self._queries(connection, owner)
            if name in known:
                raise SenderError("There is a query of this name.", code="epcis-query-exists", found=name)
            if len(known) >= MOST_QUERIES:
                raise SenderError("There are too many queries; delete one first.", code="epcis-query-number")
            self._write(connection, made, principal)
        return made

    def queries(self, principal: Principal) -> tuple[NamedQuery, ...]:
        """Queries that the principal's sender keeps, by name (0..50). The look is sealed.

        Raises:
            PolicyError: The principal speaks for nobody.
        """
        with self._stores.database.transaction() as connection:
            found = self._queries(connection, self._owner(principal))
            if found:
                self._access.seal(connection, self._access.record(principal, "movement events", tuple(sorted(found))))
        return tuple(found[name] for name in sorted(found))

    def query(self, principal: Principal, name: str) -> NamedQuery:
        """One query. The look is sealed.

        Raises:
            NotFoundError: There is none.
        """
        with self._stores.database.transaction() as connection:
            found = self._query(connection, self._owner(principal), name)
            self._access.seal(connection, self._access.record(principal, "movement events", (name,)))
        return found

    def delete_query(self, principal: Principal, name: str) -> None:
        """Delete a query, and end its subscriptions; sealed.

        Raises:
            NotFoundError: There is none.
        """
        owner = self._owner(principal)
        with self._stores.database.transaction() as connection:
            found = self._query(connection, owner, name, to_change=True)
            records = []
            for one in self._subscriptions(connection, owner, name):
                ended = msgspec.structs.replace(one, state="ended")
                records.append(write_subscription(self._files, connection, ended, principal.id))
            gone = msgspec.structs.replace(found, state="deleted")
            place = Place(state="deleted", names=(("owner", owner),))
            records.append(self._files.write(connection, QUERY, f"{owner} {name}", (gone, principal.id), place))
            self._access.seal(connection, *(one for one in records if one is not None))

    # Subscribing

    def subscribe(self, principal: Principal, name: str, new: NewSubscription) -> Subscription:
        """Subscribe to a query; sealed.

        Raises:
            NotFoundError: There is no such query.
            PolicyError: The principal may keep no endpoint for one of its senders.
            SenderError: It can not be called, says not when to send, or there are too many; or this installation sends nothing.
        """
        if not self._stores.settings.event_webhooks:
            raise SenderError("This installation sends no webhooks.", code="webhooks-off")
        owner, now = self._owner(principal), datetime.now(UTC)
        senders = tuple(sorted(principal.by_right))
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        for one in senders:
            self._access.require(own, "webhook:keep-own", Resource(sender=one))
        if new.stream == (new.schedule is not None):
            raise SenderError(
                "A subscription has either a schedule, or stream: true.",
                code="epcis-subscription",
                found=str(new.stream),
            )
        if len(new.signature_token) > _LONGEST_TOKEN:
            raise SenderError("The signature token is too long.", code="epcis-subscription")
        dest = check_url(new.dest, reach_of(self._stores.settings))
        schedule = read_schedule(new.schedule) if new.schedule is not None else None
        identity = str(new_id())
        with self._stores.database.transaction() as connection:
            self._query(connection, owner, name)
            self._stores.case_files.lock(connection, SUBSCRIPTION)
            if len(self._subscriptions(connection, owner)) >= MOST_SUBSCRIPTIONS:
                raise SenderError("There are too many subscriptions; end one first.", code="epcis-subscription-number")
            token = b""
            if new.signature_token:
                token = self._stores.secrets_box.wrap(f"{SUBSCRIPTION} {identity}", new.signature_token.encode())
            since = new.initial_record_time
            made = Subscription(
                id=identity,
                owner=owner,
                senders=senders,
                query=name,
                dest=dest,
                token=base64.b64encode(token).decode(),
                schedule=write_json(new.schedule).decode() if schedule is not None else "",
                reports_empty=new.report_if_empty,
                since=since or now,
                made=now,
                by=principal.id,
                after=-1 if since is not None else self._stores.messages.newest(connection, -1),
                next=next_run(schedule, now) if schedule is not None else None,
            )
            record = write_subscription(self._files, connection, made, principal.id)
            if record is not None:
                self._access.seal(connection, record)
        return made

    def subscriptions(self, principal: Principal, name: str) -> tuple[Subscription, ...]:
        """Subscriptions to a query that have not ended (0..20). The look is sealed.

        Raises:
            NotFoundError: There is no such query.
        """
        with self._stores.database.transaction() as connection:
            owner = self._owner(principal)
            self._query(connection, owner, name)
            found = self._subscriptions(connection, owner, name)
            if found:
                looked = self._access.record(principal, "movement events", tuple(one.id for one in found))
                self._access.seal(connection, looked)
        return tuple(found)

    def subscription(self, principal: Principal, name: str, subscription_id: str) -> Subscription:
        """One subscription. The look is sealed.

        Raises:
            NotFoundError: There is none.
        """
        with self._stores.database.transaction() as connection:
            found = self._subscription(connection, principal, name, subscription_id)
            self._access.seal(connection, self._access.record(principal, "movement events", (found.id,)))
        return found

    def unsubscribe(self, principal: Principal, name: str, subscription_id: str) -> None:
        """End a subscription; sealed.

        Raises:
            NotFoundError: There is none.
        """
        with self._stores.database.transaction() as connection:
            found = self._subscription(connection, principal, name, subscription_id)
            ended = msgspec.structs.replace(found, state="ended")
            record = write_subscription(self._files, connection, ended, principal.id)
            if record is not None:
                self._access.seal(connection, record)

    # Within

    def _read(self, envelope: Envelope) -> Reading:
        """What an envelope holds, before anything is taken in."""
        reading = standards.read(envelope.content)
        if reading.standard not in STANDARDS or reading.further or not isinstance(reading.document, Movement):
            raise SenderError(
                "This is not a document of EPCIS.", code="epcis-none", findings=reading.findings, found=reading.standard
            )
        return reading

    def _senders(self, principal: Principal) -> dict[str, datetime | None]:
        """Senders whose messages this principal may read, each with since when."""
        begun = dict(principal.since)
        found = {one: begun.get(one) for one in principal.senders if self._may_read(principal, one, None)}
        if not found:
            self._access.require(principal, "message:read", Resource(sender=None))
        return found

    def _may_read(self, principal: Principal, sender: str, at: datetime | None) -> bool:
        begins = dict(principal.since).get(sender)
        if sender not in principal.senders or (begins is not None and at is not None and at < begins):
            return False
        return self._access.may(principal, "message:read", Resource(sender=sender))

    def _owner(self, principal: Principal) -> str:
        """The sender that queries of this principal belong to."""
        own = sorted(one for one in principal.by_right if self._may_read(principal, one, None))
        if not own:
            self._access.require(principal, "message:read", Resource(sender=None))
            raise NotFoundError("This key may send for no sender.")
        return own[0]

    def _page(
        self,
        connection: Connection,
        senders: Mapping[str, datetime | None],
        query: Mapping[str, Any],
        page: tuple[str, int],
    ) -> tuple[EventPage, tuple[str, ...]]:
        token, size = page
        if query.keys() & {"orderBy", "eventCountLimit", "maxEventCount"}:
            found, place = found_events(self._stores, connection, (senders, query), ((-1, 0), 10 * MOST_A_PAGE))
            if place is not None:
                raise SenderError(
                    "The query covers more than can be put in order at once.",
                    code="epcis-query-large",
                    hint="Narrow it, such as by GE_recordTime and LT_recordTime, or leave the order out.",
                )
            whole = ordered(query, [one for _, one in found])
            ids = tuple(sorted({message for message, _ in found}))
            begin = _place_in(token)[0] if token else 0
            shown = whole[begin : begin + size]
            following = begin + size
            return EventPage(events=tuple(shown), next=token_of((following, 0)) if following < len(whole) else ""), ids
        place_after = _place_in(token) if token else (-1, 0)
        found, place = found_events(self._stores, connection, (senders, query), (place_after, size))
        ids = tuple(dict.fromkeys(message for message, _ in found))
        return EventPage(events=tuple(one for _, one in found), next=token_of(place) if place is not None else ""), ids

    def _queries(self, connection: Connection, owner: str) -> dict[str, NamedQuery]:
        files = self._stores.case_files.found_by(connection, QUERY, [("owner", owner)]).get(("owner", owner), [])
        known = (read_body(file, NamedQuery) for file in files)
        return {one.name: one for one in known if one.state == "kept"}

    def _query(self, connection: Connection, owner: str, name: str, *, to_change: bool = False) -> NamedQuery:
        if _NAME.fullmatch(name):
            found = self._files.read(connection, QUERY, f"{owner} {name}", NamedQuery, to_change=to_change)
            if found is not None and found.state == "kept":
                return found
        raise NotFoundError("There is no such query.")

    def _write(self, connection: Connection, made: NamedQuery, principal: Principal) -> None:
        place = Place(state=made.state, names=(("owner", made.owner),))
        record = self._files.write(connection, QUERY, f"{made.owner} {made.name}", (made, principal.id), place)
        if record is not None:
            self._access.seal(connection, record)

    def _subscriptions(self, connection: Connection, owner: str, name: str | None = None) -> list[Subscription]:
        files = self._stores.case_files.found_by(connection, SUBSCRIPTION, [("owner", owner)]).get(("owner", owner), [])
        known = (read_body(file, Subscription) for file in files)
        return [one for one in known if one.state != "ended" and name in (None, one.query)]

    def _subscription(
        self, connection: Connection, principal: Principal, name: str, subscription_id: str
    ) -> Subscription:
        owner, wanted = self._owner(principal), parse_id(subscription_id)
        found = (
            self._files.read(connection, SUBSCRIPTION, str(wanted), Subscription, to_change=True) if wanted else None
        )
        if found is None or found.owner != owner or found.query != name or found.state == "ended":
            raise NotFoundError("There is no such subscription.")
        return found


def write_subscription(files: DocumentFiles, connection: Connection, made: Subscription, who: str) -> NewRecord | None:
    """Keep a subscription as it stands; the record that is to be sealed as the last act, or None where nothing changed."""
    names = (("name", made.id), ("owner", made.owner)) if made.state != "ended" else (("name", made.id),)
    return files.write(connection, SUBSCRIPTION, made.id, (made, who), Place(state=made.state, names=names))


def found_events(
    stores: Stores,
    connection: Connection,
    asked: tuple[Mapping[str, datetime | None], Mapping[str, Any]],
    window: tuple[tuple[int, int], int],
    may: Callable[[StoredMessage], bool] = lambda message: True,
) -> tuple[list[tuple[str, dict[str, Any]]], tuple[int, int] | None]:
    """Events that a query asks for, in the order in which they were taken in.

    Args:
        stores: The stores.
        connection: The transaction.
        asked: Whose messages, each with since when; values by name.
        window: Leaf index past which messages are read, with how many events of the next one are left out; and most events (count).
        may: Whether events of a message may be given; of one that holds what is asked for, it is decided.

    Returns:
        Each with the id of its message; and where to go on, None where there is nothing more.
    """
    senders, query = asked
    wanted = Wanted(
        senders=senders,
        standards=STANDARDS,
        read=lambda message: (one if asks_for(query, one) and may(message) else None for one in _events_in(message)),
    )
    found = find_events(stores, connection, wanted, *window)
    return list(found.events), found.next


def query_of(
    files: DocumentFiles, connection: Connection, known: Subscription
) -> tuple[dict[str, datetime | None], dict[str, Any]] | None:
    """Whose events are asked for a subscription, each with since when, and what is asked of them; None without its query."""
    query = files.read(connection, QUERY, f"{known.owner} {known.query}", NamedQuery)
    if query is None or query.state != "kept":
        return None
    asked = {name: value for name, value in query.parameters.items() if name not in HOW}
    return dict.fromkeys(known.senders, known.since), asked


def waiting_events(stores: Stores, connection: Connection, known: Subscription, most: int) -> tuple[int, bool]:
    """How many events wait for a subscription, of at most so many, and whether there are more."""
    wanted = query_of(DocumentFiles(stores), connection, known)
    if wanted is None:
        return 0, False
    found, place = found_events(stores, connection, wanted, ((known.after, known.skipped), most))
    return len(found), place is not None


def _events_in(message: Any) -> list[dict[str, Any]]:
    reading = reading_of(message)
    found: list[dict[str, Any]] = []
    for _, _, one in each_in(message, reading):
        if one.standard in STANDARDS and isinstance(one.document, Movement):
            found += events_of(one.document, message.received)
    return found


def without_wrong(content: bytes, standard: str | None, findings: Sequence[Finding]) -> tuple[bytes, int] | None:
    """A document in JSON without the events that are wrong, and how many it has; None where something else is wrong, or all.

    Args:
        content: The document as it was brought.
        standard: By which it was read.
        findings: What is wrong with it.
    """
    if standard != "epcis":
        return None
    wrong: set[int] = set()
    for one in findings:
        if one.severity != "error":
            continue
        at = re.search(r"/eventList/(\d+)(?:/|$)", one.location or "")
        if at is None:
            return None
        wrong.add(int(at[1]))
    value = parse_json(content)
    body = value.get("epcisBody") if isinstance(value, dict) else None
    if isinstance(body, dict) and value.get("type") == "EPCISQueryDocument":
        results = body.get("queryResults")
        body = results.get("resultsBody") if isinstance(results, dict) else None
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(events, list):
        return None
    kept = [one for number, one in enumerate(events) if number not in wrong]
    if not kept or not wrong:
        return None
    body["eventList"] = kept
    value.pop("instanceIdentifier", None)  # another document than the one of this name
    return write_json(value), len(kept)


def answer_document(events: Sequence[dict[str, Any]], name: str, now: datetime, subscription: str = "") -> bytes:
    """The document in which events are given, as bytes."""
    return write_json(query_document(events, name, now, subscription))


def _events(reading: Reading) -> tuple[Any, ...]:
    document = reading.document
    if not isinstance(document, Movement):
        return ()
    return document.movements or ((document,) if document.occurred is not None else ())


def _place_in(token: str) -> tuple[int, int]:
    return place_of(token, "epcis-page", "The token of the next page is not valid.")
