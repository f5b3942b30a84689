# SPDX-License-Identifier: Apache-2.0
"""What other agencies ask of the goods of a dossier, by the permit matrix of the house, and how that stands."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.findings import render
from cocket.measures.permits import (
    Colour,
    Hold,
    Matrix,
    Standing,
    colours,
    items_of,
    match,
    numbers_of,
    read_matrix,
    without,
)
from cocket.model import Declaration
from cocket.pipeline.base.wiring import Stores
from cocket.settings import Settings
from cocket.stores.base.database import Connection


class NeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement of one agency on one item, or an agency's own word on it.

    Attributes:
        item: Place of the item (1-based).
        agency: Agency.
        colour: How the agency stands on the item.
        verdict: `satisfied`, `missing`, `expired`, …; empty where only the agency's word is told.
        says: What must be seen, or the agency's word.
        law: Legal source.
        presented: Papers that were presented for it (0..n).
        reasons: Why it is not satisfied, in words (0..n).
    """

    item: int
    agency: str
    colour: Colour
    verdict: str = ""
    says: str = ""
    law: str = ""
    presented: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def permit_matrix(settings: Settings) -> Matrix | None:
    """The permit matrix of the house; None if it has none.

    Args:
        settings: The settings; a file that has changed is read again.

    Raises:
        SettingsError: The file is there and is not what it should be; `problems` lists everything.
    """
    path = settings.permit_matrix_file
    return _read(path, path.stat().st_mtime_ns) if path.exists() else None


def needs_of(
    stores: Stores, connection: Connection, declared: tuple[str, Declaration, date], holds: tuple[Hold, ...]
) -> tuple[NeedView, ...]:
    """What agencies ask of a declaration.

    Args:
        shelves: The stores.
        connection: The transaction.
        declared: The declaration, with its name in the write-off ledger and the day that counts.
        holds: Agencies' own words, oldest first.

    Returns:
        A view for each requirement of each item (0..n); none without a permit matrix.
    """
    matrix = permit_matrix(stores.settings)
    if matrix is None:
        return ()
    name, declaration, day = declared
    items = items_of(declaration, day)
    own = Standing(uses=tuple(stores.permits.of_declarations(connection, [name]).get(name, ())))
    known = without(stores.permits.known(connection, numbers_of(items)), own)
    matching = match(items, matrix, known)
    shown = {(one.item, one.agency): one.colour for one in colours(matching, holds)}
    views = [
        NeedView(
            item=item.item,
            agency=need.agency,
            colour=shown.get((item.item, need.agency), "yellow"),
            verdict=need.verdict,
            says=need.says,
            law=need.law,
            presented=need.presented,
            reasons=tuple(render(finding) for finding in need.findings),
        )
        for item in matching.items
        for need in item.needs
    ]
    return tuple(views)


@lru_cache(maxsize=2)
def _read(path: Path, _stamp: int) -> Matrix:
    try:
        matrix, findings = read_matrix(path.read_bytes(), "toml")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnreadableError as error:
        raise SettingsError(f"{path} is not a permit matrix: {error}") from error
    if problems := tuple(render(finding) for finding in findings if finding.severity == "error"):
        raise SettingsError(f"{path} is not valid: {'; '.join(problems)}", problems=problems)
    return matrix
