# SPDX-License-Identifier: Apache-2.0
"""As whom somebody is given what he subscribed to: by his key as it stands when it is given, never as it stood when he subscribed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cocket.errors import PolicyError, RowDiffersError, SenderError
from cocket.governance import Principal
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.key_terms import is_over, terms_of
from cocket.stores.base.database import Connection


def receiver_of(stores: Stores, connection: Connection, key_id: str, senders: Sequence[str]) -> Principal:
    """Whoever subscribed, with the rights of his key now, for those of the senders that it still speaks for by its own right.

    Args:
        stores: The stores.
        connection: The transaction.
        key_id: The key that subscribed.
        senders: Senders for whom it did (1..n).

    Raises:
        PolicyError: The key is revoked, over or not in order, or may send for none of them any more.
    """
    key = stores.people.key(connection, key_id)
    try:
        terms = terms_of(stores, connection, key_id) if key is not None else None
    except (SenderError, RowDiffersError) as error:
        raise PolicyError(f"The limits of the key {key_id} are not in order.", reasons=("key-over",)) from error
    if key is None or is_over(terms, datetime.now(UTC)):
        raise PolicyError(f"The key {key_id} that subscribed is not in force any more.", reasons=("key-over",))
    own = tuple(one for one in senders if one in key.senders)
    if not own:
        words = f"The key {key_id} that subscribed may not send for {', '.join(senders)} any more."
        raise PolicyError(words, reasons=("key-over",))
    return Principal(
        id=key.id,
        kind="key",
        roles=key.roles,
        senders=own,
        office=key.office,
        scopes=terms.scopes if terms is not None else (),
    )
