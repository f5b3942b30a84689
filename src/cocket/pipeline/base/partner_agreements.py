# SPDX-License-Identifier: Apache-2.0
"""What leans on an agreement with a partner, and stops when it no longer holds.

An exchange with a partner leans on an agreement once any agreement names it, in whatever state that is: an agreement that
ended does not leave the exchange as free as if there had never been one. Policy of the house can ask for an agreement always.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SenderError
from cocket.governance.agreements import Agreement, standing_on
from cocket.pipeline.base.unopenable import statements_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kind of the case file and record of an agreement.
AGREEMENT: Final = "agreement"


class AgreementOverError(SenderError):
    """An exchange leans on an agreement that does not hold."""

    code = "agreement-over"


def governing(stores: Stores, connection: Connection, exchange: str, partner: str) -> Agreement | None:
    """The agreement under which something may be given to a partner today.

    Args:
        stores: The stores.
        connection: The transaction.
        exchange: What is given, of `cocket.governance.agreements.EXCHANGES`.
        partner: DID of the partner.

    Returns:
        The agreement that begins last of those in force; None where none was ever made and none is asked for.

    Raises:
        AgreementOverError: An agreement is needed, and none is in force; the message names the one that ended or will begin.
    """
    every = newest_agreements(stores, connection).values()
    named = [one for one in every if exchange in one.exchanges and one.partner == partner]
    return _in_force(stores, named, exchange, partner)


def named_agreement(stores: Stores, connection: Connection, exchange: str, name: str) -> Agreement | None:
    """The agreement of a name under which something may be given today; None where none is named and none is asked for.

    Raises:
        AgreementOverError: It is not in force, does not cover the exchange, or an agreement must be named.
    """
    if not name:
        return _in_force(stores, [], exchange, "")
    found = newest_agreements(stores, connection).get(name)
    if found is None:
        raise SenderError(f"There is no agreement {name}.", code="agreement-unknown", found=name)
    if exchange not in found.exchanges:
        raise AgreementOverError(f"The agreement {name} does not cover this exchange ({exchange}).", found=exchange)
    return _in_force(stores, [found], exchange, found.other)


def newest_agreements(stores: Stores, connection: Connection) -> dict[str, Agreement]:
    """The newest version of every agreement, by name, as it was sealed: a row that was changed or removed frees nothing."""
    return {one.name: one for _, one in statements_of(stores, connection, AGREEMENT, Agreement)}


def today_of(stores: Stores) -> date:
    """Today, in the zone of the administration."""
    return datetime.now(UTC).astimezone(ZoneInfo(stores.settings.time_zone)).date()


def _in_force(stores: Stores, named: list[Agreement], exchange: str, partner: str) -> Agreement | None:
    today = today_of(stores)
    holding = [one for one in named if standing_on(one, today) == "in-force"]
    if holding:
        return max(holding, key=lambda one: (one.begins, one.name))
    if named:
        last = max(named, key=lambda one: (one.ends or one.begins, one.name))
        raise AgreementOverError(f"{over_words(last, today)} Nothing is given under it ({exchange}).", found=last.name)
    if exchange in stores.settings.agreement_for.split():
        raise AgreementOverError(
            f"There is no agreement with {partner or 'the receiver'} that covers this exchange ({exchange}).",
            found=partner[:200] or None,
            hint="Add one with: cocket agreements add FILE; or name one.",
        )
    return None


def over_words(one: Agreement, today: date, *, with_reason: bool = True) -> str:
    """Why an agreement does not hold, in words; the reason for which it was ended stays here where a partner reads them."""
    match standing_on(one, today):
        case "ended":
            when = one.ended.date().isoformat() if one.ended else ""
            why = f": {one.reason}" if with_reason else ""
            return f"The agreement {one.name} with {one.other} was ended on {when}{why}."
        case "not-begun":
            return f"The agreement {one.name} with {one.other} begins on {one.begins.isoformat()}."
    return f"The agreement {one.name} with {one.other} expired on {one.ends.isoformat() if one.ends else ''}."


class AgreementVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an agreement, with the leaf of its sealed record."""

    agreement: Agreement
    leaf: int
    at: datetime


def why_over(stores: Stores, connection: Connection, name: str) -> str:
    """Why no signed message goes under an agreement today, in words; empty where it may."""
    one = newest_agreements(stores, connection).get(name)
    if one is None or one.signed is None:
        return f"The agreement {name} does not name keys for signed messages any more."
    today = today_of(stores)
    return "" if standing_on(one, today) == "in-force" else over_words(one, today)


def signed_agreements(stores: Stores, connection: Connection) -> list[Agreement]:
    """Agreements in force that name keys for signed messages, the one that begins last first (0..n)."""
    return signed_by_standing(stores, connection)[0]


def signed_by_standing(stores: Stores, connection: Connection) -> tuple[list[Agreement], list[Agreement]]:
    """Agreements that name keys for signed messages: those in force, and the others; of each the one that begins last first (0..n)."""
    today = today_of(stores)
    every = [one for one in newest_agreements(stores, connection).values() if one.signed is not None]
    every.sort(key=lambda one: (one.begins, one.name), reverse=True)
    holding = [one for one in every if standing_on(one, today) == "in-force"]
    return holding, [one for one in every if one not in holding]
