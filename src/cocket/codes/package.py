# SPDX-License-Identifier: Apache-2.0
"""Kinds of package (UNECE Recommendation 21)."""

from __future__ import annotations

from functools import cache

import msgspec

from cocket.codes._table import key, rows

EDITION = "rec21-2021"


class PackageKind(msgspec.Struct, frozen=True):
    """A kind of package, cargo or packaging material.

    Attributes:
        code: Two characters.
        name: Short English name.
        is_withdrawn: Whether the recommendation no longer has it.

    Source: UNECE Recommendation 21, annexes V and VI (2021).
    """

    code: str
    name: str
    is_withdrawn: bool = False


@cache
def _by_code() -> dict[str, PackageKind]:
    return {r["code"]: PackageKind(r["code"], r["name"], r["status"] == "withdrawn") for r in rows("package", EDITION)}


def package_kind(text: str) -> PackageKind | None:
    """Look a kind of package up by its code.

    Args:
        text: Such as `CT` (carton) or `VR` (grain in bulk).

    Returns:
        The kind; None if the list has no such code (host systems keep national ones).

    Source: UNECE Recommendation 21 (2021); `data/package/SOURCE.md`.
    """
    return _by_code().get(key(text))
