# SPDX-License-Identifier: Apache-2.0
"""Customs offices that an administration has: a code that is none of them is a slip of the pen more often than a new office."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cocket.errors import SenderError
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.gateway_files import GATEWAY, Gateway
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Offices that a refusal names (count).
_NAMED = 5


def office_codes(stores: Stores, connection: Connection) -> frozenset[str]:
    """Offices that have consignments, officers, a gateway, terms or a calendar (0..n)."""
    book = policy_of(stores.settings)
    gateways = DocumentFiles(stores).every(connection, GATEWAY, Gateway)
    return frozenset(
        (
            *stores.consignments.offices(connection),
            *stores.people.offices(connection),
            *(one.office for one in gateways if one.state == "active"),
            *(one.office for one in book.others if one.office),
            *(one.code for one in book.offices.offices),
        )
    )


def check_offices(stores: Stores, connection: Connection, codes: Iterable[str]) -> None:
    """See that offices are there before something is bound to them. An instance that has none yet takes any.

    Raises:
        SenderError: One is not; the hint names those that are.
    """
    every = office_codes(stores, connection)
    missing = [one for one in dict.fromkeys(codes) if one not in every]
    if not every or not missing:
        return
    near = get_close_matches(missing[0], sorted(every), n=_NAMED, cutoff=0.6) or sorted(every)[:_NAMED]
    raise SenderError(
        f"There is no office {missing[0]} here.",
        code="office-unknown",
        found=", ".join(missing)[:200],
        hint=f"There are {', '.join(near)}{' and others' if len(every) > len(near) else ''}. "
        "A new office is entered under Administration, Offices.",
    )
