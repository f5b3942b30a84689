# SPDX-License-Identifier: Apache-2.0
"""Other agencies at work here: their queue, what they see of a consignment, and their words on permits and examinations.

Each consignment is decided by itself: in the scope of the agency's agreement or not there at all. Of one in scope an agency gets the
fields that its agreement names, and nothing that was advised; its queue is in the order in which goods came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from cocket.control.agency_words import (
    AGENCY_FILE,
    OUTCOMES,
    PERMIT_WORDS,
    AgencyFile,
    AgencyPaper,
    AgencyResult,
    Outcome,
    PermitDecision,
    PermitWord,
)
from cocket.control.appointments import APPOINTMENT, Appointment
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal, Resource, exchanged
from cocket.governance.agreements import ALL, Agreement, GuestScope, Why
from cocket.governance.proposals import Proposal
from cocket.measures.permits import Hold, Permit, number_key
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import held_by, kept_holds, standing_holds
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.guest_scopes import GUEST, goods_of, guests_now, within, working
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.evidence_files import EVIDENCE, KeptEvidence
from cocket.pipeline.control.officer_acts import EVIDENCE_BYTES
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.measures.hold_overrides import HOLD_OVERRIDE
from cocket.pipeline.measures.host_releases import ever_let_go
from cocket.pipeline.measures.permits import HoldSaid, Permits, holds_of
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import GoodsWanted, Marks
from cocket.stores.consignment.queue_lines import QueueLines
from cocket.stores.consignment.rows import Line

#: Lines that a queue gives at once, and dossiers that are decided at once (counts).
MOST_LINES: Final = 100
_AT_ONCE: Final = 200

#: Before the consignment after which a part of a queue begins, where that is held.
_HELD: Final = "held-"

#: Digits of a commodity code by which dossiers are looked for: further ones may stand apart in a declaration.
_DIGITS: Final = 6
_MOST_PAPERS: Final = 5
_LONGEST: Final = 2_000


class GuestConsignment(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency sees of a consignment in its scope: what its agreement does not name has its default.

    Attributes:
        id: Our id of it.
        title: Its first reference.
        why: The items by which it is in scope (1..n).
        office: Customs office.
        received: When its first paper came, UTC.
        trader: The trader as papers name him.
        goods: The goods in words.
        value: Value, with its currency.
        items: Every item with its code and origin (0..n).
        equipment: Containers (0..n).
        references: References, as (kind, value) (0..n).
        papers: Standards of its papers that hold, oldest first (0..n).
    """

    id: str
    title: str
    why: tuple[Why, ...] = ()
    office: str | None = None
    received: datetime | None = None
    trader: str | None = None
    goods: str | None = None
    value: str | None = None
    items: tuple[tuple[int, str, str], ...] = ()
    equipment: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    papers: tuple[str, ...] = ()


class GuestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an agency's queue.

    Attributes:
        consignment: What it sees of the consignment.
        holds: Its own words on it (0..n).
        appointment: When it is examined; None where no examination was ever asked for.
        let_go: Day on which what it holds was let go, before it was held or after; None where nobody says that it was.
    """

    consignment: GuestConsignment
    holds: tuple[Hold, ...] = ()
    appointment: Appointment | None = None
    let_go: date | None = None


class GuestQueue(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's queue.

    Attributes:
        agency: The agency.
        agreement: Name of its agreement.
        lines: What it holds, then what it does not, of both the last that came first (0..100).
        held: Consignments that it holds, in all parts (count).
        after: Where the next part begins; None where there is no more.
    """

    agency: str
    agreement: str
    lines: tuple[GuestLine, ...]
    held: int = 0
    after: str | None = None


class GuestFile(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment as an agency works on it.

    Attributes:
        agency: The agency.
        consignment: What it sees of it.
        holds: Its own words on it (0..n).
        appointment: When it is examined; None where no examination was ever asked for.
        let_go: Day on which what it holds was let go, before it was held or after; None where nobody says that it was.
        permits: Its own words on permits and certificates, oldest first (0..n).
        results: What its own examinations found, oldest first (0..n).
    """

    agency: str
    consignment: GuestConsignment
    holds: tuple[Hold, ...] = ()
    appointment: Appointment | None = None
    let_go: date | None = None
    permits: tuple[PermitDecision, ...] = ()
    results: tuple[AgencyResult, ...] = ()


class AgencyWork(msgspec.Struct, frozen=True, kw_only=True):
    """What customs sees of what agencies do on a consignment: all of it.

    Attributes:
        consignment: Our id of it.
        holds: Agencies' words on the goods, oldest first (0..n).
        appointment: The appointment; None where no examination was ever asked for.
        file: Their words on permits, and their results.
        guests: Agencies that work here now (0..n): what these hold, customs ends by two persons alone.
    """

    consignment: str
    holds: tuple[Hold, ...]
    appointment: Appointment | None
    file: AgencyFile
    guests: tuple[str, ...] = ()


class AgencyAtWork(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that works here.

    Attributes:
        agency: The agency, by the name for which its accounts and keys act.
        title: What it is called.
        agreement: Name of the agreement.
        scope: Which consignments it sees.
        fields: Fields that it sees of each (1..n).
        held: Consignments that it holds now (count).
        missed: Appointments that it did not come to, of those that are open (count).
    """

    agency: str
    title: str
    agreement: str
    scope: GuestScope
    fields: tuple[str, ...]
    held: int = 0
    missed: int = 0


class NewDecision(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's word on a permit or certificate.

    Attributes:
        type: Kind of paper.
        number: Its number.
        word: `accepted`, `refused` or `used-up`.
        quantity: How much of what it covers; needed where it is used up and the register counts it.
        unit: Unit of `quantity`.
        reason: Why; needed where it is refused.
    """

    type: str
    number: str
    word: PermitWord
    quantity: Decimal | None = None
    unit: str = ""
    reason: str = ""


class NewFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency's examination found.

    Attributes:
        outcome: What came of it.
        words: What was found and done.
        papers: Papers, as (name, bytes) (0..5).
    """

    outcome: Outcome
    words: str
    papers: tuple[tuple[str, bytes], ...] = ()


class Agencies(Service):
    """Other agencies as guests.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that two persons answer for.
        permits: Takes agencies' words on goods.
    """

    def __init__(self, stores: Stores, second: SecondPerson, permits: Permits) -> None:
        super().__init__(stores)
        self._second, self._permits = second, permits
        self._files = DocumentFiles(stores)

    def agencies(self, principal: Principal) -> tuple[AgencyAtWork, ...]:
        """Agencies that work here now, by name (0..n); the look is sealed.

        Raises:
            PolicyError: The principal is not of customs.
        """
        self._access.require(principal, "appointment:read")
        with self._stores.database.transaction() as connection:
            guests = guests_now(self._stores, connection)
            held = Counter(
                agency for words in standing_holds(self._stores, connection).values() for agency in held_by(words)
            )
            missed = [
                miss.who
                for one in self._files.every(connection, APPOINTMENT, Appointment, ("set", "waiting"))
                for miss in one.misses
            ]
            self._access.seal(connection, self._access.record(principal, "agencies", tuple(guests) or ("none",)))
        return tuple(
            AgencyAtWork(
                agency=agency,
                title=one.other,
                agreement=one.name,
                scope=one.guest,
                fields=one.exchanges[GUEST],
                held=held[agency],
                missed=missed.count(agency),
            )
            for agency, one in sorted(guests.items())
            if one.guest is not None
        )

    def queue(self, principal: Principal, agency: str = "", after: str = "") -> GuestQueue:
        """An agency's queue: what it holds first, then what came last, however much there is. The look is sealed.

        Args:
            principal: Who asks.
            agency: The agency; empty for the only one that he speaks for.
            after: Where a further part begins, as the part before says; empty for the first.

        Raises:
            NotFoundError: There is no such place.
            PolicyError: He speaks for no agency that works here.
        """
        is_held = after.startswith(_HELD)
        place = parse_id(after.removeprefix(_HELD)) if after else None
        if after and place is None:
            raise NotFoundError("There is no such place in the queue.")
        with self._stores.database.transaction() as connection:
            name, agreement, principal = self._guest(connection, principal, agency)
            self._access.require(principal, "guest:read", Resource(sender=name))
            own = self._held_by(connection, name)
            found, further = self._part(connection, (principal, name, agreement), own, (is_held or not after, place))
            shown = self._lines(connection, agreement, found, name)
            subjects = tuple(one.consignment.id for one in shown) or ("none",)
            self._access.seal(connection, self._access.record(principal, "agency queue", subjects))
        return GuestQueue(agency=name, agreement=agreement.name, lines=tuple(shown), held=len(own), after=further)

    def _part(
        self,
        connection: Connection,
        about: tuple[Principal, str, Agreement],
        own: set[UUID],
        where: tuple[bool, UUID | None],
    ) -> tuple[list[tuple[Line, tuple[Why, ...]]], str | None]:
        """A part of an agency's queue, and where the next begins."""
        is_held, place = where
        found: list[tuple[Line, tuple[Why, ...]]] = []
        if is_held:
            rest = sorted((one for one in own if place is None or one < place), reverse=True)
            for start in range(0, len(rest), _AT_ONCE):
                for each in self._decided(connection, about, rest[start : start + _AT_ONCE]):
                    if len(found) == MOST_LINES:
                        return found, f"{_HELD}{found[-1][0].id}"
                    found.append(each)
            place = None
        scope, is_more = about[2].guest, True
        while scope is not None and is_more:
            wanted = _wanted(scope, place)
            ids = Marks().of_goods(connection, wanted)
            for line, why in self._decided(connection, about, [one for one in ids if one not in own]):
                if len(found) == MOST_LINES:
                    last = found[-1][0].id
                    return found, f"{_HELD}{last}" if last in own else str(last)
                found.append((line, why))
            place, is_more = (ids[-1] if ids else None), len(ids) == wanted.limit
        return found, None

    def _decided(
        self, connection: Connection, about: tuple[Principal, str, Agreement], dossiers: Sequence[UUID]
    ) -> list[tuple[Line, tuple[Why, ...]]]:
        """Those of some dossiers that the agency may see, each by itself, in the order given, with why."""
        principal, name, agreement = about
        standing = within(self._stores, connection, name, agreement, list(dossiers))
        lines = self._stores.consignments.lines_of(connection, list(standing))
        return [
            (lines[one], standing[one].why)
            for one in dossiers
            if one in lines
            and not lines[one].is_cancelled
            and self._access.may(principal, "guest:read", standing[one].where)
        ]

    def consignment(self, principal: Principal, consignment_id: str, agency: str = "") -> GuestFile:
        """A consignment in an agency's scope, with its own words on it. The look is sealed.

        Raises:
            NotFoundError: There is none in its scope.
            PolicyError: He speaks for no agency that works here.
        """
        with self._stores.database.transaction() as connection:
            (name, agreement, principal), line, why = self._one(connection, principal, consignment_id, agency)
            (shown,) = self._lines(connection, agreement, [(line, why)], name)
            file = self._file(connection, line.id)
            look = self._access.record(principal, "agency consignment", (str(line.id),), line.id)
            self._access.seal(connection, look)
        return GuestFile(
            agency=name,
            consignment=shown.consignment,
            holds=shown.holds,
            appointment=shown.appointment,
            let_go=shown.let_go,
            permits=tuple(one for one in file.permits if one.agency == name),
            results=tuple(one for one in file.results if one.agency == name),
        )

    def work(self, principal: Principal, consignment_id: str) -> AgencyWork:
        """What agencies do on a consignment, for customs. The look is sealed.

        Raises:
            NotFoundError: There is no such consignment that he may see.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            self._access.require(principal, "appointment:read", where.papers)
            made = AgencyWork(
                consignment=str(line.id),
                holds=holds_of(self._stores, connection, line.id),
                appointment=self._appointment(connection, line.id),
                file=self._file(connection, line.id),
                guests=tuple(guests_now(self._stores, connection)),
            )
            self._access.seal(connection, self._access.record(principal, "appointments", (str(line.id),)))
        return made

    def place_hold(self, principal: Principal, consignment_id: str, hold: Hold) -> HoldSaid:
        """Hold goods for an agency that works here, or release them, and let the appointment follow; sealed.

        Returns:
            The agency's own words on the consignment, and whether the goods that it holds were let go already.

        Raises:
            NotFoundError: There is no such consignment in its scope.
            PolicyError: He speaks for no agency that works here, or gave no reason.
        """
        with self._stores.database.transaction() as connection:
            name, _, _ = self._guest(connection, principal, hold.agency)
        return self._permits.agency_hold(principal, consignment_id, msgspec.structs.replace(hold, agency=name))

    def decide_permit(
        self, principal: Principal, consignment_id: str, new: NewDecision, agency: str = ""
    ) -> PermitDecision:
        """Record an agency's word on a permit or certificate; sealed before it is returned.

        Raises:
            NotFoundError: There is no such consignment in its scope.
            SenderError: The word is none, lacks what it needs, or uses up more than the register grants.
        """
        kind, number = _named(new.type, "type"), _named(new.number, "number")
        if new.word not in PERMIT_WORDS:
            raise SenderError(
                "There is no such word on a permit.", code="permit-word", expected=", ".join(PERMIT_WORDS)
            )
        if new.word == "refused" and not new.reason.strip():
            raise SenderError("Say why the permit is refused.", code="permit-reason")
        if new.quantity is not None and not (new.quantity.is_finite() and new.quantity > 0):
            raise SenderError("A quantity is a number above 0.", code="permit-quantity")
        with self._stores.database.transaction() as connection:
            (name, _, _), line, _ = self._one(connection, principal, consignment_id, agency, "guest:record")
            known = [
                one
                for one in self._stores.permits.known(connection, frozenset({number_key(number)}))
                if one.agency == name and one.type == kind
            ]
            made = PermitDecision(
                agency=name,
                type=kind,
                number=number,
                word=new.word,
                quantity=new.quantity,
                unit=new.unit.strip().upper()[:20],
                reason=new.reason.strip()[:_LONGEST],
                is_registered=bool(known),
                left=_left(known, new),
                by=principal.id,
                at=datetime.now(UTC),
            )
            file = self._file(connection, line.id, to_change=True)
            self._keep(connection, principal, msgspec.structs.replace(file, permits=(*file.permits, made)))
        return made

    def record_finding(
        self, principal: Principal, consignment_id: str, new: NewFinding, agency: str = ""
    ) -> AgencyResult:
        """Record what an agency's examination found, with its papers; sealed before it is returned.

        Raises:
            NotFoundError: There is no such consignment in its scope.
            SenderError: It says nothing, or a paper cannot be taken.
        """
        words = _named(new.words, "words", _LONGEST)
        if new.outcome not in OUTCOMES:
            raise SenderError("There is no such outcome.", code="agency-outcome", expected=", ".join(OUTCOMES))
        if len(new.papers) > _MOST_PAPERS:
            raise SenderError(f"A result has at most {_MOST_PAPERS} papers.", code="agency-papers")
        for name, content in new.papers:
            if not content or len(content) > EVIDENCE_BYTES:
                raise SenderError(
                    f"The paper {name[:80]} is empty or larger than {EVIDENCE_BYTES} bytes.", code="agency-paper-size"
                )
        with self._stores.database.transaction() as connection:
            (name, _, _), line, _ = self._one(connection, principal, consignment_id, agency, "guest:record")
            papers, records = [], list[NewRecord]()
            for title, content in new.papers:
                body = KeptEvidence(name=_named(title, "name"), sha256=sha256(content).hexdigest(), content=content)
                record = self._stores.sealer.record(EVIDENCE, principal.id, body, about=line.id)
                records.append(record)
                papers.append(AgencyPaper(name=body.name, sha256=body.sha256, record=str(record.leaf.record)))
            made = AgencyResult(
                agency=name,
                outcome=new.outcome,
                words=words,
                papers=tuple(papers),
                by=principal.id,
                at=datetime.now(UTC),
            )
            file = self._file(connection, line.id, to_change=True)
            self._keep(connection, principal, msgspec.structs.replace(file, results=(*file.results, made)), records)
        return made

    def override_hold(
        self, principal: Principal, consignment_id: str, hold: tuple[str, int | None], reason: str
    ) -> Given:
        """Propose to end another agency's hold against it; a second person of customs agrees.

        Args:
            principal: Who proposes it.
            consignment_id: The consignment.
            hold: The agency, and the item; None for every item that it holds, and for all of it.
            reason: Why.

        Raises:
            NotFoundError: There is no such consignment that he may see.
            PolicyError: He may not, or gave no reason.
            SenderError: The agency holds nothing of it.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
        agency, item = hold
        after = {"agency": agency.strip()} | ({"item": str(item)} if item is not None else {})
        wanted = Proposal(
            kind=HOLD_OVERRIDE, subject=str(line.id), title=line.title or "", after=after, reason=reason.strip()
        )
        return self._second.propose(principal, wanted, _no_key)

    def _guest(self, connection: Connection, principal: Principal, agency: str) -> tuple[str, Agreement, Principal]:
        """The agency that he speaks for, the agreement under which it works, and he as he works for its purpose."""
        guests = guests_now(self._stores, connection)
        own = [one for one in principal.by_right if one in guests and agency in ("", one)]
        if "agency" not in principal.roles or len(own) != 1:
            raise PolicyError(
                "You act for no agency that works here under an agreement in force.", reasons=("nothing-permits",)
            )
        return own[0], guests[own[0]], working(principal, guests[own[0]])

    def _one(
        self, connection: Connection, principal: Principal, consignment_id: str, agency: str, action: str = "guest:read"
    ) -> tuple[tuple[str, Agreement, Principal], Line, tuple[Why, ...]]:
        """A consignment on which this principal may act for an agency, with what `_guest` says of him."""
        name, agreement, worker = self._guest(connection, principal, agency)
        identity = parse_id(consignment_id)
        line = self._stores.consignments.line(connection, identity) if identity else None
        found = within(self._stores, connection, name, agreement, [line.id]).get(line.id) if line else None
        if line is None or found is None or not self._access.may(worker, action, found.where):
            raise NotFoundError("There is no such consignment.")
        return (name, agreement, worker), line, found.why

    def _lines(
        self,
        connection: Connection,
        agreement: Agreement,
        found: Sequence[tuple[Line, tuple[Why, ...]]],
        agency: str,
    ) -> list[GuestLine]:
        """Consignments as an agency sees them, in the order given; what is known of them is asked once for all."""
        ids = [line.id for line, _ in found]
        papers = papers_of(self._stores, connection, ids)
        containers = QueueLines().containers_of(connection, ids)
        words = kept_holds(self._stores, connection, ids)
        own = {one: tuple(each for each in several if each.hold.agency == agency) for one, several in words.items()}
        gone = ever_let_go(self._stores, connection, own)
        made = []
        for line, why in found:
            speaking = [one for one in papers.get(line.id, ()) if one.speaks]
            whole = GuestConsignment(
                id=str(line.id),
                title=line.title,
                why=why,
                office=line.office,
                received=line.received,
                trader=line.trader,
                goods=line.goods,
                value=line.value,
                items=tuple((one.item, one.code, one.origin) for one in goods_of(papers.get(line.id, ()))),
                equipment=containers.get(line.id, ()),
                references=tuple(dict.fromkeys((name.kind, name.value) for one in speaking for name in one.names)),
                papers=tuple(one.standard or "" for one in speaking),
            )
            let_go = gone.get(line.id)
            made.append(
                GuestLine(
                    consignment=exchanged(GUEST, agreement.exchanges[GUEST], whole),
                    holds=tuple(one.hold for one in own.get(line.id, ())),
                    let_go=let_go.at.date() if let_go is not None else None,
                    appointment=_shown_to(self._appointment(connection, line.id), agency),
                )
            )
        return made

    def _held_by(self, connection: Connection, agency: str) -> set[UUID]:
        """Dossiers that an agency holds now."""
        every = standing_holds(self._stores, connection)
        return {dossier for dossier, words in every.items() if agency in held_by(words)}

    def _appointment(self, connection: Connection, dossier: UUID) -> Appointment | None:
        return self._files.read(connection, APPOINTMENT, str(dossier), Appointment)

    def _file(self, connection: Connection, dossier: UUID, *, to_change: bool = False) -> AgencyFile:
        if to_change:
            self._stores.case_files.lock(connection, f"{AGENCY_FILE} {dossier}")
        known = self._files.read(connection, AGENCY_FILE, str(dossier), AgencyFile, to_change=to_change)
        return known or AgencyFile(consignment=str(dossier))

    def _keep(
        self, connection: Connection, principal: Principal, file: AgencyFile, records: Sequence[NewRecord] = ()
    ) -> None:
        place = Place(consignment=UUID(file.consignment))
        record = self._files.write(connection, AGENCY_FILE, file.consignment, (file, principal.id), place)
        self._access.seal(connection, *records, *([record] if record is not None else []))


def _shown_to(one: Appointment | None, agency: str) -> Appointment | None:
    """An appointment as an agency sees it: when and with which agencies; not who is told, nor others' reasons."""
    if one is None or (agency not in one.agencies and one.state != "cancelled"):
        return None
    moves = tuple(each if each.by == agency else msgspec.structs.replace(each, reason="") for each in one.moves)
    misses = tuple(msgspec.structs.replace(each, by="") for each in one.misses)
    return msgspec.structs.replace(one, senders=(), moves=moves, misses=misses, by="")


def _wanted(scope: GuestScope, place: UUID | None) -> GoodsWanted:
    """By what dossiers of a scope are found: what is found so is decided by itself."""

    def named(several: tuple[str, ...]) -> tuple[str, ...] | None:
        return None if ALL in several else several

    codes = named(scope.codes)
    return GoodsWanted(
        codes=None if codes is None else tuple(dict.fromkeys(one[:_DIGITS] for one in codes)),
        origins=named(scope.origins),
        offices=named(scope.offices),
        after=place,
        limit=_AT_ONCE,
    )


def _left(known: Sequence[Permit], new: NewDecision) -> Decimal | None:
    """What the register leaves of a permit, in its unit, after what is used up.

    Raises:
        SenderError: More is used up than it grants, or in another unit.
    """
    counted = [one for one in known if one.quantity is not None]
    if not counted:
        return None
    left = sum((one.quantity - one.taken.quantity for one in counted if one.quantity is not None), Decimal(0))
    if new.word != "used-up" or new.quantity is None:
        return left
    units = {one.unit for one in counted}
    if units != {new.unit.strip().upper()}:
        raise SenderError(
            "The register counts this permit in another unit.", code="permit-unit", expected=", ".join(map(str, units))
        )
    granted = sum((one.quantity for one in counted if one.quantity is not None), Decimal(0))
    if new.quantity > granted:
        raise SenderError("More is used up than the permit grants.", code="permit-over", expected=str(granted))
    return left


def _named(text: str, name: str, longest: int = 200) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.replace("\n", " ").replace("\r", " ").isprintable():
        raise SenderError(f"Give {name} in at most {longest} characters that can be seen.", code=f"agency-{name}")
    return text


def _no_key(name: str) -> str:
    raise PolicyError("No key is made here.", reasons=("nothing-permits",))
