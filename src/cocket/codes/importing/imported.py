# SPDX-License-Identifier: Apache-2.0
"""One import: files in, the edition as it is kept and an account of what was taken in and what was left out.

Source: the publishers' files as `known` and `correlating` describe them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from cocket.codes.code_list import EDITION_NAME, LIST_NAME, Code, Edition, write_code_list
from cocket.codes.importing.correlating import correlation_codes
from cocket.codes.importing.gathering import Draft, Gathering, gathered
from cocket.codes.importing.known import ALIASES, ANY, FORMATS, Columns, Format, bare, has_code
from cocket.codes.importing.sources import Grid, Source, grids, unpacked
from cocket.errors import SenderError
from cocket.findings import Finding

_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2}(?:-[1-9](?![0-9]))?)(?![0-9])")

#: The list that holds tables between editions of the Harmonized System.
CORRELATION = "hs-correlation"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be imported.

    Attributes:
        list: Name of the list, or another word for it.
        edition: Name of the edition; None takes the day of publication that a file states, the year in the files'
            names, the day of `valid_from`, else `undated`.
        valid_from: First day on which the edition is in force; None bars no day (of `hs`, takes 1 January of its year).
        columns: Names of columns by use (`code`, `name`, `from`, `to`, `language`, `status`), where they are not known.
    """

    list: str
    edition: str | None = None
    valid_from: date | None = None
    columns: Columns = {}


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import.

    Attributes:
        edition: The edition with its count.
        kept: Its bytes, to be laid down as a file.
        rows: Rows met (count).
        merged: Rows that repeated another (count).
        left_out: Rows that could not be taken in (count).
        findings: What is to be said of them (0..limit).
    """

    edition: Edition
    kept: bytes
    rows: int
    merged: int
    left_out: int
    findings: tuple[Finding, ...]


def import_list(wanted: Wanted, sources: Sequence[Source]) -> Imported:
    """Read the files of one edition of a list.

    Args:
        wanted: Which list and edition it is to be.
        sources: Its files (1..n), packed or not, as their publisher gives them.

    Raises:
        SenderError: A file cannot be read, has no column for the code, or nothing in it can be taken in.

    Source: the publishers' files as `known` and `correlating` describe them.
    """
    name = ALIASES.get(wanted.list, wanted.list)
    if not LIST_NAME.fullmatch(name):
        raise SenderError(
            f"A list cannot be named {name}: use lower-case letters, digits and hyphens.", code="list-name"
        )
    tables = [grid for source in sources for inner in unpacked(source) for grid in grids(inner)]
    if name == CORRELATION:
        edition, gathering = correlation_codes(tables, wanted.edition)
    else:
        gathering = _gathered(name, tables, wanted.columns)
        edition = wanted.edition or _edition_of(tables, wanted.valid_from)
    return _made(_edition(name, edition, wanted.valid_from), gathering)


def _gathered(name: str, tables: list[Grid], columns: Columns) -> Gathering:
    known = FORMATS.get(name, ANY)
    chosen = _chosen(name, tables)
    for grid in chosen:
        if not has_code(known, grid, columns):
            raise SenderError(
                f"{grid.file} has no column recognised as the code.",
                code="code-column-missing",
                found=", ".join(grid.lines[0][1])[:200],
                hint=f"Its columns are: {', '.join(filter(None, grid.lines[0][1][:12]))}. Give it with --columns code=…",
            )
    drafts = (draft for grid in chosen if grid.lines for draft in known.drafts(known, grid, columns))
    gathering = gathered(_shaped(known, drafts if known.after is None else known.after(list(drafts))))
    for file in dict.fromkeys(grid.file for grid in chosen if not grid.encoding.startswith("utf")):
        gathering.tell(
            Finding(
                code="encoding-taken",
                severity="info",
                message="{file} is not UTF-8; it was read as Windows-1252",
                arguments={"file": file},
            )
        )
    return gathering


def _shaped(known: Format, drafts: Iterable[Draft]) -> Iterator[Draft]:
    for draft in drafts:
        draft.is_misshapen = known.shape is not None and known.shape.fullmatch(draft.code) is None
        yield draft


def _chosen(name: str, tables: list[Grid]) -> list[Grid]:
    """The tables of the list, where a file holds many lists."""
    inside = [grid for grid in tables if grid.name]
    ours = [grid for grid in inside if bare(grid.name).rstrip("s") == bare(name).rstrip("s")]
    if ours or len({grid.name for grid in inside}) <= 1:
        return ours or tables
    names = ", ".join(grid.name for grid in inside)
    raise SenderError(
        f"{inside[0].file} holds several lists, and none is named {name}.",
        code="list-not-in-file",
        found=names[:200],
        hint=f"They are: {names}. Give one of these; lower-case letters with hyphens are accepted.",
    )


def _edition_of(tables: list[Grid], valid_from: date | None) -> str:
    """The name of an edition that was not named."""
    for grid in tables:
        if EDITION_NAME.fullmatch(grid.published):
            return grid.published
    for grid in tables:
        if year := _YEAR.search(grid.file.rsplit("/", 1)[-1]):
            return year[1]
    return valid_from.isoformat() if valid_from else "undated"


def _edition(name: str, edition: str, valid_from: date | None) -> Edition:
    if not EDITION_NAME.fullmatch(edition):
        raise SenderError(
            f"An edition cannot be named {edition}: use letters, digits, dots and hyphens.", code="edition-name"
        )
    if name == "hs":
        if not re.fullmatch(r"(19|20)[0-9]{2}", edition):
            raise SenderError(
                "An edition of the HS is named by its year.", code="edition-name", hint="Give --edition 2022."
            )
        valid_from = valid_from or date(int(edition), 1, 1)
    agency = "UNSD or WCO" if name == CORRELATION else FORMATS.get(name, ANY).agency
    return Edition(list=name, edition=edition, agency=agency, valid_from=valid_from)


def _made(edition: Edition, gathering: Gathering) -> Imported:
    codes: list[Code] = gathering.codes
    if not codes:
        raise SenderError(
            f"Nothing of {edition.list} could be imported.", code="code-list-empty", findings=gathering.told.result()
        )
    kept = write_code_list(edition, codes)
    return Imported(
        edition=msgspec.structs.replace(edition, count=len(codes)),
        kept=kept,
        rows=gathering.rows,
        merged=gathering.merged,
        left_out=gathering.left_out,
        findings=gathering.told.result(),
    )
