# SPDX-License-Identifier: Apache-2.0
"""What the messages look like: classes with their elements in order, from two tables of ours.

The tables are in the form of `cocket.standards.shape.rows`. Kinds of values are `id`, `code`, `text`,
`amount`, `quantity`, `measure`, `number`, `flag`, `date`, `time`, `binary`, in CII `moment` and `flag-in`, whose value
stands in an element of its own, and `any`, which is not looked into.

Source: OASIS UBL 2.4 schemas, which hold all of 2.1 to 2.3; UN/CEFACT Cross Industry Invoice D22B, which holds all of
D16B, the breakdown of building works left out; facts re-stated.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from cocket.standards.shape import Class, Outline, rows

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = "urn:un:unece:uncefact:data:standard:"
CII_SPACE = f"{_CII}CrossIndustryInvoice:100"

#: Roots of UBL that are read.
UBL_ROOTS = ("Invoice", "CreditNote", "PackingList", "DespatchAdvice")


def ubl_space(root: str) -> str:
    """The namespace of a root element of UBL.

    Source: OASIS UBL 2.1–2.4.
    """
    return f"{_UBL}{root}-2"


@lru_cache(maxsize=8)
def ubl_outline(root: str) -> Outline:
    """The messages of a root element of UBL.

    Args:
        root: One of `UBL_ROOTS`.

    Source: OASIS UBL 2.4.
    """
    return Outline(
        code="invoice",
        prefixes={
            "": ubl_space(root),
            "cac": f"{_UBL}CommonAggregateComponents-2",
            "cbc": f"{_UBL}CommonBasicComponents-2",
            "ext": f"{_UBL}CommonExtensionComponents-2",
        },
        roots={root: root},
        classes=_classes("ubl.txt"),
        values={},
    )


@lru_cache(maxsize=1)
def cii_outline() -> Outline:
    """The Cross Industry Invoice.

    Source: UN/CEFACT D16B, D22B.
    """
    return Outline(
        code="invoice",
        prefixes={
            "": CII_SPACE,
            "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
            "udt": f"{_CII}UnqualifiedDataType:100",
            "qdt": f"{_CII}QualifiedDataType:100",
        },
        roots={"CrossIndustryInvoice": "CrossIndustryInvoice"},
        classes=_classes("cii.txt"),
        values={},
    )


@lru_cache(maxsize=2)
def _classes(name: str) -> dict[str, Class]:
    return rows(resources.files("cocket.standards.invoice").joinpath(name).read_text("utf-8"))
