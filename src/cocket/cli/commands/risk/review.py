# SPDX-License-Identifier: Apache-2.0
"""`cocket risk review`: a month of a host's files on this machine, and what its rules were worth."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress, shown
from cocket.cli.commands.check import options_of
from cocket.cli.commands.risk.figures import said
from cocket.errors import SenderError, SettingsError
from cocket.feeds.tables import is_table, read_table
from cocket.pipeline import HostRow
from cocket.pipeline.risk.monthly_review import MonthFiles, review_month
from cocket.risk import Past, load_model, read_past
from cocket.risk.estimate import MISSED, Estimate
from cocket.risk.rules import Rule, read_rules
from cocket.risk.rules.month import MonthReview, write_review
from cocket.risk.rules.pack import standing

#: Folders that are never read: truth is for judging, the past is read for itself, lodged papers are not the host's.
_LEFT_OUT = ("truth", "history", "lodge")
_KEY = ("office", "year", "serial", "number")
_MOST_COMPLAINTS = 5


def review_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder with the month's SAD and manifest files and the tables of lanes and results.")
    ],
    rules_file: Annotated[Path | None, typer.Option("--rules", help="Rules to measure as well.")] = None,
    model_file: Annotated[
        Path | None, typer.Option("--model", help="Model to use; by default one is trained here.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="P", help="Profile of the messages, as for cocket check: a name or a FILE."),
    ] = None,
    report: Annotated[Path, typer.Option("--out", help="Folder to write the report to.")] = Path("review"),
    as_json: JsonOption = False,
) -> None:
    """Review a month: each rule's yield against chance, and what our advice had found with the same examinations.

    Everything happens on this machine: no database, no network, nothing kept but the report. A folder `history` inside, as
    `cocket simulate` writes it, is what the model learns from; else the first part of the month is.

    Example:
        cocket risk review november --out november-review

        cocket risk review november --profile asycuda:generic --json
    """
    files = msgspec.structs.replace(
        _files(folder, rules_file, model_file), options=options_of(profile, lenient=False) if profile else None
    )
    with progress("Reviewing") as step:
        review = review_month(files, lambda _what, done, of: step(done, of))
    write_file(report / "review.html", write_review(review).encode())
    write_file(report / "review.json", msgspec.json.format(msgspec.json.encode(review)))
    if as_json:
        json_line(review)
    else:
        _say(review, report)


def _files(folder: Path, rules_file: Path | None, model_file: Path | None) -> MonthFiles:
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder.", hint="Give the folder that has the month's files.")
    messages: list[tuple[str, bytes]] = []
    rows: list[HostRow] = []
    criteria: dict[str, tuple[str, ...]] = {}
    chances: dict[str, float] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.relative_to(folder).parts[0] in _LEFT_OUT:
            continue
        content = _unpacked(path)
        if is_table(content[:4096].decode("utf-8", "replace").partition("\n")[0]):
            rows += _rows(name, content)
            _beside(content, criteria, chances)
        elif content.lstrip()[:1] in (b"<", b"{", b"U") or b"UNB" in content[:64]:
            messages.append((name, content))
    return MonthFiles(
        name=folder.resolve().name,
        messages=messages,
        rows=rows,
        criteria=criteria,
        chances=chances,
        rules=_rules(rules_file),
        past=_past(folder / "history"),
        model=load_model(read_file(model_file)) if model_file else None,
    )


def _rows(name: str, content: bytes) -> list[HostRow]:
    try:
        rows, findings = read_table(content)
    except SenderError as error:
        complain(shown(f"{name}: {error.message}"))
        return []
    for finding in findings[:_MOST_COMPLAINTS]:
        complain(shown(f"{name}: {finding.arguments.get('place', '')} {finding.found or ''} is left out"))
    return rows


def _beside(content: bytes, criteria: dict[str, tuple[str, ...]], chances: dict[str, float]) -> None:
    """Two columns that a host may add to its lanes: which of its rules were met, and the chance of examination."""
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"))):
        told = {(name or "").strip().lower(): value.strip() for name, value in row.items() if isinstance(value, str)}
        name = "/".join(told.get(part, "") for part in _KEY)
        if "criteria" in told:
            criteria[name] = tuple(code for code in (part.strip() for part in told["criteria"].split(";")) if code)
        try:
            if told.get("propensity") and 0 < float(told["propensity"]) <= 1:
                chances[name] = float(told["propensity"])
        except ValueError:
            complain(shown(f"{name}: propensity {told['propensity']} is not a number, and was left out"))


def _rules(path: Path | None) -> tuple[Rule, ...]:
    return read_rules(read_file(path)) if path else ()


def _past(folder: Path) -> Past | None:
    if not folder.is_dir():
        return None
    return read_past(read_file(folder / "declarations.ndjson"), read_file(folder / "results.csv"))


def _unpacked(path: Path) -> bytes:
    content = read_file(path)
    try:
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError) as error:
        raise SettingsError(f"{path} is not a gzip file.", code="file-unreadable") from error


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
        _print(
            f"With the same {ours.examinations:,} examinations from {ours.first_day}: you found {ours.host_found:,}; our advice "
            f"{_said(ours.ours.found) if ours.ours else 'unknown'}, at random "
            f"{_said(ours.random_found) if ours.random_found else 'unknown'}."
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
