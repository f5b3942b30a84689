# SPDX-License-Identifier: Apache-2.0
"""`cocket manifest`: write manifests off by declarations, and see what stands out before arrival, offline from files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket import standards
from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, Listing, complain, json_line, out, shown
from cocket.consignment import Paper
from cocket.consignment.manifest_control import (
    Account,
    Known,
    ManifestControl,
    Target,
    Terms,
    control,
    counts_of,
    names_of_manifest,
    target,
)
from cocket.consignment.sides import as_number
from cocket.errors import CocketError, SettingsError, UnreadableError
from cocket.findings import Finding, describe, render
from cocket.model import Manifest, Reading

app = typer.Typer(
    no_args_is_help=True, help="Write off manifests against declarations; assess manifests before arrival."
)

_FILES = typer.Argument(help="Manifests, degroupages and declarations, oldest first; folders are searched.")
_USUAL = Terms()
_MOST_SHOWN = 20


@app.command("control")
def control_command(
    files: Annotated[list[Path], _FILES],
    days: Annotated[
        int, typer.Option("--days", min=0, help="Days after arrival within which goods are to be declared.")
    ] = _USUAL.undeclared_days,
    on: Annotated[str, typer.Option("--on", help="The reference day, such as 2026-11-25; today if not given.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write manifests off by declarations, and say of each bill what is wrong. Exit 1 if anything is.

    Exit 2: a file cannot be read, or none is a manifest; the others are written off all the same.

    A manifest that comes again replaces the first; if the ship has arrived by then, it reports what was landed.

    Examples:
        cocket manifest control manifest/ sad/ --days 21

        cocket manifest control manifest.xml sad-*.xml --on 2026-11-25 --json
    """
    now = _moment(on)
    papers, is_read = _papers(files, now, as_json=as_json)
    is_good = True
    for found in _controls(papers, now, Terms(undeclared_days=days)):
        is_good &= not any(finding.severity != "info" for finding in found.every_finding)
        if as_json:
            _print_json(found)
        else:
            _print(found)
    raise typer.Exit(int(not is_good) if is_read else 2)


@app.command("target")
def target_command(files: Annotated[list[Path], _FILES], as_json: JsonOption = False) -> None:
    """Score bills and containers before arrival from manifest facts alone, and say why.

    Exit 2: a file cannot be read, or none is a manifest; the others are scored all the same.

    Examples:
        cocket manifest target manifest.xml
    """
    papers, is_read = _papers(files, datetime.now(UTC), as_json=as_json)
    for paper in papers:
        if isinstance(paper.document, Manifest) and paper.speaks:
            title = next(iter(names_of_manifest(paper.document)), paper.message_id)
            found = target(paper.document, Known(earlier=_first_version(paper, papers)))
            for one in found if as_json else found[:_MOST_SHOWN]:
                _print_target(title, one, as_json)
    raise typer.Exit(0 if is_read else 2)


def _first_version(paper: Paper, papers: Sequence[Paper]) -> Manifest | None:
    return next(
        (
            one.document
            for one in papers
            if one.standing == "superseded" and isinstance(one.document, Manifest) and _same_manifest(one, paper)
        ),
        None,
    )


def _same_manifest(one: Paper, other: Paper) -> bool:
    mine, theirs = one.document, other.document
    return (
        isinstance(mine, Manifest)
        and isinstance(theirs, Manifest)
        and names_of_manifest(mine) == names_of_manifest(theirs)
    )


def _moment(on: str) -> datetime:
    if not on:
        return datetime.now(UTC)
    try:
        return datetime.combine(date.fromisoformat(on), time.max, UTC)
    except ValueError as error:
        raise typer.BadParameter("is not a date such as 2026-11-25", param_hint="--on") from error


def _papers(files: Sequence[Path], now: datetime, *, as_json: bool) -> tuple[list[Paper], bool]:
    """Every file as a paper, in order; of those that bear one reference the last holds. And whether all could be read.

    What is wrong is said: a file that cannot be read, a folder without a file, and that there is no manifest at all.
    """
    paths = list(_expanded(files))
    read = [(path, reading) for path in paths if (reading := _read(path, as_json=as_json)) is not None]
    empty = [path for path in files if path.is_dir() and not any(path in one.parents for one in paths)]
    for path in empty:
        _say_unread(
            path, SettingsError(f"There is no file in {shown(str(path))}.", code="folder-empty"), as_json=as_json
        )
    is_whole = len(read) == len(paths)
    named = [
        (str(path) if place == 1 else f"{path} ({place})", one)
        for path, reading in read
        for place, one in enumerate(reading.readings, start=1)
    ]
    is_manifest = any(isinstance(one.document, Manifest) and one.outcome == "accepted" for _, one in named)
    if read and not is_manifest:
        complain("None of the files is a manifest that was accepted.")
    last: dict[tuple[str | None, str | None], int] = {}
    for place, (_, reading) in enumerate(named):
        if reading.reference and reading.outcome == "accepted":
            last[reading.standard, reading.reference] = place
    papers = []
    for place, (name, reading) in enumerate(named):
        is_last = last.get((reading.standard, reading.reference), place) == place
        standing = "refused" if reading.outcome != "accepted" else "accepted" if is_last else "superseded"
        papers.append(
            Paper(
                message_id=name,
                index=place,
                standing=standing,  # type: ignore[arg-type]  # one of the three
                received=now,
                sender="file",
                standard=reading.standard,
                function=reading.function,
                document=reading.document,
            )
        )
    return papers, is_manifest and not empty and is_whole


def _expanded(files: Iterable[Path]) -> Iterator[Path]:
    for path in files:
        yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else (path,)


def _read(path: Path, *, as_json: bool) -> Reading | None:
    """What a file says; one that cannot be read is complained of and left out."""
    try:
        reading = standards.read(read_file(path))
    except CocketError as error:
        _say_unread(path, error, as_json=as_json)
        return None
    if reading.standard is None:
        why = " ".join(map(render, reading.findings[:1]))
        unread = UnreadableError(
            f"{path} cannot be read: {why}.", code=next((one.code for one in reading.findings), None)
        )
        _say_unread(path, unread, as_json=as_json)
        return None
    if reading.outcome != "accepted":
        complain(f"{shown(str(path))} was refused and is ignored.")
    return reading


def _say_unread(path: Path, error: CocketError, *, as_json: bool) -> None:
    words = shown(str(error))
    complain(words if str(path) in str(error) else f"{shown(str(path))}: {words}")
    if as_json:
        json_line({"file": str(path), "error": {"code": error.code, "message": str(error)}})


def _controls(papers: Sequence[Paper], now: datetime, terms: Terms) -> Iterator[ManifestControl]:
    seen: set[str] = set()
    for paper in papers:
        names = names_of_manifest(paper.document) if isinstance(paper.document, Manifest) and paper.speaks else ()
        if names and seen.isdisjoint(names) and (found := control(papers, names[0], now, terms)) is not None:
            seen.update(found.voyage.names)
            yield found


def _print_json(found: ManifestControl) -> None:
    for key, account in found.accounts.items():
        json_line(_bill(found, account) | {"findings": [describe(one) for one in found.findings.get(key, ())]})
    for stray, finding in zip(found.strays, found.stray_findings, strict=True):
        json_line({"manifest": found.voyage.title, "stray": stray.bill.as_written, "findings": [describe(finding)]})


def _bill(found: ManifestControl, account: Account) -> dict[str, Any]:
    line = account.line
    return {
        "manifest": found.voyage.title,
        "bill": line.title,
        "level": "house" if line.key.is_house else "master" if account.houses else "straight",
        "nature": line.nature,
        "state": account.state,
        "packages": line.packages,
        "packages_landed": line.landed_packages,
        "packages_written": account.packages_written,
        "packages_left": account.packages_left,
        "gross_mass_kg": as_number(line.gross_mass_kg),
        "gross_mass_written_kg": as_number(account.mass_written_kg),
        "gross_mass_left_kg": as_number(account.mass_left_kg),
        "declarations": [one.title for one in account.write_offs],
    }


def _print(found: ManifestControl) -> None:
    counts = counts_of(found)
    table = Listing(
        "bill",
        "state",
        "manifested",
        "written off",
        "left",
        "declarations",
        box=None,
        padding=(0, 2),
    )
    table.title = shown(
        f"{found.voyage.title}: {counts['bills']} bills, {counts['closed']} written off, {counts['overdue']} overdue"
    )
    table.title_justify = "left"
    for account in found.accounts.values():
        titles = ", ".join(dict.fromkeys(one.title for one in account.write_offs)) or "–"
        figures = (account.line.stock_packages, account.packages_written, account.packages_left)
        texts = [account.line.title, account.state, *("–" if one is None else str(one) for one in figures), titles]
        table.add_row(*(shown(text) for text in texts))
    out.print(table, markup=False)
    for finding in found.every_finding:
        _line(f"{finding.severity}: {render(finding)}")


def _print_target(title: str, one: Target, as_json: bool) -> None:
    if as_json:
        json_line({"manifest": title, "kind": one.kind, "id": one.id, "score": one.score, "reasons": one.reasons})
        return
    _line(f"{one.score:3}  {one.kind} {one.id}")
    for reason in one.reasons:
        said = Finding(code=reason.code, severity="info", message=reason.message, arguments=reason.arguments)
        _line(f"     {reason.points}  {render(said)}")


def _line(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
