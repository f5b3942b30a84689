# SPDX-License-Identifier: Apache-2.0
"""What a declaration is judged by beyond its structure: the rules of the house, of the UK, or of a package read in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import msgspec
from lxml import etree

from cocket.findings import Finding
from cocket.model import Declaration
from cocket.standards.wco_dm.gb import check_gb_cds
from cocket.standards.wco_dm.packages import PACKAGES, Package, check_package
from cocket.standards.wco_dm.rules import BEYOND_COUNTRIES, RULES, check_declaration


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a declaration is judged by once its structure is right.

    Attributes:
        name: Name that the reading bears, such as `gb-cds`.
        check: Declaration and the element it was read from → findings (0..n).
    """

    name: str
    check: Callable[[Declaration, etree._Element], Iterator[Finding]]


def _check_wco(document: Declaration, declaration: etree._Element) -> Iterator[Finding]:
    return check_declaration(document, declaration, RULES)


def _check_gb(document: Declaration, declaration: etree._Element) -> Iterator[Finding]:
    """The UK's rules first; of the house's those that say something else than these."""
    yield from check_gb_cds(declaration)
    yield from check_declaration(document, declaration, BEYOND_COUNTRIES)


def _check_package(package: Package, document: Declaration, declaration: etree._Element) -> Iterator[Finding]:
    yield from check_package(declaration, package)
    yield from check_declaration(document, declaration)


WCO = Profile(name="wco-dm", check=_check_wco)
GB_CDS = Profile(name="gb-cds", check=_check_gb)
#: The Danish system's declarations, which have a structure of their own; beyond it they are judged by the house's rules.
DK_DMS = Profile(name="dk-dms", check=_check_wco)

#: The WCO's own information packages, such as `wco-dm:cri`, the cargo report on import.
_PACKAGES = tuple(
    Profile(name=f"wco-dm:{package.lower()}", check=partial(_check_package, package)) for package in PACKAGES
)

#: Profiles that are there without being read in, the default first.
PROFILES = {profile.name: profile for profile in (WCO, GB_CDS, DK_DMS, *_PACKAGES)}
