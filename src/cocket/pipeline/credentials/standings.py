# SPDX-License-Identifier: Apache-2.0
"""Standings of traders: taken in from a register, looked up by the assessment worker, suspended and restored. Each change is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from cocket.control.standing import Scope, Standing, Status, restore, suspend, trader_number
from cocket.governance import Context, Principal, Resource, disclose
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

KIND = "standing"


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """The standing of one trader; see `cocket.control.standing.Standing`.

    Attributes:
        id: Our id of its file.
        scheme: Programme.
        number: Number of the authorisation.
        trader: Number of the holder with customs.
        scopes: What it covers (1..n).
        offices: Offices at which it counts; none means everywhere.
        valid_from: First day.
        valid_to: Last day; None where no end is set.
        status: What counts today, a suspension made here included.
        suspended_by: Who suspended it here; None if nobody did.
        reason: Why it was suspended here, else why it does not hold by its source; None where nobody says.
        source: Where it comes from.
        changed: When it last changed here, UTC.
    """

    id: str
    scheme: str
    number: str
    trader: str
    scopes: tuple[Scope, ...]
    offices: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    status: Status
    suspended_by: str | None = None
    reason: str | None = None
    source: str
    changed: datetime


class StandingReport(msgspec.Struct, frozen=True, kw_only=True):
    """What taking in a register did.

    Attributes:
        new: Standings not known before (count).
        changed: Standings that changed (count).
        unchanged: Standings known as they are (count).
        absent: Names of standings here that the register no longer has, sorted (0..n); they stay as they were.
    """

    new: int
    changed: int
    unchanged: int
    absent: tuple[str, ...]


class OwnStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An authorisation of a trader's own, as its register says it.

    Attributes:
        scheme: Programme.
        number: Number of the authorisation.
        trader: Number of its holder.
        scopes: What it covers (1..n).
        offices: Offices at which it counts; none means the whole country.
        valid_from: First day.
        valid_to: Last day; None where no end is set.
        status: What the register says of it.
        source: Where it comes from.
    """

    scheme: str
    number: str
    trader: str
    scopes: tuple[Scope, ...]
    offices: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    status: Status
    source: str


def standing_names(standing: Standing) -> list[tuple[str, str]]:
    """The names by which a standing's file is found."""
    return [("trader", standing.trader), ("name", standing.name), ("number", standing.number)]


class Standings(Service):
    """Keeping standings."""

    def take_standings(self, principal: Principal, register: Sequence[Standing]) -> StandingReport:
        """Take in a register, all of it or nothing. A suspension made here stays until it is lifted here.

        Args:
            principal: Who brings it.
            register: Standings, each once.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "standing:set")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = {_standing(file).name: file for file in self._stores.case_files.of_kind(connection, KIND)}
            records, new = [], 0
            for given in register:
                file = known.pop(given.name, None)
                kept = _standing(file).suspension if file else None
                standing = msgspec.structs.replace(given, suspension=kept)
                if file is None or _standing(file) != standing:
                    records.append(self._keep_standing(connection, standing, file, (principal.id, now)))
                    new += file is None
            self._access.seal(connection, *records)
        return StandingReport(
            new=new,
            changed=len(records) - new,
            unchanged=len(register) - len(records),
            absent=tuple(sorted(known)),
        )

    def standings(self, principal: Principal, trader: str | None = None) -> tuple[StandingView, ...]:
        """Standings known here, by name; of one trader if a number is given.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "standing:read")
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, KIND)
            wanted = trader_number(trader) if trader else None
            files = [file for file in files if wanted in (None, _standing(file).trader)]
            self._access.seal(connection, self._access.record(principal, KIND, tuple(str(file.id) for file in files)))
        views = [_view(file) for file in sorted(files, key=lambda file: _standing(file).name)]
        return tuple(disclose(principal, KIND, view) for view in views)

    def own_standings(self, principal: Principal) -> tuple[OwnStanding, ...]:
        """Authorisations of the senders that this principal speaks for by its own right, by scheme and number (0..n).

        They are found where the sender is the number of the trader with customs, and given as their register says: what an officer
        here holds against one is not told. The look is sealed.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        asking = msgspec.structs.replace(principal, senders=principal.by_right)
        with self._stores.database.transaction() as connection:
            own = [one for one in asking.senders if self._access.may(asking, "contest:read-own", Resource(sender=one))]
            if not own:
                self._access.require(asking, "contest:read-own", Resource())
            found = standings_by_trader(
                self._stores, connection, {number for one in own if (number := trader_number(one))}
            )
            shown = [
                OwnStanding(
                    scheme=one.scheme,
                    number=one.number,
                    trader=one.trader,
                    scopes=one.scopes,
                    offices=one.offices,
                    valid_from=one.valid_from,
                    valid_to=one.valid_to,
                    status=one.status,
                    source=one.source,
                )
                for several in found.values()
                for one in several
            ]
            if shown:
                names = tuple(f"{one.scheme}/{one.number}" for one in shown)
                self._access.seal(connection, self._access.record(asking, "own standings", names))
        return tuple(sorted(shown, key=lambda one: (one.scheme, one.number)))

    def suspend_standing(self, principal: Principal, name: str, reason: str) -> StandingView:
        """Suspend a standing; every assessment from now on heeds it.

        Args:
            principal: Who does it.
            name: `scheme/number`, or the number where one scheme alone has it.
            reason: Why, in words.

        Raises:
            NotFoundError: There is no such standing.
            PolicyError: The principal may not.
            SenderError: It is suspended here already, or no reason is given.
        """
        self._access.require(principal, "standing:set", context=Context(reason=reason))
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            file = self._named_standing(connection, name)
            changed = suspend(_standing(file), now, principal.id, reason)
            return self._change_standing(connection, changed, file, (principal.id, now))

    def restore_standing(self, principal: Principal, name: str) -> StandingView:
        """Lift a suspension that was made here.

        Raises:
            NotFoundError: There is no such standing.
            PolicyError: The principal may not.
            SenderError: It is not suspended.
        """
        self._access.require(principal, "standing:set")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            file = self._named_standing(connection, name)
            return self._change_standing(connection, restore(_standing(file)), file, (principal.id, now))

    def _change_standing(
        self, connection: Connection, standing: Standing, file: StoredCaseFile, by: tuple[str, datetime]
    ) -> StandingView:
        record = self._keep_standing(connection, standing, file, by)
        self._access.seal(connection, record)
        return _view(msgspec.structs.replace(file, body=record.body, changed=by[1]))

    def _keep_standing(
        self, connection: Connection, standing: Standing, file: StoredCaseFile | None, by: tuple[str, datetime]
    ) -> NewRecord:
        """Write a standing down; the record that seals it."""
        actor, now = by
        file_id: UUID = file.id if file else new_id()
        record = self._stores.sealer.record(KIND, actor, standing, about=file_id, at=now)
        kept = StoredCaseFile(
            id=file_id,
            kind=KIND,
            state=standing.standing_now,
            opened=file.opened if file else now,
            changed=now,
            body=record.body,
        )
        self._stores.case_files.put(connection, kept, standing_names(standing))
        return record

    def _named_standing(self, connection: Connection, name: str) -> StoredCaseFile:
        by_name = self._stores.case_files.found_by(connection, KIND, [("name", name), ("number", name)])
        files = by_name.get(("name", name)) or by_name.get(("number", name)) or []
        if len(files) != 1:
            says = (
                f"There is no authorisation {name}." if not files else f"Several schemes have an authorisation {name}."
            )
            raise NotFoundError(says, hint="Give it as scheme/number.")
        file = self._stores.case_files.get(connection, files[0].id, to_change=True)
        if file is None:
            raise NotFoundError(f"There is no authorisation {name}.")
        return file


def standings_by_trader(stores: Stores, connection: Connection, traders: Collection[str]) -> dict[str, list[Standing]]:
    """Standings of some traders as they are at this moment.

    Args:
        shelves: The stores.
        connection: The transaction.
        traders: Numbers with customs, as `cocket.control.standing.trader_number` gives them.

    Returns:
        Number → standings, valid or not; traders without any are left out.
    """
    if not traders:
        return {}
    found = stores.case_files.found_by(connection, KIND, [("trader", trader) for trader in traders])
    return {trader: [_standing(file) for file in files] for (_, trader), files in found.items()}


def _standing(file: StoredCaseFile) -> Standing:
    return msgspec.json.decode(file.body, type=Standing)


def _view(file: StoredCaseFile) -> StandingView:
    standing = _standing(file)
    return StandingView(
        id=str(file.id),
        scheme=standing.scheme,
        number=standing.number,
        trader=standing.trader,
        scopes=standing.scopes,
        offices=standing.offices,
        valid_from=standing.valid_from,
        valid_to=standing.valid_to,
        status=standing.standing_now,
        suspended_by=standing.suspension.by if standing.suspension else None,
        reason=standing.suspension.reason if standing.suspension else standing.status_reason,
        source=standing.source,
        changed=file.changed,
    )
