# SPDX-License-Identifier: Apache-2.0
"""`cocket measures value`: how declared values stand among others, and what to ask; never what a value is."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, shown
from cocket.errors import UnreadableError
from cocket.findings import Finding, describe, render
from cocket.measures.tariff import Calculator, Goods, Rates, load_tariff, read_rates
from cocket.measures.valuation import (
    PAPERS,
    Comparisons,
    ComparisonSet,
    DeclaredValue,
    Guarantee,
    Indication,
    Practice,
    guarantee_for,
    indicate_all,
    inquiry_of,
    weaknesses,
)
from cocket.standards.json import decode_json

_MOST_COMPLAINTS = 5


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One item as it is written in a file; see `DeclaredValue`."""

    code: str
    day: date = msgspec.field(name="date")
    origin: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    level: str | None = None
    terms: str | None = None
    charges: Decimal | None = None
    trader: str | None = None
    examined: date | None = None
    stands: bool | None = None


def value(
    files: Annotated[list[str], typer.Argument(metavar="FILE…|-", help="Items, one JSON object per line; - is stdin.")],
    history: Annotated[list[Path], typer.Option("--history", metavar="FILE", help="Past items: NDJSON or CSV.")],
    rates: Annotated[
        Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates: CSV currency,from,rate, or JSON.")
    ] = None,
    currency: Annotated[str, typer.Option("--currency", help="Target currency of the rates.")] = "EUR",
    tariff: Annotated[
        Path | None, typer.Option("--tariff", metavar="FILE", help="Tariff, to compute a sufficient guarantee.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How long a past item serves as comparison.")] = 365,
    least: Annotated[int, typer.Option("--least", min=5, help="Minimum number of comparisons.")] = 10,
    only_examined: Annotated[
        bool, typer.Option("--only-examined", help="Only past values confirmed by an examination.")
    ] = False,
    law: Annotated[
        str, typer.Option("--basis", help="What national law includes in declared values: CIF or FOB.")
    ] = "CIF",
    json_lines: JsonOption = False,
) -> None:
    """How declared values stand among others, and whether there is reason to ask. It never says what a value is.

    An item has code, date, origin, value, currency, quantity, unit, and as far as known level, terms, charges, trader;
    a past item may also say when it was examined and whether its value stands. Only past items of an earlier date
    count.

    Exit 1: an item cannot be read. Exit 2: a file cannot be read, or wrong usage.

    Examples:
        cocket measures value items.ndjson --history past.csv

        cocket measures value --json - --history past.ndjson --rates rates.csv --currency USD
    """
    if law not in ("CIF", "FOB"):
        raise typer.BadParameter(f"{law} is neither CIF nor FOB.", param_hint="--basis")
    told = Rates(currency, read_rates(read_file(rates), currency)) if rates else None
    for finding in told.findings if told else ():
        complain(render(finding))
    practice = Practice(period_days=days, least_members=least, only_examined=only_examined, law=law)  # type: ignore[arg-type]
    comparisons = Comparisons(told, practice)
    for path in history:
        _remember(comparisons, path)
    calculator = _calculator(tariff, told) if tariff else None
    if _answer_all(files, comparisons, calculator, json_lines):
        raise typer.Exit(1)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("value", value),)


def _remember(comparisons: Comparisons, path: Path) -> None:
    """Put one file of past items into the memory; say on stderr what could not be."""
    left_out: list[str] = []
    kept = 0
    for place, row in _rows(read_file(path), path):
        found = comparisons.add(row) if isinstance(row, DeclaredValue) else row
        kept += found is None
        if found is not None:
            left_out.append(f"{shown(str(path))}:{place}: {shown(render(found))}")
    for line in left_out[:_MOST_COMPLAINTS]:
        complain(line)
    if len(left_out) > _MOST_COMPLAINTS:
        complain(f"… and {len(left_out) - _MOST_COMPLAINTS:,} more lines that cannot serve as comparison.")
    if not kept:
        complain(f"{shown(str(path))}: nothing in it can serve as comparison.")


def _calculator(path: Path, rates: Rates | None) -> Calculator:
    loaded = load_tariff([(str(path), read_file(path))])
    return Calculator(loaded.tariff, rates if rates and rates.currency == loaded.tariff.currency else loaded.rates())


def _answer_all(files: Iterable[str], comparisons: Comparisons, calculator: Calculator | None, as_json: bool) -> bool:
    """Answer every item, in the order of the files; whether any could not be read."""
    rows = [row for name in files for _, row in _rows(read_file(Path(name)), None)]
    answers = iter(indicate_all([row for row in rows if isinstance(row, DeclaredValue)], comparisons))
    for row in rows:
        if isinstance(row, Finding):
            answer, security = Indication(outcome="cannot-say", grounds=(row,)), None
        else:
            answer = next(answers)
            security = guarantee_for(calculator, _goods(row), answer) if calculator else None
        if as_json:
            json_line(_told(answer, security))
        else:
            _explain(row.code if isinstance(row, DeclaredValue) else "–", answer, security)
    return any(isinstance(row, Finding) for row in rows)


def _goods(item: DeclaredValue) -> Goods:
    """An item as a question to a tariff."""
    quantities = {item.unit: item.quantity} if item.unit and item.quantity is not None else {}
    return Goods(
        code=item.code,
        day=item.day,
        value=item.value,
        currency=item.currency,
        origin=item.origin,
        quantities=quantities,
    )


def _told(answer: Indication, security: Guarantee | None) -> dict[str, Any]:
    """One answer as JSON."""
    asked = inquiry_of(answer)
    return {
        "outcome": answer.outcome,
        "declared_unit_value": str(answer.declared_unit_value) if answer.declared_unit_value is not None else None,
        "distance": round(answer.distance, 3) if answer.distance is not None else None,
        "rank": answer.rank,
        "set": _described(answer.set) if answer.set else None,
        "grounds": [describe(one) for one in answer.grounds],
        "question": [render(one) for one in asked.question] if asked else [],
        "guarantee": msgspec.to_builtins(security) if security else None,
        "papers": [{"name": name, "text": PAPERS[name]} for name in asked.papers] if asked else [],
    }


def _described(compared: ComparisonSet) -> dict[str, Any]:
    """A comparison set as JSON, its spread as declared values per unit."""
    spread = compared.spread
    fields = msgspec.to_builtins(compared)
    names = ("lowest", "lower", "median", "upper", "highest")
    told = {name: float(f"{math.exp(getattr(spread, name)):.6g}") for name in names}
    fields["spread"] = {"size": spread.size, **told, "far_out": spread.far_out}
    for name in ("level", "quantities"):
        fields.setdefault(name, None)
    return {**fields, "weaknesses": [describe(one) for one in weaknesses(compared)]}


def _explain(code: str, answer: Indication, security: Guarantee | None) -> None:
    """One answer for a person."""
    out.print(f"[bold]{shown(code)}[/bold]  {answer.outcome}", highlight=False)
    for one in answer.grounds:
        out.print(f"  {shown(render(one))}", highlight=False, soft_wrap=True)
    if (compared := answer.set) is not None:
        spread = compared.spread
        middle = f"{math.exp(spread.lower):.4g} to {math.exp(spread.upper):.4g}"
        out.print(
            f"  declared {answer.declared_unit_value} {compared.currency} per {compared.unit}; the middle half of "
            f"{spread.size} declarations of {compared.code} from {compared.origin}, {compared.since} to "
            f"{compared.before}: {middle}; {answer.rank} are lower",
            highlight=False,
            soft_wrap=True,
        )
        for one in weaknesses(compared):
            out.print(f"  weak: {shown(render(one))}", highlight=False, soft_wrap=True)
    if (asked := inquiry_of(answer)) is not None:
        for one in asked.question:
            out.print(f"  {render(one)}", highlight=False, soft_wrap=True)
        out.print(
            "  Papers: " + "; ".join(PAPERS[name] for name in asked.papers) + ".", highlight=False, soft_wrap=True
        )
    if security is not None:
        amount = f"{security.amount} {security.currency}" if security.amount is not None else "not computable"
        out.print(f"  Guarantee that would be sufficient (Article 13): {amount}.", highlight=False, soft_wrap=True)


_ROW = msgspec.json.Decoder(_Row, strict=False)


def _rows(content: bytes, path: Path | None) -> Iterator[tuple[int, DeclaredValue | Finding]]:
    """Items of a file with the lines they stand on; a line that cannot be read gives a finding."""
    if path is not None and content.lstrip()[:1] != b"{":
        yield from _of_table(content, path)
        return
    for place, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                yield place, _item(decode_json(line, _ROW))
            except UnreadableError as error:
                yield place, _unreadable(error)


def _of_table(content: bytes, path: Path) -> Iterator[tuple[int, DeclaredValue | Finding]]:
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        if not {"code", "date"} <= set(table.fieldnames or ()):
            raise UnreadableError(f"{shown(str(path))} needs at least the columns code and date.", code="table-columns")
        heads = [head for head in table.fieldnames or () if head]
        if twice := next((head for head in heads if heads.count(head) > 1), None):
            raise UnreadableError(f"{shown(str(path))} has the column {shown(twice)} twice.", code="table-columns")
        for row in table:
            told = {name: text.strip() for name, text in row.items() if name and isinstance(text, str) and text.strip()}
            try:
                yield table.line_num, _item(msgspec.convert(told, _Row, strict=False))
            except msgspec.ValidationError as error:
                yield table.line_num, _unreadable(error)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"{shown(str(path))} cannot be read: {error}.", code="table-unreadable") from error


def _item(row: _Row) -> DeclaredValue:
    return DeclaredValue(**msgspec.structs.asdict(row))


def _unreadable(error: Exception) -> Finding:
    message = "the item cannot be read: {found}"
    return Finding(code="item-unreadable", severity="error", message=message, found=str(error)[:200])
