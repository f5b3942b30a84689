# SPDX-License-Identifier: Apache-2.0
"""`cocket measures`: what goods cost, what they need, how their value stands. This file: the tariff and duties."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket.cli.say import JsonOption, complain, json_line, out, shown
from cocket.errors import SenderError, SettingsError, StoreError
from cocket.findings import Finding, describe, render
from cocket.measures.tariff import (
    Calculator,
    Duties,
    Loaded,
    answer,
    check_tariff,
    load_tariff,
    no_answer,
    read_question,
    read_rates,
    wording,
    write_tariff,
)

app = typer.Typer(name="measures", no_args_is_help=True, help="Tariffs and duties, values, permits.")

TariffOption = Annotated[
    Path, typer.Option("--tariff", metavar="FILE|FOLDER", help="Tariff: one file, or the folder of its files.")
]
RatesOption = Annotated[
    Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates: CSV currency,from,rate, or JSON.")
]
MapOption = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="For a table: which column is what, TOML or JSON.")
]

_SUFFIXES = (".json", ".csv", ".txt", ".tsv")


@app.command("duty")
def duty(
    tariff: TariffOption,
    questions: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="Questions, a JSON object a line; - is standard input.")
    ] = None,
    rates: RatesOption = None,
    mapping: MapOption = None,
    code: Annotated[str | None, typer.Option("--code", help="Goods code, instead of questions.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="Day whose tariff applies, YYYY-MM-DD.")] = None,
    value: Annotated[str | None, typer.Option("--value", help="Customs value.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the value; the tariff's if not given.")] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="Country of origin, two letters.")] = None,
    quantity: Annotated[list[str] | None, typer.Option("--quantity", help="UNIT=NUMBER, such as KGM=250.")] = None,
    preference: Annotated[str | None, typer.Option("--preference", help="Preference claimed: code or column.")] = None,
    procedure: Annotated[str | None, typer.Option("--procedure", help="Procedure asked for and before.")] = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="What the goods are, in the words of a case of an answer.")
    ] = None,
    fact: Annotated[list[str] | None, typer.Option("--fact", help="NAME=NUMBER, such as lactose-content=14.")] = None,
    further: Annotated[
        str | None, typer.Option("--with", metavar="JSON", help='Further fields: \'{"documents":["U088"]}\'.')
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """What goods cost: every duty and tax with its base, rate, act and date, and by name what cannot be computed.

    A question has code and date, and as far as known value, currency, origin, quantities (unit: number), preference,
    procedure, documents, additional_codes, quotas, use, cases, retail_price, facts. Answers to questions from a file
    or standard input are JSON lines in the order of the questions where output is no terminal or with --json.

    Exit 1: a finding of severity error in an answer. Exit 2: the tariff cannot be read, or wrong usage.

    Examples:
        cocket measures duty --tariff tariff/ --code 0201.30-010 --date 2026-08-01 --value 1000 --origin AU

        cocket measures duty --tariff tariff.json --rates rates.csv - < items.ndjson
    """
    loaded = _load([tariff], mapping)
    told = read_rates(_bytes(rates), loaded.tariff.currency) if rates else ()
    known = loaded.rates(told)
    for finding in (*(one for one in loaded.findings if one.severity == "error"), *known.findings):
        complain(render(finding))
    calculator = Calculator(loaded.tariff, known)
    if code is not None:
        fields = {
            "code": code, "date": day, "value": value, "currency": currency, "origin": origin,
            "quantities": _quantities(quantity or []), "preference": preference, "procedure": procedure,
            "cases": case or None, "facts": _quantities(fact) if fact else None,
        }  # fmt: skip
        lines: Iterable[bytes] = [_question(fields, further)]
        as_json = json_lines
    elif questions is not None:
        lines, as_json = _lines(questions), json_lines or questions == "-" or not sys.stdout.isatty()
    else:
        raise typer.BadParameter("Give questions (a file, or - for standard input) or --code.")
    if _answer_all(calculator, lines, as_json):
        raise typer.Exit(1)


@app.command("import")
def import_tariff(
    files: Annotated[list[Path], typer.Argument(metavar="TARIFF…", help="Files or folders of one tariff.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    mapping: MapOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Load a tariff in whatever form, and keep it as one file that loads quickly.

    Exit 1: something was left out, with a finding of severity error each. Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures import japan-tariff/ --out jp.json

        cocket measures import tariff.csv --map tariff.toml --out xa.json
    """
    loaded = _load(files, mapping)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(write_tariff(loaded.tariff))
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", code="file-unwritable") from error
    _say_loaded(loaded, loaded.findings, json_lines)


@app.command("check")
def check(
    tariff: TariffOption, rates: RatesOption = None, mapping: MapOption = None, json_lines: JsonOption = False
) -> None:
    """Look a tariff through: overlaps and gaps, unknown units and areas, rates that cannot be right.

    Exit 1: a finding of severity error. Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures check --tariff tariff.csv --map tariff.toml
    """
    loaded = _load([tariff], mapping)
    told = read_rates(_bytes(rates), loaded.tariff.currency) if rates else ()
    _say_loaded(loaded, (*loaded.findings, *check_tariff(loaded.tariff, loaded.rates(told))), json_lines)


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Goods code.")],
    tariff: TariffOption,
    mapping: MapOption = None,
    json_lines: JsonOption = False,
) -> None:
    """What a tariff has on a code: its lines, units, other laws and every measure, applied or not.

    Exit 1: nothing stands under the code. Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures show 0201.30 --tariff jp.json
    """
    loaded = _load([tariff], mapping)
    digits = "".join(filter(str.isdigit, code))
    lines = [line for name, line in sorted(loaded.tariff.lines.items()) if digits and name.startswith(digits)]
    for line in lines:
        above = [line.code[:length] for length in range(2, len(line.code) + 1)]
        measures = [one for name in above for one in loaded.tariff.measures.get(name, ())]
        if json_lines:
            json_line({**msgspec.to_builtins(line), "measures": [_measure(one) for one in measures]})
            continue
        out.print(f"[bold]{line.code}[/bold]  {shown(line.description)}", highlight=False, soft_wrap=True)
        for one in map(_measure, measures):
            rate = one["rate"] or one["text"] if one["is_applied"] else f"({one['rate']})"
            days = " to ".join(day or "…" for day in (one["valid_from"], one["valid_to"]))
            area = f" for {one['area']}" if one["area"] and one["area"] != one["type"] else ""
            _say(
                f"  {one['kind']} {one['type']}{area}: {rate}{f', {days}' if days != '… to …' else ''}, {one['act'] or 'no act told'}"
            )
    if not lines:
        complain(f"Nothing stands under {code} in this tariff.")
        raise typer.Exit(1)


def _measure(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "type": one.type_code,
        "rate": wording(one.formula) if one.formula is not None else None,
        "area": one.area,
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "act": one.act,
        "is_applied": one.is_applied,
        "text": one.text,
    }


def _load(paths: list[Path], mapping: Path | None) -> Loaded:
    sources = [(str(file), _bytes(file)) for path in paths for file in _files(path)]
    return load_tariff(sources, _bytes(mapping) if mapping else None)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{shown(str(path))} cannot be read: {error.strerror}.", code="file-unreadable") from error


def _lines(name: str) -> Iterator[bytes]:
    """Lines of a file or of standard input, each as it comes."""
    if name == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield from file
    except OSError as error:
        raise SettingsError(f"{shown(name)} cannot be read: {error.strerror}.", code="file-unreadable") from error


def _question(fields: dict[str, Any], further: str | None) -> bytes:
    try:
        more = msgspec.json.decode(further, type=dict[str, Any]) if further else {}
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise typer.BadParameter(f"--with is no JSON object: {error}.") from error
    return msgspec.json.encode({name: told for name, told in {**fields, **more}.items() if told is not None})


def _quantities(told: list[str]) -> dict[str, str]:
    found = {}
    for one in told:
        unit, sign, number = one.partition("=")
        if not sign or not unit.strip():
            raise typer.BadParameter(f"{one} is not NAME=NUMBER.")
        found[unit.strip()] = number.strip()
    return found


def _answer_all(calculator: Calculator, lines: Iterable[bytes], as_json: bool) -> bool:
    """Answer every question; whether any answer has an error."""
    is_wrong = False
    for line in lines:
        if not line.strip():
            continue
        try:
            duties = calculator.duties(read_question(line))
            told = answer(duties)
        except SenderError as error:
            duties, told = None, no_answer(error.findings)
        is_wrong = is_wrong or any(one["severity"] == "error" for one in told["findings"])
        if as_json:
            json_line(told)
        else:
            _explain(duties, told)
    return is_wrong


def _explain(duties: Duties | None, told: dict[str, Any]) -> None:
    """One answer for a person."""
    if duties is not None and duties.code:
        out.print(f"[bold]{duties.code}[/bold]", highlight=False)
    for line in duties.lines if duties is not None else ():
        effect = "" if line.effect == "due" else f", {line.effect}"
        amount = f"{line.amount:>15,} {duties.currency if duties else ''}"
        on = f" on {line.base}" if line.base else ""
        since = f", from {line.valid_from}" if line.valid_from else ""
        _say(f"{amount}  {line.kind} {line.type_code}{effect}: {line.rate}{on}")
        _say(f"{'':21}{line.act or 'no act told'}{since}")
        for note in line.notes:
            _say(f"{'':21}{note}")
    for unknown in told["not_computable"]:
        reasons = "; ".join(f"{one['reason']}: {one['what']}" for one in unknown["missing"])
        _say(f"not computable: {unknown['type']} {unknown['rate']} ({reasons})")
        if unknown["cases"]:
            _say("  one of these; say which with --case:")
        for place, case in enumerate(unknown["cases"], start=1):
            _say(f"  ({place}) {case['condition']}: {case['amount'] or '–'}")
    for control in told["controls"]:
        _say(f"needs: {control}")
    for finding in told["findings"]:
        _say(f"{finding['severity']}: {finding['message']}")
    if told["total"] is not None:
        payable = f" ({told['payable']} payable)" if told["payable"] is not None else ""
        out.print(f"[bold]total {told['total']} {told['currency']}{payable}[/bold]", highlight=False)


def _say(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)


def _say_loaded(loaded: Loaded, findings: tuple[Finding, ...], json_lines: bool) -> None:
    tariff = loaded.tariff
    count = sum(map(len, tariff.measures.values()))
    if json_lines:
        told = [describe(one) for one in findings]
        json_line(
            {
                "name": tariff.name,
                "edition": tariff.edition,
                "lines": len(tariff.lines),
                "measures": count,
                "findings": told,
            }
        )
    else:
        for finding in findings:
            place = f"{finding.location}: " if finding.location else ""
            _say(f"{finding.severity}: {place}{render(finding)}")
        edition = f" {tariff.edition}" if tariff.edition else ""
        out.print(f"{tariff.name}{edition}: {len(tariff.lines):,} lines, {count:,} measures", highlight=False)
    if any(one.severity == "error" for one in findings):
        raise typer.Exit(1)
