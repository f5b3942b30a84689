# SPDX-License-Identifier: Apache-2.0
"""Seal assurance: that a container was closed with a seal of a kind, by whom, when, and found whole or not since.

Source: ISO 17712 (mechanical seals: indicative, security, high-security); WCO SAFE Framework, seal integrity programme;
ISO 6346 (container numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from cocket.codes import EquipmentNumber
from cocket.findings import Finding


class SealCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One look at a seal on its way.

    Attributes:
        at: When, with zone.
        place: Where, in words or as UN/LOCODE.
        by: Who looked.
        found: `whole`, `broken`, `replaced` or `absent`.
        replaced_by: Number of the seal put on instead; None if none was.
    """

    at: datetime
    place: str
    by: str
    found: Literal["whole", "broken", "replaced", "absent"]
    replaced_by: str | None = None


class SealAssurance(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an administration or operator vouches for about a seal.

    Attributes:
        container: Container number, ISO 6346.
        seal: Number of the seal.
        grade: Class under ISO 17712: `I` indicative, `S` security, `H` high-security; `E` electronic.
        affixed_at: When it was put on, with zone.
        affixed_by: Who put it on.
        place: Where.
        checks: Looks at it since, oldest first (0..n).
        consignment: Reference of the consignment; None where not stated.
    """

    container: str
    seal: str
    grade: Literal["I", "S", "H", "E"]
    affixed_at: datetime
    affixed_by: str
    place: str
    checks: tuple[SealCheck, ...] = ()
    consignment: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every look found it whole."""
        return all(check.found == "whole" for check in self.checks)


def check_seal(assurance: SealAssurance) -> tuple[Finding, ...]:
    """Check that a seal assurance is told in order.

    Returns:
        Findings (0..n).

    Source: ISO 6346; ISO 17712; WCO SAFE Framework, seal integrity programme.
    """
    return tuple(_check(assurance))


def _check(assurance: SealAssurance) -> Iterator[Finding]:
    number = EquipmentNumber.parse(assurance.container)
    if number is None or not number.check_digit_ok:
        yield _finding("seal-container", "{found} is not a container number", assurance.container)
    if not assurance.seal.strip():
        yield _finding("seal-number", "the seal has no number", None)
    moments = [assurance.affixed_at, *(check.at for check in assurance.checks)]
    if any(moment.tzinfo is None for moment in moments):
        yield _finding("seal-zone", "a time has no time zone", None)
    elif moments != sorted(moments):
        yield _finding("seal-order", "the inspections are not in chronological order", None)
    for check in assurance.checks:
        if check.found == "replaced" and not check.replaced_by:
            yield _finding("seal-replaced", "the seal was replaced and the new one is missing", check.at.isoformat())


def _finding(code: str, message: str, found: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found and found[:200])
