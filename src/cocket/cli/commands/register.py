# SPDX-License-Identifier: Apache-2.0
"""`cocket register`: what the instance can prove of itself, for registers of algorithms, supervisors and auditors."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, print_lines
from cocket.governance.accountability import Answers, Kit, build_kit, read_answers, write_html, write_template
from cocket.workbench.governance.register_pdf import write_document

app = typer.Typer(
    no_args_is_help=True, help="Accountability: registers of algorithms, the AI Act, the GDPR, two frames."
)

#: Name of the file of answers in the folder of an export.
ANSWERS: Final = "answers.toml"


@app.callback()
def _group() -> None:
    """Accountability: registers of algorithms, the AI Act, the GDPR, two frames."""


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; made if it is not there.")],
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What only a person knows (TOML); DIR/answers.toml, which the first export writes."
        ),
    ] = None,
    head: Annotated[
        int | None,
        typer.Option(min=1, metavar="ENTRIES", help="Stand on the signed head over so many entries; the newest."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the accountability kit: each document as page (HTML), PDF and JSON, made of sealed facts under one signed head.

    Entries for registers of algorithms, a model and a family of rules each; technical documentation (AI Act, Annex IV) and the
    duties of a deployer; record of processing and impact assessment (GDPR); facts by ISO/IEC 42001 and NIST AI RMF. What only
    a person knows stands open until it is answered in the file of answers, which no later export changes. The same facts and
    answers give the same bytes: give --head to make an earlier export again.

    Examples:
        cocket register export kit

        cocket register export kit-2026 --answers kit/answers.toml

        cocket register export again --answers kit/answers.toml --head 4096 --json
    """
    own = folder / ANSWERS
    source = answers or (own if own.is_file() else None)
    given = read_answers(read_file(source)) if source is not None else Answers()
    with open_service(settings_of(**home_option(home)), lambda one: one.queries.accountability) as accountability:
        kit = build_kit(accountability.facts(operator(), head), given)
    files = files_of(kit)
    _write(folder, files)
    if source is None:
        write_file(own, write_template(kit.questions))
    told = _summary(kit, files)
    if as_json:
        json_line({"folder": str(folder), **told})
        return
    where = (
        f"the head of {kit.facts.head.log} over {kit.facts.head.size:,} entries" if kit.facts.head else "no signed head"
    )
    lines = [f"{folder}: {len(files)} files; they stand on {where}. SHA-256 of all facts: {kit.facts.digest}"]
    lines += [f"  {one.name}: {len(one.points):,} points, {len(one.open):,} open" for one in kit.documents]
    lines += [f"  {entry.id}: {one.field} {one.problem}" for entry in kit.entries for one in entry.unfit]
    lines.append(
        f"{len(kit.unanswered):,} of {len(kit.questions):,} questions to a person are not answered: {source or own}"
    )
    lines += [f"  answer to no question: {key}" for key in kit.unused]
    print_lines(lines)


def files_of(kit: Kit) -> dict[str, bytes]:
    """Files of an export by name, the list of all others with their digests among them."""
    files = {"facts.json": _json(kit.facts)}
    for document in kit.documents:
        files[f"{document.name}.html"] = write_html(document, kit.facts)
        files[f"{document.name}.pdf"] = write_document(document, kit.facts)
        files[f"{document.name}.json"] = _json(document)
    for entry in kit.entries:
        if not entry.unfit:
            files[f"entries/{entry.id}.json"] = _json(entry.fields)
    return {**files, "manifest.json": _json(_summary(kit, files))}


def _summary(kit: Kit, files: dict[str, bytes]) -> dict[str, object]:
    return {
        "head": kit.facts.head,
        "facts_sha256": kit.facts.digest,
        "documents": {one.name: {"points": len(one.points), "open": len(one.open)} for one in kit.documents},
        "entries": {one.id: [f"{each.field} {each.problem}" for each in one.unfit] for one in kit.entries},
        "unanswered": kit.unanswered,
        "unused": kit.unused,
        "files": {name: sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"},
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write an export; entries of an earlier one that are no longer fit to be delivered, or of no model of now, go."""
    for earlier in (folder / "entries").glob("*.json"):
        if f"entries/{earlier.name}" not in files:
            earlier.unlink()
    for name, data in files.items():
        write_file(folder / name, data)
