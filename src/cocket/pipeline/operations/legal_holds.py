# SPDX-License-Identifier: Apache-2.0
"""Legal holds: what must be kept whatever its period says, by order of a court, an authority or counsel.

A hold is on one thing, on a party or a sender with all that is theirs, on accesses, or on everything; what comes later is under it too.
It beats every period, and `cocket erase` with it. It ends when it is released, never by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import AccessRecord
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.marks import value_of
from cocket.stores.base.database import Connection
from cocket.stores.operations.retention import EVERYTHING, HoldTarget, RetentionRows, access_day_id

#: Kind of the case file and record of a hold.
LEGAL_HOLD: Final = "legal-hold"

TargetKind = Literal["consignment", "message", "report", "party", "sender", "accesses", "account", "case", "everything"]

TARGETS: Final[tuple[TargetKind, ...]] = get_args(TargetKind)

#: Accesses that are opened at once (count), and how.
_AT_A_TIME: Final = 1_000
_READ: Final = msgspec.json.Decoder(AccessRecord)

#: Days that one hold on accesses is on at most (count).
_MOST_DAYS: Final = 36_525

_LONGEST_NAME: Final = 100
_LONGEST: Final = 1000


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold; also its sealed record.

    Attributes:
        name: By which people know it, such as the number of a court's order.
        target: What kind of thing it is on.
        value: Its id, the number or name of a party, sender or account, a case as it was named with accesses, or for accesses a day
            (UTC) or two with `..` between; empty for everything.
        ground: Why, and who ordered it.
        by: Who placed it.
        placed: When, UTC.
        review_on: Day on which somebody is to ask whether it is still needed; None for none. It does not end then.
        state: Whether it is in force.
        released_by: Who released it; None while it is in force.
        released: When, UTC; None while it is in force.
        reason: Why it was released; empty while it is in force.
    """

    name: str
    target: TargetKind
    value: str
    ground: str
    by: str
    placed: datetime
    review_on: date | None = None
    state: Literal["in-force", "released"] = "in-force"
    released_by: str | None = None
    released: datetime | None = None
    reason: str = ""


class LegalHolds:
    """Keeping holds, on a transaction of the caller.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._files = DocumentFiles(stores)

    def place(self, connection: Connection, principal: Principal, wanted: LegalHold) -> LegalHold:
        """Place a hold; the last act of a transaction.

        Raises:
            SenderError: It says too little or is on nothing there is, or one of that name exists.
        """
        made = msgspec.structs.replace(
            _checked(wanted),
            by=principal.id,
            placed=datetime.now(UTC),
            state="in-force",
            released_by=None,
            released=None,
        )
        if made.target in ("consignment", "message", "report") and not self._covered(connection, made):
            raise SenderError(f"There is no such {made.target}.", code="hold-target", found=made.value)
        if made.target == "account" and made.value not in self._stores.people.names(connection):
            raise SenderError("There is no such account or key.", code="hold-target", found=made.value)
        if self._files.read(connection, LEGAL_HOLD, made.name, LegalHold, to_change=True) is not None:
            raise SenderError(f"There is a legal hold {made.name} already.", code="hold-known")
        self._files.keep(connection, LEGAL_HOLD, made.name, (made, principal), "in-force")
        return made

    def of(self, connection: Connection, name: str, *, to_change: bool = False) -> LegalHold:
        """One hold in force.

        Raises:
            SenderError: There is none of that name in force.
        """
        found = self._files.read(connection, LEGAL_HOLD, name, LegalHold, to_change=to_change)
        if found is None or found.state != "in-force":
            raise SenderError(f"There is no legal hold {name} in force.", code="hold-unknown", found=name)
        return found

    def release(self, connection: Connection, name: str, by: tuple[Principal, str], reason: str) -> LegalHold:
        """Release a hold; the last act of a transaction. `by` is who does it, and the names of all who answer for it.

        Raises:
            SenderError: There is none of that name in force.
        """
        found = self.of(connection, name, to_change=True)
        released = msgspec.structs.replace(
            found, state="released", released_by=by[1], released=datetime.now(UTC), reason=reason.strip()
        )
        self._files.keep(connection, LEGAL_HOLD, name, (released, by[0]), "released")
        return released

    def every(self, connection: Connection) -> tuple[LegalHold, ...]:
        """All holds as they were sealed last, those in force first, then last placed first (0..n).

        A row that was changed or removed by another hand ends no hold.
        """
        newest = {one.name: one for _, one in statements_of(self._stores, connection, LEGAL_HOLD, LegalHold)}
        placed = sorted(newest.values(), key=lambda one: one.placed, reverse=True)
        return tuple(sorted(placed, key=lambda one: one.state != "in-force"))

    def names_on(self, connection: Connection, things: Collection[UUID] | None = None) -> Held:
        """Which holds things are under: of these alone, where any are given."""
        in_force = [one for one in self.every(connection) if one.state == "in-force"]
        over_all = tuple(one.name for one in in_force if one.target == EVERYTHING)
        found: dict[UUID, tuple[str, ...]] = {}
        for one in in_force:
            for thing in self._covered(connection, one):
                if things is None or thing in things:
                    found[thing] = (*found.get(thing, ()), one.name)
        return Held(over_all, found)

    def _covered(self, connection: Connection, hold: LegalHold) -> set[UUID]:
        if hold.target == "accesses":
            first, last = days_of(hold.value)
            days = (date.fromordinal(one) for one in range(first.toordinal(), last.toordinal() + 1))
            return {access_day_id(one) for one in days}
        if hold.target == "case":
            return self._of_case(connection, hold.value)
        return RetentionRows().covered(connection, HoldTarget(hold.target, hold.value))

    def _of_case(self, connection: Connection, case: str) -> set[UUID]:
        """Days with an access for which a case was named. What an access says is encrypted, so each one is opened."""
        found: set[UUID] = set()
        below: int | None = None
        while True:
            looks, _, below = self._stores.leaves.records_below(
                connection, ("look", ""), below, (None, None), _AT_A_TIME
            )
            for leaf, body in looks:
                if _READ.decode(body).case == case:
                    found.add(access_day_id(leaf.at.astimezone(UTC).date()))
            if below is None:
                return found


class Held:
    """Holds by what they are on.

    Args:
        over_all: Names of holds on everything.
        found: Thing → names of the holds that it is under.
    """

    def __init__(self, over_all: tuple[str, ...], found: dict[UUID, tuple[str, ...]]) -> None:
        self._over_all = over_all
        self._found = found

    def on(self, thing: UUID) -> tuple[str, ...]:
        """Names of the holds that a thing is under (0..n)."""
        return (*self._over_all, *self._found.get(thing, ()))


def refuse_held(stores: Stores, connection: Connection, things: Sequence[UUID]) -> None:
    """See that nothing is erased that a legal hold is on.

    Raises:
        SenderError: One of these things is under a hold; the message names it.
    """
    held = LegalHolds(stores).names_on(connection, set(things))
    names = tuple(dict.fromkeys(name for thing in things for name in held.on(thing)))
    if names:
        raise SenderError(
            f"It is under the legal hold {', '.join(names)} and cannot be erased.",
            code="erasure-held",
            found=", ".join(names),
            hint="A hold beats every period; release it first if it is no longer needed: cocket retention release.",
        )


def days_of(text: str) -> tuple[date, date]:
    """The first and the last of the days that a hold on accesses is on.

    Args:
        text: A day, or two with `..` between.

    Raises:
        SenderError: It is neither, the last is before the first, or they are more than a hundred years.
    """
    parts = [one.strip() for one in text.split("..")]
    try:
        first, last = date.fromisoformat(parts[0]), date.fromisoformat(parts[-1])
    except ValueError:
        first, last = date.max, date.min
    if len(parts) > 2 or not 0 <= (last - first).days < _MOST_DAYS:
        raise SenderError(
            "A hold on accesses is on a day such as 2026-03-01, or on days such as 2026-03-01..2026-03-31.",
            code="hold-days",
            found=text[:100],
        )
    return first, last


def _checked(wanted: LegalHold) -> LegalHold:
    """A hold with its words in order, or what is wrong with it."""
    name, ground, value = wanted.name.strip(), wanted.ground.strip(), wanted.value.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise SenderError("A legal hold needs a name of at most 100 characters.", code="hold-name")
    if not 0 < len(ground) <= _LONGEST:
        raise SenderError(
            "Give the ground of the hold, and who ordered it, in at most 1,000 characters.", code="hold-ground"
        )
    if wanted.target not in TARGETS:
        raise SenderError(
            "A hold is on a consignment, message, report, party, sender, on accesses of days, of an account or for a case, or on "
            "everything.",
            code="hold-target",
        )
    if wanted.target == EVERYTHING:
        value = ""
    elif not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise SenderError("Say what the hold is on.", code="hold-target")
    if wanted.target == "party":
        value = value_of(value)
    if wanted.target == "accesses":
        first, last = days_of(value)
        value = first.isoformat() if first == last else f"{first}..{last}"
    return msgspec.structs.replace(wanted, name=name, ground=ground, value=value)
