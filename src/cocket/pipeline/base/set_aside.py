# SPDX-License-Identifier: Apache-2.0
"""What cannot be worked on is set aside, so that the rest goes on: telling whose fault an error is, finding the culprit
among many, and sealing that it was set aside.

An *outage* is nobody's fault among the things worked on: the same work is done later, and nothing is set aside. Any other
error is laid to what was worked on, also where a defect of the program shows with it alone.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from cocket.errors import CocketError, PartnerError, RefusedDataError, SettingsError, StoreError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import role_of
from cocket.pipeline.base.sealing import Sealer
from cocket.stores import NewRecord, SetAside
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import State, StoredSetAside

T = TypeVar("T")

#: Kinds of the sealed records: that something was set aside, is to be tried again, was worked on, was closed without.
SET_ASIDE, RETRY, WORKED, CLOSED = "set-aside", "set-aside-retry", "set-aside-worked", "set-aside-closed"

#: Codes of errors of the stores that are about one stored thing, though the database answers.
_OF_ONE_THING = frozenset({"content-altered"})

#: Longest words that are kept of an error (characters).
_LONGEST = 300

#: If this many things fail alike and nothing works, it is not the things (count).
ALIKE = 3

#: Kind of a thing set aside: a message, or a number of records, whose keys are lost.
LOST: Final = "lost"

#: Kinds that are not tried again by the house, and what to do instead.
NO_RETRY: Final = {
    "answered": "The sender was informed at once; have it send the message again.",
    LOST: "It cannot be decrypted. Ask its sender to send it again, then close it.",
    "leaf": "Restore what it sealed, and the log continues by itself: a leaf that is missing with cocket ledger reimport. One that "
    "was altered can be accepted as it is: cocket set-aside leaf.",
}


class SetAsideView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing set aside, as an operator sees it.

    Attributes:
        id: Its id here.
        role: Role that could not work on it, as it is shown.
        kind: What it is: message, record, recall, device-message, device, …
        subject: Its id or name within its kind.
        message: Id of the message; None if it is none.
        consignment: Id of the dossier; None if it is none.
        leaf: Index of its leaf; None if it has none.
        what: What it is, in words.
        code: Code of the error.
        reason: Why, in words.
        first: When it was set aside first (UTC).
        last: When it was tried or dealt with last (UTC).
        attempts: How often it failed (count).
        state: waiting, retrying, worked, closed.
        can_retry: Whether it can be tried again now.
    """

    id: str
    role: str
    kind: str
    subject: str
    message: str | None
    consignment: str | None
    leaf: int | None
    what: str
    code: str
    reason: str
    first: datetime
    last: datetime
    attempts: int
    state: State
    can_retry: bool


class StandstillError(StoreError):
    """A role cannot go on: whatever it works on fails alike, so that nothing is set aside."""

    code = "stands-still"


class Reason(NamedTuple):
    """Why something was set aside.

    Attributes:
        code: Code of the error; `defect` for one of the program.
        words: In words, without what a message says.
        mark: The same for the same error (16 hexadecimal digits).
    """

    code: str
    words: str
    mark: str


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be set aside.

    Attributes:
        kind: What it is, as in `StoredSetAside`.
        subject: Its id or name within its kind.
        what: What it is, in words.
        about: Message or consignment; None if about none.
        leaf: Index of its leaf; None if it has none.
        content: Bytes to work on again, of what is sealed nowhere else; None if there are none.
        keys: Keys of the dossiers that it would have gone to (0..n).
    """

    kind: str
    subject: str
    what: str
    about: UUID | None = None
    leaf: int | None = None
    content: bytes | None = None
    keys: tuple[tuple[str, str], ...] = ()


class SealedSetAside(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that something was set aside, or of what became of it.

    Attributes:
        id: Id of the item.
        role: Role that could not work on it, by its sealed name.
        kind: What it is.
        subject: Its id or name.
        leaf: Index of its leaf; None if it has none.
        what: What it is, in words.
        code: Code of the error.
        reason: Why it was set aside, or why an officer acted so, in words.
        content: Its bytes, where they are sealed nowhere else; None otherwise.
    """

    id: str
    role: str
    kind: str
    subject: str
    leaf: int | None
    what: str
    code: str
    reason: str
    content: bytes | None = None


def is_outage(error: Exception) -> bool:
    """Whether an error is of the house or its surroundings, so that the same work may succeed later."""
    if isinstance(error, StoreError):
        return not isinstance(error, RefusedDataError) and error.code not in _OF_ONE_THING
    return isinstance(error, OSError | SettingsError | PartnerError)


def reason_of(error: Exception) -> Reason:
    """Why something failed, in words that hold nothing of a foreign error's text."""
    where = _where(error)
    mark = hashlib.sha256(f"{type(error).__name__} {getattr(error, 'code', '')} {where}".encode()).hexdigest()[:16]
    if isinstance(error, CocketError):
        return Reason(error.code, plain(error.message), mark)
    return Reason("defect", f"Internal error: {type(error).__name__} in {where} (mark {mark}).", mark)


def plain(text: str) -> str:
    """A text as the database can keep it, whatever it holds, and not longer than words should be."""
    kept = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return kept if len(kept) <= _LONGEST else f"{kept[: _LONGEST - 1]}…"


def culprits(items: Sequence[T], attempt: Callable[[Sequence[T]], object]) -> list[tuple[T, Exception]]:
    """Work on things together, and where that fails, on ever fewer, until those at fault stand alone.

    Args:
        items: Things to work on (0..n), in order.
        attempt: Works on some, wholly or not at all; in order, and on none again that it worked on.

    Returns:
        Those that fail alone, each with its error, in order (0..n).

    Raises:
        CocketError: An outage; what was worked on before stays so.
    """
    if not items:
        return []
    try:
        attempt(items)
    except Exception as error:
        if is_outage(error):
            raise
        if len(items) == 1:
            return [(items[0], error)]
    else:
        return []
    middle = (len(items) + 1) // 2
    return [*culprits(items[:middle], attempt), *culprits(items[middle:], attempt)]


def refuse_if_all(role: str, found: Sequence[tuple[T, Exception]], count: int) -> None:
    """Stand still where everything failed, and alike: then it is hardly the things.

    Args:
        role: Who works.
        found: What `culprits` found.
        count: How many things were worked on.

    Raises:
        StandstillError: They did.
    """
    if len(found) == count >= ALIKE and len({reason_of(error).mark for _, error in found}) == 1:
        raise standstill(role, found[0][1])


def standstill(role: str, error: Exception) -> StandstillError:
    """What a role says that cannot go on."""
    made = StandstillError(
        f"The {role} role is stalled: everything it processes fails in the same way. {reason_of(error).words}",
        hint="Nothing was set aside. Fix the common cause; processing continues by itself.",
    )
    made.__cause__ = error
    return made


def put_aside(connection: Connection, sealer: Sealer, role: str, thing: Thing, error: Exception) -> NewRecord:
    """Set a thing aside; the record is to be appended as the last act of the transaction.

    Args:
        connection: The transaction.
        sealer: Makes the record.
        role: Who could not work on it, by its sealed name.
        thing: What it is.
        error: Why.
    """
    at, reason = datetime.now(UTC), reason_of(error)
    known = SetAside().find(connection, role, thing.kind, thing.subject)
    row = StoredSetAside(
        id=known.id if known else new_id(),
        role=role,
        kind=thing.kind,
        subject=thing.subject,
        about=thing.about,
        leaf=thing.leaf,
        what=plain(thing.what),
        code=reason.code,
        reason=reason.words,
        mark=reason.mark,
        first=at,
        last=at,
        content=thing.content,
    )
    record = seal(sealer, SET_ASIDE, role, row, reason.words)
    row = msgspec.structs.replace(row, record=record.leaf.record, content=None)
    SetAside().put(connection, row, thing.keys)
    return record


def seal(sealer: Sealer, kind: str, actor: str, row: StoredSetAside, reason: str) -> NewRecord:
    """The record of what became of a thing set aside; it holds the bytes that are kept nowhere else."""
    body = SealedSetAside(
        id=str(row.id),
        role=row.role,
        kind=row.kind,
        subject=row.subject,
        leaf=row.leaf,
        what=row.what,
        code=row.code,
        reason=reason,
        content=row.content,
    )
    return sealer.record(kind, actor, body, about=row.about)


class _Content(msgspec.Struct, frozen=True):
    content: bytes | None = None


def content_of(body: bytes | None) -> bytes | None:
    """The bytes that the newest sealed record of a thing set aside holds; None if it holds none, or there is none."""
    return msgspec.json.decode(body, type=_Content).content if body else None


def _where(error: Exception) -> str:
    """The innermost function of ours that an error, or the one behind it, came out of."""
    first: BaseException = error
    while first.__cause__ is not None:
        first = first.__cause__
    frames = traceback.walk_tb(first.__traceback__)
    ours = [f"{name}.{frame.f_code.co_name}" for frame, _ in frames if (name := _module(frame.f_globals))]
    return ours[-1] if ours else "an unknown place"


def _module(names: dict[str, object]) -> str:
    name = str(names.get("__name__", ""))
    return name if name.startswith("cocket.") else ""


def view_of(row: StoredSetAside) -> SetAsideView:
    """A thing as it is shown."""
    return SetAsideView(
        id=str(row.id),
        role=role_of(row.role),
        kind=row.kind,
        subject=row.subject,
        message=str(row.about) if row.about and row.kind in ("message", "answered", LOST) else None,
        consignment=str(row.about) if row.about and row.kind == "recall" else None,
        leaf=row.leaf,
        what=row.what,
        code=row.code,
        reason=row.reason,
        first=row.first,
        last=row.last,
        attempts=row.attempts,
        state=row.state,
        can_retry=row.state == "waiting" and row.kind not in NO_RETRY,
    )
