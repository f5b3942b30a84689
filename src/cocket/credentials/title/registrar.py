# SPDX-License-Identifier: Apache-2.0
"""A registrar of titles without a chain: one book per title, whose entries are records in the log.

Parties are named by their public keys. Who wants something done signs an instruction that names the entry it follows;
the registrar checks signature and rules, enters it, and countersigns the entry. So nobody, the registrar included, moves
a title without its holder's key, no holder can show an entry that the registrar did not make, an instruction cannot be
used twice, and of two that follow the same entry only one is entered. What a registrar *can* do is keep two books: each
entry is therefore a record in the log, whose witnesses see one history.
Source: Singapore Electronic Transactions Act 2010 s16H and s16O; UK Electronic Trade Documents Act 2023 s2; the acts
and their rules as TradeTrust Token Registry 5.x.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from cocket.credentials.encoding import canonical, from_base64url, to_base64url
from cocket.credentials.keys import PublicKey, SigningKey
from cocket.credentials.title.acts import Act, TitleRefusedError, perform
from cocket.credentials.title.state import Title, TitleEvent
from cocket.errors import ProofError

#: What the first entry of a title follows.
NOTHING = "0" * 64

_MOST_BYTES = 16 << 20


class Instruction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a party signs.

    Attributes:
        registrar: Public key of the registrar it is meant for, as multikey.
        title: The title: SHA-256 of the document, as 64 hex digits.
        follows: Hash of the entry that this one is to follow, as 64 hex digits; `NOTHING` for the first.
        act: What is wanted; `act.by` is the party's public key, as multikey.
    """

    registrar: str
    title: str
    follows: str
    act: Act

    @property
    def signed_bytes(self) -> bytes:
        """The bytes that are signed.

        Raises:
            ProofError: It holds what canonical JSON cannot.
        """
        return b"cocket title instruction v1\n" + canonical(msgspec.to_builtins(self))


class SignedInstruction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An instruction as it is sent to the registrar.

    Attributes:
        instruction: What is asked.
        signature: By the key of `instruction.act.by`, Base64url.
    """

    instruction: Instruction
    signature: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry in the book of a title.

    Attributes:
        asked: What was asked, as the party signed it.
        at: When it was entered, UTC, RFC 3339.
        events: What happened (1..n).
        countersignature: By the registrar's key over all of the above, Base64url.
    """

    asked: SignedInstruction
    at: str
    events: tuple[TitleEvent, ...]
    countersignature: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """The bytes that the registrar signs."""
        bare = msgspec.structs.replace(self, countersignature="")
        return b"cocket title entry v1\n" + canonical(msgspec.to_builtins(bare))

    @property
    def hash(self) -> str:
        """The hash by which the next entry names this one, as 64 hex digits."""
        return sha256(canonical(msgspec.to_builtins(self))).hexdigest()


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All entries of one title, in order, and where they leave it.

    Attributes:
        registrar: Public key of the registrar, as multikey.
        title_id: The title, as 64 hex digits.
        entries: The entries (0..n).
        title: Where the title stands.
    """

    registrar: str
    title_id: str
    entries: tuple[Entry, ...] = ()
    title: Title = Title()

    @property
    def last(self) -> str:
        """What the next entry has to follow."""
        return self.entries[-1].hash if self.entries else NOTHING

    def instruct(self, act: Act) -> Instruction:
        """The instruction that would enter this act next, to be signed by `act.by`."""
        return Instruction(registrar=self.registrar, title=self.title_id, follows=self.last, act=act)


def sign(instruction: Instruction, key: SigningKey) -> SignedInstruction:
    """An instruction with its party's signature."""
    return SignedInstruction(instruction=instruction, signature=to_base64url(key.sign(instruction.signed_bytes)))


def enter(book: Book, asked: SignedInstruction, registrar: SigningKey, now: datetime) -> Book:
    """Enter what a party asks.

    Args:
        book: The title's book so far.
        asked: What is asked.
        registrar: The registrar's key, which countersigns.
        now: The moment, with its zone.

    Returns:
        The book with one entry more, its last being the record to seal.

    Raises:
        ProofError: The signature is not the party's, or the instruction is for another title or registrar.
        TitleRefusedError: The rules do not allow it, or another entry came first.
    """
    if registrar.public.multikey != book.registrar:
        raise ProofError("This record belongs to another registrar.", code="title-other", expected=book.registrar)
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    title, entry = _entered(book, asked, at)
    entry = msgspec.structs.replace(entry, countersignature=to_base64url(registrar.sign(entry.signed_bytes)))
    return msgspec.structs.replace(book, entries=(*book.entries, entry), title=title)


def verify_book(registrar: str, title_id: str, entries: Sequence[Entry]) -> Book:
    """Check a book that came from elsewhere, entry by entry, with nothing but the registrar's public key.

    Args:
        registrar: Public key of the registrar, known by another way.
        title_id: The title, as 64 hex digits.
        entries: Its entries, in order.

    Returns:
        The book, with where the title stands. That these are *all* entries is for log and witnesses to show.

    Raises:
        ProofError: A signature, a link or an event is not right; the message names the entry.
    """
    book, key = Book(registrar, title_id), PublicKey.from_multikey(registrar)
    for number, entry in enumerate(entries, start=1):
        try:
            title, expected = _entered(book, entry.asked, _checked_time(entry.at))
            signature = from_base64url(entry.countersignature, "countersignature")
        except (ProofError, TitleRefusedError) as error:
            raise _broken(number, error.message) from error
        if msgspec.structs.replace(entry, countersignature="") != expected:
            raise _broken(number, "The recorded events do not follow from the instruction.")
        if not key.signed(entry.signed_bytes, signature):
            raise _broken(number, "The registrar did not sign it.")
        if book.entries and entry.at < book.entries[-1].at:
            raise _broken(number, "It is dated before the preceding entry.")
        book = msgspec.structs.replace(book, entries=(*book.entries, entry), title=title)
    return book


def control_text(title_id: str, challenge: str) -> str:
    """What a holder signs to show that he controls a title, with a challenge of who asks, so that it is no old signature."""
    return f"cocket title control v1\n{title_id}\n{challenge}"


def show_control(book: Book, challenge: str, key: SigningKey) -> str:
    """A holder's signature that shows his control, Base64url."""
    return to_base64url(key.sign(control_text(book.title_id, challenge).encode()))


def shows_control(book: Book, challenge: str, signature: str) -> bool:
    """Whether a signature shows that its maker controls the title where this book leaves it.

    Raises:
        ProofError: The signature is not Base64url.
    """
    if book.title.controller is None:
        return False
    key = PublicKey.from_multikey(book.title.controller)
    signed = control_text(book.title_id, challenge).encode()
    return key.signed(signed, from_base64url(signature, "signature"))


def read_book(data: bytes) -> Book:
    """A book out of JSON, checked as `verify_book` checks it under the registrar that it names.

    Raises:
        ProofError: It is no book (`title-unreadable`), or does not hold (any other code).
    """
    if len(data) > _MOST_BYTES:
        raise ProofError("The record is too long.", code="title-unreadable", expected=f"at most {_MOST_BYTES} bytes")
    try:
        found = msgspec.json.decode(data, type=Book)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"This is not a title record: {error}.", code="title-unreadable") from error
    book = verify_book(found.registrar, found.title_id, found.entries)
    if book.title != found.title:
        raise ProofError("The stated title does not follow from the entries of the record.", code="title-book")
    return book


def read_instruction(data: bytes) -> SignedInstruction:
    """A signed instruction out of JSON, not yet checked.

    Raises:
        ProofError: It is none.
    """
    try:
        return msgspec.json.decode(data[:_MOST_BYTES], type=SignedInstruction)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"This is not an instruction: {error}.", code="title-instruction") from error


def _entered(book: Book, asked: SignedInstruction, at: str) -> tuple[Title, Entry]:
    """Where the title stands after an instruction, and its entry, not yet countersigned."""
    instruction = asked.instruction
    if (instruction.registrar, instruction.title) != (book.registrar, book.title_id):
        raise ProofError("The instruction is for another title.", code="title-other", expected=book.title_id)
    if instruction.follows != book.last:
        raise TitleRefusedError(
            "Another entry came first.", reasons=("EntryNotLast",), expected=book.last, found=instruction.follows
        )
    by = PublicKey.from_multikey(instruction.act.by)
    if not by.signed(instruction.signed_bytes, from_base64url(asked.signature, "signature")):
        raise ProofError("The instruction is not signed by the party that gives it.", code="title-signature")
    for party in (instruction.act.beneficiary, instruction.act.holder):
        if party is not None:
            PublicKey.from_multikey(party)
    title, events = perform(book.title, instruction.act, book.registrar)
    return title, Entry(asked=asked, at=at, events=events)


def _broken(number: int, why: str) -> ProofError:
    return ProofError(
        f"Entry {number} of the title's record is not valid. {why}", code="title-book", pointer=str(number)
    )


def _checked_time(text: str) -> str:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ProofError(
            "Its time is not in UTC in the format of RFC 3339.", code="title-time", found=text[:40]
        ) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
