# SPDX-License-Identifier: Apache-2.0
"""A national tariff as values: lines of goods, measures on them, areas of countries, all with their days."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from cocket.measures.tariff.charges import Charge
from cocket.measures.tariff.formula import Formula
from cocket.measures.tariff.kinds import Kind, Rounding
from cocket.measures.tariff.procedures import Procedure, Relief

#: Code of rates that stand in a row whose code cannot be read: it may be any.
ANY_CODE = ""


class Condition(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a measure hangs on.

    Attributes:
        code: Group of conditions within the measure; within a group the first that is met counts.
        documents: Codes of papers of which one must be presented; empty for "none of the others".
        applies: Whether the measure then applies; False if it then does not.
        is_allowed: Whether the goods may then be brought in; None where the measure is no control.
        formula: What is then due instead of the measure's own formula; None for that one.
        text: In words, as the tariff has it.
    """

    code: str
    documents: tuple[str, ...] = ()
    applies: bool = True
    is_allowed: bool | None = None
    formula: Formula | None = None
    text: str = ""


class Measure(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One measure on goods.

    Attributes:
        code: Goods code that it stands on, digits only; it holds for every line under it. `ANY_CODE` is for every line
            without a measure of that name on its very code.
        kind: What it is.
        type_code: The tariff's own name of the type or column (`103`, `基本`, `MFN`).
        formula: What is due; None for a measure that asks for no money.
        area: Country (ISO alpha-2) or area of the tariff for which it holds; None for all.
        excluded: Countries and areas left out (0..n).
        valid_from: First day; None if always.
        valid_to: Last day; None if open.
        act: Legal act.
        order_number: Quota that must have room; None for none.
        additional_code: Additional code that must be declared; None for none.
        preference: Preference code to be claimed, as declared; None where the tariff names none.
        uses: Goods with this end use only, in words; `*` for any end use that the law knows; None for all.
        conditions: What it hangs on (0..n), in order.
        text: What the tariff says of it, for people.
        is_applied: Whether it counts; False where the tariff shows a rate that another of its columns takes the place
            of.
    """

    code: str
    kind: Kind
    type_code: str
    formula: Formula | None = None
    area: str | None = None
    excluded: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    act: str = ""
    order_number: str | None = None
    additional_code: str | None = None
    preference: str | None = None
    uses: str | None = None
    conditions: tuple[Condition, ...] = ()
    text: str = ""
    is_applied: bool = True


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of the nomenclature.

    Attributes:
        code: Digits only, as long as the tariff writes it.
        description: Words of the line.
        units: Units in which quantities are declared (0..n).
        laws: Codes of other laws that its goods fall under (0..n).
        valid_from: First day; None if always.
        valid_to: Last day; None if open.
    """

    code: str
    description: str = ""
    units: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """One national tariff, as of one edition.

    Attributes:
        name: Short name (`gb`, `jp`, `xa`).
        edition: What its publisher calls the edition.
        currency: ISO 4217 of amounts payable.
        lines: Lines of the nomenclature by code.
        measures: Measures by the code that they stand on.
        areas: Area → countries (ISO alpha-2).
        claims: Word under which preferences are claimed, in capitals → type codes that it claims.
        laws: Code of another law → its agency and the paper that customs must see, in words.
        rounding: Kind of measure → how its amounts become payable. `duty` is for preferences, suspensions and quotas
            too where they have no entry of their own; `""` is for all others.
        source: Where it is from, for people.
        charges: What its columns of rates are taken on, and charges on all goods (0..n), in the order of the law.
        amounts: Names of further amounts that bases of charges may name (0..n).
        defaults: Amount that is not stated → what the law puts in its place, an expression; an assumption where used.
        single: Kinds of which one measure applies alone: the one claimed by an additional code, else the highest.
        basis: What a customs value includes by its law; None if the tariff does not say.
        exchange_day: Day whose rate of exchange applies.
        procedures: What its procedures do; empty for what is usual.
        reliefs: Reliefs for consignments of low value (0..n).
    """

    name: str
    edition: str
    currency: str
    lines: dict[str, Line] = {}
    measures: dict[str, tuple[Measure, ...]] = {}
    areas: dict[str, frozenset[str]] = {}
    claims: dict[str, frozenset[str]] = {}
    laws: dict[str, str] = {}
    rounding: dict[str, Rounding] = {}
    source: str = ""
    charges: tuple[Charge, ...] = ()
    amounts: tuple[str, ...] = ()
    defaults: dict[str, str] = {}
    single: frozenset[Kind] = frozenset()
    basis: Literal["CIF", "FOB"] | None = None
    exchange_day: Literal["acceptance", "shipment"] = "acceptance"
    procedures: tuple[Procedure, ...] = ()
    reliefs: tuple[Relief, ...] = ()
