# SPDX-License-Identifier: Apache-2.0
"""A small matrix, permits and items of our own, and short ways to change them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cocket.measures.permits import Item, Matching, Matrix, Paper, Permit, Requirement, Scope, Verdict, match

DAY = date(2026, 8, 1)

#: Four laws as rows: animals and their skins by treaty, dual use by destination, waste by procedure, medicines.
MATRIX = Matrix(
    name="xa",
    requirements=(
        Requirement(
            code="cites",
            agency="wildlife",
            says="CITES import permit",
            law="Wildlife Act, s. 4",
            scope=Scope(codes=("0106", "410320"), except_origins=("UNION",), flows=("import",)),
            papers=("C400",),
            waivers=("Y900",),
            exempt_status=("XX",),
            is_registered=True,
        ),
        Requirement(
            code="dual-use",
            agency="export-control",
            scope=Scope(codes=("8401-8403",), except_destinations=("UNION",), flows=("export",)),
            papers=("X002",),
            is_registered=True,
        ),
        Requirement(
            code="waste",
            agency="environment",
            scope=Scope(codes=("3825",), procedures=("40",), over_quantity=Decimal(25), unit="KGM"),
            papers=("C669",),
            validity_days=30,
        ),
        Requirement(
            code="medicines",
            agency="health",
            scope=Scope(codes=("30",), over_value=Decimal(1000), currency="EUR", except_parties=("HOSPITAL",)),
            papers=("C673",),
            valid_from=date(2026, 1, 1),
        ),
    ),
    areas={"UNION": frozenset({"XA", "XB"})},
)


def permit(**fields: Any) -> Permit:
    """A permit of the wildlife agency for 100 kg of skins."""
    usual: dict[str, Any] = {
        "agency": "wildlife", "type": "C400", "number": "AB 12", "holder": "T1", "codes": ("4103",), "origins": ("XC",),
        "valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31), "quantity": Decimal(100), "unit": "KGM",
    }  # fmt: skip
    return Permit(**{**usual, **fields})


def item(**fields: Any) -> Item:
    """20 kg of skins from XC, imported by T1 under permit AB12."""
    usual: dict[str, Any] = {
        "day": DAY, "code": "41032000", "flow": "import", "origins": ("XC",), "parties": {"importer": "T1"},
        "quantities": {"KGM": Decimal(20)}, "value": Decimal(500), "currency": "EUR", "pointer": "42A/67A[1]/68A[1]",
        "papers": (Paper(code="C400", number="ab12"),),
    }  # fmt: skip
    return Item(**{**usual, **fields})


def matched(*permits: Permit, items: tuple[Item, ...] | None = None, **fields: Any) -> Matching:
    """How items stand by the matrix."""
    return match(items or (item(**fields),), MATRIX, permits)


def verdict(*permits: Permit, **fields: Any) -> Verdict:
    """How the first requirement of one item stands."""
    return matched(*permits, **fields).items[0].needs[0]
