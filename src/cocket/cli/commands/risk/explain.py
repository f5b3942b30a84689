# SPDX-License-Identifier: Apache-2.0
"""`cocket risk explain` and `cocket risk draws`: why a consignment got its lane, and whether chance was chance."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.cli.commands.receipt import trusted_keys
from cocket.errors import ProofError, SettingsError
from cocket.findings import describe, render
from cocket.languages import language as language_of
from cocket.languages import spoken

if TYPE_CHECKING:
    from cocket.control import DrawsProof
    from cocket.ledger import Check
    from cocket.pipeline.control.draws import DisclosedDraws
    from cocket.pipeline.queries.records import RecordQueries
    from cocket.risk.reasons import Line, ReasonsCard


def explain_command(
    consignment: Annotated[str, typer.Argument(help="Id of the dossier, or a reference: MRN, LRN, B/L, container …")],
    language: Annotated[str, typer.Option(help=f"Of the sentences: {', '.join(spoken())}.")] = "en",
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Also write the sealed advice with its proof; cocket receipt verify checks it anywhere."
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain the advised lane of a consignment, from what was sealed with the advice. The access is sealed.

    Examples:
        cocket risk explain TSTB0100007

        cocket risk explain 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --language fr --json

        cocket risk explain TSTB0100007 --out advice.json
    """
    if language not in spoken():
        raise typer.BadParameter(f"There are no texts in {shown(language)}, only in {', '.join(spoken())}.")
    with open_service(settings_of(**home_option(home)), lambda one: one.queries) as queries:
        dossier = _dossier(queries.records, consignment)
        card = queries.reasons.reasons(operator(), dossier, language)
        sealed = queries.reasons.sealed_advice(operator(), dossier) if out_file else None
    if out_file is not None:
        write_file(out_file, msgspec.json.encode(sealed))
    if as_json:
        json_line(card)
    else:
        _show(card)


def draws_command(
    day: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="A past day, UTC.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Check draws that were written with --out; needs no instance.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="FILE|VKEY",
            help="With --file: the log's public key, got by another way than the file, and that of receipts. May be repeated.",
        ),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Also write the seed and the sealed records of everything drawn with it, with their proofs."
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a day's random examinations and examiners again from its seed, which is published once the day is over.

    A file of --out holds the sealed records whole, the advice among them: give it to whoever may know them. Without --key a
    file is found consistent with itself at best, and anyone can make such a file.

    Exit 1: something does not follow from the seed that was committed before the day began, or was not sealed so, or
    that it was sealed, or that it is all, cannot be shown without --key.

    Examples:
        cocket risk draws 2026-11-25 --out draws.json

        cocket risk draws --file draws.json --key log.vkey --key receipts.vkey
    """
    if (day is None) == (file is None):
        raise SettingsError("Give a day, or a file with --file.", code="draws-which")
    if file is not None:
        told = _read(file)
        checks = told.verify_evidence([one for named in key for one in trusted_keys(named)]).checks if key else ()
        is_proven = bool(checks) and all(one.outcome == "passed" for one in checks)
    else:
        with open_service(settings_of(**home_option(home)), lambda one: one.control.draws) as draws:
            asked = day.date()  # type: ignore[union-attr]
            told = draws.disclosed_draws(operator(), asked, with_evidence=out_file is not None)
        checks, is_proven = (), True
    if out_file is not None:
        write_file(out_file, msgspec.json.encode(told))
    try:
        proof = told.verify()
    except ProofError as error:
        if file is None:
            raise
        _fail(told, error, as_json)
    if as_json:
        head = {"day": told.day, "seed": told.seed, "leaf": told.leaf, "sealed": told.sealed, "is_proven": is_proven}
        said = {"faults": [describe(one) for one in proof.faults], "checks": msgspec.to_builtins(checks)}
        json_line(head | msgspec.structs.asdict(proof) | said)
    else:
        _show_draws(told, proof, checks)
        if not is_proven:
            _print(_unproven(checks))
        elif checks and not proof.faults:
            _print("It was sealed so, and the draws are those of the seed.")
    if proof.faults or not is_proven:
        raise typer.Exit(1)


#: Said of a file that was checked without a key.
_UNPROVEN = "Self-consistent only: anyone can make such a file. Give the log's public key with --key to see whether it was sealed."


def _unproven(checks: tuple[Check, ...]) -> str:
    """Why a file proves less than it says."""
    if not checks:
        return _UNPROVEN
    if any(one.outcome == "failed" for one in checks):
        return "This file does not prove what it says."
    return (
        "What it lists was sealed so. Whether anything was left out is not shown: give the public key of receipts too."
    )


def _fail(told: DisclosedDraws, error: ProofError, as_json: bool) -> NoReturn:
    """Say that nothing in a file can be drawn again from its seed, and end so."""
    if as_json:
        fault = {"code": error.code, "message": error.message}
        json_line({"day": told.day, "seed": told.seed, "leaf": told.leaf, "is_proven": False, "faults": [fault]})
    else:
        _print(f"{error.message} Nothing here can be drawn again from it.")
    raise typer.Exit(1)


def _show_draws(told: DisclosedDraws, proof: DrawsProof, checks: tuple[Check, ...]) -> None:
    _print(f"Seed of {told.day}: {told.seed}")
    _print(f"Committed as entry {told.leaf} of the log at {told.sealed:%Y-%m-%d %H:%M} UTC: {told.commitment}")
    _print(
        f"{proof.drawn:,} draws repeated, {proof.random:,} of them below their selection probability; "
        f"{proof.rules:,} of rules; {proof.allocations:,} examiner draws repeated."
    )
    for one in proof.faults:
        _print(f"{one.location}: {render(one)}; the seed gives {one.expected}, the sealed record has {one.found}")
    if not proof.faults:
        _print("All of it is reproducible from the seed.")
    for check in checks:
        _print(f"{check.outcome:11}  {check.name:12}  {check.reason}")


def _dossier(records: RecordQueries, named: str) -> str:
    """Id of the dossier that is meant.

    Raises:
        SettingsError: A reference names none, or several.
    """
    try:
        found = records.find(operator(), named)
    except ValueError:
        found = ()
    if len(found) > 1:
        raise SettingsError(
            f"{named} matches {len(found)} consignments.",
            code="reference-several",
            hint="Give the id of one: " + " ".join(one.id for one in found[:5]),
        )
    return found[0].id if found else named


def _show(card: ReasonsCard) -> None:
    score = f", score {card.score:.3f}" if card.score is not None else ""
    _print(f"{card.id}: {card.lane}{score}; model {card.model_version or '–'}, rules {card.rules_version or '–'}")
    say = language_of(card.language).translate
    results = tuple(
        f"{one.title or one.id}: {say('irregularity found' if one.found else 'nothing found')}, {one.likeness:.0%}"
        for one in card.similar
    )
    parts: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("Rules that fired", tuple(map(_line, card.rules))),
        ("What raised the score", tuple(map(_line, card.raising))),
        ("What lowered it", tuple(map(_line, card.lowering))),
        ("Similar cases and their results", results),
        ("What the data do not show", card.caveats),
        ("What the lane depends on", card.would_change),
    )
    for heading, lines in parts:
        if lines:
            out.print()
            _print(say(heading))
            for line in lines:
                _print(f"  • {line[:1].upper()}{line[1:]}")


def _line(one: Line) -> str:
    weight = f" ({one.weight:+.2f})" if one.weight is not None else ""
    return f"{one.text}{weight} [{one.source}]"


def _read(file: Path) -> DisclosedDraws:
    from cocket.pipeline.control.draws import DisclosedDraws

    try:
        return msgspec.json.decode(read_file(file), type=DisclosedDraws)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"{file} holds no draws: {error}.", code="draws-file") from error


def _print(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
