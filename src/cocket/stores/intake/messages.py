# SPDX-License-Identifier: Apache-2.0
"""Taking messages in: one group commit gives each message its identity, its place on disk and its leaf.

The order of statements is the point. Identity first, sorted so that two committers never wait for each other in a
ring; then the wide rows of the winners by COPY; their contents, in the table of the month; the leaf index last, under the append lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any, Literal
from uuid import UUID

import msgspec
import psycopg

from cocket.consignment.uses import MOST_USES, Use, apart, as_given, meet, use_name
from cocket.errors import KeyMissingError, RowDiffersError, StoreError
from cocket.stores.base.database import Connection, Database, check_written
from cocket.stores.base.row_macs import Protected, note, unnoted
from cocket.stores.ledger.leaves import Leaves, NewLeaf, StoredLeaf

Outcome = Literal["accepted", "refused", "conflict"]


class Behind(msgspec.Struct, frozen=True, gc=False):
    """One message that came behind another in the same bytes, by what it is known by.

    Attributes:
        part: Number of its first part, as in `cocket.consignment.Claim.part`.
        standard: Standard it was read by.
        reference: Sender's reference.
        is_original: Whether it takes its reference for itself, rather than changing or cancelling who holds it.
    """

    part: int
    standard: str
    reference: str
    is_original: bool

    def mac(self, content_mac: bytes) -> bytes:
        """What stands for it where its file stands by the MAC of its bytes."""
        return content_mac + self.part.to_bytes(4, "big")


class NewMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message ready to be stored.

    Attributes:
        id: Our id.
        sender: Authenticated sender.
        actor: Key that spoke for it.
        door: Door it came through.
        received: When, UTC.
        content_mac: HMAC of the bytes under the identity key.
        standard: Standard it was read by; None if unreadable.
        outcome: `accepted` or `refused`.
        function: original, amendment or cancellation.
        reference: Sender's reference; None if it has none.
        is_authority: Whether the sender is the source of what it sends (a host): other content under a held reference
            is then a new version, not a conflict.
        content: zstd of the bytes.
        reading: zstd of msgpack of the reading.
        file_name: As stated; None if not.
        behind: Messages with a reference of their own that came behind it in the same bytes (0..n); all of them stand
            or fall with it.
    """

    id: UUID
    sender: str
    actor: str
    door: str
    received: datetime
    content_mac: bytes
    standard: str | None
    outcome: Literal["accepted", "refused"]
    function: str
    reference: str | None
    is_authority: bool
    content: bytes
    reading: bytes
    file_name: str | None
    behind: tuple[Behind, ...] = ()

    @property
    def held_behind(self) -> tuple[Behind, ...]:
        """Those behind it that, if new, take their references for themselves (0..n)."""
        return tuple(one for one in self.behind if one.is_original) if self.outcome == "accepted" else ()

    @property
    def holds_reference(self) -> bool:
        """Whether this message, if new, takes its reference for itself."""
        return self.outcome == "accepted" and self.function == "original" and self.reference is not None


class NumberUse(msgspec.Struct, frozen=True):
    """A use of a reference that is a number which ends.

    Attributes:
        number: Kind and value of the number.
        days: What the paper is about, from and to.
    """

    number: tuple[str, str]
    days: Use


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where one message came to stand.

    Attributes:
        id: Id it is known by: its own, or the earlier one's if it is a repeat.
        outcome: As stored.
        function: As stored; a changed message of an authority becomes an amendment.
        version: 1 for the first of its reference.
        is_repeat: Whether the same content was there before.
        leaf: Its leaf.
        clash: Of a conflict the reference that another message holds, as given; None if it is none.
    """

    id: UUID
    outcome: Outcome
    function: str
    version: int
    is_repeat: bool
    leaf: StoredLeaf
    clash: str | None = None


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message and its status, without its bytes."""

    id: UUID
    index: int
    sender: str
    actor: str
    door: str
    received: datetime
    standard: str | None
    outcome: Outcome
    function: str
    reference: str | None
    version: int
    reading: bytes


#: Everything of a message but its content and what was read in it, both of which are encrypted. No such row ever changes.
MESSAGES = Protected(
    table="message",
    key=("id",),
    columns=(
        "id",
        "sender",
        "actor",
        "door",
        "received",
        "standard",
        "outcome",
        "function",
        "reference",
        "version",
        "file_name",
    ),
)

#: What recognises content that was there before, and who holds a reference.
IDENTITIES = Protected(
    table="identity",
    key=("sender", "content_mac"),
    columns=("sender", "content_mac", "standard", "reference", "message_id", "versions"),
)

#: What is done about messages whose rows do not agree with their MACs: `take` is for the audit, which says so itself.
Differing = Literal["refuse", "leave out", "take"]

#: Clocks that differ by less are taken to be the same.
_SLACK = timedelta(seconds=1)

#: Makes the leaf of a message once its outcome is known.
Seal = Callable[[NewMessage, Outcome], NewLeaf]

#: Says of what was read in a message, packed, of when it came, and of a standard and reference in it, what use of a number
#: it is; None where the reference does not end.
UseOf = Callable[[bytes, datetime, tuple[str | None, str | None]], NumberUse | None]

_IDENTIFY = """
insert into identity (sender, content_mac, standard, reference, message_id, mac)
select sender, content_mac, standard, reference, id, mac
from unnest(%b::text[], %b::bytea[], %b::text[], %b::text[], %b::uuid[], %b::bytea[])
     with ordinality as new (sender, content_mac, standard, reference, id, mac, n)
order by n
on conflict do nothing
returning message_id, content_mac
"""

#: Length of a MAC of bytes; rows of messages behind others have a longer one (`Behind.mac`).
MAC_BYTES = 32

_IDENTITY = ", ".join(f"i.{name}" for name in (*IDENTITIES.columns, IDENTITIES.mac))

_KNOWN = f"""
select {_IDENTITY} from unnest(%b::text[], %b::bytea[]) as asked (sender, mac)
join identity i on i.sender = asked.sender and i.content_mac = asked.mac
"""

_HOLDERS = f"""
select {_IDENTITY} from unnest(%b::text[], %b::text[], %b::text[]) as asked (sender, standard, reference)
join identity i on i.sender = asked.sender and i.standard = asked.standard and i.reference = asked.reference
"""

#: Who holds a reference, and its later uses.
_USES = f"""
select {IDENTITIES.read} from identity where sender = %s and standard = %s and reference = any(%s) order by reference
"""

#: Originals of before under references that new ones have just taken: whoever held these is gone from `identity`.
_FORGOTTEN = """
select asked.id, m.id, l.key from unnest(%b::text[], %b::text[], %b::text[], %s::uuid[])
     as asked (sender, standard, reference, id)
join message m on m.sender = asked.sender and m.standard = asked.standard and m.reference = asked.reference
join leaf l on l.record = m.id where m.outcome = 'accepted' and m.function = 'original'
"""

_COPIED = ", ".join((*MESSAGES.columns, "reading", MESSAGES.mac))
_COPY_TYPES = [
    "uuid",
    "text",
    "text",
    "text",
    "timestamptz",
    "text",
    "text",
    "text",
    "text",
    "int4",
    "text",
    "bytea",
    "bytea",
]

_MESSAGE = """
select m.id, l.idx, m.sender, m.actor, m.door, m.received, m.standard, m.outcome, m.function, m.reference, m.version, m.reading,
       l.key, m.file_name, m.mac
from message m join leaf l on l.record = m.id
"""
_COLUMNS, _FROM = _MESSAGE.split("from ")

#: The same, and whether another version was refused under its reference.
_MESSAGE_REFUSED = f"""{_COLUMNS}, exists (
    select from message c
    where (c.sender, c.standard, c.reference) = (m.sender, m.standard, m.reference) and c.outcome = 'conflict'
) from {_FROM}"""


#: What a message is known by: sender, standard, reference; and without its sender.
_Name = tuple[str, str | None, str | None]
_Clash = tuple[str | None, str | None]


def _never_ending(packed: bytes, received: datetime, named: _Clash) -> NumberUse | None:
    """What says of every reference that it does not end."""


class _Telling(msgspec.Struct, frozen=True):
    """What tells the uses of references apart.

    Attributes:
        use_of: Says what use a message is.
        batch: Messages that are being stored, by id: their rows do not stand yet.
    """

    use_of: UseOf
    batch: Mapping[UUID, NewMessage]


class _Decided(msgspec.Struct, frozen=True):
    message: NewMessage
    outcome: Outcome
    function: str
    version: int


class Messages:
    """Messages on disk.

    Args:
        database: Where they are kept.
        leaves: The writer of leaves.

    Attributes:
        database: Where they are kept.
        leaves: The writer of leaves.
    """

    def __init__(self, database: Database, leaves: Leaves) -> None:
        self.database = database
        self.leaves = leaves

    def take(
        self, batch: Sequence[NewMessage], seal: Seal, use_of: UseOf = _never_ending, *, is_degraded: bool = False
    ) -> list[Placed]:
        """Store a batch in one durable transaction.

        Args:
            batch: Messages (1..n), in any order; several may have the same content.
            seal: Makes each leaf.
            use_of: Tells uses of numbers that end apart; asked only where a reference is held, or changed.
            is_degraded: Whether promises are given while the book lags.

        Returns:
            One place a message, in the order of `batch`. When it returns, all of them are on disk.

        Raises:
            StoreError: Nothing of the batch may be acknowledged.
        """
        for _ in range(2):
            try:
                return self._take_once(batch, seal, use_of, is_degraded)
            except StoreError as error:
                if not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                    raise
        return self._take_once(batch, seal, use_of, is_degraded)

    def _take_once(self, batch: Sequence[NewMessage], seal: Seal, use_of: UseOf, is_degraded: bool) -> list[Placed]:
        with self.database.transaction() as connection:
            return self._take(connection, batch, seal, use_of, is_degraded)

    def _take(
        self, connection: Connection, batch: Sequence[NewMessage], seal: Seal, use_of: UseOf, is_degraded: bool
    ) -> list[Placed]:
        firsts = {(m.sender, m.content_mac): m for m in reversed(batch)}
        telling = _Telling(use_of, {m.id: m for m in batch})
        fresh = sorted(firsts.values(), key=_lock_order)
        won = self._identify(connection, fresh)
        lost = [m for m in fresh if m.id not in won]
        repeats = self._known(connection, lost) if lost else {}
        conflicting = [m for m in lost if (m.sender, m.content_mac) not in repeats]
        clashed: dict[UUID, tuple[_Clash, ...]] = {}
        if conflicting:
            held = self._holders(connection, conflicting)
            conflicting, clashed = self._parted(connection, conflicting, held, telling)
            parted = {m.id: m for m in conflicting}
            fresh = [parted.get(m.id, m) for m in fresh]
            won |= self._identify(connection, conflicting, clashed)
            late = [m for m in conflicting if m.id not in won]
            repeats |= self._known(connection, late) if late else {}
        arrived = {m.id: place for place, m in enumerate(batch)}
        mine = sorted(
            (m for m in fresh if m.id in won), key=lambda m: (*_lock_order(m)[:2], m.reference or "", arrived[m.id])
        )
        self._check_new(connection, [m for m in mine if m.holds_reference and not clashed.get(m.id)])
        decided = [self._decide(connection, m, clashed.get(m.id, ()), telling) for m in mine]
        decided.sort(key=lambda one: arrived[one.message.id])
        placed = self._store(connection, decided, seal, is_degraded)
        placed |= self._placed(connection, set(repeats.values()))
        check_written("identity", len(fresh), len(won | {m.id for m in fresh if (m.sender, m.content_mac) in repeats}))
        answers = []
        for message in batch:
            first = firsts[message.sender, message.content_mac]
            key = repeats.get((message.sender, message.content_mac), first.id)
            is_repeat = key != message.id
            place = placed[key]
            clash = None
            if place.outcome == "conflict":
                known = clashed.get(key) or _clashes(message, self._holders(connection, [message]))
                clash = as_given(known[0][1])
            answers.append(msgspec.structs.replace(place, is_repeat=is_repeat, clash=clash))
        return answers

    def _identify(
        self,
        connection: Connection,
        messages: Sequence[NewMessage],
        clashed: Mapping[UUID, Sequence[_Clash]] | None = None,
    ) -> set[UUID]:
        """Write down what recognises messages, each with those behind it or not at all.

        Args:
            connection: The transaction.
            messages: Messages (1..n).
            clashed: What of each others hold; None where nothing of any is known to be held.

        Returns:
            Ids of those written.
        """
        held = [(m, _taken(m, (clashed or {}).get(m.id, ()))) for m in messages]
        rows = [
            (m.sender, m.content_mac, m.standard, m.reference if (m.standard, m.reference) in names else None, m.id)
            for m, names in held
        ]
        if behind := [
            (m.sender, one.mac(m.content_mac), one.standard, one.reference, m.id)
            for m, names in held
            for one in m.held_behind
            if (one.standard, one.reference) in names
        ]:
            rows = sorted((*rows, *behind), key=lambda row: (row[0], row[2] or "", row[3] or "", row[1]))
        macs = [connection.row_macs.mac(IDENTITIES, (*row, 1)) for row in rows]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(5)]
        written = Counter(row[0] for row in connection.execute(_IDENTIFY, (*columns, macs)))
        wanted = Counter(row[4] for row in rows)
        if half := [one for one in written if written[one] < wanted[one]]:
            connection.execute("delete from identity where message_id = any(%s)", (half,))
        return {one for one in written if written[one] == wanted[one]}

    def _known(self, connection: Connection, messages: Sequence[NewMessage]) -> dict[tuple[str, bytes], UUID]:
        """Messages of before with the same content.

        Raises:
            RowDiffersError: What recognises one was changed by another hand: no receipt is given by it.
        """
        rows = connection.execute(
            _KNOWN, ([m.sender for m in messages], [m.content_mac for m in messages]), binary=True
        ).fetchall()
        believed = connection.row_macs.believed(connection, IDENTITIES, rows, to_change=True)
        return {(row[0], row[1]): row[4] for row in believed}

    def _holders(self, connection: Connection, messages: Sequence[NewMessage]) -> set[_Name]:
        """Names that messages would take for themselves and that are held, and see that the house gave them to whom.

        Raises:
            RowDiffersError: What says so was changed by another hand.
        """
        named = [(m.sender, m.standard, m.reference) for m in messages]
        named += [(m.sender, one.standard, one.reference) for m in messages for one in m.held_behind]
        names = [list(column) for column in zip(*named, strict=True)]
        rows = connection.execute(_HOLDERS, names).fetchall()
        believed = connection.row_macs.believed(connection, IDENTITIES, rows, to_change=True)
        return {(row[0], row[2], row[3]) for row in believed}

    def _parted(
        self, connection: Connection, messages: Sequence[NewMessage], held: set[_Name], telling: _Telling
    ) -> tuple[list[NewMessage], dict[UUID, tuple[_Clash, ...]]]:
        """Messages under the names of the uses that they are of, and which of each one's names others hold.

        Args:
            connection: The transaction.
            messages: Originals of which somebody holds a name (1..n), in the order in which they are written.
            held: The names that are held.
            telling: What tells uses apart.

        Returns:
            The messages, in their order; and of each the names that it may not take (0..n), none for a use of its own.
        """
        parted, clashed = [], {}
        begun: dict[_Name, Use] = {}
        for m in messages:
            own = None
            if m.holds_reference and (m.sender, m.standard, m.reference) in held:
                own = telling.use_of(m.reading, m.received, (m.standard, m.reference))
            if own is None:
                parted.append(m)
                clashed[m.id] = _clashes(m, held)
                continue
            uses = self._uses(connection, m, telling, to_lock=True)
            uses |= {
                (standard, name): days
                for (sender, standard, name), days in begun.items()
                if (sender, standard, as_given(name)) == (m.sender, m.standard, m.reference)
            }
            near = {one: use for one, use in uses.items() if meet(own.number, use, own.days) is not False}
            is_new = not near and len(uses) < MOST_USES
            name = _unused(m, uses) if is_new else (m.standard, _nearest(near or uses, own.days))
            m = msgspec.structs.replace(m, reference=name[1])
            others = {(one.standard, one.reference) for one in m.held_behind}
            taken = {one for one in others if (m.sender, *one) in held}
            clashed[m.id] = (*(() if is_new else (name,)), *sorted(taken, key=str))
            if is_new and not taken:
                begun[m.sender, m.standard, m.reference] = own.days
            parted.append(m)
        return parted, clashed

    def _uses(
        self, connection: Connection, message: NewMessage, telling: _Telling, *, to_lock: bool = False
    ) -> dict[_Clash, Use]:
        """The uses of a message's reference that are held: standard and name → days, with none where they cannot be read.

        Args:
            connection: The transaction.
            message: The message, with its reference as given.
            telling: What tells uses apart.
            to_lock: Whether to keep others from beginning a use of it until the transaction ends.

        Raises:
            RowDiffersError: What says who holds one was changed by another hand.
        """
        names = [use_name(message.reference or "", use + 1) for use in range(MOST_USES)]
        asked = (message.sender, message.standard, names)
        if to_lock:  # a second look, for it sees uses that began while this one waited
            connection.execute(_USES + " for update", asked).fetchall()
        rows = connection.execute(_USES, asked).fetchall()
        held = connection.row_macs.believed(connection, IDENTITIES, rows, to_change=True)
        holders: dict[UUID, NewMessage | StoredMessage] = dict(telling.batch)
        before = [row[4] for row in held if row[4] not in holders]
        holders |= {one.id: one for one in self.get_many(connection, before, "refuse")} if before else {}
        found: dict[_Clash, Use] = {}
        for row in held:
            holder = holders.get(row[4])
            told = telling.use_of(holder.reading, holder.received, (row[2], as_given(row[3]))) if holder else None
            found[row[2], row[3]] = told.days if told else Use()
        return found

    def _meant(self, connection: Connection, message: NewMessage, telling: _Telling) -> NewMessage:
        """A message that changes or cancels under the name of the use that it means: the nearest, without a day the latest."""
        own = telling.use_of(message.reading, message.received, (message.standard, message.reference))
        uses = self._uses(connection, message, telling) if own is not None else {}
        if own is None or len(uses) < 2:
            name = next((name for _, name in uses), message.reference)
        else:
            name = _nearest(uses, own.days)
        return msgspec.structs.replace(message, reference=name)

    def _check_new(self, connection: Connection, messages: Sequence[NewMessage]) -> None:
        """See that nobody held the references of new messages before.

        Raises:
            RowDiffersError: Somebody did, and what said so was taken out of the database.
        """
        names = (
            [m.sender for m in messages],
            [m.standard for m in messages],
            [m.reference for m in messages],
            [m.id for m in messages],
        )
        found = connection.execute(_FORGOTTEN, names).fetchall() if messages else []
        gone = self.leaves.keys.gone([slot for _, _, slot in found if slot is not None]) if found else ()
        for _, earlier, slot in found:
            if slot is None or slot not in gone:  # else nobody can open it any more, and it may be sent again
                raise RowDiffersError(
                    f"Message {earlier} has this reference, and the row that says so is gone from the table identity; "
                    "nothing was accepted.",
                    pointer=f"message {earlier}",
                    hint="`cocket ledger audit --home HOME` names the row; --set-right puts it back.",
                )

    def _decide(
        self, connection: Connection, message: NewMessage, clashes: Sequence[_Clash], telling: _Telling
    ) -> _Decided:
        """Say how a message of new content stands: as it is, as a conflict, or as a new version."""
        outcome: Outcome = message.outcome
        function = message.function
        if clashes and not message.is_authority:
            return _Decided(message, "conflict", function, 1)
        if (message.standard, message.reference) in clashes:
            function = "amendment"
        if outcome == "accepted":
            for one in message.behind:
                if not one.is_original or (one.standard, one.reference) in clashes:
                    self._next_version(connection, message.sender, one.standard, one.reference)
        is_change = outcome == "accepted" and function != "original" and message.reference is not None
        if not is_change:
            return _Decided(message, outcome, function, 1)
        if message.function != "original":
            message = self._meant(connection, message, telling)
        version = self._next_version(connection, message.sender, message.standard, message.reference)
        return _Decided(message, outcome, function, version)

    def _next_version(self, connection: Connection, sender: str, standard: str | None, reference: str | None) -> int:
        """Count one more version of a held reference; 1 if nobody holds it.

        Raises:
            RowDiffersError: What says who holds it was changed by another hand.
        """
        rows = connection.execute(
            f"select {IDENTITIES.read} from identity where sender = %s and standard = %s and reference = %s for update",
            (sender, standard, reference),
        ).fetchall()
        for *row, versions in connection.row_macs.believed(connection, IDENTITIES, rows, to_change=True):
            mac = connection.row_macs.mac(IDENTITIES, (*row, versions + 1))
            connection.execute(
                "update identity set versions = %s, mac = %s where sender = %s and content_mac = %s",
                (versions + 1, mac, row[0], row[1]),
            )
            return int(versions) + 1
        return 1

    def _store(
        self, connection: Connection, decided: Sequence[_Decided], seal: Seal, is_degraded: bool
    ) -> dict[UUID, Placed]:
        if not decided:
            return {}
        latest, now = self.leaves.latest_moment(connection), datetime.now(UTC)
        leaves = [_promised_from(seal(one.message, one.outcome), latest, now) for one in decided]
        rows = (_row(connection, one, leaf) for one, leaf in zip(decided, leaves, strict=True))
        connection.copy_rows("message", _COPIED, _COPY_TYPES, rows)
        contents = [_content(one.message, leaf) for one, leaf in zip(decided, leaves, strict=True)]
        indexes = self.leaves.append(connection, leaves, contents, is_degraded=is_degraded)
        placed = {}
        for one, leaf, index in zip(decided, leaves, indexes, strict=True):
            stored = self.leaves.stored(leaf, index, is_degraded=is_degraded)
            placed[one.message.id] = Placed(
                id=one.message.id,
                outcome=one.outcome,
                function=one.function,
                version=one.version,
                is_repeat=False,
                leaf=stored,
            )
        return placed

    def _placed(self, connection: Connection, ids: set[UUID]) -> dict[UUID, Placed]:
        """Where messages of before stand.

        Raises:
            KeyMissingError: The key of one is missing, so that its receipt cannot be given.
        """
        if not ids:
            return {}
        rows = connection.execute(f"select {MESSAGES.read} from message where id = any(%s)", (list(ids),)).fetchall()
        leaves = {leaf.record: leaf for leaf in self.leaves.of_records(connection, list(ids))}
        placed = {}
        for row in connection.row_macs.believed(connection, MESSAGES, rows, to_change=True):
            stored = dict(zip(MESSAGES.columns, row, strict=True))
            told = {name: stored[name] for name in ("id", "outcome", "function", "version")}
            placed[row[0]] = Placed(**told, is_repeat=True, leaf=leaves[row[0]])
            if leaves[row[0]].nonce is None:  # or nothing would recognise it any more
                raise KeyMissingError(
                    f"This content was received before as message {row[0]}, whose key is missing here; it was not stored again.",
                    found=str(row[0]),
                    hint="Copy the key back: cocket doctor names what is missing.",
                )
        return placed

    def get(
        self, connection: Connection, message_id: UUID, senders: Sequence[str] | None = None
    ) -> StoredMessage | None:
        """One message without its bytes; None if there is none.

        Args:
            connection: The transaction.
            message_id: Which.
            senders: Only if one of these sent it, so that another's takes no longer to answer for than none; None for any.

        Raises:
            RowDiffersError: Its row was changed by another hand: whose it is, and what it says, is not believed.
        """
        if senders is not None and not _is_of(connection, message_id, senders):
            return None
        rows = connection.execute(_MESSAGE + "where m.id = %s", (message_id,), binary=True)
        return next(iter(self._stored(connection, rows, "refuse")), None)

    def lost(
        self, connection: Connection, message_id: UUID, senders: Sequence[str] | None = None
    ) -> StoredMessage | None:
        """One message whose row is there and whose key is not, with nothing read in it; None if there is none.

        Args:
            connection: The transaction.
            message_id: Which.
            senders: As for `get`.

        Raises:
            RowDiffersError: Its row was changed by another hand.
        """
        if senders is not None and not _is_of(connection, message_id, senders):
            return None
        row = connection.execute(_MESSAGE + "where m.id = %s and l.digest <> ''", (message_id,), binary=True).fetchone()
        if row is None or row[12] is None or row[12] not in self.leaves.keys.gone([row[12]]):
            return None
        connection.row_macs.believed(connection, MESSAGES, [_bound(row)], to_change=True)
        names = StoredMessage.__struct_fields__
        return StoredMessage(**dict(zip(names, (*row[:11], b""), strict=True)))

    def get_many(
        self, connection: Connection, ids: Sequence[UUID], differing: Differing = "leave out"
    ) -> list[StoredMessage]:
        """Several messages without their bytes, in index order (0..n).

        Args:
            connection: The transaction.
            ids: Which.
            differing: What is done about those whose rows were changed by another hand.

        Raises:
            RowDiffersError: One was changed, and that is refused.
        """
        rows = connection.execute(_MESSAGE + "where m.id = any(%s) order by l.idx", (list(ids),), binary=True)
        return self._stored(connection, rows, differing)

    def with_refused(self, connection: Connection, ids: Sequence[UUID]) -> tuple[list[StoredMessage], frozenset[UUID]]:
        """Several messages as `get_many` gives them, and ids of those under whose reference another version was refused (0..n)."""
        rows = connection.execute(
            _MESSAGE_REFUSED + "where m.id = any(%s) order by l.idx", (list(ids),), binary=True
        ).fetchall()
        return self._stored(connection, rows, "leave out"), frozenset(row[0] for row in rows if row[-1])

    def of_senders(
        self,
        connection: Connection,
        senders: Mapping[str, datetime | None],
        wanted: tuple[UUID | None, str],
        limit: int,
    ) -> list[StoredMessage]:
        """Messages of some senders without their bytes, the last received first (0..limit).

        Args:
            connection: The transaction.
            senders: Whose, each with since when, UTC; None for all of them.
            wanted: Those that came before this one, None for the latest; and whose reference holds this text, empty for all.
            limit: Most of them (count).
        """
        before, text = wanted
        begun = {sender: since for sender, since in senders.items() if since is not None}
        part = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = connection.execute(
            _MESSAGE + "where m.sender = any(%s) and (%s::uuid is null or m.id < %s)"
            " and (%s = '' or m.reference ilike %s) and not exists (select from unnest(%s::text[], %s::timestamptz[])"
            " as begun(sender, since) where begun.sender = m.sender and m.received < begun.since)"
            " order by m.id desc limit %s",
            (list(senders), before, before, text, f"%{part}%", list(begun), list(begun.values()), limit),
            binary=True,
        )
        return self._stored(connection, rows, "leave out")

    def of_standards(
        self,
        connection: Connection,
        senders: Mapping[str, datetime | None] | None,
        standards: Sequence[str],
        after: int,
        limit: int,
    ) -> list[StoredMessage]:
        """Accepted messages of some senders, or of all, in some standards without their bytes, in index order (0..limit).

        Args:
            connection: The transaction.
            senders: Whose, each with since when, UTC, None for all of his; None for those of everybody.
            standards: Standards that they were read by.
            after: Leaf index past which they are looked for.
            limit: Most of them (count).
        """
        if senders is None:
            rows = connection.execute(
                _MESSAGE
                + "where m.standard = any(%s) and m.outcome = 'accepted' and l.idx > %s order by l.idx limit %s",
                (list(standards), after, limit),
                binary=True,
            )
            return self._stored(connection, rows, "leave out")
        begun = {sender: since for sender, since in senders.items() if since is not None}
        rows = connection.execute(
            _MESSAGE + "where m.sender = any(%s) and m.standard = any(%s) and m.outcome = 'accepted' and l.idx > %s"
            " and not exists (select from unnest(%s::text[], %s::timestamptz[]) as begun(sender, since)"
            " where begun.sender = m.sender and m.received < begun.since) order by l.idx limit %s",
            (list(senders), list(standards), after, list(begun), list(begun.values()), limit),
            binary=True,
        )
        return self._stored(connection, rows, "leave out")

    def since(self, connection: Connection, moment: datetime, limit: int) -> list[UUID]:
        """Messages received since a moment, the last received first (0..limit)."""
        rows = connection.execute(
            "select id from message where received >= %s order by id desc limit %s", (moment, limit)
        )
        return [row[0] for row in rows]

    def counts_of(self, connection: Connection, sender: str, since: datetime) -> dict[tuple[str, str], int]:
        """How many messages of a sender came since a moment, by outcome and function (count)."""
        connection.row_macs.sweep(connection, MESSAGES, ("sender = %s and received >= %s", (sender, since)))
        rows = connection.execute(
            f"""select outcome, function, count(*) from message m where sender = %s and received >= %s
            and {unnoted(MESSAGES, "m")} group by 1, 2""",
            (sender, since),
        )
        return {(outcome, function): int(count) for outcome, function, count in rows}

    def content(self, connection: Connection, message_id: UUID) -> bytes | None:
        """Zstd of the bytes as received; None if there is no such message.

        Raises:
            ArchiveAwayError: It is in a file of the archive that is not at hand, or not as it was sealed.
        """
        row = connection.execute(
            "select m.content, l.key from message m join leaf l on l.record = m.id where m.id = %s",
            (message_id,),
            binary=True,
        ).fetchone()
        if row is None:
            return None
        key = None if row[1] is None else self.leaves.keys.get(row[1])
        if row[1] is not None and key is None:
            return None
        content = row[0]
        if content is None:
            content = self.leaves.apart(connection, [message_id], "messages").get(message_id)
        return key.open("content", content) if key and content is not None else content

    def put_reading(self, connection: Connection, message_id: UUID, reading: bytes) -> None:
        """Keep what was read in a message, as zstd of msgpack, in place of what stands there.

        Raises:
            StoreError: There is no such message, or its key was destroyed.
        """
        row = connection.execute("select key from leaf where record = %s", (message_id,)).fetchone()
        key = self.leaves.keys.get(row[0]) if row and row[0] is not None else None
        if row is None or (row[0] is not None and key is None):
            raise StoreError("The key of the message was destroyed; nothing of it can be kept any more.")
        closed = key.close_again("reading", reading) if key else reading
        connection.execute("update message set reading = %s where id = %s", (closed, message_id))

    def newest(self, connection: Connection, after: int) -> int:
        """Leaf index of the newest message past a leaf, `after` if there is none: what came before is not looked through."""
        row = connection.execute(
            "select idx from leaf where kind like 'message-%%' and idx > %s order by idx desc limit 1", (after,)
        ).fetchone()
        return row[0] if row else after

    def after(self, connection: Connection, index: int, limit: int) -> tuple[list[StoredMessage], int]:
        """Messages past a leaf index, in index order, and the last index looked at.

        Args:
            connection: The transaction.
            index: Last leaf index already dealt with (-1 for none).
            limit: Most leaves to look at (count).

        Returns:
            Messages (0..limit) among the next leaves, and the index to go on from.
        """
        upto = self.reach(connection, index, limit)
        return self.between(connection, index, upto), upto

    def reach(self, connection: Connection, index: int, limit: int) -> int:
        """The last of the next leaves past an index, at most so many of them; the index itself if there are none.

        Advice is not counted: the assessment worker has written it itself.
        """
        row = connection.execute(
            """select coalesce((select idx from leaf where idx > %(index)s and kind <> 'assessment' order by idx
            offset %(limit)s - 1 limit 1), (select max(idx) from leaf where idx > %(index)s))""",
            {"index": index, "limit": limit},
        ).fetchone()
        return index if row is None or row[0] is None else row[0]

    def between(
        self, connection: Connection, index: int, upto: int, differing: Differing = "leave out"
    ) -> list[StoredMessage]:
        """Messages past a leaf index and up to another, in index order (0..n); `differing` is as in `get_many`."""
        if upto <= index:
            return []
        rows = connection.execute(
            _MESSAGE + "where l.idx > %s and l.idx <= %s order by l.idx", (index, upto), binary=True
        )
        return self._stored(connection, rows, differing)

    def whose_between(
        self, connection: Connection, index: int, upto: int
    ) -> list[tuple[int, UUID, str, datetime, str]]:
        """Of messages past a leaf index and up to another: index, id, sender, when received, UTC, and outcome, in index order (0..n).

        Nothing is decrypted; rows that differ from what was sealed are left out.
        """
        columns = ", ".join(f"m.{name}" for name in (*MESSAGES.columns, MESSAGES.mac))
        rows = connection.execute(
            f"""select l.idx, {columns} from leaf l join message m on m.id = l.record
            where l.idx > %s and l.idx <= %s order by l.idx""",
            (index, upto),
        )
        found = []
        for place, *row in rows:
            if connection.row_macs.agrees(MESSAGES, row[:-1], row[-1]):
                found.append((place, row[0], row[1], row[4], row[6]))
            else:
                note(connection, MESSAGES, row[:-1])
        return found

    def named(self, connection: Connection, index: int) -> tuple[UUID, str, str] | None:
        """What a leaf is, also where it cannot be read: id of its record, its kind, and what it is in words."""
        row = connection.execute(
            """select l.record, l.kind, m.sender, m.standard, left(coalesce(m.reference, m.id::text), 80)
            from leaf l left join message m on m.id = l.record where l.idx = %s""",
            (index,),
        ).fetchone()
        if row is None:
            return None
        is_message = row[2] is not None
        return row[0], row[1], f"{row[3] or 'message'} {row[4]} from {row[2]}" if is_message else f"record {row[1]}"

    def next_of_each_sender(self, connection: Connection, index: int, within: int, limit: int) -> list[int]:
        """Leaf index of the next accepted message of each sender past an index (0..limit)."""
        rows = connection.execute(
            """select min(l.idx) from leaf l join message m on m.id = l.record where l.idx > %s and l.idx <= %s
            and l.kind = 'message-accepted' group by m.sender order by min(l.idx) limit %s""",
            (index, index + within, limit),
        )
        return [row[0] for row in rows]

    def worked(self, connection: Connection, index: int, limit: int) -> list[UUID]:
        """The newest dossiers that messages up to a leaf index went to (0..limit)."""
        rows = connection.execute(
            """select c.consignment from (select l.idx, l.record from leaf l where l.idx <= %s
            and l.kind = 'message-accepted' order by l.idx desc limit %s) as newest
            join consignment_message c on c.message = newest.record order by newest.idx desc limit %s""",
            (index, 20 * limit, limit),
        )
        return list(dict.fromkeys(row[0] for row in rows))

    def _stored(
        self, connection: Connection, rows: Iterable[tuple[object, ...]], differing: Differing
    ) -> list[StoredMessage]:
        """Messages from rows of `_MESSAGE`; what was erased, or whose key is lost, is left out."""
        found: list[Any] = list(rows)
        keys = self.leaves.keys.get_many(row[12] for row in found if row[12] is not None)
        names = StoredMessage.__struct_fields__
        messages = []
        for row in found:
            bound = _bound(row)
            if differing == "refuse":
                connection.row_macs.believed(connection, MESSAGES, [bound], to_change=True)
            elif differing == "leave out" and not connection.row_macs.agrees(MESSAGES, bound[:-1], bound[-1]):
                note(connection, MESSAGES, bound[:-1])
                continue
            fields, slot = list(row[:12]), row[12]
            if slot is not None:
                if slot not in keys:
                    continue
                fields[-1] = keys[slot].open("reading", fields[-1])
            messages.append(StoredMessage(**dict(zip(names, fields, strict=True))))
        return messages


def _is_of(connection: Connection, message_id: UUID, senders: Sequence[str]) -> bool:
    """Whether one of these sent a message: of another's no more is read than its row, which is small.

    Raises:
        RowDiffersError: The row was changed by another hand: whose it is is not believed.
    """
    columns = ", ".join((*MESSAGES.columns, MESSAGES.mac))
    rows = connection.execute(f"select {columns} from message where id = %s", (message_id,)).fetchall()
    connection.row_macs.believed(connection, MESSAGES, rows, to_change=True)
    return any(row[1] in senders for row in rows)


def _row(connection: Connection, one: _Decided, leaf: NewLeaf) -> tuple[object, ...]:
    """A message as its row, what was read in it encrypted."""
    m, key = one.message, leaf.key
    row = (
        m.id,
        m.sender,
        m.actor,
        m.door,
        m.received,
        m.standard,
        one.outcome,
        one.function,
        m.reference,
        one.version,
        m.file_name,
    )
    reading = key.close("reading", m.reading) if key else m.reading
    return (*row, reading, connection.row_macs.mac(MESSAGES, row))


def _content(message: NewMessage, leaf: NewLeaf) -> tuple[UUID, bytes]:
    """A message and what it says, encrypted."""
    return message.id, leaf.key.close("content", message.content) if leaf.key else message.content


def _promised_from(leaf: NewLeaf, latest: datetime, now: datetime) -> NewLeaf:
    """The leaf, promised by the latest of the clocks: where this machine's is behind, the delay counts from the other."""
    behind = latest - now
    if behind < _SLACK:
        return leaf
    return msgspec.structs.replace(leaf, include_by=leaf.include_by + timedelta(seconds=ceil(behind.total_seconds())))


def _bound(row: Sequence[Any]) -> tuple[Any, ...]:
    """The columns of `MESSAGES` and their MAC, from a row of `_MESSAGE`."""
    return (row[0], *row[2:11], row[13], row[14])


def _taken(message: NewMessage, clashes: Sequence[_Clash]) -> frozenset[_Clash]:
    """The names that a message takes for itself: of a conflict none, of a file that its source changed what nobody holds."""
    if clashes and not message.is_authority:
        return frozenset()
    named: list[_Clash] = [(message.standard, message.reference)] if message.holds_reference else []
    named += [(one.standard, one.reference) for one in message.held_behind]
    return frozenset(named) - frozenset(clashes)


def _clashes(message: NewMessage, held: Collection[_Name]) -> tuple[_Clash, ...]:
    """The names that a message may not take, for others hold them (1..n): its own unless those behind it alone are."""
    named: list[_Clash] = [(message.standard, message.reference)] if message.holds_reference else []
    named += [(one.standard, one.reference) for one in message.held_behind]
    found = tuple(one for one in named if (message.sender, *one) in held)
    return found or ((message.standard, message.reference),)


def _unused(message: NewMessage, uses: Collection[_Clash]) -> _Clash:
    """The name of the next use of a message's reference."""
    names = [(message.standard, use_name(message.reference or "", use + 1)) for use in range(MOST_USES)]
    last = max((place for place, one in enumerate(names) if one in uses), default=-1)
    return next(one for one in (*names[last + 1 :], *names) if one not in uses)


def _nearest(uses: Mapping[_Clash, Use], days: Use) -> str | None:
    """The name of the use that is nearest to some days; of those that cannot be told by days the latest."""
    between = {one: gap for one, use in uses.items() if (gap := apart(use, days)) is not None}
    if between:
        return min(between, key=lambda one: (between[one], one[1] or ""))[1]
    return max(uses, key=lambda one: (uses[one].last or date.min, len(one[1] or ""), one[1] or ""))[1]


def _lock_order(message: NewMessage) -> tuple[str, str, str, bytes]:
    """The one order in which every committer takes identities, so that none waits in a ring."""
    reference = message.reference if message.holds_reference else None
    return message.sender, message.standard or "", reference or "", message.content_mac
