# SPDX-License-Identifier: Apache-2.0
"""Messages between two administrations: their form on the wire, what of them is sealed, and how they are kept.

Both sides seal the same few words of each request and answer: which message it is, and the digest of its bytes. So each can check the
receipt of the other, and what a message held can still be erased.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import ProofError, SenderError, SettingsError, StoreError, UnreadableError
from cocket.exchange.signed_http import HouseKey
from cocket.governance.agreements import Agreement
from cocket.ledger import Receipt
from cocket.ledger.receipt import read_proof, verify_receipt, write_proof
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.partner_agreements import (
    AgreementOverError,
    over_words,
    signed_agreements,
    signed_by_standing,
    today_of,
)
from cocket.pipeline.base.partner_looks import GivenFor
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.partner_notices import NamedDossier, NoticeView
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.partners.exchange_queue import ExchangeQueue, Side

#: Form of messages on the wire.
FORM: Final = "cocket-exchange-1"

#: Kind of the document of a message; kinds of the sealed words of a request and of an answer.
EXCHANGE: Final = "partner-exchange"
REQUEST: Final = "partner-request"
ANSWER: Final = "partner-answer"

Act = Literal["push", "query"]
Counts = Literal["", "own-names", "in-common"]
State = Literal["waiting", "taken", "answered", "done", "refused", "given-up"]

#: Records of trade in one message at most (count).
MOST_RECORDS: Final = 10_000


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the wire.

    Attributes:
        form: `FORM`.
        id: A UUID; the same however often it is sent.
        act: Whether something is given, or asked for.
        kind: What, of `cocket.governance.agreements.EXCHANGES`.
        sender: Country of who sends it.
        receiver: Country of who is to take it.
        purpose: For what, of `PURPOSES`.
        made: When it was made, UTC.
        body: What is given, or which is asked for.
    """

    form: str
    id: str
    act: Act
    kind: str
    sender: str
    receiver: str
    purpose: str
    made: datetime
    body: msgspec.Raw


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a message on the wire.

    Attributes:
        form: `FORM`.
        message: Id of the message.
        outcome: Whether it was done.
        code: Why not, as a code; empty if it was.
        problem: Why not, in words.
        body: What was asked for, or what came of it.
    """

    form: str
    message: str
    outcome: Literal["done", "refused"]
    code: str = ""
    problem: str = ""
    body: msgspec.Raw = msgspec.Raw(b"null")


class ReceiptNote(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with a receipt that is brought later: which message it is about."""

    form: str
    message: str


class SealedWords(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides seal of a request or an answer, in these very bytes.

    Attributes:
        digest: SHA-256 of its bytes, hexadecimal.
        id: Id of the message.
        kind: What is exchanged.
        part: Which of the two it is.
    """

    digest: str
    id: str
    kind: str
    part: Literal["request", "answer"]


class Exchanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message and what became of it, on one side; also its sealed record.

    Attributes:
        id: Its id.
        direction: Whether it came or was sent.
        act: Whether something was given or asked for.
        kind: What.
        agreement: Under which agreement.
        version: Version of it.
        country: Of the partner.
        purpose: For what.
        state: `waiting` to be sent; `taken`, not answered yet; `answered`; `done` once the last receipt was brought; `refused` by
            the other side, or by us; `given-up` since nobody answered, or the agreement is over.
        by: Who asked for it here; of one that came the key that signed it.
        made: When, UTC.
        changed: When it last changed, UTC.
        digest: SHA-256 of the request, hexadecimal.
        answer: SHA-256 of the answer; empty until there is one.
        count: What was in it, or in its answer: records, notices, names (count).
        counts: What that counts in a match in private: names that this side put in, of its opening, or those in common, of its
            closing; empty of all else.
        left_out: Why records of ours were not given → records (count).
        problem: What went wrong, in words; empty if nothing did. Of one that is shown and waits, why it does.
        leaves: Ids of the sealed words of request and answer here (0..2).
        receipts: Receipts of the other side, as JSON (0..2).
        unchecked: How many of them no key was named for (count).
        days: First and last day of what is asked for, or of the records that are given (0 or 2).
        number: Number that is asked about; empty where none is.
    """

    id: str
    direction: Literal["in", "out"]
    act: Act
    kind: str
    agreement: str
    version: int
    country: str
    purpose: str
    state: State
    by: str
    made: datetime
    changed: datetime
    digest: str
    answer: str = ""
    count: int = 0
    counts: Counts = ""
    left_out: dict[str, int] = {}
    problem: str = ""
    leaves: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    unchecked: int = 0
    days: tuple[date, ...] = ()
    number: str = ""

    @property
    def name(self) -> str:
        """The name of its document."""
        return f"{self.direction} {self.country} {self.id}"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours as it will go, before it waits to be sent.

    Attributes:
        id: Its id.
        what: Act, kind and purpose.
        agreement: Under which it goes.
        made: When it was made, UTC.
        content: Its bytes.
        days: First and last day that it is of, as in `Exchanged`.
        number: Number that it asks about, likewise.
    """

    id: str
    what: tuple[Act, str, str]
    agreement: Agreement
    made: datetime
    content: bytes
    days: tuple[date, ...] = ()
    number: str = ""


class SealedThere(msgspec.Struct, frozen=True, kw_only=True):
    """Where the other side sealed a request or an answer, by its receipt: which of the two, its log, and the entry there."""

    part: str
    log: str
    entry: int


class OpenedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its page shows it.

    Attributes:
        message: The message, with why it waits if it does.
        notices: Notices that came or went in it (0..500).
        dossiers: Dossiers of ours that it tells the partner of, as far as the reader may see them (0..500).
        others: Objects of ours that it tells of besides: permits, standings, and dossiers that the reader may not see (count).
        has_more: Whether it tells of more than are looked at.
        sealed: What the other side sealed of it (0..4).
    """

    message: Exchanged
    notices: tuple[NoticeView, ...] = ()
    dossiers: tuple[NamedDossier, ...] = ()
    others: int = 0
    has_more: bool = False
    sealed: tuple[SealedThere, ...] = ()


class ExchangeFiles:
    """Documents of messages, their content while it is needed, and receipts.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._files = DocumentFiles(stores)
        self.queue = ExchangeQueue()

    def send(
        self,
        connection: Connection,
        agreement: Agreement,
        what: tuple[Act, str, str],
        body: object,
        told: tuple[str, int],
        *,
        counts: Counts = "",
        left_out: Mapping[str, int] | None = None,
    ) -> tuple[Exchanged, list[NewRecord]]:
        """Let a message wait to be sent; what is to be sealed with it.

        Args:
            connection: The transaction.
            agreement: Under which it goes.
            what: Act, kind and purpose.
            body: What is given, or which is asked for.
            told: Who asked for it, and how much is in it (count).
            counts: What that counts, as in `Exchanged`.
            left_out: Why records of ours are not in it → records (count).

        Raises:
            SenderError: As for `draft`.
        """
        return self.send_draft(connection, self.draft(agreement, what, body), told, counts=counts, left_out=left_out)

    def draft(self, agreement: Agreement, what: tuple[Act, str, str], body: object) -> Draft:
        """A message as it will go; nothing is kept of it yet.

        Raises:
            SenderError: The agreement does not say how the other side is reached, or not for this purpose; or it is too large.
        """
        act, kind, purpose = what
        check_sendable(agreement, purpose)
        now, identity, inside = datetime.now(UTC), str(new_id()), msgspec.json.encode(body)
        days, number = span_of(inside)
        content = msgspec.json.encode(
            Message(
                form=FORM,
                id=identity,
                act=act,
                kind=kind,
                sender=agreement.own_country,
                receiver=agreement.country,
                purpose=purpose,
                made=now,
                body=msgspec.Raw(inside),
            )
        )
        if len(content) > self._stores.settings.max_message_bytes:
            raise SenderError("The message is too large; give fewer days at once.", code="exchange-large")
        return Draft(id=identity, what=what, agreement=agreement, made=now, content=content, days=days, number=number)

    def send_draft(
        self,
        connection: Connection,
        draft: Draft,
        told: tuple[str, int],
        *,
        counts: Counts = "",
        left_out: Mapping[str, int] | None = None,
    ) -> tuple[Exchanged, list[NewRecord]]:
        """Let a draft wait to be sent, as `send` does."""
        act, kind, purpose = draft.what
        words = self.words(connection, draft.id, kind, "request", (draft.content, told[0]))
        made = Exchanged(
            id=draft.id,
            direction="out",
            act=act,
            kind=kind,
            agreement=draft.agreement.name,
            version=draft.agreement.version,
            country=draft.agreement.country,
            purpose=purpose,
            state="waiting",
            by=told[0],
            made=draft.made,
            changed=draft.made,
            digest=sha256(draft.content).hexdigest(),
            count=told[1],
            counts=counts,
            left_out=dict(left_out or {}),
            leaves=(str(words.leaf.record),),
            days=draft.days,
            number=draft.number,
        )
        self.put(connection, made, "out", draft.content)
        return made, [words, *self.write(connection, made)]

    def words(
        self,
        connection: Connection,
        identity: str,
        kind: str,
        part: Literal["request", "answer"],
        what: tuple[bytes, str],
    ) -> NewRecord:
        """The sealed words of a request or an answer."""
        words = SealedWords(digest=sha256(what[0]).hexdigest(), id=identity, kind=kind, part=part)
        return self._stores.sealer.record(REQUEST if part == "request" else ANSWER, "partner-exchange", words)

    def write(self, connection: Connection, one: Exchanged) -> list[NewRecord]:
        """Write a document down; the record that is to be sealed (0..1)."""
        where = Place(state=one.state, names=(("EXCHANGE-OF", one.agreement), ("EXCHANGE-ID", one.id)))
        record = self._files.write(connection, EXCHANGE, one.name, (one, one.by), where)
        return [record] if record is not None else []

    def read(self, connection: Connection, direction: str, country: str, identity: str) -> Exchanged | None:
        """A message as it stands; None if there is none. Others wait until the transaction ends."""
        return self._files.read(connection, EXCHANGE, f"{direction} {country} {identity}", Exchanged, to_change=True)

    def every(self, connection: Connection, states: Sequence[State] = ()) -> tuple[Exchanged, ...]:
        """Every message, or those of these states, last changed first (0..n)."""
        return self._files.every(connection, EXCHANGE, Exchanged, states)

    def put(self, connection: Connection, one: Exchanged, side: Side, content: bytes) -> None:
        """Keep what is to be sent, or was answered, encrypted."""
        wrapped = self._stores.secrets_box.wrap(_bound(one, side), content)
        self.queue.put(connection, _key(one), side, wrapped, one.changed)

    def content(self, connection: Connection, one: Exchanged, side: Side) -> bytes | None:
        """What is kept of a message; None where it is not kept any more, or is not what was sealed."""
        wrapped = self.queue.content(connection, _key(one), side)
        content = self._stores.secrets_box.unwrap(_bound(one, side), wrapped) if wrapped is not None else None
        sealed = one.digest if side == "out" else one.answer
        return content if content is not None and sha256(content).hexdigest() == sealed else None

    def drop(self, connection: Connection, one: Exchanged, side: Side) -> None:
        """Keep it no longer."""
        self.queue.drop(connection, _key(one), side)

    def receipts(self, leaves: Sequence[str]) -> tuple[bytes, ...]:
        """Our receipts of some sealed words, in their order (0..n)."""
        ids = [one for one in map(parse_id, leaves) if one is not None]
        with self._stores.database.transaction() as connection:
            found = {leaf.record: leaf for leaf in self._stores.leaves.of_records(connection, ids)}
        return tuple(write_proof(self._stores.sealer.receipt(found[one])).strip() for one in ids if one in found)

    def receipts_taken(self, one: Exchanged, agreement: Agreement, receipts: Sequence[bytes]) -> Exchanged:
        """A message with receipts of the other side, those that were known left out.

        Raises:
            ProofError: One of them is none, or is not for what was exchanged.
        """
        keys = agreement.signed.receipts if agreement.signed is not None else ()
        known, unchecked = list(one.receipts), one.unchecked
        for content in receipts:
            if (text := content.decode("utf-8", "replace")) in known:
                continue
            receipt = read_proof(content)
            if not isinstance(receipt, Receipt):
                raise ProofError("The partner's receipt is an inclusion proof.", code="exchange-receipt")
            _check_receipt(receipt, one, keys)
            known.append(text)
            unchecked += not keys
        return msgspec.structs.replace(one, receipts=tuple(known[:4]), unchecked=unchecked)


def _check_receipt(receipt: Receipt, one: Exchanged, keys: Sequence[str]) -> None:
    """That a receipt is of the request or the answer, and signed by a key that the agreement names, if it names any."""
    parts: tuple[tuple[Literal["request", "answer"], str], ...] = (("request", one.digest), ("answer", one.answer))
    words = [
        msgspec.json.encode(SealedWords(digest=digest, id=one.id, kind=one.kind, part=part))
        for part, digest in parts
        if digest
    ]
    if receipt.opening is None or receipt.opening.content not in {sha256(each).hexdigest() for each in words}:
        raise ProofError("The partner's receipt is for something else.", code="exchange-receipt")
    content = next(each for each in words if sha256(each).hexdigest() == receipt.opening.content)
    failed = [
        check
        for check in verify_receipt(receipt, keys, content).checks
        if check.outcome == "failed" and (keys or check.name != "signature")
    ]
    if failed:
        raise ProofError(f"The partner's receipt does not hold: {failed[0].reason}", code="exchange-receipt")


def house_key(stores: Stores) -> HouseKey:
    """The key by which this administration signs messages to others; made at the first use.

    Raises:
        SettingsError: Its file is malformed, or others can read it.
        StoreError: It cannot be written.
    """
    path = _key_file(stores)
    if not path.exists():
        _move_key(stores.settings.home / "partners" / "exchange.key", path)
        make_secret(path)
    return HouseKey(read_secret(path))


def next_key(stores: Stores) -> HouseKey:
    """The key that is to take its place, for partners to name beforehand; made if there is none yet. Raises as `house_key`."""
    path = _key_file(stores, "exchange.next.key")
    make_secret(path)
    return HouseKey(read_secret(path))


def use_next_key(stores: Stores) -> HouseKey:
    """Sign by the next key from now on; the former is destroyed.

    Raises:
        SettingsError: There is no next key, or its file is not what it should be; nothing is changed.
        StoreError: The file cannot be moved.
    """
    path = _key_file(stores, "exchange.next.key")
    if not path.exists():
        raise SettingsError("There is no next key.", code="exchange-key", hint="cocket partner rotate-key makes one.")
    key = HouseKey(read_secret(path))
    try:
        path.replace(_key_file(stores))
    except OSError as error:
        raise StoreError(f"{path} cannot be moved: {error.strerror}.") from error
    return key


def _key_file(stores: Stores, name: str = "exchange.key") -> Path:
    return stores.settings.keys_folder / name


def _move_key(former: Path, path: Path) -> None:
    """Move the key from where earlier versions had it: outside the folder of keys, so that backups held it in the clear."""
    try:
        with suppress(FileExistsError):
            path.hardlink_to(former)
        former.unlink()
    except FileNotFoundError:
        return  # there is none, or another process moved it
    except OSError as error:
        raise StoreError(f"{former} cannot be moved to {path}: {error.strerror}.") from error


def agreement_to(stores: Stores, connection: Connection, kind: str, country: str) -> Agreement:
    """The agreement under which something is sent to a country today.

    Raises:
        AgreementOverError: None in force names the exchange and how the other side is reached.
    """
    holding, past = signed_by_standing(stores, connection)
    for one in holding:
        if one.country == country and kind in one.exchanges:
            return one
    over = next((one for one in past if one.country == country and kind in one.exchanges), None)
    why = f" {over_words(over, today_of(stores))}" if over is not None else ""
    raise AgreementOverError(
        f"There is no agreement in force under which {kind} goes to {country or 'this partner'} in signed messages.{why}",
        found=country or None,
        hint="It names the exchange, and has a table [signed] with the partner's keys: cocket agreements add FILE.",
    )


def agreement_of(stores: Stores, connection: Connection, names: Collection[str], kind: str) -> Agreement:
    """The agreement under which a partner may send today.

    Args:
        stores: The stores.
        connection: The transaction.
        names: Agreements that name its key.
        kind: What is exchanged.

    Raises:
        AgreementOverError: None of them is in force and names the exchange.
    """
    for one in signed_agreements(stores, connection):
        if one.name in names and kind in one.exchanges:
            return one
    raise AgreementOverError(f"No agreement in force covers this exchange ({kind[:40]}).", found=kind[:40])


def check_sendable(agreement: Agreement, purpose: str) -> None:
    """See that a message may go.

    Raises:
        SenderError: The agreement says not where to, or not for this purpose.
    """
    if agreement.signed is None or not agreement.signed.url:
        raise SenderError(
            f"The agreement {agreement.name} does not say where the other side is reached.",
            code="exchange-url",
            hint="Name url in its table [signed].",
        )
    if purpose not in agreement.purposes:
        raise SenderError(
            f"The agreement {agreement.name} is not for the purpose {purpose[:40]!r}.",
            code="exchange-purpose",
            expected=", ".join(agreement.purposes),
        )


def given_in(message: str, purpose: str) -> GivenFor:
    """For what something is given in a message, which is itself the case where that is an investigation."""
    return GivenFor(purpose=purpose, case=f"message {message}")


def span_of(body: bytes) -> tuple[tuple[date, ...], str]:
    """Of which days, first and last, the body of a message is, and about which number; nothing where it names none."""
    try:
        said = msgspec.json.decode(body, type=_Span)
    except (msgspec.MsgspecError, RecursionError):
        return (), ""
    days = [one for one in (said.since, said.until, *(each.day for each in said.records)) if one is not None]
    return ((min(days), max(days)) if days else ()), said.number[:100]


class _Dated(msgspec.Struct, frozen=True):
    day: date | None = None


class _Span(msgspec.Struct, frozen=True):
    since: date | None = None
    until: date | None = None
    number: str = ""
    records: tuple[_Dated, ...] = ()


def read_message(content: bytes) -> Message:
    """A message as it came.

    Raises:
        UnreadableError: It is none.
    """
    try:
        message = msgspec.json.decode(content, type=Message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"The message cannot be read: {error}.", code="exchange") from error
    if message.form != FORM or _uuid(message.id) is None:
        raise UnreadableError("The message cannot be read: unknown form or id.", code="exchange")
    return message


def _uuid(text: str) -> UUID | None:
    found = parse_id(text)
    return found if found is not None and str(found) == text else None


def _key(one: Exchanged) -> str:
    return f"{one.country} {one.id}"


def _bound(one: Exchanged, side: Side) -> str:
    return f"partner-exchange {side} {one.country} {one.id}"
