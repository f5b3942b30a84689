# SPDX-License-Identifier: Apache-2.0
"""What another agency may see as a guest: the scope of its agreement, and why a consignment is within it.

Nothing is within a scope unless the agreement names it; what a paper does not say is within none that asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

from cocket.errors import UnreadableError

#: For what an agency answers at the border.
AgencyKind = Literal["health", "plant-health", "veterinary", "standards", "security"]
AGENCY_KINDS: Final[tuple[AgencyKind, ...]] = ("health", "plant-health", "veterinary", "standards", "security")

#: Stands for all of a list.
ALL: Final = "*"

_CODE: Final = re.compile(r"\d{2,10}|\*")
_ORIGIN: Final = re.compile(r"[A-Z]{2}|\*")
_OFFICE: Final = re.compile(r"[A-Za-z0-9]{1,20}|\*")
_FIELDS: Final = {"kind", "codes", "origins", "offices"}
_MOST: Final = 500


class GuestScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which consignments an agency sees: those with goods of these codes and origins, at these offices.

    Attributes:
        kind: For what the agency answers.
        codes: Beginnings of commodity codes, digits alone (1..500); `*` for every code.
        origins: Countries of origin, ISO 3166 alpha-2 (1..300); `*` for every one, known or not.
        offices: Customs offices (1..n); `*` for every one.
    """

    kind: AgencyKind
    codes: tuple[str, ...]
    origins: tuple[str, ...]
    offices: tuple[str, ...]


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper says of one item.

    Attributes:
        item: Its number (1-based).
        code: Commodity code, digits alone; empty where none is stated.
        origin: Country of origin, ISO 3166 alpha-2; empty where none is stated.
    """

    item: int
    code: str = ""
    origin: str = ""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why a consignment is within a scope: one item of it.

    Attributes:
        item: Its number (1-based).
        code: Its commodity code; empty where none is stated, and every code is in scope.
        within: The beginning of codes that the agreement names.
        origin: Its country of origin; empty where none is stated, and every one is in scope.
    """

    item: int
    code: str
    within: str
    origin: str


def why_within(scope: GuestScope, goods: Iterable[Goods], offices: Iterable[str]) -> tuple[Why, ...]:
    """The items by which a consignment is within a scope (0..n); none where it is not.

    Args:
        scope: The scope.
        goods: Its items.
        offices: Offices it belongs to; none known is within a scope of every office alone.
    """
    if ALL not in scope.offices and not set(scope.offices) & set(offices):
        return ()
    found = []
    for one in goods:
        within = ALL if ALL in scope.codes else next((code for code in scope.codes if one.code.startswith(code)), "")
        if within and (ALL in scope.origins or one.origin in scope.origins):
            found.append(Why(item=one.item, code=one.code, within=within, origin=one.origin))
    return tuple(found)


def read_scope(told: Any) -> GuestScope:
    """The scope as an agreement has it.

    Raises:
        UnreadableError: It is none; the message says what is wrong with it.
    """
    if not isinstance(told, dict):
        raise _unreadable("guest is a table")
    if unknown := sorted(told.keys() - _FIELDS):
        raise _unreadable(f"guest has the field {unknown[0]}, which is not known")
    if told.get("kind") not in AGENCY_KINDS:
        raise _unreadable(f"guest.kind is one of {', '.join(AGENCY_KINDS)}")
    codes = _named(told, "codes", (_CODE, "beginnings of commodity codes, two to ten digits"))
    origins = _named(told, "origins", (_ORIGIN, "countries of two capital letters"))
    offices = _named(told, "offices", (_OFFICE, "codes of customs offices"))
    return GuestScope(kind=told["kind"], codes=codes, origins=origins, offices=offices)


def _named(told: dict[str, Any], name: str, form: tuple[re.Pattern[str], str]) -> tuple[str, ...]:
    value = told.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        raise _unreadable(f'guest.{name} is a list of {form[1]} (1 to {_MOST}), or ["*"] for all')
    for one in value:
        if not isinstance(one, str) or not form[0].fullmatch(one):
            raise _unreadable(f"guest.{name} has {str(one)[:40]!r}, and is a list of {form[1]}")
    return tuple(dict.fromkeys(value))


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not an agreement: {why}.", code="agreement")
