# SPDX-License-Identifier: Apache-2.0
"""`cocket measures build`: customs values built from invoices, step by step, each with its article."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, json_line, out, shown
from cocket.errors import UnreadableError
from cocket.findings import Finding, describe, render
from cocket.measures.customs_value import BuiltValue, PricedLine, ValueQuestion, build_values
from cocket.measures.tariff import Rates, read_rates
from cocket.measures.tariff.numbers import decode_numbers
from cocket.model import Amount


class _Priced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an invoice as it is written in a file."""

    price: Decimal | None = None
    gross_mass_kg: Decimal | None = None


class _Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount with its currency; without one, it is in that of the price."""

    value: Decimal
    currency: str | None = None


class _Invoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice as it is written in a file; see `ValueQuestion`."""

    lines: tuple[_Priced, ...]
    day: date = msgspec.field(name="date")
    currency: str | None = None
    terms: str | None = None
    amounts: dict[str, _Told] = {}
    royalties_are_condition: bool | None = None
    is_related: bool | None = None
    relation_influenced_price: bool | None = None
    defaults: dict[str, str] = {}


def build(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…|-", help="Invoices, one JSON object per line; - is stdin.")
    ],
    currency: Annotated[str, typer.Option("--currency", help="Currency of the tariff.")],
    rates: Annotated[
        Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates: CSV currency,from,rate, or JSON.")
    ] = None,
    law: Annotated[
        str, typer.Option("--basis", help="Basis of the customs value in national law: CIF or FOB.")
    ] = "CIF",
    json_lines: JsonOption = False,
) -> None:
    """Build the customs value of each line of an invoice from its price, step by step, each with its article.

    An invoice has date, currency, terms (Incoterms), lines (price, gross_mass_kg) and amounts by name, such as freight,
    insurance, inland_export, commissions, royalties, transport_after_import: {"freight": {"value": 80, "currency": "USD"}}.

    Exit 1: a value cannot be built, or a line is no invoice; what is missing or wrong is named, and the other lines are
    answered. Exit 2: a file cannot be read, or wrong usage.

    Examples:
        cocket measures build invoices.ndjson --currency XDC --rates rates.csv

        cocket measures build - --currency ZAR --basis FOB --json
    """
    if law not in ("CIF", "FOB"):
        raise typer.BadParameter(f"{law} is neither CIF nor FOB.", param_hint="--basis")
    told = Rates(currency, read_rates(read_file(rates), currency) if rates else ())
    is_open = False
    for name in files:
        for place, line in enumerate(read_file(Path(name)).splitlines(), 1):
            if not line.strip():
                continue
            values, questions = _answer(line, f"{shown(name)}:{place}", law, told)
            is_open = is_open or not values or any(one.value is None for one in values)
            if json_lines:
                fields = [msgspec.to_builtins(one) for one in values]
                json_line({"values": fields, "questions": [describe(one) for one in questions]})
            else:
                _show_values(values, questions)
    if is_open:
        raise typer.Exit(1)


_INVOICE = msgspec.json.Decoder(_Invoice, strict=False)


def _answer(line: bytes, where: str, law: str, told: Rates) -> tuple[tuple[BuiltValue, ...], tuple[Finding, ...]]:
    """The values of an invoice and open questions; of a line that is no invoice, what is wrong with it."""
    try:
        invoice = decode_numbers(line, _INVOICE, is_finite=False)
    except (UnreadableError, ValueError) as error:
        message = "{where} is not an invoice: {why}"
        arguments = {"where": where, "why": str(error).rstrip(".")}
        return (), (Finding(code="invoice-unreadable", severity="error", message=message, arguments=arguments),)
    return build_values(_value_question(invoice, law), told)


def _value_question(invoice: _Invoice, law: str) -> ValueQuestion:
    amounts = {name: Amount(one.value, one.currency or None) for name, one in invoice.amounts.items()}
    return ValueQuestion(
        lines=tuple(PricedLine(price=one.price, gross_mass_kg=one.gross_mass_kg) for one in invoice.lines),
        currency=invoice.currency,
        day=invoice.day,
        terms=invoice.terms,
        basis=law,  # type: ignore[arg-type]
        amounts=amounts,
        royalties_are_condition=invoice.royalties_are_condition,
        is_related=invoice.is_related,
        relation_influenced_price=invoice.relation_influenced_price,
        defaults=invoice.defaults,
    )


def _show_values(values: Iterable[BuiltValue], questions: Iterable[Finding]) -> None:
    for place, one in enumerate(values, start=1):
        whole = f"{one.value:,} {one.currency} {one.basis}" if one.value is not None else "not known"
        out.print(f"[bold]line {place}: {whole}[/bold]", highlight=False)
        for step in one.steps:
            rate = f" at {step.rate}" if step.rate is not None else ""
            spread = f", by {step.spread}" if step.spread else ""
            stated = f" ({step.stated}{rate}{spread})" if step.stated else ", not stated: by law"
            out.print(
                shown(f"  {step.amount:>14,}  {step.what}, article {step.article}{stated}"),
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip
        for missing in one.missing:
            out.print(
                shown(f"  missing: {missing.reason} {missing.what}"), markup=False, highlight=False, soft_wrap=True
            )
        for assumed in one.assumed:
            out.print(shown(f"  assumed: {assumed.says}"), markup=False, highlight=False, soft_wrap=True)
    for finding in questions:
        out.print(shown(f"  {finding.severity}: {render(finding)}"), markup=False, highlight=False, soft_wrap=True)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("build", build),)
