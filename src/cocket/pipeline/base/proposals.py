# SPDX-License-Identifier: Apache-2.0
"""How proposals are kept: a case file each, whose every step is a sealed record; and what a topic says of its own acts.

Any topic whose acts may need a second person says so by a `Deed`; `cocket.pipeline.governance.second_person` keeps them waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, runtime_checkable
from uuid import UUID

import msgspec

from cocket.errors import RowDiffersError, SenderError
from cocket.governance import Context, Principal
from cocket.governance.proposals import UNDECIDED, Proposal, ProposalState, digest_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import pack, unpack
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.governance.people import newest_records_about

#: Kind of case file, and of the record that seals each step.
KIND: Final = "proposal"

#: Kind of the record that seals, once, the file that a proposal is about.
FILE_KIND: Final = "proposed-file"

#: Names in `after` of the sealed record of a file, and of the SHA-256 of its bytes.
FILE, FILE_DIGEST = "file", "sha256"

#: Word of the setting `second_person_for` → the kinds of act it asks a second person for.
#: Of access: `account` makes one or changes it, `password` gives a new temporary one, `enable` lets somebody sign in again,
#: `factor` takes lost second factors away, `key` gives a key, `senders` sets for whom a key may send. Of the law: `tariff`,
#: `rates` (of exchange), `permit-matrix` put a file in force, `codes` an edition of a code list, `codes-removed` removes one.
#: `list` imports a list for screening, `office` sets places and calendar of a customs office, `override` gives a consignment a
#: milder lane. `model` gives a model a role, `model-back` lets the champion before speak again. `set-aside` closes a thing
#: without working on it, `set-aside-lost` all that was lost with its keys. `policy` puts a policy in force. `rule-publish` lets a
#: rule count, `rule-end` ends one that counts before its last day. `retention-erasure` erases what is due, `erasure` a thing by
#: order. `link-part` takes a paper out of a dossier, `link-join` joins two, `link-undo` takes either back.
#: `intelligence-end` ends a report that asks for a lane. `pilot-change` changes the protocol of a pilot, `pilot-stop` stops one.
#: `intelligence-end` ends a report that asks for a lane. `lesson-share` gives a use case to other administrations, `lesson-year`
#: publishes what was learnt in a year. `hold-override` ends another agency's hold.
#: `joint-use` lets a table of partners move scores, `joint-end` ends that.
SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "access": ("account", "password", "enable", "factor", "key", "senders"),
    "law": ("tariff", "rates", "permit-matrix"),
    "codes": ("codes", "codes-removed"),
    "lists": ("list",),
    "offices": ("office",),
    "overrides": ("override",),
    "retention": ("retention-schedule", "retention-erasure", "hold-release", "erasure"),
    "agreements": ("agreement", "agreement-end"),
    "models": ("model", "model-back"),
    "set-aside": ("set-aside", "set-aside-lost"),
    "policies": ("policy",),
    "rules": ("rule-publish", "rule-end"),
    "holds": ("hold-override",),
    "links": ("link-part", "link-join", "link-undo"),
    "intelligence": ("intelligence-end",),
    "trials": ("pilot-change", "pilot-stop"),
    "lessons": ("lesson-share", "lesson-year"),
    "joint": ("joint-use", "joint-end"),
}

#: Kinds that two persons answer for whatever the setting says.
ALWAYS: Final[frozenset[str]] = frozenset(
    {
        "policy",
        "rule-publish",
        *SUBJECTS["retention"],
        *SUBJECTS["agreements"],
        *SUBJECTS["lessons"],
        *SUBJECTS["joint"],
        *SUBJECTS["holds"],
    }
)

#: Kinds that may make a secret, which is shown to whoever approves last and to nobody else.
SECRET_MAKING: Final[frozenset[str]] = frozenset({"account", "password", "key"})

_SUBJECT_OF: Final = {kind: subject for subject, kinds in SUBJECTS.items() for kind in kinds}

#: States of a case file of something that may still be decided; proposals of an earlier form wait as `waiting`.
_WAITING: Final = (*UNDECIDED, "waiting")

#: States of one that nothing comes of any more; `done` and `declined` are of the earlier form.
_CLOSED: Final = ("refused", "expired", "withdrawn", "stale", "applied", "done", "declined")

#: Makes a key of its name, as its holder presents it.
MakeKey = Callable[[str], str]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits.

    Attributes:
        proposal: It, with its id and digest.
        may_approve: Whether the reader may approve or refuse it, or carry out what is approved.
        may_withdraw: Whether he proposed it.
    """

    proposal: Proposal
    may_approve: bool = False
    may_withdraw: bool = False


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

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """What the act would change as it stands now, by name (0..n): if that changes, an approval no longer holds."""

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done as things stand.

        Raises:
            SenderError: It could not.
        """

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it.

        Args:
            wanted: The act, with who proposed and who approved it.
            principal: Who carries it out: the last who approved it, or who does it alone.
            content: The file it is about, as sealed; None without one.
            make_key: Makes a key of its name.

        Returns:
            The secret that was made, to be shown once; None where none was.
        """


@runtime_checkable
class ShowsTexts(Protocol):
    """A deed whose acts put a text in force that is to be read before it is approved."""

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str] | None:
        """What is in force as it stood when it was proposed, and what is wanted, in full; "" for nothing; None where this act has none.

        Raises:
            CocketError: It can no longer be read.
        """


@runtime_checkable
class KnowsDone(Protocol):
    """A deed that can tell after a crash whether an act was carried out and only its end was not written down."""

    def is_done(self, connection: Connection, wanted: Proposal) -> bool:
        """Whether it was carried out under this very proposal."""


@runtime_checkable
class KnowsEarlier(Protocol):
    """A deed whose acts waited otherwise before they were proposed."""

    def sent_before(self, connection: Connection) -> Iterator[tuple[str, Proposal]]:
        """What waited so, as proposals with what they would change, each with who sent it (0..n)."""


def needs_second(stores: Stores, kind: str) -> bool:
    """Whether two persons answer for acts of a kind here."""
    return kind in ALWAYS or _SUBJECT_OF[kind] in stores.settings.second_person_for.split()


def deed_of(deeds: Mapping[str, Deed], kind: str) -> Deed:
    """Whose act it is."""
    return deeds[_SUBJECT_OF[kind]]


def keep_proposal(stores: Stores, connection: Connection, proposal: Proposal, by: tuple[str, datetime]) -> NewRecord:
    """Write down how a proposal stands; and the record that seals it."""
    actor, now = by
    identity = UUID(proposal.id)
    record = stores.sealer.record(KIND, actor, proposal, about=identity, at=now)
    file = StoredCaseFile(
        id=identity, kind=KIND, state=proposal.state, opened=proposal.proposed or now, changed=now, body=record.body
    )
    stores.case_files.put(connection, file)
    return record


def undecided_proposals(stores: Stores, connection: Connection) -> tuple[Proposal, ...]:
    """Proposals that something may still come of, last changed first (0..n)."""
    files = stores.case_files.of_kind(connection, KIND, _WAITING)
    return tuple(_read(file) for file in newest_files(stores, connection, files))


def closed_proposals(stores: Stores, connection: Connection, most: int) -> tuple[Proposal, ...]:
    """Proposals that nothing comes of any more, the last closed first (0..most)."""
    found = [file for state in _CLOSED for file in stores.case_files.page(connection, (KIND, state), (), (0, most))]
    newest = sorted(found, key=lambda one: one.changed, reverse=True)[:most]
    return tuple(_read(file) for file in newest_files(stores, connection, newest))


def proposal_of(stores: Stores, connection: Connection, identity: UUID, *, to_change: bool = False) -> Proposal | None:
    """One proposal; None if there is none. `to_change` locks it until the transaction ends.

    Raises:
        RowDiffersError: Its row is not what was sealed last.
    """
    file = stores.case_files.get(connection, identity, to_change=to_change)
    if file is None or file.kind != KIND:
        return None
    if not newest_files(stores, connection, [file]):  # another may have taken a step between the two reads
        file = stores.case_files.get(connection, identity, to_change=True)
    if file is None or not newest_files(stores, connection, [file]):
        raise RowDiffersError(
            f"The proposal {identity} is not what was sealed last; nothing was done.",
            pointer=f"case_file {identity}",
            hint="`cocket ledger audit --home HOME` shows what was sealed; --set-right repairs the row.",
        )
    return _read(file)


def newest_files(stores: Stores, connection: Connection, files: Collection[StoredCaseFile]) -> list[StoredCaseFile]:
    """Of files of proposals, those that are as they were sealed last; an older row that was put back is left out."""
    newest = newest_records_about(connection, [file.id for file in files])
    sealed = stores.leaves.bodies(connection, list(newest.values()))
    bodies = {thing: sealed[record][1] for thing, record in newest.items() if record in sealed}
    return [file for file in files if bodies.get(file.id) == file.body]


def file_of(stores: Stores, connection: Connection, wanted: Proposal) -> bytes | None:
    """The file that a proposal is about, as sealed; None without one.

    Raises:
        SenderError: It can no longer be read.
    """
    if FILE not in wanted.after:
        return None
    body = stores.leaves.body(connection, UUID(wanted.after[FILE]))
    if body is None:
        raise SenderError("The file of this proposal can no longer be read; send it again.", code="proposal-file")
    return unpack(msgspec.json.decode(body, type=SealedFile).content)


def seal_file(stores: Stores, name: str, content: bytes, actor: str, now: datetime) -> NewRecord:
    """The record that seals a file which somebody proposes to put in force."""
    return stores.sealer.record(FILE_KIND, actor, SealedFile(name=name, content=pack(content)), at=now)


def read_proposal(body: bytes, identity: UUID | None = None) -> Proposal:
    """A proposal as sealed, in the present form or the earlier one.

    Args:
        body: The sealed record.
        identity: Its id, which the earlier form does not hold.
    """
    if (earlier := msgspec.json.decode(body, type=_Earlier)).act is None:
        return msgspec.json.decode(body, type=Proposal)
    return _as_now(earlier, identity)


def state_in(body: bytes) -> str:
    """State of the case file of a sealed proposal, in either form."""
    return msgspec.json.decode(body, type=_State).state


class _State(msgspec.Struct, frozen=True):
    state: str = "open"


class _Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as it was sealed before proposals had a digest."""

    act: str | None = None
    name: str = ""
    shown: str = ""
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None
    fields: dict[str, str] = {}
    file: str | None = None
    sha256: str | None = None
    consignment: str | None = None
    lane: str | None = None
    why: str = ""
    state: str = "waiting"
    by: str = ""
    proposed: datetime | None = None
    decided_by: str | None = None
    decided: datetime | None = None
    reason: str = ""


_ENDS: Final[dict[str, ProposalState]] = {"waiting": "open", "done": "applied", "declined": "refused"}


def _as_now(earlier: _Earlier, identity: UUID | None) -> Proposal:
    """A proposal of the earlier form in the present one: nothing was kept of what it would change."""
    more: dict[str, Any] = {
        "shown": earlier.shown, "roles": " ".join(earlier.roles), "senders": " ".join(earlier.senders),
        "office": earlier.office, FILE: earlier.file, FILE_DIGEST: earlier.sha256, "lane": earlier.lane,
    }  # fmt: skip
    is_own = earlier.decided_by == earlier.by
    taken = Proposal(
        id=str(identity or ""),
        kind=earlier.act or "",
        subject=earlier.consignment or earlier.name,
        title=earlier.name if earlier.consignment else "",
        after={**earlier.fields, **{name: str(value) for name, value in more.items() if value}},
        reason=earlier.why,
        proposer=earlier.by,
        proposed=earlier.proposed,
        needs=0 if earlier.state == "done" and is_own else 1,
        state="withdrawn" if earlier.state == "declined" and is_own else _ENDS[earlier.state],
        closed=earlier.decided,
        closed_by=earlier.decided_by,
        outcome=earlier.reason,
    )
    return msgspec.structs.replace(taken, digest=digest_of(taken))


def _read(file: StoredCaseFile) -> Proposal:
    return read_proposal(file.body, file.id)
