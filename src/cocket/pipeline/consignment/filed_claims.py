# SPDX-License-Identifier: Apache-2.0
"""The claims that are filed in dossiers, as they join today, with what officers corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final
from uuid import UUID

import msgspec
import zstandard

from cocket.consignment import Claim, Correction, FiledClaim, Use, consignments_of, standing, uses_in
from cocket.errors import CocketError
from cocket.model import Reading
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import links_of
from cocket.stores.consignment.consignments import Key
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.intake.messages import Differing, StoredMessage

#: Kind of case file, and of the record that seals each step of it.
LINK_CORRECTION: Final = "link-correction"

#: Name by which a correction's file is found: what it says of which paper.
_OF_PAPER: Final = "paper"

#: Longest name of a case file (characters).
_LONGEST: Final = 500


class LinkCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer corrected in how papers are linked, as it is kept and sealed.

    Attributes:
        correction: What it says.
        dossiers: The dossiers it was said of (1..2).
        message: The message parted; None where dossiers were joined.
        part: Which part of it.
        reason: Why, in words.
        by: Who answers for it, all of them.
        undone: Why it was taken back; empty while it stands.
        undone_by: Who took it back; empty while it stands.
    """

    correction: Correction
    dossiers: tuple[str, ...]
    message: str | None = None
    part: int = 0
    reason: str
    by: str
    undone: str = ""
    undone_by: str = ""


def correction_names(kept: LinkCorrection) -> set[tuple[str, str]]:
    """The names by which the file of a correction is found: its id, and while it stands the papers it speaks of."""
    papers = set() if kept.undone_by else {_named(one) for one in kept.correction.papers}
    return {("name", kept.correction.id), *papers}


def corrections_of(stores: Stores, connection: Connection, names: Collection[Key]) -> tuple[Correction, ...]:
    """Corrections that speak of any of some papers, oldest first (0..n).

    Args:
        stores: The stores.
        connection: The transaction.
        names: Names of papers: their own, and their strong keys.
    """
    files = correction_files(stores, connection, names)
    return tuple(msgspec.json.decode(file.body, type=LinkCorrection).correction for file in files)


def correction_files(stores: Stores, connection: Connection, names: Collection[Key]) -> list[StoredCaseFile]:
    """Files of the corrections that stand and speak of any of some papers, oldest first (0..n)."""
    if not names or not stores.case_files.has(connection, LINK_CORRECTION):
        return []
    found = stores.case_files.found_by(connection, LINK_CORRECTION, {_named(one) for one in names})
    files = {file.id: file for several in found.values() for file in several}
    return sorted(files.values(), key=lambda one: (one.opened, one.id))


def names_of(claims: Collection[FiledClaim]) -> set[Key]:
    """The names by which a correction may speak of some claims."""
    return {name for one in claims for name in (one.paper, *(key.pair for key in one.claim.strong))}


def filed_claim(message: StoredMessage, claim: Claim) -> FiledClaim:
    """A claim with the message it is of."""
    return FiledClaim(
        message=str(message.id),
        index=message.index,
        is_accepted=message.outcome == "accepted",
        is_cancelling=message.function == "cancellation",
        claim=claim,
    )


def claims_of(
    stores: Stores, connection: Connection, dossiers: Sequence[UUID]
) -> tuple[dict[UUID, tuple[FiledClaim, ...]], set[UUID]]:
    """The claims of dossiers as they join today, in index order; and dossiers of which a paper cannot be read."""
    found, unread = said_in(stores, connection, dossiers)
    every = [one for several in found.values() for one in several]
    corrections = corrections_of(stores, connection, names_of(every))
    return {dossier: standing(several, corrections) for dossier, several in found.items()}, unread


def said_in(
    stores: Stores, connection: Connection, dossiers: Sequence[UUID]
) -> tuple[dict[UUID, list[FiledClaim]], set[UUID]]:
    """The claims of dossiers as their papers say, whatever was corrected; and dossiers of which a paper cannot be read."""
    found: dict[UUID, list[FiledClaim]] = {dossier: [] for dossier in dossiers}
    parts: dict[UUID, dict[int, UUID]] = {}
    for dossier, message, part in links_of(connection, "m.consignment = any(%s)", (list(dossiers),)):
        parts.setdefault(message, {})[part] = dossier
    seen = set()
    for one in readings_of(stores, connection, list(parts), "leave out"):
        if isinstance(one, UUID):
            continue
        stored, reading = one
        seen.add(stored.id)
        for claim in consignments_of(reading, stored.sender, stored.received):
            if (bearer := parts[stored.id].get(claim.part)) is not None:
                found[bearer].append(filed_claim(stored, claim))
    return found, {dossier for lost in parts.keys() - seen for dossier in parts[lost].values()}


def uses_of(
    stores: Stores, connection: Connection, dossiers: Sequence[UUID]
) -> tuple[dict[UUID, dict[Key, tuple[bool, Use]]], set[UUID]]:
    """The keys of dossiers, by the papers that are filed in them.

    Args:
        stores: The stores.
        connection: The transaction.
        dossiers: Which.

    Returns:
        By dossier and key whether it joins, and from when to when it is borne; and dossiers of which a paper cannot be read.
    """
    claims, unread = claims_of(stores, connection, dossiers)
    return {dossier: uses_in(several) for dossier, several in claims.items()}, unread


def _named(name: Key) -> tuple[str, str]:
    return _OF_PAPER, " ".join(name)[:_LONGEST]


def readings_of(
    stores: Stores, connection: Connection, ids: Sequence[UUID], differing: Differing = "take"
) -> Iterator[tuple[StoredMessage, Reading] | UUID]:
    """Messages with what was read in them; of one whose reading was changed, only its id. Those that are gone are left out.

    Args:
        stores: The stores.
        connection: The transaction.
        ids: Which.
        differing: What is done about those whose rows were changed by another hand.
    """
    try:
        found: list[tuple[StoredMessage, Reading] | UUID] = [
            (one, reading_of(one)) for one in stores.messages.get_many(connection, ids, differing)
        ]
    except (CocketError, msgspec.DecodeError, zstandard.ZstdError):
        if len(ids) == 1:
            yield ids[0]
            return
        for one in ids:
            yield from readings_of(stores, connection, [one], differing)
    else:
        yield from found
