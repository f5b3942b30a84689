# SPDX-License-Identifier: Apache-2.0
"""Every subscription to events of EPCIS, ONE Record and Track and Trace, seen from inside: whose, to what, where to, how it goes.

Whoever oversees agreements sees them, with the host of the address alone and no secret. A supervisor has what waits or was given up
sent again, or ends one with a reason. What is sent itself stays with the rooms of the three standards.

Policy actions: `agreement:read`, `webhook:keep`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from cocket.errors import ReasonMissingError, SenderError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.partners import dcsa_subscriptions as dcsa
from cocket.pipeline.partners import epcis
from cocket.pipeline.partners.one_record import ENDED, REQUEST, KeptRequest, stopped
from cocket.pipeline.partners.one_record_notices import NOTICE, OneRecordNotice, callback_of, write_notices
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

Standard = Literal["dcsa", "epcis", "one-record"]
State = Literal["active", "asked", "disabled", "ended"]

#: Most events that are counted of those that wait, and subscriptions of a list of which they are counted (counts).
MOST_COUNTED: Final = 100
MOST_LOOKED: Final = 50

#: Subscriptions that ended, of each standard, that a list has: the last (count).
MOST_ENDED: Final = 50

#: Longest reason (characters).
LONGEST_REASON: Final = 500

_STANDING: Final = ("REQUEST_PENDING", "REQUEST_ACCEPTED")


class PartnerSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription, and how sending to it goes.

    Attributes:
        id: Its id.
        standard: By which it was made.
        subscriber: Sender that it belongs to.
        agreement: Agreement under which it is sent events of others; empty for none.
        host: Host of the address that is sent to, with its port; empty where none is known.
        wanted: What was subscribed to, as names and values (0..n).
        made: When, UTC.
        state: `active`; `asked` where the holder of an object of ONE Record has not answered; `disabled` since it failed for too long
            or may not be sent to any more; `ended` for good.
        reason: Why it is disabled, or was ended, in words; empty else, and where its subscriber ended it.
        ended: When it ended, UTC; None while it has not.
        ended_by: Who ended it: a person or a key; empty where its time was over, and while it has not.
        last: When something was taken last, UTC; None for never. Of ONE Record, by this receiver at all.
        waiting: Events that wait for it (0..100); None where they were not counted.
        has_more: Whether more wait than were counted.
        given_up: Events that are not sent by themselves any more (count); None where they were not counted.
        attempts: Attempts that failed since the last that did not (count).
        again: When it is tried again, UTC; None where the last one did not fail.
        problem: What the last attempt met, in words; empty where it went well.
    """

    id: str
    standard: Standard
    subscriber: str
    agreement: str = ""
    host: str
    wanted: tuple[tuple[str, str], ...]
    made: datetime
    state: State
    reason: str = ""
    ended: datetime | None = None
    ended_by: str = ""
    last: datetime | None = None
    waiting: int | None = None
    has_more: bool = False
    given_up: int | None = None
    attempts: int = 0
    again: datetime | None = None
    problem: str = ""

    @property
    def has_trouble(self) -> bool:
        """Whether sending to it does not go well."""
        if self.state == "ended":
            return False
        return self.state == "disabled" or bool(self.problem) or bool(self.given_up)


_Known = dcsa.EventSubscription | epcis.Subscription | KeptRequest


class PartnerSubscriptions(Service):
    """Looking at everybody's subscriptions, sending again, and ending one.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def subscriptions(self, principal: Principal) -> tuple[PartnerSubscription, ...]:
        """Every subscription: those in trouble first, then the last made, then the last that ended (0..n). The look is sealed.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._may_see(principal)
        with self._stores.database.transaction() as connection:
            known = sorted(self._standing(connection), key=lambda one: not _is_failing(one))
            found = self._views(connection, known)
            over = self._ended_views(connection, self._ended(connection))
            if found or over:
                self._seal_look(connection, principal, tuple(one.id for one in (*found, *over)))
        newest = sorted(found, key=lambda one: (one.made, one.id), reverse=True)
        return (*sorted(newest, key=lambda one: not one.has_trouble), *over)

    def subscription(self, principal: Principal, subscription_id: str) -> PartnerSubscription:
        """One subscription, also one that ended. The look is sealed.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not see it.
        """
        self._may_see(principal)
        with self._stores.database.transaction() as connection:
            over = self._ended_views(connection, self._ended_one(connection, subscription_id))
            (found,) = over or self._views(connection, [self._one(connection, subscription_id)])
            self._seal_look(connection, principal, (found.id,))
        return found

    def send_again(self, principal: Principal, subscription_id: str) -> PartnerSubscription:
        """Try at once what waits or was given up, from where it stopped, also where it was disabled; sealed.

        Raises:
            AgreementOverError: It was made under an agreement that is over.
            NotFoundError: There is none that has not ended.
            PolicyError: The principal may not.
            SenderError: The holder of the object has not answered it.
        """
        self._may_see(principal)
        self._access.require(principal, "webhook:keep")
        with self._stores.database.transaction() as connection:
            known = self._one(connection, subscription_id, to_change=True)
            if isinstance(known, KeptRequest):
                if known.status == "REQUEST_PENDING":
                    raise SenderError("The subscription was not accepted yet.", code="one-record-status")
                records = self._revived(connection, known, principal.id)
            else:
                if isinstance(known, dcsa.EventSubscription):
                    dcsa.given_under(self._stores, connection, known)
                made = msgspec.structs.replace(known, state="active", reason="", attempts=0, again=None, problem="")
                records = self._written(connection, made, principal.id)
            if records:
                self._access.seal(connection, *records)
            (found,) = self._views(connection, [self._one(connection, subscription_id)])
        return found

    def end(self, principal: Principal, subscription_id: str, reason: str) -> None:
        """End a subscription; sealed with the reason. What waits is not sent.

        Args:
            principal: Who ends it.
            subscription_id: Which.
            reason: Why, in words (1..500 characters).

        Raises:
            NotFoundError: There is none that has not ended.
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: The reason is too long, or does not print.
        """
        self._may_see(principal)
        self._access.require(principal, "webhook:keep")
        words = reason.strip()
        if not words:
            raise ReasonMissingError("Give the reason; it is recorded under your name.")
        if len(words) > LONGEST_REASON or not words.isprintable():
            raise SenderError("The reason is too long, or has characters that do not print.", code="reason")
        with self._stores.database.transaction() as connection:
            known = self._one(connection, subscription_id, to_change=True)
            if isinstance(known, KeptRequest):
                records = stopped(self._files, connection, known, words, principal.id)
            else:
                made = msgspec.structs.replace(known, state="ended", reason=words)
                records = self._written(connection, made, principal.id)
            self._access.seal(connection, *records)

    # Within

    def _may_see(self, principal: Principal) -> None:
        self._access.require(principal, "agreement:read", Resource())  # of the whole house: of no office

    def _standing(self, connection: Connection) -> list[_Known]:
        """Subscriptions that have not ended, the last changed of each standard first."""
        files = self._stores.case_files
        kept = ("active", "disabled")
        found: list[_Known] = []
        found += [read_body(one, dcsa.EventSubscription) for one in files.of_kind(connection, dcsa.SUBSCRIPTION, kept)]
        found += [read_body(one, epcis.Subscription) for one in files.of_kind(connection, epcis.SUBSCRIPTION, kept)]
        asked = (read_body(one, KeptRequest) for one in files.named(connection, REQUEST, "subscriber"))
        return [*found, *(one for one in asked if _stands(one))]

    def _ended(self, connection: Connection) -> list[_Known]:
        """Subscriptions that ended, of each standard the last (0..n)."""
        files, window = self._stores.case_files, (0, MOST_ENDED)
        found: list[_Known] = []
        pushed = files.page(connection, (dcsa.SUBSCRIPTION, "ended"), (), window)
        found += [read_body(one, dcsa.EventSubscription) for one in pushed]
        queried = files.page(connection, (epcis.SUBSCRIPTION, "ended"), (), window)
        found += [read_body(one, epcis.Subscription) for one in queried]
        revoked = [read_body(one, KeptRequest) for one in files.named(connection, REQUEST, ENDED)[:MOST_ENDED]]
        asked = [read_body(one, KeptRequest) for one in files.named(connection, REQUEST, "subscriber")]
        return [*found, *revoked, *[one for one in asked if _is_over(one)][:MOST_ENDED]]

    def _ended_one(self, connection: Connection, subscription_id: str) -> list[_Known]:
        """The subscription of an id, if it ended (0..1)."""
        wanted, read = parse_id(subscription_id), self._files.read
        if wanted is None:
            return []
        place = str(wanted)
        known: list[_Known | None] = [
            read(connection, dcsa.SUBSCRIPTION, place, dcsa.EventSubscription),
            read(connection, epcis.SUBSCRIPTION, place, epcis.Subscription),
            read(connection, REQUEST, place, KeptRequest),
        ]
        return [one for one in known if one is not None and _has_ended(one)]

    def _ended_views(self, connection: Connection, known: Sequence[_Known]) -> list[PartnerSubscription]:
        """Subscriptions that ended, each with who ended it and when, as it was sealed; the last that ended first."""
        kinds = {_kind(one) for one in known}
        sealed = {
            place: leaf
            for kind in sorted(kinds)
            for place, (leaf, _) in self._stores.leaves.newest_of_kind(
                connection, kind, [file_id(kind, one.id) for one in known if _kind(one) == kind]
            ).items()
        }
        found = [_ended_view(one, sealed.get(file_id(_kind(one), one.id))) for one in known]
        return sorted(found, key=lambda one: (one.ended or one.made, one.id), reverse=True)

    def _one(self, connection: Connection, subscription_id: str, *, to_change: bool = False) -> _Known:
        wanted = parse_id(subscription_id)
        if wanted is not None:
            place = str(wanted)
            read = self._files.read
            pushed = read(connection, dcsa.SUBSCRIPTION, place, dcsa.EventSubscription, to_change=to_change)
            if pushed is not None and pushed.state != "ended":
                return pushed
            queried = read(connection, epcis.SUBSCRIPTION, place, epcis.Subscription, to_change=to_change)
            if queried is not None and queried.state != "ended":
                return queried
            asked = self._files.read_sealed(connection, REQUEST, place, KeptRequest, to_change=to_change)
            if asked is not None and _stands(asked):
                return asked
        raise NotFoundError("There is no such subscription.")

    def _views(self, connection: Connection, known: Sequence[_Known]) -> list[PartnerSubscription]:
        requests = [one for one in known if isinstance(one, KeptRequest)]
        notices = self._notices(connection) if requests else {}
        receivers = {one.sender for one in requests}
        last = self._stores.case_files.last_changed_by(connection, (NOTICE, "sent"), ("receiver", receivers))
        found = []
        for number, one in enumerate(known):
            if isinstance(one, KeptRequest):
                found.append(self._view_of_request(connection, one, notices.get(one.id, []), last.get(one.sender)))
            else:
                waiting = self._waiting(connection, one) if number < MOST_LOOKED else (None, False)
                found.append(_view(one, waiting))
        return found

    def _waiting(self, connection: Connection, known: dcsa.EventSubscription | epcis.Subscription) -> tuple[int, bool]:
        """How many events wait, of at most so many, and whether there are more."""
        if isinstance(known, dcsa.EventSubscription):
            with suppress(AgreementOverError):
                found = dcsa.waiting_events(self._stores, connection, known, MOST_COUNTED)
                return len(found.events), found.next is not None
            return 0, False
        return epcis.waiting_events(self._stores, connection, known, MOST_COUNTED)

    def _notices(self, connection: Connection) -> dict[str, list[OneRecordNotice]]:
        """Notifications of ONE Record that wait or were given up, by subscription, the oldest first."""
        found: dict[str, list[OneRecordNotice]] = {}
        for one in self._files.every(connection, NOTICE, OneRecordNotice, ("waiting", "given-up")):
            found.setdefault(one.request, []).append(one)
        return {name: sorted(every, key=lambda one: (one.at, one.id)) for name, every in found.items()}

    def _view_of_request(
        self, connection: Connection, known: KeptRequest, notices: list[OneRecordNotice], last: datetime | None
    ) -> PartnerSubscription:
        callback = callback_of(self._files, connection, known.sender)
        waiting = [one for one in notices if one.state == "waiting"]
        failed = next((one for one in (*waiting, *notices) if one.problem), None)
        topic = known.objects[0] if known.objects else known.terms.topic if known.terms is not None else ""
        events = known.terms.events if known.terms is not None else ()
        return PartnerSubscription(
            id=known.id,
            standard="one-record",
            subscriber=known.sender,
            host=_host(callback.address) if callback is not None else "",
            wanted=(("topic", topic), ("events", ", ".join(events))),
            made=known.made,
            state="active" if known.status == "REQUEST_ACCEPTED" else "asked",
            last=last,
            waiting=len(waiting),
            given_up=len(notices) - len(waiting),
            attempts=failed.attempts if failed is not None else 0,
            again=failed.again if failed is not None and failed.state == "waiting" else None,
            problem=failed.problem if failed is not None else "",
        )

    def _revived(self, connection: Connection, known: KeptRequest, who: str) -> list[NewRecord]:
        """Notifications of a subscription that wait for an attempt, or were given up, as they wait anew."""
        now = datetime.now(UTC)
        names = self._stores.case_files.found_by(connection, NOTICE, [("receiver", known.sender)])
        found = [read_body(one, OneRecordNotice) for files in names.values() for one in files]
        anew = [
            msgspec.structs.replace(one, state="waiting", attempts=0, again=None, at=now)
            for one in found
            if one.request == known.id and (one.state == "given-up" or (one.state == "waiting" and one.again))
        ]
        return write_notices(self._files, connection, anew, who)

    def _written(
        self, connection: Connection, made: dcsa.EventSubscription | epcis.Subscription, who: str
    ) -> list[NewRecord]:
        if isinstance(made, dcsa.EventSubscription):
            made = msgspec.structs.replace(made, changed=datetime.now(UTC))
            record = dcsa.write_event_subscription(self._files, connection, made, who)
        else:
            record = epcis.write_subscription(self._files, connection, made, who)
        return [record] if record is not None else []

    def _seal_look(self, connection: Connection, principal: Principal, subjects: tuple[str, ...]) -> None:
        self._access.seal(connection, self._access.record(principal, "partner subscriptions", subjects))


def _view(known: dcsa.EventSubscription | epcis.Subscription, waiting: tuple[int | None, bool]) -> PartnerSubscription:
    is_dcsa = isinstance(known, dcsa.EventSubscription)
    is_over = known.state == "disabled"
    return PartnerSubscription(
        id=known.id,
        standard="dcsa" if is_dcsa else "epcis",
        subscriber=known.owner,
        agreement=known.agreement if isinstance(known, dcsa.EventSubscription) else "",
        host=_host(known.address if isinstance(known, dcsa.EventSubscription) else known.dest),
        wanted=known.filters if isinstance(known, dcsa.EventSubscription) else (("query", known.query),),
        made=known.made,
        state="disabled" if is_over else "active",
        reason=known.reason,
        last=known.last,
        waiting=0 if is_over else waiting[0],
        has_more=waiting[1],
        given_up=waiting[0] if is_over else 0,
        attempts=known.attempts,
        again=known.again,
        problem=known.problem,
    )


def _ended_view(known: _Known, leaf: StoredLeaf | None) -> PartnerSubscription:
    """A subscription that ended; None for the leaf where no record of it is left."""
    if isinstance(known, KeptRequest):
        topic = known.objects[0] if known.objects else known.terms.topic if known.terms is not None else ""
        events = known.terms.events if known.terms is not None else ()
        until = known.terms.until if known.terms is not None and _is_over(known) else None
        view = PartnerSubscription(
            id=known.id,
            standard="one-record",
            subscriber=known.sender,
            host="",
            wanted=(("topic", topic), ("events", ", ".join(events))),
            made=known.made,
            state="ended",
            reason=known.problem if until is None else "",
        )
    else:
        view, until = msgspec.structs.replace(_view(known, (None, False)), state="ended", given_up=None), None
    if until is not None:
        return msgspec.structs.replace(view, ended=until)
    if leaf is None:
        return view
    return msgspec.structs.replace(view, ended=leaf.at, ended_by=leaf.actor)


def _kind(known: _Known) -> str:
    """Kind of the case file of a subscription."""
    if isinstance(known, KeptRequest):
        return REQUEST
    return dcsa.SUBSCRIPTION if isinstance(known, dcsa.EventSubscription) else epcis.SUBSCRIPTION


def _has_ended(known: _Known) -> bool:
    if isinstance(known, KeptRequest):
        return known.kind == "SubscriptionRequest" and (known.status == "REQUEST_REVOKED" or _is_over(known))
    return known.state == "ended"


def _is_over(known: KeptRequest) -> bool:
    """Whether a subscription was for a time that is over."""
    until = known.terms.until if known.terms is not None else None
    return known.status in _STANDING and until is not None and until <= datetime.now(UTC)


def _stands(known: KeptRequest) -> bool:
    """Whether a request is a subscription that has not ended."""
    return known.kind == "SubscriptionRequest" and known.status in _STANDING and not _is_over(known)


def _is_failing(known: _Known) -> bool:
    return not isinstance(known, KeptRequest) and (known.state == "disabled" or known.attempts > 0)


def _host(address: str) -> str:
    """Host and port of an address, without whoever signs in there: the rest may hold a secret."""
    return urlsplit(address).netloc.rpartition("@")[2]
