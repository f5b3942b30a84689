# SPDX-License-Identifier: Apache-2.0
"""For whom a person of a trader, carrier, forwarder or broker acts when he signs in: the senders that his account speaks for.

One document for each such account, sealed whenever it changes and believed only as it was sealed last. An account of customs has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the document, and of the sealed record of each change of it.
ACTS_FOR: Final = "acts-for"

#: Senders that one account acts for at most (count), and the longest name of one (characters).
_MOST: Final = 200
_LONGEST: Final = 100


class ActsFor(msgspec.Struct, frozen=True, kw_only=True):
    """The senders that an account speaks for by its own right; also the sealed record of each change.

    Attributes:
        account: Sign-in name.
        senders: Senders, sorted (1..200).
    """

    account: str
    senders: tuple[str, ...]


def check_senders(senders: Sequence[str]) -> tuple[str, ...]:
    """Senders as they are kept: sorted, each once.

    Raises:
        SenderError: There is none, there are too many, or one is no name of a sender.
    """
    named = tuple(sorted({one.strip() for one in senders if one.strip()}))
    if not named:
        raise SenderError("Name the senders that this account acts for.", code="acts-for-nobody")
    if len(named) > _MOST or any(len(one) > _LONGEST or not one.isprintable() for one in named):
        raise SenderError(
            f"An account acts for at most {_MOST} senders, each named in at most {_LONGEST} printable characters.",
            code="acts-for",
        )
    return named


def senders_of(stores: Stores, connection: Connection, account: str) -> tuple[str, ...]:
    """Senders that an account speaks for by its own right, sorted (0..200).

    Raises:
        SenderError: There were some, and their row was removed from the database.
        RowDiffersError: The row is not what was sealed last.
    """
    found = DocumentFiles(stores).read_sealed(connection, ACTS_FOR, account, ActsFor)
    return found.senders if found is not None else ()


def every_senders(stores: Stores, connection: Connection) -> dict[str, tuple[str, ...]]:
    """Account → senders that it speaks for, of those that speak for any."""
    return {one.account: one.senders for one in DocumentFiles(stores).every(connection, ACTS_FOR, ActsFor)}


def senders_kept(stores: Stores, connection: Connection, told: ActsFor, by: str) -> NewRecord | None:
    """Write down for whom an account acts; the record to seal, None where nothing changed."""
    return DocumentFiles(stores).write(connection, ACTS_FOR, told.account, (told, by))
