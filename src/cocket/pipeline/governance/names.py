# SPDX-License-Identifier: Apache-2.0
"""Giving names out: each to one account or key, for ever."""

from __future__ import annotations

from cocket.errors import SenderError
from cocket.governance.names import holder_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection


def require_free(stores: Stores, connection: Connection, name: str) -> None:
    """Refuse a new name that somebody has, or that could be taken for his.

    Whoever gives it holds `People.lock_names` in the same transaction, so that nobody gives the same meanwhile.

    Args:
        stores: The stores of this process.
        connection: The transaction.
        name: The new account's or key's.

    Raises:
        SenderError: It is taken, by somebody who may come in or by somebody who no longer may.
    """
    holder = holder_of(name, stores.people.names(connection))
    if holder is not None:
        raise SenderError(
            "This name is taken: an account, a key or Cocket itself has it, or had it.",
            code="name-taken",
            expected="a name that no account and no key has or had, in any case or form of its letters",
            found=holder,
            hint=f"It is that of {holder}. Names of disabled accounts and revoked keys stay taken.",
        )
