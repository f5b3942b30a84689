# SPDX-License-Identifier: Apache-2.0
"""The keys that send for a trader: what each may do, until when, and when it was last used, as far as that is known."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.governance.key_terms import every_terms
from cocket.pipeline.governance.sign_in import KeyHolder


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that sends for senders of one's own and for no others, without its secret.

    Attributes:
        id: Its name.
        holder: Who holds it.
        roles: Its roles.
        senders: Senders that it may speak for (1..n).
        scopes: Acts it is limited to; none for all of its roles.
        since: Since when, UTC.
        until: Until when, UTC; None for as long as it is not revoked.
        revoked: Since when it is revoked, UTC; None if it holds.
        used: Day of its last use, UTC; None where none is known: uses are noted of keys whose secret was changed over.
    """

    id: str
    holder: str
    roles: tuple[str, ...]
    senders: tuple[str, ...]
    scopes: tuple[str, ...]
    since: datetime
    until: datetime | None
    revoked: datetime | None
    used: datetime | None


class OwnKeys(Service):
    """Showing a trader his keys."""

    def own_keys(self, principal: Principal) -> tuple[OwnKey, ...]:
        """Keys all of whose senders this principal speaks for by its own right; those that hold first (0..n). The look is sealed.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        asking = msgspec.structs.replace(principal, senders=principal.by_right)
        with self._stores.database.transaction() as connection:
            own = {one for one in asking.senders if self._access.may(asking, "mandate:give", Resource(sender=one))}
            if not own:
                self._access.require(asking, "mandate:give", Resource())
            terms = every_terms(self._stores, connection)
            every = [KeyHolder(*one) for one in self._stores.people.keys(connection)]
            shown = []
            for one in every:
                if not one.senders or not own.issuperset(one.senders):
                    continue
                limits = terms.get(one.id)
                uses = [each.used for each in limits.secrets if each.used is not None] if limits is not None else []
                shown.append(
                    OwnKey(
                        id=one.id,
                        holder=one.shown,
                        roles=one.roles,
                        senders=one.senders,
                        scopes=limits.scopes if limits is not None else (),
                        since=one.since,
                        until=limits.until if limits is not None else None,
                        revoked=one.revoked,
                        used=max(uses, default=None),
                    )
                )
            if shown:
                self._access.seal(connection, self._access.record(asking, "own keys", tuple(one.id for one in shown)))
        return tuple(shown)
