# SPDX-License-Identifier: Apache-2.0
"""`cocket convert`: a message in another standard, and what was lost on the way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from cocket import standards
from cocket.cli.base.files import standard_input
from cocket.cli.base.output import JsonOption, Listing, complain, err, json_line, out, sentence_of, shown
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.findings import Finding, describe
from cocket.standards import Conversion, ConvertOptions
from cocket.standards.xml import LIMITS

_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}

File = Annotated[str | None, typer.Argument(metavar="FILE", help="The message; - is standard input.")]
To = Annotated[str | None, typer.Option("--to", metavar="STANDARD", help="Target standard, such as wco-dm.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; else standard output.")]
Partial = Annotated[
    bool, typer.Option("--partial", help="Write it even if it lacks values that its standard requires.")
]
Bill = Annotated[str | None, typer.Option("--bill", metavar="NUMBER", help="The bill of a manifest to convert.")]
Profile = Annotated[str | None, typer.Option("--profile", metavar="P", help="Profile to read the message by.")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Repair known mistakes in the message first.")]


def convert(
    file: File = None,
    to: To = None,
    out_file: Out = None,
    partial: Partial = False,
    bill: Bill = None,
    profile: Profile = None,
    lenient: Lenient = False,
    is_list: Annotated[
        bool, typer.Option("--list", help="Show which standards can be converted to which, and exit.")
    ] = False,
    json_lines: JsonOption = False,
) -> None:
    """Write a message in another standard that carries the same thing, and tell every value that is lost by it.

    The message goes to standard output or a file, the losses to standard error. What the other standard asks for and
    the message does not state is never invented: it is told as missing, and nothing is written without --partial.

    A file with several messages makes several: with --out a.xml they go to a.xml, a-2.xml and so on, with --json each is
    a line, and each has its own account.

    Exit 0: the message is whole. Exit 1: something is missing, or the message is refused by its own standard.
    Exit 2: it cannot be read, the two standards do not carry the same thing, or wrong usage.

    Examples:
        cocket convert sad.xml --to wco-dm > declaration.xml

        cocket convert entry-summary.xml --to asycuda-sad --partial --out draft.xml

        cocket convert manifest.xml --to wco-dm --bill MAEU123456789 --json

        cat sad.xml | cocket convert - --to ens --partial

        cocket convert --list
    """
    if is_list:
        _say_pairs(json_lines=json_lines)
        return
    if file is None or to is None:
        raise typer.BadParameter("Name a file and a standard: cocket convert FILE --to STANDARD, or see --list.")
    options = ConvertOptions(partial=partial, bill=bill, profile=profile, lenient=lenient)
    try:
        conversion = standards.convert(_content(file), to, options)
    except SenderError as error:
        _say_refusal(file, error, json_lines=json_lines)
        is_refused = error.code == "convert-refused" and not isinstance(error, UnreadableError)
        raise typer.Exit(1 if is_refused else 2) from error
    each = (conversion, *conversion.further)
    if len(each) > 1 and out_file is None and not json_lines:
        raise typer.BadParameter(
            f"The file has {len(each)} messages, which become {len(each)} files: name the first with --out, or use --json."
        )
    for place, one in enumerate(each, 1):
        path = None if out_file is None else _place(out_file, place)
        if one.message is not None and path is not None:
            _write(path, one.message)
        if json_lines:
            json_line(_described(file, one, path))
        else:
            _say(one, path)
    raise typer.Exit(int(any(one.outcome == "refused" for one in each)))


def _place(path: Path, place: int) -> Path:
    """Where a message goes: the first to the file named, the second to `name-2.xml`, and so on."""
    return path if place == 1 else path.with_name(f"{path.stem}-{place}{path.suffix}")


def _content(name: str) -> bytes:
    if name == "-":
        return standard_input().read(LIMITS.size + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(LIMITS.size + 1)
    except OSError as error:
        raise SettingsError(f"{shown(name)} cannot be opened: {error.strerror or error}.") from error


def _write(path: Path, message: bytes) -> None:
    try:
        path.write_bytes(message)
    except OSError as error:
        raise SettingsError(f"{shown(str(path))} cannot be written: {error.strerror or error}.") from error


def _say_refusal(file: str, error: SenderError, *, json_lines: bool) -> None:
    """Why nothing came of it."""
    if json_lines:
        findings = [describe(finding) for finding in error.findings]
        said = {"code": error.code, "message": str(error), "expected": error.expected, "found": error.found}
        json_line({"file": file, "error": said, "findings": findings})
        return
    complain(shown(str(error)))
    if error.expected:
        err.print(Text(f"  There are: {shown(error.expected)}", "dim"), soft_wrap=True)
    _say_findings(error.findings)


def _described(file: str, conversion: Conversion, out_file: Path | None) -> dict[str, object]:
    """The conversion as JSON; the message stands in it unless it went to a file."""
    message = conversion.message if out_file is None else None
    return {
        "file": file,
        "source": conversion.source,
        "target": conversion.target,
        "outcome": conversion.outcome,
        "out": str(out_file) if out_file is not None and conversion.message is not None else None,
        "message": None if message is None else message.decode(),
        "values": conversion.values,
        "recovered": conversion.recovered,
        "lost": [msgspec.to_builtins(each) for each in conversion.lost],
        "findings": [describe(finding) for finding in conversion.findings],
    }


def _say(conversion: Conversion, out_file: Path | None) -> None:
    if conversion.message is not None and out_file is None:
        sys.stdout.buffer.write(conversion.message.removesuffix(b"\n") + b"\n")
        sys.stdout.buffer.flush()
    for reason in dict.fromkeys(each.reason for each in conversion.lost):
        err.print(Text(f"lost: {shown(reason)}", "bold"), soft_wrap=True, highlight=False)
        for each in conversion.lost:
            if each.reason == reason:
                line = Text.assemble(f"  {shown(each.value[:60]):24}", (f"  {shown(each.path)}", "dim"))
                err.print(line, soft_wrap=True, highlight=False)
    _say_findings(conversion.findings)
    counted = f"{conversion.values} values: {conversion.recovered} recovered, {len(conversion.lost)} lost"
    err.print(f"{conversion.source} to {conversion.target}: {counted}.", markup=False, highlight=False)
    if conversion.message is None:
        complain(
            "Nothing was written: the message would lack values that its standard requires. Use --partial to write it anyway."
        )


def _say_findings(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        line = Text.assemble(
            (f"{finding.severity:7}", _STYLES[finding.severity]),
            f" {sentence_of(finding)}",
            (f"  {finding.code}  {shown(finding.location or '')}", "dim"),
        )
        err.print(line, soft_wrap=True, highlight=False)


def _say_pairs(*, json_lines: bool) -> None:
    if json_lines:
        for pair in standards.pairs():
            json_line(pair)
        return
    table = Listing("from", "to", "converted", box=None, pad_edge=False, header_style="bold")
    for pair in standards.pairs():
        table.add_row(pair.source, pair.target, pair.carries)
    out.print(table)
