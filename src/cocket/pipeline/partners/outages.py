# SPDX-License-Identifier: Apache-2.0
"""The register of outages: each numbered and sealed, and quoted by what was taken in during it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import ReasonMissingError, SenderError
from cocket.governance import Context, Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.known_offices import check_offices
from cocket.pipeline.base.outage_files import OUTAGE, PROCEDURES, REGIMES, Outage, Regime
from cocket.pipeline.base.wiring import Stores

#: How long ago an outage may have begun that is entered: the house may have been down itself.
_LONGEST_AGO: Final = timedelta(days=60)

#: How far clocks may differ.
_SOON: Final = timedelta(minutes=5)

_MOST_SYSTEMS: Final = 20
_LONGEST_WORD: Final = 80
_LONGEST_REASON: Final = 400


class NewOutage(msgspec.Struct, frozen=True, kw_only=True):
    """An outage that is to be entered.

    Attributes:
        office: Office that it is at; empty for all.
        begins: When it began; None for now.
        systems: What is down (1..20).
        regimes: Procedure → regime; what is not named is captured later.
        reason: Why, in words.
    """

    office: str = ""
    begins: datetime | None = None
    systems: tuple[str, ...]
    regimes: dict[str, Regime] = {}
    reason: str


class Outages(Service):
    """Outages of the house's systems and lines.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def open_outage(self, principal: Principal, new: NewOutage) -> Outage:
        """Enter an outage, which allows to go on without the systems; sealed before it is returned.

        Raises:
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: What is given cannot be one, or there is no such office.
        """
        now = datetime.now(UTC)
        office = new.office.strip().upper()
        self._access.require(principal, "continuity:keep", kept_at(office), Context(reason=new.reason))
        systems = _words(new.systems)
        regimes = _regimes(new.regimes)
        begins = _utc(new.begins) if new.begins is not None else now
        if not now - _LONGEST_AGO <= begins <= now + _SOON:
            raise SenderError(
                f"An outage begins at most {_LONGEST_AGO.days} days ago and not in the future.", code="outage-begin"
            )
        if office and not (office.isascii() and office.isalnum() and len(office) <= 20):
            raise SenderError("The office is a code of letters and digits.", code="office", found=office[:40])
        reason = stated(new.reason)
        with self._stores.database.transaction() as connection:
            check_offices(self._stores, connection, [office] if office else [])
            self._stores.case_files.lock(connection, OUTAGE)
            stem = f"{office or 'ALL'}-{begins.year}-"
            taken = [one.id for one in self._files.every(connection, OUTAGE, Outage) if one.id.startswith(stem)]
            number = 1 + max((int(one.removeprefix(stem)) for one in taken), default=0)
            made = Outage(
                id=f"{stem}{number}",
                office=office,
                begins=begins,
                systems=systems,
                regimes=regimes,
                reason=reason,
                allowed_by=principal.id,
                at=now,
            )
            record = self._files.write(
                connection, OUTAGE, made.id, (made, principal.id), Place(state="open", office=office or None)
            )
            if record is not None:
                self._access.seal(connection, record)
        return made

    def close_outage(self, principal: Principal, outage_id: str, ends: datetime | None = None) -> Outage:
        """End an outage: what is taken in afterwards no longer quotes it. Sealed before it is returned.

        Args:
            principal: Who ends it.
            outage_id: Its number.
            ends: When it ended; None for now.

        Raises:
            NotFoundError: There is none that this principal may know of.
            PolicyError: The principal may not.
            SenderError: It has ended, or the moment is before its beginning or in the future.
        """
        now = datetime.now(UTC)
        wanted = outage_id.strip().upper()
        with self._stores.database.transaction() as connection:
            known = self._files.read(connection, OUTAGE, wanted, Outage, to_change=True)
            if known is None or not self._access.may(principal, "continuity:read", seen_at(known.office)):
                raise NotFoundError("There is no such outage.")
            self._access.require(principal, "continuity:keep", kept_at(known.office), Context(reason=known.reason))
            if known.ends is not None:
                raise SenderError("The outage has ended already.", code="outage-ended")
            end = _utc(ends) if ends is not None else now
            if not known.begins <= end <= now + _SOON:
                raise SenderError("An outage ends after it began, and not in the future.", code="outage-end")
            made = msgspec.structs.replace(known, ends=end, at=now)
            record = self._files.write(
                connection, OUTAGE, made.id, (made, principal.id), Place(state="ended", office=known.office or None)
            )
            if record is not None:
                self._access.seal(connection, record)
        return made

    def outages(self, principal: Principal) -> tuple[Outage, ...]:
        """Outages that this principal may know of, the newest first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "continuity:read", seen_at(principal.office or ""))
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, OUTAGE, Outage)
            found = [one for one in every if self._access.may(principal, "continuity:read", seen_at(one.office))]
            self._access.seal(connection, self._access.record(principal, "continuity", ("outages",)))
        return tuple(sorted(found, key=lambda one: (one.begins, one.id), reverse=True))


def seen_at(office: str) -> Resource:
    """What is read at an office; what is of all is read at each."""
    return Resource(offices=(office,)) if office else Resource(is_house_wide=True)


def kept_at(office: str) -> Resource:
    """What is changed at an office; what is of all is for those who are bound to none."""
    return Resource(offices=(office,)) if office else Resource()


def stated(words: str) -> str:
    """A reason in words, which is recorded.

    Raises:
        ReasonMissingError: None is given.
        SenderError: It is too long.
    """
    words = words.strip()
    if not words:
        raise ReasonMissingError("Give the reason; it is recorded under your name.")
    if len(words) > _LONGEST_REASON:
        raise SenderError(f"The reason has at most {_LONGEST_REASON} characters.", code="reason-long")
    return words


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _words(systems: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.strip() for one in systems if one.strip()))
    if not 1 <= len(found) <= _MOST_SYSTEMS or any(len(one) > _LONGEST_WORD or not one.isprintable() for one in found):
        raise SenderError(
            f"Name what is down: 1 to {_MOST_SYSTEMS} names of at most {_LONGEST_WORD} characters.",
            code="outage-systems",
        )
    return found


def _regimes(regimes: dict[str, Regime]) -> dict[str, Regime]:
    unknown = [one for one in regimes if one not in PROCEDURES] + [
        one for one in regimes.values() if one not in REGIMES
    ]
    if unknown:
        raise SenderError(
            "There is no such procedure or regime.",
            code="outage-regime",
            found=str(unknown[0])[:40],
            expected=", ".join((*PROCEDURES, *REGIMES)),
        )
    return dict(sorted(regimes.items()))
