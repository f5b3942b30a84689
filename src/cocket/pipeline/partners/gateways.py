# SPDX-License-Identifier: Apache-2.0
"""Gateways of offices: registering them, taking in what they stored while the line was down, and what waits for an officer.

Nothing is doubled: a message that the house has is known again by its content, and a batch by its numbers. Nothing is joined
silently: entries that do not follow on those the house has stop the gateway until the administration registers another.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from cocket.consignment import keys
from cocket.errors import ProofError, RowDiffersError, SenderError
from cocket.exchange.gateway_calls import BatchTaken, BroughtEntry, EntryOutcome, GatewayBatch, Outcome, Why
from cocket.findings import describe
from cocket.governance import Context, Principal, Resource
from cocket.governance.principal import TRADERS
from cocket.ledger import Verifier, check_chain, entry_hash
from cocket.model import Declaration, Envelope
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import standing_holds
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.gateway_files import (
    BATCH,
    GATEWAY,
    HELD,
    Gateway,
    GatewayBatchTaken,
    GatewayRefusal,
    HeldEntry,
    Settled,
    TakenLine,
)
from cocket.pipeline.base.known_offices import check_offices
from cocket.pipeline.base.outage_files import OUTAGE, Outage, outage_at, procedure_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.guest_scopes import senders_of_dossiers
from cocket.pipeline.governance.key_terms import is_over, terms_of
from cocket.pipeline.governance.mandates import clients_of
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.intake.messages import Answer, Prepared, read_envelope
from cocket.pipeline.partners.outages import kept_at, seen_at, stated
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import StoredKey

#: A clock that is off by less is taken to be right (seconds).
_CLOCK_SECONDS: Final = 120

_LONGEST_LATE_HOURS: Final = 24 * 60

#: How long a batch waits for the one before it, which is still being stored (seconds), and how many may wait so (count).
_TURN_SECONDS: Final = 20.0
_MOST_IN_TURN: Final = 8

#: How often it is looked whether the batch before is stored, where another process stores it (seconds).
_LOOK_SECONDS: Final = 0.05


#: How long a page that renews itself is one look (seconds), and of how many people at once.
_LOOK_LASTS: Final = 12 * 3600.0
_MOST_SHOWN: Final = 10_000

#: Refusals that last until something is mended at the house or in the office, and so stand on the gateway's record.
_LASTING: Final = frozenset(("gateway-office", "gateway-signature", "gateway-content"))

#: Messages that were read before their turn: number of the entry → sender, and the message.
_Ahead = dict[int, tuple[str, Prepared]]


class GatewayError(SenderError):
    """The entries of a gateway cannot be taken; its code says why."""

    code = "gateway"


class Gateways(Service):
    """Gateways and what they bring.

    Args:
        stores: The stores of this process.
        messages: What takes messages in.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._messages = messages
        self._one_at_a_time = threading.Lock()
        self._stored = threading.Condition()
        self._shown: dict[str, tuple[float, frozenset[str]]] = {}
        self._places_in_turn = threading.BoundedSemaphore(_MOST_IN_TURN)

    def register_gateway(self, principal: Principal, vkey: str, office: str, key: str, late_hours: int = 24) -> Gateway:
        """Register the gateway of an office; sealed before it is returned.

        One of which nothing was brought yet may be registered anew with the same public key, so that a wrong office or API key
        can be set right and what it stored can come; also after it was ended. One that brought something may have another API key,
        as where its own was revoked, and other hours; it goes on from where it is.

        Args:
            principal: Who registers it.
            vkey: Its public key, whose name is that of the gateway.
            office: Customs office where it stands.
            key: Id of the API key by which it brings entries; it may bring those of the senders of this key.
            late_hours: What was taken in longer ago is shown to an officer (1..1440).

        Raises:
            PolicyError: The principal may not.
            SenderError: The key is none, there is no such office, or there is or was a gateway of that name.
        """
        office = office.strip().upper()
        self._access.require(principal, "continuity:keep", kept_at(office))
        try:
            verifier = Verifier.from_vkey(vkey.strip())
        except ProofError as error:
            raise SenderError(
                f"This is not the public key of a gateway: {error.message}", code="gateway-key"
            ) from error
        if not (office.isascii() and office.isalnum() and len(office) <= 20):
            raise SenderError("The office is a code of letters and digits.", code="office", found=office[:40])
        if len(verifier.name) > 60:
            raise SenderError("The name of a gateway has at most 60 characters.", code="gateway-name")
        if not 1 <= late_hours <= _LONGEST_LATE_HOURS:
            raise SenderError(f"The hours are 1 to {_LONGEST_LATE_HOURS}.", code="gateway-late")
        made = Gateway(
            name=verifier.name,
            office=office,
            vkey=verifier.vkey,
            key=key,
            late_hours=late_hours,
            by=principal.id,
        )
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, GATEWAY)
            if self._stores.people.key(connection, key) is None:
                raise SenderError("There is no such API key.", code="gateway-api-key", found=key[:40])
            check_offices(self._stores, connection, [office])
            before = self._files.read(connection, GATEWAY, made.name, Gateway, to_change=True)
            if before is not None:
                self._check_anew(principal, before, made)
            if before is not None and before.last:
                made = msgspec.structs.replace(before, key=key, late_hours=late_hours, refused=None, by=principal.id)
            self._keep(connection, made, principal)
        return made

    def end_gateway(self, principal: Principal, name: str, words: str) -> Gateway:
        """Take nothing of a gateway any more; sealed before it is returned.

        Raises:
            NotFoundError: There is none that this principal may know of.
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: It has ended.
        """
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, GATEWAY, name, Gateway, to_change=True)
            if known is None or not self._access.may(principal, "continuity:read", seen_at(known.office)):
                raise NotFoundError("There is no such gateway.")
            self._access.require(principal, "continuity:keep", kept_at(known.office), Context(reason=words))
            if known.state == "ended":
                raise SenderError("The gateway has ended already.", code="gateway-ended")
            made = msgspec.structs.replace(known, state="ended", why=stated(words), by=principal.id)
            self._keep(connection, made, principal)
        return made

    def gateways(self, principal: Principal) -> tuple[Gateway, ...]:
        """Gateways that this principal may know of, by name (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "continuity:read", seen_at(principal.office or ""))
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, GATEWAY, Gateway)
            found = [one for one in every if self._access.may(principal, "continuity:read", seen_at(one.office))]
            self._access.seal(connection, self._access.record(principal, "continuity", ("gateways",)))
        self._note_shown(principal, found)
        return tuple(sorted(found, key=lambda one: one.name))

    def as_shown(self, principal: Principal, names: Collection[str]) -> tuple[Gateway, ...]:
        """How gateways stand now that this principal was shown, by name (0..n): a page that renews itself is one look.

        The look was sealed when the page was opened. A gateway that did not stand on it is not named, and not told of. Of one
        that this process did not show this principal lately, a look is sealed, once.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "continuity:read", seen_at(principal.office or ""))
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, GATEWAY, Gateway)
            found = [
                one
                for one in every
                if one.name in names and self._access.may(principal, "continuity:read", seen_at(one.office))
            ]
            if not self._was_shown(principal, found):
                self._access.seal(connection, self._access.record(principal, "continuity", ("gateways",)))
                self._note_shown(principal, found)
        return tuple(sorted(found, key=lambda one: one.name))

    def held_entries(self, principal: Principal, *, is_settled: bool = False) -> tuple[HeldEntry, ...]:
        """Entries that wait for an officer, oldest first, without their content; or those that did (0..n). The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "continuity:read", seen_at(principal.office or ""))
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, HELD, HeldEntry, ("settled" if is_settled else "open",))
            found = [one for one in every if self._access.may(principal, "continuity:read", seen_at(one.office))]
            self._access.seal(connection, self._access.record(principal, "continuity", ("held entries",)))
        order = sorted(found, key=lambda one: (one.captured, one.gateway, one.sequence))
        return tuple(msgspec.structs.replace(one, content=b"") for one in order)

    def settle_entry(self, principal: Principal, held_id: str, decision: Settled, words: str) -> HeldEntry:
        """Decide what becomes of an entry that waits: taken in after all, or left as it is. Sealed before it is returned.

        Args:
            principal: Who decides.
            held_id: Gateway and number.
            decision: `taken-in` (only of one that was held back) or `left`.
            words: Why.

        Raises:
            NotFoundError: There is none that waits, or that this principal may know of.
            PolicyError: The principal may not, or gives no reason. Whether a key may lodge for the sender is not asked again: that
                it may not is why the entry waits.
            SenderError: It cannot be decided so.
        """
        now = datetime.now(UTC)
        with self._one_at_a_time, self._stores.database.transaction() as connection:
            known = self._files.read(connection, HELD, held_id.strip(), HeldEntry, to_change=True)
            if known is None or not self._access.may(principal, "continuity:read", seen_at(known.office)):
                raise NotFoundError("There is no such entry.")
            self._access.require(principal, "continuity:keep", kept_at(known.office), Context(reason=words))
            if known.settled is not None:
                raise SenderError("This was decided already.", code="gateway-settled")
            made = msgspec.structs.replace(
                known, settled=decision, words=stated(words), by=principal.id, at=now, content=b""
            )
            if decision == "taken-in":
                answer = self._take_held(known)
                made = msgspec.structs.replace(made, message=answer.id, outcome=_outcome_of(answer))
            record = self._write_held(connection, made, principal)
            self._access.seal(connection, *([record] if record is not None else []))
        return made

    def bring(self, principal: Principal, batch: GatewayBatch) -> BatchTaken:
        """Take in what a gateway stored; without entries, only say how far the house has them.

        Chain and signatures are checked, each message goes the way of any other, and what came of each is sealed with where it
        came from. Brought again, a batch gets the same outcomes. Several may be under way: each is read while the one before is
        stored, and stored once that is.

        Args:
            principal: The gateway's own key.
            batch: What it brings.

        Raises:
            NotFoundError: There is no such gateway of this key.
            GatewayError: It does not follow on what the house has (`gateway-fork`, `gateway-gap`, `gateway-behind`), is of
                another office than the gateway is registered for (`gateway-office`), is not signed, or the gateway has ended;
                nothing is taken in. A refusal that lasts stands on the gateway's record until something is taken.
            StoreError: Not all could be stored; brought again, what was is known.
        """
        now = datetime.now(UTC)
        problem: GatewayError | None = None
        taken: BatchTaken | None = None
        ahead = self._read_ahead(principal, batch, now)
        if batch.entries:
            self._await_turn(batch.gateway, batch.entries[0].entry.sequence)
        with self._one_at_a_time, self._stores.database.transaction() as connection:
            known = self._files.read_sealed(connection, GATEWAY, batch.gateway, Gateway, to_change=True)
            if known is None or known.key != principal.id:
                raise NotFoundError("There is no such gateway of this key.")
            try:
                if known.state != "active":
                    raise ProofError(
                        f"Nothing is taken of this gateway any more: {known.why}", code=f"gateway-{known.state}"
                    )
                if batch.office:
                    _check_office(known, batch.office)
                taken = self._taken(connection, principal, known, (batch, ahead), now)
            except ProofError as error:
                problem = GatewayError(error.message, code=error.code, pointer=error.pointer)
                if error.code in ("gateway-fork", "gateway-behind"):
                    said = {"newest": max(known.newest, known.last, batch.last), "other": batch.last}
                    made = msgspec.structs.replace(
                        known, state="forked", why=error.message, by=principal.id, seen=now, **said
                    )
                    self._keep(connection, made, principal)
                elif error.code == "gateway-forked" and batch.last > known.newest:
                    made = msgspec.structs.replace(known, newest=batch.last, by=principal.id, seen=now)
                    self._keep(connection, made, principal)
                elif error.code in _LASTING and _told_of(known) != (error.code, error.message):
                    told = GatewayRefusal(code=error.code, words=error.message, at=now)
                    self._keep(connection, msgspec.structs.replace(known, refused=told, by=principal.id), principal)
        with self._stored:
            self._stored.notify_all()
        if problem is not None:
            raise problem
        if taken is None:
            raise GatewayError("Nothing was accepted.")
        return taken

    # Within

    def _was_shown(self, principal: Principal, found: Sequence[Gateway]) -> bool:
        since, names = self._shown.get(principal.id, (-_LOOK_LASTS, frozenset[str]()))
        return time.monotonic() - since < _LOOK_LASTS and {one.name for one in found} <= names

    def _note_shown(self, principal: Principal, found: Sequence[Gateway]) -> None:
        if len(self._shown) >= _MOST_SHOWN:
            self._shown.clear()  # the next time that a page renews itself is a look
        self._shown[principal.id] = time.monotonic(), frozenset(one.name for one in found)

    def _check_anew(self, principal: Principal, before: Gateway, made: Gateway) -> None:
        """See that a gateway may be registered anew.

        Raises:
            PolicyError: The principal may not change that of the office for which it was registered.
            SenderError: It may not.
        """
        is_same = (before.office, before.key, before.late_hours) == (made.office, made.key, made.late_hours)
        is_moved = before.last > 0 and (before.office != made.office or before.state != "active")
        is_other = before.vkey != made.vkey or before.state == "forked" or is_moved
        if is_other or (before.state == "active" and is_same):
            raise SenderError(
                "There is or was a gateway of that name.",
                code="gateway-known",
                hint="Give the new one a name of its own. With the same public key one is registered again for another office while "
                "nothing was brought yet, and with another API key while it is active.",
            )
        self._access.require(principal, "continuity:keep", kept_at(before.office))

    def _read_ahead(self, principal: Principal, batch: GatewayBatch, now: datetime) -> _Ahead:
        """Messages of a batch, read before its turn comes. What cannot be read now is read then."""
        if not batch.entries:
            return {}
        asked = {(one.entry.key, one.entry.sender) for one in batch.entries}
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, GATEWAY, batch.gateway, Gateway)
            if known is None or known.key != principal.id or known.state != "active":
                return {}
            senders = {one: self._sender_of(connection, principal, *one) for one in asked}
        told = [(*senders[one.entry.key, one.entry.sender], one) for one in batch.entries]
        good = [(sender, one) for sender, why, one in told if why is None]
        envelopes = [self._envelope(principal, sender, one, now) for sender, one in good]
        read = self._messages.read_many(envelopes, principal=principal)
        return {one.entry.sequence: (sender, message) for (sender, one), message in zip(good, read, strict=True)}

    def _await_turn(self, name: str, first: int) -> None:
        """Wait until the house has the entries before one, or it is clear that they do not come soon."""
        if not self._places_in_turn.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + _TURN_SECONDS
            while time.monotonic() < until:
                with self._stores.database.transaction() as connection:
                    known = self._files.read(connection, GATEWAY, name, Gateway)
                if known is None or known.state != "active" or known.last >= first - 1:
                    return
                with self._stored:
                    self._stored.wait(_LOOK_SECONDS)
        finally:
            self._places_in_turn.release()

    def _taken(
        self,
        connection: Connection,
        principal: Principal,
        known: Gateway,
        what: tuple[GatewayBatch, _Ahead],
        now: datetime,
    ) -> BatchTaken:
        batch, ahead = what
        off = batch.sent - now
        seconds = round(off.total_seconds())
        off = off if abs(seconds) >= _CLOCK_SECONDS else timedelta()
        if batch.last < known.last:
            raise ProofError(
                "Customs has entries of this gateway that the gateway does not have: it was restored from a backup, or copied.",
                code="gateway-behind",
            )
        if batch.last == known.last and batch.head != known.head:
            raise ProofError("There are two histories of this gateway: the newest entries differ.", code="gateway-fork")
        if not batch.entries:
            if batch.office and known.refused is not None and known.refused.code == "gateway-office":
                self._keep(connection, msgspec.structs.replace(known, refused=None, by=principal.id), principal)
            return BatchTaken(last=known.last, head=known.head, clock_off_seconds=seconds)
        brought = self._checked(connection, known, batch.entries)
        outcomes, lines, records = self._each(connection, principal, known, (brought, ahead), (off, now))
        first = lines[0].sequence
        if first <= known.last:
            return BatchTaken(last=known.last, head=known.head, clock_off_seconds=seconds, outcomes=tuple(outcomes))
        counts = Counter(known.counts)
        counts.update(one.outcome for one in lines)
        made = msgspec.structs.replace(
            known,
            last=lines[-1].sequence,
            head=lines[-1].hash,
            newest=max(batch.last, lines[-1].sequence),
            counts=dict(sorted(counts.items())),
            clock_off_seconds=seconds,
            seen=now,
            refused=None,
        )
        sealed = GatewayBatchTaken(gateway=known.name, first=first, at=now, lines=tuple(lines))
        name = f"{known.name} {first}"
        place = Place(state="kept", office=known.office)
        for record in (
            self._files.write(connection, BATCH, name, (sealed, principal.id), place),
            self._write(connection, made, principal),
        ):
            records += [record] if record is not None else []
        self._access.seal(connection, *records)
        return BatchTaken(last=made.last, head=made.head, clock_off_seconds=seconds, outcomes=tuple(outcomes))

    def _checked(
        self, connection: Connection, known: Gateway, entries: Sequence[BroughtEntry]
    ) -> list[tuple[BroughtEntry, TakenLine | None]]:
        """The entries with what came of each before, if they were brought before.

        Raises:
            ProofError: They do not follow on what the house has, are not signed, or a message is another.
        """
        for one in entries:
            entry = one.entry
            if entry.gateway != known.name:
                raise ProofError("The entry is of another gateway.", code="gateway-signature")
            _check_office(known, entry.office)
            if sha256(one.body).hexdigest() != entry.content:
                raise ProofError(
                    "The message is not the one that was signed.",
                    code="gateway-content",
                    pointer=f"entry {entry.sequence}",
                )
            _moment(entry.at)
        verifier = Verifier.from_vkey(known.vkey)
        links = [(one.entry, one.signature) for one in entries]
        first = entries[0].entry
        if first.sequence > known.last:
            check_chain(links, verifier, known.last, known.head)
            return [(one, None) for one in entries]
        check_chain(links, verifier, first.sequence - 1, first.previous)
        before = self._files.read(connection, BATCH, f"{known.name} {first.sequence}", GatewayBatchTaken)
        if before is None:
            raise ProofError(
                "Bring the entries in the batches in which they were brought first.", code="gateway-position"
            )
        pairs = list(zip(entries, before.lines, strict=False))
        for one, line in pairs:
            if entry_hash(one.entry) != line.hash:
                raise ProofError(
                    "There are two histories of this gateway: an entry was brought with other content before.",
                    code="gateway-fork",
                    pointer=f"entry {line.sequence}",
                )
        return [(one, line) for one, line in pairs]

    def _each(
        self,
        connection: Connection,
        principal: Principal,
        known: Gateway,
        what: tuple[Sequence[tuple[BroughtEntry, TakenLine | None]], _Ahead],
        times: tuple[timedelta, datetime],
    ) -> tuple[list[EntryOutcome], list[TakenLine], list[NewRecord]]:
        (brought, ahead), (off, now) = what, times
        outages = self._files.every(connection, OUTAGE, Outage)
        senders: dict[tuple[str, str], tuple[str, Why | None]] = {}
        places: list[tuple[BroughtEntry, datetime, str, Outage | None, Why | None]] = []
        read: list[Prepared] = []
        for one, line in brought:
            entry = one.entry
            captured = line.captured if line is not None else _captured(entry.at, off, now)
            asked = (entry.key, entry.sender)
            if asked not in senders:
                senders[asked] = self._sender_of(connection, principal, entry.key, entry.sender)
            sender, why = senders[asked]
            outage = outage_at(outages, known.office, captured)
            envelope = self._envelope(principal, sender, one, now)
            if why is None and outage is not None and _ends_on_paper(outage, envelope):
                why = "ends-on-paper"
            if line is not None:  # as it was decided first
                why = line.why if line.outcome == "held" else None
            places.append((one, captured, sender, outage, why))
            if why is None:
                read_for, message = ahead.get(entry.sequence, ("", None))
                if message is None or read_for != sender:
                    [message] = self._messages.read_many([envelope], principal=principal)
                read.append(message)
        senders_read = [sender for _, _, sender, _, why in places if why is None]
        holds = iter(self._held(connection, list(zip(senders_read, read, strict=True))))
        answers = iter(self._messages.store_read(read, is_in_order=True))
        outcomes: list[EntryOutcome] = []
        lines: list[TakenLine] = []
        records: list[NewRecord] = []
        for (one, captured, sender, outage, why), (_, line) in zip(places, brought, strict=True):
            answer = next(answers) if why is None else None
            held_goods = next(holds) if why is None else ()
            made, waits = _line(one, captured, (outage.id if outage is not None else "", why), answer, (known, now))
            made = line if line is not None else made
            lines.append(made)
            outcomes.append(msgspec.structs.replace(_outcome(made, answer), held_by=held_goods))
            if waits is not None and line is None:
                held = msgspec.structs.replace(waits, sender=sender)
                record = self._write_held(connection, held, principal)
                records += [record] if record is not None else []
        return outcomes, lines, records

    def _held(self, connection: Connection, read: Sequence[tuple[str, Prepared]]) -> list[tuple[tuple[str, str], ...]]:
        """Who holds the goods that messages name, for each message: told as to a trader, of goods that its sender declared alone."""
        standing = {
            dossier: own
            for dossier, words in standing_holds(self._stores, connection).items()
            if (own := tuple(dict.fromkeys((one.hold.agency, one.hold.law) for one in words if one.hold.is_own)))
        }
        if not standing:
            return [()] * len(read)
        named = self._stores.consignments.named_by(connection, list(standing))
        about = []
        for sender, one in read:
            names = [
                name for each in one.reading.documents if isinstance(each, Declaration) for name in each.references
            ]
            own_names = [key.pair for key in keys(names, sender) if key.is_strong or key.kind == "LRN"]
            about.append({dossier for pair in own_names for dossier in named.get(pair, ())})
        senders = senders_of_dossiers(self._stores, connection, set().union(*about))
        found = []
        for (sender, _), dossiers in zip(read, about, strict=True):
            theirs = [standing[one] for one in sorted(dossiers) if sender in senders.get(one, ())]
            found.append(tuple(dict.fromkeys(pair for several in theirs for pair in several)))
        return found

    def _sender_of(
        self, connection: Connection, principal: Principal, key_id: str, asked: str
    ) -> tuple[str, Why | None]:
        """For whom a key may have sent a message, and why it is held, unless the gateway may bring it."""
        key = self._stores.people.key(connection, key_id)
        if key is None:
            return asked, "key"
        is_trader = any(one in TRADERS for one in key.roles)
        allowed = (*key.senders, *(clients_of(self._stores, connection, key.senders) if is_trader else ()))
        if not asked and len(allowed) != 1:
            return "", "sender-missing"
        sender = asked or allowed[0]
        if sender not in allowed or not self._is_good(connection, key, sender):
            return sender, "key"
        may_bring = self._access.may(principal, "message:lodge", Resource(sender=sender))
        return sender, None if may_bring else "sender"

    def _is_good(self, connection: Connection, key: StoredKey, sender: str) -> bool:
        """Whether a key has not expired, and may lodge for a sender by its roles and scopes."""
        try:
            terms = terms_of(self._stores, connection, key.id)
        except (SenderError, RowDiffersError):
            return False
        if is_over(terms, datetime.now(UTC)):
            return False
        scopes = terms.scopes if terms is not None else ()
        owner = Principal(
            id=key.id, kind="key", roles=key.roles, senders=(*key.senders, sender), office=key.office, scopes=scopes
        )
        return self._access.may(owner, "message:lodge", Resource(sender=sender))

    def _envelope(self, principal: Principal, sender: str, one: BroughtEntry, now: datetime) -> Envelope:
        return Envelope(
            sender=sender,
            actor=principal.id,
            door="gateway",
            content=one.body,
            received=now,
            content_type=one.entry.media or None,
            profile=one.entry.profile or None,
        )

    def _take_held(self, known: HeldEntry) -> Answer:
        """Take in an entry that was held back, as a supervisor decided: it is checked like any other message."""
        if known.message or not known.sender:
            raise SenderError("This cannot be accepted: leave it.", code="gateway-not-held")
        envelope = Envelope(
            sender=known.sender,
            actor=known.by,
            door="gateway",
            content=known.content,
            received=datetime.now(UTC),
            content_type=known.media or None,
            profile=known.profile or None,
        )
        return self._messages.take_decided(envelope)

    def _write_held(self, connection: Connection, held: HeldEntry, principal: Principal) -> NewRecord | None:
        state = "open" if held.settled is None else "settled"
        return self._files.write(
            connection, HELD, held.id, (held, principal.id), Place(state=state, office=held.office)
        )

    def _write(self, connection: Connection, made: Gateway, principal: Principal) -> NewRecord | None:
        place = Place(state=made.state, office=made.office)
        return self._files.write(connection, GATEWAY, made.name, (made, principal.id), place)

    def _keep(self, connection: Connection, made: Gateway, principal: Principal) -> None:
        record = self._write(connection, made, principal)
        if record is not None:
            self._access.seal(connection, record)


def _check_office(known: Gateway, office: str) -> None:
    """See that a gateway stands where it is registered.

    Raises:
        ProofError: It does not.
    """
    if office != known.office:
        mends = (
            f"register it again for {office}"
            if known.last == 0
            else f"make a gateway of another name at {office}, and register that"
        )
        raise ProofError(
            f"The gateway {known.name} says that it stands at {office}, but it is registered at customs for {known.office}. "
            f"If {office} is right, {mends}; if {known.office} is, make a gateway for that office with cocket gateway init.",
            code="gateway-office",
        )


def _told_of(known: Gateway) -> tuple[str, str]:
    return (known.refused.code, known.refused.words) if known.refused is not None else ("", "")


def _ends_on_paper(outage: Outage, envelope: Envelope) -> bool:
    """Whether a message is of a procedure that ended on paper; it is read only where any did."""
    if "ends-on-paper" not in outage.regimes.values():
        return False
    return outage.regimes.get(procedure_of(read_envelope(envelope))) == "ends-on-paper"


def _line(
    one: BroughtEntry,
    captured: datetime,
    about: tuple[str, Why | None],
    answer: Answer | None,
    where: tuple[Gateway, datetime],
) -> tuple[TakenLine, HeldEntry | None]:
    """What came of an entry, and what waits for an officer of it."""
    (outage, why), (known, now) = about, where
    outcome: Outcome = "held"
    if answer is not None:
        outcome = _outcome_of(answer)
        if outcome == "accepted" and now - captured > timedelta(hours=known.late_hours):
            outcome, why = "late", "late"
        elif outcome == "conflict":
            why = "conflict"
    entry = one.entry
    message = answer.id if answer is not None else ""
    line = TakenLine(
        sequence=entry.sequence,
        hash=entry_hash(entry),
        key=entry.key,
        captured=captured,
        outcome=outcome,
        message=message,
        why=why,
        outage=outage,
    )
    if why is None or (answer is not None and answer.is_repeat):
        return line, None
    held = HeldEntry(
        id=f"{known.name}-{entry.sequence}",
        gateway=known.name,
        office=known.office,
        sequence=entry.sequence,
        why=why,
        key=entry.key,
        captured=captured,
        came=now,
        message=message,
        outage=outage,
        media=entry.media,
        profile=entry.profile,
        content=b"" if message else one.body,
        by=known.key,
    )
    return line, held


def _outcome_of(answer: Answer) -> Outcome:
    """What came of a message that was taken in."""
    return "same" if answer.outcome == "accepted" and answer.is_repeat else answer.outcome


def _outcome(line: TakenLine, answer: Answer | None) -> EntryOutcome:
    findings: tuple[dict[str, Any], ...] = ()
    if answer is not None:
        findings = tuple(msgspec.to_builtins(describe(one)) for one in answer.findings)
    return EntryOutcome(
        sequence=line.sequence,
        outcome=line.outcome,
        message=line.message,
        reason=line.why or "",
        outage=line.outage,
        findings=findings,
        receipt=answer.receipt if answer is not None else None,
    )


def _captured(at: str, off: timedelta, now: datetime) -> datetime:
    """When a gateway received an entry, by our clock: at the latest now, also where its clock was corrected since."""
    moment = _moment(at)
    try:
        return min(moment - off, now)
    except OverflowError:
        return now


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProofError("The time of an entry cannot be read.", code="gateway-signature", found=text[:40]) from error
    if moment.tzinfo is None:
        raise ProofError("The time of an entry is not in UTC.", code="gateway-signature", found=text[:40])
    return moment.astimezone(UTC)
