# SPDX-License-Identifier: Apache-2.0
"""Whether two accounts are two persons, as far as the house can know it.

Whoever makes an account, or gives it a temporary password, could sign in by it himself and be his own second person. So an account
agrees to nothing that one of its makers proposed before it has had a password of its own for a day: within that day the person for
whom it is finds that the temporary password, which counts once, is used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cocket.errors import PolicyError
from cocket.governance import Principal
from cocket.governance.proposals import SECOND_PERSON
from cocket.pipeline.base.wiring import Stores
from cocket.stores.governance.people import TEMPORARY

#: How long an account has its own password before it agrees to what its makers propose.
OF_ITS_OWN: Final = timedelta(hours=24)

#: Code of the refusal.
MADE_BY: Final = "second-made-by-first"

#: Kind of the record by which an officer sets a password of his own.
_OWN: Final = "password"


def require_independent(stores: Stores, principal: Principal, other: str) -> None:
    """Refuse a second person whom the first one made and could still be.

    Args:
        stores: The stores of this process.
        principal: Who agrees; of keys nothing is asked here, for they agree to nothing.
        other: Who did, proposed or wrote it.

    Raises:
        PolicyError: He made this account or gave it its temporary password, and it has not had its own for a day.
    """
    if principal.kind != "officer":
        return
    with stores.database.transaction() as connection:
        given = stores.people.passwords_given(connection, principal.id)
    if not is_independent(given, other, datetime.now(UTC)):
        raise PolicyError(
            "This account was made, or given its password, by who proposed this.",
            code=MADE_BY,
            reasons=(SECOND_PERSON,),
            hint="It agrees to his proposals 24 hours after its own password was set. Another person can do it now.",
        )


def is_independent(given: Sequence[tuple[str, datetime, str]], other: str, now: datetime) -> bool:
    """Whether an account may agree to what another proposed.

    Args:
        given: Kind, moment and actors of each record that gave it a password, the oldest first (0..n); several actors are
            parted by a comma and a blank.
        other: Who proposed it.
        now: The present moment, UTC.
    """
    makers = {name for kind, _, actor in given if kind == TEMPORARY for name in actor.split(", ")}
    if other not in makers:
        return True
    newest = max(place for place, (kind, _, _) in enumerate(given) if kind == TEMPORARY)
    own = next((at for kind, at, _ in given[newest + 1 :] if kind == _OWN), None)
    return own is not None and now - own >= OF_ITS_OWN
