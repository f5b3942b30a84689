# SPDX-License-Identifier: Apache-2.0
"""`cocket measures`: what goods cost, what they need, how their value stands. This file: the tariff and duties."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket import standards
from cocket.cli.base.files import read_file, standard_input
from cocket.cli.base.output import JsonOption, complain, json_line, out, shown
from cocket.errors import SenderError, SettingsError, StoreError, UnreadableError
from cocket.findings import Finding, describe, render
from cocket.measures.customs_value import ValuedItem, valued_items
from cocket.measures.tariff import (
    USUAL,
    Calculator,
    Compared,
    Duties,
    Loaded,
    answer,
    at_stake,
    charges_in,
    check_tariff,
    compare,
    countries,
    definition_words,
    graph_of,
    load_tariff,
    mermaid,
    national,
    no_answer,
    picture_of,
    read_charges,
    read_declaration,
    read_rates,
    recompute,
    states_duties,
    svg,
    with_national,
    wording,
    write_charges,
    write_tariff,
)
from cocket.measures.tariff.expression import wording_of
from cocket.measures.tariff.national import National
from cocket.measures.tariff.plan import columns_of, duties_of
from cocket.model import Declaration
from cocket.standards.json import decode_json

app = typer.Typer(name="measures", no_args_is_help=True, help="Tariffs, duties, customs values and permits.")

TariffOption = Annotated[
    Path, typer.Option("--tariff", metavar="FILE|FOLDER", help="Tariff: one file, or the folder of its files.")
]
RatesOption = Annotated[
    Path | None, typer.Option("--rates", metavar="FILE", help="Exchange rates: CSV currency,from,rate, or JSON.")
]
MapOption = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="For a table: which column is what, TOML or JSON.")
]

ChargesOption = Annotated[
    str | None,
    typer.Option(
        "--charges", metavar="COUNTRY|FILE", help="Charges of a country (br), or a file of charges, TOML or CSV."
    ),
]

_SUFFIXES = (".json", ".csv", ".txt", ".tsv")


@app.command("duty")
def duty(
    tariff: TariffOption,
    questions: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="Questions, one JSON object per line; - is standard input.")
    ] = None,
    rates: RatesOption = None,
    mapping: MapOption = None,
    charges: ChargesOption = None,
    code: Annotated[str | None, typer.Option("--code", help="Goods code, instead of questions.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="Date whose tariff applies, YYYY-MM-DD.")] = None,
    value: Annotated[str | None, typer.Option("--value", help="Customs value.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the value; the tariff's if not given.")] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="Country of origin, two letters.")] = None,
    quantity: Annotated[list[str] | None, typer.Option("--quantity", help="UNIT=NUMBER, such as KGM=250.")] = None,
    preference: Annotated[str | None, typer.Option("--preference", help="Preference claimed: code or column.")] = None,
    procedure: Annotated[
        str | None, typer.Option("--procedure", help="Procedure requested and previous procedure.")
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help="The case that applies to the goods, in the words of an earlier answer."),
    ] = None,
    fact: Annotated[list[str] | None, typer.Option("--fact", help="NAME=NUMBER, such as lactose-content=14.")] = None,
    amount: Annotated[
        list[str] | None, typer.Option("--amount", help="NAME=NUMBER in the currency of the value, such as freight=80.")
    ] = None,
    person: Annotated[list[str] | None, typer.Option("--person", help="Status of the importer, such as filer.")] = None,
    transport: Annotated[str | None, typer.Option("--transport", help="sea, air, road, rail or post.")] = None,
    use: Annotated[str | None, typer.Option("--use", help="End use claimed.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how each amount is computed, step by step.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Give no total where anything was assumed.")] = False,
    further: Annotated[
        str | None, typer.Option("--with", metavar="JSON", help='Further fields: \'{"documents":["U088"]}\'.')
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """What goods cost: every duty and tax with its base, rate, act and date, and by name what cannot be computed.

    A question has code and date, and as far as known value, currency, origin, quantities (unit: number), preference,
    procedure, documents, additional_codes, quotas, use, cases, retail_price, facts, amounts, persons, transport. Several
    questions of one declaration are {"items": [question, …]}; their answer is {"items": [answer, …], "payable": …}.
    Answers to questions from a file or standard input are JSON lines in the order of the questions where output is no
    terminal or with --json.

    Exit 1: a finding of severity error in an answer. Exit 2: the tariff cannot be read, or wrong usage.

    Examples:
        cocket measures duty --tariff tariff/ --code 0201.30-010 --date 2026-08-01 --value 1000 --origin AU

        cocket measures duty --tariff tariff.json --rates rates.csv - < items.ndjson

        cocket measures duty --tariff br.csv --map br.toml --charges br --code 84713012 --date 2026-03-01 --value 10000 --explain
    """
    loaded = _load([tariff], mapping, charges)
    told = read_rates(read_file(rates), loaded.tariff.currency) if rates else ()
    known = loaded.rates(told)
    for finding in (*(one for one in loaded.findings if one.severity == "error"), *known.findings):
        complain(render(finding))
    calculator = Calculator(loaded.tariff, known)
    if code is not None:
        fields = {
            "code": code, "date": day, "value": value, "currency": currency, "origin": origin,
            "quantities": _quantities(quantity or []), "preference": preference, "procedure": procedure,
            "cases": case or None, "facts": _quantities(fact) if fact else None,
            "amounts": _quantities(amount) if amount else None, "persons": person or None, "transport": transport,
            "use": use,
        }  # fmt: skip
        lines: Iterable[bytes] = [_question(fields, further)]
        as_json = json_lines
    elif questions is not None:
        lines, as_json = _lines(questions), json_lines or questions == "-" or not sys.stdout.isatty()
    else:
        raise typer.BadParameter("Give questions (a file, or - for standard input) or --code.")
    if _answer_all(calculator, lines, as_json, explain=explain, strict=strict):
        raise typer.Exit(1)


@app.command("import")
def import_tariff(
    files: Annotated[list[Path], typer.Argument(metavar="TARIFF…", help="Files or folders of one tariff.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    mapping: MapOption = None,
    charges: ChargesOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Load a tariff in whatever form, and keep it as one file that loads quickly.

    What `check` finds wrong with it is said here too. Exit 1: something was left out or cannot be right, with a finding of
    severity error each. Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures import japan-tariff/ --out jp.json

        cocket measures import tariff.csv --map tariff.toml --out xa.json
    """
    loaded = _load(files, mapping, charges)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(write_tariff(loaded.tariff))
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", code="file-unwritable") from error
    wrong = (one for one in check_tariff(loaded.tariff, loaded.rates()) if one.severity != "info")
    _say_loaded(loaded, (*loaded.findings, *wrong), json_lines)


@app.command("check")
def check(
    tariff: TariffOption,
    rates: RatesOption = None,
    mapping: MapOption = None,
    charges: ChargesOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Look a tariff through: overlaps and gaps, unknown units and areas, rates that cannot be right.

    Exit 1: a finding of severity error. Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures check --tariff tariff.csv --map tariff.toml
    """
    loaded = _load([tariff], mapping, charges)
    told = read_rates(read_file(rates), loaded.tariff.currency) if rates else ()
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
                f"  {one['kind']} {one['type']}{area}: {rate}{f', {days}' if days != '… to …' else ''}, {one['act'] or 'no act stated'}"
            )
    if not lines:
        complain(f"This tariff has nothing under {code}.")
        raise typer.Exit(1)


@app.command("charges")
def charges_command(
    country: Annotated[
        str | None, typer.Argument(metavar="[COUNTRY|FILE]", help="Country code, or a file of charges, TOML or CSV.")
    ] = None,
    tariff: Annotated[
        Path | None, typer.Option("--tariff", metavar="FILE|FOLDER", help="A tariff, for the charges that are in it.")
    ] = None,
    mapping: MapOption = None,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="The graph as Mermaid text.")] = False,
    drawing: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the graph into a file.")] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write them to edit: .toml, or .csv for a spreadsheet."),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """What each charge of a country or a tariff is taken on, in the order in which they are computed, with its act.

    Without an argument: the countries whose charges are known.

    Exit 2: charges that are not in order (circular bases, unknown names), unreadable, or wrong usage.

    Examples:
        cocket measures charges

        cocket measures charges br --svg br.svg

        cocket measures charges br --out br.csv

        cocket measures charges br.csv

        cocket measures charges --tariff tariff.csv --map tariff.toml --mermaid
    """
    if country is None and tariff is None:
        for one in countries():
            known = national(one)
            if json_lines:
                json_line({"country": one, "name": known.name, "currency": known.currency, "as_of": known.as_of})
            else:
                _say(f"{one}  {known.name}, {known.currency}, as of {known.as_of}: {known.source}")
        return
    if tariff is not None:
        book = _load([tariff], mapping, country).tariff
        law = charges_in(book)
        graph = graph_of(book.charges, columns_of(book), book.amounts, duties_of(book))
    else:
        law = _charges(country or "")
        graph = graph_of(law.charges, (), law.amounts)
    if target is not None and target.suffix.lower() not in (".toml", ".csv"):
        raise typer.BadParameter(f"{target} ends neither in .toml nor in .csv.", param_hint="--out")
    if drawing is not None:
        _write(drawing, svg(picture_of(graph)).encode())
    if target is not None:
        _write(target, write_charges(law, as_table=target.suffix.lower() == ".csv"))
    if as_mermaid:
        sys.stdout.write(mermaid(graph))
    elif json_lines:
        for node in graph.nodes():
            definitions = [
                {**msgspec.to_builtins(one.charge), "base": wording_of(one.base), "act": one.charge.act}
                for one in node.definitions
            ]
            json_line({"charge": node.name, "kind": node.kind, "definitions": definitions})
    elif drawing is None and target is None:
        for node in graph.nodes():
            out.print(f"[bold]{shown(node.name)}[/bold]  {node.kind}", highlight=False, soft_wrap=True)
            for told in map(definition_words, node.definitions):
                says = ", ".join(
                    f"{name} {text}" for name, text in told.items() if text and name not in ("act", "base", "rate")
                )
                _say(f"  {told['rate'] or 'rates on the goods'} on {told['base']}{f', {says}' if says else ''}")
                _say(f"  {told['act'] or 'no act named'}")


@app.command("recompute")
def recompute_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Declarations, in any supported standard.")],
    tariff: Annotated[
        Path | None, typer.Option("--tariff", metavar="FILE|FOLDER", help="Tariff to compare the lines with.")
    ] = None,
    rates: RatesOption = None,
    mapping: MapOption = None,
    charges: ChargesOption = None,
    day: Annotated[
        str | None, typer.Option("--date", help="Date whose tariff applies; else the date of registration.")
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="CODE=CHARGE: what a line of duty is called in the tariff.")
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis", help="What a customs value includes by law, CIF or FOB, where the tariff does not say it."
        ),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Compute the lines of duty and tax of declarations again, line by line: what differs, and why.

    Without a tariff each line is compared with its own base and rate, and the total against its lines; what a base must
    be, only a tariff says. Where the law says what a value includes (in the tariff, or by --basis), the customs value of each
    item is built from price, terms and charges as well, and the declared one is compared with it.

    Exit 1: a line differs. Exit 2: a file cannot be read, or wrong usage.

    Examples:
        cocket measures recompute sad.xml

        cocket measures recompute sad.xml --tariff xa.json --name DOG=MFN --name TVS=VAT
    """
    if basis not in (None, "CIF", "FOB"):
        raise typer.BadParameter(f"{basis} is neither CIF nor FOB.", param_hint="--basis")
    if basis is not None and tariff is None:
        raise typer.BadParameter("--basis needs --tariff, for its currency and rates of exchange.")
    calculator = _calculator(tariff, rates, mapping, charges) if tariff is not None else None
    called = {one: str(name) for one, name in _quantities(names or []).items()}
    is_other = False
    for name, declaration in _declarations(files):
        found = recompute(declaration)
        when = _day(day, declaration, name) if calculator else None
        compared: tuple[Compared, ...] = ()
        questions: tuple[Finding, ...] = ()
        built: list[dict[str, Any]] = []
        if calculator is not None and when is not None:
            by: Any = basis or calculator.tariff.basis
            valued, questions = valued_items(declaration, when, calculator.rates, by)
            compared = compare(declaration, calculator, when, called, [one.goods for one in valued])
            built = _built(valued, declaration, calculator)
        is_other = (
            is_other or any(one.severity == "error" for one in found) or any(one.agrees is False for one in compared)
        )
        is_other = is_other or any(one["agrees"] is False for one in built)
        if json_lines:
            json_line(
                {
                    "file": name,
                    "values": built,
                    "questions": [describe(one) for one in questions],
                    "lines": [msgspec.to_builtins(one) for one in compared],
                    "findings": [describe(one) for one in found],
                }
            )
            continue
        for finding in found:
            _say(f"{shown(name)}: {finding.severity}: {render(finding)}")
        for value in built:
            verdict = {True: "agrees", False: "differs", None: "cannot be determined"}[value["agrees"]]
            _say(
                f"{shown(name)}: item {value['item']} customs value: {value['declared'] or 'not declared'}, "
                f"built {value['built']['value']} {value['built']['currency']}: {verdict}"
            )
            for step in value["built"]["steps"] if not value["agrees"] else ():
                _say(f"    {step['amount']} {step['what']}, article {step['article']}")
            for lack in value["built"]["missing"]:
                _say(f"    missing: {lack['reason']} {lack['what']}")
            if value["more"] is not None:
                _say(f"    by the value that is built, {value['more']} {value['built']['currency']} more would be due")
        for finding in questions if built else ():
            _say(f"{shown(name)}: question: {render(finding)}")
        for one in compared:
            verdict = {True: "agrees", False: "differs", None: "cannot be determined"}[one.agrees]
            declared = one.declared if one.declared is not None else "not declared"
            ours = one.amount if one.amount is not None else "–"
            _say(f"{shown(name)}: item {one.item} {one.type_code}: {declared}, by the tariff {ours}: {verdict}")
            for why in one.why:
                _say(f"    {why}")
            for assumed in one.assumed:
                _say(f"    assumed: {assumed}")
        if not states_duties(declaration):
            _say(f"{shown(name)}: it states no amounts of duty, so there is nothing to compare.")
        elif not found and not compared:
            _say(f"{shown(name)}: every line is its base times its rate.")
    if is_other:
        raise typer.Exit(1)


def _declarations(files: Iterable[str]) -> Iterator[tuple[str, Declaration]]:
    """Every declaration of some files, with the name of its file, which of several bear their place behind."""
    for name in files:
        documents = standards.read(read_file(Path(name))).documents or (None,)
        for place, one in enumerate(documents, start=1):
            if not isinstance(one, Declaration):
                raise SettingsError(f"{shown(name)} is not a declaration.", code="not-a-declaration")
            yield name if len(documents) == 1 else f"{name} ({place})", one


def _built(valued: tuple[ValuedItem, ...], declaration: Declaration, calculator: Calculator) -> list[dict[str, Any]]:
    """Customs values as declared beside those that are built, one an item, and what hangs on the difference."""
    found = []
    for place, (item, one) in enumerate(zip(declaration.shipment.items, valued, strict=True), start=1):
        if one.built is None:
            continue
        beside = tuple(other.goods for other in valued if other is not one)
        instead = one.built.goods(one.goods)
        stake = at_stake(calculator, one.goods, instead, beside).amount if one.agrees is False else None
        found.append(
            {
                "item": item.sequence or place,
                "declared": str(one.declared) if one.declared is not None else None,
                "agrees": one.agrees,
                "more": str(stake) if stake is not None else None,
                "built": msgspec.to_builtins(one.built),
            }
        )
    return found


def _day(text: str | None, declaration: Declaration, name: str) -> date:
    """The day whose tariff applies: as told, else that of registration."""
    if text is not None:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text} is not a date (YYYY-MM-DD).", param_hint="--date") from error
    if declaration.status is not None and declaration.status.registered is not None:
        return declaration.status.registered
    raise typer.BadParameter(f"{shown(name)} has no date of registration; give the date with --date.")


def _calculator(tariff: Path, rates: Path | None, mapping: Path | None, charges: str | None) -> Calculator:
    loaded = _load([tariff], mapping, charges)
    known = loaded.rates(read_rates(read_file(rates), loaded.tariff.currency) if rates else ())
    for finding in known.findings:
        complain(render(finding))
    return Calculator(loaded.tariff, known)


@app.command("procedures")
def procedures_command(
    tariff: Annotated[
        Path | None, typer.Option("--tariff", metavar="FILE|FOLDER", help="A tariff, for procedures of its own.")
    ] = None,
    mapping: MapOption = None,
    json_lines: JsonOption = False,
) -> None:
    """What procedures do to duties, trade measures, excise, VAT and fees: due, suspended, not due, repaid.

    Exit 2: unreadable, or wrong usage.

    Examples:
        cocket measures procedures
    """
    known = (_load([tariff], mapping).tariff.procedures if tariff else ()) or USUAL
    for one in known:
        if json_lines:
            json_line(msgspec.to_builtins(one))
            continue
        effects = ", ".join(
            f"{column} {getattr(one, column)}" for column in ("duties", "remedies", "excise", "vat", "fees")
        )
        share = f"; {one.share} % of duties a month where months are stated" if one.share is not None else ""
        value = f"; on the {one.value}" if one.value else ""
        security = f"; security {one.security} %" if one.security != 100 else ""
        _say(f"{one.code:9}{one.says}: {effects}{value}{share}{security}{f' ({one.act})' if one.act else ''}")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error


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


def _load(paths: list[Path], mapping: Path | None, charges: str | None = None) -> Loaded:
    sources = [(str(file), read_file(file)) for path in paths for file in _files(path)]
    loaded = load_tariff(sources, read_file(mapping) if mapping else None)
    if charges is None:
        return loaded
    return msgspec.structs.replace(loaded, tariff=with_national(loaded.tariff, _charges(charges)))


def _charges(name: str) -> National:
    """Charges of a country, or of a file."""
    path = Path(name)
    return read_charges(read_file(path)) if name == "-" or path.suffix or path.exists() else national(name)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())


def _lines(name: str) -> Iterator[bytes]:
    """Lines of a file or of standard input, each as it comes."""
    if name == "-":
        yield from standard_input()
        return
    try:
        with Path(name).open("rb") as file:
            yield from file
    except OSError as error:
        raise SettingsError(f"{shown(name)} cannot be read: {error.strerror}.", code="file-unreadable") from error


_OBJECT = msgspec.json.Decoder(dict[str, Any])


def _question(fields: dict[str, Any], further: str | None) -> bytes:
    try:
        more = decode_json(further, _OBJECT) if further else {}
    except UnreadableError as error:
        raise typer.BadParameter(f"--with is not a JSON object: {error}") from error
    return msgspec.json.encode({name: told for name, told in {**fields, **more}.items() if told is not None})


def _quantities(told: list[str]) -> dict[str, str]:
    found = {}
    for one in told:
        unit, sign, number = one.partition("=")
        if not sign or not unit.strip():
            raise typer.BadParameter(f"{one} is not NAME=NUMBER.")
        found[unit.strip()] = number.strip()
    return found


def _answer_all(calculator: Calculator, lines: Iterable[bytes], as_json: bool, *, explain: bool, strict: bool) -> bool:
    """Answer every question; whether any answer has an error."""
    is_wrong = False
    for line in lines:
        if not line.strip():
            continue
        try:
            goods = read_declaration(line)
        except SenderError as error:
            is_wrong = True
            told = no_answer(error.findings)
            if as_json:
                json_line(told)
            else:
                _explain(None, told)
            continue
        every = calculator.declaration(goods.items, explain=explain)
        if strict:
            every = tuple(one.strict() for one in every)
        answers = [answer(one) for one in every]
        is_wrong = is_wrong or any(one["severity"] == "error" for told in answers for one in told["findings"])
        if not as_json:
            for duties, told in zip(every, answers, strict=True):
                _explain(duties, told)
        elif goods.is_declaration:
            paid = calculator.payable(goods.items) if all(one.total is not None for one in every) else None
            json_line({"items": answers, "payable": paid and {name: f"{one:f}" for name, one in paid.items()}})
        else:
            json_line(answers[0])
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
        _say(f"{'':21}{line.act or 'no act stated'}{since}")
        for note in line.notes:
            _say(f"{'':21}{note}")
        for step in line.how:
            _say(f"{'':21}{step}")
    for unknown in told["not_computable"]:
        reasons = "; ".join(f"{one['reason']}: {one['what']}" for one in unknown["missing"])
        between = _between(unknown["at_least"], unknown["at_most"])
        _say(f"not computable: {unknown['type']} {unknown['rate']} ({reasons}){between}")
        if unknown["cases"]:
            _say("  one of these; choose with --case:")
        for place, case in enumerate(unknown["cases"], start=1):
            _say(f"  ({place}) {case['condition']}: {case['amount'] or '–'}")
    for control in told["controls"]:
        _say(f"needs: {control}")
    for finding in told["findings"]:
        _say(f"{finding['severity']}: {finding['message']}")
    if told["total"] is None and (between := _between(told["at_least"], told["at_most"])):
        _say(f"the sum is not known{between}")
    for name in ("suspended", "repaid"):
        if told[name] is not None and float(told[name]):
            security = f", security {told['security']}" if name == "suspended" else ""
            _say(f"{name} {told[name]} {told['currency']}{security}")
    if duties is not None and told["total"] is not None and any(line.how for line in duties.lines):
        parts = " + ".join(f"{line.amount} {line.charge}" for line in duties.lines if line.effect == "due")
        _say(f"{told['total']} = {parts or 'nothing is due'}")
    if told["total"] is not None:
        payable = f" ({told['payable']} payable)" if told["payable"] is not None else ""
        out.print(f"[bold]total {told['total']} {told['currency']}{payable}[/bold]", highlight=False)
    is_wrong = any(one["severity"] == "error" for one in told["findings"])
    if told["total"] is None and told["assumed"] and not told["not_computable"] and not is_wrong:
        _say("no sum is given, because something was assumed")
    for one in told["assumed"]:
        _say(f"assumed: {one['says']} ({one['code']})")
    if told["decided_by"]:
        _say("decided by: " + "; ".join(f"{one['by']} {one['found']}" for one in told["decided_by"]))


def _between(low: str | None, high: str | None) -> str:
    """Bounds in words, with a blank before; empty where nothing is known."""
    parts = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
    said = ", ".join(part for part in parts if part)
    return f": {said}" if said else ""


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
