# SPDX-License-Identifier: Apache-2.0
"""For which goods something is said: commodity codes, countries, procedures, parties, thresholds.

An answer has three values. What an item does not state can neither be within a scope nor outside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

import msgspec

from cocket.measures.permits.item import Item
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.units import quantity_in


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods of which all that is stated here holds; what is left empty is not asked.

    Attributes:
        codes: Commodity codes by their first digits, or ranges of these (`0302`, `2844-2846`).
        except_codes: Codes left out, in the same form.
        origins: Countries of origin, ISO alpha-2, or areas of the matrix.
        except_origins: Countries and areas of origin left out.
        destinations: Countries and areas of destination.
        except_destinations: Countries and areas of destination left out.
        flows: `import`, `export`, `transit`.
        procedures: Procedures by their first digits (`40`, `4071`).
        except_procedures: Procedures left out.
        parties: Numbers of parties, of which one takes part in whatever role.
        except_parties: Numbers of parties of which none takes part.
        over_quantity: Quantity above which it holds, in `unit`; None for any.
        unit: Unit of `over_quantity`; None for none.
        over_value: Value above which it holds, in `currency`; None for any.
        currency: ISO 4217 of `over_value`; None for none.
    """

    codes: tuple[str, ...] = ()
    except_codes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    except_origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    except_destinations: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    except_procedures: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    except_parties: tuple[str, ...] = ()
    over_quantity: Decimal | None = None
    unit: str | None = None
    over_value: Decimal | None = None
    currency: str | None = None


class Within(msgspec.Struct, frozen=True):
    """Whether an item is within a scope.

    Attributes:
        holds: True or False; None if it cannot be told.
        why: What of the item brought it within (0..n), in words.
        missing: What would have to be known to tell (0..n), in words.
    """

    holds: bool | None
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


#: One question that a scope asks: what it is about, the answer, and what was met.
_Answer = tuple[str, bool | None, str]


def within(
    scope: Scope, item: Item, areas: Mapping[str, frozenset[str]] | None = None, rates: Rates | None = None
) -> Within:
    """Whether an item is within a scope.

    Args:
        scope: What is asked.
        item: The item.
        areas: Name of an area → countries; None for no areas.
        rates: Exchange rates for thresholds in another currency; None for none.

    Returns:
        The answer with its reasons. One question that is answered no settles it, whatever else is unknown.

    Source: WCO Data Model, LPCO; three-valued logic, so that unknown stays apart from no.
    """
    answers = [*_of_goods(scope, item), *_of_countries(scope, item, areas or {}), *_of_thresholds(scope, item, rates)]
    if any(holds is False for _, holds, _ in answers):
        return Within(False)
    missing = tuple(dict.fromkeys(what for what, holds, _ in answers if holds is None))
    why = tuple(f"{what} {met}" for what, holds, met in answers if holds and met)
    return Within(None if missing else True, why, missing)


def covers(pattern: str, code: str) -> bool | None:
    """Whether a code begins as a pattern says.

    Args:
        pattern: First digits, or a range of them (`2844-2846`), both ends included.
        code: Digits of a commodity code.

    Returns:
        True or False; None for a code that is too short to tell.
    """
    low, _, high = pattern.partition("-")
    high = high or low
    if code[: len(low)] < low[: len(code)] or code[: len(high)] > high[: len(code)]:
        return False
    is_at_low = code == low[: len(code)] and low[len(code) :].strip("0")
    is_at_high = code == high[: len(code)] and high[len(code) :].strip("9")
    return None if is_at_low or is_at_high else True


class _Codes:
    """Patterns in an order in which many of them answer quickly: a law may name thousands of tariff lines."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._ranges = [one for one in patterns if "-" in one]
        self._prefixes = sorted(one for one in patterns if "-" not in one)
        self._set = frozenset(self._prefixes)
        self._lengths = sorted({len(one) for one in self._prefixes})

    def cover(self, code: str) -> bool | None:
        """Whether one of the patterns covers a code; None if none does and one may."""
        if any(code[:length] in self._set for length in self._lengths if length <= len(code)):
            return True
        answers = [covers(one, code) for one in self._ranges]
        if True in answers:
            return True
        place = bisect_left(self._prefixes, code)
        may = place < len(self._prefixes) and self._prefixes[place].startswith(code)
        return None if may or None in answers else False


_codes = lru_cache(maxsize=1024)(_Codes)


def one_covers(patterns: tuple[str, ...], code: str) -> bool | None:
    """Whether one of several patterns covers a code; None if none does and one may."""
    return _codes(patterns).cover(code)


def one_of(wanted: Iterable[str], given: Iterable[str], is_met: Callable[[str, str], bool | None]) -> bool | None:
    """Whether one of what is given meets one of what is wanted; None if none does and one may."""
    pairs = [is_met(one, other) for one in wanted for other in given]
    if any(pairs):
        return True
    return None if None in pairs else False


def _of_goods(scope: Scope, item: Item) -> Iterable[_Answer]:
    code = item.code
    if scope.codes:
        yield "code", one_covers(scope.codes, code) if code else None, code or ""
    if scope.except_codes:
        is_left_out = one_covers(scope.except_codes, code) if code else None
        yield "code", None if is_left_out is None else not is_left_out, ""
    yield from _asked("flow", scope.flows, (item.flow,) if item.flow else None, _same)
    procedures = (item.procedure,) if item.procedure else None
    yield from _asked("procedure", scope.procedures, procedures, _begins)
    yield from _left_out("procedure", scope.except_procedures, procedures, _begins)
    parties = tuple(dict.fromkeys(item.parties.values())) or None
    yield from _asked("party", scope.parties, parties, _same)
    yield from _left_out("party", scope.except_parties, parties, _same)


def _of_countries(scope: Scope, item: Item, areas: Mapping[str, frozenset[str]]) -> Iterable[_Answer]:
    def lies_in(area: str, country: str) -> bool:
        return country == area or country in areas.get(area, ())

    destination = (item.destination,) if item.destination else None
    yield from _asked("origin", scope.origins, item.origins or None, lies_in)
    yield from _left_out("origin", scope.except_origins, item.origins or None, lies_in)
    yield from _asked("destination", scope.destinations, destination, lies_in)
    yield from _left_out("destination", scope.except_destinations, destination, lies_in)


def _of_thresholds(scope: Scope, item: Item, rates: Rates | None) -> Iterable[_Answer]:
    if scope.over_quantity is not None:
        held = quantity_in(scope.unit or "", item.quantities)
        limit = f"{scope.over_quantity} {scope.unit}"
        yield f"quantity in {scope.unit}", _is_over(held, scope.over_quantity), f"above {limit}"
    if scope.over_value is not None:
        worth = value_in(scope.currency, item, rates)
        limit = f"{scope.over_value} {scope.currency}"
        yield f"value in {scope.currency}", _is_over(worth, scope.over_value), f"above {limit}"


def _is_over(number: Decimal | None, limit: Decimal) -> bool | None:
    return number > limit if number is not None and limit.is_finite() else None


def value_in(currency: str | None, item: Item, rates: Rates | None) -> Decimal | None:
    """The value of an item in a currency; None if it is not known, or no rate leads there."""
    if item.value is None or item.currency == currency or currency is None:
        return item.value
    theirs = rates.of(item.currency, item.day) if rates and item.currency else None
    ours = rates.of(currency, item.day) if rates else None
    return None if theirs is None or ours is None else item.value * theirs / ours


def _asked(
    what: str, wanted: tuple[str, ...], given: tuple[str, ...] | None, is_met: Callable[[str, str], bool | None]
) -> Iterable[_Answer]:
    if wanted:
        yield what, None if given is None else one_of(wanted, given, is_met), ", ".join(given or ())


def _left_out(
    what: str, unwanted: tuple[str, ...], given: tuple[str, ...] | None, is_met: Callable[[str, str], bool | None]
) -> Iterable[_Answer]:
    """The answer to what is left out: goods with several origins are left out only if each of these is."""
    if unwanted:
        met = [None] if given is None else [one_of(unwanted, (one,), is_met) for one in given]
        if what == "party":
            met = [one_of(unwanted, given or (), is_met) if given else None]
        yield what, True if False in met else None if None in met else False, ""


def _same(wanted: str, given: str) -> bool:
    return wanted == given


def _begins(wanted: str, given: str) -> bool | None:
    return covers(wanted, given) if wanted.isdigit() and given.isdigit() else given.startswith(wanted)
