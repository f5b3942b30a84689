# SPDX-License-Identifier: Apache-2.0
"""`cocket risk review`: what an office gave, file by file; then what its rules were worth, on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.output import JsonOption, json_line, note, out, progress, shown
from cocket.cli.commands.check import options_of
from cocket.cli.commands.risk.figures import said
from cocket.errors import SettingsError
from cocket.pipeline.risk.given_columns import FIELDS, LEFT_OUT, Answers, ColumnSheet
from cocket.pipeline.risk.given_sheet import FileSheet, GivenSheet, Taken, check_answers, remembered, take
from cocket.pipeline.risk.monthly_review import MonthFiles, review_month
from cocket.risk import Past, load_model, read_past
from cocket.risk.estimate import MISSED, Estimate
from cocket.risk.rules import Rule, read_rules
from cocket.risk.rules.month import MonthReview, write_review
from cocket.risk.rules.pack import standing

#: Folders that are never read: truth is for judging, the past is read for itself, lodged papers are not the host's.
_LEFT_OUT: Final = ("truth", "history", "lodge")

#: Files that are listed of one kind of verdict; the others are counted.
_LISTED: Final = 20

#: Other names of a field.
_ALIASES: Final = {"declared": "registered", "result": "found", "declaration": "reference", "examined": "examined_on"}

_MARKS: Final = {"recognised": "✓", "in part": "◐", "needs you": "◐", "not recognised": "✕"}


def review_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|FILE...",
            help="SAD and manifest files and the tables of lanes and results: folders, .csv, .xlsx, .ods, .zip, XML.",
        ),
    ],
    rules_file: Annotated[Path | None, typer.Option("--rules", help="Rules to measure as well.")] = None,
    model_file: Annotated[
        Path | None, typer.Option("--model", help="Model to use; by default one is trained here.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="P", help="Profile of the messages, as for cocket check: a name or a FILE."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help=f"What a column is: {', '.join(FIELDS)}.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="FIELD:WORD=MEANING", help="What a word means, such as found:RAS=no."),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A value that every row has: office, year, serial."),
    ] = None,
    dates: Annotated[
        str, typer.Option("--dates", metavar="ORDER", help="day-first or month-first, where the dates leave it open.")
    ] = "",
    memory_file: Annotated[
        Path | None,
        typer.Option(
            "--columns", metavar="FILE", help="Where columns and words are remembered; by default beside the report."
        ),
    ] = None,
    is_sheet_only: Annotated[
        bool, typer.Option("--sheet", help="Only say what was recognised and what not, and review nothing.")
    ] = False,
    report: Annotated[Path, typer.Option("--out", help="Folder to write the report to.")] = Path("review"),
    as_json: JsonOption = False,
) -> None:
    """Review a month: what was recognised of every file, each rule's yield against chance, and our advice at equal effort.

    Everything happens on this machine: no database, no network, nothing kept but the report and what you said of columns. Words
    whose meaning is not known are asked about. A folder `history` inside, as `cocket simulate` writes it, is what the model
    learns from; else the first part of the month is.

    Example:
        cocket risk review november --out november-review

        cocket risk review sad.zip lanes.csv results.xlsx --map found=Verdict --word found:RAS=no --sheet

        cocket risk review november --profile asycuda:generic --json
    """
    options = options_of(profile, lenient=False) if profile else None
    kept_at = memory_file or report / "columns.json"
    memory = _memory(kept_at)
    answers = check_answers(_answers(columns or (), words or (), values or (), dates))
    files = tuple(_given(paths))
    with progress("Reading") as step:
        taken = take(
            files, memory=memory, said=answers, options=options, progress=lambda done: step(done, max(done, len(files)))
        )
    asked = _ask(taken.sheet) if not as_json and _can_ask() else Answers()
    if asked != Answers():
        answers = check_answers(answers.with_more(asked))
        taken = take(files, memory=memory, said=answers, options=options)
    if answers != Answers():
        write_file(kept_at, msgspec.json.format(msgspec.json.encode(remembered(memory, taken.sheet, answers))))
    write_file(report / "sheet.json", msgspec.json.format(msgspec.json.encode(taken.sheet)))
    if as_json:
        json_line({"sheet": taken.sheet})
    else:
        for line in sheet_lines(taken.sheet):
            _print(line)
    if is_sheet_only:
        raise typer.Exit(1 if any(one.verdict == "not recognised" for one in taken.sheet.files) else 0)
    _review(paths, taken, (rules_file, model_file), report, as_json)


def _review(
    paths: Sequence[Path], taken: Taken, more: tuple[Path | None, Path | None], report: Path, as_json: bool
) -> None:
    rules_file, model_file = more
    files = MonthFiles(
        name=paths[0].resolve().name,
        messages=taken.messages,
        readings=taken.readings,
        rows=taken.rows,
        criteria=taken.criteria,
        chances=taken.chances,
        differing=taken.differing,
        rules=_rules(rules_file),
        past=next(filter(None, map(_past, paths)), None),
        model=load_model(read_file(model_file)) if model_file else None,
    )
    with progress("Reviewing") as step:
        review = review_month(files, lambda _what, done, of: step(done, of))
    write_file(report / "review.html", write_review(review).encode())
    write_file(report / "review.json", msgspec.json.format(msgspec.json.encode(review)))
    if as_json:
        json_line(review)
    else:
        _say(review, report)


def _given(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file with its bytes; of a folder those below it, but for what is never read."""
    for path in paths:
        if path.is_dir():
            for file in sorted(one for one in path.rglob("*") if one.is_file()):
                if file.relative_to(path).parts[0] not in _LEFT_OUT:
                    yield str(file.relative_to(path)), read_file(file)
        elif path.exists():
            yield path.name, read_file(path)
        else:
            raise SettingsError(f"There is no {path}.", hint="Give folders or files that are there.")


def _answers(columns: Sequence[str], words: Sequence[str], values: Sequence[str], dates: str) -> Answers:
    told: dict[str, dict[str, str]] = {}
    for one in words:
        field, colon, rest = one.partition(":")
        word, sign, meaning = rest.rpartition("=")
        if not colon or not sign or not word:
            raise SettingsError(f"{one} is not FIELD:WORD=MEANING.", hint="Such as --word found:RAS=no.")
        told.setdefault(_field(field), {})[word.strip().casefold()] = meaning.strip()
    return Answers(
        columns={heading: field for field, heading in map(_pair, columns)},
        words=told,
        values=dict(map(_pair, values)),
        dates=dates,
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise SettingsError(f"{text} is not FIELD=VALUE.", hint="Such as --map found=Verdict, or --set year=2026.")
    return _field(name), value.strip()


def _field(name: str) -> str:
    name = name.strip()
    return _ALIASES.get(name, LEFT_OUT if name in ("leave-out", "-") else name)


def _memory(path: Path) -> dict[str, Answers]:
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(read_file(path), type=dict[str, Answers])
    except msgspec.MsgspecError as error:
        raise SettingsError(
            f"{path} does not hold remembered columns: {error}.", hint="Delete it, or give another --columns FILE."
        ) from error


def _can_ask() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def _ask(sheet: GivenSheet) -> Answers:
    """Ask in the terminal what only a person knows: which column is which, and what words mean."""
    columns: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    for file in sheet.files:
        for column in file.columns:
            if column.field is None and column.heading not in columns:
                columns[column.heading] = _ask_column(file, column)
            for word, count in column.unknown.items():
                known = words.setdefault(column.field or "", {})
                if word.casefold() not in known:
                    meaning = _ask_word(column, word, count)
                    if meaning:
                        known[word.casefold()] = meaning
    return Answers(
        columns={name: field for name, field in columns.items() if field},
        words={f: one for f, one in words.items() if one},
    )


def _ask_column(file: FileSheet, column: ColumnSheet) -> str:
    note(shown(f"{file.name}: column {column.heading}, such as {column.example!r}. Fields: {', '.join(FIELDS)}."))
    field = _field(typer.prompt("Which field is it? Enter leaves it out", default="", show_default=False, err=True))
    return field if field in FIELDS else LEFT_OUT


def _ask_word(column: ColumnSheet, word: str, count: int) -> str:
    note(shown(f"{column.heading}: what does {word!r} mean (rows: {count:,})? {', '.join(column.meanings)}."))
    meaning = typer.prompt("Enter leaves these rows out", default="", show_default=False, err=True).strip()
    return meaning if meaning in column.meanings else ""


def sheet_lines(sheet: GivenSheet) -> Iterator[str]:
    """The sheet as lines: tables and what was not recognised by name, messages counted."""
    messages = [one for one in sheet.files if one.kind in ("declaration", "manifest")]
    yield f"{sheet.usable:,} of {len(sheet.files):,} files can be used."
    if messages:
        declarations = sum(one.kind == "declaration" for one in messages)
        yield f"✓ {declarations:,} declarations and {len(messages) - declarations:,} manifests, one a file"
    rest = (
        [one for one in sheet.files if one not in messages]
        if len(messages) < 1000
        else [one for one in sheet.files if not one.kind or one.columns]
    )
    for one in rest[:_LISTED]:
        yield from _file_lines(one)
    if len(rest) > _LISTED:
        yield f"… and {len(rest) - _LISTED:,} more files, in sheet.json."
    needs = sheet.needs
    yield (
        f"What a review needs: declarations {needs.declarations:,}, lanes of the host {needs.lanes:,}, results {needs.results:,} "
        f"({needs.dated:,} with their day), why chosen {needs.random:,}, additional duty {needs.money:,}."
    )
    yield can_say(sheet)


def can_say(sheet: GivenSheet) -> str:
    """What can be answered with what is there, and what not yet."""
    needs = sheet.needs
    if not needs.can_compare:
        return "With this nothing can be compared yet: a review needs declarations and results."
    missing = (
        []
        if needs.random
        else ["with chance (which were drawn at random? a column criteria with RANDOM, or propensity)"]
    )
    missing += [] if needs.money else ["money (a column of additional duty)"]
    return "With this ours can be compared with the host" + (
        f"; not yet: {'; '.join(missing)}." if missing else ", with chance, and in money."
    )


def _file_lines(one: FileSheet) -> Iterator[str]:
    how = ", ".join(
        filter(None, (one.encoding, one.delimiter and f"{one.delimiter} between", one.sheet and f"sheet {one.sheet}"))
    )
    text = one.message
    for name, value in one.arguments.items():
        text = text.replace(f"{{{name}}}", value)
    yield f"{_MARKS[one.verdict]} {one.name}{f' ({how})' if how else ''}: {one.verdict}. {text}"
    if one.expected or one.found:
        yield f"    expected: {one.expected or '–'}; found: {one.found or '–'}"
    if one.further:
        yield f"    {one.further}"
    if one.other_sheets:
        yield f"    not read: sheets {', '.join(one.other_sheets)}"
    if one.verdict != "not recognised" and (one.repaired or one.left_out):
        reasons = "; ".join(f"{why.rows:,} {why.message.replace('{name}', why.name)}" for why in one.reasons)
        yield f"    repaired {one.repaired:,}, left out {one.left_out:,}{f': {reasons}' if reasons else ''}"
    for column in one.columns:
        yield from _column_lines(column)


def _column_lines(column: ColumnSheet) -> Iterator[str]:
    if column.field is None:
        yield f"    {column.heading} (such as {column.example!r}): not known, left out; --map FIELD={column.heading!r}"
    elif column.why == "free":
        yield f"    {column.heading}: free words, which may name people; left out unless you choose it"
    elif column.repaired:
        yield f"    {column.heading} is {column.field}: {column.repaired:,} repaired, such as {column.repair}"
    if column.left_out and not column.unknown:
        yield f"    {column.heading}: {column.left_out:,} left out, such as {column.found!r}; expected {column.expected}"
    if column.note:
        yield f"    {column.heading}: {column.note}"
    for word, count in column.unknown.items():
        how = f"--word '{column.field}:{word}=…' ({', '.join(column.meanings)})"
        yield f"    {column.heading}: what does {word!r} mean (rows: {count:,})? {how}"


def _rules(path: Path | None) -> tuple[Rule, ...]:
    return read_rules(read_file(path)) if path else ()


def _past(folder: Path) -> Past | None:
    history = folder / "history"
    if not history.is_dir():
        return None
    return read_past(read_file(history / "declarations.ndjson"), read_file(history / "results.csv"))


def _say(review: MonthReview, report: Path) -> None:
    _print(
        f"{review.declarations:,} declarations and {review.manifests:,} manifests, {review.first_day} to {review.last_day}; "
        f"{review.examined:,} examined, {review.found:,} irregular, {review.recovered:,.0f} {review.currency or ''} recovered."
    )
    for one in sorted(review.figures, key=lambda one: -one.hits):
        if one.hits:
            lift = f", lift {_said(one.lift)}" if one.lift else ""
            _print(
                f"  {one.code}: {one.hits:,} hits, {one.examined:,} examined, {one.found:,} found{lift}: {standing(one)}"
            )
    if review.advised:
        ours = review.advised
        unknown = "cannot say yet" if ours.effort.lack else "unknown"
        _print(
            f"With the same {ours.examinations:,} examinations from {ours.first_day}: you found {ours.host_found:,}; our advice "
            f"{_said(ours.ours.found) if ours.ours else unknown}, at random "
            f"{_said(ours.random_found) if ours.random_found else unknown}."
        )
        if ours.ours:
            _print(
                f"  {ours.ours.seen_found:,} of these you found yourselves; the rest is estimated from {ours.ours.drawn:,} drawn at random "
                f"among our choices. If such a draw misses {MISSED:.0%}: {_said(ours.ours.if_missed)}."
            )
        _print(f"  {said(ours.effort, review.currency)}")
    for caveat in review.caveats:
        _print(f"• {caveat}")
    _print(f"The report is in {report}/review.html.")


def _said(one: Estimate | None) -> str:
    return f"{one.value:,.1f} ({one.low:,.1f}–{one.high:,.1f})" if one else "–"


def _print(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
