# SPDX-License-Identifier: Apache-2.0
"""What contests and questions have in common: case files with papers, found by their names, each step sealed as it is kept.

Both pass between a trader and customs under a clock; the trader sees his own, officers those of dossiers that they may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from hashlib import sha256
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from cocket.errors import StoreError
from cocket.governance import Principal, Resource
from cocket.governance.contest import Contest, Paper
from cocket.governance.question import Question
from cocket.pipeline.base.access import Access, NotFoundError
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id, read_body
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.evidence_files import CheckedFile, blob_of, evidence_record, kept_blob
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Contests or questions of one list (count).
PAGE: Final = 100

_Letter = TypeVar("_Letter", Contest, Question)


class Waiting(Protocol):
    """A line of a list of contests or questions."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def is_overdue(self) -> bool:
        """Whether it waits longer than it may."""

    @property
    def due(self) -> date:
        """Last day to answer."""


_Line = TypeVar("_Line", bound=Waiting)


class Correspondence(Generic[_Letter]):
    """Keeping, finding and giving out the letters of one kind.

    Args:
        stores: The stores of this process.
        access: What decides on them and records looks.
        kind: Kind of their sealed records and case files: `contest` or `question`.
        form: What their body is.
        names: The names by which the file of one is found.
    """

    def __init__(
        self,
        stores: Stores,
        access: Access,
        kind: str,
        form: type[_Letter],
        names: Callable[[_Letter], set[tuple[str, str]]],
    ) -> None:
        self._stores = stores
        self._access = access
        self._kind = kind
        self._form: type[_Letter] = form
        self._names: Callable[[_Letter], set[tuple[str, str]]] = names
        self._files = DocumentFiles(stores)

    def keep(self, connection: Connection, letter: _Letter, who: str, *before: NewRecord) -> None:
        """Keep one as it stands and seal it, after other records of the same act; the last act of a transaction."""
        place = Place(
            state=letter.state,
            consignment=UUID(letter.consignment) if letter.consignment else None,
            office=letter.office,
            names=tuple(sorted(self._names(letter))),
        )
        record = self._files.write(connection, self._kind, letter.id, (letter, who), place)
        self._access.seal(connection, *before, *((record,) if record is not None else ()))

    def one(self, connection: Connection, letter_id: str, *, to_change: bool = False) -> _Letter:
        """One by its id. `to_change` lets others wait until the transaction ends.

        Raises:
            NotFoundError: There is none.
        """
        wanted = parse_id(letter_id)
        place = file_id(self._kind, str(wanted))
        file = self._stores.case_files.get(connection, place, to_change=to_change) if wanted else None
        if file is None:
            raise self.missing()
        return self._read(file)

    def missing(self) -> NotFoundError:
        """What is said of one that is not there, or not for whoever asks."""
        if self._kind == "contest":
            return NotFoundError("There is no such contest.")
        return NotFoundError("There is no such question.")

    def found_by(self, connection: Connection, name: str, values: Iterable[str]) -> list[_Letter]:
        """Those found by a name, such as `sender`, of any of some values; those of one value the oldest first (0..n)."""
        keys = [(name, value) for value in values]
        found = self._stores.case_files.found_by(connection, self._kind, keys) if keys else {}
        return [self._read(file) for files in found.values() for file in files]

    def own(self, connection: Connection, principal: Principal, is_own: Callable[[_Letter], bool]) -> list[_Letter]:
        """Those of the senders that a principal speaks for (0..n). The look is sealed.

        Raises:
            PolicyError: He speaks for no trader.
        """
        action = f"{self._kind}:read-own"
        if not any(self._access.may(principal, action, Resource(sender=one)) for one in principal.senders):
            self._access.require(principal, action, Resource())
        mine = [one for one in self.found_by(connection, "sender", sorted(set(principal.senders))) if is_own(one)]
        self.look(connection, principal, f"own {self._kind}s", [one.id for one in mine])
        return mine

    def _read(self, file: StoredCaseFile) -> _Letter:
        form: type[_Letter] = self._form
        return read_body(file, form)

    def look(self, connection: Connection, principal: Principal, what: str, subjects: Iterable[str]) -> None:
        """Seal the look at some (0..n); one at none is none."""
        if seen := tuple(subjects):
            self._access.seal(connection, self._access.record(principal, what, seen))

    def newest(
        self, connection: Connection, states: Iterable[str], offices: Iterable[tuple[str, ...]], most: int
    ) -> list[StoredCaseFile]:
        """Files of some states, the last changed first (0..n).

        Args:
            connection: The transaction.
            states: The states.
            offices: Whose: of some offices, or of all by none. Of each so many, so that those of one do not push out another's.
            most: How many of each state at most (count).
        """
        found = {
            file.id: file
            for some in offices
            for state in states
            for file in self._stores.case_files.page(connection, (self._kind, state), some, (0, most))
        }
        return sorted(found.values(), key=lambda one: one.changed, reverse=True)

    def add_paper(
        self,
        connection: Connection,
        who: str,
        letter: _Letter,
        checked: CheckedFile,
        add: Callable[[_Letter, Paper], _Letter],
    ) -> _Letter:
        """One with a paper more, kept; nothing of the paper is left where it cannot be.

        Args:
            connection: The transaction.
            who: Who sent it.
            letter: As it stands.
            checked: The paper.
            add: What adds it, or refuses; where it gives back the same the paper was there already.

        Raises:
            StoreError: It could not be kept.
        """
        record, body = evidence_record(self._stores, who, checked, letter.id, file_id(self._kind, letter.id))
        paper = Paper(
            record=str(record.leaf.record),
            name=body.name,
            sha256=body.sha256,
            type=checked.type,
            size=len(checked.new.content),
        )
        changed = add(letter, paper)
        if changed != letter:
            with kept_blob(self._stores, record, checked):
                self.keep(connection, changed, who, record)
        return changed

    def paper(
        self, connection: Connection, principal: Principal, letter: _Letter, record_id: str, look: str
    ) -> tuple[str, bytes]:
        """A paper: its name and its bytes as they were taken. The look is sealed, as `look`.

        Raises:
            NotFoundError: There is no such paper.
            LostError: It is no longer where it was kept.
            StoreError: It was altered.
        """
        wanted = parse_id(record_id)
        told = next((one for one in letter.papers if wanted is not None and one.record == str(wanted)), None)
        if told is None or wanted is None:
            raise NotFoundError("There is no such paper.")
        content = blob_of(self._stores, connection, wanted, "original")
        if sha256(content).hexdigest() != told.sha256:
            raise StoreError("The file is not the one that was sealed: it was altered.", code="content-altered")
        self.look(connection, principal, look, (letter.id, told.record))
        return told.name, content


def overdue_first(lines: Iterable[_Line]) -> list[_Line]:
    """Open ones in the order in which they are worked on: those overdue, then those due first."""
    return sorted(lines, key=lambda one: (not one.is_overdue, one.due, one.id))


def counted(lines: Iterable[Waiting]) -> tuple[int, int]:
    """How many there are, and how many of them are overdue."""
    every = list(lines)
    return len(every), sum(one.is_overdue for one in every)
