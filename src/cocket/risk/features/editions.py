# SPDX-License-Identifier: Apache-2.0
"""Goods codes of every edition on one footing, so that what was learnt of a code outlives its number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cocket.codes.crossing import HsEditions
from cocket.codes.hs import HsCode


class Place(msgspec.Struct, frozen=True):
    """Where goods stand in the edition that counts: subheading, heading and chapter, each None where it is not sure."""

    hs6: str | None
    hs4: str | None
    hs2: str | None


#: (edition, subheading) → where it stands now; what is not listed stands where it stood.
Crossings = Mapping[tuple[str | None, str], Place]


def place_of(hs: str | None, edition: str | None, crossings: Crossings) -> Place:
    """Where a code stands in the edition that counts; of a code shorter than six digits, what there is of it."""
    if not hs:
        return Place(None, None, None)
    known = crossings.get((edition, hs[:6]))
    if known is not None:
        return known
    return Place(hs[:6] if len(hs) >= 6 else None, hs[:4] if len(hs) >= 4 else None, hs[:2] if len(hs) >= 2 else None)


def crossings_of(
    editions: HsEditions, codes: Iterable[tuple[str, str]], to_edition: str
) -> dict[tuple[str | None, str], Place]:
    """Where codes of older editions stand in a newer one.

    Args:
        editions: The ways between editions.
        codes: Edition and subheading, as they occur.
        to_edition: The edition that counts.

    Returns:
        Only codes that moved. One that was split stands where all its successors agree: in their heading, else their
        chapter, else nowhere; a code that no table knows stays where it was.

    Source: Harmonized System Convention, article 16; a split code's past does not tell its successors apart.
    """
    places: dict[tuple[str | None, str], Place] = {}
    for edition, hs in codes:
        code = HsCode.parse(hs)
        if code is None or edition == to_edition:
            continue
        crossed = editions.cross(code, edition, to_edition)
        found = [candidate.code for candidate in crossed.candidates]
        if found and found != [hs[:6]]:
            places[edition, hs[:6]] = Place(*(_shared(found, digits) for digits in (6, 4, 2)))
    return places


def _shared(codes: list[str], digits: int) -> str | None:
    beginnings = {code[:digits] for code in codes}
    return beginnings.pop() if len(beginnings) == 1 else None
