# SPDX-License-Identifier: Apache-2.0
"""Dirty files, as offices have them: each is read, or refused in words; none is dropped, and nothing is guessed."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from cocket.errors import SettingsError
from cocket.pipeline.risk.given_columns import Answers
from cocket.pipeline.risk.given_sheet import FileSheet, check_answers, remembered, take

LANES = "office,year,serial,number,lane,criteria\nXA1,2026,C,11071,red,WATCHED\nXA1,2026,C,11072,green,RANDOM\n"
FRENCH = (
    "Bureau;Année;N° décl.;Date visite;Résultat;Droits compl.;Monnaie;Obs\n"
    "XA110000;2026;C 11071;27/11/26;RAS;;XTS;colis ouverts chez M. X\n"
    "XA110000;2026;C 11072;03/11/26;INF;3 200,50;XTS;\n"
)
MEANS = Answers(words={"found": {"ras": "no", "inf": "yes"}})


def read(content: bytes | str, name: str = "given.csv", **said: Any) -> FileSheet:
    data = content.encode() if isinstance(content, str) else content
    (file,) = take([(name, data)], **said).sheet.files
    return file


def workbook(rows: list[list[Any]], *more: list[list[Any]]) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for table in (rows, *more):
        sheet = book.add_worksheet()
        for line, row in enumerate(table):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                else:
                    sheet.write(line, place, cell)
    book.close()
    return made.getvalue()


def zipped(**files: bytes | str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return made.getvalue()


MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def ods(rows: list[list[str]]) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Feuil1">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return zipped(
        **{
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": MANIFEST,
        }
    )


def book_bomb() -> bytes:
    """A workbook whose archive says that it is small, and is not."""
    whole = zipped(**{"[Content_Types].xml": "<x/>", "xl/workbook.xml": b"0" * 300_000_000})
    at = whole.index(b"PK\x01\x02", whole.index(b"xl/workbook.xml") + 10)
    at = whole.rindex(b"PK\x01\x02")
    return whole[: at + 24] + struct.pack("<I", 1000) + whole[at + 28 :]


ROWS = [line.split(",") for line in LANES.splitlines()]

#: Variants of one table of lanes that say the same: each is read in full.
SAME: dict[str, bytes] = {
    "commas": LANES.encode(),
    "semicolons": LANES.replace(",", ";").encode(),
    "tabs": LANES.replace(",", "\t").encode(),
    "bars": LANES.replace(",", "|").encode(),
    "a byte order mark": LANES.encode("utf-8-sig"),
    "UTF-16 with a mark": LANES.encode("utf-16"),
    "UTF-16 without a mark": LANES.encode("utf-16-le"),
    "UTF-16, large end first, without a mark": LANES.encode("utf-16-be"),
    "UTF-32": LANES.encode("utf-32"),
    "carriage returns": LANES.replace("\n", "\r\n").encode(),
    "old carriage returns": LANES.replace("\n", "\r").encode(),
    "empty lines": LANES.replace("\n", "\n\n").encode(),
    "headings again": (LANES + LANES.splitlines()[0] + "\n").encode(),
    "the separator said first": ("sep=;\n" + LANES.replace(",", ";")).encode(),
    "a title above": ("Circuits du mois;;;;;\n\n" + LANES.replace(",", ";")).encode(),
    "quotation marks": "\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS).encode(),
    "blanks around": LANES.replace(",", " , ").encode(),
    "capitals": LANES.upper().encode(),
    "empty cells behind": "\n".join(f"{line},,," for line in LANES.splitlines()).encode(),
    "gzip": gzip.compress(LANES.encode()),
    "a ZIP archive": zipped(**{"host/lanes.csv": LANES}),
    "a ZIP archive with a way up": zipped(**{"../../etc/lanes.csv": LANES}),
    "gzip in a ZIP archive": zipped(**{"lanes.csv.gz": gzip.compress(LANES.encode())}),
    "a workbook": workbook([[int(cell) if cell.isdecimal() else cell for cell in row] for row in ROWS]),
    "a workbook with a longer name": workbook(ROWS, [["a remark"]]),
    "an OpenDocument sheet": ods(ROWS),
    "French headings and words": LANES.replace("office,year,serial,number,lane", "Bureau,Année,Série,Numéro,Circuit")
    .replace("red", "Rouge").replace("green", "VERT").encode("cp1252"),
    "one reference": b"reference;lane\nXA1/2026/C/11071;red\nXA1 2026 C 11072;green\n",
    "the year first": b"reference;lane\n2026/XA1/C/11071;red\n2026/XA1/C/11072;green\n",
    "serial and number in one": b"office;year;number;lane\nXA1;26;C 11071;red\nXA1;26;C11072;green\n",
    "numbers of a spreadsheet": b"office;year;serial;number;lane\nXA1;2026.0;C;11071.0;red\nXA1;2026;C;11072.00;green\n",
}  # fmt: skip


@pytest.mark.parametrize("how", SAME)
def test_a_table_is_read_however_it_is_written(how: str) -> None:
    taken = take([("given", SAME[how])])
    assert {(row.reference.value, row.decision.lane) for row in taken.rows} == {
        ("XA1/2026/C/11071", "red"),
        ("XA1/2026/C/11072", "green"),
    }
    (file,) = taken.sheet.files
    assert file.verdict == "recognised" and (file.rows, file.left_out) == (2, 0)
    assert ".." not in file.name


#: What cannot be read: what the sheet must say of it.
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "It is empty"),
    "blanks": (b" \n \n", "It is empty"),
    "a PDF": (b"%PDF-1.7 ...", "A PDF is not read"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "A picture is not read"),
    "a RAR archive": (b"Rar!\x1a\x07", "A RAR archive is not read"),
    "a letter": (b"Dear colleague\nplease find the lanes below\n", "neither a table nor a message"),
    "bytes": (bytes(range(256)) * 20, "cannot be read as"),
    "damaged gzip": (gzip.compress(LANES.encode())[:-10], "damaged"),
    "a damaged archive": (zipped(**{"a.csv": LANES})[:60], "damaged"),
    "a damaged workbook": (workbook(ROWS)[:2000] + b"\0" * 500, "damaged"),
    "an empty archive": (zipped(), "It is empty"),
    "an archive within an archive": (zipped(**{"a.zip": zipped(**{"b.csv": LANES})}), "archive within an archive"),
    "broken XML": (b"<SAD><Item></SAD>", "The message has errors"),
    "XML of something else": (b"<html><body/></html>", "The message has errors"),
    "JSON of something else": (b'{"a": 1}', "The message has errors"),
    "no number": (b"office,lane\nXA1,red\n", "No column is known as a declaration's number"),
    "no lane": (b"office,year,serial,number\nXA1,2026,C,1\n", "No column is known as a lane or a result"),
    "no rows": (b"office,year,serial,number,lane\n", "no rows"),
    "a number alone": (b"number,lane\n11071,red\n", "Not one row can be used"),
    "a gzip bomb": (gzip.compress(b"0" * 300_000_000), "too large when unpacked"),
    "a ZIP bomb": (zipped(**{"a.csv": b"0" * 300_000_000}), "too large when unpacked"),
    "a workbook bomb": (book_bomb(), "too large when unpacked"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_cannot_be_read_is_refused_in_words_with_a_next_step(how: str) -> None:
    content, says = REFUSED[how]
    taken = take([("given", content)])
    (file,) = taken.sheet.files
    message = file.message
    for name, value in file.arguments.items():
        message = message.replace(f"{{{name}}}", value)
    assert file.verdict == "not recognised" and says in message
    assert file.further and not taken.rows and not taken.messages


def test_words_of_a_result_are_asked_and_never_guessed() -> None:
    asked = read(FRENCH)
    result = next(column for column in asked.columns if column.field == "found")
    assert asked.verdict == "needs you" and result.unknown == {"RAS": 1, "INF": 1}
    assert asked.rows == 0 and asked.left_out == 2
    duty = next(column for column in asked.columns if column.field == "duty_recovered")
    assert (duty.read, duty.repaired) == (1, 1)  # a row that is left out still counts in its columns
    for word in ("conforme", "irrégularité", "OK", "négatif", "néant", "RAS AVEC OBS."):
        file = read(f"reference;resultat\nXA1/2026/C/1;{word}\n")
        assert file.columns[1].unknown == {word: 1} and file.rows == 0
    told = take([("r.csv", FRENCH.encode())], said=MEANS)
    assert [row.decision.found for row in told.rows] == [False, True]


def test_each_column_counts_what_was_repaired_with_an_example() -> None:
    taken = take([("r.csv", FRENCH.encode("cp1252"))], said=MEANS)
    (file,) = taken.sheet.files
    columns = {column.heading: column for column in file.columns}
    assert file.encoding == "Windows-1252" and file.delimiter == "semicolon"
    assert columns["Droits compl."].repair == "3 200,50 → 3200.50"
    assert columns["Date visite"].repair == "27/11/26 → 2026-11-27"
    assert "day stands first" in columns["Date visite"].note
    assert taken.rows[1].decision.duty_recovered == "3200.50" and taken.rows[1].currency == "XTS"
    assert [f"{row.returned:%Y-%m-%d}" for row in taken.rows if row.returned] == ["2026-11-27", "2026-11-03"]


def test_free_words_are_left_out_unless_chosen_and_never_shown() -> None:
    file = read(FRENCH, said=MEANS)
    notes = next(column for column in file.columns if column.heading == "Obs")
    assert (notes.field, notes.why, notes.example) == ("leave out", "free", "")
    assert "M. X" not in str(file)
    chosen = read(FRENCH, said=MEANS.with_more(Answers(columns={"Obs": "note"})))
    assert next(column.field for column in chosen.columns if column.heading == "Obs") == "note"


@pytest.mark.parametrize(
    ("cells", "read_as", "left_out"),
    [
        (["1.234,56", "12"], ["1234.56", "12"], 0),
        (["1,234.56", "3,200"], ["1234.56", "3200"], 0),
        (["3,200"], [], 1),
        (["3,200", "1,5"], ["3.200", "1.5"], 0),
        (["1 234 567,8"], ["1234567.8"], 0),
        (["1'234.50"], ["1234.50"], 0),
        (["XTS 12.00", "12 €"], ["12.00", "12"], 0),
        (["1.234.567"], ["1234567"], 0),
        (["douze", "1,2,3"], [], 2),
        (["-", "n/a", "7"], ["7"], 0),
    ],
)
def test_an_amount_is_read_where_its_column_leaves_no_doubt(
    cells: list[str], read_as: list[str], left_out: int
) -> None:
    lines = [f"XA1/2026/C/{n};yes;{cell}" for n, cell in enumerate(cells)]
    taken = take([("r.csv", "\n".join(["reference;found;duty_recovered", *lines]).encode())])
    amounts = [row.decision.duty_recovered for row in taken.rows if row.decision.duty_recovered is not None]
    assert amounts == read_as
    assert taken.sheet.files[0].left_out == left_out


@pytest.mark.parametrize(
    ("days", "said", "read_as"),
    [
        (["27/11/2026", "03/11/2026"], "", ["2026-11-27", "2026-11-03"]),
        (["11/27/2026", "11/03/2026"], "", ["2026-11-27", "2026-11-03"]),
        (["03/11/2026"], "", []),
        (["03/11/2026"], "month-first", ["2026-03-11"]),
        (["27.11.26", "27-11-2026 14:05"], "", ["2026-11-27", "2026-11-27"]),
        (["20261127", "2026-11-27", "2026/11/27"], "", ["2026-11-27"] * 3),
        (["31/02/2026", "00/00/00", "hier"], "", []),
    ],
)
def test_a_date_is_read_where_its_column_leaves_no_doubt(days: list[str], said: str, read_as: list[str]) -> None:
    lines = [f"XA1/2026/C/{n};yes;{day}" for n, day in enumerate(days)]
    taken = take([("r.csv", "\n".join(["reference;found;returned", *lines]).encode())], said=Answers(dates=said))
    assert [f"{row.returned:%Y-%m-%d}" for row in taken.rows if row.returned] == read_as


def test_a_date_of_a_workbook_is_a_date() -> None:
    rows = [["reference", "found", "date visite"], ["XA1/2026/C/1", "oui", date(2026, 11, 3)]]
    (row,) = take([("r.xlsx", workbook(rows))]).rows
    assert f"{row.returned:%Y-%m-%d}" == "2026-11-03"


def test_what_was_said_of_headings_is_remembered_for_the_next_file() -> None:
    table = "Dossier;Verdict\nXA1/2026/C/1;RAS\n"
    assert read(table).verdict == "not recognised"
    said = check_answers(Answers(columns={"Dossier": "reference", "Verdict": "found"}, words={"found": {"ras": "no"}}))
    first = take([("a.csv", table.encode())], said=said)
    assert len(first.rows) == 1
    memory = remembered({}, first.sheet, said)
    again = take([("b.csv", table.replace("C/1", "C/2").encode())], memory=memory)
    assert again.rows[0].decision.found is False and again.sheet.files[0].columns[0].why == "memory"
    assert not take([("c.csv", b"Verdict;Autre\nRAS;1\n")], memory=memory).rows


def test_office_and_year_may_be_given_for_a_whole_file() -> None:
    table = b"number;serial;lane\n11071;C;red\n"
    assert not take([("a.csv", table)]).rows
    (row,) = take([("a.csv", table)], said=Answers(values={"office": "XA1", "year": "2026"})).rows
    assert row.reference.value == "XA1/2026/C/11071"


def test_a_column_that_says_conform_is_read_the_other_way_round_if_somebody_says_so() -> None:
    table = b"reference;Conforme\nXA1/2026/C/1;oui\nXA1/2026/C/2;non\n"
    assert not take([("a.csv", table)]).rows
    rows = take([("a.csv", table)], said=Answers(columns={"Conforme": "nothing_found"})).rows
    assert [row.decision.found for row in rows] == [False, True]


def test_rows_that_cannot_be_used_are_counted_with_their_reasons() -> None:
    table = LANES + "XA1,2026,C,,red,\nXA1,2026,C,9,mauve,\nXA1,2026,C,8,red,A,B,C\nTOTAL,,,,,\n"
    file = read(table)
    assert file.rows == 2 and file.left_out == 4 and sum(one.rows for one in file.reasons) == 4
    assert file.verdict == "needs you" and "it has more cells than headings" in {one.message for one in file.reasons}


def test_all_files_together_unpack_to_no_more_than_there_is_room_for() -> None:
    table = LANES + LANES.splitlines()[1].join(["", "\n"]) * 500
    files = [(f"{n}.zip", zipped(**{"lanes.csv": table})) for n in range(3)]
    verdicts = [one.verdict for one in take(files, room=2 * len(table) + 10).sheet.files]
    assert verdicts == ["recognised", "recognised", "not recognised"]


def test_an_archive_gives_each_file_its_own_verdict() -> None:
    taken = take([("all.zip", zipped(**{"lanes.csv": LANES, "a.pdf": b"%PDF", "r.csv": FRENCH}))])
    assert {file.name: file.verdict for file in taken.sheet.files} == {
        "all.zip/lanes.csv": "recognised", "all.zip/a.pdf": "not recognised", "all.zip/r.csv": "needs you",
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        Answers(columns={"x": "colour"}),
        Answers(words={"found": {"ras": "perhaps"}}),
        Answers(words={"duty_recovered": {"ras": "0"}}),
        Answers(values={"colour": "red"}),
        Answers(dates="year-first"),
    ],
)
def test_an_answer_that_means_nothing_is_refused(said: Answers) -> None:
    with pytest.raises(SettingsError):
        check_answers(said)


@pytest.mark.parametrize(
    "begin", [LANES.encode(), FRENCH.encode("cp1252"), workbook(ROWS), ods(ROWS), gzip.compress(LANES.encode())]
)
def test_whatever_is_damaged_is_a_verdict_and_never_another_error(begin: bytes) -> None:
    from random import Random

    dice = Random(begin[:20] and zlib.crc32(begin))
    for _ in range(150):
        data = bytearray(begin)
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        damaged = bytes(data[: dice.randint(1, len(data))] if dice.random() < 0.3 else data)
        assert len(take([("given", damaged)]).sheet.files) >= 1


def test_progress_is_told_of_each_file() -> None:
    told: list[int] = []
    take([("a.csv", LANES.encode()), ("b.csv", LANES.encode())], progress=told.append)
    assert told == [1, 2]
