# SPDX-License-Identifier: Apache-2.0
"""Which dossier a claim belongs to: joined by any shared strong key, the oldest dossier staying.

Because joining is by shared keys alone, the dossiers are the connected parts of the graph of claims and strong keys:
the same messages give the same dossiers in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from cocket.consignment.references import LinkKey


class Holder(msgspec.Struct, frozen=True, order=True):
    """A dossier that holds a key.

    Attributes:
        number: Order in which dossiers were made; lower is older.
        id: The dossier.
    """

    number: int
    id: UUID


class LinkDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Where a claim goes, and what must become one for that.

    Attributes:
        target: The dossier it joins; None if it opens a new one.
        merge: Younger dossiers that go up in the target, oldest first (0..n); each merging is to be recorded.
        reasons: Keys it shares with these dossiers, sorted (0..n).
    """

    target: UUID | None = None
    merge: tuple[UUID, ...] = ()
    reasons: tuple[LinkKey, ...] = ()


def link(keys: Iterable[LinkKey], known: Mapping[LinkKey, Holder]) -> LinkDecision:
    """Decide where a claim belongs.

    Args:
        keys: Keys of the claim; group keys are ignored.
        known: Which dossier holds each strong key today.

    Returns:
        The oldest dossier that shares a strong key, and the younger ones that turn out to be the same consignment.
    """
    reasons = tuple(sorted(key for key in keys if key.is_strong and key in known))
    holders = sorted({known[key] for key in reasons})
    if not holders:
        return LinkDecision()
    oldest, *younger = holders
    return LinkDecision(target=oldest.id, merge=tuple(holder.id for holder in younger), reasons=reasons)
