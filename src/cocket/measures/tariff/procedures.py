# SPDX-License-Identifier: Apache-2.0
"""What a customs procedure does to duties and taxes: due, suspended while it lasts, or not due."""

from __future__ import annotations

from typing import Literal

import msgspec

from cocket.measures.tariff.book import Kind

Effect = Literal["due", "suspended", "not-due"]

_DUTIES: frozenset[Kind] = frozenset({"duty", "anti-dumping", "countervailing", "additional"})
_TAXES: frozenset[Kind] = frozenset({"excise", "vat", "fee"})


class Procedure(msgspec.Struct, frozen=True, kw_only=True):
    """What procedures that begin with `code` do.

    Attributes:
        code: First digits of procedure asked for and before (`4`, `42`, `4071`).
        duties: Effect on customs duties.
        taxes: Effect on excise, VAT and fees.
        says: In words.
    """

    code: str
    duties: Effect
    taxes: Effect
    says: str


#: The first digit is the kind of procedure in the TARIC, in ASYCUDA and in the tariffs that follow them.
USUAL: tuple[Procedure, ...] = (
    Procedure(code="1", duties="not-due", taxes="not-due", says="permanent export"),
    Procedure(code="2", duties="not-due", taxes="not-due", says="temporary export"),
    Procedure(code="3", duties="not-due", taxes="not-due", says="re-export"),
    Procedure(code="4", duties="due", taxes="due", says="release for home use"),
    Procedure(code="42", duties="due", taxes="not-due", says="release with VAT relief for onward supply"),
    Procedure(code="49", duties="not-due", taxes="due", says="goods of a special fiscal territory"),
    Procedure(code="5", duties="suspended", taxes="suspended", says="temporary admission or inward processing"),
    Procedure(code="6", duties="due", taxes="due", says="re-import"),
    Procedure(code="7", duties="suspended", taxes="suspended", says="customs warehouse"),
    Procedure(code="8", duties="suspended", taxes="suspended", says="transit"),
    Procedure(code="9", duties="due", taxes="due", says="other procedure"),
)


def procedure_of(code: str | None, known: tuple[Procedure, ...] = USUAL) -> Procedure | None:
    """The procedure that says most about a code: the one with most digits in common.

    Args:
        code: Procedure asked for and before; None for release for home use.
        known: Procedures of the country.

    Returns:
        The procedure; None if nothing is known of it.

    Source: procedure codes of the SAD (box 37), Commission Delegated Regulation (EU) 2015/2446, annex B.
    """
    wanted = code or "40"
    fitting = [one for one in known if wanted.startswith(one.code)]
    return max(fitting, key=lambda one: len(one.code)) if fitting else None


def effect(procedure: Procedure, kind: Kind) -> Effect:
    """What a procedure does to a kind of duty or tax."""
    if kind in _DUTIES:
        return procedure.duties
    return procedure.taxes if kind in _TAXES else "due"
