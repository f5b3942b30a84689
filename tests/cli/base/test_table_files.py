# SPDX-License-Identifier: Apache-2.0
"""Tables from files as people have them, and refusals in our own words."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cocket.cli.base.table_files import read_table
from cocket.errors import SettingsError

TABLE = pl.DataFrame({"id": ["007", "008"], "day": [20_640.25, 20_641.0], "importer_name": ["SOCIÉTÉ, A", 'B "C"']})
TEXT = TABLE.write_csv()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_each_dialect(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE.write_csv(separator=separator).encode(encoding))
    assert read_table(path).equals(TABLE)
    path.write_bytes(TABLE.write_csv(separator=separator, line_terminator="\r\n").encode(encoding))
    assert read_table(path).equals(TABLE)


def test_capitals_in_headings_keep_codes_texts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        TEXT.replace("id,day", "ID,Day").replace("importer_name", "HS").replace("007", "0101")
    )
    assert read_table(tmp_path / "t.csv")["ID"].to_list() == ["0101", "008"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.xlsx", b"PK", "is a workbook"),
        ("t.ods", b"PK", "is a workbook"),
        ("t.txt", b"x", "is not a readable table"),
        ("t.csv", b"", "is empty"),
        ("t.csv", "id,day,importer_name\n1,2,é\n".encode("cp1252"), "not text in UTF-8: line 2"),
        (
            "t.csv",
            b"id,day\n1,2\n3,4,5\n",
            r"1 row with more cells than the heading, the first of them line 3: 3 instead of 2",
        ),
        ("t.parquet", b"PAR1 cut", "cannot be read as parquet: it is damaged, cut off, or in another form"),
        ("t.arrow", b"nothing", "cannot be read as arrow"),
        ("t.ndjson", b'{"id":"a"}\n{"id":\n', "line 2 is not a whole JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused_in_our_words(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=says) as caught:
        read_table(tmp_path / name)
    assert not any(
        word in str(caught.value) for word in ("strict_cast", "Utf8View", "truncate_ragged", "PARE", "Schema")
    )


def test_rows_shorter_than_the_heading_are_counted_and_a_separator_in_quotes_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text('id,day,importer_name\n1,2,"a, b\nc"\n\n3,4\n5,6,d\n')
    assert read_table(tmp_path / "t.csv")["importer_name"].to_list() == ["a, b\nc", None, "d"]
    told = "".join(capsys.readouterr().err.split())
    assert "1rowwithfewercellsthantheheading,thefirstofthemline4" in told
