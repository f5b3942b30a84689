# SPDX-License-Identifier: Apache-2.0
"""What of a manifest's account is withheld from a reader: which declarations of other offices draw on its bills.

Quantities stay, since the account is the manifest's own. The names of those declarations, and warnings about them alone, go.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from uuid import UUID

import msgspec

from cocket.consignment.manifest_control import Account, ManifestControl, WriteOff
from cocket.findings import Finding
from cocket.governance import Principal
from cocket.pipeline.base.access import decided
from cocket.pipeline.base.ownership import ids_of, of_filed
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Stands where the name of a declaration is withheld.
WITHHELD = "…"


def without_foreign(
    stores: Stores, connection: Connection, principal: Principal, found: ManifestControl
) -> ManifestControl:
    """A manifest under control as a reader may see it: each declaration on it is decided by itself."""
    every = [one for account in found.accounts.values() for one in account.write_offs]
    hidden = _hidden(stores, connection, principal, [*every, *found.strays])
    if not hidden:
        return found
    titles = {one.title for one in (*every, *found.strays) if one.message_id in hidden}
    kept = [one.message_id not in hidden for one in found.strays]
    return msgspec.structs.replace(
        found,
        accounts={key: _account(account, hidden) for key, account in found.accounts.items()},
        findings={key: tuple(_named(one, titles) for one in told) for key, told in found.findings.items()},
        strays=tuple(one for one, is_kept in zip(found.strays, kept, strict=True) if is_kept),
        stray_findings=tuple(one for one, is_kept in zip(found.stray_findings, kept, strict=True) if is_kept),
    )


def _hidden(stores: Stores, connection: Connection, principal: Principal, uses: Iterable[WriteOff]) -> Set[str]:
    """Messages among these that the reader may not read."""
    messages: list[UUID] = ids_of({one.message_id for one in uses})
    filed = of_filed(stores, connection, messages)
    return {str(one) for one in messages if not decided(principal, "message:read", filed[one]).allowed}


def _account(account: Account, hidden: Set[str]) -> Account:
    def shown(uses: tuple[WriteOff, ...]) -> tuple[WriteOff, ...]:
        return tuple(
            msgspec.structs.replace(one, message_id="", title=WITHHELD) if one.message_id in hidden else one
            for one in uses
        )

    return msgspec.structs.replace(account, write_offs=shown(account.write_offs), counted=shown(account.counted))


def _named(finding: Finding, titles: Set[str]) -> Finding:
    """A finding without the names of hidden declarations."""
    names = finding.arguments.get("declarations", "")
    told = [WITHHELD if name in titles else name for name in names.split(", ")]
    if WITHHELD not in told:
        return finding
    return msgspec.structs.replace(finding, arguments={**finding.arguments, "declarations": ", ".join(told)})
