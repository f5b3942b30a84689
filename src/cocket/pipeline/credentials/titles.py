# SPDX-License-Identifier: Apache-2.0
"""Titles: followed on the chain that keeps them, kept here for parties without one, and told apart from integrity.

Documents of title come in as certificates do, and are verified there. Where a title stands is not written in them: it is
asked of its registry when somebody follows it, every event becomes a record in the book, and the dossier shows what was
last told and when. No page waits for a chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.credentials import SigningKey
from cocket.credentials.title import (
    Book,
    ChainEvent,
    SignedInstruction,
    Title,
    TransferableRecord,
    enter,
    judge_title,
    transferable_record,
    verify_book,
)
from cocket.errors import SenderError, UnreadableError
from cocket.exchange.chain import Chain
from cocket.exchange.title_chain import TitleReading, TokenRegistry
from cocket.governance import Principal
from cocket.ledger import Check
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import file_id, read_body
from cocket.pipeline.base.removed_things import must_be_new
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.credentials.credential_files import this_second
from cocket.pipeline.credentials.lodged_certificates import CertificateView, certificates_of
from cocket.pipeline.credentials.title_views import TitleView, title_view
from cocket.standards.certificates import read_json
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.control.case_files import StoredCaseFile

TITLE, BOOK = "title", "title-book"

_NEVER = "Its registry was not queried yet."


class FollowedTitle(msgspec.Struct, frozen=True, kw_only=True):
    """A title as its registry last told it.

    Attributes:
        name: Name of the title: chain, registry and token.
        title: Where it stood.
        as_of: What the answer rests on.
        asked: When it was asked, UTC.
        block: The block it was read at.
        block_hash: Its hash.
        events: All that had happened to it (0..n), in order; None where only its state was asked for.
    """

    name: str
    title: Title
    as_of: str
    asked: datetime
    block: int
    block_hash: str
    events: tuple[ChainEvent, ...] | None


class MirroredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one event of a title on a chain.

    Attributes:
        name: Name of the title.
        event: What happened, and where it stands on the chain.
        is_withdrawn: Whether the chain took it back after it was seen.
    """

    name: str
    event: ChainEvent
    is_withdrawn: bool = False


class Titles(Service):
    """Following titles, and keeping them."""

    def follow_titles(
        self,
        principal: Principal,
        consignment_id: str,
        chain: Chain,
        blocks_behind: int = 0,
        *,
        state_alone: bool = False,
    ) -> tuple[TitleView, ...]:
        """Ask the registries of a consignment's documents of title, as far as they are on a chain, and keep the answers.

        Args:
            principal: Who has it done.
            consignment_id: The consignment.
            chain: The chain; titles on others stay as they are.
            blocks_behind: How many blocks behind the newest to read (count).
            state_alone: Leave the events, which on a chain with years of blocks take many questions.

        Returns:
            The consignment's titles as they are known then (0..n).

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
            PartnerError: The chain does not do its part; what was read before is kept.
        """
        with self._stores.database.transaction() as connection:
            line = self._line(connection, principal, consignment_id)
            documents = [record for _, record in self._documents(connection, line)]
        found = []
        for record in documents:
            if record.chain_id in (None, chain.chain_id):
                registry = TokenRegistry(chain, record.registry)
                found.append((record, registry.read(record.token_id, blocks_behind, state_alone=state_alone)))
        with self._stores.database.transaction() as connection:
            line = self._line(connection, principal, consignment_id)
            records = [
                one for record, reading in found for one in self._keep_reading(connection, principal, record, reading)
            ]
            views = titles_of(self._stores, connection, self._certificates(connection, line))
            self._access.seal(connection, *records, self._access.record(principal, "titles", (str(line),)))
        return views

    def enter_title(self, principal: Principal, asked: SignedInstruction) -> Book:
        """Enter what a party asks into the book of a title that this house keeps; each entry is sealed.

        Args:
            principal: Who brings it; what counts is the party's signature.
            asked: What the party signed.

        Returns:
            The book with it.

        Raises:
            PolicyError: The principal may not.
            ProofError: The party did not sign it, or it is for another registrar.
            TitleRefusedError: The rules do not allow it, or another entry came first.
        """
        self._access.require(principal, "title:enter")
        key, title = self._registrar_key(), asked.instruction.title
        with self._stores.database.transaction() as connection:
            before = self._book(connection, title, to_change=True)
            book = enter(before or Book(key.public.multikey, title), asked, key, this_second())
            place = file_id(BOOK, title)
            record = self._stores.sealer.record("title-entry", principal.id, book.entries[-1], about=place)
            kept = StoredCaseFile(
                id=place,
                kind=BOOK,
                state=book.title.standing,
                opened=record.leaf.at,
                changed=record.leaf.at,
                body=msgspec.json.encode(book),
            )
            self._stores.case_files.put(connection, kept, [("name", title)])
            self._access.seal(connection, record)
        return book

    def title_book(self, principal: Principal, title: str) -> Book:
        """The book of a title that this house keeps, verified entry by entry before it is given.

        Raises:
            NotFoundError: This instance has no such title.
            PolicyError: The principal may not see it.
            ProofError: The book does not hold.
        """
        self._access.require(principal, "title:follow")
        with self._stores.database.transaction() as connection:
            book = self._book(connection, title)
            if book is None:
                raise NotFoundError("This instance has no such title.")
            self._access.seal(connection, self._access.record(principal, BOOK, (title,)))
        return verify_book(book.registrar, title, book.entries)

    def registrar(self, principal: Principal) -> str:
        """Public key under which this house keeps titles, as multikey; made when it is first asked for.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "title:enter")
        return self._registrar_key().public.multikey

    def sign_as_registrar(self, principal: Principal, instruction: bytes) -> bytes:
        """The registrar's own signature under an instruction: to issue, burn or restore.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "title:enter")
        return self._registrar_key().sign(instruction)

    def _registrar_key(self) -> SigningKey:
        path = self._stores.settings.keys_folder / "title-registrar.key"
        make_secret(path)
        return SigningKey("Ed25519", read_secret(path))

    def _book(self, connection: Connection, title: str, *, to_change: bool = False) -> Book | None:
        place = file_id(BOOK, title)
        file = self._stores.case_files.get(connection, place, to_change=to_change)
        if file is None and to_change:
            must_be_new(self._stores, connection, BOOK, {place: title})
        return read_body(file, Book) if file else None

    def _line(self, connection: Connection, principal: Principal, consignment_id: str) -> UUID:
        line, where = self._access.dossier(connection, principal, consignment_id)
        self._access.require(principal, "title:follow", where.papers)
        return line.id

    def _certificates(self, connection: Connection, consignment: UUID) -> tuple[CertificateView, ...]:
        papers = papers_of(self._stores, connection, [consignment]).get(consignment, ())
        return certificates_of(self._stores, connection, papers, this_second())

    def _documents(self, connection: Connection, consignment: UUID) -> list[tuple[CertificateView, TransferableRecord]]:
        return documents_of_title(self._stores, connection, self._certificates(connection, consignment))

    def _keep_reading(
        self, connection: Connection, principal: Principal, record: TransferableRecord, reading: TitleReading
    ) -> list[NewRecord]:
        """Keep what a registry told, and give the records of what is new in it."""
        place, now = file_id(TITLE, record.name), this_second()
        file = self._stores.case_files.get(connection, place, to_change=True)
        if file is None:
            must_be_new(self._stores, connection, TITLE, {place: record.name})
        before = read_body(file, FollowedTitle) if file else None
        followed = FollowedTitle(
            name=record.name,
            title=reading.title,
            as_of=reading.as_of,
            asked=now,
            block=reading.block.number,
            block_hash=reading.block.hash,
            events=reading.events if reading.events is not None else before.events if before else None,
        )
        mirrored = _new_events(record.name, before.events if before else (), followed.events)
        sealed = [self._stores.sealer.record("title-event", principal.id, one, about=place) for one in mirrored]
        sealed.append(self._stores.sealer.record(TITLE, principal.id, followed, about=place))
        kept = StoredCaseFile(
            id=place,
            kind=TITLE,
            state=reading.title.standing,
            opened=file.opened if file else now,
            changed=now,
            body=sealed[-1].body,
        )
        self._stores.case_files.put(connection, kept, [("name", record.name)])
        return sealed


def documents_of_title(
    stores: Stores, connection: Connection, certificates: Iterable[CertificateView]
) -> list[tuple[CertificateView, TransferableRecord]]:
    """Those among a dossier's certificates that are documents of title, with where their titles are kept."""
    found = []
    for one in certificates:
        packed = stores.messages.content(connection, UUID(one.message_id))
        try:
            record = transferable_record(read_json(unpack(packed))) if packed else None
        except UnreadableError:
            continue
        if record is not None:
            found.append((one, record))
    return found


def titles_of(stores: Stores, connection: Connection, certificates: Sequence[CertificateView]) -> tuple[TitleView, ...]:
    """The documents of title among a dossier's certificates, with what was last told of their titles (0..n)."""
    views = []
    for one, record in documents_of_title(stores, connection, certificates):
        file = stores.case_files.get(connection, file_id(TITLE, record.name))
        followed = read_body(file, FollowedTitle) if file else None
        told = (followed.title, followed.as_of) if followed else _NEVER
        verdict = judge_title((_check(one, "integrity"), _check(one, "issuer")), record, told)
        views.append(title_view(one.message_id, verdict, followed.asked if followed else None))
    return tuple(views)


def read_title_id(text: str) -> str:
    """The title of a document, from its 64 hexadecimal digits.

    Raises:
        SenderError: They are none.
    """
    if len(text) != 64 or any(sign not in "0123456789abcdef" for sign in text):
        raise SenderError(
            "A title is identified by 64 hexadecimal digits, in lower case.", code="title-id", found=text[:100]
        )
    return text


def _check(certificate: CertificateView, name: str) -> Check:
    unknown = Check(name, "not-checked", "It could not be checked.")
    return next((check for check in certificate.checks if check.name == name), unknown)


def _new_events(
    name: str, before: Sequence[ChainEvent] | None, after: Sequence[ChainEvent] | None
) -> list[MirroredEvent]:
    """What a chain tells now and did not before, and what it told before and does not any more."""
    old, new = before or (), after or ()
    gone = [MirroredEvent(name=name, event=one, is_withdrawn=True) for one in old if one not in new]
    return gone + [MirroredEvent(name=name, event=one) for one in new if one not in old]
