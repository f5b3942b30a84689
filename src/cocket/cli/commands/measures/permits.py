# SPDX-License-Identifier: Apache-2.0
"""`cocket measures permits`: which permits goods need, which were presented, and what stands on each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.text import Text

from cocket import standards
from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, json_line, out, shown
from cocket.errors import SettingsError, UnreadableError
from cocket.findings import Finding, describe, render
from cocket.measures.permits import (
    Form,
    Item,
    Matching,
    Matrix,
    Permit,
    Taken,
    Verdict,
    colours,
    form_of,
    items_of,
    match,
    matrix_of,
    numbers_of,
    read_matrix,
    read_permits,
    worst,
)
from cocket.measures.tariff import Rates, load_tariff, read_rates
from cocket.model import Declaration
from cocket.standards.json import decode_json

_STYLES = {"red": "bold red", "yellow": "yellow", "green": "green"}
_SUFFIXES = (".json", ".csv", ".txt", ".tsv")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the command has found out.

    Attributes:
        file: The declaration; None for an item given by options.
        matching: How it stands.
        permits: Permits that it names, as they stand without it.
        findings: What is wrong with matrix, permits and message (0..n).
    """

    file: str | None
    matching: Matching
    permits: tuple[Permit, ...]
    findings: tuple[Finding, ...]


def permits(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A declaration in any standard.")] = None,
    matrix: Annotated[
        Path | None, typer.Option("--matrix", metavar="FILE", help="Permit matrix: TOML, JSON or CSV.")
    ] = None,
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", metavar="FILE|FOLDER", help="Tariff whose lines refer to other laws."),
    ] = None,
    register: Annotated[
        Path | None, typer.Option("--permits", metavar="FILE", help="Permits that are known: TOML, JSON or CSV.")
    ] = None,
    rates: Annotated[Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates, as of duty.")] = None,
    rates_in: Annotated[str, typer.Option("--rates-in", metavar="CUR", help="Currency of the rates.")] = "EUR",
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Date whose law applies; else the date of the message."),
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="Commodity code, instead of a declaration.")] = None,
    flow: Annotated[str, typer.Option("--flow", help="import, export or transit.")] = "import",
    origin: Annotated[list[str] | None, typer.Option("--origin", help="Country of origin, two letters.")] = None,
    destination: Annotated[str | None, typer.Option("--destination", help="Country of destination.")] = None,
    procedure: Annotated[
        str | None, typer.Option("--procedure", help="Procedure requested and previous procedure.")
    ] = None,
    quantity: Annotated[list[str] | None, typer.Option("--quantity", help="UNIT=NUMBER, such as KGM=250.")] = None,
    value: Annotated[str | None, typer.Option("--value", help="Customs value.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the value.")] = None,
    party: Annotated[list[str] | None, typer.Option("--party", help="ROLE=NUMBER, such as importer=123.")] = None,
    paper: Annotated[list[str] | None, typer.Option("--paper", help="CODE=NUMBER of a document presented.")] = None,
    further: Annotated[
        str | None, typer.Option("--with", metavar="JSON", help='Further fields: \'{"papers":[{"code":"C400"}]}\'.')
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """What goods need of other agencies, what was presented for it, and what stands on each permit.

    Unknown, missing and invalid are told apart: a permit that no register has may be good; one that expired is not.

    Exit 1: a paper is missing or does not hold, or another finding of severity error. Exit 2: a file cannot be read, or
    wrong usage.

    Examples:
        cocket measures permits declaration.xml --matrix permits.toml --permits register.csv

        cocket measures permits --tariff jp.json --code 0302.11-000 --date 2026-08-01

        cocket measures permits --matrix permits.toml --code 4103.20 --origin XA --quantity KGM=20 --paper C400=AB12
    """
    if (file is None) == (code is None) or (matrix is None and tariff is None):
        raise typer.BadParameter("Give a declaration or --code, and a --matrix or a --tariff.")
    on = day.date() if day else None
    rows, findings = _matrix(matrix, tariff)
    known, odd = read_permits(*_formed(register)) if register else ((), ())
    exchange = Rates(rates_in, read_rates(read_file(rates), rates_in)) if rates else Rates(rates_in)
    if file is not None:
        items, wrong = _declared(file, on)
    else:
        fields = {
            "code": code, "flow": flow, "origins": origin, "destination": destination, "procedure": procedure,
            "quantities": _pairs(quantity), "value": value, "currency": currency, "parties": _pairs(party),
            "papers": [{"code": name, "number": number} for name, number in _pairs(paper).items()],
        }  # fmt: skip
        items, wrong = (_item(fields, further, on),), ()
    numbers = numbers_of(items)
    told = Told(
        file=file,
        matching=match(items, rows, known, exchange),
        permits=tuple(one for one in known if one.name.number in numbers),
        findings=(*findings, *odd, *wrong, *exchange.findings),
    )
    if json_lines:
        json_line(_described(told))
    else:
        _say_text(told)
    if any(one.severity == "error" for one in (*told.findings, *told.matching.all_findings)):
        raise typer.Exit(1)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("permits", permits),)


def _matrix(matrix: Path | None, tariff: Path | None) -> tuple[Matrix, tuple[Finding, ...]]:
    """The rows of a matrix, the laws of a tariff, or both: a row named as a law says more of it."""
    own, findings = read_matrix(*_formed(matrix)) if matrix else (Matrix(), ())
    if tariff is None:
        return own, findings
    loaded = load_tariff([(str(one), read_file(one)) for one in _files(tariff)], None)
    of_tariff = matrix_of(loaded.tariff, {one.code: one for one in own.requirements})
    laws = {one.code for one in of_tariff.requirements}
    others = (one for one in own.requirements if one.code not in laws)
    whole = msgspec.structs.replace(
        of_tariff, requirements=(*of_tariff.requirements, *others), areas={**of_tariff.areas, **own.areas}
    )
    return whole, findings


def _declared(file: str, day: date | None) -> tuple[tuple[Item, ...], tuple[Finding, ...]]:
    """The items of a declaration, and its own errors."""
    reading = standards.read(read_file(Path(file)))
    document = reading.document
    if len(reading.documents) > 1:
        raise SettingsError(
            f"{shown(file)} holds {len(reading.documents)} messages, and one declaration is looked at.",
            code="several-messages",
            hint="Give each in a file of its own.",
        )
    if not isinstance(document, Declaration):
        why = render(reading.findings[0]) if reading.findings and document is None else "it is another message"
        raise SettingsError(f"{shown(file)} is not a declaration: {shown(why)}.", code="not-a-declaration")
    registered = document.status.registered if document.status else None
    stated = document.accepted or document.issued
    on = day or (stated.date() if document.accepted and stated else registered) or (stated.date() if stated else None)
    if on is None:
        raise typer.BadParameter("The declaration has no date: give --date.")
    return items_of(document, on), tuple(one for one in reading.findings if one.severity == "error")


_OBJECT = msgspec.json.Decoder(dict[str, Any])


def _item(fields: dict[str, Any], further: str | None, day: date | None) -> Item:
    """The item that options describe."""
    try:
        more = decode_json(further, _OBJECT) if further else {}
        given = {name: told for name, told in {**fields, **more}.items() if told is not None}
        item = msgspec.convert({"day": day or datetime.now(UTC).date(), **given}, Item, strict=False)
    except (UnreadableError, msgspec.ValidationError) as error:
        raise typer.BadParameter(f"The item cannot be read: {str(error).rstrip('.')}.") from error
    return msgspec.structs.replace(item, code="".join(filter(str.isdigit, item.code or "")) or None)


def _pairs(told: list[str] | None) -> dict[str, str]:
    found = {}
    for one in told or ():
        name, sign, text = one.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(f"{one} is not NAME=VALUE.")
        found[name.strip()] = text.strip()
    return found


def _formed(path: Path) -> tuple[bytes, Form]:
    """What a file holds, and how it is written."""
    content = read_file(path)
    form = form_of(str(path), content)
    if form is None:
        raise typer.BadParameter(f"{path} is not one of .toml, .json, .csv.")
    return content, form


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())


def _described(told: Told) -> dict[str, Any]:
    """The answer as JSON: for each item what it needs and how that stands, for each permit what is left of it."""
    coloured = colours(told.matching)
    return {
        "file": told.file,
        "items": [
            {
                "item": one.item,
                "code": one.code,
                "colours": {each.agency: each.colour for each in coloured if each.item == one.item},
                "needs": [_need(need) for need in one.needs],
            }
            for one in told.matching.items
        ],
        "colours": worst(coloured),
        "permits": [_permit(one, told.matching) for one in told.permits],
        "findings": [describe(one) for one in (*told.findings, *told.matching.findings)],
    }


def _need(need: Verdict) -> dict[str, Any]:
    described = msgspec.to_builtins(need)
    empty = {"says": "", "law": "", "why": [], "missing": [], "presented": [], "draws": []}
    return {**empty, **described, "findings": [describe(one) for one in need.findings]}


def _permit(permit: Permit, matching: Matching) -> dict[str, Any]:
    draws = [one for one in matching.draws if one.permit == permit.name]
    described = msgspec.to_builtins(msgspec.structs.replace(permit, taken=Taken()))
    return {
        **described,
        "status": permit.status,
        "taken": _amounts(permit.taken),
        "drawn": [{"item": one.item, "quantity": one.quantity, "value": one.value} for one in draws],
        "left": {
            "quantity": _left(permit.quantity, permit.taken.quantity, [one.quantity for one in draws]),
            "value": _left(permit.value, permit.taken.value, [one.value for one in draws]),
            "uses": None if permit.uses is None else permit.uses - permit.taken.uses - bool(draws),
        },
    }


def _amounts(taken: Taken) -> dict[str, Any]:
    return {"quantity": taken.quantity, "value": taken.value, "uses": taken.uses}


def _left(limit: Decimal | None, taken: Decimal, draws: list[Decimal | None]) -> Decimal | None:
    """What is left after what this declaration takes; None where there is no limit."""
    return None if limit is None else limit - taken - sum((one for one in draws if one is not None), Decimal(0))


def _say_text(told: Told) -> None:
    coloured = colours(told.matching)
    for one in told.matching.items:
        out.print(f"[bold]item {one.item}[/bold]  {shown(one.code or 'no code')}", highlight=False)
        for need in one.needs:
            colour = next(each.colour for each in coloured if (each.item, each.agency) == (one.item, need.agency))
            line = Text.assemble((f"  {need.verdict:18}", _STYLES[colour]), f" {shown(need.says or need.requirement)}")
            out.print(
                line.append(f"  {shown(need.agency)}, {shown(need.law or 'no law stated')}", "dim"), soft_wrap=True
            )
            _say(f"{'':21}{_because(need)}")
            for finding in need.findings:
                _say(f"{'':21}{finding.severity}: {render(finding)}")
        if not one.needs:
            _say("  needs no permit in this matrix")
    for permit in told.permits:
        _say(_line(permit, _permit(permit, told.matching)["left"]))
    for finding in (*told.findings, *told.matching.findings):
        place = f"{finding.location}: " if finding.location and finding.location not in render(finding) else ""
        _say(f"{finding.severity}: {place}{render(finding)}")
    for agency, colour in worst(coloured).items():
        out.print(Text.assemble((f"{colour:7}", _STYLES[colour]), shown(agency)), highlight=False)


def _because(need: Verdict) -> str:
    """Why there is a need, and what was presented for it."""
    parts = [f"because of {'; '.join(need.why)}"] if need.why else [] if need.missing else ["as all goods"]
    parts += [f"not certain without {', '.join(need.missing)}"] if need.missing else []
    return "; ".join([*parts, f"presented: {', '.join(need.presented)}" if need.presented else "nothing presented"])


def _line(permit: Permit, left: dict[str, Any]) -> str:
    """One permit with what is left of it."""
    limits = {
        f" {permit.unit}": (left["quantity"], permit.quantity),
        f" {permit.currency}": (left["value"], permit.value),
        " uses": (left["uses"], permit.uses),
    }
    rest = [f"{now:f} of {whole:f}{unit} left" if isinstance(now, Decimal) else f"{now} of {whole}{unit} left"
            for unit, (now, whole) in limits.items() if whole is not None]  # fmt: skip
    days = f"{permit.valid_from or '…'} to {permit.valid_to or '…'}"
    head = f"permit {permit.type} {permit.number} line {permit.line} of {permit.agency}, {permit.status}, {days}"
    return f"{head}: {', '.join(rest) or 'no limit'}"


def _say(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
