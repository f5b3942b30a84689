# SPDX-License-Identifier: Apache-2.0
"""What one person proposes and another confirms: an act that waits, and how it ended. Each step is a sealed record.

Any topic whose acts may need a second person says so by a `Deed`; `cocket.pipeline.governance.second_person` keeps them waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal
from cocket.model.message import Lane
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import pack, unpack
from cocket.stores.control.case_files import StoredCaseFile

#: Kind of case file, and of the record that seals each step.
KIND: Final = "proposal"

#: Kind of the record that seals, once, the file that a proposal is about.
FILE_KIND: Final = "proposed-file"

#: Of access: `account` makes one or changes it, `password` gives a new temporary one, `enable` lets somebody sign in again,
#: `key` gives a key, `senders` sets for whom a key may send. Of the law: `tariff`, `rates` (of exchange), `permit-matrix` put a
#: file in force, `codes` an edition of a code list, `codes-removed` removes one. `list` imports a list for screening, `office`
#: sets places and calendar of a customs office, `override` gives a consignment a milder lane.
Act = Literal[
    "account", "password", "enable", "key", "senders", "tariff", "rates", "permit-matrix", "codes", "codes-removed", "list",
    "office", "override",
]  # fmt: skip

#: What policy asks a second person for → the acts of it.
SUBJECTS: Final[dict[str, tuple[Act, ...]]] = {
    "access": ("account", "password", "enable", "key", "senders"),
    "law": ("tariff", "rates", "permit-matrix"),
    "codes": ("codes", "codes-removed"),
    "lists": ("list",),
    "offices": ("office",),
    "overrides": ("override",),
}

_SUBJECT_OF: Final = {act: subject for subject, acts in SUBJECTS.items() for act in acts}

#: Makes a key of its name, as its holder presents it.
MakeKey = Callable[[str], str]


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An act that may need a second person, and how far it has got.

    Attributes:
        act: What is to be done.
        name: What it is about: an account, a key, a list, an office; the title of a consignment.
        shown: Name shown of an account; holder of a key; what a file holds, in words.
        roles: Roles given (0..n).
        senders: Senders that a key may speak for (0..n).
        office: Office that it is limited to, or that a consignment belongs to; None for none.
        fields: Further values by name (0..n), such as the places of an office.
        file: Id of the record that seals the file it is about; None without one.
        sha256: Of that file, hexadecimal; None without one.
        consignment: Dossier it is about; None for none.
        lane: Lane to be given; None where it is no override.
        why: Why it is proposed; empty where nothing asks for it.
        state: Whether it waits, was done, or was declined.
        by: Who proposed it.
        proposed: When, UTC.
        decided_by: Who confirmed or declined it; None while it waits.
        decided: When, UTC.
        reason: Why it was declined; empty else.
    """

    act: Act
    name: str
    shown: str = ""
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None
    fields: dict[str, str] = {}
    file: str | None = None
    sha256: str | None = None
    consignment: str | None = None
    lane: Lane | None = None
    why: str = ""
    state: Literal["waiting", "done", "declined"] = "waiting"
    by: str
    proposed: datetime
    decided_by: str | None = None
    decided: datetime | None = None
    reason: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits.

    Attributes:
        id: Its id.
        proposal: The act.
        may_confirm: Whether the reader may confirm it; else he proposed it, or it is about him.
        may_decline: Whether he may decline it, or take it back.
    """

    id: str
    proposal: Proposal
    may_confirm: bool = False
    may_decline: bool = False


class SealedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a file that a proposal is about: its name as uploaded, and its bytes, packed."""

    name: str
    content: bytes


class Deed(Protocol):
    """One topic's acts that may need a second person."""

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless policy lets this principal do it, in these circumstances.

        Raises:
            PolicyError: It does not.
        """

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done as things stand.

        Raises:
            SenderError: It could not.
        """

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it.

        Args:
            wanted: The act.
            principal: Who confirms it, or does it alone.
            content: The file it is about, as sealed; None without one.
            make_key: Makes a key of its name.

        Returns:
            The secret that was made, to be shown once; None where none was.
        """


def needs_second(stores: Stores, act: Act) -> bool:
    """Whether policy of the house asks for a second person in an act."""
    return _SUBJECT_OF[act] in stores.settings.second_person_for.split()


def keep_proposal(
    stores: Stores, connection: Connection, identity: UUID, proposal: Proposal, by: tuple[str, datetime]
) -> NewRecord:
    """Write a proposal down; and the record that seals it."""
    actor, now = by
    record = stores.sealer.record(KIND, actor, proposal, about=identity, at=now)
    file = StoredCaseFile(
        id=identity, kind=KIND, state=proposal.state, opened=proposal.proposed, changed=now, body=record.body
    )
    stores.case_files.put(connection, file)
    return record


def waiting_proposals(stores: Stores, connection: Connection) -> tuple[Waiting, ...]:
    """Proposals that wait for a second person, newest first (0..n)."""
    files = stores.case_files.of_kind(connection, KIND, ("waiting",))
    return tuple(Waiting(id=str(file.id), proposal=_read(file)) for file in files)


def waiting_proposal(stores: Stores, connection: Connection, identity: UUID) -> Proposal:
    """One that waits, locked until the transaction ends.

    Raises:
        SenderError: It does not wait, or there is none.
    """
    file = stores.case_files.get(connection, identity, to_change=True)
    if file is None or file.kind != KIND or file.state != "waiting":
        raise SenderError("This proposal is no longer waiting.", code="proposal-state")
    return _read(file)


def decided_proposals(stores: Stores, connection: Connection, most: int) -> tuple[Proposal, ...]:
    """Proposals that were done or declined, the last decided first (0..most)."""
    found = [
        file
        for state in ("done", "declined")
        for file in stores.case_files.page(connection, (KIND, state), (), (0, most))
    ]
    return tuple(_read(file) for file in sorted(found, key=lambda one: one.changed, reverse=True)[:most])


def file_of(stores: Stores, connection: Connection, wanted: Proposal) -> bytes | None:
    """The file that a proposal is about, as sealed; None without one.

    Raises:
        SenderError: It can no longer be read.
    """
    if wanted.file is None:
        return None
    body = stores.leaves.body(connection, UUID(wanted.file))
    if body is None:
        raise SenderError("The file of this proposal can no longer be read; send it again.", code="proposal-file")
    return unpack(msgspec.json.decode(body, type=SealedFile).content)


def seal_file(stores: Stores, name: str, content: bytes, actor: str, now: datetime) -> NewRecord:
    """The record that seals a file which somebody proposes to put in force."""
    return stores.sealer.record(FILE_KIND, actor, SealedFile(name=name, content=pack(content)), at=now)


def deed_of(deeds: Mapping[str, Deed], act: Act) -> Deed:
    """Whose act it is."""
    return deeds[_SUBJECT_OF[act]]


def _read(file: StoredCaseFile) -> Proposal:
    return msgspec.json.decode(file.body, type=Proposal)
