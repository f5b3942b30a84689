# SPDX-License-Identifier: Apache-2.0
"""Charges of a country: what each is taken on, inside what limits, for whom; and the order in which they are computed.

A charge names its base as an expression over named amounts. Charges that name each other are lawful only where each of
them says that it is included in its own base; anything else is refused when it is loaded, with the path that turns round.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from cocket.errors import SettingsError
from cocket.measures.tariff.expression import (
    QUANTITY,
    Expression,
    Extreme,
    Linear,
    names_of,
    read_expression,
    subtracted,
)
from cocket.measures.tariff.formula import Band, Formula, Stepped
from cocket.measures.tariff.kinds import ADDING, COMPETING, REMEDIES, Kind, Rounding
from cocket.measures.tariff.notation import NotationError, read_rate
from cocket.measures.tariff.numbers import read_number
from cocket.measures.tariff.procedures import all_digits

#: Names that stand for all charges of some kinds.
TOGETHER: dict[str, tuple[Kind, ...]] = {
    "duty": COMPETING,
    "remedies": REMEDIES,
    "duties": (*COMPETING, *REMEDIES),
    "excise": ("excise",),
    "fees": ("fee",),
    "vat": ("vat",),
    "withholding": ("withholding",),
}

#: Stands for the customs value and every charge that is listed before.
BEFORE = "before"

#: Amounts of money that every country may name; further ones must be listed in `amounts`.
USUAL_AMOUNTS = (
    "value", "price", "FOB", "CIF", "freight", "insurance", "costs_to_destination", "processing_cost", "retail_price",
)  # fmt: skip

#: On what a charge is taken whose tariff does not say.
DEFAULT_BASES: dict[Kind, str] = {
    "duty": "value",
    "anti-dumping": "value",
    "countervailing": "value",
    "additional": "value",
    "excise": "value + duties",
    "fee": "value",
    "vat": "value + duties + excise",
    "withholding": "value + duties + excise + vat",
}

#: Kinds whose base differs from country to country, so that a base which is not written down is an assumption.
VARYING: tuple[Kind, ...] = ("excise", "fee", "vat", "withholding")

#: Fields of a charge that say on whom or on what it is.
_CONDITIONS = (
    "persons", "except_persons", "procedures", "except_procedures", "uses", "except_uses", "transport", "origins",
    "except_origins", "codes", "except_codes", "valid_from", "valid_to",
)  # fmt: skip

_IN_ORDER: tuple[Kind, ...] = ("duty", *ADDING)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One step of a charge by the size of its base.

    Attributes:
        rate: What is due on this step; `of excess` is of the part above the step before.
        to: Highest base of the step, in the tariff's currency; None for no end.
        assumes: What must be true of the importation for this step to be the right one; listed as an assumption where the
            base lies on it.
    """

    rate: str
    to: Decimal | None = None
    assumes: str = ""


class Charge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One duty, tax or fee of a country. Several of one name are read in order: the first that holds is taken.

    Attributes:
        name: The tariff's own name of it: that of a column of rates, where there is one.
        kind: What it is. A charge of kind `duty` is the one that the lowest lawful duty makes.
        says: In words.
        base: What it is taken on, an expression over named amounts; empty for what is usual for its kind.
        rate: Rate for all goods; empty where rates stand on the goods. A rate on the goods replaces it.
        steps: Rates by the size of the base (0..n), in rising order.
        inclusive: Whether it is included in its own base.
        floor: Least amount, as `5000 KES`; a bare number is in the tariff's currency. It is due wherever the charge is.
        cap: Highest amount.
        scope: Whether it is computed for each line, or once for a declaration and spread over its lines.
        apportion: How an amount of the declaration is spread.
        round_base: How the base is rounded first.
        round: How the amount is rounded; later bases take it so.
        round_total: How the sum of all lines is rounded when it is paid.
        waived_below: An amount that is below this before it is rounded is not asked for.
        persons: Persons on whom it is (0..n, any of them); empty for all.
        except_persons: Persons on whom it is not.
        procedures: First digits of procedures under which it is due; empty for all.
        except_procedures: First digits of procedures under which it is not.
        uses: End uses for which it is due; empty for all.
        except_uses: End uses for which it is not.
        transport: Modes of transport (`sea`, `air`, `road`, `rail`, `post`) for which it is due; empty for all.
        origins: Countries or areas of origin; empty for all.
        except_origins: Countries or areas of origin left out.
        codes: First digits of goods codes; empty for all.
        except_codes: First digits of goods codes left out.
        valid_from: First day; None if always.
        valid_to: Last day; None if open.
        known_to: Last day for which the rate is known to hold, where the law sets it anew from time to time and the next
            one was not read: after that day it is taken all the same, and listed as an assumption. None if it just holds.
        begins: Whether the law brought the charge in on `valid_from`: before that day there was none.
        ends: Whether the law abolished the charge after `valid_to`. On a day outside the days of all its definitions,
            a charge that neither began later nor ended has a rate that the tariff does not know.
        assumes: What must be true of the importation for this charge to be the right one; listed as an assumption.
        is_private: Whether it is paid to somebody else than customs, such as a broker: it counts in the bases that name
            it, and in no sum.
        act: Legal act.
    """

    name: str
    kind: Kind
    says: str = ""
    base: str = ""
    rate: str = ""
    steps: tuple[Step, ...] = ()
    inclusive: bool = False
    floor: str = ""
    cap: str = ""
    scope: Literal["line", "declaration"] = "line"
    apportion: Literal["value", "gross-mass"] = "value"
    round_base: Rounding | None = None
    round: Rounding | None = None
    round_total: Rounding | None = None
    waived_below: str = ""
    persons: tuple[str, ...] = ()
    except_persons: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    except_procedures: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    except_uses: tuple[str, ...] = ()
    transport: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    except_origins: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    except_codes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    known_to: date | None = None
    begins: bool = False
    ends: bool = False
    is_private: bool = False
    assumes: str = ""
    act: str = ""


class Money(msgspec.Struct, frozen=True):
    """An amount of money; without a currency it is in the tariff's."""

    amount: Decimal
    currency: str | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as it is understood.

    Attributes:
        charge: As written.
        base: Its base.
        formula: Its rate for all goods; None where rates stand on the goods.
        floor: Least amount; None for none.
        cap: Highest amount; None for none.
        waived_below: Amount below which it is not asked for; None for none.
        is_assumed: Whether its base is only what is usual for its kind.
    """

    charge: Charge
    base: Expression
    formula: Formula | None = None
    floor: Money | None = None
    cap: Money | None = None
    waived_below: Money | None = None
    is_assumed: bool = False


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """All charges of one name.

    Attributes:
        name: The name.
        kind: What they are.
        definitions: In the order in which they are tried (1..n).
        place: Place in the order of the tariff (from 0).
        column: The tariff's name of the rates on goods that it is of.
        is_for_all: Whether it has one definition, on all goods and persons and always.
    """

    name: str
    kind: Kind
    definitions: tuple[Definition, ...]
    place: int
    column: str
    is_for_all: bool


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Charges in the order in which they are computed.

    Attributes:
        parts: Charges that are computed together, in order (0..n): one, or several that stand inside each other's base.
        needs: Name → names of the charges that its base names.
        amounts: Names of amounts that the tariff knows.
    """

    parts: tuple[tuple[Node, ...], ...]
    needs: dict[str, tuple[str, ...]]
    amounts: tuple[str, ...]

    def nodes(self) -> Iterator[Node]:
        """All charges, in the order in which they are computed."""
        for part in self.parts:
            yield from part


def graph_of(
    charges: Iterable[Charge],
    columns: Iterable[tuple[str, Kind]] = (),
    amounts: Iterable[str] = (),
    duties: Iterable[str] = (),
) -> Graph:
    """Understand charges and put them in order.

    Args:
        charges: As written, in the order of the tariff.
        columns: Names and kinds of rates on goods; one that no charge names is taken on what is usual for its kind.
        amounts: Further names of amounts that bases may name.
        duties: Names of the columns of duties; where there is but one, bases may name it, and mean the lowest lawful duty.

    Raises:
        SettingsError: A base or rate cannot be read, names something unknown, takes a charge off, or bases turn round
            without saying so; the message names the charges, their acts and the path.
    """
    named: dict[str, list[Charge]] = {}
    written = tuple(charges)
    for one in written:
        named.setdefault(one.name, []).append(one)
    if not any(several[0].kind == "duty" for several in named.values()):
        own = _name_of_duty(written, tuple(dict.fromkeys(duties)), {*named, *USUAL_AMOUNTS, *amounts})
        named = {own: [Charge(name=own, kind="duty", base=DEFAULT_BASES["duty"])], **named}
    named_columns = {name: name for name in named}
    for column, kind in sorted(dict.fromkeys(columns), key=lambda one: _IN_ORDER.index(one[1])):
        held = named.get(column)
        if held is None:
            named[column] = [Charge(name=column, kind=kind)]
            named_columns[column] = column
        elif held[0].kind != kind and held[0] in written:
            raise _wrong(held[0], f"its rates on goods are of kind {kind}, but it is of kind {held[0].kind}")
        elif held[0].kind != kind:
            named[f"{column} ({kind})"] = [Charge(name=f"{column} ({kind})", kind=kind)]
            named_columns[f"{column} ({kind})"] = column
    known = tuple(dict.fromkeys((*USUAL_AMOUNTS, *amounts)))
    nodes = {
        name: Node(
            name=name,
            kind=several[0].kind,
            definitions=tuple(_understood(one) for one in several),
            place=place,
            column=named_columns.get(name, name),
            is_for_all=len(several) == 1 and not is_conditional(several[0]),
        )
        for place, (name, several) in enumerate(named.items())
    }
    _check_names(nodes, known)
    _check_letters(nodes, known)
    needs = {name: tuple(dict.fromkeys(_needed(node, nodes))) for name, node in nodes.items()}
    parts = tuple(_in_order(nodes, needs))
    for part in parts:
        _check_part(part, needs)
    return Graph(parts=parts, needs=needs, amounts=known)


def _name_of_duty(charges: Iterable[Charge], duties: Sequence[str], taken: Container[str]) -> str:
    """What the lowest lawful duty is called where no charge names it: as its only column, if bases call it so."""
    if len(duties) != 1 or duties[0] in taken:
        return "duty"
    is_named = any(one.base and duties[0] in _names_in(one.base) for one in charges)
    return duties[0] if is_named else "duty"


def _names_in(base: str) -> frozenset[str]:
    try:
        return names_of(read_expression(base))
    except SettingsError:  # said where the charge is understood
        return frozenset()


def conditions_of(one: Charge) -> tuple[object, ...]:
    """Goods, persons and days that a charge is on, as written and in no order within each."""
    told = (all_digits(getattr(one, field)) if "codes" in field else getattr(one, field) for field in _CONDITIONS)
    return tuple(frozenset(each) if isinstance(each, tuple) else each for each in told)


def is_conditional(one: Charge) -> bool:
    """Whether a charge is on some goods, persons or days only."""
    return any(conditions_of(one))


def members(name: str, nodes: Iterable[Node], of: Node) -> tuple[str, ...]:
    """Names of the charges that a name in a base stands for (0..n).

    Args:
        name: The name in the base.
        nodes: All charges.
        of: The charge whose base it is.
    """
    if name == BEFORE:
        return tuple(one.name for one in nodes if one.place < of.place and one.kind != "withholding")
    every = tuple(nodes)
    if name in TOGETHER:
        return tuple(one.name for one in every if one.kind in TOGETHER[name])
    return (name,) if any(one.name == name for one in every) else ()


def resolved(base: Expression, of: Node, present: Iterable[Node], amounts: Iterable[str]) -> Expression:
    """A base that names charges one by one, and no longer all of some kinds.

    Args:
        base: As written.
        of: The charge whose base it is.
        present: Charges on the goods; one that is not among them comes to nothing.
        amounts: Names that are amounts.
    """
    every, known = tuple(present), frozenset(amounts)
    if isinstance(base, Extreme):
        return Extreme(
            base.is_largest,
            tuple(resolved(part, of, every, known) for part in base.parts),
            base.factor,
            resolved(base.more, of, every, known),
        )
    terms: dict[str, Fraction] = {}
    for name, factor in base.terms.items():
        names = members(name, every, of)
        if name == BEFORE:
            names = ("value", *names)
        elif not name or name in known or name.startswith(QUANTITY):
            names = (name,)
        for one in names:
            terms[one] = terms.get(one, Fraction()) + factor
    return Linear(terms)


def _understood(one: Charge) -> Definition:
    written = one.base or DEFAULT_BASES.get(one.kind)
    if written is None:
        raise _wrong(one, f"a charge is not of kind {one.kind}: write the rate as a column, and the charge as duty")
    try:
        formula = read_rate(one.rate) if one.rate else None
        if one.steps:
            formula = _stepped(one)
    except NotationError as error:
        raise _wrong(one, f"its rate cannot be read: {error}") from error
    for rule in (one.round_base, one.round, one.round_total):
        if rule is not None and (fault := rule.fault()) is not None:
            raise _wrong(one, fault)
    if (one.begins and one.valid_from is None) or (one.ends and one.valid_to is None):
        raise _wrong(one, "begins needs valid_from, and ends needs valid_to")
    if one.known_to is not None and (one.valid_to is not None or one.known_to < (one.valid_from or one.known_to)):
        raise _wrong(one, "known_to goes with no valid_to, and is not before valid_from")
    try:
        base = read_expression(written)
    except SettingsError as error:
        raise _wrong(one, str(error)) from error
    if not names_of(base):
        raise _wrong(one, f"its base, {written}, is a number, and not an amount")
    return Definition(
        charge=one,
        base=base,
        formula=formula,
        floor=_money(one, one.floor),
        cap=_money(one, one.cap),
        waived_below=_money(one, one.waived_below),
        is_assumed=not one.base and one.kind in VARYING,
    )


def _stepped(one: Charge) -> Formula:
    bands: list[Band] = []
    below: Decimal | None = None
    for step in one.steps:
        if step.to is not None and not (step.to.is_finite() and step.to >= 0):
            raise _wrong(one, f"its step to {step.to} is below nothing")
        if step.to is not None and below is not None and step.to <= below:
            raise _wrong(one, f"its step to {step.to} is not above {below}")
        if below is None and bands:
            raise _wrong(one, "an open-ended step is followed by another")
        bands.append(Band(read_rate(step.rate, is_step=True), below, step.to))
        below = step.to
    return Stepped(tuple(bands))


def _money(one: Charge, text: str) -> Money | None:
    if text == "":
        return None
    number, _, currency = text.strip().partition(" ")
    try:
        amount = read_number(number)
    except ValueError as error:
        raise _wrong(one, f"{text!r} is not an amount of money") from error
    if amount < 0:
        raise _wrong(one, f"{text!r} is not an amount of money")
    return Money(amount, currency.strip().upper() or None)


def _check_names(nodes: dict[str, Node], amounts: tuple[str, ...]) -> None:
    known = {*nodes, *TOGETHER, BEFORE, *amounts}
    for node in nodes.values():
        if node.name in (*amounts, BEFORE) or (node.name in TOGETHER and node.kind not in TOGETHER[node.name]):
            raise _wrong(node.definitions[0].charge, "its name is already that of an amount")
        if {one.charge.kind for one in node.definitions} != {node.kind}:
            raise _wrong(node.definitions[0].charge, "charges of one name are of different kinds")
        for one in node.definitions:
            for name in sorted(names_of(one.base)):
                if name not in known and not name.startswith(QUANTITY):
                    hint = next((other for other in sorted(known) if other.lower() == name.lower()), None)
                    more = (
                        f"; is {hint} meant?"
                        if hint
                        else ("; list it in amounts if the declarant states it, and write duty for a column of duties")
                    )
                    raise _wrong(one.charge, f"its base names {name}, which is neither a charge nor an amount{more}")
            for name in subtracted(one.base):
                if members(name, nodes.values(), node):
                    raise _wrong(
                        one.charge, f"its base subtracts {name}, so that more of one would mean less of the other"
                    )
    duties = [one for one in nodes.values() if one.kind == "duty"]
    if len(duties) > 1:
        names = ", ".join(one.name for one in duties)
        raise SettingsError(
            f"Of the charges {names} only one can be of kind duty: it is the lowest lawful duty. "
            "What comes on top is of kind additional.",
            code="charges-not-in-order",
        )


def _check_letters(nodes: dict[str, Node], amounts: tuple[str, ...]) -> None:
    """Refuse names that look alike: of a charge and its column, or of an amount, one would stand without the other."""
    seen = {_letters(one): one for one in (*amounts, BEFORE)}
    for node in nodes.values():
        other = seen.setdefault(_letters(node.name), node.name)
        if other != node.name:
            raise _wrong(
                node.definitions[0].charge,
                f"its name differs from {other} in capitals, blanks or the form of letters only; write both alike",
            )


def _letters(name: str) -> str:
    """A name without what people do not see: capitals, blanks, and how accents are put together."""
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def _needed(node: Node, nodes: dict[str, Node]) -> Iterator[str]:
    for one in node.definitions:
        for name in sorted(names_of(one.base)):
            yield from members(name, nodes.values(), node)


def _in_order(nodes: dict[str, Node], needs: dict[str, tuple[str, ...]]) -> Iterator[tuple[Node, ...]]:
    """Strongly connected parts, each after all that it needs (Tarjan), ties in the order of the tariff."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[Node, ...]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(needs[name], key=lambda one: nodes[one].place):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            part = sorted(stack[place:], key=lambda one: nodes[one].place)
            del stack[place:]
            found.append(tuple(nodes[one] for one in part))

    if len(nodes) > 200:
        raise SettingsError("A tariff has at most 200 charges.", code="charges-not-in-order")
    for name in sorted(nodes, key=lambda one: nodes[one].place):
        if name not in index:
            visit(name)
    yield from found


def _check_part(part: tuple[Node, ...], needs: dict[str, tuple[str, ...]]) -> None:
    names = {one.name for one in part}
    if len(part) == 1 and part[0].name not in needs[part[0].name]:
        for one in part[0].definitions:
            if one.charge.inclusive:
                raise _wrong(one.charge, "it is declared as included in its own base, but its base does not contain it")
        return
    for one in (definition for node in part for definition in node.definitions):
        if not one.charge.inclusive:
            path = " → ".join(_path(part[0].name, names, needs))
            acts = "; ".join(f"{node.name}: {node.definitions[0].charge.act or 'no act named'}" for node in part)
            raise _wrong(
                one.charge,
                f"bases are circular: {path} ({acts}). Set inclusive = true for a charge included in its own base",
            )
        if isinstance(one.base, Extreme):
            raise _wrong(one.charge, "a base that includes itself must be a sum")
        if one.charge.scope != "line":
            raise _wrong(one.charge, "a charge on the declaration cannot be included in its own base")


def _path(start: str, names: set[str], needs: dict[str, tuple[str, ...]]) -> list[str]:
    """The shortest way from a charge back to itself."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for other in needs[way[-1]]:
            if other == start:
                return [*way, start]
            if other in names and other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return [start]


def _wrong(one: Charge, why: str) -> SettingsError:
    act = f" ({one.act})" if one.act else ""
    return SettingsError(f"The charge {one.name}{act} is not valid: {why.rstrip('.')}.", code="charges-not-in-order")
