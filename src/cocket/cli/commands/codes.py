# SPDX-License-Identifier: Apache-2.0
"""`cocket codes`: code lists in dated editions, and the ways between editions of the Harmonized System."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress, shown
from cocket.codes import Answer, CodeList, Crossing, HsCode, HsEditions, read_codebook
from cocket.codes.codebook import SUFFIX
from cocket.codes.importing import ALIASES, Imported, Source, Wanted, import_list
from cocket.errors import SenderError, SettingsError, StoreError
from cocket.findings import Finding, describe, render
from cocket.settings import read_settings

app = typer.Typer(
    name="codes",
    no_args_is_help=True,
    help="Code lists in dated editions: import, show, convert HS codes between editions.",
)

CodesOption = Annotated[
    Path | None, typer.Option("--codes", metavar="FOLDER", help="Folder of imported lists; else codes/ in the home.")
]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Home folder of the instance; COCKET_HOME, else var/cocket.")
]
ListArgument = Annotated[str, typer.Argument(metavar="LIST", help="Name of the list, such as unlocode.")]

_USES = ("code", "name", "from", "to", "language", "status")


def codes_folder(folder: Path | None, home: Path | None) -> Path:
    """Where imported lists are: the folder given, else `codes` in the home.

    Args:
        folder: What `--codes` gives; None if it was not given.
        home: What `--home` gives; None takes the setting.
    """
    return folder or read_settings(os.environ, home=home).codes_folder


@app.command("import")
def import_codes(
    name: ListArgument,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Files of one edition: CSV, JSON, XML, XLSX; also packed.")
    ],
    edition: Annotated[str | None, typer.Option("--edition", help="Name of the edition, such as 2024-2.")] = None,
    valid_from: Annotated[
        datetime | None,
        typer.Option("--valid-from", formats=["%Y-%m-%d"], help="First day on which the edition is in force."),
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Which column is what: code=…,name=…,from=…,to=…")
    ] = None,
    codes: CodesOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import one edition of a list from its publisher's files. Rows that cannot be imported are reported and left out.

    Known: unlocode, country, currency, unit, package, hs, hs-correlation, customs-office. Any other list is read by
    its column names. Importing the same again changes nothing; another content replaces the edition of that name.

    Exit 1: the files cannot be imported. Exit 2: a file cannot be opened, or wrong usage.

    Examples:
        cocket codes import unlocode loc242csv.zip --edition 2024-2 --valid-from 2024-12-20

        cocket codes import hs-correlation HS2022toHS2017.xlsx

        cocket codes import taxes taxes.csv --columns code=Code,name=Libelle,from=Debut,to=Fin
    """
    wanted = Wanted(
        list=name, edition=edition, valid_from=valid_from.date() if valid_from else None, columns=_columns(columns)
    )
    folder = codes_folder(codes, home)
    try:
        imported = import_list(wanted, _sources(files))
    except SenderError as error:
        _say_refused(name, error, json_lines)
        raise typer.Exit(1) from error
    path = folder / imported.edition.list / f"{imported.edition.edition}{SUFFIX}"
    _say_imported(imported, path, _lay_down(path, imported.kept), json_lines)


def _columns(text: str | None) -> dict[str, tuple[str, ...]]:
    """`code=A,name=B` as a mapping; several columns may serve one use, the first that a file has is taken."""
    found: dict[str, tuple[str, ...]] = {}
    for part in (text or "").split(",") if text else ():
        use, _, column = part.partition("=")
        if use.strip() not in _USES or not column.strip():
            raise typer.BadParameter(f"{part} is not one of {', '.join(f'{use}=COLUMN' for use in _USES)}.")
        found[use.strip()] = (*found.get(use.strip(), ()), column.strip())
    return found


def _sources(files: list[Path]) -> list[Source]:
    sources = []
    with progress("reading", len(files)) if len(files) > 1 else nullcontext() as step:
        for done, file in enumerate(files, start=1):
            sources.append(Source(shown(file.name), read_file(file)))
            if step is not None:
                step(done)
    return sources


def _lay_down(path: Path, kept: bytes) -> str:
    """Write an edition whole or not at all; `new`, `replaced`, or `unchanged` where it was there already."""
    try:
        if path.exists() and path.read_bytes() == kept:
            return "unchanged"
        outcome = "replaced" if path.exists() else "new"
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_bytes(kept)
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
    return outcome


def _say_imported(imported: Imported, path: Path, outcome: str, json_lines: bool) -> None:
    edition = imported.edition
    if json_lines:
        counts = {"rows": imported.rows, "merged": imported.merged, "left_out": imported.left_out}
        described = [describe(finding) for finding in imported.findings]
        head = {"list": edition.list, "edition": edition.edition, "outcome": outcome, "codes": edition.count}
        json_line({**head, **counts, "file": str(path), "findings": described})
        return
    for finding in imported.findings:
        _say_finding(finding)
    out.print(
        f"{edition.list} {edition.edition}: {edition.count:,} codes from {imported.rows:,} rows, {imported.merged:,} merged, "
        f"{imported.left_out:,} left out ({outcome}).",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


def _say_refused(name: str, error: SenderError, json_lines: bool) -> None:
    if json_lines:
        described = [describe(finding) for finding in error.findings]
        json_line(
            {"list": name, "outcome": "refused", "code": error.code, "message": str(error), "findings": described}
        )
        return
    for finding in error.findings:
        _say_finding(finding)
    complain(str(error))


def _say_finding(finding: Finding) -> None:
    out.print(f"{finding.severity:7} {shown(render(finding))}", markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_codes(codes: CodesOption = None, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Say which lists are at hand, in which editions.

    Examples:
        cocket codes list

        cocket codes list --codes /srv/lists --json
    """
    book = read_codebook(codes_folder(codes, home))
    for edition in (one for name in book.lists for one in book.editions(name)):
        if json_lines:
            json_line(_described(edition))
        else:
            head = edition.edition
            part = ", a part of it" if head.is_subset else ""
            since = f"from {head.valid_from}" if head.valid_from else ""
            out.print(
                f"{head.list:16} {head.edition:12} {since:15} {head.count:>8,} codes{part}  {shown(edition.origin)}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip


def _described(edition: CodeList) -> dict[str, Any]:
    head = edition.edition
    described = {"list": head.list, "edition": head.edition, "agency": head.agency, "valid_from": head.valid_from}
    return {
        **described,
        "valid_to": head.valid_to,
        "codes": head.count,
        "is_subset": head.is_subset,
        "file": edition.origin,
    }


@app.command("show")
def show(
    name: ListArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code.")],
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day that counts.")] = None,
    codes: CodesOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say what a list has of a code: on a day with --on, else in every edition.

    Exit 1: no such code, or it was not valid then. Exit 2: no such list, or no edition for that day.

    Examples:
        cocket codes show currency HRK --on 2024-05-01

        cocket codes show unlocode NLRTM --json
    """
    book = read_codebook(codes_folder(codes, home))
    name = ALIASES.get(name, name)
    if on is not None:
        answer = book.look_up(name, code, on.date())
        if json_lines:
            json_line(answer)
        else:
            _say(_sentence(answer, book.lists))
        raise typer.Exit({"valid": 0, "not-valid-then": 1, "unknown-code": 1}.get(answer.verdict, 2))
    if not book.editions(name):
        unknown = Answer(verdict="unknown-list", list=name, code=code, on=date.min)
        if json_lines:
            json_line(unknown)
        else:
            _say(_sentence(unknown, book.lists))
        raise typer.Exit(2)
    found = book.find(name, code)
    for edition, entry in found:
        if json_lines:
            json_line({"list": name, "edition": edition.edition.edition, **msgspec.to_builtins(entry)})
        else:
            period = _period(entry.valid_from, entry.valid_to, entry.is_withdrawn)
            more = "".join(f"\n  {key}: {text}" for key, text in (entry.names | entry.attributes).items())
            _say(f"{entry.code} {entry.name} ({name} {edition.edition.edition}{period}){more}")
    if not found and not json_lines:
        _say(f"No imported edition of {name} has the code {code}.")
    raise typer.Exit(int(not found))


def _say(sentence: str) -> None:
    out.print("\n".join(map(shown, sentence.split("\n"))), markup=False, highlight=False, soft_wrap=True)


def _period(first: date | None, last: date | None, is_withdrawn: bool) -> str:
    parts = [f"from {first}" if first else "", f"to {last}" if last else "", "withdrawn" if is_withdrawn else ""]
    return "".join(f", {part}" for part in parts if part)


def _sentence(answer: Answer, lists: tuple[str, ...]) -> str:
    """An answer in words."""
    entry, which = answer.entry, f"{answer.list} {answer.edition}"
    match answer.verdict:
        case "valid":
            return f"{answer.code} was valid on {answer.on}: {entry.name if entry else ''} ({which})."
        case "not-valid-then":
            period = _period(entry.valid_from, entry.valid_to, entry.is_withdrawn) if entry else ""
            return f"{answer.code} was not valid on {answer.on}: {entry.name if entry else ''} ({which}{period})."
        case "unknown-code" if answer.is_subset:
            return f"{answer.code} is not in the imported part of {which}; the whole list may have it."
        case "unknown-code":
            return f"No imported edition of {answer.list} has the code {answer.code}."
        case "no-edition-then":
            return f"No imported edition of {answer.list} was in force on {answer.on}."
        case _:
            return f"There is no list {answer.list}. There are: {', '.join(lists)}."


@app.command("hs")
def cross_hs(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A code of six digits or more.")],
    from_edition: Annotated[str, typer.Option("--from", metavar="YEAR", help="Edition of the code, such as 2022.")],
    to_edition: Annotated[str, typer.Option("--to", metavar="YEAR", help="Edition to convert to, such as 2017.")],
    codes: CodesOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Cross from one edition of the Harmonized System to another, by imported correlation tables.

    A code converts only where no other is possible; otherwise the candidates are listed, and the goods decide.

    Exit 1: look at the goods, or no such code. Exit 2: no table leads there, or wrong usage.

    Examples:
        cocket codes hs 847130 --from 2022 --to 2017

        cocket codes hs 8471.30 --from 2022 --to 2012 --json
    """
    parsed = HsCode.parse(code)
    if parsed is None or parsed.subheading is None:
        raise typer.BadParameter(f"{code} is not an HS code of six or more digits.")
    crossing = HsEditions(read_codebook(codes_folder(codes, home))).cross(parsed, from_edition, to_edition)
    if json_lines:
        json_line(_crossed(crossing))
    else:
        _say(_told(crossing))
    raise typer.Exit({"converted": 0, "no-table": 2}.get(crossing.outcome, 1))


def _crossed(crossing: Crossing) -> dict[str, Any]:
    described = msgspec.to_builtins(crossing)
    return {
        "code": crossing.code,
        "from": described.pop("from_edition"),
        "to": described.pop("to_edition"),
        **{name: value for name, value in described.items() if name != "code"},
    }


def _told(crossing: Crossing) -> str:
    """A crossing in words."""
    way = f"HS {crossing.from_edition} to HS {crossing.to_edition}"
    via = f" via {', '.join(crossing.path[1:-1])}" if len(crossing.path) > 2 else ""
    match crossing.outcome:
        case "converted":
            return f"{crossing.code} is {crossing.result} ({way}{via}, {crossing.candidates[0].relation})."
        case "look-at-the-goods":
            lines = "".join(
                f"\n  {one.code}  {one.relation}{f'  {one.share} of the trade' if one.share is not None else ''}"
                for one in crossing.candidates
            )
            return f"{crossing.code} was split: it depends on the goods ({way}{via}).{lines}"
        case "unknown-code":
            return f"HS {crossing.from_edition} has no code {crossing.code} in the imported table."
        case _:
            return f"No table leads from {way}. Import one: cocket codes import hs-correlation FILE."


@app.command("remove")
def remove(
    name: ListArgument,
    edition: Annotated[
        str | None, typer.Argument(metavar="EDITION", help="The edition; every imported one if not given.")
    ] = None,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    codes: CodesOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Remove imported editions of a list; the built-in ones stay.

    Examples:
        cocket codes remove unlocode 2023-1

        cocket codes remove hs-correlation --yes
    """
    name = ALIASES.get(name, name)
    folder = codes_folder(codes, home)
    paths = [path for path in sorted(folder.glob(f"*/*{SUFFIX}")) if path.parent.name == name]
    paths = [path for path in paths if edition is None or path.name == f"{edition}{SUFFIX}"]
    if not paths:
        raise SettingsError(f"No imported edition of {name} is in {folder}.", hint="See cocket codes list.")
    if not is_sure:
        if not sys.stdin.isatty():
            raise SettingsError("Nothing was removed.", hint="Use --yes when running without a terminal.")
        typer.confirm(f"Remove {', '.join(f'{name} {path.stem}' for path in paths)}?", abort=True, err=True)
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"{path} cannot be removed: {error.strerror}.") from error
    removed = [path.name.removesuffix(SUFFIX) for path in paths]
    if json_lines:
        json_line({"list": name, "removed": removed})
    else:
        _say(f"Removed {name} {', '.join(removed)}.")
