# SPDX-License-Identifier: Apache-2.0
"""What other agencies ask of the goods of a dossier, by the permit matrix of the house, and how that stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.findings import Finding, render
from cocket.measures.permits import (
    Colour,
    Hold,
    Matching,
    Matrix,
    Standing,
    colour_of,
    colours,
    items_of,
    match,
    number_key,
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
        colour: How the agency stands on the item: what it says itself beats its papers.
        paper: How the requirement stands by its papers alone.
        is_held: Whether the agency holds the item, or all of them.
        verdict: `satisfied`, `missing`, `expired`, …; empty where only the agency's word is told.
        says: What must be seen, or the agency's word.
        law: Legal source.
        presented: Papers that were presented for it (0..n).
        reasons: Why it is not satisfied (0..n).
    """

    item: int
    agency: str
    colour: Colour
    paper: Colour
    is_held: bool = False
    verdict: str = ""
    says: str = ""
    law: str = ""
    presented: tuple[str, ...] = ()
    reasons: tuple[Finding, ...] = ()


def permit_matrix(settings: Settings) -> Matrix | None:
    """The permit matrix of the house; None if it has none.

    Args:
        settings: The settings; a file that has changed is read again.

    Raises:
        SettingsError: The file is there and is not what it should be; `problems` lists everything.
    """
    path = settings.permit_matrix_file
    return _read(path, path.stat().st_mtime_ns) if path.exists() else None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration of which somebody wants to know what agencies ask.

    Attributes:
        name: Its name in the write-off ledger.
        declaration: What was read.
        day: The day that counts.
        holds: Agencies' own words on its dossier, oldest first (0..n).
    """

    name: str
    declaration: Declaration
    day: date
    holds: tuple[Hold, ...] = ()


def needs_of(stores: Stores, connection: Connection, asked: Sequence[Asked]) -> list[tuple[NeedView, ...]]:
    """What agencies ask of declarations.

    Args:
        stores: The stores.
        connection: The transaction.
        asked: The declarations (0..n); two statements answer for all of them.

    Returns:
        For each a view for each requirement of each item (0..n); none without a permit matrix.
    """
    matrix = permit_matrix(stores.settings)
    if matrix is None or not asked:
        return [() for _ in asked]
    items = [items_of(one.declaration, one.day) for one in asked]
    uses = stores.permits.of_declarations(connection, [one.name for one in asked])
    permits = stores.permits.known(connection, frozenset().union(*map(numbers_of, items)))
    views = []
    for one, goods in zip(asked, items, strict=True):
        numbers = numbers_of(goods)
        known = [permit for permit in permits if number_key(permit.name.number) in numbers]
        matching = match(goods, matrix, without(known, Standing(uses=tuple(uses.get(one.name, ())))))
        views.append(_views(matching, one.holds))
    return views


def _views(matching: Matching, holds: tuple[Hold, ...]) -> tuple[NeedView, ...]:
    shown = {(one.item, one.agency): one.colour for one in colours(matching, holds)}
    said = {(one.agency, one.item): one.is_held for one in holds}
    return tuple(
        NeedView(
            item=item.item,
            agency=need.agency,
            colour=shown.get((item.item, need.agency), "yellow"),
            paper=colour_of((need.verdict,)),
            is_held=said.get((need.agency, item.item), said.get((need.agency, None), False)),
            verdict=need.verdict,
            says=need.says,
            law=need.law,
            presented=need.presented,
            reasons=need.findings,
        )
        for item in matching.items
        for need in item.needs
    )


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
