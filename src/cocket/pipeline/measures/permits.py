# SPDX-License-Identifier: Apache-2.0
"""Permits in the house: agencies register them, declarations are written off them, goods are held and released.

Each act locks what it changes, works out what comes of it, writes it and seals it in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

import msgspec

from cocket.errors import PolicyError, SenderError
from cocket.findings import Finding
from cocket.governance import Context, Principal, Resource
from cocket.measures.permits import (
    Claim,
    Draw,
    Form,
    Hold,
    Item,
    Permit,
    PermitName,
    Settled,
    Standing,
    Status,
    Taken,
    Use,
    check_permit,
    items_of,
    match,
    number_key,
    numbers_of,
    permits_of,
    present,
    read_permits,
    settle,
    without,
)
from cocket.measures.permits.write_off import Act, Outcome
from cocket.model import Declaration, Licence
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import HOLD, kept_holds
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import of_dossiers, of_messages, refuse_lost
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.removed_things import must_be_new
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.guest_scopes import (
    guests_ever,
    guests_now,
    has_been_guest,
    is_own_agency,
    within,
    working,
)
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.measures.appointments import Calendar
from cocket.pipeline.measures.host_releases import ever_let_go
from cocket.pipeline.measures.permit_needs import permit_matrix
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.measures.permits import PermitsWanted, StoredUse, permit_id

#: Most permits of one list.
_MOST = 200


class PermitView(msgspec.Struct, frozen=True, kw_only=True):
    """A permit as its file shows it.

    Attributes:
        id: Its id, made of its name.
        permit: The permit, with what is taken.
        uses: What takes it, last changed first (0..n), those given back too.
        findings: What is odd about it, though it could be registered (0..n).
    """

    id: str
    permit: Permit
    uses: tuple[StoredUse, ...] = ()
    findings: tuple[Finding, ...] = ()


class PermitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a permit, as a list shows it."""

    id: str
    permit: Permit


class PermitList(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the register of permits.

    Attributes:
        lines: The part (0..n), by agency, type, number and line.
        total: How many there are of what was asked for (count).
    """

    lines: tuple[PermitLine, ...]
    total: int


class SealedPermit(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what an agency says of a permit.

    Attributes:
        by: Who acted for the agency.
        permit: The permit as it stands now.
        reason: Why, in words; "" if none was given.
        message: Message that brought it; None if none did.
    """

    by: str
    permit: Permit
    reason: str = ""
    message: str | None = None


class WriteOff(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act on the write-off ledger; sealed wherever it changed or refused something.

    Attributes:
        declaration: The declaration, by the name under which the ledger keeps it.
        message: Message that called for it.
        version: Version of the declaration.
        act: What was asked.
        outcome: `changed`, `unchanged`, `outdated` or `refused`.
        uses: How its uses stand now (0..n).
        findings: Why it was refused (0..n).
    """

    declaration: str
    message: str
    version: int
    act: Act
    outcome: Outcome
    uses: tuple[Use, ...] = ()
    findings: tuple[Finding, ...] = ()


class SealedHold(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of an agency's word on goods."""

    consignment: str
    by: str
    hold: Hold


class HoldSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an agency's word on goods.

    Attributes:
        holds: What agencies say of the consignment, oldest first (1..n); to an agency that may not read it, its own word.
        let_go: Day (UTC) on which the goods were let go already that are held by this word; None for a release, and where nobody
            says that they were.
        note: The same in words; empty where `let_go` is None.
    """

    holds: tuple[Hold, ...]
    let_go: date | None = None
    note: str = ""


class PermitsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A file of permits that was registered.

    Attributes:
        views: Permits registered (0..n).
        findings: What is wrong with rows of it (0..n).
    """

    views: tuple[PermitView, ...]
    findings: tuple[Finding, ...]


class Permits(Service):
    """Keeping permits, writing them off, and taking other agencies' word."""

    def register_permit(self, principal: Principal, permit: Permit, reason: str = "") -> PermitView:
        """Register a permit, or change what is known of it; what is written off it stays.

        Raises:
            PolicyError: The principal may not speak for the agency.
            SenderError: The permit cannot be taken as it is; `findings` say why.
        """
        return self._register(principal, (permit,), reason, None)[0]

    def register_file(self, principal: Principal, content: bytes, form: Form, reason: str = "") -> PermitsTaken:
        """Register every permit of a file that can be read; what cannot is named and left out.

        Raises:
            PolicyError: The principal may not speak for an agency of it.
            SenderError: A permit cannot be taken as it is; those before it are.
            UnreadableError: It is not of that form at all.
        """
        permits, findings = read_permits(content, form)
        views = tuple(self._register(principal, (permit,), reason, None)[0] for permit in permits)
        return PermitsTaken(views=views, findings=findings)

    def register_licence(self, principal: Principal, message_id: str, name: PermitName) -> tuple[PermitView, ...]:
        """Register a licence that was lodged as a message.

        Args:
            principal: Who acts for the agency.
            message_id: The message.
            name: Agency, kind and number, which the message does not carry; its line is of no meaning.

        Returns:
            One permit a goods line (1..n).

        Raises:
            NotFoundError: There is no such message.
            PolicyError: The principal may not speak for the agency.
            SenderError: It is no licence, was refused, or cannot be registered as it is.
        """
        self._access.require(principal, "permit:register", _register_of(name.agency))
        with self._stores.database.transaction() as connection:
            message, _ = self._accepted(connection, message_id, lambda where: self._may_register(principal, where))
        # One name is given for one licence; of several in the same bytes nobody could say whose it is.
        licences = [one for one in reading_of(message).documents if isinstance(one, Licence)]
        permits = permits_of(licences[0], name.agency, name.type, name.number) if len(licences) == 1 else ()
        if not permits:
            raise SenderError("The message is not a licence for any goods.", code="not-a-licence")
        return self._register(principal, permits, "", message)

    def set_permit_status(self, principal: Principal, name: PermitName, status: Status, reason: str) -> PermitView:
        """Suspend or withdraw a permit with all its lines, or make it valid again; what is written off it stays.

        Raises:
            NotFoundError: There is no such permit.
            PolicyError: The principal may not speak for the agency.
        """
        self._access.require(principal, "permit:register", _register_of(name.agency))
        with self._stores.database.transaction() as connection:
            self._check_issuer(connection, principal, [name])
            lines = self._stores.permits.lock_permits(connection, name.agency, name.type, number_key(name.number))
            if not lines:
                raise NotFoundError("There is no such permit.")
            changed = [msgspec.structs.replace(one, status=status) for one in lines if one.status != status]
            for one in changed:
                self._stores.permits.put(connection, one)
            bodies = [SealedPermit(by=principal.id, permit=one, reason=reason.strip()) for one in changed]
            self._access.seal(connection, *self._records(principal, bodies))
        shown = next((one for one in lines if one.line == name.line), lines[0])
        return _view(msgspec.structs.replace(shown, status=status))

    def permit(self, principal: Principal, name: PermitName) -> PermitView:
        """The file of one line of a permit; what declarations took is for the agency, and for those bound to no office.

        Raises:
            NotFoundError: There is no such permit that this principal may see.
        """
        wanted = msgspec.structs.replace(name, number=number_key(name.number))
        return self.permit_of_id(principal, str(permit_id(wanted)))

    def permit_of_id(self, principal: Principal, wanted: str) -> PermitView:
        """The same, by its id.

        Raises:
            NotFoundError: There is no such permit that this principal may see.
        """
        named = parse_id(wanted)
        with self._stores.database.transaction() as connection:
            found = self._stores.permits.of_id(connection, named) if named else None
            if found is None or not self._access.may(principal, "permit:read", _register_of(found.agency)):
                raise NotFoundError("There is no such permit.")
            return self._shown(connection, principal, found)

    def permits(self, principal: Principal, wanted: PermitsWanted | None = None) -> PermitList:
        """A part of the register; an agency has its own permits alone. The look is sealed.

        Args:
            principal: Who asks.
            wanted: Which of them; None for the first of all. At most 200 are given at once.

        Raises:
            PolicyError: The principal may see none.
        """
        asked = wanted or PermitsWanted()
        asked = msgspec.structs.replace(asked, limit=max(1, min(asked.limit, _MOST)), offset=max(0, asked.offset))
        with self._stores.database.transaction() as connection:
            own = None
            if not self._access.may(principal, "permit:read"):
                own = [
                    one for one in principal.senders if self._access.may(principal, "permit:read", _register_of(one))
                ]
                if not own:
                    self._access.require(principal, "permit:read")
            found, total = self._stores.permits.search(connection, asked, own)
            lines = tuple(
                PermitLine(id=str(permit_id(one.name)), permit=one)
                for one in found
                if self._access.may(principal, "permit:read", _register_of(one.agency))
            )
            self._access.seal(connection, self._access.record(principal, "permits", ("register",)))
        return PermitList(lines=lines, total=total)

    def agency_hold(self, principal: Principal, consignment_id: str, hold: Hold) -> HoldSaid:
        """Take an agency's word on goods: held, or released.

        Args:
            principal: Who acts for the agency.
            consignment_id: The consignment.
            hold: The agency's word, with its reason; it replaces an earlier one on the same item. A release of no item in
                particular releases every item that the agency holds.

        Returns:
            What agencies say of the consignment, and whether the goods that are held were let go already.

        Raises:
            NotFoundError: There is no such consignment, or none within the scope of the agency's agreement.
            PolicyError: The principal may not speak for the agency, or gave no reason.
            SenderError: There is no such item, or none that the agency may hold; customs would hold in the name of an agency
                that no agreement and no row of the permit matrix names; or customs would end a hold of an agency that works
                here as a guest: two persons of customs override it.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            calendar = Calendar(self._stores, connection, now)
            line, where, scope = self._held(connection, principal, consignment_id, hold.agency)
            guests = guests_now(self._stores, connection)
            is_for_itself = is_own_agency(principal, hold.agency)
            worker = working(principal, guests.get(hold.agency)) if is_for_itself else principal
            self._access.require(worker, "agency:hold", where, Context(reason=hold.reason))
            if hold.is_held:
                if hold.agency not in principal.senders:
                    self._check_known(connection, hold.agency)
                _check_item(hold, self._items(connection, line), scope)
            is_guest = hold.agency in guests
            is_own = hold.agency in principal.senders and "agency" in principal.roles
            if is_guest and not is_own and not hold.is_held:
                raise SenderError(
                    f"{hold.agency} works here itself and releases what it holds; customs overrides it by two persons.",
                    code="hold-of-guest",
                )
            hold = msgspec.structs.replace(
                hold, is_own=is_own and is_guest, is_overridden=False, examines=hold.examines and hold.is_held
            )
            records = [
                record
                for one in self._meant(connection, line, hold)
                for record in keep_hold(self._stores, connection, (line, calendar), one, principal.id)
            ]
            holds = self._words(connection, principal, line.id, where)
            let_go = self._let_go(connection, line.id, hold)
            self._access.seal(connection, *records)
        return HoldSaid(holds=holds, let_go=let_go, note=_let_go_words(let_go) if let_go is not None else "")

    def agency_holds(self, principal: Principal, consignment_id: str) -> tuple[Hold, ...]:
        """What agencies say of a consignment, oldest first (0..n); an agency that may not read it gets its own word.

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or on which he said anything.
        """
        wanted = parse_id(consignment_id)
        with self._stores.database.transaction() as connection:
            line = self._stores.consignments.line(connection, wanted) if wanted else None
            where = of_dossiers(self._stores, connection, [line.id])[line.id] if line else Resource()
            own = [one for one in principal.by_right if is_own_agency(principal, one)]
            if own:
                principal = working(principal, guests_now(self._stores, connection).get(own[0]))
            words = self._words(connection, principal, line.id, where) if line else ()
            if line is None or not (words or self._access.may(principal, "dossier:read", where)):
                raise NotFoundError("There is no such consignment.")
            about = line.id if own else None  # an agency's look stands with the goods, as one under an agreement does
            look = self._access.record(principal, "holds", (str(line.id),), about=about)
            self._access.seal(connection, look)
        return words

    def releasing_themselves(self, holds: Collection[Hold]) -> tuple[str, ...]:
        """Agencies of holds that stand which work here themselves: only they release what they hold (0..n)."""
        with self._stores.database.transaction() as connection:
            guests = guests_now(self._stores, connection)
        return tuple(dict.fromkeys(one.agency for one in holds if one.is_held and one.agency in guests))

    def _shown(self, connection: Connection, principal: Principal, found: Permit) -> PermitView:
        """A permit with what is told of its uses; the look is sealed."""
        name = found.name
        is_told = principal.office is None or name.agency in principal.senders
        uses = self._stores.permits.uses_of(connection, name) if is_told else []
        subject = f"{name.agency} {name.type} {name.number} {name.line}"
        self._access.seal(connection, self._access.record(principal, "permit", (subject,)))
        return _view(found, tuple(uses))

    def _words(
        self, connection: Connection, principal: Principal, consignment: UUID, where: Resource
    ) -> tuple[Hold, ...]:
        """Agencies' words on a dossier that this principal may know: all for a reader of it, else his own (0..n)."""
        words = holds_of(self._stores, connection, consignment)
        if self._access.may(principal, "dossier:read", where):
            return words
        own = [one for one in words if one.agency in principal.senders]
        return tuple(one for one in own if self._may_know(principal, one.agency))

    def _may_know(self, principal: Principal, agency: str) -> bool:
        """Whether a principal may know what an agency says: its own people as they work on goods, others as readers of its register."""
        action = "guest:read" if is_own_agency(principal, agency) else "permit:read"
        return self._access.may(principal, action, _register_of(agency))

    def _let_go(self, connection: Connection, dossier: UUID, hold: Hold) -> date | None:
        """When goods were let go already that a word holds; None for a release."""
        if not hold.is_held:
            return None
        words = kept_holds(self._stores, connection, [dossier]).get(dossier, ())
        own = tuple(one for one in words if one.hold.agency == hold.agency)
        gone = ever_let_go(self._stores, connection, {dossier: own}).get(dossier)
        return gone.at.date() if gone is not None else None

    def _check_known(self, connection: Connection, agency: str) -> None:
        """See that customs holds in the name of an agency that is known here.

        Raises:
            SenderError: No agreement names it as a guest, and no row of the permit matrix.
        """
        matrix = permit_matrix(self._stores.settings)
        known = {one.agency for one in matrix.requirements} if matrix is not None else set()
        known |= guests_ever(self._stores, connection)
        if agency not in known:
            names = ", ".join(sorted(known))
            raise SenderError(
                f"No agreement and no row of the permit matrix names an agency {agency[:100]}; known are: {names or 'none'}.",
                code="hold-agency",
                expected=names or None,
                found=agency[:100],
            )

    def _check_issuer(self, connection: Connection, principal: Principal, permits: Collection[PermitName]) -> None:
        """See that an agency that speaks for itself issues permits of these kinds: by an agreement in force, or the permit matrix.

        Raises:
            PolicyError: It does not.
        """
        own = [one for one in permits if is_own_agency(principal, one.agency)]
        if not own or self._access.may(principal, "permit:register"):
            return
        guests, matrix = guests_now(self._stores, connection), permit_matrix(self._stores.settings)
        rows = matrix.requirements if matrix is not None else ()
        issued = {(one.agency, paper) for one in rows for paper in one.papers}
        for one in own:
            if one.agency not in guests and (one.agency, one.type) not in issued:
                kinds = sorted(paper for agency, paper in issued if agency == one.agency)
                also = f" It issues {', '.join(kinds)}." if kinds else ""
                raise PolicyError(
                    f"{one.agency} has no agreement in force, and the permit matrix does not name it as issuer of {one.type}.{also}",
                    reasons=("nothing-permits",),
                )

    def _register(
        self, principal: Principal, permits: Sequence[Permit], reason: str, message: StoredMessage | None
    ) -> tuple[PermitView, ...]:
        for agency in {one.agency for one in permits}:
            self._access.require(principal, "permit:register", _register_of(agency))
        with self._stores.database.transaction() as connection:
            self._check_issuer(connection, principal, [one.name for one in permits])
            name = permits[0].name
            known = self._stores.permits.lock_permits(connection, name.agency, name.type, name.number)
            self._must_be_new(connection, {one.name for one in permits} - {one.name for one in known})
            taken = {one.line: one.taken for one in known}
            held = [msgspec.structs.replace(one, taken=taken.get(one.line, Taken())) for one in permits]
            views = [_view(one, findings=check_permit(one)) for one in held]
            findings = tuple(finding for view in views for finding in view.findings)
            if any(finding.severity == "error" for finding in findings):
                raise SenderError("The permit cannot be registered.", code="permit", findings=findings)
            for one in held:
                self._stores.permits.put(connection, one)
            source = str(message.id) if message else None
            bodies = [SealedPermit(by=principal.id, permit=one, reason=reason, message=source) for one in held]
            self._access.seal(connection, *self._records(principal, bodies, message))
        return tuple(views)

    def _must_be_new(self, connection: Connection, names: Collection[PermitName]) -> None:
        """See that permits that are not there were never there."""
        things = {permit_id(one): f"{one.type} {one.number} line {one.line}" for one in names}
        must_be_new(
            self._stores,
            connection,
            "permit",
            things,
            lambda body: permit_id(msgspec.json.decode(body, type=SealedPermit).permit.name),
        )

    def _records(
        self, principal: Principal, bodies: Iterable[SealedPermit], message: StoredMessage | None = None
    ) -> list[NewRecord]:
        """Records of permits, about the message that they are made of, with which they are erased, or else about themselves."""
        record = self._stores.sealer.record
        return [
            record("permit", principal.id, body, about=message.id if message else permit_id(body.permit.name))
            for body in bodies
        ]

    def _may_register(self, principal: Principal, where: Resource) -> bool:
        """Whether this principal may make a permit of a message: one that he may read, or that the agency sent itself."""
        return self._access.may(principal, "message:read", where) or where.sender in principal.senders

    def _accepted(
        self, connection: Connection, message_id: str, knows: Callable[[Resource], bool]
    ) -> tuple[StoredMessage, Resource]:
        """A message that was accepted, and where it belongs.

        Raises:
            NotFoundError: There is none, or none that the principal may know of.
            LostError: Nobody can open it any more.
            SenderError: It was refused.
        """
        wanted = parse_id(message_id)
        message = self._stores.messages.get(connection, wanted) if wanted else None
        where = of_messages(self._stores, connection, [message])[message.id] if message else None
        if message is None or where is None or not knows(where):
            refuse_lost(self._stores, connection, wanted, knows)
            raise NotFoundError("There is no such message.")
        if message.outcome != "accepted":
            raise SenderError("The message was refused.", code="message-refused")
        return message, where

    def _held(
        self, connection: Connection, principal: Principal, consignment_id: str, agency: str
    ) -> tuple[Line, Resource, frozenset[int] | None]:
        """A dossier on which this principal may speak for an agency, and the items of it; None for every item.

        The agency itself speaks of what its agreement gives it; one that never had an agreement, of goods for which the permit
        matrix asks its permit, and of what it holds already. An officer who may read the dossier speaks of every item.
        """
        wanted = parse_id(consignment_id)
        line = self._stores.consignments.line(connection, wanted) if wanted else None
        where = of_dossiers(self._stores, connection, [line.id])[line.id] if line else Resource()
        scope: frozenset[int] | None = None
        is_agency = False
        if agency not in principal.senders or line is None:
            where = msgspec.structs.replace(where, sender=agency)
        elif has_been_guest(self._stores, connection, agency):
            agreement = guests_now(self._stores, connection).get(agency)
            found = within(self._stores, connection, agency, agreement, [line.id]).get(line.id)
            is_agency = found is not None and found.where.sender == agency
            where = found.where if found is not None else where
            scope = frozenset(one.item for one in found.why) if found is not None else None
        else:
            matrix = permit_matrix(self._stores.settings)
            needs = match(self._items(connection, line), matrix).items if matrix is not None else ()
            scope = frozenset(one.item for one in needs if agency in {need.agency for need in one.needs})
            is_agency = bool(scope) or bool(self._held_of(connection, line, agency))
            where = msgspec.structs.replace(where, sender=agency if is_agency else None)
        if line is None or not (is_agency or self._access.may(principal, "dossier:read", where)):
            raise NotFoundError("There is no such consignment.")
        return line, where, scope if is_agency else None

    def _items(self, connection: Connection, line: Line) -> tuple[Item, ...]:
        """Items of the declaration that holds (0..n); none where no declaration came."""
        paper = newest_declaration(papers_of(self._stores, connection, [line.id]).get(line.id, ()))
        if paper is None or paper.declaration is None:
            return ()
        return tuple(items_of(paper.declaration, moment_of(paper.declaration, paper.received).date()))

    def _meant(self, connection: Connection, line: Line, hold: Hold) -> list[Hold]:
        """The words that are meant by one: a release of all goods is one of each item that the agency holds (1..n).

        Raises:
            SenderError: What is released is not held.
        """
        if hold.is_held:
            return [hold]
        held = self._held_of(connection, line, hold.agency)
        meant = [one for one in held if hold.item in (None, one.item)]
        if not meant:
            raise SenderError(
                "This agency holds nothing of it.",
                code="hold-none",
                expected=", ".join(f"item {one.item}" for one in held if one.item is not None) or None,
                found=f"item {hold.item}" if hold.item is not None else None,
            )
        return [msgspec.structs.replace(hold, item=one.item) for one in meant]

    def _held_of(self, connection: Connection, line: Line, agency: str) -> list[Hold]:
        """Holds of an agency on a dossier that stand, oldest first (0..n)."""
        return [one for one in holds_of(self._stores, connection, line.id) if one.agency == agency and one.is_held]


def _check_item(hold: Hold, items: Sequence[Item], scope: frozenset[int] | None) -> None:
    """See that an agency's word is of an item that is declared, and that it may speak of.

    Raises:
        NotFoundError: The agency may hold nothing of it any more.
        SenderError: It is not.
    """
    if scope is not None and not scope:
        raise NotFoundError("There is no such consignment.")
    if hold.item is None:
        return
    known = [one.number for one in items if scope is None or one.number in scope]
    if hold.item not in known:
        raise SenderError(
            "There is no such item that this agency may hold.",
            code="hold-item",
            expected=", ".join(map(str, known)) or "no item: the consignment as a whole",
            found=str(hold.item),
        )


def _let_go_words(day: date) -> str:
    return f"These goods were let go already, on {day.isoformat()}: find out where they are."


def _view(permit: Permit, uses: tuple[StoredUse, ...] = (), findings: tuple[Finding, ...] = ()) -> PermitView:
    return PermitView(id=str(permit_id(permit.name)), permit=permit, uses=uses, findings=findings)


def _register_of(agency: str) -> Resource:
    """The register of permits as policy sees it: the whole house's, and the agency's own."""
    return Resource(sender=agency, is_house_wide=True)


def keep_hold(
    stores: Stores, connection: Connection, place: tuple[Line, Calendar], hold: Hold, by: str
) -> list[NewRecord]:
    """Write an agency's word down, and let the appointment of the dossier follow; what is to be sealed (1..n).

    Args:
        stores: The stores.
        connection: The transaction.
        place: The dossier, and the calendar, which this transaction has for itself.
        hold: The word.
        by: Who says it.
    """
    line, calendar = place
    known = kept_holds(stores, connection, [line.id]).get(line.id, ())
    same = [one.filed for one in known if (one.hold.agency, one.hold.item) == (hold.agency, hold.item)]
    kind = "agency-hold" if hold.is_held else "agency-release"
    records = []
    for dossier in dict.fromkeys(same or [line.id]):  # a word on what was merged is where it was said first
        filed = msgspec.structs.replace(line, id=dossier)
        body = SealedHold(consignment=str(dossier), by=by, hold=hold)
        record = stores.sealer.record(kind, by, body, about=line.id)
        stores.case_files.put(connection, _hold_file(filed, hold, record.leaf.at))
        records.append(record)
    booked = [one for one in same if one != line.id and calendar.appointment(one) is not None]
    for dossier in booked or [line.id]:
        filed = msgspec.structs.replace(line, id=dossier)
        records += calendar.after_holds(filed, holds_of(stores, connection, line.id), by)
    return records


def holds_of(stores: Stores, connection: Connection, consignment: UUID) -> tuple[Hold, ...]:
    """Every agency's word on a dossier, oldest first (0..n)."""
    return holds_by(stores, connection, [consignment]).get(consignment, ())


def holds_by(stores: Stores, connection: Connection, consignments: Collection[UUID]) -> dict[UUID, tuple[Hold, ...]]:
    """Every agency's word by dossier, oldest first; dossiers of which none spoke are left out."""
    found = kept_holds(stores, connection, consignments)
    return {one: tuple(each.hold for each in words) for one, words in found.items()}


def write_off(
    stores: Stores, connection: Connection, asked: Sequence[tuple[StoredMessage, Declaration, Act]]
) -> list[WriteOff]:
    """Act on the write-off ledger for several declarations, in order, each wholly or not at all.

    Args:
        shelves: The stores.
        connection: The transaction; it must not have locked permits before.
        asked: Messages with what was read in them and what is asked (0..n).

    Returns:
        What came of each; nothing is sealed yet (`is_to_seal` says what is to be).
    """
    items = [items_of(document, _day(message, document)) for message, document, _ in asked]
    names = [ledger_name(message) for message, _, _ in asked]
    numbers = frozenset().union(*(numbers_of(one) for one in items))
    ledger = stores.permits.lock(connection, names, numbers)
    standings, permits = dict(ledger.standings), dict(ledger.permits)
    touched: dict[PermitName, Permit] = {}
    versions: dict[tuple[UUID, str], int] = {}
    done = []
    for (message, _, act), name, goods in zip(asked, names, items, strict=True):
        # One that came behind another in the same bytes has no version of its own: it follows on what stands.
        version = versions.setdefault((message.id, name), message.version or standings[name].version + 1)
        settled = _settled(Claim(declaration=name, version=version, act=act), goods, standings[name], permits)
        standings[name] = settled.standing
        touched |= {one.name: one for one in settled.permits}
        permits |= touched
        done.append(
            WriteOff(
                declaration=name,
                message=str(message.id),
                version=version,
                act=act,
                outcome=settled.outcome,
                uses=settled.standing.uses,
                findings=settled.findings,
            )
        )
    changed = {name: one for name, one in standings.items() if one != ledger.standings[name]}
    stores.permits.write(connection, changed, touched.values(), datetime.now(UTC))
    return done


def is_to_seal(done: WriteOff) -> bool:
    """Whether an act on the ledger is worth a record: it changed something, or was refused."""
    return done.outcome in ("changed", "refused")


def _settled(claim: Claim, items: Sequence[Item], standing: Standing, permits: Mapping[PermitName, Permit]) -> Settled:
    """What comes of a claim; permits against which something stands refuse all of it."""
    draws: tuple[Draw, ...] = ()
    if claim.act == "reserve" and claim.version >= standing.version:
        presentation = present(items, without(permits.values(), standing))
        if presentation.refusals and not (standing.is_returned and claim.version == standing.version):
            return Settled(outcome="refused", standing=standing, findings=presentation.refusals)
        draws = presentation.draws
    return settle(msgspec.structs.replace(claim, draws=draws), standing, permits)


def ledger_name(message: StoredMessage) -> str:
    """The name of a declaration in the ledger, the same for all its versions."""
    return f"{message.sender} {message.standard} {message.reference or message.id}"


def _day(message: StoredMessage, declaration: Declaration) -> date:
    """The day that counts: of acceptance or registration, else of receipt."""
    if declaration.accepted is not None:
        return declaration.accepted.date()
    registered = declaration.status.registered if declaration.status else None
    return registered or message.received.date()


def _hold_file(line: Line, hold: Hold, at: datetime) -> StoredCaseFile:
    """The file of an agency's word; a later one on the same item has the same id."""
    return StoredCaseFile(
        id=hold_id(line.id, hold),
        kind=HOLD,
        state="held" if hold.is_held else "released",
        consignment=line.id,
        office=line.office,
        opened=at,
        changed=at,
        body=msgspec.json.encode(hold),
    )


def hold_id(consignment: UUID, hold: Hold) -> UUID:
    """The id of the file of an agency's word on goods: the same for every word on the same item."""
    return uuid5(consignment, f"{HOLD}\0{hold.agency}\0{hold.item or ''}")
