# SPDX-License-Identifier: Apache-2.0
"""When two papers say the same: numbers within a tolerance, names without their dress, codes as far as both go.

Every function gives None where there is nothing to compare, because one side does not say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache

from cocket.model import Amount, Party

#: Manifests round: masses agree within this share of the greater one, or this many kilograms if that is more.
MASS_SHARE = Decimal("0.01")
MASS_KG = Decimal(1)

#: Letters of a word that must agree for two descriptions to share it; "cars" and "car" do.
STEM = 4

#: Words of packing and grammar, by their stems, which say nothing of what the goods are.
_NOISE = frozenset(("AND", "CONT", "CTN", "FOR", "FROM", "PACK", "PCS", "PKG", "SAID", "STC", "THE", "WITH"))

# fmt: off
_LEGAL_FORMS = frozenset({
    "AB", "AG", "AND", "AS", "BHD", "BV", "CO", "COMPANY", "CORP", "CORPORATION", "EURL", "FZE", "GMBH", "INC", "KG",
    "LIMITED", "LLC", "LLP", "LTD", "LTDA", "NV", "OOO", "OY", "PLC", "PT", "PTE", "PTY", "PVT", "SA", "SAL", "SARL",
    "SAS", "SDN", "SL", "SPA", "SRL", "THE",
})
# fmt: on
_TO_ORDER = re.compile(r"\bTO (THE )?ORDER\b")
#: Names whose keys are remembered: those of sellers in a batch of the assessment worker (count).
_REMEMBERED = 1 << 13

_WORD = re.compile(r"[^\W_]+")

#: Quantities by unit, as `Statement` has them.
Quantities = Collection[tuple[str, Decimal]]


def same_count(one: int | None, other: int | None) -> bool | None:
    """Whether two counts are equal."""
    return None if one is None or other is None else one == other


def same_mass(one: Decimal | None, other: Decimal | None) -> bool | None:
    """Whether two masses in kg agree within 1 % or 1 kg, whichever is more."""
    if one is None or other is None:
        return None
    return abs(one - other) <= max(MASS_KG, MASS_SHARE * max(abs(one), abs(other)))


def same_quantity(one: Decimal | None, other: Decimal | None) -> bool | None:
    """Whether two quantities in one unit agree within 1 %."""
    if one is None or other is None:
        return None
    return abs(one - other) <= MASS_SHARE * max(abs(one), abs(other))


def same_money(one: Amount | None, other: Amount | None) -> bool | None:
    """Whether two sums agree within 1 %; sums in different currencies, or of nothing, are not compared."""
    if one is None or other is None or one.currency != other.currency or not one.value or not other.value:
        return None
    return abs(one.value - other.value) <= MASS_SHARE * max(abs(one.value), abs(other.value))


def same_currency(one: Amount | None, other: Amount | None) -> bool | None:
    """Whether two sums are in one currency."""
    mine, theirs = one.currency if one else None, other.currency if other else None
    return mine == theirs if mine and theirs else None


def same_quantities(one: Quantities, other: Quantities) -> bool | None:
    """Whether quantities agree in every unit that both state, within 1 %."""
    units = dict(one).keys() & dict(other).keys()
    return not other_quantities(one, other) if units else None


def other_quantities(one: Quantities, other: Quantities) -> list[tuple[str, Decimal, Decimal]]:
    """Units in which two quantities do not agree, with both of them (0..n)."""
    theirs = dict(other)
    return [(u, mine, theirs[u]) for u, mine in one if u in theirs and not same_quantity(mine, theirs[u])]


def same_origins(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether the other side names every country of origin that one side names; it may name more."""
    return set(one) <= set(other) if one and other else None


def same_seals(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether two lists of `container seal` share a seal for every container of which both state one."""
    containers = _by_container(one).keys() & _by_container(other).keys()
    return not other_seals(one, other) if containers else None


def other_seals(one: Collection[str], other: Collection[str]) -> list[tuple[str, set[str], set[str]]]:
    """Containers that two lists of `container seal` give no seal in common, with the seals of both (0..n)."""
    theirs = _by_container(other)
    return [(c, seals, theirs[c]) for c, seals in _by_container(one).items() if c in theirs and not seals & theirs[c]]


def same_goods(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether two descriptions of goods share a word of meaning, by its first letters."""
    mine, theirs = _stems(one), _stems(other)
    return bool(mine & theirs) if mine and theirs else None


def same_codes(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether every commodity code of the side that names fewer is one of the other's, as far as both go (6 digits)."""
    if not one or not other:
        return None
    fewer, more = sorted((_bare(one), _bare(other)), key=len)
    return all(any(_as_far(code, candidate) for candidate in more) for code in fewer)


def same_set(one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether two lists have the same members."""
    return set(one) == set(other) if one and other else None


def same_party(one: Party | None, other: Party | None) -> bool | None:
    """Whether two parties are one: by an equal number, or by name without legal form and word order.

    "To order" names nobody, and a name that another contains counts as the same. Numbers of two lists may differ for
    one party, so unequal numbers count only where there are no names.
    """
    if one is None or other is None:
        return None
    if one.id and other.id and _fold(one.id) == _fold(other.id):
        return True
    mine, theirs = _name(one), _name(other)
    if not mine or not theirs:
        return _fold(one.id) == _fold(other.id) if one.id and other.id else None
    return mine <= theirs or theirs <= mine


@lru_cache(_REMEMBERED)
def name_key(name: str) -> str:
    """A name as names of one party are equal: without legal form, accents, word order; empty for one of nobody."""
    return "".join(sorted(_name(Party(name=name))))


def _by_container(entries: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        container, _, seal = entry.partition(" ")
        found.setdefault(container, set()).add(seal)
    return found


def _stems(texts: Collection[str]) -> set[str]:
    words = (word for text in texts for word in _WORD.findall(_fold(text)))
    stems = {word[:STEM].removesuffix("S") for word in words if not word.isdigit()}
    return {stem for stem in stems if len(stem) > 2 or not stem.isascii()} - _NOISE


def _bare(codes: Collection[str]) -> list[str]:
    return ["".join(filter(str.isdigit, code))[:6] for code in codes]


def _as_far(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    return length > 1 and one[:length] == other[:length]


def _name(party: Party) -> set[str]:
    text = _fold(party.name or "")
    return set() if _TO_ORDER.search(text) else set(_WORD.findall(text)) - _LEGAL_FORMS


def _fold(text: str) -> str:
    """Upper case without accents, dots of abbreviations gone (`S.A.R.L.` is `SARL`)."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.replace(".", "").upper()
