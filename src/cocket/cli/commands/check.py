# SPDX-License-Identifier: Apache-2.0
"""`cocket check`: read and check messages offline, one line a file."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import msgspec
import typer
from rich.text import Text

from cocket import standards
from cocket.cli.base.files import standard_input
from cocket.cli.base.output import JsonOption, complain, json_bytes, out, progress, sentence_of, shown
from cocket.codes import Codebook, check_codes, day_of, read_codebook
from cocket.errors import SenderError, SettingsError, UnreadableError
from cocket.findings import Finding, describe
from cocket.model import Reading
from cocket.standards._front import profile_names
from cocket.standards.asycuda.profiles import PREFIX, adopt, read_profile
from cocket.standards.streaming import check_stream
from cocket.standards.wco_dm import load_package
from cocket.standards.xml import LIMITS

#: From this many files on a bar shows how far the work is, unless the lines themselves show it.
_MANY = 100

#: What a message is told that may still be read in parts.
_TOO_LARGE = ("xml-too-large", "json-too-large")

_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}
_CONTROL = {code: f"\\u{code:04x}" for code in range(0x20)} | {ord('"'): '\\"', ord("\\"): "\\\\"}

#: Name of standard input.
STDIN = "-"

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="Messages in any supported standard; .gz files are unpacked, folders walked, - is standard input.",
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option("--files-from", metavar="LIST", help="File with one file name per line; - is standard input."),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="P",
        help="Profile to check against: a name, a WCO package as FILE.json, or a country profile as FILE.toml; by "
        "default chosen from the message.",
    ),
]
Lenient = Annotated[
    bool, typer.Option("--lenient", help="Repair known mistakes, each with a finding, instead of refusing them.")
]


def check(
    files: Files = None,
    files_from: FilesFrom = None,
    profile: Profile = None,
    lenient: Lenient = False,
    codes: Annotated[
        Path | None, typer.Option("--codes", metavar="FOLDER", help="Also check against the code lists imported there.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Read messages and say what is wrong with them; nothing is sent anywhere.

    Of a folder every file is read, at any depth, but none whose name begins with a dot; links to folders are not followed.

    Exit 0: all are accepted. Exit 1: one or more are refused. Exit 2: a file cannot be opened, or wrong usage.

    Examples:
        cocket check declaration.xml

        cocket check exports/

        curl -s https://customs.example/message.xml | cocket check -

        cocket check --profile wco-dm out/*.xml

        cocket check --profile gb-cds declaration.xml

        cocket check --profile gb-ens entry-summary.xml

        cocket check --lenient --profile wco-dm notifications/*.xml

        cocket check --profile our-package.json declaration.xml

        cocket check --profile d25a.edifact arrivals/*.edi

        cocket check --profile asycuda:generic --codes /srv/cocket/codes sad/*.xml

        find archive -name '*.xml.gz' -print0 | cocket check --files-from - --json
    """
    given = [*(files or ()), *(_listed(files_from) if files_from else ())]
    names = [name for one in given for name in _walked(one)]
    if not given:
        raise typer.BadParameter("Give a file, or a list of file names with --files-from.")
    if not names:
        raise SettingsError(f"There is no file in {', '.join(map(shown, given))}.", code="folder-empty")
    options = options_of(profile, lenient=lenient)
    book = read_codebook(codes) if codes is not None else None
    tell = _say_json if json_lines else _say_text
    refused, unopened = _check_all(
        names, options, lambda name, reading: tell(name, _with_codes(reading, book)), is_json=json_lines
    )
    if not json_lines:
        _say_count(len(names), refused, unopened)
    raise typer.Exit(2 if unopened else int(refused > 0))


def _check_all(
    names: list[str], options: standards.Options, say: Callable[[str, Reading], None], *, is_json: bool
) -> tuple[int, int]:
    """Check every file in order; how many were refused, and how many could not be opened."""
    refused = unopened = 0
    is_bar_shown = len(names) >= _MANY and not sys.stdout.isatty()
    with progress("checking", len(names)) if is_bar_shown else nullcontext() as step:
        for done, name in enumerate(names, start=1):
            try:
                content = _content(name)
            except OSError as error:
                unopened += 1
                message = f"{shown(name)} cannot be opened: {error.strerror or error}."
                complain(message)
                if is_json:
                    _say_unopened(name, message)
            else:
                reading = _read(name, content, options)
                refused += reading.outcome == "refused"
                say(name, reading)
            if step is not None:
                step(done)
    return refused, unopened


def _walked(name: str) -> Iterator[str]:
    """The files of a folder, in the order of their names; anything else as it is, standard input too."""
    if name == STDIN or not os.path.isdir(name):  # noqa: PTH112 - a name that is not UTF-8 is opened as it is
        yield name
        return
    for folder, inner, files in os.walk(name):
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                yield os.path.join(folder, file)  # noqa: PTH118


def _listed(list_name: str) -> list[str]:
    """The file names of a list; one with NUL bytes, as `find -print0` makes it, is parted by these, not by lines."""
    try:
        content = standard_input().read() if list_name == "-" else _whole(list_name)
    except OSError as error:
        raise SettingsError(f"The list {shown(list_name)} cannot be opened: {error.strerror}.") from error
    separator = b"\0" if b"\0" in content else b"\n"
    return [os.fsdecode(name) for name in content.split(separator) if name]


def options_of(profile: str | None, *, lenient: bool) -> standards.Options:
    """How to read. A profile named as a file is a national package or a country's habits, and is looked through first."""
    if profile is None or not profile.endswith((".json", ".toml", ".edifact")):
        return standards.Options(profile=profile and _known(profile), lenient=lenient)
    try:
        content = _content(profile.removeprefix(PREFIX))
    except OSError as error:
        raise SettingsError(f"The profile {shown(profile)} cannot be opened: {error.strerror}.") from error
    if profile.endswith(".edifact"):
        return standards.Options(package=content, lenient=lenient)
    if profile.endswith(".toml"):
        return standards.Options(profile=adopt(read_profile(content)), lenient=lenient)
    return standards.Options(profile=load_package(content).name, package=content, lenient=lenient)


def _known(profile: str) -> str:
    names = profile_names()
    if profile not in names:
        raise typer.BadParameter(f"There is no profile {profile}. There are: {', '.join(names)}.")
    return profile


def _content(name: str) -> bytes:
    """What a file or standard input holds, up to one byte more than the largest message."""
    if name == STDIN:
        return standard_input().read(LIMITS.size + 1)
    return _whole(name, LIMITS.size + 1)


def _whole(name: str, most: int = -1) -> bytes:
    with open(name, "rb") as file:  # noqa: PTH123 - a name that is not UTF-8 is opened as it is
        return file.read(most)


def _read(name: str, content: bytes, options: standards.Options) -> Reading:
    """Read one message; whatever is wrong with it is a finding."""
    try:
        data = _unpacked(content) if name.endswith(".gz") else content
        standard, source = standards.recognise(data, lenient=options.lenient)
        return standards.read_as(standard, source, options)
    except SenderError as error:
        refused = Reading(outcome="refused", findings=error.findings or (_error(error.code, error.message),))
        return _in_parts(name, options, refused) if error.code in _TOO_LARGE else refused


def _in_parts(name: str, options: standards.Options, whole: Reading) -> Reading:
    """What a message says that is too large to be held at once; as before where no standard reads it in parts."""
    if name == STDIN:  # it was read already, and has no beginning any more
        return whole
    opener = gzip.open if name.endswith(".gz") else open
    try:
        with opener(name, "rb") as file:
            reading = check_stream(cast(BinaryIO, file), options)
    except SenderError as error:
        return Reading(outcome="refused", findings=error.findings or (_error(error.code, error.message),))
    except (OSError, EOFError, zlib.error):
        return whole
    return whole if any(finding.code == "standard-not-streamed" for finding in reading.findings) else reading


def _with_codes(reading: Reading, book: Codebook | None) -> Reading:
    """A reading with what the code lists say beside it; its outcome stays."""
    if book is None or not reading.documents:
        return reading
    told = [finding for one in reading.documents for finding in check_codes(one, book, day_of(one))]
    return msgspec.structs.replace(reading, findings=(*reading.findings, *told))


def _unpacked(content: bytes) -> bytes:
    """What a packed file holds, up to one byte more than the largest message."""
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(LIMITS.size + 1)
    except (OSError, EOFError, zlib.error) as error:
        finding = _error("gzip-damaged", "the file is named .gz, but cannot be unpacked")
        raise UnreadableError("The file cannot be unpacked.", code=finding.code, findings=(finding,)) from error


def _error(code: str, message: str) -> Finding:
    return Finding(code=code, severity="error", message=message)


def _say_json(name: str, reading: Reading) -> None:
    """One line of JSON, in which the bytes of the file's name stand as they are, whatever they are."""
    described = {
        "standard": reading.standard,
        "version": reading.version,
        "profile": reading.profile,
        "outcome": reading.outcome,
        "findings": [describe(finding) for finding in reading.findings],
    }
    _say_of_file(name, described)


def _say_unopened(name: str, message: str) -> None:
    _say_of_file(name, {"error": {"code": "file-unreadable", "message": message}})


def _say_of_file(name: str, described: Mapping[str, object]) -> None:
    rest = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    name_in_json = os.fsencode(name.translate(_CONTROL))
    json_bytes(b'{"file":"' + name_in_json + b'",' + rest[1:])


def _say_text(name: str, reading: Reading) -> None:
    is_accepted = reading.outcome == "accepted"
    standard = " ".join(part for part in (reading.standard, reading.version) if part) or "no known standard"
    line = Text.assemble((f"{reading.outcome:9}", "bold green" if is_accepted else "bold red"), f" {shown(name)}")
    out.print(line.append(f"  {standard}", "dim"), soft_wrap=True, highlight=False)
    for finding in reading.findings:
        style = _STYLES[finding.severity]
        sentence = f" {sentence_of(finding)}"
        line = Text.assemble((f"  {finding.severity:7}", style), sentence, (f"  {finding.code}", "dim"))
        out.print(line, soft_wrap=True, highlight=False)
        where = "  ".join(place for place in (finding.pointer, finding.location) if place)
        if where:
            out.print(Text(f"          {shown(where)}", "dim"), soft_wrap=True, highlight=False)


def _say_count(files: int, refused: int, unopened: int) -> None:
    parts = [f"{files - refused - unopened} accepted", f"{refused} refused"]
    if unopened:
        parts.append(f"{unopened} could not be opened")
    out.print(f"{files} {'file' if files == 1 else 'files'}: {', '.join(parts)}", highlight=False)
